"""What changed between two plans: layers added, removed and changed, and the difference of every total.

Rows are matched by what they are and where they stand, not by their automatic names alone: a convolution inserted at
the top renumbers all below it, and changes none of them.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, Literal

from cnnshape.arithmetic.sizes import Dim
from cnnshape.diagnostics import Fault
from cnnshape.network.plan import Plan, Row, plain
from cnnshape.translation.calls import default_of
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.layer import DECLARED

Status = Literal["added", "removed", "changed", "affected", "same"]
"""`changed`: its own arguments, inputs or name; `affected`: only sizes and counts, because of what it reads."""

OWN = ("name", "type", "arguments", "inputs", "trainable", "shared_with", "live")
CONSEQUENCES = (
    *("output_shapes", "params", "trainable_params", "buffers", "macs", "flops", "output_bytes"),
    *("padding", "leftover", "receptive_field"),
)
TOTALS = (
    *("layers", "params", "trainable_params", "non_trainable_params", "buffers", "macs", "flops"),
    *("weight_bytes", "buffer_bytes", "peak_activation_bytes"),
)
HEAD = ("framework", "dtype", "batch", "inputs", "outputs")

MOST_ALIGNED = 4000
"""Rows between the first and the last difference up to which rows are aligned; beyond, they are matched by name."""

Change = tuple[Any, Any]
"""A value before and after."""


class LayerChange(NamedTuple):
    """One row of either plan (or a matched pair), and what differs by the keys of the plan's JSON."""

    status: Status
    old: Row | None
    new: Row | None
    changes: Mapping[str, Change]

    @property
    def row(self) -> Row:
        """The new row, or the removed one."""
        row = self.new or self.old
        assert row is not None
        return row


class Difference(NamedTuple):
    """Everything that differs between two plans.

    `old` is None where there was no model before, `new` where there is none any more. `head` are changes of the model
    itself (inputs, outputs, dtype); `totals` are those totals that changed, None where a number is unknown.
    """

    old: Plan | None
    new: Plan | None
    layers: tuple[LayerChange, ...]
    head: Mapping[str, Change]
    totals: Mapping[str, Change]

    @property
    def plan(self) -> Plan:
        """The new plan, or the removed one."""
        plan = self.new or self.old
        assert plan is not None
        return plan

    def count(self, status: Status) -> int:
        """The number of rows of a status."""
        return sum(change.status == status for change in self.layers)

    @property
    def identical(self) -> bool:
        """Whether nothing differs but the model's name and names that are numbered automatically."""
        return not self.totals and not self.head and all(one.status == "same" for one in self.layers)

    def __repr__(self) -> str:
        """The first ten lines of the table."""
        from cnnshape.reports.diffs.table import render  # where somebody looks

        return "\n".join(render(self).splitlines()[:10])

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from cnnshape.reports.notebook import html  # where somebody looks

        return html(self)


def compare(old: Plan | None, new: Plan | None) -> Difference:
    """The difference of two plans; without one of them, of which every total is 0, all layers are added or removed."""
    nothing: dict[str, Dim] = dict.fromkeys(TOTALS, 0)
    if new is None:
        assert old is not None
        removed = tuple(LayerChange("removed", row, None, {}) for row in old.layers)
        return Difference(old, None, removed, {}, changes_of(totals_of(old), nothing))
    if old is None:
        added = tuple(LayerChange("added", None, row, {}) for row in new.layers)
        return Difference(None, new, added, {}, changes_of(nothing, totals_of(new)))
    frameworks = (old.framework, new.framework)
    pairs = list(match_rows(old.layers, new.layers, frameworks))
    names = {before.name: after.name for before, after in pairs if before and after}
    for before, after in pairs:
        if before and after:
            names.update(zip(before.output_names, after.output_names, strict=False))
    batches = (old.batch, new.batch)
    layers = tuple(compare_rows(before, after, names, batches, frameworks) for before, after in pairs)
    return Difference(old, new, layers, compare_heads(old, new, names), changes_of(totals_of(old), totals_of(new)))


def compare_rows(
    old: Row | None,
    new: Row | None,
    names: Mapping[str, str],
    batches: tuple[Dim, Dim],
    frameworks: tuple[str, str],
) -> LayerChange:
    """A pair of rows, of which one may be missing. What differs because the batch does is no difference of a row.

    Nor is what one of them says, and the other leaves out, where it is so anyway.
    """
    if old is None or new is None:
        return LayerChange("added" if old is None else "removed", old, new, {})
    before, after = old.to_dict(), new.to_dict()
    for row, here, there, framework in ((old, before, after, frameworks[0]), (new, after, before, frameworks[1])):
        idle = idle_arguments(row, framework) - there["arguments"].keys()
        here["arguments"] = {name: value for name, value in here["arguments"].items() if name not in idle}
    before["inputs"] = [names.get(name, name) for name in before["inputs"]]
    before["shared_with"] = names.get(before["shared_with"], before["shared_with"])
    if unnumbered(old.name) == unnumbered(new.name):
        before["name"] = new.name
    own = {key: (before[key], after[key]) for key in OWN if before[key] != after[key]}
    changes = own | {
        key: (before[key], after[key])
        for key in CONSEQUENCES
        if per_sample(key, before[key], batches[0]) != per_sample(key, after[key], batches[1])
    }
    return LayerChange("changed" if own else "affected" if changes else "same", old, new, changes)


def per_sample(key: str, value: Any, batch: Dim) -> Any:
    """A value as it is whatever the batch."""
    if key == "output_shapes":
        return [shape[1:] for shape in value]
    if key in ("inputs", "outputs"):
        return {name: shape and shape[1:] for name, shape in value.items()}
    if key == "output_bytes":
        return value // batch if value is not None and batch else value
    return value


def unnumbered(name: str) -> str:
    """A row's path without the numbers of automatic names: ``block_2/conv2d_1`` is ``block/conv2d``."""
    return re.sub(r"_\d+(?=/|\Z)", "", name)


def idle_arguments(row: Row, framework: str) -> set[str]:
    """The arguments that say what would be so without them: a default, or the channels that the input has."""
    shape = row.input_shapes[0] if row.input_shapes else None
    return {
        name
        for name, value in row.arguments.items()
        if (name in DECLARED and shape is not None and len(shape) > 1 and value == shape[DECLARED[name]])
        or is_default(value, framework, row.type, name)
    }


def is_default(value: Any, framework: str, layer: str, argument: str) -> bool:
    """Whether an argument is the default of a layer, or that for every axis; the vocabulary has to know the layer."""
    try:
        default = default_of(framework, layer, argument)  # type: ignore[arg-type]  # plans know no other framework
    except Fault:
        return False
    return value is not None and (
        value == default or (isinstance(value, tuple) and {*map(repr, value)} == {repr(default)})
    )


def match_rows(
    old: Sequence[Row], new: Sequence[Row], frameworks: tuple[str, str]
) -> Iterator[tuple[Row | None, Row | None]]:
    """Pairs of rows in the order of both plans; None where a row has no counterpart."""
    before, after = [token(row, frameworks[0]) for row in old], [token(row, frameworks[1]) for row in new]
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    yield from zip(old[:start], new[:start], strict=True)
    middle_old, middle_new = old[start : len(old) - end], new[start : len(new) - end]
    if max(len(middle_old), len(middle_new)) > MOST_ALIGNED:
        yield from match_by_name(middle_old, middle_new)
    else:
        yield from align(middle_old, middle_new, frameworks)
    yield from zip(old[len(old) - end :], new[len(new) - end :], strict=True)


def token(row: Row, framework: str) -> tuple[str, str, str]:
    """What makes two rows the same layer: its path without numbers, its type, its arguments."""
    idle = idle_arguments(row, framework)
    told = sorted((name, repr(value)) for name, value in row.arguments.items() if name not in idle)
    return unnumbered(row.name), row.type, repr(told)


def align(
    old: Sequence[Row], new: Sequence[Row], frameworks: tuple[str, str]
) -> Iterator[tuple[Row | None, Row | None]]:
    """Equal runs first; within what differs, rows of one path or one type in order."""
    before, after = [token(row, frameworks[0]) for row in old], [token(row, frameworks[1]) for row in new]
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, low, high, first, last in matcher.get_opcodes():
        if tag == "equal":
            yield from zip(old[low:high], new[first:last], strict=True)
        else:
            yield from pair(old[low:high], new[first:last])


def pair(old: Sequence[Row], new: Sequence[Row]) -> Iterator[tuple[Row | None, Row | None]]:
    """Rows that differ: those of one name, else of one type, in order; the rest is removed or added."""
    kinds = [unnumbered(row.name) for row in old], [unnumbered(row.name) for row in new]
    matcher = SequenceMatcher(None, *kinds, autojunk=False)
    for tag, low, high, first, last in matcher.get_opcodes():
        if tag == "equal":
            yield from zip(old[low:high], new[first:last], strict=True)
            continue
        staying = {row.type for row in new[first:last]}
        waiting = deque(row for row in old[low:high] if row.type in staying)
        yield from ((row, None) for row in old[low:high] if row.type not in staying)
        for row in new[first:last]:
            same = next((index for index, each in enumerate(waiting) if each.type == row.type), None)
            if same is None:
                yield None, row
                continue
            for _ in range(same):
                yield waiting.popleft(), None
            yield waiting.popleft(), row
        yield from ((row, None) for row in waiting)


def match_by_name(old: Sequence[Row], new: Sequence[Row]) -> Iterator[tuple[Row | None, Row | None]]:
    """Rows of exactly one name, each call of a module with the same one, for plans too large to align."""
    waiting = defaultdict[str, deque[Row]](deque)
    for row in new:
        waiting[row.name].append(row)
    yield from ((row, waiting[row.name].popleft() if waiting[row.name] else None) for row in old)
    yield from ((None, row) for rows in waiting.values() for row in rows)


def compare_heads(old: Plan, new: Plan, names: Mapping[str, str]) -> dict[str, Change]:
    """What differs in the model itself."""
    before: dict[str, Any] = {key: plain(getattr(old, key)) for key in HEAD}
    after: dict[str, Any] = {key: plain(getattr(new, key)) for key in HEAD}
    before["outputs"] = {names.get(name, name): shape for name, shape in before["outputs"].items()}
    return {
        key: (before[key], after[key])
        for key in HEAD
        if per_sample(key, before[key], old.batch) != per_sample(key, after[key], new.batch)
    }


def totals_of(plan: Plan) -> dict[str, Dim]:
    """The totals of a plan; of one with errors, which has none, all are unknown."""
    return {key: getattr(plan.totals, key, None) for key in TOTALS}


def changes_of(old: Mapping[str, Dim], new: Mapping[str, Dim]) -> dict[str, Change]:
    """The totals that differ."""
    return {key: (old[key], new[key]) for key in TOTALS if old[key] != new[key]}
