"""How the sizes of a network follow from one axis of its input, layer by layer, with no end to the sizes.

Along one axis every layer with windows, every padding, resizing by a fraction and flattening gives
``floor((p * n + c) / q)`` from some size on. How far outputs advance (p for every q) is what the layer's map of the
receptive field says; q neighbouring sizes, which the layer is asked for, then give c, and the sizes that it refuses
show where the law begins. A law has to hold for sizes far away, too. A layer that obeys none has none, and the network
neither: nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from math import lcm

from cnnshape.arithmetic.sizes import Dim, Shape
from cnnshape.diagnostics import Fault
from cnnshape.network.plan import Plan, Row
from cnnshape.operations.operation import Result
from cnnshape.studies.replay import answered
from cnnshape.studies.sizes.formula import Size, fraction
from cnnshape.value import NamedTuple

Answer = Callable[[int], Result | Fault]
"""What a layer says of a size."""

Sizes = tuple[int | Size | None, ...]
"""A shape in which some sizes follow from the input's."""

AWAY = 256
"""A law is read so many sizes above a known one: borders and small sizes play no part there."""

NEAR = 40
"""So many sizes around the first one of a law are asked for."""

FAR = (1_000, 10_007, 100_003, 1_000_003)
"""So much further it has to hold as well."""

WIDEST_FAR = 512
"""So many neighbours are asked for there, of a period as long as that: floating-point factors round now so, now so."""

WIDEST_SPACING = 2048
"""Layers take every size, or every second one, or at most every so many; others are taken to take one alone."""

LONGEST_PERIOD = 4096
"""The largest stride (or other period) of a layer whose law is sought."""


class Law(NamedTuple):
    """What a layer makes of the sizes ``least, least + step, ...`` up to `most`, all that it takes.

    Attributes:
        outputs: of every output the shape.
        step: 0 where it takes `least` alone.
        irregular: whether smaller sizes are taken, too, to which nothing of this applies.
        unread: a period, and the sizes modulo it with which windows leave elements unread.
    """

    outputs: tuple[Sizes, ...]
    least: int
    step: int
    irregular: bool
    unread: tuple[int, frozenset[int]]

    def holds(self, result: Result | Fault, size: int, position: int) -> bool:
        """Whether this is what it says of the size."""
        if isinstance(result, Fault) or len(result.outputs) != len(self.outputs):
            return False
        period, residues = self.unread
        return leaves(result, position) == (size % period in residues) and all(
            shape_at(law, size) == shape for law, shape in zip(self.outputs, result.outputs, strict=True)
        )


def shape_at(shape: Sizes, size: int) -> Shape:
    """The shape for a size of the input; what is not known stays None."""
    return tuple([each.at(size) if isinstance(each, Size) else each for each in shape])


def leaves(result: Result, position: int) -> bool:
    """Whether windows leave elements of the `position`-th spatial axis unread."""
    return bool(result.leftover and len(result.leftover) > position and result.leftover[position])


class NoLaw(Exception):  # noqa: N818 - reads as what it is
    """A layer, or one of its outputs' sizes, obeys no law that is known here."""


class Rate(NamedTuple):
    """An output axis grows by `more` where the input grows by `by`."""

    axis: int
    more: int
    by: int


def law_of(answer: Answer, base: int, position: int) -> Law:
    """The law of a layer that takes the size `base`. Raises `NoLaw`."""
    step = spacing(answer, base)
    if not step:
        return law_of_one(answer, base, position)
    anchor = base + step * AWAY
    start = taken(answer, anchor)
    rates = tuple(advances(start))
    period = lcm(step, *(rate.by for rate in rates))
    if period > LONGEST_PERIOD:
        raise NoLaw
    places = [anchor, *(anchor + step * distance for distance in FAR)]
    reach = (2 * period, *(min(period, WIDEST_FAR),) * len(FAR))
    results = {
        size: taken(answer, size)
        for place, length in zip(places, reach, strict=True)
        for size in range(place, place + length, step)
    }
    residues = frozenset(size % period for size, result in results.items() if leaves(result, position))
    outputs = tuple(
        tuple(
            size_law(sizes_of(results, number, axis), [rate for rate in rates if rate.axis == axis])
            for axis in range(len(shape))
        )
        for number, shape in enumerate(start.outputs)
    )
    law = Law(outputs, anchor, step, False, (period, residues))
    if not all(law.holds(result, size, position) for size, result in results.items()):
        raise NoLaw
    return began(law, answer, position)


def law_of_one(answer: Answer, base: int, position: int) -> Law:
    """The law of a layer that takes one size alone."""
    result = taken(answer, base)
    unread = frozenset({0}) if leaves(result, position) else frozenset[int]()
    return Law(result.outputs, base, 0, takes_some(answer, below(base)), (1, unread))


def taken(answer: Answer, size: int) -> Result:
    """What the layer says of a size that it has to take. Raises `NoLaw`."""
    result = answer(size)
    if isinstance(result, Fault):
        raise NoLaw
    return result


def takes_some(answer: Answer, sizes: Iterable[int]) -> bool:
    """Whether the layer takes any of the sizes."""
    return any(not isinstance(answer(size), Fault) for size in sizes)


def below(size: int) -> set[int]:
    """The smallest sizes, and those just below this one: where a layer that takes more than its law says does so."""
    return {*range(1, min(size, NEAR)), *range(max(1, size - NEAR), size)}


def advances(result: Result) -> Iterator[Rate]:
    """How fast the output axes grow, by the maps of the receptive field; an axis that has none may grow evenly."""
    for paths in result.paths or ():
        for path in paths:
            if path.axis is not None and path.map is not None:
                yield Rate(path.axis, path.map.period, path.map.step)
    for axis in range(max(map(len, result.outputs))):
        yield Rate(axis, 1, 1)


def sizes_of(results: Mapping[int, Result], number: int, axis: int) -> dict[int, Dim]:
    """The size of an output's axis for every size that was asked about. Raises `NoLaw` where it has no such axis."""
    try:
        return {size: result.outputs[number][axis] for size, result in results.items()}
    except IndexError:
        raise NoLaw from None


def size_law(values: Mapping[int, Dim], rates: Sequence[Rate]) -> int | Size | None:
    """The law by which these sizes follow. Raises `NoLaw`."""
    known = {size: value for size, value in values.items() if value is not None}
    if len(set(values.values())) == 1:
        return next(iter(values.values()))
    if len(known) < len(values):
        raise NoLaw
    first, second = list(known)[:2]
    slope, rest = divmod(known[second] - known[first], second - first)
    evenly = [] if rest else [(slope, 1)]
    for more, by in dict.fromkeys([*((rate.more, rate.by) for rate in rates), *evenly]):
        if more > 0:
            law = fraction(more, max(by * value - more * size for size, value in known.items()), by)
            if all(law.at(size) == value for size, value in known.items()):
                return law
    raise NoLaw


def spacing(answer: Answer, base: int) -> int:
    """The distance of the sizes from `base` on that a layer takes; 0 where it takes no other. Raises `NoLaw`."""
    step = next((step for step in range(1, WIDEST_SPACING + 1) if takes_some(answer, (base + step,))), 0)
    tests = range(base, base + 4 * step + 1) if step else [base, *(base + distance for distance in FAR)]
    expected = [(size - base) % step == 0 if step else size == base for size in tests]
    if [takes_some(answer, (size,)) for size in tests] != expected:
        raise NoLaw
    return step


def began(law: Law, answer: Answer, position: int) -> Law:
    """The law from the smallest size on for which it holds. Raises `NoLaw` where that is none."""

    def holds(steps: int) -> bool:
        size = law.least - law.step * steps
        return law.holds(answer(size), size, position)

    low, high = 0, (law.least - 1) // law.step
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    if not all(holds(steps) for steps in range(low, max(low - NEAR, 0), -1)):
        raise NoLaw
    least = law.least - law.step * low
    return law._replace(least=least, irregular=takes_some(answer, below(least)))


class Traced(NamedTuple):
    """What is known of a network along one axis of its input.

    Attributes:
        tensors: the shape of every tensor.
        least, most: no size outside is taken; from `regular` on (inside) all laws hold.
        lattices: a size, a step, and what has to remain of the size modulo the step.
        equal: pairs of sizes that have to agree.
        unread: a size, a period, and the remainders with which elements stay unread.
    """

    tensors: Mapping[str, Sizes]
    least: int
    regular: int
    most: int | None
    lattices: frozenset[tuple[Size, int, int]]
    equal: frozenset[tuple[Size, Size]]
    unread: frozenset[tuple[Size, int, frozenset[int]]]

    @property
    def period(self) -> int:
        """How often the sizes that are taken, and those that leave something unread, repeat themselves at most."""
        rules = [(size, step) for size, step, _ in self.lattices] + [(size, period) for size, period, _ in self.unread]
        pairs = [size.period[0] for pair in self.equal for size in pair]
        return lcm(1, *pairs, *(size.then(fraction(1, 0, step)).period[0] for size, step in rules))


class Tracer:
    """Composes the laws of the rows as one axis of the inputs in `moved` changes; `position` counts spatial axes."""

    def __init__(self, plan: Plan, moved: Sequence[str], axis: int, position: int) -> None:
        self.base = plan.inputs[moved[0]][axis] or 1
        self.position = position
        self.tensors: dict[str, Sizes] = {
            name: (*shape[:axis], Size(), *shape[axis + 1 :]) if name in moved else shape
            for name, shape in plan.inputs.items()
        }
        self.laws: dict[tuple[Hashable, ...], Law] = {}
        self.inferred: set[str] = set()
        self.least = self.regular = 1
        self.most: int | None = None
        self.lattices: set[tuple[Size, int, int]] = set()
        self.equal: set[tuple[Size, Size]] = set()
        self.unread: set[tuple[Size, int, frozenset[int]]] = set()

    def traced(self) -> Traced:
        """What has been found."""
        rules = frozenset(self.lattices), frozenset(self.equal), frozenset(self.unread)
        return Traced(self.tensors, self.least, max(self.regular, self.least), self.most, *rules)

    def pass_through(self, row: Row) -> None:
        """Follow a row. Raises `NoLaw`."""
        shapes = tuple(self.tensors[name] for name in row.inputs)
        sizes = dict.fromkeys(size for shape in shapes for size in shape if isinstance(size, Size))
        if not sizes:
            self.tensors.update(zip(row.output_names, row.output_shapes, strict=False))
            return
        size, *others = sizes
        if any(other.at(self.base) != size.at(self.base) for other in others):
            raise NoLaw
        answer = Asked(row, shapes)
        law = self.law(row, answer, size.at(self.base))
        if row.shared_with in self.inferred:
            raise NoLaw
        if answer.weights_follow(law):
            if row.shared_with:
                raise NoLaw
            self.inferred.add(row.name)
        if others and not answer.needs_equal(size, law):
            raise NoLaw
        self.limit(law, size, others)
        if law.unread[1] and row.live:
            self.unread.add((size, *law.unread))
        for name, shape in zip(row.output_names, law.outputs, strict=False):
            self.tensors[name] = tuple(size.then(each) if isinstance(each, Size) else each for each in shape)

    def law(self, row: Row, answer: Asked, base: int) -> Law:
        """The row's law, which equal rows share."""
        key = row.operation, answer.pattern, len(row.output_names), base
        if key not in self.laws:
            self.laws[key] = law_of(answer, base, self.position)
        return self.laws[key]

    def limit(self, law: Law, size: Size, others: Sequence[Size]) -> None:
        """Keep to the sizes that the law allows. Others have to agree, but that a size of 1 may be stretched."""
        start = max(law.least, 2) if others else law.least
        for each in (size, *others):
            bound = each.least(start)
            self.regular = max(self.regular, bound)
            if not law.irregular and not others:
                self.least = max(self.least, bound)
            if not law.step:
                end = each.least(law.least + 1) - 1
                self.most = end if self.most is None else min(self.most, end)
        if law.step > 1:
            self.lattices.add((size, law.step, law.least % law.step))
        self.equal.update((size, other) for other in others)


class Asked:
    """A row as a function of the size that varies in the shapes it reads."""

    def __init__(self, row: Row, shapes: tuple[Sizes, ...]) -> None:
        self.row, self.shapes = row, shapes
        self.pattern = tuple(tuple("varies" if isinstance(each, Size) else each for each in shape) for shape in shapes)

    def __call__(self, size: int) -> Result | Fault:
        return self.ask(lambda _: size)

    def ask(self, value: Callable[[Size], int]) -> Result | Fault:
        """What the row says where each size has this value."""
        shapes = tuple(
            tuple([value(each) if isinstance(each, Size) else each for each in shape]) for shape in self.shapes
        )
        return answered(self.row, shapes)

    def weights_follow(self, law: Law) -> bool:
        """Whether the row's weights follow from the size."""
        results = [self(law.least), self(law.least + law.step * AWAY)]
        weights = [[weight.shape for weight in result.weights] for result in results if isinstance(result, Result)]
        return any(each != weights[0] for each in weights)

    def needs_equal(self, size: Size, law: Law) -> bool:
        """Whether the row takes several sizes only where they agree, apart from sizes of 1."""
        here = law.least + law.step * AWAY
        pairs = ((here, here + 1), (here + 1, here), (here, 2 * here))
        return not any(
            isinstance(self.ask(lambda each, one=one, other=other: one if each == size else other), Result)  # type: ignore[misc]
            for one, other in pairs
        )


def trace(plan: Plan, moved: Sequence[str], axis: int, position: int) -> Traced | None:
    """The laws of all rows composed, as one axis of the inputs changes; None where some row has none.

    Args:
        plan: without errors, and with rows that depend on no sizes (`cnnshape.studies.replay.faithful`).
        moved: the inputs that change together.
        axis: the axis that changes, the `position`-th spatial one.
    """
    tracer = Tracer(plan, moved, axis, position)
    try:
        for row in plan.layers:
            tracer.pass_through(row)
    except NoLaw:
        return None
    return tracer.traced()
