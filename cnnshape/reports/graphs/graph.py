"""The graph of a plan as data: what every drawing of it draws.

Layers lie in blocks, blocks in blocks, as the table of a plan has them; edges are tensors from layer to layer, exactly.
`folded` closes blocks and lifts their edges to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Literal

from cnnshape.arithmetic.sizes import Shape
from cnnshape.network.plan import Plan, Row
from cnnshape.reports.plans.lines import Line, inside, lines
from cnnshape.value import NamedTuple

Kind = Literal["input", "layer", "block", "output"]


class Part(NamedTuple):
    """What is drawn as one thing.

    Attributes:
        key: names it within the graph; made of ASCII letters and digits.
        kind: whether it is a layer, a block, or an input or output of the model.
        name: as the file has it, without the blocks around it.
        shape: of an input or output.
        line: the layer, or the layers of the block; None of inputs and outputs.
        level: how many blocks lie around it.
        parts: what a block opens into; empty where it is drawn closed.
    """

    key: str
    kind: Kind
    name: str
    shape: Shape | None = None
    line: Line | None = None
    level: int = 0
    parts: tuple[Part, ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """The layers that it stands for."""
        return self.line.rows if self.line else ()

    @property
    def uses(self) -> int:
        """How many equal uses of a block it stands for."""
        return self.line.uses if self.line else 1


class Edge(NamedTuple):
    """A tensor from where it is made to where it is read, by the keys of both."""

    source: str
    target: str
    tensor: str
    shape: Shape | None


class Graph(NamedTuple):
    """Parts in the order in which they run, edges between them, and who uses whose weights (owner, user)."""

    parts: tuple[Part, ...]
    edges: tuple[Edge, ...]
    shares: tuple[tuple[str, str], ...] = ()

    def walk(self) -> Iterator[Part]:
        """Every part, blocks before what lies in them."""
        return walked(self.parts)


def walked(parts: Sequence[Part]) -> Iterator[Part]:
    """The parts and all that lies in them."""
    for part in parts:
        yield part
        yield from walked(part.parts)


def graph_of(plan: Plan) -> Graph:
    """The whole graph of a plan, every block open."""
    owners = {row.name: number for number, row in reversed([*enumerate(plan.layers)])}
    shares = tuple(
        (f"n{owners[row.shared_with]}", f"n{number}")
        for number, row in enumerate(plan.layers)
        if row.shared_with and row.result and row.result.weights
    )
    makers = range(len(plan.layers))
    edges = [edge for number in makers for edge in edges_into(number, plan.layers[number], plan.inputs, makers)]
    return joined_up(plan, plan.inputs, plan.layers, edges, makers)._replace(shares=shares)


def joined_up(
    plan: Plan, inputs: Mapping[str, Shape], rows: Sequence[Row], edges: Iterable[Edge], numbers: Sequence[int]
) -> Graph:
    """The graph of rows with these edges into them, between the inputs and the outputs of a plan.

    `numbers` are those that the plan's own rows have among these, by their places in the plan.
    """
    begins = [Part(f"in{number}", "input", name, shape) for number, (name, shape) in enumerate(inputs.items())]
    ends = [Part(f"out{number}", "output", name, shape) for number, (name, shape) in enumerate(plan.outputs.items())]
    last = [
        Edge(key_of(maker, part.name, inputs, numbers), part.key, part.name, part.shape)
        for part, maker in zip(ends, plan.makers, strict=True)
    ]
    known = tuple(dict.fromkeys(edge for edge in (*edges, *last) if edge.source))
    return Graph((*begins, *parts_of(rows), *ends), known)


def edges_into(number: int, row: Row, inputs: Mapping[str, Shape], numbers: Sequence[int]) -> Iterator[Edge]:
    """What a row reads, which has this number in the graph."""
    for name, shape, maker in zip(row.inputs, row.input_shapes, row.makers, strict=True):
        yield Edge(key_of(maker, name, inputs, numbers), f"n{number}", name, shape)


def key_of(maker: int, name: str, inputs: Mapping[str, Shape], numbers: Sequence[int]) -> str:
    """The part that makes a tensor: a row by its number, an input of the model by its place, empty where it failed."""
    if maker >= 0:
        return f"n{numbers[maker]}"
    return f"in{list(inputs).index(name)}" if name in inputs else ""


def parts_of(rows: Sequence[Row]) -> tuple[Part, ...]:
    """The rows in their blocks; row number 7 has the key ``n7``."""
    layers, blocks = count(), count()

    def part(line: Line, level: int) -> Part:
        name = own_name(line.label)
        if line.block is None:
            return Part(f"n{next(layers)}", "layer", name, line=line, level=level)
        key = f"b{next(blocks)}"
        deeper = level + (line.uses == 1)
        parts = tuple([part(each, deeper) for each in inside(line, level)])
        return Part(key, "block", name, line=line, level=level, parts=parts)

    return tuple([part(line, 0) for line in lines(rows)])


def own_name(label: str) -> str:
    """The last part of a path."""
    return label.rpartition("/")[2] or label


def faulty_parts(plan: Plan) -> frozenset[str]:
    """The keys of the layers that an error is about."""
    numbers = row_numbers(plan)
    return frozenset(f"n{numbers[each.layer]}" for each in plan.errors if each.layer in numbers)


def row_numbers(plan: Plan) -> dict[str | None, int]:
    """The number of the row that findings about a name are about: of several of one name the first without a shape."""
    rows = list(enumerate(plan.layers))[::-1]
    numbers: dict[str | None, int] = {row.name: number for number, row in rows}
    return numbers | {row.name: number for number, row in rows if row.failed}


def folded(graph: Graph, depth: int, faulty: frozenset[str] = frozenset()) -> Graph:
    """The graph with blocks closed from `depth` on, but for those with one of the `faulty` layers (their keys).

    Several equal uses of a block are one part as long as they are closed.
    """

    def opened(part: Part) -> bool:
        return part.level < depth or any(each.key in faulty for each in walked((part,)))

    return closed(graph, lambda part: bool(part.parts) and not opened(part))


def closed(graph: Graph, is_closed: Callable[[Part], bool]) -> Graph:
    """The graph with these blocks closed; what stands for several uses gives way to them where it is open."""
    shown: dict[str, str] = {}

    def kept(parts: Sequence[Part]) -> Iterator[Part]:
        for part in parts:
            if is_closed(part):
                shown.update((each.key, part.key) for each in walked((part,)))
                yield part._replace(parts=())
            elif part.uses > 1:
                yield from kept(part.parts)
            else:
                shown[part.key] = part.key
                yield part._replace(parts=tuple(kept(part.parts)))

    parts = tuple(kept(graph.parts))
    return Graph(parts, *lifted(graph, shown))


def lifted(graph: Graph, shown: Mapping[str, str]) -> tuple[tuple[Edge, ...], tuple[tuple[str, str], ...]]:
    """The edges between the parts that are shown instead of others; none from a part to itself, and each once."""
    edges = [edge._replace(source=shown[edge.source], target=shown[edge.target]) for edge in graph.edges]
    shares = [(shown[owner], shown[user]) for owner, user in graph.shares]
    return (
        tuple(dict.fromkeys(edge for edge in edges if edge.source != edge.target)),
        tuple(dict.fromkeys(pair for pair in shares if pair[0] != pair[1])),
    )


def fitting(graph: Graph, most: int, faulty: frozenset[str] = frozenset()) -> Graph:
    """The graph with its blocks as far open as leaves at most so many parts; chains of layers closed where need be."""
    deepest = 1 + max((part.level for part in graph.walk()), default=0)
    for depth in range(deepest, -1, -1):
        found = folded(graph, depth, faulty)
        if sum(not part.parts for part in found.walk()) <= most:
            return found
    return chained(found, faulty)


def chained(graph: Graph, faulty: frozenset[str] = frozenset()) -> Graph:
    """The graph in which layers beside each other that only pass on to the next one are one part."""
    read: dict[str, set[str]] = {}
    reads: dict[str, set[str]] = {}
    for edge in graph.edges:
        read.setdefault(edge.source, set()).add(edge.target)
        reads.setdefault(edge.target, set()).add(edge.source)
    parts: list[Part] = []
    shown: dict[str, str] = {}
    end = ""
    for part in graph.parts:
        plain = part.line is not None and not part.parts and part.key not in faulty
        last = parts[-1] if parts else None
        if last and last.line and part.line and plain and reads.get(part.key) == {end} and read[end] == {part.key}:
            parts[-1] = last._replace(kind="block", line=joined(last.line, part.line))
            parts[-1] = parts[-1]._replace(name=parts[-1].line.label if parts[-1].line else "")
        else:
            parts.append(part)
        shown |= {each.key: each.key for each in walked(part.parts)} | {part.key: parts[-1].key}
        end = part.key if plain else ""
    return Graph(tuple(parts), *lifted(graph, shown))


def joined(first: Line, second: Line) -> Line:
    """Layers that follow each other as one line: ``conv1 ... relu5``."""
    begin = first.label.partition(" ... ")[0]
    return Line(f"{begin} ... {own_name(second.label)}", first.rows + second.rows, "chain")
