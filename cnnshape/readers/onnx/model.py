"""What a model in ONNX holds: names, attributes, tensors with their types, and the sizes of its inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from onnx.numpy_helper import to_array

from cnnshape.arithmetic.sizes import product
from cnnshape.arithmetic.symbols import Size, Sizes, named
from cnnshape.network.plan import Scope
from cnnshape.readers.archives import MalformedError
from cnnshape.readers.exported import asked_sizes
from cnnshape.readers.onnx.folding import array
from cnnshape.readers.onnx.operator import LARGEST_VALUE, Value
from cnnshape.readers.requests import FixedSizeError, Settings, UsageError
from cnnshape.value import NamedTuple, record

FLOATS = {1: "float32", 10: "float16", 11: "float64", 16: "bfloat16"}
QUANTIZED = {
    **dict.fromkeys((2, 3), "int8"),
    **dict.fromkeys((17, 18, 19, 20), "float8"),
    **dict.fromkeys((21, 22, 23), "int4"),
}
"""TensorProto's numbers of types of 8 bits and fewer, whole or floating, and types as wide as they are."""

TYPES = FLOATS | QUANTIZED | {4: "int16", 5: "int16", 6: "int32", 7: "int64", 9: "bool", 12: "int32", 13: "int64"}
"""TensorProto's numbers of all types that have a size, those without a sign as wide as those with one."""

DAMAGED = (ValueError, TypeError, AttributeError, KeyError, NotImplementedError)
"""What the library raises for a tensor that holds other bytes than it says."""


@record
class Names:
    """The names inside a function: its inputs and outputs are those of the call, all others its own."""

    known: dict[str, str]
    prefix: str
    attributes: dict[str, Any]

    def __call__(self, name: str) -> str:
        """The name outside. Raises `MalformedError` where it is no text, which the library gives as bytes."""
        if not isinstance(name, str):
            raise MalformedError(f"a name that is no text: {name!r:.80}")
        return name and self.known.get(name, self.prefix + name)

    def with_own(self, known: Mapping[str, str]) -> Names:
        """The names inside a graph that sees these, and has others of its own."""
        return Names({**self.known, **known}, self.prefix, self.attributes)


OUTSIDE = Names({}, "", {})


class Step(NamedTuple):
    """One node of a graph, its names those of the whole model."""

    type: str
    domain: str
    attributes: dict[str, Any]
    names: Names
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    scopes: tuple[Scope, ...]
    opsets: Mapping[str, int]


def value_of(tensor: Any) -> Value | None:
    """What a tensor of the file holds; None where it is large, elsewhere, or damaged."""
    if (product(tuple(tensor.dims)) or 0) > LARGEST_VALUE or tensor.data_location:
        return None
    try:
        found = to_array(tensor)
        return array([each.item() for each in found.reshape(-1)], found.shape)
    except DAMAGED:
        return None


ATTRIBUTES: dict[int, Callable[[Any], Any]] = {
    1: lambda raw: raw.f,
    2: lambda raw: raw.i,
    3: lambda raw: text(raw.s),
    4: lambda raw: value_of(raw.t),
    5: lambda raw: raw.g,
    6: lambda raw: list(raw.floats),
    7: lambda raw: list(raw.ints),
    8: lambda raw: [text(each) for each in raw.strings],
}
"""The value of an attribute by AttributeProto's number of its type."""


def text(raw: bytes) -> str:
    """Bytes as text."""
    return raw.decode("utf-8", errors="replace")


def attribute(raw: Any, names: Names) -> Any:
    """The value of an attribute; one that refers to an attribute of the function is that of the call."""
    if raw.ref_attr_name:
        return names.attributes.get(raw.ref_attr_name)
    read = ATTRIBUTES.get(raw.type)
    return None if read is None else read(raw)


def input_sizes(inputs: Iterable[Any], settings: Settings) -> dict[str, Sizes | None]:
    """The sizes of the inputs, as far as the file or the caller states them; None: not even how many there are.

    Raises `UsageError` where the caller asks for another size than the file fixes, or for two values of one name.
    """
    found: dict[str, Sizes | None] = {}
    values: dict[str, int] = {}
    for number, info in enumerate(inputs):
        stated = stated_sizes(info)
        if stated is None:
            asked = settings.inputs.get(info.name, settings.inputs.get("") if not number else None)
            sizes = enumerate(() if asked is None else (settings.batch, *asked))
            open_sizes = [named(f"{info.name}.{axis}") if size is None else size for axis, size in sizes]
            found[info.name] = None if asked is None else tuple(open_sizes)
            continue
        for axis, asked_size in asked_sizes(settings, info.name, stated, first=not number).items():
            size = stated[axis]
            if isinstance(size, int):
                if size != asked_size:
                    fixed = f"the model fixes {size} on axis {axis} of {info.name}"
                    raise FixedSizeError(fixed, asked_size, "export it with a dynamic axis to vary it")
            elif values.setdefault(str(size), asked_size) != asked_size:
                raise UsageError(f"{size} is {values[str(size)]} and {asked_size}")
        found[info.name] = stated
    return {
        name: sizes and tuple([values.get(str(size), size) if not isinstance(size, int) else size for size in sizes])
        for name, sizes in found.items()
    }


def stated_sizes(info: Any) -> Sizes | None:
    """The sizes that the file states of a tensor, an open one under its name; None where it states none."""
    kind = info.type.tensor_type
    if not info.type.HasField("tensor_type") or not kind.HasField("shape"):
        return None
    sizes: list[Size] = []
    for axis, each in enumerate(kind.shape.dim):
        known = each.HasField("dim_value") and each.dim_value > 0
        sizes.append(each.dim_value if known else named(each.dim_param or f"{info.name}.{axis}"))
    return tuple(sizes)
