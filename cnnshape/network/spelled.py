"""A network in the words of its framework: weights that operators read beside tensors are rows by themselves.

A row of the type `Weight` makes the weight as it is read, stretched over the samples where they are joined with it;
what is computed of the weight is a row, too; and the operator reads these as it reads tensors. Indices are functions
that choose the same, and operators of graphs the words that they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from cnnshape.arithmetic.sizes import Shape, product
from cnnshape.diagnostics import Fault
from cnnshape.network.constants import Constant
from cnnshape.network.on_tensors import on_tensors
from cnnshape.network.plan import InFile, Plan, Row, Rows
from cnnshape.operations.described import Parameter
from cnnshape.operations.operation import Result, Weight
from cnnshape.operations.worked import Worked
from cnnshape.value import Memo, NamedTuple, replace
from cnnshape.vocabularies.layer import Faults, bind
from cnnshape.vocabularies.vocabulary import vocabulary

JOINING = frozenset({"cat", "concat", "concatenate", "stack"})
"""Functions that need as many samples of each operand; of others one value stands for every sample."""

PRODUCTS = frozenset({"matmul", "bmm", "linear", "einsum"})
"""Functions that do not lay the axes of their operands beside each other from the last one on."""

FIRST = {
    **dict.fromkeys(("mul", "multiply", "div", "divide", "true_divide", "maximum", "minimum", "pow", "power"), "ones"),
    **dict.fromkeys(("add", "sub", "subtract", "rsub", *JOINING), "zeros"),
}
"""The values that a weight begins with, by the function that reads it, where they are not random."""

VIEWS = frozenset(
    {"reshape", "view", "unsqueeze", "squeeze", "flatten", "unflatten", "index", "expand_dims", "Flatten"}
)
"""What leaves the elements of a weight in their order, where it leaves all of them."""

SAME = {"contiguous": "Identity", "clone": "Identity", "detach": "Identity"}
"""Operators of graphs that hand on what they read."""

STRETCHES = frozenset({"expand", "tile", "broadcast_to", "repeat"})
"""What may repeat a weight for every sample."""

TURNS = frozenset({"Transpose", "t", "permute", "transpose"})
"""What exchanges the axes of a matrix, where it changes anything."""

OF_EACH = frozenset(
    {"abs", "exp", "log", "neg", "negative", "relu", "reciprocal", "sigmoid", "softplus", "sqrt", "square", "tanh"}
)
"""Functions of each element, which may as well come after a view."""


class Unwritable(ValueError):  # noqa: N818 - reads as what it is
    """What the words of a framework do not say; says which layer, and why."""


class Operand(NamedTuple):
    """A weight as an operator reads it.

    Attributes:
        shape: that it is read in, its elements in the order of the weight's.
        each_sample: it is repeated for every sample.
        functions: what is computed of each of its elements, with its arguments.
        turned: it is a matrix, held with its axes the other way round than the weight's.
    """

    weight: Weight
    shape: Shape
    turned: bool = False
    each_sample: bool = False
    functions: tuple[tuple[str, Mapping[str, Any]], ...] = ()


def operands_of(row: Row) -> tuple[Constant | Weight | None, ...]:
    """What a row is called with: None for a tensor; empty where all are tensors."""
    found = row.operation.operands if isinstance(row.operation, Worked) else row.operands
    return found if any(found) else ()


def bare(name: str) -> str:
    """A function's name in either framework."""
    return name.removeprefix("ops.")


def operand_of(constant: Constant | Weight, row: Row) -> Operand:
    """What a constant is of a weight. Raises `Unwritable`."""
    if isinstance(constant, Weight):
        return Operand(constant, constant.shape)
    if constant.weight is not None:
        return Operand(constant.weight, constant.shape)
    if constant.made is None:
        raise Unwritable(f"{row.name}: {row.type} reads a constant whose values are not known")
    layer, read, _ = constant.made
    name, arguments = layer.bound.kind.name, layer.bound.arguments
    if len(read) == 1:
        found = operand_of(read[0], row)
        if bare(name) in OF_EACH:
            return found._replace(functions=(*found.functions, (name, arguments)))
        if bare(name) in TURNS and len(constant.shape) == 2 and found == Operand(found.weight, constant.shape[::-1]):
            turned = found.weight._replace(shape=constant.shape)
            return Operand(turned, constant.shape, turned=True)
        if bare(name) in VIEWS | STRETCHES and product(constant.shape) == product(read[0].shape):
            return found._replace(shape=constant.shape)
        if bare(name) in STRETCHES and constant.shape[1:] == read[0].shape[1:] and read[0].shape[0] == 1:
            return found._replace(each_sample=True)
    raise Unwritable(f"{row.name}: {row.type} reads what {name} makes of a weight: make it a layer of the network")


def spelled(plan: Plan) -> Plan:
    """The network with a row for every weight that is read as an operand. Raises `Unwritable`."""
    if not any(row.type == "index" or operands_of(row) or isinstance(row.operation, OTHERS) for row in plan.layers):
        return plan
    spelling = Spelling(plan)
    for row in plan.layers:
        spelling.take(row)
    rows, makers = Rows.of(spelling.rows), spelling.now_at(plan.makers)
    return replace(plan, rows=rows, makers=makers, in_common=Memo())


OTHERS = Parameter, Worked
"""Operations that may be something else in words."""


class Spelling:
    """The rows so far.

    Attributes:
        at: where the rows of the plan are now.
        layers: the names of those that have weights, with points; `theirs` the names that these have in a file.
        made: where the row is that makes an operand, by how it is read; `holders` those that hold a weight, by path.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.names = {row.name for row in plan.layers}
        self.layers = {row.name.replace("/", ".") for row in plan.layers if row.result and row.result.weights}
        self.theirs = {
            each.name
            for row in plan.layers
            if row.operation and not isinstance(row.operation, Worked)
            for each in row.extra.get("weights", ())
        }
        self.rows: list[Row] = []
        self.at: list[int] = []
        self.made: dict[Any, int] = {}
        self.holders: dict[str, Row] = {}

    def now_at(self, makers: Sequence[int]) -> tuple[int, ...]:
        """The numbers of these rows of the plan."""
        return tuple(maker if maker < 0 else self.at[maker] for maker in makers)

    def take(self, row: Row) -> None:
        """A row of the plan, behind the weights that it reads."""
        if isinstance(row.operation, Parameter):
            self.rows.append(self.stated(row))
        elif row.type == "index":
            self.indexed(row)
        elif word := self.meant(row):
            self.rows.append(row._replace(makers=self.now_at(row.makers), type=word))
        elif operands_of(row) and row.is_known:
            self.read(row)
        else:
            self.rows.append(row._replace(makers=self.now_at(row.makers)))
        self.at.append(len(self.rows) - 1)

    def meant(self, row: Row) -> str | None:
        """The word that an operator of a graph is, where it gives the same; None where it is one, or there is none."""
        words = vocabulary(self.plan.framework)
        if not isinstance(row.operation, Worked) or words.find_exact(row.type) or operands_of(row):
            return None
        word = SAME.get(row.type) or row.type.lower()
        kind, shapes = words.find_exact(word), [shape for shape in row.input_shapes if shape is not None]
        with suppress(Fault, Faults):
            if kind and on_tensors(bind(kind, (), row.arguments), shapes).result.outputs == row.output_shapes:
                return word
        return None

    def indexed(self, row: Row) -> None:
        """``x[key]``, one axis after the other. Raises `Unwritable`."""
        shape, name = row.input_shapes[0] or (), row.inputs[0]
        words = list(indexing(row, shape, self.plan.framework)) or [("Identity", {})]
        (maker,) = self.now_at(row.makers)
        for number, (word, arguments) in enumerate(words):
            last = number == len(words) - 1
            kind = vocabulary(self.plan.framework).find_exact(word)
            assert kind is not None
            found = on_tensors(bind(kind, (), arguments), [shape])
            own = row if last else row._replace(name=f"{row.name}_{number}", output_names=(f"{row.name}#{number}",))
            read: dict[str, Any] = {"inputs": (name,), "input_shapes": (shape,), "makers": (maker,), "operands": ()}
            told: dict[str, Any] = {
                "output_shapes": found.result.outputs,
                "operation": found.operation,
                "result": found.result,
            }
            self.rows.append(own._replace(type=word, arguments=arguments, **read, **told))
            shape, name, maker = found.result.output, self.rows[-1].output_names[0], len(self.rows) - 1
        if shape != row.output_shapes[0]:
            raise Unwritable(f"{row.name}: an index that chooses other elements than are said")

    def stated(self, row: Row) -> Row:
        """A weight that a file has by itself."""
        readers = [each for each in self.plan.layers if row.output_names[0] in each.inputs]
        beside = next((name for each in readers for name in each.inputs if name != row.output_names[0]), "")
        keras = self.plan.framework == "keras"
        path = f"{row.name}/weight" if keras else row.name.replace("/", ".")
        shape = row.output_shapes[0]
        weight = Weight(path, shape, "trainable" if row.trainable else "non_trainable")
        return held(row, Operand(weight, shape), row.name, row.output_names[0], beside, (readers or [row])[0])._replace(
            name=row.name, shared_with=row.shared_with
        )

    def read(self, row: Row) -> None:
        """An operator behind the weights that it reads."""
        tensors = zip(row.inputs, row.input_shapes, self.now_at(row.makers), strict=True)
        found = [operand_of(each, row) if each else next(tensors) for each in operands_of(row)]
        found += tensors
        rank = 0
        if bare(row.type) not in JOINING | PRODUCTS:
            rank = max(len(each.shape if isinstance(each, Operand) else each[1] or ()) for each in found)
        read = [self.tensor(each, row, rank) if isinstance(each, Operand) else each for each in found]
        names, shapes, makers = zip(*read, strict=True)
        told = lowered(self.plan, row.type, row.arguments, shapes, row.output_shapes, row)
        plain: dict[str, Any] = {
            "inputs": names,
            "input_shapes": shapes,
            "makers": makers,
            "operands": (),
            "shared_with": None,
        }
        self.rows.append(row._replace(**plain, **NOTHING_HELD, **told))

    def tensor(self, operand: Operand, row: Row, rank: int) -> tuple[str, Shape, int]:
        """The tensor of an operand of so many axes: its name, its shape, and the number of the row that makes it."""
        operand = operand._replace(shape=(*(1,) * (rank - len(operand.shape)), *operand.shape))
        joined = bare(row.type) in JOINING and operand.shape[0] == 1  # elsewhere one value stands for every sample
        operand = operand._replace(each_sample=joined and bool(row.inputs))
        path, shape = operand.weight.name, sample_shape(operand, row)
        if path in self.theirs or path.replace("/", ".").rpartition(".")[0] in self.layers:
            raise Unwritable(f"{row.name}: {row.type} reads {path}, which is the weight of another layer, too")
        key = (path, operand.shape, operand.turned, operand.each_sample and row.name, row.live)
        if key not in self.made:
            made = held(
                row,
                operand,
                path.replace("/", "."),
                f"{path}#{len(self.made)}",
                row.inputs[0] if row.inputs else "",
                row,
            )
            made = made._replace(name=f"{path}.weight" if path in self.names else path)  # as a function may be called
            owner = self.holders.setdefault(path, made)
            if owner.extra != made.extra:
                raise Unwritable(f"{row.name}: it reads {path} with its axes exchanged, or another layer does")
            if owner is not made:
                made = made._replace(shared_with=owner.name, params=0, trainable_params=0, non_trainable_params=0)
            self.made[key] = len(self.rows)
            self.rows.append(made)
        number = self.made[key]
        name = self.rows[number].output_names[0]
        for word, arguments in operand.functions:
            told = lowered(self.plan, word, arguments, (shape,), (shape,), row)
            plain: dict[str, Any] = {
                "inputs": (name,),
                "input_shapes": (shape,),
                "makers": (number,),
                "output_shapes": (shape,),
            }
            number, name = len(self.rows), f"{path}#{len(self.rows)}.{bare(word)}"
            own: dict[str, Any] = {
                "name": f"{row.name}_{bare(word)}",
                "type": word,
                "arguments": arguments,
                "output_names": (name,),
            }
            self.rows.append(
                row._replace(**own, **plain, **NOTHING_HELD, **told, macs=0, shared_with=None, operands=())
            )
        return name, shape, number


NOTHING_HELD: dict[str, Any] = {
    "params": 0,
    "trainable_params": 0,
    "non_trainable_params": 0,
    "buffers": 0,
    "trainable": True,
    "own": (),
}
"""What a row says that has no weights."""


def indexing(row: Row, shape: Shape, framework: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Functions, with their arguments, that do one after the other what a key of several axes does."""
    pytorch, key = framework == "pytorch", list(row.arguments["index"])
    taken = sum(each is not None and each != "..." for each in key)
    at = key.index("...") if "..." in key else len(key)
    key[at : at + 1] = [(None, None, None)] * (len(shape) - taken)
    axis, left = 0, list(shape)
    for each in key:
        size = left[axis] if axis < len(left) else None
        if each is None:
            yield ("unsqueeze", {"dim": axis}) if pytorch else ("ops.expand_dims", {"axis": axis})
            left.insert(axis, 1)
        elif isinstance(each, int):
            yield ("select", {"dim": axis, "index": each}) if pytorch else ("ops.take", {"indices": each, "axis": axis})
            del left[axis]
            continue
        elif each != (None, None, None):
            if size is None or each[0] == "of":
                raise Unwritable(f"{row.name}: an index whose elements are not known has no words")
            chosen = range(size)[slice(*each)]
            if len(chosen) == size and chosen.step == 1:
                pass
            elif chosen.step != 1:
                indices = tuple(chosen)
                stated = {"dim": axis, "index": indices} if pytorch else {"indices": indices, "axis": axis}
                yield "index_select" if pytorch else "ops.take", stated
            elif pytorch:
                yield "narrow", {"dim": axis, "start": chosen.start, "length": len(chosen)}
            else:
                starts = [chosen.start if other == axis else 0 for other in range(len(left))]
                sizes = [len(chosen) if other == axis else -1 for other in range(len(left))]
                yield "ops.slice", {"start_indices": tuple(starts), "shape": tuple(sizes)}
            left[axis] = len(chosen)
        axis += 1


def sample_shape(operand: Operand, row: Row) -> Shape:
    """The shape of what is read, with as many samples as are joined."""
    return (row.output_shapes[0][0], *operand.shape[1:]) if operand.each_sample else operand.shape


def held(row: Row, operand: Operand, called: str, tensor: str, beside: str, reader: Row) -> Row:
    """The row of a weight, in the scopes of the one that reads it; `beside` is a tensor that is read with it."""
    weight, shape = operand.weight, sample_shape(operand, reader)
    count, kind = product(weight.shape), weight.kind
    arguments = {
        "called": called,
        "held": weight.shape,
        "buffer": kind == "buffer",
        "shape": operand.shape,
        "initializer": FIRST.get(bare(reader.type), "random_normal"),
        "each_sample": operand.each_sample,
        "beside": beside,
    }
    return row._replace(
        type="Weight",
        arguments=arguments,
        inputs=(beside,) if operand.each_sample else (),
        input_shapes=row.input_shapes[:1] if operand.each_sample else (),
        makers=row.makers[:1] if operand.each_sample else (),
        receptive_field=None,
        output_shapes=(shape,),
        output_names=(tensor,),
        params=0 if kind == "buffer" else count,
        trainable_params=count if kind == "trainable" else 0,
        non_trainable_params=count if kind == "non_trainable" else 0,
        buffers=count if kind == "buffer" else 0,
        macs=0,
        flops=0,
        trainable=kind == "trainable",
        shared_with=None,
        operator=False,
        operation=Worked(Result((shape,), (weight,))),
        result=Result((shape,), (weight,)),
        extra={"weights": (InFile(weight.name, weight.shape[::-1], turned=True),)} if operand.turned else {},
        operands=(),
        own=(),
    )


def lowered(
    plan: Plan, word: str, arguments: Mapping[str, Any], shapes: Sequence[Shape], outputs: Sequence[Shape], row: Row
) -> dict[str, Any]:
    """The operation of a function of tensors, which has to give what the row gives. Raises `Unwritable`."""
    kind = vocabulary(plan.framework).find_exact(word)
    with suppress(Fault, Faults):
        found = kind and on_tensors(bind(kind, (), arguments), shapes)
        if found and found.result.outputs == tuple(outputs):
            return {"operation": found.operation, "result": found.result}
    raise Unwritable(f"{row.name}: {word} of a weight and tensors is no word of {plan.framework} that gives the same")
