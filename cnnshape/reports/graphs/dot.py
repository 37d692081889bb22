"""The graph as Graphviz draws it: blocks as clusters, shapes on the edges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnshape.network.plan import Plan
from cnnshape.reports.diagnostics.text import flat
from cnnshape.reports.graphs.families import COLORS, FAULT, family_of_all
from cnnshape.reports.graphs.graph import Part, faulty_parts, folded, graph_of
from cnnshape.reports.graphs.labels import is_dead, is_merge, shape_text, subtitle, title
from cnnshape.reports.plans.lines import EXPANDED

HEAD = """\
  graph [fontname="Helvetica", fontsize=11, fontcolor="#444444", labeljust=l, nodesep=0.35, ranksep=0.4];
  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11, color="#68758a", fillcolor="#f4f5f7"];
  edge [fontname="Helvetica", fontsize=9, color="#8a94a6", fontcolor="#667085", arrowsize=0.6];"""


def render(plan: Plan, depth: int | None = None) -> str:
    """A digraph; blocks deeper than `depth` are closed."""
    faulty = faulty_parts(plan)
    graph = folded(graph_of(plan), EXPANDED if depth is None else depth, faulty)
    lines = [f"digraph {quoted(flat(plan.name))} {{", HEAD]
    lines += drawn(graph.parts, faulty, "  ")
    lines += [f"  {edge.source} -> {edge.target} [label={quoted(shape_text(edge))}];" for edge in graph.edges]
    lines += [f'  {owner} -> {user} [style=dotted, constraint=false, label="weights"];' for owner, user in graph.shares]
    return "\n".join([*lines, "}"])


def drawn(parts: Sequence[Part], faulty: frozenset[str], indent: str) -> Iterator[str]:
    """Nodes, and clusters of nodes."""
    for part in parts:
        if part.parts:
            yield f"{indent}subgraph cluster_{part.key} {{"
            yield f'{indent}  label={quoted(flat(part.name))}; style="rounded"; color="#c3c9d4";'
            yield from drawn(part.parts, faulty, f"{indent}  ")
            yield f"{indent}}}"
        else:
            label = "\n".join(dict.fromkeys((title(part), subtitle(part))))
            yield f"{indent}{part.key} [label={quoted(label)}{look(part, faulty)}];"


def look(part: Part, faulty: frozenset[str]) -> str:
    """What sets a node apart."""
    if part.line is None:
        return ", shape=oval"
    color = FAULT if part.key in faulty else COLORS[family_of_all(part.rows)]
    found = f', color="{color}", fillcolor="{color}1f"'
    if is_merge(part):
        found += ", shape=oval"
    if part.kind == "block":
        found += ", peripheries=2"
    return found + (', style="rounded,filled,dashed"' if is_dead(part) else "")


def quoted(text: str) -> str:
    """A text as DOT states it, in which nothing is obeyed: of a backslash Graphviz makes line ends and names."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
