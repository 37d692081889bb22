"""A protocol buffer without the values of its weights, which are most of a large model and say nothing of its layers.

Source: protobuf.dev/programming-guides/encoding; onnx.proto3 for the numbers of the fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO

from cnnshape.readers.onnx.operator import LARGEST_VALUE

LARGEST_KEPT = 16 * LARGEST_VALUE
"""Bytes of a tensor's values that are kept: shapes and axes are constants of a few numbers."""

MESSAGES: dict[str, Mapping[int, str]] = {
    "model": {7: "graph"},
    "graph": {1: "node", 5: "tensor"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph"},
    "tensor": dict.fromkeys((4, 5, 7, 9, 10, 11), "values"),
}
"""The messages that hold others in which weights may be, by the numbers of the fields."""

DEEPEST = 100
"""Messages in messages; below, all is kept."""


def without_weights(stream: BinaryIO, size: int, message: str = "model", depth: int = 0) -> bytes:
    """The next `size` bytes, a message, without the values of large tensors. Raises `ValueError` for others."""
    kept = bytearray()
    end = stream.tell() + size
    while (place := stream.tell()) < end:
        tag = varint(stream)
        inner = MESSAGES[message].get(tag >> 3) if depth < DEEPEST else None
        match tag & 7:
            case 0:
                varint(stream)
            case 1:
                stream.seek(8, 1)
            case 5:
                stream.seek(4, 1)
            case 2:
                length = varint(stream)
                if stream.tell() + length > end:
                    raise ValueError("a field goes past the end of its message")
                if inner == "values" and length > LARGEST_KEPT:
                    stream.seek(length, 1)
                    continue
                if inner in MESSAGES:
                    body = without_weights(stream, length, str(inner), depth + 1)
                    kept += encoded(tag) + encoded(len(body)) + body
                    continue
                stream.seek(length, 1)
            case _:
                raise ValueError("a field of a kind that there is not")
        after = stream.tell()
        stream.seek(place)
        kept += stream.read(after - place)
    return bytes(kept)


def varint(stream: BinaryIO) -> int:
    """The next number, seven bits a byte, the lowest first."""
    value = 0
    for shift in range(0, 70, 7):
        byte = stream.read(1)
        if not byte:
            break
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
    raise ValueError("a number without an end")


def encoded(value: int) -> bytes:
    """A number as `varint` reads it."""
    groups = [value >> shift & 0x7F for shift in range(0, max(value.bit_length(), 1), 7)]
    return bytes([*(group | 0x80 for group in groups[:-1]), groups[-1]])
