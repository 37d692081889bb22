"""The largest batch that fits, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnshape.network.figures import Training
from cnnshape.network.plan import Plan
from cnnshape.reports.diagnostics.text import visible
from cnnshape.reports.layer import aligned
from cnnshape.reports.plans.view import PHASES
from cnnshape.reports.units import binary_bytes, by_x, grouped
from cnnshape.studies.fit import LEFT_OUT, Cost, Fit, Gpu, of_parameters

OF_KERAS = (
    "at most, for what is known of Keras is a lower bound: on its backend torch the backward pass\n"
    "kept 1.5 to 4.7 times as much of seven networks"
)


NOT_HELD = [("" if number else "left out", each) for number, each in enumerate(LEFT_OUT)]
"""What the figures do not hold, a line each."""


def render(plan: Plan, fit: Fit) -> str:
    """The largest batch, what it takes, what limits it, what the next would take, and what is left out."""
    return f"{heading(plan)}\n{aligned(list(facts(fit)))}"


def heading(plan: Plan) -> str:
    """What is trained, and how."""
    assert plan.totals is not None
    estimate = f"\n{OF_KERAS}" if plan.totals.training.estimated else ""
    inputs = ", ".join(f"{visible(name)} {by_x(shape[1:])}" for name, shape in plan.inputs.items())
    how = f"{plan.totals.training.optimizer}, {plan.totals.training.amp or plan.dtype}"
    return f"{visible(plan.name)}: training with {how}, {inputs}{estimate}"


def facts(fit: Fit) -> Iterator[tuple[str, str]]:
    """Label and value of every line."""
    yield "memory", binary_bytes(fit.memory)
    if fit.best is None:
        yield "largest batch", "none: not even one sample fits"
    else:
        yield "largest batch", grouped(fit.best.batch)
        yield "takes", takes(fit.best)
    cost = fit.best or fit.next
    assert cost is not None
    limit = "the file, which takes no larger batch" if fit.limit == "file" else fit.limit
    yield "limited by", f"{limit}; {parts(cost.training)}"
    if fit.next:
        excess = binary_bytes(fit.next.bytes - fit.memory)
        yield f"batch {grouped(fit.next.batch)}", f"{takes(fit.next)}, {excess} too much"
    yield from NOT_HELD


def takes(cost: Cost) -> str:
    """What a batch takes at most, and when."""
    where = f", {PHASES[cost.training.phase]} {cost.training.layer}" if cost.training.phase else ""
    return f"{binary_bytes(cost.bytes)}{where}"


def parts(training: Training) -> str:
    """What the memory of a batch consists of."""
    sizes = (training.weights, training.gradients, training.optimizer_state, training.activations)
    names = ("weights", "gradients", "optimizer", "kept activations")
    return ", ".join(f"{name} {binary_bytes(size)}" for name, size in zip(names, sizes, strict=True))


def render_gpus(plan: Plan, gpus: Sequence[Gpu], fits: Sequence[Fit]) -> str:
    """A line for each GPU: its memory and the largest batch."""
    rows = []
    for gpu, fit in zip(gpus, fits, strict=True):
        batch = grouped(fit.best.batch) if fit.best else "none"
        limit = "the file" if fit.limit == "file" else fit.limit
        rows.append((gpu.name, f"{gpu.gib:>5.2f} GiB   batch {batch}, limited by {limit}"))
    constant = plan.totals and of_parameters(plan.totals.training)
    rows += [("parameters", f"{binary_bytes(constant)} with gradients and optimizer"), *NOT_HELD]
    return f"{heading(plan)}\n{aligned(rows)}"
