"""Shapes of tensors of any kind: what NumPy, ONNX, PyTorch and Keras agree about, on sizes with names in them.

No axis is the batch here. Everything raises `ValueError`, with the shapes in the message, where the shapes do not fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cnnshape.arithmetic.symbols import Polynomial, Size, Sizes, chosen, exactly, named, product_of

MOST_AXES = 64
"""NumPy's limit."""


def written(shape: Iterable[Size]) -> str:
    """A shape as people write it."""
    texts = [str(size) for size in shape]
    return f"({texts[0]},)" if len(texts) == 1 else f"({', '.join(texts)})"


def axis_of(axis: int, rank: int) -> int:
    """A possibly negative axis as an index from 0."""
    if not -rank <= axis < max(rank, 1):
        raise ValueError(f"axis {axis} is outside the {rank} axes")
    return axis % max(rank, 1)


def axes_of(axes: Iterable[int], rank: int) -> tuple[int, ...]:
    """Possibly negative axes as indices from 0, each once."""
    found = tuple([axis_of(axis, rank) for axis in axes])
    if len(set(found)) < len(found):
        raise ValueError(f"axes {list(found)} name one twice")
    return found


def broadcast_size(one: Size, other: Size) -> Size:
    """The size that two sizes broadcast to; of a name and a number the number, of two names the first.

    What has a name may turn out to be 1 and stretch, so a number above 1 wins, and a name stands against a 1.
    """
    if one == other or other == 1:
        return one
    if one == 1:
        return other
    if isinstance(one, Polynomial):
        return other if isinstance(other, int) else named(f"broadcast({one}, {other})")
    if isinstance(other, Polynomial):
        return one
    raise ValueError(f"{one} and {other} do not broadcast")


def broadcast_shapes(*shapes: Sizes) -> Sizes:
    """The shape that all broadcast to, their last axes aligned."""
    rank = max((len(shape) for shape in shapes), default=0)
    result: list[Size] = [1] * rank
    for shape in shapes:
        for axis, size in enumerate(shape, start=rank - len(shape)):
            try:
                result[axis] = broadcast_size(result[axis], size)
            except ValueError:
                raise ValueError(f"{' and '.join(map(written, shapes))} do not broadcast") from None
    return tuple(result)


def reduced(shape: Sizes, axes: Iterable[int] | None, keep: bool) -> Sizes:
    """The shape without these axes (None: all), or with 1 for them."""
    gone = set(range(len(shape))) if axes is None else set(axes_of(axes, len(shape)))
    if keep:
        return tuple([1 if axis in gone else size for axis, size in enumerate(shape)])
    return tuple([size for axis, size in enumerate(shape) if axis not in gone])


def permuted(shape: Sizes, order: Sequence[int] | None) -> Sizes:
    """The axes in another order; None: the other way round."""
    if order is None:
        return shape[::-1]
    if sorted(axes_of(order, len(shape))) != list(range(len(shape))):
        raise ValueError(f"the order {list(order)} is none of the axes of {written(shape)}")
    return tuple([shape[axis] for axis in axes_of(order, len(shape))])


def reshaped(shape: Sizes, target: Sequence[Size], *, zero_copies: bool = False) -> Sizes:
    """The target, its -1 filled in; with `zero_copies` a 0 takes the size of the input's axis at its place (ONNX)."""
    sizes = list(target)
    if len(sizes) > MOST_AXES:
        raise ValueError(f"a reshape to {len(sizes)} axes; at most {MOST_AXES} are possible")
    if zero_copies:
        for axis, size in enumerate(sizes):
            if size == 0:
                if axis >= len(shape):
                    raise ValueError(f"the 0 at axis {axis} of {written(target)} copies no axis of {written(shape)}")
                sizes[axis] = shape[axis]
    if sizes.count(-1) > 1:
        raise ValueError(f"a reshape to {written(target)} has several sizes of -1")
    elements, known = product_of(shape), product_of([size for size in sizes if size != -1])
    if -1 in sizes:
        if known == 0:
            raise ValueError(f"a reshape of {written(shape)} to {written(target)} leaves its -1 open")
        missing = exactly(elements, known)
        if missing is None:
            if isinstance(elements, int) and isinstance(known, int):
                raise ValueError(f"a reshape of {written(shape)} to {written(target)} does not divide its elements")
            missing = named(f"({elements})/({known})")
        sizes[sizes.index(-1)] = missing
    elif isinstance(elements, int) and isinstance(known, int) and elements != known:
        raise ValueError(f"a reshape of {written(shape)} ({elements} elements) to {written(target)} ({known})")
    return tuple(sizes)


def joined(shapes: Sequence[Sizes], axis: int) -> Sizes:
    """Tensors one after the other along an axis."""
    rank = len(shapes[0])
    axis = axis_of(axis, rank)
    sizes = list(shapes[0])
    for shape in shapes[1:]:
        if len(shape) != rank:
            raise ValueError(f"{' and '.join(map(written, shapes[:8]))} cannot be joined: they differ in their axes")
        for other, size in enumerate(shape):
            if other == axis:
                sizes[other] = sizes[other] + size
            elif isinstance(sizes[other], Polynomial):
                sizes[other] = size
            elif isinstance(size, int) and size != sizes[other]:
                raise ValueError(f"{' and '.join(map(written, shapes[:8]))} cannot be joined along axis {axis}")
    return tuple(sizes)


def stacked(shapes: Sequence[Sizes], axis: int) -> Sizes:
    """Tensors of one shape along a new axis."""
    merged = broadcast_shapes(*shapes)
    axis = axis_of(axis, len(merged) + 1)
    return (*merged[:axis], len(shapes), *merged[axis:])


def without(shape: Sizes, axes: Iterable[int] | None) -> Sizes:
    """The shape without axes of 1: those named, or (None) every one that is 1."""
    if axes is None:
        if any(isinstance(size, Polynomial) for size in shape):
            raise ValueError(f"whether an axis of {written(shape)} is 1 is not known")
        return tuple([size for size in shape if size != 1])
    gone = axes_of(axes, len(shape))
    for axis in gone:
        if isinstance(shape[axis], int) and shape[axis] != 1:
            raise ValueError(f"axis {axis} of {written(shape)} is not 1")
    return tuple([size for axis, size in enumerate(shape) if axis not in gone])


def with_ones(shape: Sizes, axes: Iterable[int]) -> Sizes:
    """The shape with new axes of 1 at these places of the output."""
    places = list(axes)
    rank = len(shape) + len(places)
    if rank > MOST_AXES:
        raise ValueError(f"{rank} axes; at most {MOST_AXES} are possible")
    new = set(axes_of(places, rank))
    rest = iter(shape)
    return tuple([1 if axis in new else next(rest) for axis in range(rank)])


def sliced(size: Size, start: int | None, stop: int | None, step: int | None) -> Size:
    """The elements that ``[start:stop:step]`` takes of an axis."""
    step = 1 if step is None else step
    if step == 0:
        raise ValueError("a slice with step 0")
    if isinstance(size, int):
        return len(range(*slice(start, stop, step).indices(size)))
    if start in (None, 0) and stop is None and step == 1:
        return size
    if step == 1 and stop is None and start is not None and start < 0:
        return named(f"min({-start}, {size})")
    return named(f"({size})[{start}:{stop}:{step}]")


def multiplied(left: Sizes, right: Sizes) -> tuple[Sizes, Size]:
    """The shape of a matrix product, and how many products each of its elements sums (NumPy's ``matmul``)."""
    if not left or not right:
        raise ValueError("a matrix product of a number")
    one = left if len(left) > 1 else (1, *left)
    other = right if len(right) > 1 else (*right, 1)
    summed, same = one[-1], other[-2]
    if isinstance(summed, int) and isinstance(same, int) and summed != same:
        raise ValueError(f"{written(left)} cannot be multiplied by {written(right)}: {summed} is not {same}")
    before = broadcast_shapes(one[:-2], other[:-2])
    output = before + ((one[-2],) if len(left) > 1 else ()) + ((other[-1],) if len(right) > 1 else ())
    return output, same if isinstance(summed, Polynomial) else summed


def einsum(equation: str, shapes: Sequence[Sizes]) -> tuple[Sizes, Size]:
    """The shape of an Einstein sum, and its products in all: the sizes of all letters."""
    text = equation.replace(" ", "")
    left, arrow, right = text.partition("->")
    terms = left.split(",")
    if len(terms) != len(shapes):
        raise ValueError(f"{equation} is for {len(terms)} tensors, got {len(shapes)}")
    sizes: dict[str, Size] = {}
    dots: Sizes = ()
    for term, shape in zip(terms, shapes, strict=True):
        first, ellipsis, last = term.partition("...")
        between = len(shape) - len(first) - len(last)
        if between < 0 or (between and not ellipsis):
            raise ValueError(f"{term} of {equation} does not fit {written(shape)}")
        dots = broadcast_shapes(dots, shape[len(first) : len(first) + between])
        for letter, size in zip(first + last, (*shape[: len(first)], *shape[len(first) + between :]), strict=True):
            sizes[letter] = broadcast_size(sizes.get(letter, 1), size)
    if not arrow:
        letters = left.replace(",", "").replace("...", "")
        kept = "".join(sorted({letter for letter in letters if letters.count(letter) == 1}))
        right = ("..." if "..." in left else "") + kept
    output: list[Size] = []
    first, ellipsis, last = right.partition("...")
    for part, middle in ((first, False), (ellipsis, True), (last, False)):
        output += (
            dots if middle and part else [] if middle else [sizes[letter] for letter in known(part, sizes, equation)]
        )
    return tuple(output), product_of([*sizes.values(), *dots])


def known(letters: str, sizes: dict[str, Size], equation: str) -> str:
    """The letters, each of which has a size."""
    if any(letter not in sizes for letter in letters):
        raise ValueError(f"{equation} has a letter in its output that no input has")
    return letters


def gathered(shape: Sizes, indices: Sizes, axis: int) -> Sizes:
    """One axis replaced by those of the indices."""
    axis = axis_of(axis, len(shape))
    return (*shape[:axis], *indices, *shape[axis + 1 :])


def windows(size: Size, extent: int, stride: int, pads: Size, *, ceil: bool = False) -> Size:
    """How many windows fit an axis with `pads` elements more; see `arithmetic.windows` for known sizes."""
    if stride < 1:
        raise ValueError(f"a stride of {stride}")
    room = size + pads - extent
    if isinstance(room, int) and room < 0:
        raise ValueError(f"a window of {extent} is larger than its input of {size} padded by {pads}")
    return (room + (stride - 1 if ceil else 0)) // stride + 1


def at_most(*sizes: Size) -> Size:
    """The smallest of some sizes."""
    return chosen(min, *sizes)
