"""Where Keras's backends differ: what Keras plans and one of them refuses when it runs, or computes otherwise.

Observed of Keras 3.15 on TensorFlow 2.21 (on a CPU, with and without oneDNN) and on PyTorch 2.14. What is said of JAX
is what TensorFlow does in code that they share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cnnshape.arithmetic.sizes import Shape
from cnnshape.arithmetic.transposed import same_cannot_run
from cnnshape.operations.convolution import Convolution
from cnnshape.operations.normalization import LayerNormalization
from cnnshape.operations.operation import Operation, Result, normalize_axis
from cnnshape.operations.pooling import Pooling
from cnnshape.operations.resampling import Resize, Upsample
from cnnshape.operations.transposed import TransposedConvolution
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.vocabulary import BACKENDS, Backend

TITLES: dict[Backend, str] = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}


class Difference(NamedTuple):
    """What is particular to some backends: they refuse a layer when it runs, or (`refuses` is False) give other values.

    `why` ends a sentence; `fix` is what all backends do alike.
    """

    backends: tuple[Backend, ...]
    why: str
    fix: str
    refuses: bool = True

    def told(self, layer: str, among: Sequence[str] = BACKENDS) -> str:
        """The difference in words, of those of these backends that it is about."""
        named = [TITLES[backend] for backend in self.backends if backend in among]
        subject, verb = " and ".join(named), "s" * (len(named) == 1)
        if self.refuses:
            return f"{subject} refuse{verb} {layer} when it runs, although Keras plans it: {self.why}"
        return f"{subject} give{verb} {layer} other values than TensorFlow: {self.why}"


def differences(operation: Operation, shape: Shape, result: Result) -> Iterator[Difference]:
    """What the backends make of the operation of a Keras layer on an input."""
    for kinds, look in FACTS:
        if isinstance(operation, kinds):
            yield from look(operation, shape, result)


def depthwise(operation: Convolution, shape: Shape, result: Result) -> Iterator[Difference]:
    """Depthwise and separable convolutions."""
    if operation.multiplier and len(set(operation.strides)) > 1:
        yield Difference(
            ("tensorflow",),
            f"its kernel (without oneDNN) takes equal strides only, and these are {list(operation.strides)}",
            "use equal strides, or Conv2D with as many groups as channels",
        )


def transposed(operation: TransposedConvolution, shape: Shape, result: Result) -> Iterator[Difference]:
    """Transposed convolutions."""
    axes = zip(operation.extents(), operation.output_padding or (), strict=False)
    even = [extent for extent, added in axes if same_cannot_run(extent, added)]
    if operation.padding == "same" and even:
        yield Difference(
            ("tensorflow",),
            f'it computes another size for padding="same" with output_padding=0 and an even kernel of {even[0]}',
            "leave output_padding out, or use an odd kernel",
        )
    if max(operation.dilation, default=1) > 1:
        yield Difference(
            ("tensorflow",),
            "on a CPU without oneDNN it has no transposed convolution with a dilation_rate above 1",
            "use dilation_rate=1",
        )


def channels_first(operation: Any, shape: Shape, result: Result) -> Iterator[Difference]:
    """Convolutions over channels first."""
    sliding = isinstance(operation, Convolution)
    if sliding and (operation.multiplier or len(operation.kernel) == 3):
        return
    if not operation.layout.channels_last:
        yield Difference(
            ("tensorflow",),
            "on a CPU without oneDNN its convolutions take channels last only",
            'use data_format="channels_last"',
        )


def normalized(operation: LayerNormalization, shape: Shape, result: Result) -> Iterator[Difference]:
    """Layer and root mean square normalization over other axes than the last."""
    axes = sorted(normalize_axis(axis, len(shape)) for axis in operation.axes)
    last = shape[-len(axes) :]
    if axes == list(range(len(shape) - len(axes), len(shape))):
        return
    fix = f"normalize over the last {'axis' if len(axes) == 1 else 'axes'}, behind a Permute"
    by_its_kernel = axes == list(range(axes[0], axes[0] + len(axes)))
    sizes = tuple(shape[axis] for axis in axes)
    if by_its_kernel:
        named = f"axis {axes[0]} is not" if len(axes) == 1 else f"axes {', '.join(map(str, axes))} are not"
        why = f"it normalizes the last axes only, and {named}"
        yield Difference(("torch",), why, fix, refuses=sizes != last or None in sizes)
    if not operation.root_mean_square or None in sizes or None in last:
        return
    others: tuple[Backend, ...] = ("tensorflow", "jax") if by_its_kernel else BACKENDS
    meets = f"the scale of {by_x(sizes)} meets the last {'axis' if len(axes) == 1 else 'axes'}, {by_x(last)}"
    if any(size != other and 1 not in (size, other) for size, other in zip(sizes, last, strict=True)):
        yield Difference(others, f"{meets}, and does not fit", fix)
    elif any(size != other and other == 1 for size, other in zip(sizes, last, strict=True)):
        yield Difference(others, f"{meets}, so that the output is larger than planned", fix)


def by_x(sizes: Sequence[int | None]) -> str:
    """``15 x 4``."""
    return " x ".join(map(str, sizes))


def averaged(operation: Pooling, shape: Shape, result: Result) -> Iterator[Difference]:
    """Averages of windows that are not padded alike at both ends."""
    pads = [pair for pair in result.padding or () if pair]
    uneven = any(low != high for low, high in pads)
    counts = any(0 < max(pair) < size - 1 for pair, size in zip(pads, operation.window, strict=False))
    if operation.kind == "average" and operation.padding == "same" and uneven and counts:
        yield Difference(
            ("torch",),
            "where both ends are not padded alike, it repeats the edge and counts it in the averages",
            'pad with a padding layer, and use padding="valid"',
            refuses=False,
        )


def resampled(operation: Any, shape: Shape, result: Result) -> Iterator[Difference]:
    """Upsampling and resizing."""
    if operation.mode in ("lanczos3", "lanczos5", "area"):
        yield Difference(("torch",), f'it has no interpolation="{operation.mode}"', 'use interpolation="bilinear"')
    if operation.mode == "cubic":
        yield Difference(
            ("torch",),
            "its bicubic interpolation has another coefficient, -0.75 and not -0.5",
            'use interpolation="bilinear"',
            refuses=False,
        )


FACTS: tuple[tuple[tuple[type[Operation], ...], Callable[[Any, Shape, Result], Iterator[Difference]]], ...] = (
    ((Convolution,), depthwise),
    ((TransposedConvolution,), transposed),
    ((Convolution, TransposedConvolution), channels_first),
    ((LayerNormalization,), normalized),
    ((Pooling,), averaged),
    ((Upsample, Resize), resampled),
)
"""What is looked for in which operations."""
