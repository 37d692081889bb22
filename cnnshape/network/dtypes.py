"""The types of a network's values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cnnshape.arithmetic.sizes import Dim, product
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.operation import Result, Weight
from cnnshape.value import NamedTuple

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

COMPLEX = "complex64"
"""The type of spectra: a real and an imaginary part of 32 bits each."""

ELEMENT_BITS = {**DTYPE_BITS, COMPLEX: 64, "int64": 64, "bool": 8, "int2": 2, "int1": 1}
"""Those of single tensors, too, such as indices, masks and binary weights."""

AMP_TYPES = {"bf16": "bfloat16", "fp16": "float16"}
"""The lower types of autocast by their names on the command line."""

INDEX_BYTES = 8
"""Bytes of one index, as max pooling returns them: int64, whatever the network's dtype."""


class LayerTypes(NamedTuple):
    """What a layer makes (None: as the network), and what its weights are kept in, by name; "": all others."""

    made: str | None = None
    kept: Mapping[str, str] = {}


def stated_types(stated: object, weights: Sequence[Weight]) -> LayerTypes:
    """The types that a layer states: ``float16``, ``torch.float16``, Keras's ``mixed_float16``, or ``int8`` weights.

    Mixed precision keeps weights in float32. Whole numbers are those of kernels, weights of several axes, alone: biases
    are not, nor is what the layer makes.

    Raises:
        Fault: CS105, there is no such type.
    """
    if not isinstance(stated, str):
        return LayerTypes()
    name = stated.rpartition(".")[2]
    policy = name.removeprefix("mixed_")
    policy = {"half": "float16", "float": "float32", "double": "float64", "int": "int32"}.get(policy, policy)
    if policy not in ELEMENT_BITS:
        raise Fault(
            "CS105",
            f"{LAYER}'s dtype has no type {stated!r}",
            fix=f"use one of {', '.join(ELEMENT_BITS)}, or mixed_float16",
            argument="dtype",
        )
    if policy.startswith(("int", "bool")):
        return LayerTypes(None, {weight.name: policy for weight in weights if len(weight.shape) > 1})
    return LayerTypes(policy, {"": "float32" if policy != name and name.startswith("mixed_") else policy})


def is_complex(result: Result, types: Iterable[str | None]) -> bool:
    """Whether an operation on tensors of these types makes complex numbers."""
    return COMPLEX in types if result.complex is None else result.complex


def are_alike(read: str | None, made: str | None) -> bool:
    """Whether a view of a tensor of the one type may be of the other: the same, or parts of complex numbers."""
    return read == made or COMPLEX in (read, made)


def bytes_of(elements: Dim, dtype: str) -> Dim:
    """Bytes of that many elements; int4 packs two into one, int1 eight."""
    return None if elements is None else -(-elements * ELEMENT_BITS[dtype] // 8)


def bytes_of_output(result: Result, number: int, dtype: str) -> Dim:
    """Bytes of one output of an operation."""
    elements = product(result.outputs[number])
    if number in result.indices:
        return None if elements is None else elements * INDEX_BYTES
    return bytes_of(elements, dtype)
