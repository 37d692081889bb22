"""The memory that a run of a plan takes, and a smaller plan where a machine has less."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil

from cnnshape.arithmetic.sizes import Shape
from cnnshape.planning.plan import Plan


def memory_needed(plan: Plan) -> int | None:
    """The bytes that a run takes: float32 weights kept, and the activations twice, for a copy in another order."""
    if plan.totals is None or plan.totals.params is None or plan.totals.buffers is None:
        return None
    sizes = [sum(map(elements, (*row.input_shapes, *row.output_shapes))) for row in plan.layers]
    weights = plan.totals.params + plan.totals.buffers
    peak = plan.totals.peak_activation_bytes or 0
    return 4 * weights + 2 * max(peak, 4 * max(sizes, default=0))


def elements(shape: Shape | None) -> int:
    """The elements of a shape, unknown sizes as 1."""
    product = 1
    for length in shape or ():
        product *= length or 1
    return product


def memory_available() -> int | None:
    """The bytes that this machine can give without swapping; None where it does not say."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        return None
    return None


def fit_memory(plan: Plan, replan: Callable[[Mapping[str, Shape]], Plan], memory: int | None) -> Plan:
    """The plan, or the plan of inputs halved until a run of it fits into `memory` bytes.

    `replan` plans for other input shapes, given without their batch; what it raises leaves this function.
    """
    while memory is not None and (memory_needed(plan) or 0) > memory:
        channels_last = plan.framework == "keras" and plan.data_format == "channels_last"
        smaller = {name: halved(shape[1:], channels_last) for name, shape in plan.inputs.items()}
        if all(smaller[name] == shape[1:] for name, shape in plan.inputs.items()):
            return plan
        plan = replan(smaller)
    return plan


def halved(shape: Shape, channels_last: bool) -> Shape:
    """A sample's shape with every spatial size halved, rounded up."""
    channel = len(shape) - 1 if channels_last else 0
    return tuple(length if axis == channel or length is None else ceil(length / 2) for axis, length in enumerate(shape))
