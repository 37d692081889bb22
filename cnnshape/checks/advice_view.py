"""A plan as the rules of advice see it: the live rows that make a shape of another, their edges, and their windows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import chain
from operator import is_
from typing import Any, TypeVar

from cnnshape.arithmetic.sizes import Shape
from cnnshape.network.fields import NOTHING_SEEN, FieldWork, Paths, Sight, handing_of, sight_of, view_of_input
from cnnshape.network.plan import Plan, ReceptiveField, Row
from cnnshape.network.windows import Axis, known_axes
from cnnshape.operations.activation import NO_ACTIVATION, Activation
from cnnshape.operations.convolution import Convolution
from cnnshape.operations.dense import Dense
from cnnshape.operations.normalization import (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    UnitNormalization,
)
from cnnshape.operations.operation import Operation, Result
from cnnshape.operations.transposed import TransposedConvolution
from cnnshape.operations.views import Identity
from cnnshape.value import NamedTuple

CONVOLUTIONS = (Convolution, TransposedConvolution)
LINEAR = (*CONVOLUTIONS, Dense)
"""Operations that are linear maps, apart from an activation of their own."""
NORMALIZATIONS = (BatchNormalization, GroupNormalization, LayerNormalization, UnitNormalization)


Found = TypeVar("Found", bound=tuple[Any, ...])
"""Rows that a rule has found, and what it has to say of them."""

Suspicion = Callable[["AdviceView", int], bool]
SUSPICIONS: dict[type, list[Suspicion]] = {}
"""Those of all rules, by the kinds of operations."""


def suspicion(*kinds: type) -> Callable[[Suspicion], Suspicion]:
    """A rule's test of the row of a number, of these kinds, by its operation and what that answered to what it reads.

    It is asked once for each answer, whatever other rows and files have the same: see `AdviceView.suspects`.
    """

    def declare(test: Suspicion) -> Suspicion:
        for kind in kinds:
            SUSPICIONS.setdefault(kind, []).append(test)
        return test

    return declare


class Edges(NamedTuple):
    """How the rows hang together that count, which are numbered; no size has to do with that.

    Attributes:
        rows: their numbers in the plan. `operations`: what they lowered to.
        sources: what each reads. `readers`: what reads each.
        kinds: the rows by their kind of operation.
        outputs: those that the model returns.
    """

    rows: list[int]
    operations: list[Operation]
    sources: list[list[int]]
    readers: list[list[int]]
    kinds: dict[type, list[int]]
    outputs: set[int]


class Narrowest(NamedTuple):
    """What rows read sees along the branches that see least, where inputs see this and rows hand it on by these paths.

    Of a row that reads several tensors it is the first one.
    """

    inputs: dict[str, Sight]
    paths: list[Paths]
    read: list[Sight]


class Suspected(NamedTuple):
    """The suspicions about rows with these answers, by the identity of the answer: they are held, and stay the same."""

    by: dict[int, tuple[Suspicion, ...]]
    answers: list[Result]


class At(NamedTuple):
    """Stands for the row of this number."""

    number: int


class AdviceView:
    """The rows of a plan that count, in order, and how they hang together.

    A row counts that makes, on the way to an output, a shape of another. They are numbered: most rules have nothing to
    say, and rows take longer to make than to look for such faults in what operations answered.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._edges: Edges = plan.in_common.get(Edges) or plan.in_common.setdefault(Edges, edges_of(plan))
        self._numbers: dict[int, int] = {}
        self._kinds: dict[tuple[type, ...], list[int]] = {}
        self._sizes: dict[tuple[str, int], tuple[int, ...] | None] = {}
        self._axes: dict[int, tuple[Axis, ...]] = {}

    def row(self, number: int) -> Row:
        """The row of a number."""
        row = self.plan.rows[self._edges.rows[number]]
        self._numbers[id(row)] = number
        return row

    def __iter__(self) -> Iterator[Row]:
        """All of them."""
        return map(self.row, range(len(self._edges.rows)))

    @cached_property
    def _results(self) -> list[Result]:
        results = self.plan.rows.results
        return [results[row] for row in self._edges.rows]  # type: ignore[misc]  # of rows that count all are known

    def result(self, number: int) -> Result:
        """What the operation of a row answered."""
        return self._results[number]

    def operation(self, number: int) -> Operation:
        """The operation of a row."""
        return self._edges.operations[number]

    def field(self, number: int) -> ReceptiveField | None:
        """What a row sees of the model's input."""
        return self.plan.rows.field(self._edges.rows[number])

    def read(self, number: int) -> tuple[Shape | None, ...]:
        """The shapes that a row reads."""
        return self.plan.rows.read(self._edges.rows[number])

    def once(self, find: Callable[[AdviceView], Iterable[Found]]) -> Iterator[Found]:
        """What `find` finds, by no size of any row: it is asked once for all plans that differ in sizes alone."""
        known = self.plan.in_common.get(find)
        if known is None:
            numbers = self._numbers
            known = [
                tuple([At(numbers[id(each)]) if isinstance(each, Row) else each for each in found])
                for found in find(self)
            ]
            self.plan.in_common[find] = known
        for found in known:
            yield tuple([self.row(each.number) if isinstance(each, At) else each for each in found])  # type: ignore[misc]  # as it was found

    def suspects(self, test: Suspicion) -> list[int]:
        """The numbers of the rows for which a `suspicion` holds."""
        return self._suspects.get(test, [])

    @cached_property
    def _suspects(self) -> dict[Suspicion, list[int]]:
        """All of them; alike plans ask of what is new to them alone."""
        known: Suspected = self.plan.in_common.get(Suspected) or self.plan.in_common.setdefault(
            Suspected, Suspected({}, [])
        )
        found: dict[Suspicion, list[int]] = {}
        recall = known.by.get
        for number, result in enumerate(self._results):
            tests = recall(id(result))
            if tests is None:
                of_kind = SUSPICIONS.get(type(self.operation(number)), ())
                tests = known.by[id(result)] = tuple([test for test in of_kind if test(self, number)])
                known.answers.append(result)
            for test in tests:
                found.setdefault(test, []).append(number)
        return found

    def axes(self, number: int) -> tuple[Axis, ...]:
        """The windows of a convolution or pooling along each axis whose sizes are known."""
        if number not in self._axes:
            self._axes[number] = known_axes(self.result(number).windows)
        return self._axes[number]

    @cached_property
    def activated(self) -> tuple[tuple[Row, str], ...]:
        """The rows that end with an activation, and its name."""
        kinds = [kind for kind in self._edges.kinds if kind is Activation or hasattr(kind, "activation")]
        return tuple((row, name) for row in self.of(*kinds) if (name := activation_of(row)))

    def of(self, *kinds: type) -> list[Row]:
        """The rows with an operation of one of these kinds."""
        return [*map(self.row, self.numbers(*kinds))]

    def numbers(self, *kinds: type) -> list[int]:
        """Their numbers."""
        if kinds not in self._kinds:
            found = [numbers for kind, numbers in self._edges.kinds.items() if issubclass(kind, kinds)]
            self._kinds[kinds] = found[0] if len(found) == 1 else sorted(chain.from_iterable(found))
        return self._kinds[kinds]

    def number(self, row: Row) -> int:
        """The number of a row; its name may be that of several, of a module that is called again."""
        return self._numbers[id(row)]

    def sources(self, row: Row | int) -> list[Row]:
        """The rows that a row reads; model inputs, and what reads nothing itself, are none."""
        return [*map(self.row, self._edges.sources[row if isinstance(row, int) else self.number(row)])]

    def readers(self, row: Row) -> list[Row]:
        """The rows that read a row."""
        return [*map(self.row, self.read_by(self.number(row)))]

    def reads(self, number: int) -> list[int]:
        """The numbers of the rows that a row reads."""
        return self._edges.sources[number]

    def read_by(self, number: int) -> list[int]:
        """The numbers of the rows that read a row."""
        return self._edges.readers[number]

    def input_sizes(self, name: str, rank: int) -> tuple[int, ...] | None:
        """The spatial sizes of a model input with `rank` spatial axes; None where they are not all known."""
        key = (name, rank)
        if key not in self._sizes:
            shape = self.plan.inputs.get(name)
            sizes = None if shape is None or len(shape) != rank + 2 else self.plan.layout.spatial(shape)
            self._sizes[key] = None if sizes is None or None in sizes else sizes  # type: ignore[assignment]  # excluded
        return self._sizes[key]

    def narrowest_read(self, number: int) -> ReceptiveField | None:
        """The receptive field of what a row reads along the branches that see least; a row's own is the union."""
        return self._narrowest[number].field

    @cached_property
    def _narrowest(self) -> list[Sight]:
        channels_last, stated = self.plan.layout.channels_last, self.plan.inputs.items()
        inputs = {name: sight_of(view_of_input(name, shape, channels_last)) for name, shape in stated if shape}
        paths = [result.paths for result in self._results]
        known: Narrowest | None = self.plan.in_common.get(Narrowest)
        if known is None or known.inputs != inputs or not all(map(is_, known.paths, paths)):
            known = self.plan.in_common[Narrowest] = Narrowest(inputs, paths, self._narrowest_of(inputs, paths))
        return known.read

    def _narrowest_of(self, inputs: dict[str, Sight], paths: list[Paths]) -> list[Sight]:
        sights, work, found = dict(inputs), FieldWork(), []
        for row, through in zip(self, paths, strict=True):
            read = tuple([sights.get(name, NOTHING_SEEN) for name in row.inputs])
            found.append(read[0])
            if through is None and len(read) == 1:
                (sight,) = read
            else:
                sight = work.sight(read, through, handing_of(through).narrowest, narrowest=True)
            for name in row.output_names:
                sights[name] = sight
        return found

    def is_output(self, row: Row) -> bool:
        """Whether the model returns what `row` computes."""
        return self.number(row) in self._edges.outputs

    def only_reader(self, row: Row) -> Row | None:
        """The row that reads `row`, where exactly one does and nobody else sees it."""
        readers = self.readers(row)
        return readers[0] if len(readers) == 1 and not self.is_output(row) else None


def edges_of(plan: Plan) -> Edges:
    """How the rows of a plan hang together."""
    edges = Edges([], [], [], [], {}, set())
    counted: dict[int, int] = {}  # by the number of a row in the plan
    for at, row in enumerate(plan.layers):
        operation, makers = row.operation, row.makers
        if operation is None or row.result is None or not row.inputs or not row.live:
            continue
        number = counted[at] = len(edges.rows)
        edges.rows.append(at)
        edges.operations.append(operation)
        edges.kinds.setdefault(type(operation), []).append(number)
        edges.sources.append([counted[maker] for maker in makers if maker in counted])
        edges.readers.append([])
        for source in dict.fromkeys(edges.sources[number]):
            edges.readers[source].append(number)
    edges.outputs.update([counted[maker] for maker in plan.makers if maker in counted])
    return edges


class Advice(NamedTuple):
    """What a rule finds about a row."""

    row: Row
    message: str
    fix: str


def by_no_size(rule: Callable[[AdviceView], Iterator[Advice]]) -> Callable[[AdviceView], Iterator[Advice]]:
    """A rule that asks for no size of any row: what it says of a plan, it says of all that differ in sizes alone."""

    def check(view: AdviceView) -> Iterator[Advice]:
        return map(Advice._make, view.once(rule))

    return check


def changes_no_value(row: Row) -> bool:
    """Whether a row hands on what it reads: identity, dropout when not training, flatten, reshape."""
    return row.result is not None and row.result.memory == "view" and len(row.inputs) == 1


def channel_axis_of(row: Row) -> int | None:
    """The axis along which a linear row has its filters or features, batch counted; None for other rows."""
    shape = row.output_shape
    if shape is None or not isinstance(row.operation, LINEAR):
        return None
    if isinstance(row.operation, Dense):
        return len(shape) - 1
    return row.operation.layout.channel_axis(len(shape))


def is_dropout(row: Row) -> bool:
    """Whether training drops values here; at a rate of 0 it drops none."""
    rate = row.arguments.get("rate", row.arguments.get("p"))
    return isinstance(row.operation, Identity) and "dropout" in row.type.lower() and rate != 0


def own_activation(row: Row) -> str | None:
    """The activation that a layer applies itself (``activation=``), if any."""
    name = getattr(row.operation, "activation", None)
    return None if name in NO_ACTIVATION else name


def activation_of(row: Row) -> str | None:
    """The activation that a row ends with, as its argument or as a row of its own."""
    if isinstance(row.operation, Activation):
        return None if row.operation.name in NO_ACTIVATION else row.operation.name
    return own_activation(row)


def by(numbers: tuple[int, ...] | list[int]) -> str:
    """Sizes as people write them: ``7x7``."""
    return "x".join(str(number) for number in numbers)
