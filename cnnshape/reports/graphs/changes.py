"""The graph of a difference: the layers of both plans, each with what happened to it; and as Mermaid what changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cnnshape.network.plan import Plan, Row
from cnnshape.reports.diffs.wording import told
from cnnshape.reports.graphs.graph import Edge, Graph, Part, edges_into, folded, joined_up, walked
from cnnshape.reports.graphs.mermaid import flowchart
from cnnshape.studies.diff import Difference, Status
from cnnshape.value import NamedTuple

MOST = 40
"""Parts of the Mermaid graph; where more changed, tables say it better."""

STYLES = {
    "added": "fill:#e3f3e7,stroke:#2e8b46,stroke-width:2px,color:#1f2430",
    "removed": "fill:#fbe9e9,stroke:#d32121,stroke-width:2px,stroke-dasharray:5 3,color:#1f2430",
    "changed": "fill:#fcf0dd,stroke:#c77700,stroke-width:2px,color:#1f2430",
    "affected": "fill:#f4f5f7,stroke:#68758a,stroke-dasharray:2 2,color:#1f2430",
    "same": "fill:#f4f5f7,stroke:#98a2b3,color:#475467",
}
"""How Mermaid draws what happened to a layer."""


class Changes(NamedTuple):
    """The graph of the layers of both plans, and what happened to each (by their keys), in state and in words."""

    graph: Graph
    status: Mapping[str, Status]
    told: Mapping[str, str]

    @property
    def changed(self) -> frozenset[str]:
        """The layers that were added, removed or changed themselves."""
        return frozenset(key for key, status in self.status.items() if status not in ("same", "affected"))


def changes_of(difference: Difference) -> Changes:
    """The layers of both plans in one graph: the new edges, and the old ones from and to what was removed."""
    plans = [plan for plan in (difference.new, difference.old) if plan]
    inputs = {name: shape for plan in reversed(plans) for name, shape in plan.inputs.items()}
    news = numbers_of(difference.new, [change.new for change in difference.layers])
    olds = numbers_of(difference.old, [change.old for change in difference.layers])
    removed = {number for number, change in enumerate(difference.layers) if change.status == "removed"}
    gone = {f"n{number}" for number in removed}
    edges: list[Edge] = []
    for number, change in enumerate(difference.layers):
        if change.new:
            edges += edges_into(number, change.new, inputs, news)
        if change.old:
            before = edges_into(number, change.old, inputs, olds)
            edges += [edge for edge in before if number in removed or edge.source in gone]
    rows = [change.row for change in difference.layers]
    keyed = {f"n{number}": change for number, change in enumerate(difference.layers)}
    return Changes(
        joined_up(difference.plan, inputs, rows, edges, news if difference.new else olds),
        {key: change.status for key, change in keyed.items()},
        {key: told(change) for key, change in keyed.items()},
    )


def numbers_of(plan: Plan | None, rows: Sequence[Row | None]) -> list[int]:
    """The places that the rows of one of the plans have among those of the changes."""
    numbers = {id(row): number for number, row in enumerate(rows)}
    return [numbers[id(row)] for row in (plan.layers if plan else ())]


def mermaid(difference: Difference) -> str | None:
    """What changed, with what that reads and who reads it; None where nothing did, or too much."""
    changes = changes_of(difference)
    shown = folded(changes.graph, 0, changes.changed)
    touching = [{edge.source, edge.target} for edge in shown.edges]
    near = changes.changed.union(*(ends for ends in touching if ends & changes.changed))
    if not changes.changed or len(near) > MOST:
        return None
    edges = tuple(edge for edge in shown.edges if {edge.source, edge.target} <= near)
    graph = Graph(tuple(kept(shown.parts, near)), edges)
    looks = {part.key: looked(part, changes.status) for part in changes.graph.walk() if part.key in near}
    return flowchart(
        graph, looks, STYLES, {key: changes.told[key] for key in near if changes.status.get(key) == "changed"}
    )


def kept(parts: tuple[Part, ...], near: frozenset[str]) -> Iterator[Part]:
    """The parts that are near, and the blocks around them."""
    for part in parts:
        inner = tuple(kept(part.parts, near))
        if inner or part.key in near:
            yield part._replace(parts=inner)


def looked(part: Part, status: Mapping[str, Status]) -> Status:
    """What happened to a part; to a closed block what happened to some layer of it."""
    found = {status[each.key] for each in walked((part,)) if each.key in status}
    return next((each for each in ("added", "removed", "changed", "affected") if each in found), "same")
