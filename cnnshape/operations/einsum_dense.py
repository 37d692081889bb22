"""Keras's EinsumDense: a product with a weight by a formula."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.arithmetic.sizes import Dim, Shape, product, show, times, total
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.activation import activation_flops
from cnnshape.operations.operation import EVERYTHING, Operation, Path, Result, Weight, distinct_axes, refuse_batch
from cnnshape.value import value


@value
class EinsumDense(Operation):
    """``equation`` such as ``"abc,cd->abd"``: the input, the kernel, the output; ``...`` stands for further axes.

    Attributes:
        sizes: of the output without the batch, the last ones where there are fewer; None: as in the input.
        bias_axes: the letters of the output that the bias has axes for.
    """

    equation: str
    sizes: tuple[int | None, ...]
    bias_axes: str = ""
    activation: str | None = None

    def apply(self, shape: Shape) -> Result:
        """The output's sizes; params those of the kernel and the bias; a product for each pair that the formula has."""
        left, _, right = self.equation.replace(" ", "").partition("->")
        given, _, kernel = left.partition(",")
        named = len(given.replace("...", ""))
        if not given or not kernel or not right or len(shape) < named or ("..." not in given and len(shape) != named):
            raise Fault(
                "CS302", f"{LAYER}: {self.equation!r} does not fit its input {show(shape)}", argument="equation"
            )
        more = "".join(chr(0x3B1 + number) for number in range(len(shape) - named))
        given, right = given.replace("...", more), right.replace("...", more)
        known: dict[str, Dim] = dict(zip(given, shape, strict=True))
        asked = dict(zip(reversed(right), reversed(self.sizes), strict=False))
        for letter, size in asked.items():
            if size is not None and letter in known and known[letter] not in (None, size):
                raise Fault(
                    "CS306",
                    f"{LAYER}: output_shape has {size} for {letter!r}, but its input has {known[letter]}",
                    argument="output_shape",
                )
            if known.get(letter) is None:
                known[letter] = size
        missing = sorted({*kernel, *right} - known.keys()) + sorted({*self.bias_axes} - {*right})
        missing += [letter for letter in self.bias_axes if asked.get(letter) is None and letter not in missing]
        if missing:
            raise Fault("CS309", f"{LAYER}: no size follows for {', '.join(missing)} of {self.equation!r}")
        weights = [Weight("kernel", tuple(known[letter] for letter in kernel))]
        output = tuple(known[letter] for letter in right)
        if self.bias_axes:
            first = min(map(right.find, self.bias_axes))
            weights.append(
                Weight("bias", tuple(known[each] if each in self.bias_axes else 1 for each in right[first:]))
            )
        macs = product(size for letter, size in known.items() if letter != given[0])
        elements = product(output[1:])
        flops = total([times(2, macs), elements if self.bias_axes else 0, activation_flops(self.activation, elements)])
        paths = tuple(
            Path(right.index(letter)) if letter in right and letter not in kernel else EVERYTHING for letter in given
        )
        return Result((output,), tuple(weights), macs, flops, paths=(paths,))


def contraction(shape: Shape, weight: Shape, axes: Sequence[int], of_weight: Sequence[int]) -> EinsumDense:
    """A product of a tensor with a weight, summed over axes of the one and as many of the other.

    Raises:
        Fault: an axis is the batch, or not there, or their sizes differ.
    """
    summed = distinct_axes(axes, len(shape))
    theirs = distinct_axes(of_weight, len(weight))
    if len(summed) != len(theirs) or not weight:
        raise Fault("CS302", f"{LAYER} sums over axes {[*axes]} of {show(shape)} and {[*of_weight]} of {show(weight)}")
    for axis, other in zip(summed, theirs, strict=True):
        refuse_batch(axis, "sum over")
        if None not in (shape[axis], weight[other]) and shape[axis] != weight[other]:
            sizes = f"{show(shape)} and a weight {show(weight)}"
            raise Fault("CS305", f"{LAYER} sums over {shape[axis]} and {weight[other]} of {sizes}, which must be one")
    given = [chr(0x61 + axis) for axis in range(len(shape))]
    kernel = [given[summed[theirs.index(axis)]] if axis in theirs else chr(0x41 + axis) for axis in range(len(weight))]
    kept = [letter for axis, letter in enumerate(given) if axis not in summed]
    more = [axis for axis in range(len(weight)) if axis not in theirs]
    output = "".join([*kept, *(kernel[axis] for axis in more)])
    return EinsumDense(f"{''.join(given)},{''.join(kernel)}->{output}", tuple(weight[axis] for axis in more))


def axes_summed(shape: Shape, weight: Shape, axes: int | tuple[Sequence[int], Sequence[int]]) -> EinsumDense:
    """``tensordot``: over the last of a tensor and the first of a weight, so many; or over those listed."""
    if isinstance(axes, int):
        return contraction(shape, weight, range(len(shape) - axes, len(shape)), range(axes))
    return contraction(shape, weight, *axes)
