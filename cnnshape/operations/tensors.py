"""Operations on tensors as source code has them: stretching, indexing, products by a formula. No weights."""

from __future__ import annotations

from cnnshape.arithmetic.fields import window_map
from cnnshape.arithmetic.sizes import Dim, Shape, product, show, times, total
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.attention import Mask, attention_flops
from cnnshape.operations.merging import broadcast_dim, broadcast_paths
from cnnshape.operations.operation import (
    EVERYTHING,
    SOMETHING,
    Operation,
    Path,
    Result,
    normalize_axis,
    require_content,
)
from cnnshape.value import value


@value
class Expand(Operation):
    """Axes of size 1 stretched to `sizes`, new ones before them; -1 keeps an axis."""

    sizes: tuple[int, ...]

    def apply(self, shape: Shape) -> Result:
        """The sizes; an axis that is not 1 has to have its size already."""
        new = len(self.sizes) - len(shape)
        if new < 0:
            raise Fault("CS302", f"{LAYER} to {show(self.sizes)} has fewer axes than its input {show(shape)}")
        output: list[Dim] = list(self.sizes[:new])
        for size, wanted in zip(shape, self.sizes[new:], strict=True):
            if wanted in (-1, size) or size is None:
                output.append(size if wanted == -1 else wanted)
            elif size == 1:
                output.append(wanted)
            else:
                raise Fault("CS306", f"{LAYER} to {show(self.sizes)} cannot stretch {size} of {show(shape)}")
        if -1 in output[:new]:
            raise Fault("CS306", f"{LAYER} to {show(self.sizes)} leaves the size of a new axis open")
        require_content(output)
        made = tuple(output)
        return Result((made,), paths=(broadcast_paths(shape, made, 0),), memory="view")


@value
class Broadcast(Operation):
    """One element from those at its place in every input, shapes aligned from the last axis.

    Attributes:
        whole: counts over all samples, not for each of them: there may be none.
    """

    whole: bool = False

    def apply(self, *inputs: Shape) -> Result:
        """The shape that all of them broadcast to."""
        rank = max(map(len, inputs))
        output: list[Dim] = [1] * rank
        for shape in inputs:
            for axis, size in enumerate((*(1,) * (rank - len(shape)), *shape)):
                try:
                    output[axis] = broadcast_dim(output[axis], size)
                except ValueError:
                    shown = " and ".join(show(each) for each in inputs)
                    raise Fault("CS305", f"{LAYER} cannot combine {shown}: axis {axis} does not agree") from None
        made = tuple(output)
        flops = times(len(inputs) - 1, product(made if self.whole else made[1:]))
        return Result((made,), flops=flops, paths=tuple(broadcast_paths(shape, made, 0) for shape in inputs))


Key = int | tuple[int | None, int | None, int | None] | None | str | list[int]


@value
class Index(Operation):
    """``x[...]``: an integer takes an axis out, a slice shortens one, None adds one, ``"..."`` skips.

    A tensor of indices is a tuple of its shape, marked ``("of", *shape)``; several broadcast and come where the
    first was, or first where they are apart (NumPy's rule). Those that layers made are inputs, behind the tensor.
    """

    keys: tuple[object, ...]

    def apply(self, shape: Shape, *indices: Shape) -> Result:
        """The shape of what is chosen."""
        taken = sum(key is not None and key != "..." for key in self.keys)
        if taken > len(shape):
            raise Fault("CS302", f"too many indices ({taken}) for a tensor {show(shape)} of {len(shape)} axes")
        keys: list[object] = []
        for key in self.keys:
            keys.extend([(None, None, None)] * (len(shape) - taken) if key == "..." else [key])
        if "..." not in self.keys:
            keys.extend([(None, None, None)] * (len(shape) - taken))
        output: list[Dim] = []
        gathered: list[Shape] = []
        places: list[int] = []
        paths: list[Path] = []
        axis = 0
        for number, key in enumerate(keys):
            if key is None:
                output.append(1)
                continue
            size = shape[axis]
            paths.append(SOMETHING)
            if isinstance(key, int):
                if size is not None and not -size <= key < size:
                    raise Fault("CS309", f"index {key} is outside axis {axis} of {show(shape)}")
            elif isinstance(key, tuple) and key[:1] == ("of",):
                if not gathered:
                    output.append(-1)
                gathered.append(key[1:])
                places.append(number)
            elif isinstance(key, tuple):
                paths[-1] = slice_path(len(output), size, key)
                output.append(None if size is None else len(range(*slice(*key).indices(size))))
            axis += 1
        chosen = tuple(output)
        if gathered:
            one = Broadcast().apply(*gathered).output
            at = chosen.index(-1)
            rest = (*chosen[:at], *chosen[at + 1 :])
            apart = places != list(range(places[0], places[0] + len(places)))
            first = 0 if apart else at
            chosen = (*rest[:first], *one, *rest[first:])
            paths = [relocated(path, at, first, len(one)) for path in paths]
        seen = (tuple(paths), *[(SOMETHING,) * len(each) for each in indices])
        return Result((chosen,), paths=seen, memory="new" if gathered else "view")


def slice_path(axis: int, size: Dim, key: tuple[object, ...]) -> Path:
    """The path of an axis of which a slice is taken, to an axis of the output."""
    start, _, step = key
    if key == (None, None, None):
        return Path(axis)
    if size is not None:
        start, _, step = slice(*key).indices(size)
    start, step = start or 0, step or 1
    if not isinstance(start, int) or not isinstance(step, int) or start < 0 or step < 1:
        return Path(axis, None, lost=True)
    return Path(axis, window_map(1, step, 1, -start))


def relocated(path: Path, at: int, first: int, more: int) -> Path:
    """A path to an output of which the axis `at` has gone, and so many axes have come in at `first`."""
    if path.axis is None:
        return path
    rest = path.axis - (path.axis > at)
    return path._replace(axis=rest + (more if rest >= first else 0))


@value
class Einsum(Operation):
    """A sum of products by a formula such as ``"nchw,cd->ndhw"``."""

    equation: str

    @property
    def fewest(self) -> int:  # type: ignore[override]
        """As many as the formula has terms."""
        return self.equation.count(",") + 1

    @property
    def most(self) -> int:  # type: ignore[override]
        """As many as the formula has terms."""
        return self.fewest

    def apply(self, *inputs: Shape) -> Result:
        """The axes on the right; MACs: the product of all axes but the batch, for each operand but the first."""
        left, arrow, right = self.equation.replace(" ", "").partition("->")
        terms = left.split(",")
        if len(terms) != len(inputs):
            raise Fault("CS203", f"{self.equation!r} has {len(terms)} operands, got {len(inputs)}")
        if "..." in left:
            spread = max(len(shape) - len(term.replace("...", "")) for term, shape in zip(terms, inputs, strict=True))
            letters = [chr(0x3B1 + index) for index in range(spread)]
            filled = []
            for term, shape in zip(terms, inputs, strict=True):
                count = len(shape) - len(term.replace("...", ""))
                filled.append(term.replace("...", "".join(letters[spread - count :])))
            terms, right = filled, right.replace("...", "".join(letters))
        sizes: dict[str, Dim] = {}
        for term, shape in zip(terms, inputs, strict=True):
            if len(term) != len(shape):
                raise Fault("CS302", f"{term!r} of {self.equation!r} needs {len(term)} axes, got {show(shape)}")
            for letter, size in zip(term, shape, strict=True):
                try:
                    sizes[letter] = broadcast_dim(sizes.get(letter, 1), size)
                except ValueError as error:
                    raise Fault("CS305", f"axis {letter!r} of {self.equation!r}: {error}") from None
        if not arrow:
            joined = "".join(terms)
            right = "".join(sorted(letter for letter in sizes if joined.count(letter) == 1))
        unknown = set(right) - set(sizes)
        if unknown:
            raise Fault("CS309", f"{self.equation!r} makes axes that no operand has: {sorted(unknown)}")
        inner = product(size for letter, size in sizes.items() if letter != right[:1])
        macs = times(inner, len(inputs) - 1) if len(inputs) > 1 else 0
        return Result(
            (tuple(sizes[letter] for letter in right),),
            macs=macs,
            flops=times(2, macs),
            paths=tuple(
                tuple(Path(right.index(letter)) if letter in right else EVERYTHING for letter in term) for term in terms
            ),
        )


@value
class Attention(Operation):
    """``softmax(q k^T) v`` of queries, keys and values whose last two axes are positions and channels."""

    mask: Mask | None = None

    def apply(self, query: Shape, keys: Shape, values: Shape) -> Result:
        """``(..., n, d), (..., m, d), (..., m, e) -> (..., n, e)``; MACs of both products."""
        if min(map(len, (query, keys, values))) < 2:
            raise Fault("CS302", f"{LAYER} needs at least 2 axes, got {show(query)}")
        if query[-1] != keys[-1] or keys[-2] != values[-2]:
            raise Fault("CS305", f"{LAYER} cannot combine {show(query)}, {show(keys)} and {show(values)}")
        before = Broadcast().apply(query[:-2] or (1,), keys[:-2] or (1,), values[:-2] or (1,)).output
        before = before if len(query) > 2 else ()
        scores = product((*before[1:], query[-2], keys[-2]))
        macs = times(scores, total([query[-1], values[-1]]))
        paths = tuple(
            (*(Path(axis) for axis in range(len(shape) - 2)), EVERYTHING, EVERYTHING)
            if len(shape) == len(query)
            else (EVERYTHING,) * len(shape)
            for shape in (query, keys, values)
        )
        return Result(((*before, query[-2], values[-1]),), (), macs, attention_flops(macs, scores), paths=paths)


@value
class Written(Operation):
    """A tensor after another was written into a part of it, or at places that others hold."""

    most = None

    def apply(self, *inputs: Shape) -> Result:
        """The first shape."""
        return Result((inputs[0],), paths=tuple((EVERYTHING,) * len(shape) for shape in inputs))


@value
class Gather(Operation):
    """An element of the first input for every element of the second, which holds indices."""

    axis: int | None = None

    def apply(self, shape: Shape, indices: Shape) -> Result:
        """The shape of the indices, which choose along an axis."""
        along = None if self.axis is None else normalize_axis(self.axis, len(shape))
        paths = tuple(SOMETHING if along in (None, axis) else Path(axis) for axis in range(len(shape)))
        return Result((indices,), paths=(paths, tuple(Path(axis) for axis in range(len(indices)))))
