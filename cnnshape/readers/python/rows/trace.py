"""The rows of the network as they are found: what was applied to what, in which module, and which weights it read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from weakref import ref

from cnnshape.arithmetic.sizes import Dim, Shape
from cnnshape.diagnostics import Fault
from cnnshape.network.answers import Lowered
from cnnshape.network.dtypes import COMPLEX, is_complex
from cnnshape.readers.python.language.values import Opaque, Parameter, Place, Stop, Tensor, Value, now
from cnnshape.readers.python.noting.traced import bare
from cnnshape.value import NamedTuple, record

if TYPE_CHECKING:
    from cnnshape.network.builder import NetworkBuilder

UNNAMED = "unknown"
"""The name of a row whose function is a value that has none."""
MOST_ROWS = 20_000
"""Of one network; the largest of the known libraries has some thousand."""


class Run(NamedTuple):
    """One run of a module's `forward`: the module, and the number of its first row."""

    module: Value
    first: int


@record
class Row:
    """One operation that was applied.

    Attributes:
        name: of the function; of a module the row has its path.
        layer: what was applied; None where it could not be made.
        tensors: the inputs that depend on inputs of the model; `masks` decide values alone.
        outputs: the shapes; none where it failed.
        module: the layer whose row it is; None for a function.
        runs: the modules that run around it, outermost first.
        parameters: those that it reads.
        operands: for everything that it is called with, None or (where that depends on no input) the tensor; empty
            where all depend on inputs.
        read: the weights beside them.
        place, made: where it is applied, and where its layer was made.
        fault: what is wrong with it.
        unknown: why it has no shape although nothing is wrong.
        checkpoint: what it is part of that runs again in the backward pass.
    """

    name: str
    layer: Lowered | None
    tensors: tuple[Tensor, ...]
    place: Place | None
    runs: tuple[Run, ...]
    checkpoint: str | None
    module: Value
    made: Place | None
    outputs: tuple[Shape, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    operands: tuple[Tensor | None, ...] = ()
    read: tuple[Tensor, ...] = ()
    fault: Fault | None = None
    unknown: Opaque | None = None
    masks: tuple[Tensor, ...] = ()

    @property
    def reads(self) -> tuple[Tensor, ...]:
        """All that it depends on."""
        return (*self.tensors, *self.masks)


class Trace:
    """All rows so far, and the modules that run now.

    `running` says that the model runs, and is not being made: a layer that is tried out on a constant is no row of it,
    and costs `dear` steps more.
    `batch` is what the caller asks for; the inputs of Keras's models may state others.
    `timed` says how many layers run around the present one that apply it at every step.
    `forms` has what layers are, by their arguments.
    `let_go` has for each output of a row how many rows there were when its last name in the source went.
    """

    def __init__(self, builder: NetworkBuilder) -> None:
        self.builder = builder
        self.batch = builder.batch
        self.rows: list[Row] = []
        self.forms: dict[Any, Any] = {}
        self.runs: list[Run] = []
        self.running = False
        self.dear = 0
        self.timed = 0
        self.checkpoint: str | None = None
        self.watched: list[ref[Tensor]] = []
        self.let_go: dict[tuple[int, int], int] = {}
        self.root: Value = None
        self.inputs: list[tuple[str, Tensor]] = []

    def apply(
        self,
        name: str,
        layer: Lowered,
        tensors: tuple[Tensor, ...],
        read: tuple[Tensor, ...] = (),
        *,
        module: Value = None,
        dtype: str | None = None,
        beside: tuple[Tensor, ...] = (),
        masks: tuple[Tensor, ...] = (),
    ) -> tuple[Tensor, ...]:
        """A row: the operation of `layer` on tensors, reading the weights behind `read` besides.

        What depends on no input of the model makes no row, and hands on its weights. Of what is `beside` the operation
        knows nothing: indices, masks.
        """
        m = now()
        m.step()
        for _ in range(self.timed):
            layer = self.builder.at_every_step(layer)
        parameters = parameters_of((*tensors, *read))
        unknown = next((each for each in (*tensors, *read) if each.shape is None), None)
        constant = not any(each.row is not None for each in tensors)
        if constant and (module is None or not (self.running or self.builder.framework == "keras")):
            m.steps += self.dear
            if unknown is not None:
                return (Tensor(None, parameters=parameters, unknown=unknown.unknown),)
            self.constant(layer)
            try:
                result = layer.answer(tuple(map(shape_of, tensors))).result
            except Fault as fault:
                m.report(fault, None, m.place())
                return (Tensor(None, parameters=parameters, unknown=m.opaque(f"the shape of {name}")),)
            found = tuple(
                Tensor(shape, None, parameters=parameters, dtype=dtype or "float32") for shape in result.outputs
            )
            for tensor in found:
                tensor.made = layer, (*tensors, *beside), len(tensors), result.memory == "view"
            return found
        flowing = tuple(each for each in tensors if each.row is not None)
        row = self.row(name, layer, flowing, module)
        number = len(self.rows)
        if number >= MOST_ROWS:
            raise Stop("CS606", f"the network comes to more than {MOST_ROWS:,} layers")
        row.parameters, row.masks = parameters, masks
        operands = tuple(each if each.row is None else None for each in (*tensors, *beside))
        row.operands = operands if any(operand is not None for operand in operands) else ()
        row.read = tuple(each for each in read if each.row is None) if module is None else ()
        if unknown is None:
            try:
                result = layer.answer(tuple(map(shape_of, flowing))).result
                row.outputs = result.outputs
            except Fault as fault:
                row.fault = fault
        self.rows.append(row)
        if not row.outputs:
            known = unknown.unknown if unknown is not None else None
            known = m.opaque(f"the shape of {name}") if known is None else known
            return (Tensor(None, number, unknown=known),)
        kept = dtype or next((each.dtype for each in flowing), "float32")
        if is_complex(result, [each.dtype for each in (*tensors, *read)]):
            kept = COMPLEX
        elif kept == COMPLEX:
            kept = "float32"
        made = tuple(
            Tensor(self.shaped(shape, number, output), number, output, dtype=kept)
            for output, shape in enumerate(row.outputs)
        )
        for tensor in made:
            self.watch(tensor)
        return made

    def watch(self, tensor: Tensor) -> None:
        """Note when the last name of a tensor goes: Python lets go of it as it does of PyTorch's own."""
        if tensor.row is not None:
            key = tensor.row, tensor.output
            # not `finalize`, whose registry would keep the whole reading where a module keeps a tensor
            self.watched.append(ref(tensor, lambda _: self.let_go.__setitem__(key, len(self.rows))))

    def row(self, name: str, layer: Lowered | None, tensors: tuple[Tensor, ...], module: Value) -> Row:
        """A row, with where it is."""
        kept = tuple(Tensor(each.shape, each.row, each.output) for each in tensors)  # one may be overwritten in place
        made = vars(module).get("_place") if module is not None else None
        return Row(name, layer, kept, now().place(), tuple(self.runs), self.checkpoint, module, made)

    def fail(
        self,
        name: str,
        tensors: tuple[Tensor, ...],
        why: Fault | Opaque,
        *,
        module: Value = None,
        layer: Lowered | None = None,
    ) -> Tensor:
        """A row without a shape: its arguments are wrong, or it is not known. `layer` tells what is certain of it."""
        row = self.row(name, layer, tuple(each for each in tensors if each.row is not None), module)
        row.fault = why if isinstance(why, Fault) else None
        self.rows.append(row)
        reason = why if isinstance(why, Opaque) else now().opaque(f"the shape of {name}")
        if row.fault is None and all(each.shape is not None for each in tensors):
            row.unknown = reason
        return Tensor(None, len(self.rows) - 1, unknown=reason)

    # ------------------------------------------------------------------ what a reading that is noted does otherwise

    def input(self, name: str, shape: Sequence[Dim]) -> Tensor:
        """An input of the model, batch first."""
        tensor = Tensor(tuple(shape), -1, len(self.inputs))
        self.inputs.append((name, tensor))
        return tensor

    def shaped(self, shape: Shape, row: int, output: int) -> Shape:
        """The shape of what a row makes."""
        return shape

    def constant(self, layer: Lowered) -> None:
        """A layer is applied to constants: what it answers is one, too."""

    def field(self, layer: Lowered, name: str) -> Value:
        """An argument of a layer, as its model has it."""
        return getattr(layer.bound.layer, name)

    def close(self) -> None:
        """The reading is over."""

    def weight(self, layer: Lowered, shape: Shape) -> Shape:
        """The shape of a weight of a layer."""
        return shape

    def enter(self, module: Value) -> Run:
        """A module's `forward` begins."""
        run = Run(module, len(self.rows))
        self.runs.append(run)
        if len(self.runs) > 60:
            raise Stop("CS606", "modules within modules, more than 60 deep")
        return run

    def leave(self) -> None:
        """The innermost module's `forward` ends."""
        self.runs.pop()


def shape_of(tensor: Tensor) -> Shape:
    """The shape of a tensor, for its layer to answer."""
    shape: Shape = bare(tensor.shape)
    return shape


def parameters_of(tensors: Any) -> tuple[Parameter, ...]:
    """The weights behind tensors, each once."""
    found: dict[int, Parameter] = {}
    for tensor in tensors:
        for each in tensor.parameters:
            found.setdefault(id(each), each)
    return tuple(found.values())
