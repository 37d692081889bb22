"""A run that is read for its NaN alone: where all channels of a tensor hold them at the same places, one does for all.

What a convolution over all channels, a pooling or a normalization by channels marks is then what it marks of a single
channel, by the same kernel: a sum is NaN wherever any of its terms is. A layer of which this is not certain is run on
all channels. ResNet-50's probes take a tenth of the work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np

from cnnshape.network.plan import Plan, Row
from cnnshape.operations.activation import Activation
from cnnshape.operations.convolution import Convolution
from cnnshape.operations.merging import Merge
from cnnshape.operations.normalization import BatchNormalization
from cnnshape.operations.padding import Pad
from cnnshape.operations.pooling import Pooling
from cnnshape.operations.views import Identity
from cnnshape.reference.arrays import Array
from cnnshape.reference.execution import Execution
from cnnshape.reference.registry import run_layer
from cnnshape.reference.run import Step, steps
from cnnshape.value import NamedTuple

STATED = ("in_channels", "num_features")
"""The arguments that state the channels of an input."""


class Marked(NamedTuple):
    """A tensor; where `channels` is a number, its only channel stands for as many."""

    value: Array
    channels: int | None = None


def marked_steps(plan: Plan, inputs: Mapping[str, Array], seed: int, drawn: dict[str, Array]) -> Iterator[Step]:
    """Run the rows of a plan on inputs that hold NaN, as `cnnshape.reference.run.steps` does.

    `drawn` keeps the weights for the next run: those of single channels apart, as they are smaller. Where weights are
    shared, or memory that is written over, all channels are run.
    """
    if any(row.shared_with or overwrites(plan, row) for row in plan.layers):
        yield from steps(plan, inputs, seed=seed, drawn=drawn, draws=True)
        return
    axis = plan.layout.channel_axis
    readers = Counter(name for row in plan.layers for name in row.inputs)
    tensors = {name: standing_for_all(value, axis(value.ndim)) for name, value in inputs.items()}
    for row in plan.layers:
        read = [tensors[name] for name in row.inputs]
        alike = bool(read) and all(each.channels for each in read) and is_channelwise(row, plan)
        arguments = dict(row.arguments)
        if alike:
            arguments |= {name: 1 for name in STATED if name in arguments}
        values = [each.value if alike else whole(each, axis(each.value.ndim)) for each in read]
        name = f"{row.name}/one channel" if alike else row.name
        execution = Execution(name, None, seed, drawn, drawn_inputs=True, asked=tuple(map(len, row.output_shapes)))
        outputs = run_layer(plan.framework, row.type, execution, values, arguments, plan.data_format)
        if alike and not isinstance(row.operation, Convolution):
            made = [Marked(value, read[0].channels) for value in outputs]
        else:
            made = [standing_for_all(value, axis(value.ndim)) for value in outputs]
        readers.subtract(row.inputs)
        for name in [name for name in tensors if not readers[name]]:
            del tensors[name]
        tensors |= {name: each for name, each in zip(row.output_names, made, strict=True) if readers[name]}
        yield Step(row, execution, tuple([each.value for each in made]))


def overwrites(plan: Plan, row: Row) -> bool:
    """Whether a row writes, in place, over what somebody else may read."""
    if row.arguments.get("inplace") is not True:
        return False
    makers, read = plan.makers_of(row), row.inputs[0]
    own = bool(makers) and makers[0].result is not None and makers[0].result.memory != "view"
    return not own or read in plan.outputs or sum(each.inputs.count(read) for each in plan.layers) > 1


def is_channelwise(row: Row, plan: Plan) -> bool:
    """Whether a row marks all channels of its output alike where those of its inputs are."""
    operation, shape = row.operation, row.input_shapes[0]
    if shape is None or len(shape) < 3 or row.arguments.get("data_format") not in (None, plan.data_format):
        return False
    if isinstance(operation, Convolution):
        return operation.groups == 1 and not operation.multiplier
    if isinstance(operation, Activation):
        plain = row.result is not None and row.result.outputs == (shape,) and not row.result.weights
        return plain and not operation.taken_over(shape)
    if isinstance(operation, BatchNormalization):
        return operation.axis % len(shape) == plan.layout.channel_axis(len(shape))
    if isinstance(operation, Merge):
        return all(each == shape for each in row.input_shapes)
    return isinstance(operation, Pooling | Identity) or (isinstance(operation, Pad) and operation.layout is not None)


def standing_for_all(value: Array, axis: int) -> Marked:
    """The tensor as one channel, where that holds NaN as all of them do."""
    if value.ndim < 3:
        return Marked(value)
    first = value.take([0], axis)
    alike = bool((np.isnan(value) == np.isnan(first)).all())
    return Marked(first, value.shape[axis]) if alike else Marked(value)


def whole(marked: Marked, axis: int) -> Array:
    """The tensor with all of its channels."""
    return marked.value if marked.channels is None else np.repeat(marked.value, marked.channels, axis)
