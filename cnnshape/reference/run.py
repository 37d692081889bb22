"""The reference forward pass of a whole network: its rows run from top to bottom, on real values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from cnnshape.reference.arrays import Array
from cnnshape.reference.execution import Execution, ForwardError, Given, Method, Weight, listing
from cnnshape.reference.registry import run_layer
from cnnshape.spelling import nearest
from cnnshape.value import NamedTuple


class Row(Protocol):
    """What a run reads of a planned row: which layer on what, and whether that makes a view, never shapes or counts."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def arguments(self) -> Mapping[str, Any]: ...
    @property
    def inputs(self) -> tuple[str, ...]: ...
    @property
    def output_names(self) -> tuple[str, ...]: ...
    @property
    def output_shapes(self) -> tuple[Any, ...]: ...
    @property
    def shared_with(self) -> str | None: ...
    @property
    def result(self) -> Any: ...


class Network(Protocol):
    """What a run reads of a plan."""

    @property
    def framework(self) -> str: ...
    @property
    def inputs(self) -> Mapping[str, tuple[int | None, ...]]: ...
    @property
    def outputs(self) -> Mapping[str, Any]: ...
    @property
    def data_format(self) -> str: ...
    @property
    def layers(self) -> Sequence[Any]: ...
    @property
    def errors(self) -> Sequence[Any]: ...


class Step(NamedTuple):
    """One row, run."""

    row: Row
    execution: Execution
    outputs: tuple[Array, ...]


@dataclass(frozen=True, slots=True)
class Run(Mapping[str, Array]):
    """The values of the rows that were kept, by name, and how every row was executed.

    `run["conv2d"]` is a NumPy array in the framework's layout, batch first. A row with several outputs has one
    entry for each, by the names that the architecture gives them.
    """

    kept: Mapping[str, Array]
    executions: Mapping[str, Execution]

    def __getitem__(self, name: str) -> Array:
        if name not in self.kept and name in self.executions:
            raise KeyError(f"the values of {name!r} were not kept: name it in `keep`, or leave `keep` out")
        return self.kept[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.kept)

    def __len__(self) -> int:
        return len(self.kept)


def forward(
    plan: Network,
    inputs: Mapping[str, npt.ArrayLike] | None = None,
    weights: Mapping[str, Given] | None = None,
    seed: int = 0,
    *,
    keep: Collection[str] | None = None,
    method: Method = "auto",
    drawn: dict[str, Array] | None = None,
) -> Run:
    """Run a planned network on real values, in inference mode, in float32.

    Args:
        plan: what `cnnshape.plan` returned, without errors.
        inputs: an array per model input, batch first; any batch will do. What is missing is drawn from `seed`.
        weights: per row, a list in the framework's order (Keras's `get_weights()`, PyTorch's `state_dict()`
            without `num_batches_tracked`) or a mapping by the framework's names. The rest is drawn from `seed`.
        seed: what is drawn depends on it and on the row's name alone.
        keep: the rows whose values are wanted; all by default. Other values are freed after their last reader.
        method: `direct` runs plain loops, `blocked` matrix products, `auto` either by the layer's size.
        drawn: keeps drawn weights from one run to the next, at the price of their memory.

    Raises:
        ForwardError: the plan has errors, an input or a weight does not fit, or a name is unknown.
    """
    values: dict[str, Array] = {}
    executions: dict[str, Execution] = {}
    known = {name for row in plan.layers for name in (row.name, *row.output_names)}
    refuse_unknown(keep or (), known, "row to keep")
    wanted = known if keep is None else {*keep, *plan.outputs}
    for step in steps(plan, inputs, weights, seed, method, wanted, drawn):
        executions[step.row.name] = step.execution
        named = zip(step.row.output_names, step.outputs, strict=True)
        values |= {name: value for name, value in named if name in wanted or step.row.name in wanted}
    return Run(values, executions)


def steps(
    plan: Network,
    inputs: Mapping[str, npt.ArrayLike] | None = None,
    weights: Mapping[str, Given] | None = None,
    seed: int = 0,
    method: Method = "auto",
    keep: Collection[str] = (),
    drawn: dict[str, Array] | None = None,
    *,
    draws: bool = False,
) -> Iterator[Step]:
    """Run a network row by row; every value is let go, or written over, by its last reader.

    With `draws` the inputs that are given were drawn, as those are that are not.

    The outputs of a step are therefore good until the next step, but for those of the rows in `keep`.
    """
    refuse_errors(plan)
    keep_freed_memory()
    weights = weights or {}
    rows: Sequence[Row] = plan.layers
    refuse_unknown(weights, {row.name for row in rows}, "row with weights")
    readers = Counter(name for row in rows for name in row.inputs)
    tensors = take_inputs(plan, inputs or {}, seed)
    draws = draws or not plan.inputs.keys() <= (inputs or {}).keys()
    held = list(tensors.values())
    returned: list[Array] = []
    in_order = has_writes_behind_views(rows)
    asked: dict[str, list[Weight]] = {}
    for row in rows:
        owner = row.shared_with or row.name
        disposable = is_disposable(row.inputs, tensors, readers, held)
        shapes = {weight.name: weight.shape for weight in asked.get(owner, ())}
        ranks = tuple(map(len, row.output_shapes))
        execution = Execution(owner, weights.get(owner), seed, drawn, method, disposable, shapes, draws, ranks)
        read = [tensors[name] for name in row.inputs]
        outputs = run_layer(plan.framework, row.type, execution, read, row.arguments, plan.data_format)
        if in_order:  # a new tensor of PyTorch lies in order, so that what reshapes it is a view
            outputs = tuple([each if shares_memory(each, read) else np.ascontiguousarray(each) for each in outputs])
        if row.arguments.get("inplace") is True and is_read_again(row.inputs[0], tensors, readers, returned):
            read[0][...] = outputs[0]
            outputs = (read[0],)
        del read
        if len(outputs) != len(row.output_names):
            raise ForwardError(
                f"`{row.name}` returns {len(outputs)} tensors, the plan names {listing(row.output_names)}"
            )
        if asked.setdefault(owner, execution.weights) != execution.weights:
            raise ForwardError(f"`{row.name}` needs other weights than `{owner}`, which it shares")
        held += [
            value for name, value in zip(row.output_names, outputs, strict=True) if name in keep or row.name in keep
        ]
        returned += [value for name, value in zip(row.output_names, outputs, strict=True) if name in plan.outputs]
        readers.subtract(row.inputs)
        for name in [name for name in tensors if not readers[name]]:
            del tensors[name]
        tensors |= {name: value for name, value in zip(row.output_names, outputs, strict=True) if readers[name]}
        yield Step(row, execution, outputs)
        del outputs


def has_writes_behind_views(rows: Sequence[Row]) -> bool:
    """Whether some row works in place below one that makes a view: what a third reads may have the memory of both."""
    viewed = False
    for row in rows:
        if viewed and row.arguments.get("inplace") is True:
            return True
        viewed = viewed or (row.result is not None and row.result.memory == "view")
    return False


def keep_freed_memory() -> None:
    """Let the C library keep the memory of freed tensors for the next ones, instead of returning it each time.

    glibc keeps twice as much as the largest block that it has seen freed, counting blocks up to 32 MB. Fresh
    memory has to be zeroed by the kernel: that took a fifth of a ResNet-50's run.
    """
    np.empty(31 * 2**20, np.uint8)


def is_disposable(
    names: Sequence[str], tensors: Mapping[str, Array], readers: Mapping[str, int], held: Sequence[Array]
) -> bool:
    """Whether a row may write over the first tensor it reads: the last to read it, or any view of its memory."""
    if not names or readers[names[0]] > names.count(names[0]):
        return False
    first = tensors[names[0]]
    others = [tensor for name, tensor in tensors.items() if name != names[0]]
    return first.flags.writeable and not any(np.may_share_memory(first, other) for other in (*others, *held))


def shares_memory(array: Array, others: Sequence[Array]) -> bool:
    """Whether an array is a view of one of the others, as far as bounds tell."""
    return any(np.may_share_memory(array, other) for other in others)


def is_read_again(
    name: str, tensors: Mapping[str, Array], readers: Mapping[str, int], returned: Sequence[Array]
) -> bool:
    """Whether somebody reads a tensor, or a view of its memory, after the row that overwrites it: PyTorch has one.

    `returned` are the outputs of the model that are there already.
    """
    others = [tensor for each, tensor in tensors.items() if each != name]
    return readers[name] > 1 or shares_memory(tensors[name], (*others, *returned))


def take_inputs(plan: Network, given: Mapping[str, npt.ArrayLike], seed: int) -> dict[str, Array]:
    """The model's inputs as arrays, checked against the planned shapes, drawn where none is given."""
    refuse_unknown(given, set(plan.inputs), "input")
    if seed < 0:
        raise ForwardError(f"a seed is a whole number of at least 0, got {seed}")
    tensors = {}
    batch = None
    for name, shape in plan.inputs.items():
        if name not in given:
            continue
        tensor = np.array(given[name], np.float32)  # a copy: layers that work in place may overwrite it
        batch = batch or tensor.shape[:1]
        fits = len(tensor.shape) == len(shape) and all(
            planned in (None, length) for planned, length in zip(shape[1:], tensor.shape[1:], strict=True)
        )
        if not fits or tensor.shape[:1] != batch:
            raise ForwardError(f"input `{name}` needs shape {written(shape)}, given {written(tensor.shape)}")
        tensors[name] = tensor
    for name, shape in plan.inputs.items():
        if name in tensors:
            continue
        whole = (*(batch or shape[:1]), *shape[1:])
        if None in whole:
            raise ForwardError(
                f"input `{name}` of shape {written(shape)} has unknown sizes: "
                "state them (--input, --batch), or give its values"
            )
        known = tuple(length for length in whole if length is not None)
        tensors[name] = np.random.default_rng([seed, *name.encode()]).standard_normal(known, np.float32)
    return tensors


def refuse_errors(plan: Network) -> None:
    """Refuse a plan that is wrong."""
    if plan.errors:
        raise ForwardError(f"the plan has errors, the first being: {plan.errors[0].message}")


def refuse_unknown(names: Collection[str], known: set[str], what: str) -> None:
    """Refuse a name that the network does not have, with the nearest that it has."""
    for name in names:
        if name not in known:
            near = nearest(name, known)
            raise ForwardError(f"no {what} is named `{name}`" + (f"; did you mean `{near}`?" if near else ""))


def written(shape: Sequence[int | None]) -> str:
    """A shape as people write it: `?x224x224x3`."""
    return "x".join("?" if length is None else str(length) for length in shape)
