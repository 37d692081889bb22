"""The types of a network's values."""

from __future__ import annotations

from cnnshape.arithmetic.sizes import Dim, product
from cnnshape.operations.operation import Result

DTYPE_BITS = {
    "float64": 64,
    "float32": 32,
    "float16": 16,
    "bfloat16": 16,
    "float8": 8,
    "int32": 32,
    "int16": 16,
    "int8": 8,
    "int4": 4,
}
"""Bits of one element, by the types that a network is computed in."""

ELEMENT_BITS = {**DTYPE_BITS, "int64": 64, "bool": 8}
"""Those of single tensors, such as indices and masks, too."""

AMP_TYPES = {"bf16": "bfloat16", "fp16": "float16"}
"""The lower types of autocast by their names on the command line."""

INDEX_BYTES = 8
"""Bytes of one index, as max pooling returns them: int64, whatever the network's dtype."""


def bytes_of(elements: Dim, dtype: str) -> Dim:
    """Bytes of that many elements; int4 packs two into one."""
    return None if elements is None else -(-elements * ELEMENT_BITS[dtype] // 8)


def bytes_of_output(result: Result, number: int, dtype: str) -> Dim:
    """Bytes of one output of an operation."""
    elements = product(result.outputs[number])
    if number in result.indices:
        return None if elements is None else elements * INDEX_BYTES
    return bytes_of(elements, dtype)
