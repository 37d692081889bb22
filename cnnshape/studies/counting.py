"""What other counters print for the same network, and of what their numbers consist.

fvcore, ptflops, thop, torchinfo and ultralytics-thop all print "MACs", "mult-adds" or "FLOPs", and mean different sums:
some count biases, some normalization, some pooling, and two of them count transposed convolutions on the wrong grid.
`cnnshape.studies.counters` has what each counts; it gives what the versions below answer in evaluation mode for every
layer (`tests/data/counters.jsonl.gz`). Numbers are per sample.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

from cnnshape.arithmetic.sizes import Dim
from cnnshape.network.plan import Plan, Row
from cnnshape.operations.activation import Activation, PRelu
from cnnshape.operations.composed import Composed
from cnnshape.operations.convolution import Convolution
from cnnshape.operations.dense import Dense
from cnnshape.operations.normalization import BatchNormalization, GroupNormalization, LayerNormalization
from cnnshape.operations.operation import Operation
from cnnshape.operations.pooling import GlobalPooling, Pooling
from cnnshape.operations.resampling import Resize, Upsample
from cnnshape.operations.sampling import Alike
from cnnshape.operations.transposed import TransposedConvolution
from cnnshape.studies.counters.call import Call, Count
from cnnshape.value import NamedTuple

VERSIONS = {
    "fvcore": "0.1.5",
    "ptflops": "0.7.5",
    "thop": "0.1.1",
    "torchinfo": "1.8.0",
    "ultralytics-thop": "2.2.3",
}
"""The counters, and the version of each whose answers these are."""


class Counted(NamedTuple):
    """The total that the tool prints, by what it consists of; None where it fails or a size is unknown."""

    tool: str
    total: Dim
    parts: dict[str, Dim]

    def to_dict(self) -> dict[str, Any]:
        """The count as JSON states it."""
        return {"tool": self.tool, "version": VERSIONS[self.tool], "total": self.total, "parts": self.parts}


def count_like(plan: Plan, tool: str) -> Counted:
    """What `tool` prints for a plan, in evaluation mode."""
    counts: dict[str, list[Count]] = {}
    for row in plan.layers:
        if row.operation is None or row.result is None or row.training_only or not row.live:
            continue
        for call in calls_of(call_of(row, plan.framework)):
            for name, count in parts_of(call, tool):
                counts.setdefault(name, []).append(count)
    parts = {name: added(each) for name, each in counts.items()}
    return Counted(tool, whole(added(parts.values())), {name: whole(each) for name, each in parts.items() if each != 0})


NOT_COUNTED = frozenset(f"{name}{rank}d" for name in ("MaxUnpool", "max_unpool") for rank in (1, 2, 3))
"""What a counter (fvcore) fails on by the values that it reads."""


def calls_of(call: Call) -> Iterator[Call]:
    """The calls that counters see: of a module that is made of others, those of its parts; of a normalized one that."""
    if call.name in ("weight_norm", "spectral_norm"):
        bound = call.arguments["module"].bound
        operation = getattr(call.operation, "operation", call.operation)
        name = bound.kind.name.removeprefix("Lazy")
        call = call._replace(name=name, arguments=bound.arguments, operation=operation, normalized=True)
    if not isinstance(call.operation, Composed):
        yield call
        return
    within = call.name.startswith("Transformer")
    tensors = list(call.inputs)
    for part, result in zip(call.operation.parts, call.operation.results(*call.inputs), strict=True):
        bound = part.made_from and part.made_from.bound
        reads = tuple(tensors[number] for number in part.reads)
        tensors += result.outputs
        if within and isinstance(part.operation, Activation):
            continue  # a function that the layer holds, which no counter has replaced
        padding = tuple(axis.padding for axis in result.windows) or None
        name = bound.kind.name.removeprefix("Lazy") if bound else call.name
        arguments = bound.arguments if bound else {}
        if isinstance(part.operation, Alike):
            arguments = {"size": result.output[2:]}
        elif within and name == "MultiheadAttention":
            arguments = {**arguments, "need_weights": False}
        elif call.name == "BatchNormAct2d" and name == "BatchNorm2d":
            name = call.name
        yield from calls_of(
            Call(name, reads, result.output, result.macs, result.weights, arguments, part.operation, padding)
        )


def parts_of(call: Call, tool: str) -> list[tuple[str, Count]]:
    """What a tool counts of a call."""
    if call.name in NOT_COUNTED:
        return [(f"{call.name}, which {tool} counts in its own way", None)]
    module: Any = import_module(f"cnnshape.studies.counters.{tool.replace('-', '_')}")  # only the tool asked for
    if tool == "torchinfo":
        found: list[tuple[str, Count]] = module.parameters(call)
        return found
    rule = module.RULES.get(call.name)
    return rule(call) if rule else []


def added(counts: Iterable[Count]) -> Count:
    """The sum; None as soon as one is unknown."""
    known = [*counts]
    return None if None in known else sum(count or 0 for count in known)


def whole(count: Count) -> Dim:
    """As the tools print it: rounded down, once, at the end."""
    return None if count is None else int(count)


def call_of(row: Row, framework: str) -> Call:
    """A row as a counter would see it."""
    assert row.operation is not None
    assert row.result is not None
    pytorch = framework == "pytorch"
    return Call(
        row.type.removeprefix("Lazy") if pytorch else name_in_pytorch(row.operation, row),
        tuple(shape or () for shape in row.input_shapes),
        row.output_shape or (),
        row.macs,
        row.result.weights,
        row.arguments if pytorch else {},
        row.operation,
        row.padding,
    )


NAMES: dict[type[Operation], str] = {
    Convolution: "Conv{rank}d",
    TransposedConvolution: "ConvTranspose{rank}d",
    Dense: "Linear",
    BatchNormalization: "BatchNorm2d",
    LayerNormalization: "LayerNorm",
    GroupNormalization: "GroupNorm",
    Pooling: "{kind}Pool{rank}d",
    GlobalPooling: "Adaptive{kind}Pool{rank}d",
    **dict.fromkeys((Upsample, Resize), "Upsample"),
    PRelu: "PReLU",
}
"""Modules of PyTorch for the operations of Keras's layers."""

ACTIVATIONS = {
    "relu": "ReLU",
    "relu6": "ReLU6",
    "leaky_relu": "LeakyReLU",
    "gelu": "GELU",
    "elu": "ELU",
    "silu": "SiLU",
    "softmax": "Softmax",
}
KINDS = {"average": "Avg", "max": "Max"}


def name_in_pytorch(operation: Operation, row: Row) -> str:
    """The module of PyTorch that people write for a layer of Keras; the layer's own name where none counts."""
    if isinstance(operation, Activation):
        return ACTIVATIONS.get(operation.name, row.type)
    if isinstance(operation, LayerNormalization) and operation.root_mean_square:
        return "RMSNorm"
    rank = len(row.input_shapes[0] or ()) - 2 if row.input_shapes else 0
    kind = KINDS.get(str(getattr(operation, "kind", "")), "")
    return NAMES.get(type(operation), row.type).format(rank=rank, kind=kind)
