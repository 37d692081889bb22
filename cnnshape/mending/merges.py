"""Two paths of different size, joined: the padding of one, or a crop of the other.

Only for a row that stands for itself, not for one of a block or a loop: there the same text makes several rows.
"""

from __future__ import annotations

import re
from collections import Counter

from cnnshape.diagnostics import Diagnostic, Edit, Position, Span
from cnnshape.mending.calls import read_call
from cnnshape.network.plan import Plan, Row
from cnnshape.network.windows import Axis, axes_of
from cnnshape.operations.convolution import Convolution
from cnnshape.readers.yaml.syntax import Extent
from cnnshape.readers.yaml.walk.findings import argument_of
from cnnshape.value import replace
from cnnshape.vocabularies.vocabulary import free_name, lookup

CROPS = {1: "Cropping1D", 2: "Cropping2D", 3: "Cropping3D"}


def text_of(span: Span | None, plan: Plan) -> str | None:
    """The text of a span on one line."""
    source = plan.sources.get(plan.filename)
    return None if source is None or span is None or span.start.row != span.end.row else source.text_of(span)


def same_size(finding: Diagnostic, plan: Plan) -> Diagnostic | None:
    """Two paths of different size, because one convolution of the smaller is not padded: pad it."""
    difference = difference_of(finding, plan)
    if difference is None:
        return None
    _, small, missing = difference
    for row in path_above(small, plan):
        axes = axes_of(row)
        if isinstance(row.operation, Convolution) and not row.operation.separable and axes:
            if [shrinkage(axis) for axis in axes] != missing:
                return None
            added = pad_argument(row, axes, plan)
            if added is None:
                return None
            edit, argument = added
            return replace(finding, fix=f"give {row.name} {argument}, so that it keeps its size", edits=(edit,))
    return None


def crop(finding: Diagnostic, plan: Plan) -> Diagnostic | None:
    """A skip connection larger than what it joins: crop it evenly."""
    difference = difference_of(finding, plan)
    row = row_of(finding, plan)
    if difference is None or row is None:
        return None
    large, _, missing = difference
    line = text_of(row.span, plan)
    if row.span is None or line is None:
        return None
    source = plan.sources[plan.filename]
    before = source.line(row.span.start.row)[: row.span.start.column - 1]
    if not re.fullmatch(r"\s*-\s+", before) or large.name not in line:
        return None
    place = reference_span(row.span, large.name, line)
    name = free_name(f"{large.name}_cropped", {each.name for each in plan.layers})
    if place is None:
        return None
    pairs = [(size // 2, size - size // 2) for size in missing]
    if plan.framework == "keras":
        stated = "" if plan.layout.channels_last else ', data_format="channels_first"'
        layer = f"{CROPS[len(pairs)]}({format_pairs(pairs)}{stated})"
    else:
        flat = [-amount for pair in reversed(pairs) for amount in pair]
        layer = f"ZeroPad{len(pairs)}d(({', '.join(map(str, flat))}))"
    newline = "\r\n" if "\r\n" in source.text else "\n"
    start = Position(row.span.start.row, 1)
    above = Edit(Span(start, start), f"{before}{name} = {layer}({large.name}){newline}")
    return replace(finding, fix=f"crop {large.name} first: {layer}", edits=(above, Edit(place, name)))


def row_of(finding: Diagnostic, plan: Plan) -> Row | None:
    """The only row that a finding is about, written where the finding points."""
    rows = [row for row in plan.layers if row.name == finding.layer]
    return rows[0] if len(rows) == 1 and stands_alone(rows[0], plan) else None


def stands_alone(row: Row, plan: Plan) -> bool:
    """Whether the row's text makes no other row."""
    places = Counter((each.filename, each.span) for each in plan.layers)
    return row.filename == plan.filename and places[row.filename, row.span] == 1 and not row.used_at


def difference_of(finding: Diagnostic, plan: Plan) -> tuple[Row, Row, list[int]] | None:
    """The rows with the larger and the smaller of two joined maps, and by how much each spatial axis differs."""
    row = row_of(finding, plan)
    if row is None or len(row.inputs) != 2:
        return None
    rows = plan.makers_of(row)
    shapes = [shape for shape in row.input_shapes if shape is not None]
    if len(rows) != 2 or len(shapes) != 2 or len(shapes[0]) != len(shapes[1]):
        return None
    layout = plan.layout
    sizes = [layout.spatial(shape) for shape in shapes]
    if not 1 <= len(sizes[0]) <= 3 or any(size is None for each in sizes for size in each):
        return None
    if layout.channels(shapes[0]) != layout.channels(shapes[1]) and not row.type.lower().startswith(("concat", "cat")):
        return None
    missing = [one - other for one, other in zip(*sizes, strict=True)]
    if all(each >= 0 for each in missing) and any(missing):
        return rows[0], rows[1], missing
    if all(each <= 0 for each in missing) and any(missing):
        return rows[1], rows[0], [-each for each in missing]
    return None


def path_above(row: Row, plan: Plan) -> list[Row]:
    """The row and those above it, as long as each reads a single other."""
    path = [row]
    while len(path[-1].inputs) == 1 and (makers := plan.makers_of(path[-1])):
        path += makers
    return path


def shrinkage(axis: Axis) -> int:
    """By how much an axis shrinks for want of padding; -1 where a stride or a padding has a part in it."""
    return axis.extent - 1 if axis.stride == 1 and axis.padding == (0, 0) else -1


def pad_argument(row: Row, axes: tuple[Axis, ...], plan: Plan) -> tuple[Edit, str] | None:
    """The edit that makes a convolution keep its size, and the argument it sets."""
    text = text_of(row.span, plan)
    if text is None or row.span is None or not stands_alone(row, plan) or any(axis.extent % 2 == 0 for axis in axes):
        return None
    amounts = [(axis.extent - 1) // 2 for axis in axes]
    padding = str(amounts[0]) if len(set(amounts)) == 1 else f"({', '.join(map(str, amounts))})"
    value = '"same"' if plan.framework == "keras" else padding
    call = read_call(text)
    if call is None:
        return None
    written = argument_of(call, "padding", lookup(plan.framework, row.type))  # type: ignore[arg-type]
    if written is not None:
        return Edit(inside(row.span, written.extent), value), f"padding={value}"
    last = [*call.positional, *(keyword.value for keyword in call.keywords)]
    if not last:
        return None
    end = inside(row.span, last[-1].extent).end
    return Edit(Span(end, end), f", padding={value}"), f"padding={value}"


def inside(span: Span, extent: Extent) -> Span:
    """A piece of a text on one line as a span of the file."""
    row, column = span.start
    return Span(Position(row, column + extent.column), Position(row, column + extent.end_column))


def reference_span(span: Span, name: str, text: str) -> Span | None:
    """Where the text of a row, which stands at `span`, names a tensor that it reads."""
    call = read_call(text)
    references = [each for each in (call.inputs or ()) if each.text == name] if call else []
    return inside(span, references[0].extent) if len(references) == 1 else None


def format_pairs(pairs: list[tuple[int, int]]) -> str:
    """Low and high per axis, as Keras's cropping takes them."""
    return str(pairs[0]) if len(pairs) == 1 else f"({', '.join(map(str, pairs))})"
