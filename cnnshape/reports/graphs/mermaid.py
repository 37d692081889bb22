"""The graph as Mermaid draws it, in what GitHub and GitLab show of Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from cnnshape.network.plan import Plan
from cnnshape.reports.diagnostics.text import flat
from cnnshape.reports.graphs.families import COLORS, FAULT, family_of_all, tint
from cnnshape.reports.graphs.graph import Graph, Part, faulty_parts, fitting, folded, graph_of
from cnnshape.reports.graphs.labels import is_dead, is_merge, shape_text, subtitle, title

MOST = 60
"""Parts; blocks are closed where there would be more."""

LONGEST = 80
"""Characters of a label; GitHub refuses a text of more than 50,000 characters."""

PLAIN = re.compile(r"[^A-Za-z0-9 .,:/=()_·×+‖−-]")
SHAPES = {"input": ("([", "])"), "output": ("([", "])"), "block": ("[[", "]]"), "layer": ("[", "]")}
"""The brackets that make a part's outline."""


def render(plan: Plan, depth: int | None = None) -> str:
    """A flowchart; blocks deeper than `depth` are closed, by default as far as it stays small."""
    faulty = faulty_parts(plan)
    graph = graph_of(plan)
    shown = fitting(graph, MOST, faulty) if depth is None else folded(graph, depth, faulty)
    looks = {part.key: look(part, faulty) for part in shown.walk() if not part.parts}
    styles = {name: style(color) for name, color in COLORS.items()} | {
        "fault": f"fill:#fde8e8,stroke:{FAULT},stroke-width:3px,color:#1f2430",
        "unused": "fill:#f4f5f7,stroke:#98a2b3,stroke-dasharray:4 3,color:#667085",
    }
    return flowchart(shown, looks, styles)


def style(color: str) -> str:
    """A class of nodes: a tint with a border of its colour; text stays dark, also on a dark page."""
    return f"fill:{tint(color)},stroke:{color},color:#1f2430"


def look(part: Part, faulty: frozenset[str]) -> str:
    """The class of a node."""
    if part.key in faulty:
        return "fault"
    return "unused" if is_dead(part) else family_of_all(part.rows)


def flowchart(
    graph: Graph, looks: Mapping[str, str], styles: Mapping[str, str], notes: Mapping[str, str] = MappingProxyType({})
) -> str:
    """The text of a graph: `looks` are the classes of nodes, `styles` those of classes, `notes` more of a node."""
    lines = ["flowchart TD"]
    lines += drawn(graph.parts, notes, "  ")
    lines += [f'  {edge.source} -->|"{escaped(shape_text(edge))}"| {edge.target}' for edge in graph.edges]
    lines += [f'  {owner} -.->|"weights"| {user}' for owner, user in graph.shares]
    for name, css in styles.items():
        members = [key for key, own in looks.items() if own == name]
        if members:
            lines += [f"  classDef {name} {css}", f"  class {','.join(members)} {name}"]
    return "\n".join(lines)


def drawn(parts: Sequence[Part], notes: Mapping[str, str], indent: str) -> Iterator[str]:
    """Nodes, and subgraphs of nodes."""
    for part in parts:
        if part.parts:
            yield f'{indent}subgraph {part.key}["{escaped(part.name)}"]'
            yield from drawn(part.parts, notes, f"{indent}  ")
            yield f"{indent}end"
        else:
            begin, end = ("([", "])") if is_merge(part) else SHAPES[part.kind]
            texts = dict.fromkeys((title(part), subtitle(part), notes.get(part.key, "")))
            label = "<br/>".join(escaped(text) for text in texts if text)
            yield f'{indent}{part.key}{begin}"{label}"{end}'


def escaped(text: str) -> str:
    """Text of a file as a label has it: every sign that means something is its number."""
    shown = flat(text)
    shown = shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 3]}..."
    return PLAIN.sub(lambda sign: f"#{ord(sign[0])};", shown)
