"""Types of arguments that only Keras's layers have."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from cnnshape.diagnostics import Fault
from cnnshape.operations.activation import ACTIVATIONS
from cnnshape.operations.operation import Layout
from cnnshape.spelling import nearest
from cnnshape.vocabularies.declaration import Before, Info, SchemaOf, optional
from cnnshape.vocabularies.layer import Defaults, Faults, bind
from cnnshape.vocabularies.objects import LayerCall, TakesLayers
from cnnshape.vocabularies.values import at_least
from cnnshape.vocabularies.vocabulary import LayerType, fold, vocabulary


def lower_case(value: Any) -> Any:
    """Keras reads paddings and data formats without regard to case."""
    return value.lower() if isinstance(value, str) else value


def activation_name(value: Any, info: Info) -> str | None:
    """A name of `keras.activations`; ``None`` and ``"linear"`` are the same activation."""
    if value is None or value == "linear":
        return None
    if isinstance(value, LayerCall):
        value = same_activation(value) or repr(value)
    if not isinstance(value, str):
        raise ValueError("must be the name of an activation")
    if value not in ACTIVATIONS:
        raise unknown_activation(value, info)
    return value


SAME = (
    ("ReLU", {"max_value": None, "negative_slope": 0, "threshold": 0}, "relu"),
    ("ReLU", {"max_value": 6, "negative_slope": 0, "threshold": 0}, "relu6"),
    ("LeakyReLU", {"negative_slope": 0.2}, "leaky_relu"),
    ("ELU", {"alpha": 1}, "elu"),
    ("Softmax", {"axis": -1}, "softmax"),
)
"""Layers that do what an activation of a name does, and with which arguments."""


def same_activation(call: LayerCall) -> str | None:
    """The activation that does what a layer does, as ``ReLU(6)`` is relu6; None where none of a name does."""
    kind = vocabulary("keras").find_exact(call.name)
    if kind is None:
        return None
    try:
        layer = bind(kind, call.positional, call.keywords).layer
    except Faults:
        return None
    of_kind = [(arguments, name) for layer_name, arguments, name in SAME if layer_name == kind.name]
    return next(
        (name for given, name in of_kind if all(getattr(layer, key) == one for key, one in given.items())), None
    )


def unknown_activation(value: str, info: Info) -> Fault:
    """The refusal of what names no activation: a slip, or an object, whose name lies behind its last dot."""
    if value.endswith(")"):
        message = f"{info.field_name} takes the name of an activation, got `{value}`"
        fix = f"give it an entry of its own: `- {value}`"
        if named := activation_of(value.removesuffix("()")):
            fix += f', or write "{named}" where the defaults of that name will do'
        return Fault("CS105", message, fix=fix, argument=info.field_name)
    named = activation_of(value)
    close = named or nearest(value.lower(), sorted(ACTIVATIONS), cutoff=0.5)
    known = "" if close else f"; it has {', '.join(sorted(ACTIVATIONS))}"
    return Fault(
        "CS105",
        f"Keras has no activation {value!r}{known}",
        fix=f'write "{named}"' if named else f'did you mean "{close}"?' if close else None,
        argument=info.field_name,
        replacement=f'"{close}"' if close else None,
    )


def activation_of(written: str) -> str | None:
    """The activation that ``tf.nn.relu`` and ``nn.LeakyReLU`` name."""
    name = fold(written.rpartition(".")[2])
    return next((known for known in ACTIVATIONS if fold(known) == name), None)


def fused_activation(value: Any, info: Info) -> str | None:
    """An activation that keeps its layer's output shape: any but ``glu``."""
    name = activation_name(value, info)
    if name == "glu":
        raise Fault(
            "CS105",
            'the activation "glu" halves the channels, so the output would not be as wide as the layer says',
            fix='write Activation("glu") as a row of its own',
            argument=info.field_name,
        )
    return name


def probability(value: Any) -> float:
    """A number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number from 0 to 1")
    if not 0 <= value <= 1:
        raise ValueError("must be from 0 to 1")
    return value


def not_negative(value: Any) -> float:
    """A number of at least 0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number")
    if not value >= 0:
        raise ValueError("must be at least 0")
    return value


def axes(value: Any) -> tuple[int, ...]:
    """One axis or several, as a tuple."""
    listed = value if isinstance(value, list | tuple) else (value,)
    if not listed or any(isinstance(axis, bool) or not isinstance(axis, int) for axis in listed):
        raise ValueError("must be an axis or a list of axes")
    return tuple(listed)


def sizes_or_unknown(value: Any, info: Info) -> tuple[int | None, ...]:
    """Positive sizes without the batch, unknown ones as null."""
    several = value if isinstance(value, list | tuple) else (value,)
    return tuple(None if each is None else at_least(1, each, info) for each in several)


def noise_shape(value: Any, info: Info) -> tuple[int | None, ...]:
    """Positive sizes, unknown ones as null."""
    if not isinstance(value, list | tuple):
        raise ValueError("must be a list of sizes")
    for size in value:
        if size is not None and (isinstance(size, bool) or not isinstance(size, int) or size < 1):
            raise ValueError("must be a list of positive whole numbers or null")
    return tuple(value)


def pairs(value: Any, info: Info) -> tuple[tuple[int, int], ...]:
    """(low, high) per spatial axis, from one number, one per axis, or a pair per axis.

    Over one axis, two numbers are its pair.
    """
    rank: int = info.context["rank"] if info.context else 2
    if not isinstance(value, list | tuple):
        return ((at_least(0, value, info),) * 2,) * rank
    listed = [value] if rank == 1 else value
    if len(listed) != rank:
        raise ValueError(f"must be one whole number or {rank}, or {rank} pairs, one per axis")
    return tuple(_pair(each, info) for each in listed)


def _pair(value: Any, info: Info) -> tuple[int, int]:
    both = value if isinstance(value, list | tuple) else (value, value)
    if len(both) != 2:
        raise ValueError("must have two numbers per axis: before and after")
    return at_least(0, both[0], info), at_least(0, both[1], info)


DataFormat = Annotated[Literal["channels_last", "channels_first"] | None, Before(lower_case)]
"""Where the channels lie; None: as the file (or Keras's default) says."""

Padding = Annotated[Literal["valid", "same"], Before(lower_case)]

ActivationSchema = SchemaOf({"anyOf": [{"type": "string", "enum": sorted(ACTIVATIONS)}, {"type": "null"}]})

ActivationName = Annotated[str | None, Before(fused_activation), ActivationSchema, TakesLayers]
"""A name of `keras.activations`, for the ``activation=`` of a layer."""

Rate = Annotated[float, Before(probability, float)]
NotNegative = Annotated[float, Before(not_negative, float)]
Axes = Annotated[tuple[int, ...], Before(axes, int | list[int])]
"""One axis or several; they count the batch."""


NoiseShape = Annotated[tuple[int | None, ...] | None, Before(optional(noise_shape), list[int | None] | None)]
Pairs = Annotated[tuple[tuple[int, int], ...], Before(pairs, int | list[int] | list[list[int]])]
"""Elements before and after each spatial axis."""


def layout(data_format: str | None, defaults: Defaults) -> Layout:
    """The layout that a layer's ``data_format`` (or the file's) means."""
    return Layout((data_format or defaults.data_format) == "channels_last")


def named(kind: LayerType, axis: Any, does: str) -> Any:
    """The axis; none is all of them, the batch included, which is refused."""
    if axis is None:
        raise Fault("CS310", f"{kind.name} without axis would {does} the batch axis too", fix="name it: axis=1")
    return axis
