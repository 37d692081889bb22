"""What a plan is: rows, totals, diagnostics. Immutable; every report and study reads this and nothing else.

Numbers that are not known are None. Shapes have the batch first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from importlib import import_module
from math import isfinite, isnan
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from cnnshape.arithmetic.sizes import Dim, Shape
from cnnshape.diagnostics import ArchitectureError, Diagnostic, Source, Span, Use
from cnnshape.operations.operation import CHANNELS_LAST, Layout, Operation, Result, Weight
from cnnshape.value import Memo, NamedTuple, field, value

if TYPE_CHECKING:
    from cnnshape.network.constants import Constant
    from cnnshape.network.expectations import Expectation
    from cnnshape.network.figures import Totals

SCHEMA_VERSION = 1
COUNTING = "cnnshape"
"""The name of the counting convention (DESIGN section 5); the JSON states it."""


class ReceptiveField(NamedTuple):
    """What one output element sees of a model input, per spatial axis of that input.

    Attributes:
        size: the largest extent, in input elements.
        jump: the distance between what neighbouring outputs see; None where neighbours have no meaning.
        start: the first index that output 0 sees, negative in the padding; None where it sees nothing.
        is_global: whether a path through global pooling or a dense layer sees all of the input.
        exact: False where some map on the way has no period; `size` is then a lower bound.
        of: the model input it is about.
        local: whether an output still lies somewhere: `size` is what it sees around there, also where it is global.
    """

    size: tuple[int, ...]
    jump: tuple[int | float | None, ...]
    start: tuple[int | None, ...]
    is_global: bool
    exact: bool
    of: str
    local: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The field as JSON states it."""
        return {
            "size": list(self.size),
            "jump": list(self.jump),
            "start": list(self.start),
            "global": self.is_global,
            "exact": self.exact,
            "of": self.of,
        }


class InFile(NamedTuple):
    """A weight as the file has it that its layer was read from.

    Attributes:
        name, shape: in the file.
        turned: whether a matrix has its axes the other way round than the framework's layer.
        made: the operator that makes of it what the layer reads; "" where that is the weight itself.
    """

    name: str
    shape: Shape
    turned: bool = False
    made: str = ""


class Scope(NamedTuple):
    """A block (or include) that a row lies in: the name of this use and the name of the block."""

    name: str
    block: str


class Row(NamedTuple):
    """One layer of the network, or one operator.

    Attributes:
        name: the path of scopes and the row's own name, joined by ``/``.
        type: the class name of the framework.
        arguments: positional arguments and those that differ from the default, by canonical names.
        inputs: names of the rows (or model inputs) it reads.
        input_shapes, output_shapes: batch first; `output_shapes` is empty where the row failed.
        output_names: the name of each output; the row's own name where it has one output.
        params .. flops: counts; MACs and FLOPs per sample. None where unknown.
        output_bytes: memory of all outputs for the whole batch.
        padding, leftover: per spatial axis, None where the notion does not apply.
        trainable: whether its weights train; shared_with: the row whose weights it uses.
        operator: a function or operator rather than a layer class.
        live: whether some output of the model depends on it.
        training_only: whether only training runs it.
        span: the place of its text in `filename`, None where that has no lines; line, column: where it begins;
        used_at: the uses of the blocks around it, outermost first.
        scopes: the blocks around it, outermost first.
        operation, result: what it lowered to and what that answered; None where it failed.
        extra: arguments that change no number; `weights` of an exported graph: those it reads, as the file has them;
            `call`: what a layer of Keras is called with beside tensors: True, the name of an input, None for others.
        makers: for each of `inputs` the number of the row that makes it, -1 for a model input: names may be those of
            several rows, as of a module that is called again.
        operands: for everything that it is called with, None for the next of its inputs, or a constant; empty where all
            are inputs.
        own: weights beside those of the operation, such as a parameter of the user's module that is read here.
    """

    name: str
    type: str
    arguments: Mapping[str, Any]
    inputs: tuple[str, ...]
    input_shapes: tuple[Shape | None, ...]
    output_shapes: tuple[Shape, ...]
    output_names: tuple[str, ...]
    params: Dim
    trainable_params: Dim
    non_trainable_params: Dim
    buffers: Dim
    macs: Dim
    flops: Dim
    output_bytes: Dim
    padding: tuple[tuple[int, int] | None, ...] | None
    leftover: tuple[Dim, ...] | None
    receptive_field: ReceptiveField | None
    trainable: bool
    shared_with: str | None
    operator: bool
    live: bool
    training_only: bool
    filename: str
    span: Span | None
    used_at: tuple[Use, ...]
    scopes: tuple[Scope, ...]
    operation: Operation | None
    result: Result | None
    extra: Mapping[str, Any]
    makers: tuple[int, ...] = ()
    operands: tuple[Constant | None, ...] = ()
    own: tuple[Weight, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether the row has no shape because it, or something it reads, is wrong."""
        return not self.output_shapes

    @property
    def is_known(self) -> bool:
        """Whether its costs are known as far as the sizes are: it is no layer of which nothing is known."""
        return bool(self.output_shapes) and getattr(self.operation, "complete", True)

    @property
    def output_shape(self) -> Shape | None:
        """The only (or first) output shape; None where the row failed."""
        return self.output_shapes[0] if self.output_shapes else None

    @property
    def line(self) -> int | None:
        """The row of the text where the layer is written, from 1; None where its file has no lines."""
        return self.span.start.row if self.span else None

    @property
    def column(self) -> int | None:
        """The column of the text where the layer is written, from 1; None where its file has no lines."""
        return self.span.start.column if self.span else None

    def to_dict(self) -> dict[str, Any]:
        """The row as JSON states it."""
        stated: dict[str, Any] = plain(self.stated())
        return stated

    def stated(self) -> dict[str, Any]:
        """The same with tuples, which the writer of JSON takes for lists."""
        return dict(zip(STATED, STATED_OF(self), strict=True)) | {key: told(self) for key, told in TOLD.items()}


TOLD: Mapping[str, Callable[[Row], Any]] = {
    "arguments": lambda row: {name: plain(value) for name, value in row.arguments.items()},
    "receptive_field": lambda row: row.receptive_field and row.receptive_field.to_dict(),
    "used_at": lambda row: [
        {"filename": use.filename, "line": use.span.start.row, "column": use.span.start.column} for use in row.used_at
    ],
}
"""What is no value that JSON has."""

STATED = (
    *("name", "type", "arguments", "inputs", "input_shapes", "output_shape", "output_shapes", "params"),
    *("trainable_params", "non_trainable_params", "buffers", "macs", "flops", "output_bytes", "padding", "leftover"),
    *("receptive_field", "trainable", "shared_with", "operator", "live", "training_only", "line", "column", "used_at"),
)
"""What JSON states of a row, in this order."""

STATED_OF = attrgetter(*STATED)


class Rows:
    """The rows of a plan by their numbers, each made once somebody asks for it: all together take half of a plan.

    Two are equal that give the same.
    """

    def __init__(
        self,
        results: Callable[[], Sequence[Result | None]],
        read: Callable[[int], tuple[Shape | None, ...]],
        field: Callable[[int], ReceptiveField | None],
        make: Callable[[int], Row],
    ) -> None:
        """What gives the `results` of all rows, and, of the row of a number, what it reads, what it sees, and itself.

        Args:
            read: the shapes that it reads. field: its receptive field.
        """
        self._results, self.read, self.field, self._make = results, read, field, make

    @cached_property
    def results(self) -> Sequence[Result | None]:
        """What the operation of each row answered, which takes no row."""
        return self._results()

    @cached_property
    def _made(self) -> list[Row | None]:
        return [None] * len(self.results)

    @cached_property
    def all(self) -> tuple[Row, ...]:
        """The rows."""
        return tuple(map(self.__getitem__, range(len(self._made))))

    def __getitem__(self, number: int) -> Row:
        """The row of a number."""
        row = self._made[number]
        if row is None:
            row = self._made[number] = self._make(number)
        return row

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rows) and self.all == other.all

    def __hash__(self) -> int:
        return hash(self.all)

    def __repr__(self) -> str:
        return f"Rows({self.all!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Rows.of, (self.all,)

    @staticmethod
    def of(rows: Sequence[Row]) -> Rows:
        """Rows that are there already."""
        return Rows(
            lambda: [row.result for row in rows],
            lambda number: rows[number].input_shapes,
            lambda number: rows[number].receptive_field,
            rows.__getitem__,
        )


@value
class Plan:
    """A planned architecture. With errors among `diagnostics`, `totals` is None and the rows stay."""

    name: str
    framework: str
    dtype: str
    batch: Dim
    filename: str
    inputs: Mapping[str, Shape]
    outputs: Mapping[str, Shape | None]
    rows: Rows
    totals: Totals | None
    diagnostics: tuple[Diagnostic, ...]
    receptive_field: ReceptiveField | None = None
    expectations: tuple[Expectation, ...] = ()
    sources: Mapping[str, Source] = field(factory=dict)
    layout: Layout = CHANNELS_LAST
    """Where the channels lie, unless a layer says otherwise."""
    receptive_fields: Mapping[str, ReceptiveField | None] = field(factory=dict)
    """What each output sees; `receptive_field` is about all of them together."""
    backend: str | None = None
    """The one of Keras's backends that it is to run on, where that is stated."""
    makers: tuple[int, ...] = ()
    """For each of `outputs` the number of the row that makes it, -1 for a model input."""
    in_common: Memo = field(factory=Memo)
    """What plans that differ from this one in sizes alone have in common, once somebody found it."""

    def __repr__(self) -> str:
        """The heading and the totals, in at most ten lines."""
        return str(notebook().text(self))

    def _repr_html_(self) -> str:
        """What a notebook shows: the table with its blocks folded, and the totals."""
        return str(notebook().html(self))

    @property
    def layers(self) -> tuple[Row, ...]:
        """A row for every layer."""
        return self.rows.all

    @property
    def peak_tensors(self) -> tuple[str, ...]:
        """What is alive where most is."""
        return self.totals.peak.given.tensors if self.totals else ()

    @property
    def alive(self) -> tuple[int, ...]:
        """Bytes of activations alive at each row that an output depends on; empty where a size is unknown."""
        return self.totals.peak.given.alive if self.totals else ()

    @property
    def data_format(self) -> str:
        """`layout` as Keras writes it."""
        return "channels_last" if self.layout.channels_last else "channels_first"

    @property
    def returned(self) -> tuple[str, ...]:
        """The tensor behind each of `outputs`, where one that is returned twice has its name again: ``x (2)``."""
        makers = zip(self.outputs, self.makers, strict=True)
        made = ((name, self.layers[at].output_names if at >= 0 else tuple(self.inputs)) for name, at in makers)
        return tuple([name if name in names else name.rpartition(" (")[0] for name, names in made])

    def makers_of(self, row: Row) -> list[Row]:
        """The rows that make what `row` reads, in its order; model inputs have none."""
        return [self.layers[maker] for maker in row.makers if maker >= 0]

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The diagnostics that make the plan wrong."""
        return tuple(finding for finding in self.diagnostics if finding.severity == "error")

    def to_dict(self) -> dict[str, Any]:
        """The plan as ``plan --format json`` prints it (DESIGN section 6)."""
        return self.stated([row.to_dict() for row in self.layers])

    def stated(self, layers: Any) -> dict[str, Any]:
        """The same with these `layers`."""
        return {
            "schema_version": SCHEMA_VERSION,
            "name": self.name,
            "framework": self.framework,
            "dtype": self.dtype,
            "batch": self.batch,
            "filename": self.filename,
            "inputs": {name: list(shape) for name, shape in self.inputs.items()},
            "outputs": {name: plain(shape) for name, shape in self.outputs.items()},
            "layers": layers,
            "totals": self.totals and self.totals.to_dict(),
            "counting": COUNTING,
            "diagnostics": [finding.to_dict() for finding in self.diagnostics],
        }


def unread(name: str, framework: str | None, error: ArchitectureError, batch: Dim = None) -> Plan:
    """The plan of what could not be read: it has nothing but the reason."""
    said, sources, whose = error.diagnostics, error.sources, framework or error.framework or "keras"
    return Plan(name, whose, "float32", batch, name, {}, {}, Rows.of(()), None, said, sources=sources)


def notebook() -> Any:
    """How plans are shown, by its name: reports know plans, and plans no report before they are looked at."""
    return import_module("cnnshape.reports.notebook")


def plain(value: Any) -> Any:
    """What JSON can say: tuples as lists, all the way down; infinity, and a layer that is held, as a file writes it."""
    if isinstance(value, float) and not isfinite(value):
        return ".nan" if isnan(value) else ".inf" if value > 0 else "-.inf"
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    return value if value is None or isinstance(value, str | int | float) else repr(value)
