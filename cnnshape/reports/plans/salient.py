"""A layer in a few words: its type and what one asks about it first, ``Conv2D 3x3/2 same, 64``.

A window is its size, ``/`` and its stride where that is not 1, the padding, ``d2`` for dilation and ``g32`` for
groups; then come the outputs and the activation. Other layers show the arguments that differ from the defaults.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cnnshape.arithmetic.windows import Padding
from cnnshape.network.plan import Row
from cnnshape.reports.units import by_x

LONGEST_ARGUMENTS = 40
"""Longer lists of arguments are cut."""

NOT_SALIENT = frozenset(
    {"activation", "alpha_initializer", "beta_initializer", "bias", "bn_axis", "data_format", "ddof", "device", "dtype"}
    | {"eps", "epsilon", "in_channels", "in_features", "inplace", "interpolation", "mode", "momentum", "name"}
    | {"num_features", "padding_mode", "requires_grad", "seed", "track_running_stats", "trainable", "use_bias"}
)
"""Arguments that change neither the shape nor what one would ask first."""

ENDINGS = ("_initializer", "_regularizer", "_constraint")
WINDOW_ARGUMENTS = frozenset(
    {"kernel_size", "pool_size", "strides", "stride", "padding", "dilation_rate", "dilation", "groups"}
    | {"filters", "out_channels", "units", "out_features"}
)


def salient(row: Row) -> str:
    """The type and the salient arguments."""
    shown = ", ".join(part for part in (" ".join((row.type, *window(row))), *outputs(row)) if part)
    rest = arguments(row)
    text = f"{shown} {rest}" if rest else shown
    has_weights = row.result is not None and row.result.weights
    return f"{text} = {row.shared_with}" if row.shared_with and has_weights else text


def window(row: Row) -> Iterator[str]:
    """``3x3/2 same d2 g32``, as far as it applies."""
    operation: Any = getattr(row.operation, "operation", row.operation)  # what is applied to weights from elsewhere
    operation = getattr(operation, "pooling", operation)
    size = getattr(operation, "kernel", None) or getattr(operation, "window", None)
    strides = getattr(operation, "strides", None)
    if not size or not strides:
        if "padding" in row.arguments and row.padding:
            yield pads_text(row.padding)
        return
    yield by_x(size) + (f"/{short(strides)}" if set(strides) != {1} else "")
    padding = operation.padding
    if isinstance(padding, str):
        if padding != "valid":
            yield padding.removesuffix("_unstrided")
    elif any(pads != (0, 0) for pads in padding):
        yield f"p{pads_text(padding)}"
    dilation = getattr(operation, "dilation", ())
    if set(dilation) - {1}:
        yield f"d{short(dilation)}"
    if getattr(operation, "groups", 1) != 1:
        yield f"g{operation.groups}"


def pads_text(padding: Sequence[Padding | None]) -> str:
    """``1``, or ``0:1`` where the ends differ; per axis where the axes do."""
    pairs = [
        "?" if pads is None else str(pads[0]) if pads[0] == pads[1] else f"{pads[0]}:{pads[1]}" for pads in padding
    ]
    return pairs[0] if len(set(pairs)) == 1 else "x".join(pairs)


def short(sizes: Sequence[int]) -> str:
    """One number where all axes agree."""
    return str(sizes[0]) if len(set(sizes)) == 1 else by_x(sizes)


def outputs(row: Row) -> Iterator[str]:
    """The filters or units, and the activation that is applied to them."""
    if not row.failed:
        for name in ("filters", "out_channels", "units", "out_features"):
            if name in row.arguments:
                yield str(row.arguments[name])
    activation = row.arguments.get("activation")
    if isinstance(activation, str) and row.type != "Activation":
        yield activation


def arguments(row: Row) -> str:
    """The arguments that nothing else shows: a single one as its value, several with their names."""
    left = {
        name: value
        for name, value in row.arguments.items()
        if (name not in WINDOW_ARGUMENTS or row.failed) and name not in NOT_SALIENT and not name.endswith(ENDINGS)
    }
    if row.type == "Activation" and "activation" in row.arguments:
        left = {"activation": row.arguments["activation"], **left}
    if not left:
        return ""
    if len(left) == 1:
        ((name, value),) = left.items()
        return f"{name}={written(value)}" if value in (True, False) else cut(written(value))
    return cut(", ".join(f"{name}={written(value)}" for name, value in left.items()))


def written(value: Any) -> str:
    """An argument's value: sizes joined by x, text as it stands."""
    if isinstance(value, list | tuple):
        if value and all(isinstance(each, int) and not isinstance(each, bool) for each in value):
            return by_x(value)
        return f"({', '.join(written(each) for each in value)})"
    return value if isinstance(value, str) else repr(value)


def cut(text: str) -> str:
    """The text, or its beginning."""
    return text if len(text) <= LONGEST_ARGUMENTS else f"{text[: LONGEST_ARGUMENTS - 3]}..."
