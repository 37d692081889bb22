"""What readers of exported graphs share: tensors by their names, and weights that count where they are read first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from cnnshape.arithmetic.sizes import Dim, Shape, agree, product
from cnnshape.arithmetic.symbols import Polynomial, Size, Sizes, dim, dims, exactly
from cnnshape.diagnostics import Diagnostic, Fault
from cnnshape.network.answers import Lowered
from cnnshape.network.builder import NetworkBuilder
from cnnshape.network.constants import Constant
from cnnshape.network.node import Node
from cnnshape.network.plan import InFile, Scope
from cnnshape.network.tensor import Tensor
from cnnshape.operations.operation import EVERYTHING, SOMETHING, Operation, Path, Result, Weight
from cnnshape.operations.views import Identity
from cnnshape.operations.worked import Stored, Worked
from cnnshape.readers.requests import Settings, UsageError
from cnnshape.value import NamedTuple, replace
from cnnshape.vocabularies.layer import BoundLayer, Faults, Layer, bind
from cnnshape.vocabularies.vocabulary import LayerType, lookup

NO_MODEL = Layer()
"""Layers of a graph are not checked: the tool that wrote it has done that."""


class Meaning(NamedTuple):
    """What an operator is.

    Attributes:
        type: the layer that it is, or its own name.
        outputs: their sizes; None for one that is not there.
        operation: the layer's; None where none stands for it.
        arguments: those that are shown.
        macs, flops: of all samples together, where no operation tells; None: unknown.
        view: whether the output is another view of the input.
        pointwise: whether each element is made of those at its place in every input, shapes aligned at their ends.
        paths: how the axes of each input that is read go on, where neither says it.
        turned: whether its weight is a matrix of (in, out).
    """

    type: str
    outputs: tuple[Sizes, ...]
    operation: Operation | None = None
    arguments: Mapping[str, Any] = {}
    macs: Size | None = 0
    flops: Size | None = 0
    view: bool = False
    pointwise: bool = False
    paths: tuple[tuple[Path, ...], ...] | None = None
    turned: bool = False


class Exported:
    """A graph that grows operator by operator.

    Attributes:
        batch: the size of the batch, which may be a name.
        sizes: of every tensor and weight.
        tensors: what is computed; `stored` what the file holds.
        counted: by the name of a weight, the node that counts it.
    """

    def __init__(self, builder: NetworkBuilder, batch: Size) -> None:
        self.builder = builder
        self.batch = batch
        self.sizes: dict[str, Sizes] = {}
        self.tensors: dict[str, Tensor] = {}
        self.stored: dict[str, Weight] = {}
        self.counted: dict[str, Node] = {}

    def input(self, name: str, sizes: Sizes | None, dtype: str | None = None) -> None:
        """An input of the model; None where nobody says how many axes it has."""
        if sizes is not None:
            self.sizes[name] = sizes
        self.tensors[name] = self.builder.input(name, None if sizes is None else dims(sizes), dtype=dtype)

    def store(self, name: str, weight: Weight) -> None:
        """A weight of the file."""
        self.sizes[name] = tuple([size or 0 for size in weight.shape])
        self.stored[name] = weight

    def knows(self, name: str) -> bool:
        """Whether there is a tensor, a weight or a constant of that name so far."""
        return name in self.tensors or name in self.stored or name in self.sizes

    def has(self, name: str) -> bool:
        """Whether there is a tensor or a weight of that name, which is no constant."""
        return name in self.tensors or name in self.stored

    def unread(self) -> tuple[Weight, ...]:
        """The weights that no operator reads."""
        return tuple([weight for name, weight in self.stored.items() if name not in self.counted])

    def place(
        self,
        meaning: Meaning,
        inputs: Iterable[str],
        outputs: Sequence[str],
        scopes: tuple[Scope, ...] = (),
        name: str | None = None,
        dtype: str | None = None,
        made: Mapping[str, tuple[str, Shape]] = {},
    ) -> Node:
        """A row for an operator; weights among its inputs count here, unless an earlier row has them.

        `name` is that of the row, the first output's by default; `dtype` the type of what it makes; `made` the operator
        that makes of a weight what is read, and its shape.
        """
        read = list(inputs)
        tensors = tuple([self.tensors[name] for name in read if name in self.tensors])
        weights = list(dict.fromkeys([name for name in read if name in self.stored]))
        fresh = [name for name in weights if name not in self.counted]
        if any(tensor.shape is None for tensor in tensors):
            return self.fail(meaning.type, read, outputs, scopes)
        if read and read[0] in self.stored and meaning.operation:  # of a weight, such as its standardization: no layer
            meaning = meaning._replace(type=meaning.type.lower(), operation=None)
        shapes = tuple([tensor.shape or () for tensor in tensors])
        owner = self.owner(weights) if weights and not fresh else None
        if owner is not None and (not tensors or len(owner.inputs) != len(tensors)):
            owner = None
        if meaning.paths and len(meaning.paths) == len(read):
            paths = zip(read, meaning.paths, strict=True)
            meaning = meaning._replace(paths=tuple([each for name, each in paths if name in self.tensors]))
        operation = self.operation(meaning, shapes, fresh, owner)
        if isinstance(operation, Worked) and weights:
            kept = tuple(
                [None if name in self.tensors else self.operand(name, made) for name in read if self.has(name)]
            )
            operation = replace(operation, operands=kept)
        held = [self.stored[name] for name in weights]
        in_file = [
            InFile(
                each.name, each.shape, meaning.turned and len(each.shape) == 2, made[name][0] if name in made else ""
            )
            for name, each in zip(weights, held, strict=True)
        ]
        arguments = {key: told(each) for key, each in meaning.arguments.items()}
        lowered = layer(meaning.type, arguments, operation, {"weights": tuple(in_file)} if in_file else {})
        names = tuple(outputs)
        try:
            node = self.builder.add(
                lowered, tensors, name=name or names[0], names=names, scopes=scopes, owner=owner, dtype=dtype
            )
        except Fault as fault:
            return self.wrong(fault, meaning.type, read, outputs, scopes)
        for output, tensor, sizes in zip(names, node.outputs, meaning.outputs, strict=False):
            self.tensors[output] = tensor
            self.sizes[output] = sizes
        for weight in fresh:
            self.counted[weight] = node
        return node

    def operand(self, name: str, made: Mapping[str, tuple[str, Shape]]) -> Weight | Constant:
        """A weight as an operator reads it, which may be what another one makes of it."""
        weight = self.stored[name]
        if name not in made:
            return weight
        given = Constant(weight.shape, weight.dtype or self.builder.dtype, weight=weight)
        operator, shape = made[name]
        return Constant(shape, given.dtype, made=(layer(operator, {}, Identity()), (given,), 1))

    def owner(self, weights: Sequence[str]) -> Node | None:
        """The one node that reads exactly these weights, and counts them all."""
        found = {self.counted[name] for name in weights}
        node = found.pop()
        return (
            node if not found and [name for name, by in self.counted.items() if by is node] == list(weights) else None
        )

    def operation(
        self, meaning: Meaning, shapes: tuple[Shape, ...], fresh: Sequence[str], owner: Node | None
    ) -> Operation:
        """The layer's operation where it says what the graph says; else the result as worked out."""
        stated = tuple([dims(sizes) for sizes in meaning.outputs])
        ours = owner.answer.result.weights if owner and owner.answer else tuple([self.stored[name] for name in fresh])
        result = None
        if meaning.operation and takes(meaning.operation, len(shapes)):
            with suppress(Fault, ArithmeticError, IndexError, TypeError, ValueError):  # arguments of a damaged file
                result = meaning.operation.apply(*shapes)
        made = result.outputs[: len(stated)] if result else ()
        if meaning.operation and result and len(made) == len(stated) and all(map(agree, made, stated)):
            macs = self.per_sample(times_first(result.macs, meaning.outputs[0]))
            flops = self.per_sample(times_first(result.flops, meaning.outputs[0]))
            same = result.outputs == stated and alike(result.weights, ours)
            same &= not any(weight.dtype for weight in ours)  # an operation's own weights are of the network's type
            same &= owner is None or [each.shape for each in result.weights] == [each.shape for each in ours]
            if same and (result.macs, result.flops) == (macs, flops):
                return meaning.operation
            if result.outputs == stated:
                return Stored(meaning.operation, ours, macs, flops)
        paths = meaning.paths if meaning.paths and len(meaning.paths) == len(shapes) else None
        if paths is None:
            follow = same_place if meaning.pointwise else nowhere
            paths = tuple([follow(shape, stated[0]) for shape in shapes])
        if len({len(each) for each in stated}) > 1:  # what one output sees is said of all
            paths = tuple([(EVERYTHING,) * len(shape) for shape in shapes])
        result = Result(
            stated,
            ours,
            self.per_sample(meaning.macs),
            self.per_sample(meaning.flops),
            paths=paths,
            memory="view" if meaning.view and len(shapes) == 1 else "new",
        )
        return Worked(result, meaning.macs is not None and meaning.flops is not None)

    def per_sample(self, count: Size | None) -> Dim:
        """A count of all samples as one of each; None where it is not known."""
        if count is None or count == 0:
            return None if count is None else 0
        return dim(exactly(count, self.batch))

    def fail(self, type: str, inputs: Iterable[str], outputs: Sequence[str], scopes: tuple[Scope, ...] = ()) -> Node:
        """A row without a shape: something that it reads has none, or nothing is known of it."""
        tensors = tuple([self.tensors[name] for name in dict.fromkeys(inputs) if name in self.tensors])
        node = self.builder.fail(type, tensors, name=outputs[0], scopes=scopes)
        for name in outputs:
            self.tensors[name] = node.outputs[0]
            self.sizes.pop(name, None)
        return node

    def wrong(
        self, fault: Fault, type: str, inputs: Iterable[str], outputs: Sequence[str], scopes: tuple[Scope, ...] = ()
    ) -> Node:
        """A row that is wrong, with its finding."""
        builder = self.builder
        builder.report(Diagnostic(fault.code, fault.message, builder.filename, None, outputs[0], fault.fix))
        return self.fail(type, inputs, outputs, scopes)


def layer(name: str, arguments: dict[str, Any], operation: Operation, extra: Mapping[str, Any] = {}) -> Lowered:
    """A layer of a graph, or its operator where the name is no class's."""
    kind = LayerType("pytorch", name, "", "", None, not name[:1].isupper())
    return Lowered(BoundLayer(kind, NO_MODEL, arguments, {**extra}), operation)


def told(value: Any) -> Any:
    """An argument in which sizes that have names are text."""
    if isinstance(value, tuple | list):
        return type(value)([told(each) for each in value])
    return str(value) if isinstance(value, Polynomial) else value


def takes(operation: Operation, count: int) -> bool:
    """Whether an operation takes so many inputs."""
    return operation.fewest <= count and (operation.most is None or count <= operation.most)


def times_first(count: Dim, sizes: Sizes) -> Size | None:
    """A count of one index of axis 0 as one of all."""
    return None if count is None else count * (sizes[0] if sizes else 1)


def known(sizes: Iterable[Size]) -> list[int]:
    """Sizes of which the one that has a name follows from the others (-1)."""
    return [-1 if isinstance(size, Polynomial) else size for size in sizes]


def alike(weights: Iterable[Weight], others: Iterable[Weight]) -> bool:
    """Whether weights have as many elements of every kind, whatever their names and the order of their axes."""
    return sorted((each.kind, product(each.shape) or 0) for each in weights) == sorted(
        (each.kind, product(each.shape) or 0) for each in others
    )


def same_place(shape: Shape, output: Shape) -> tuple[Path, ...]:
    """Every element from that at its place; axes that are stretched see all that there is."""
    shift = len(output) - len(shape)
    if shift < 0:
        return nowhere(shape, output)
    return tuple(
        [Path(axis + shift) if size == output[axis + shift] else EVERYTHING for axis, size in enumerate(shape)]
    )


def nowhere(shape: Shape, output: Shape) -> tuple[Path, ...]:
    """It is not known what an element sees of any axis but the batch."""
    batch = Path(0) if output and output[:1] == shape[:1] else SOMETHING
    return (batch, *(SOMETHING,) * (len(shape) - 1))[: len(shape)]


def function(word: str, arguments: Mapping[str, Any]) -> Operation | None:
    """What a function of PyTorch is with these arguments; None where it does not take them."""
    try:
        return bind(lookup("pytorch", word), (), arguments).operation()
    except (Fault, Faults):
        return None


def seen(operation: Operation | None, *shapes: Sizes) -> tuple[tuple[Path, ...], ...] | None:
    """What of these inputs an operation sees; None where it is none, or does not take them."""
    with suppress(Fault, ArithmeticError, IndexError, TypeError, ValueError):
        return operation.apply(*map(dims, shapes)).paths if operation else None
    return None


def asked_sizes(settings: Settings, name: str, stated: Sizes, *, first: bool) -> dict[int, int]:
    """The sizes that the caller asks for, by axis. Raises `UsageError` where there are too many or too few."""
    asked = settings.inputs.get(name, settings.inputs.get("") if first else None)
    found: dict[int, int] = {}
    if settings.batch is not None and stated:
        found[0] = settings.batch
    if asked is not None:
        if len(asked) != max(len(stated) - 1, 0):
            raise UsageError(f"the input {name} has {len(stated) - 1} axes besides the batch, got {len(asked)}")
        found |= {axis: size for axis, size in enumerate(asked, start=1) if size is not None}
    return found


def refuse_unknown_inputs(settings: Settings, names: Sequence[str]) -> None:
    """Raise `UsageError` for a size of an input that the model does not have."""
    unknown = next((name for name in settings.inputs if name and name not in names), None)
    if unknown is not None:
        raise UsageError(f"the model has no input {unknown!r}; it has {', '.join(names) or 'none'}")
