"""What of a plan is shown: which columns and lines. Table, Markdown and LaTeX only differ in how they draw it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnshape.network.figures import Training
from cnnshape.network.plan import Plan, ReceptiveField, Row
from cnnshape.reports.plans.columns import COLUMNS, DEFAULT, Column, sorted_lines
from cnnshape.reports.plans.lines import EXPANDED, Line, lines
from cnnshape.reports.units import binary_bytes, by_x, grouped, thousands
from cnnshape.value import NamedTuple

BELOW_A_FAULT = 2
"""How many lines are shown below the last faulty one; they have no numbers."""


class View(NamedTuple):
    """What to show.

    Attributes:
        columns: the columns; None: the default ones that have something to say.
        depth: how deep blocks are opened; None: closed, or all open where rows are sorted.
        sort: the key of the column to sort by; top: how many lines to keep.
        exact: every digit of every number.
        count_like: another counter, whose total is told apart.
    """

    columns: tuple[Column, ...] | None = None
    depth: int | None = None
    sort: str | None = None
    top: int | None = None
    exact: bool = False
    count_like: str | None = None

    @property
    def is_ordered(self) -> bool:
        """Whether lines are sorted, or only some of them kept."""
        return bool(self.sort) or self.top is not None

    def ordered(self, found: list[Line]) -> list[Line]:
        """The lines, sorted and cut off where that is asked for."""
        return sorted_lines(found, self.sort or "params")[: self.top] if self.is_ordered else found

    def rows(self, found: Sequence[Row]) -> Sequence[Row]:
        """The same of rows, all blocks open."""
        return (
            [line.last for line in self.ordered([Line(row.name, (row,)) for row in found])]
            if self.is_ordered
            else found
        )


class Body(NamedTuple):
    """The lines and columns of a table, how many lines are left out, and the numbers of the faulty ones."""

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    omitted: int
    faulty: frozenset[int]

    def cells(self, exact: bool = False) -> list[list[str]]:
        """The text of every cell."""
        shows = [column.exact if exact and column.exact else column.text for column in self.columns]
        return [[show(line) for show in shows] for line in self.lines]


def body(plan: Plan, view: View) -> Body:
    """The part of the plan that is shown."""
    faulty = frozenset(finding.layer for finding in plan.errors if finding.layer)
    depth = view.depth if view.depth is not None else EXPANDED if view.is_ordered else 0
    found = lines(plan.layers, depth, faulty)
    kept = view.ordered(found) if view.is_ordered else up_to_the_fault(found, faulty)
    columns = view.columns or worth_showing(kept)
    wrong = frozenset(number for number, line in enumerate(kept) if any(row.name in faulty for row in line.rows))
    return Body(columns, tuple(kept), len(found) - len(kept), wrong)


def up_to_the_fault(found: list[Line], faulty: frozenset[str]) -> list[Line]:
    """All lines; with faults, those down to just below the last one."""
    last = max(
        (number for number, line in enumerate(found) if any(row.name in faulty for row in line.rows)), default=None
    )
    return found if last is None else found[: last + 1 + BELOW_A_FAULT]


def worth_showing(shown: Sequence[Line]) -> tuple[Column, ...]:
    """The default columns without those that are empty on every line."""
    return tuple(
        column for key in DEFAULT if (column := COLUMNS[key]).key == "name" or any(column.text(line) for line in shown)
    )


def heading(plan: Plan) -> str:
    """``tutorial: keras, float32, batch 10, input 10x8x16x3``."""
    inputs = ", ".join(
        f"input {by_x(shape)}" if name == "input" else f"{name} {by_x(shape)}" for name, shape in plan.inputs.items()
    )
    batch = "?" if plan.batch is None else plan.batch
    return ", ".join(part for part in (f"{plan.name}: {plan.framework}", plan.dtype, f"batch {batch}", inputs) if part)


def footer(plan: Plan, view: View = View()) -> list[tuple[str, str]]:  # noqa: B008  # immutable
    """The totals, each with its label; nothing where the plan has errors."""
    totals = plan.totals
    if totals is None:
        return []
    count, size = (grouped, lambda value: f"{grouped(value)} B") if view.exact else (thousands, binary_bytes)
    least = "" if totals.complete else "at least "
    training = totals.training
    outputs = ", ".join(f"{name} {'?' if shape is None else by_x(shape)}" for name, shape in plan.outputs.items())
    split = f"trainable {grouped(totals.trainable_params)}, non-trainable {grouped(totals.non_trainable_params)}"
    found = [
        ("outputs", outputs),
        ("params", f"{least}{grouped(totals.params)} ({split})"),
        ("MACs", f"{least}{count(totals.macs)} per sample"),
        ("FLOPs", f"{least}{count(totals.flops)} per sample, counting: cnnshape"),
        *([counted_like(plan, view.count_like)] if view.count_like else []),
        ("weights", least + size(totals.weight_bytes)),
    ]
    if totals.buffers != 0:
        found.insert(2, ("buffers", f"{grouped(totals.buffers)} ({size(totals.buffer_bytes)})"))
    peak = f" at {totals.peak_layer}" if totals.peak_layer else ""
    freed = f", freed after the {totals.freed_after}"
    found.append(("peak activations", f"{least}{size(totals.peak_activation_bytes)}{peak}, {per_batch(plan)}{freed}"))
    found.append(("training", training_text(training, size(training.total), per_batch(plan), least)))
    parts = f"weights {size(training.weights)}, gradients {size(training.gradients)}, "
    parts += f"optimizer {size(training.optimizer_state)}, activations {size(training.activations)}"
    found.append(("  of which", parts))
    found += [("receptive field", text) for text in fields_text(plan)]
    return found


def fields_text(plan: Plan) -> Iterator[str]:
    """What the outputs see: once where they see the same, else each by its name."""
    texts = {name: field_text(field) for name, field in plan.receptive_fields.items() if field}
    if len(set(texts.values())) < 2:
        yield from set(texts.values())
    else:
        yield from (f"{name}: {text}" for name, text in texts.items())


def field_text(field: ReceptiveField) -> str:
    """``35x35 of input``."""
    bound = "" if field.exact else ">= "
    return f"{bound}{by_x(field.size)} of {field.of}" + ("; global layers see all of it" if field.is_global else "")


def counted_like(plan: Plan, tool: str) -> tuple[str, str]:
    """Another counter; the total that it prints, what that consists of, and its version."""
    from cnnshape.studies.counting import VERSIONS, count_like  # only where asked for

    counted = count_like(plan, tool)
    parts = ", ".join(f"{name} {grouped(count)}" for name, count in counted.parts.items())
    text = f"{grouped(counted.total)} = {parts}" if parts else "0"
    return f"{tool} counts", f"{text} (version {VERSIONS[tool]})"


def training_text(training: Training, total: str, batch: str, least: str) -> str:
    """What training takes, and when most is alive; that it is a bound (Keras), or (`least`) lacks what is not known."""
    bound = "" if training.total is None else least or ("at least " if training.estimated else "")
    where = f", {PHASES[training.phase]} {training.layer}" if training.phase else ""
    where += f"; {training.unknown} is not known" if training.unknown else ""
    where += f"; {thousands(training.again)} FLOPs per sample run again" if training.again else ""
    return f"{bound}{total} with {training.optimizer}{', ' + training.amp if training.amp else ''}, {batch}{where}"


PHASES = {"forward": "at", "backward": "in the backward pass at", "step": "in the optimizer's step at"}


def per_batch(plan: Plan) -> str:
    """What activation memory is about."""
    return "batch ?" if plan.batch is None else f"batch {plan.batch}"
