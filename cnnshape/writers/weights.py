"""How weights carry over from a network to what it is written as: names, axes, and what is filled.

Between frameworks every weight is of the form that `Weight` has; what a framework calls it, and in which order it has
the axes, is said here once. Layers that are written keep the order of what they read (a permutation before `Flatten`),
so no weight has its elements exchanged, only its axes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cnnshape.arithmetic.sizes import Shape
from cnnshape.network.plan import InFile, Plan, Row
from cnnshape.network.spelled import Unwritable, spelled
from cnnshape.operations.dense import Bilinear
from cnnshape.operations.operation import Operation, Weight
from cnnshape.operations.worked import Stored
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.vocabulary import Framework, lookup, snake_case
from cnnshape.writers.folding import Item
from cnnshape.writers.layers import Applied, Sharing, applied, in_order, sharing_of
from cnnshape.writers.network import Variables, Written, turns, written
from cnnshape.writers.weight_names import AS_THEY_ARE, CELLS, KERAS, PYTORCH

if TYPE_CHECKING:
    import numpy as np

SCHEMA_VERSION = 1

KERNELS = frozenset({"kernel", "depthwise_kernel", "pointwise_kernel"})
"""Weights with the axes of a window, then of the input, then of the output; PyTorch has them the other way round."""

FILLED = {"scale": 1.0, "variance": 1.0, "offset": 0.0, "bias": 0.0, "mean": 0.0, "num_batches_tracked": 0}
"""The value of a weight that the network has none for: that with which it changes nothing."""

UNUSED = {"count": "how many values it was adapted to", "num_batches_tracked": "how many batches were seen"}
"""Weights that no output depends on, which may be left behind."""


class Place(NamedTuple):
    """A weight where it lies: its name there and its shape, the order in which its axes are ours, and what it is.

    `value` is what it has from the start, where that is given.
    """

    name: str
    shape: Shape
    axes: tuple[int, ...]
    weight: Weight
    value: list[float] | None = None

    @property
    def plain(self) -> Shape:
        """Its shape with the axes in our order."""
        return tuple(self.shape[axis] for axis in self.axes)


def place(name: str, framework: Framework, operation: Operation | None, weight: Weight) -> Place:
    """Where a framework has a weight of an operation."""
    rank = len(weight.shape)
    if framework == "keras" or weight.name not in KERNELS or rank < 2 or isinstance(operation, Bilinear):
        return Place(name, weight.shape, tuple(range(rank)), weight)
    return Place(name, (*weight.shape[:-3:-1], *weight.shape[:-2]), (*range(2, rank), 1, 0), weight)


def name_of(framework: Framework, layer: str, path: str, weight: Weight) -> str:
    """The name of a weight: in Keras its `path`, in PyTorch its key in the `state_dict`."""
    if layer == "Parameter":
        return path if framework == "pytorch" else f"{path}/weight"
    if framework == "pytorch":
        return f"{path}.{PYTORCH.get(weight.name, weight.name)}"
    if layer in ("Bidirectional", "RNN", "SpectralNormalization", "TimeDistributed"):
        raise Unwritable(f"{path}: the weights of layers within {layer} have names that are not known")
    within = f"{CELLS[layer]}/" if layer in CELLS else ""
    own = weight.name if layer in AS_THEY_ARE else KERAS.get(weight.name, weight.name)
    if layer == "MultiHeadAttention":
        part, _, own = own.rpartition("_")
        within = f"{'attention_output' if part == 'output' else part}/"
    return f"{path}/{within}{own}"


def of_row(row: Row, framework: Framework, sharing: Sharing) -> list[Place]:
    """The weights that are a row's, as its own framework names them: of those that share some the first one's."""
    if row.result is None or not row.result.weights or sharing.get(row.shared_with or row.name, [None])[0] is not row:
        return []
    if "weights" in row.extra:
        return list(as_in_file(row, row.extra["weights"]))
    owner = row.shared_with or row.name
    path = owner.replace("/", ".") if framework == "pytorch" else owner
    if framework == "keras" and row.span is None:  # the model that Keras loads from a file leaves those around out
        path = owner.rpartition("/")[2]
        if row.type == "LayerScale":  # whose weight keras.applications gives no name: Keras numbers such ones
            number = [name for name, rows in sharing.items() if rows[0].type == "LayerScale"].index(owner)
            name = f"{path}/variable_{number}" if number else f"{path}/variable"
            return [place(name, framework, row.operation, weight) for weight in row.result.weights]
    return [
        place(name_of(framework, row.type, path, weight), framework, row.operation, weight)
        for weight in row.result.weights
    ]


def as_in_file(row: Row, held: Sequence[InFile]) -> Iterator[Place]:
    """The weights of a layer of an exported graph, which it reads in the order in which they are its operation's."""
    operation = row.operation.operation if isinstance(row.operation, Stored) else row.operation
    shapes = [shape for shape in row.input_shapes if shape is not None]
    weights = operation.apply(*shapes).weights if operation else ()
    for each in held:
        if each.made:
            told = f"reads what {each.made} makes of {each.name}, not {each.name} itself"
            raise Unwritable(f"{row.name}: {row.type} {told}")
    if len(held) != len(weights):
        names = ", ".join([each.name for each in held])
        raise Unwritable(f"{row.name}: which weights of {row.type} {names} are is not known")
    for each, weight in zip(held, weights, strict=True):
        there = place(each.name, "pytorch", operation, weight)
        axes = there.axes[::-1] if each.turned else there.axes
        if len(weight.shape) < 2:  # whatever axes of one element it has beside them
            axes = tuple(range(len(each.shape)))
        elif each.shape != (there.shape[::-1] if each.turned else there.shape):
            raise Unwritable(f"{row.name}: {each.name} has the shape {each.shape}, {row.type} needs {there.shape}")
        yield there._replace(shape=each.shape, axes=axes)


def of_items(each: Sequence[Applied], framework: Framework, paths: Mapping[str, str]) -> list[Place]:
    """The weights of the layers that a row is written as; `paths` are those of the layers, by what they make."""
    return [
        place(
            name_of(framework, step.item.head, paths[step.item.makes[0]], weight), framework, step.operation, weight
        )._replace(value=list(step.item.values[weight.name]) if weight.name in step.item.values else None)
        for step in each
        if not step.item.shares
        for weight in step.result.weights
    ]


def in_keras(items: Sequence[Item]) -> dict[str, str]:
    """The names that Keras gives to layers without one, where it has made none before, by what they make."""
    made: Counter[str] = Counter()
    names: dict[str, str] = {}
    for item in items:
        if item.shares or lookup("keras", item.head).operator:
            continue
        base = snake_case(item.head)
        names[item.makes[0]] = f"{base}_{made[base]}" if made[base] else base
        made[base] += 1
    return names


def in_pytorch(code: Written, items: Sequence[Item]) -> dict[str, str]:
    """The attributes under which the module holds the layers, by what they make: the code's layers in its order."""
    blocks = {block.name: variables for block, variables in code.blocks}

    def held(variables: Variables, before: str) -> Iterator[str]:
        for item, times in turns(variables):
            for turn in range(times):
                path = f"{before}{variables.layer(item)}{f'.{turn}' if times > 1 else ''}"
                yield from held(blocks[item.head], f"{path}.") if item.block else (path,)

    return {item.makes[0]: path for item, path in zip(items, held(code.network, ""), strict=True)}


def in_onnx(items: Sequence[Item]) -> dict[str, str]:
    """What weights are named by, by what the layers make: the layers' names, and others than those of tensors."""
    tensors = {tensor for item in items for tensor in item.makes}
    return {
        item.makes[0]: f"{item.name}.weight" if item.head == "Parameter" and item.name in tensors else item.name
        for item in items
    }


def weights_map(plan: Plan, kind: str) -> dict[str, Any]:
    """How the weights of a plan carry over to what it is written as, as JSON states it.

    Args:
        kind: ``keras``, ``pytorch`` or ``onnx``, whose weights are called as the layers of the plan.

    Raises:
        Unwritable: a layer, or the name of a weight, has no equal.
    """
    to: Framework = "keras" if kind == "keras" else "pytorch"
    plan = spelled(plan)
    steps = list(applied(plan, to))
    items = [step.item for step in steps]
    if kind == "keras":
        paths = in_keras(items)
    elif kind == "pytorch":
        paths = in_pytorch(written(plan, to), items)
    else:
        paths = in_onnx(items)
    entries: list[dict[str, Any]] = []
    sharing = sharing_of(plan)
    written_as = defaultdict(list)
    for step in steps:
        written_as[step.row.output_names].append(step)  # of a module that is called again, each call
    for row in plan.layers:
        if row.type == "Weight":
            entries += by_itself(plan, written_as[row.output_names], to, paths)
            continue
        theirs = of_items(written_as[row.output_names], to, paths)
        if kind == "onnx":  # which has no place for a number of batches
            theirs = [each for each in theirs if each.weight.name not in UNUSED]
        entries += carried_over(of_row(row, plan.framework, sharing), theirs)  # type: ignore[arg-type]
    named = Counter(entry["from"] for entry in entries if "from" in entry)
    twice = next((name for name in named if named[name] > 1), None)
    if twice is not None:
        raise Unwritable(f"{twice}: two weights of the file have this name, by which nobody can tell them apart")
    return {
        "schema_version": SCHEMA_VERSION,
        "name": plan.name,
        "from": plan.framework,
        "to": kind,
        "weights": entries,
    }


def by_itself(plan: Plan, each: Sequence[Applied], to: Framework, paths: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """How a weight by itself becomes one: as it is read, its axes in the order there."""
    for row, item, *_ in each:
        if item.shares or row.result is None:
            continue
        (weight,) = row.result.weights
        (stored,) = row.extra.get("weights") or (InFile(weight.name, weight.shape),)
        entry: dict[str, Any] = {"from": weight.name, "from_shape": list(stored.shape)}
        read, held = row.arguments["shape"], item.arguments["shape"]
        order = in_order(plan, tuple(range(len(read))), to)
        if stored.turned:
            entry["transpose"] = list(in_order(plan, (1, 0), to))
        elif [axis for axis in order if read[axis] != 1] != [axis for axis in range(len(read)) if read[axis] != 1]:
            entry |= {"reshape": list(read)} if read != weight.shape else {}
            entry["transpose"] = list(order)
        yield {**entry, "to": name_of(to, "Parameter", paths[item.makes[0]], weight), "to_shape": list(held)}


def carried_over(ours: Sequence[Place], theirs: Sequence[Place]) -> Iterator[dict[str, Any]]:
    """What each weight of a layer is made of; then the weights that nothing is made of."""
    left = list(ours)
    for target in theirs:
        source = next((each for each in left if role(each) == role(target)), None)
        if source is None:
            value = target.value if target.value is not None else FILLED.get(target.weight.name)
            if value is None:
                told = f"; the file has {', '.join(each.name for each in left)}" if left else ""
                raise Unwritable(f"{target.name}: which weight of the file it is made of is not known{told}")
            yield {"to": target.name, "to_shape": list(target.shape), "fill": value}
            continue
        left.remove(source)
        yield carried(source, target)
    for each in left:
        if each.weight.name not in UNUSED:
            raise Unwritable(f"{each.name}: it has no place in what is written")
        yield {"from": each.name, "from_shape": list(each.shape), "unused": UNUSED[each.weight.name]}


def role(each: Place) -> str:
    """What a weight is for: the two kernels of a separable convolution are those of two layers elsewhere."""
    return "kernel" if each.weight.name in KERNELS else each.weight.name


def carried(source: Place, target: Place) -> dict[str, Any]:
    """How one weight becomes another: ``value.reshape(reshape).transpose(transpose).reshape(to_shape)``.

    A kernel of each channel by itself has its multiples along an axis of its own in Keras alone: that axis and the one
    of the channels become one before, or one becomes these two behind.
    """
    entry: dict[str, Any] = {"from": source.name, "from_shape": list(source.shape)}
    shape, axes = source.shape, source.axes
    if len(source.plain) == len(target.plain) and source.plain != target.plain and axes == tuple(range(len(axes))):
        shape = target.plain
        entry["reshape"] = list(shape)
    if len(source.plain) == len(target.plain):
        back = [target.axes.index(axis) for axis in range(len(target.axes))]
        order = [axes[axis] for axis in back]
        if order != sorted(order):
            entry["transpose"] = order
    return {**entry, "to": target.name, "to_shape": list(target.shape)}


def carry(entry: Mapping[str, Any], given: Mapping[str, np.ndarray[Any, Any]]) -> np.ndarray[Any, Any] | None:
    """The values of one weight, from those of the network by name; None for an entry that makes none.

    Raises:
        ValueError: there is no such weight, or it has another shape.
    """
    import numpy as np  # which only those need who have weights

    if "to" not in entry:
        return None
    if "fill" in entry:
        return np.full(entry["to_shape"], entry["fill"])
    name = entry["from"]
    if name not in given:
        raise ValueError(f"there is no weight {name}")
    value = np.asarray(given[name])
    if list(value.shape) != entry["from_shape"]:
        raise ValueError(f"weight {name} has shape {list(value.shape)}, the network needs {entry['from_shape']}")
    value = value.reshape(entry.get("reshape", value.shape))
    return value.transpose(entry.get("transpose", range(value.ndim))).reshape(entry["to_shape"])
