"""The memory that a run of a plan takes, and a smaller plan where a machine has less."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil, prod

from cnnshape.arithmetic.sizes import Shape
from cnnshape.diagnostics import ArchitectureError
from cnnshape.network.plan import Plan


def memory_needed(plan: Plan) -> int | None:
    """The bytes that a run takes: float32 weights kept, and the activations twice, for a copy in another order."""
    if plan.totals is None or plan.totals.params is None or plan.totals.buffers is None:
        return None
    shapes = [(*row.input_shapes, *row.output_shapes) for row in plan.layers]
    sizes = [sum(prod(length or 1 for length in shape or ()) for shape in several) for several in shapes]
    weights = plan.totals.params + plan.totals.buffers
    peak = plan.totals.peak_activation_bytes or 0
    return 4 * weights + 2 * max(peak, 4 * max(sizes, default=0))


def memory_available() -> int | None:
    """The bytes that this process can have without swapping; None where the machine does not say."""
    return min((each for each in (of_machine(), of_container(), of_process()) if each is not None), default=None)


def of_machine() -> int | None:
    """What the machine has left."""
    for line in (read("/proc/meminfo") or "").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def of_container() -> int | None:
    """What the control group of this process has left, by the second or the first version of their interface."""
    for limit, usage in (
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ):
        most, used = (read(limit) or "").strip(), (read(usage) or "").strip()
        if most.isdecimal() and used.isdecimal():
            return max(int(most) - int(used), 0)
    return None


def of_process() -> int | None:
    """What is left of the address space that this process may have (``ulimit -v``)."""
    try:
        import resource  # not on Windows
    except ImportError:
        return None
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    pages = (read("/proc/self/statm") or "").split()
    if limit == resource.RLIM_INFINITY or not pages:
        return None
    return max(limit - int(pages[0]) * resource.getpagesize(), 0)


def read(path: str) -> str | None:
    """The text of a file of the system, if it has that."""
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except OSError:
        return None


Replan = Callable[[Mapping[str, Shape], int | None], Plan]
"""The plan for other input shapes, without their batch, and another batch."""


def fit_memory(plan: Plan, replan: Replan, memory: int | None) -> Plan | None:
    """The plan, or that of a smaller batch, then of inputs halved until a run of it fits into `memory` bytes.

    None where none fits: because the network takes no smaller input, or would have other weights for it.
    """
    whole = plan
    while memory is not None and (memory_needed(plan) or 0) > memory:
        channels_last = plan.layout.channels_last
        shapes = {name: shape[1:] for name, shape in plan.inputs.items()}
        smaller = {name: halved(shape, channels_last) for name, shape in shapes.items()}
        try:
            if plan.batch and plan.batch > 1:
                plan = replan(shapes, 1)
            elif smaller == shapes:
                return None
            else:
                plan = replan(smaller, plan.batch)
        except ArchitectureError:
            return None
        if [row.params for row in plan.layers] != [row.params for row in whole.layers]:
            return None
    return plan


def halved(shape: Shape, channels_last: bool) -> Shape:
    """A sample's shape with every spatial size halved, rounded up."""
    channel = len(shape) - 1 if channels_last else 0
    return tuple(length if axis == channel or length is None else ceil(length / 2) for axis, length in enumerate(shape))
