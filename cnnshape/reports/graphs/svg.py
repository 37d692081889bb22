"""The graph as an SVG picture, for a paper or a page: blocks as boxes, shapes where the tensors leave."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from cnnshape.network.plan import Plan
from cnnshape.reports.folding import columns_of
from cnnshape.reports.graphs.families import COLORS, FAULT, family_of_all, tint
from cnnshape.reports.graphs.graph import Edge, Graph, Part, faulty_parts, fitting, folded, graph_of
from cnnshape.reports.graphs.labels import is_dead, is_merge, shape_text, subtitle, title
from cnnshape.reports.graphs.layout import Layout, Place, Size, lay_out
from cnnshape.reports.windows_svg import svg, xml
from cnnshape.value import NamedTuple

MOST = 70
"""Parts; blocks are closed where there would be more."""

MARGIN, ASIDE, HEIGHT, CHARACTER = 16.0, 14.0, 40.0, 6.6
"""Around the picture, in a block beside what lies in it, of a part, and of a letter at most, or nearly so."""

STYLE = """\
text { font: 10.5px Helvetica, Arial, 'Liberation Sans', sans-serif; fill: #5a6472; text-anchor: middle; }
.title { font-size: 12px; font-weight: bold; fill: #1b2130; }
.block { text-anchor: start; font-weight: bold; font-size: 11px; fill: #475467; }
.shape { text-anchor: start; font-size: 9.5px; fill: #667085; }
.block, .shape { paint-order: stroke; stroke: #ffffff; stroke-width: 3px; stroke-linejoin: round; }
.edge { fill: none; stroke: #98a2b3; stroke-width: 1.3; }
.box { fill: #8a94a6; fill-opacity: 0.06; stroke: #c8ced8; }
"""

ARROW = (
    '<marker id="arrow" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="6" markerHeight="6" orient="auto">'
    '<path d="M0 0.5 L8 4 L0 7.5 z" fill="#98a2b3"/></marker>'
)


def render(plan: Plan, depth: int | None = None) -> str:
    """The picture; blocks deeper than `depth` are closed, by default as far as it stays legible."""
    faulty = faulty_parts(plan)
    graph = graph_of(plan)
    shown = fitting(graph, MOST, faulty) if depth is None else folded(graph, depth, faulty)
    return picture(shown, f"{plan.name}: the graph of its layers", faulty)


def picture(graph: Graph, about: str, faulty: frozenset[str] = frozenset()) -> str:
    """A graph as an SVG document."""
    drawing = Drawing(graph, faulty)
    body = drawing.group("", graph.parts)
    width, height = (round(side + 2 * MARGIN) for side in body.size)
    inside = (f'<g transform="translate({MARGIN:g} {MARGIN:g})">', *body.elements, "</g>")
    return svg(width, height, about, ARROW, STYLE, inside)


class Link(NamedTuple):
    """An edge, or its piece, between two parts of one block; a piece begins or ends at the border of the block."""

    source: str
    target: str
    edge: Edge


class Group(NamedTuple):
    """Parts that were laid out together: what draws them, their room, and where edges pass the border."""

    elements: list[str]
    size: Size
    ports: dict[str, float]


class Drawing:
    """A graph that is being drawn: each block by itself, with its edges cut where they pass its border."""

    def __init__(self, graph: Graph, faulty: frozenset[str]) -> None:
        self.faulty = faulty
        self.links: dict[str, list[Link]] = defaultdict(list)
        paths = dict(paths_of(graph.parts, ("",)))
        for edge in graph.edges:
            self.cut(edge, paths[edge.source], paths[edge.target])

    def cut(self, edge: Edge, source: tuple[str, ...], target: tuple[str, ...]) -> None:
        """The pieces of an edge: inside the blocks that it leaves, between two parts, inside those that it enters."""
        common = next(at for at, (one, other) in enumerate(zip(source, target, strict=False)) if one != other)
        self.links[source[common - 1]].append(Link(source[common], target[common], edge))
        for block, part in zip(source[common:-1], source[common + 1 :], strict=True):
            self.links[block].append(Link(part, port(block, ">", edge), edge))
        for block, part in zip(target[common:-1], target[common + 1 :], strict=True):
            self.links[block].append(Link(port(block, "<", edge), part, edge))

    def group(self, block: str, parts: Sequence[Part]) -> Group:
        """The inside of a block, or the whole graph, whose name is empty."""
        inner = {part.key: self.group(part.key, part.parts) for part in parts if part.parts}
        sizes = {part.key: inner[part.key].size if part.parts else room(part) for part in parts}
        links = self.links[block]
        top = list(dict.fromkeys(link.source for link in links if link.source not in sizes))
        bottom = list(dict.fromkeys(link.target for link in links if link.target not in sizes))
        point = Size(0.0, 0.0)
        rooms = {**dict.fromkeys(top, point), **sizes, **dict.fromkeys(bottom, point)}
        layout = lay_out(rooms, [(link.source, link.target) for link in links], top, bottom)
        elements = list(self.drawn(parts, inner, layout))
        labels: dict[tuple[str, str], str] = {}
        lines: Counter[tuple[float, float]] = Counter()  # a layer may make several tensors, whose labels begin there
        for link in links:
            course = course_of(link, layout, sizes, inner)
            arrow = ' marker-end="url(#arrow)"' if link.target in sizes and link.target not in inner else ""
            elements.append(f'<path class="edge" d="{curve(course)}"{arrow}/>')
            tensor = (link.source, link.edge.tensor)
            if link.source in sizes and link.target in sizes and tensor not in labels:
                x, y = course[1]
                labels[tensor] = text(x + 5, y + 14 + 11 * lines[x, y], shape_text(link.edge), "shape")
                lines[x, y] += 1
        elements += labels.values()
        aside = ASIDE if block else 0.0
        size = Size(layout.size.width + 2 * aside, layout.size.height)
        return Group(elements, size, {each: layout.places[each].x + aside for each in (*top, *bottom)})

    def drawn(self, parts: Sequence[Part], inner: dict[str, Group], layout: Layout) -> Iterator[str]:
        """The parts, each in its place."""
        for part in parts:
            place = layout.places[part.key]
            yield from self.open(part, place, inner[part.key]) if part.parts else self.node(part, place)

    def open(self, part: Part, place: Place, inside: Group) -> Iterator[str]:
        """A block that is open: a box around what lies in it."""
        width, height = inside.size
        left, top = place.x - width / 2, place.y - height / 2
        yield f'<g transform="translate({left:.1f} {top:.1f})">'
        yield f'<rect class="box" width="{width:.1f}" height="{height:.1f}" rx="10"/>'
        yield f'<g transform="translate({ASIDE:g} 0)">'
        yield from inside.elements
        yield "</g>"
        yield text(10, 17, title(part), "block")
        yield "</g>"

    def node(self, part: Part, place: Place) -> Iterator[str]:
        """A layer, a closed block, an input or an output."""
        wrong = part.key in self.faulty
        color = FAULT if wrong else COLORS[family_of_all(part.rows)]
        width, height = room(part)
        left, top = place.x - width / 2, place.y - height / 2
        round_ = height / 2 if part.line is None or is_merge(part) else 7
        dashed = ' stroke-dasharray="4 3"' if is_dead(part) else ""
        if part.kind == "block":
            yield outline(left + 4, top + 4, width, height, round_, "#ffffff", color)
        yield outline(left, top, width, height, round_, tint(color), color, dashed)
        yield text(place.x, place.y - 3, title(part), "title")
        yield text(place.x, place.y + 12, subtitle(part))


def paths_of(parts: Sequence[Part], around: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every part with the blocks that it lies in, and itself."""
    for part in parts:
        yield part.key, (*around, part.key)
        yield from paths_of(part.parts, (*around, part.key))


def port(block: str, way: str, edge: Edge) -> str:
    """Where a tensor passes the border of a block."""
    return f"{block}{way}{edge.source}:{edge.tensor}"


def room(part: Part) -> Size:
    """The size of a part that is drawn closed."""
    widest = max(columns_of(title(part)) * 1.1, columns_of(subtitle(part)) * 0.9)
    return Size(max(widest * CHARACTER + 24, 84), HEIGHT)


def course_of(link: Link, layout: Layout, sizes: dict[str, Size], inner: dict[str, Group]) -> list[tuple[float, float]]:
    """The points of an edge: down out of its layer, across between layers only, and down to its end."""
    source, target = layout.places[link.source], layout.places[link.target]
    begin, end = source.x, target.x
    if link.source in inner:
        begin += inner[link.source].ports[port(link.source, ">", link.edge)] - inner[link.source].size.width / 2
    if link.target in inner:
        end += inner[link.target].ports[port(link.target, "<", link.edge)] - inner[link.target].size.width / 2
    low = source.y + sizes[link.source].height / 2 if link.source in sizes else source.y
    high = target.y - sizes[link.target].height / 2 if link.target in sizes else target.y
    points = [(begin, low), (begin, source.bottom)]
    for bend in layout.bends[link.source, link.target]:
        points += [(bend.x, bend.top), (bend.x, bend.bottom)]
    return [*points, (end, target.top), (end, high)]


def curve(points: Sequence[tuple[float, float]]) -> str:
    """A path through the points, upright at each of them."""
    (x, y), *rest = points
    found = [f"M{x:.1f} {y:.1f}"]
    for to_x, to_y in rest:
        if abs(to_x - x) < 0.5:
            found.append(f"L{to_x:.1f} {to_y:.1f}" if to_y != y else "")
        else:
            half = (y + to_y) / 2
            found.append(f"C{x:.1f} {half:.1f} {to_x:.1f} {half:.1f} {to_x:.1f} {to_y:.1f}")
        x, y = to_x, to_y
    return "".join(found)


def outline(
    left: float, top: float, width: float, height: float, radius: float, fill: str, color: str, more: str = ""
) -> str:
    """A rounded rectangle."""
    return (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{radius:g}" '
        f'fill="{fill}" stroke="{color}" stroke-width="1.3"{more}/>'
    )


def text(x: float, y: float, content: str, style: str = "") -> str:
    """A line of text."""
    kind = f' class="{style}"' if style else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{kind}>{xml(content)}</text>'
