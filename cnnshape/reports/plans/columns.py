"""The columns of a plan: one registry for tables, ``--columns``, ``--sort`` and CSV. Keys are the JSON's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from cnnshape.arithmetic.sizes import Dim, Shape, total
from cnnshape.diagnostics import Position
from cnnshape.network.plan import ReceptiveField, Row
from cnnshape.reports.layer import pads_text
from cnnshape.reports.plans.lines import Line
from cnnshape.reports.plans.salient import salient, written
from cnnshape.reports.units import binary_bytes, by_x, grouped, thousands
from cnnshape.spelling import nearest
from cnnshape.value import NamedTuple

FAILED = "-"
"""What a row shows that has no shape, as it or something above it is wrong."""


class Column(NamedTuple):
    """One column.

    Attributes:
        key: its name in JSON, in CSV headers, and for ``--columns`` and ``--sort``.
        title: its heading.
        value: the cell of one row for a program: numbers and text; None where unknown.
        text: the cell of a line (which may stand for many rows) for a person.
        align: where the text stands.
        exact: the same with every digit; None where `text` is exact already.
    """

    key: str
    title: str
    value: Callable[[Row], Any]
    text: Callable[[Line], str]
    align: Literal["left", "right"] = "left"
    exact: Callable[[Line], str] | None = None


def summed(line: Line, key: str) -> Dim:
    """The sum of a count over the rows of a line."""
    return total(getattr(row, key) for row in line.rows)


def counted(key: str, title: str, show: Callable[[Dim], str] = grouped) -> Column:
    """A column of counts, which add up over a block."""
    return Column(
        key,
        title,
        lambda row: getattr(row, key),
        lambda line: FAILED if line.failed else show(summed(line, key)),
        "right",
        None if show is grouped else lambda line: FAILED if line.failed else grouped(summed(line, key)),
    )


def of_lines(key: str, title: str, show: Callable[[Row], str], show_block: Callable[[Line], str]) -> Column:
    """A column whose cell says one thing of a row, and another of a block as a whole."""
    return Column(key, title, show, lambda line: show_block(line) if line.block else show(line.last))


def of_row(key: str, title: str, show: Callable[[Row], str]) -> Column:
    """A column whose cell is about one row, or about the last row of a block."""
    return Column(key, title, show, lambda line: FAILED if line.last.failed else show(line.last))


def of_some(key: str, title: str, show: Callable[[Row], str]) -> Column:
    """A column that has something to show of some rows; of a block, in how many of its layers there is something."""

    def in_how_many(line: Line) -> str:
        layers = sum(bool(show(row)) for row in line.rows)
        return f"in {layers}" if layers else ""

    return of_lines(key, title, show, in_how_many)


def type_of(line: Line) -> str:
    """A layer with its salient arguments; a block with its number of layers."""
    if line.block is None:
        return salient(line.last)
    layers = len(line.rows) // line.uses
    return f"{line.block}: {layers} layer{'s' * (layers != 1)}{' each' * (line.uses > 1)}"


def field_text(field: ReceptiveField | None) -> str:
    """``35x35``, ``>= 35x35`` where only a bound is known; ``all`` through global pooling or a dense layer.

    ``35x35 + all`` where all of the input has a say besides, through statistics of the map or factors of channels.
    """
    if field is None:
        return ""
    if field.is_global and not field.local:
        return "all"
    size = by_x(field.size) if field.exact else f">= {by_x(field.size)}"
    return f"{size} + all" if field.is_global else size


def trains_text(line: Line) -> str:
    """Whether the weights of a block train: yes, no or partly."""
    weighted = [row for row in line.rows if row.result and row.result.weights] or list(line.rows)
    return yes_or_no(row.trainable for row in weighted)


def yes_or_no(answers: Iterable[bool]) -> str:
    """``yes`` where all are, ``no`` where none is, else ``partly``."""
    found = set(answers)
    return "partly" if len(found) > 1 else "yes" if found == {True} else "no"


def owner_text(line: Line) -> str:
    """The block whose weights a block uses again."""
    owners = {(row.shared_with or "").rpartition("/")[0] for row in line.rows if row.shared_with}
    return min(owners, key=len) if owners else ""


def shapes_text(shapes: Iterable[Shape | None]) -> str:
    """Shapes side by side."""
    return ", ".join("?" if shape is None else by_x(shape) for shape in shapes)


def place_column(key: str, title: str, value: Callable[[Row], int | None], number: Callable[[Position], int]) -> Column:
    """A column of places in the text; empty where a file has no lines."""
    return Column(key, title, value, lambda line: str(number(line.place)) if line.place else "", "right")


COLUMNS: dict[str, Column] = {
    column.key: column
    for column in (
        Column("name", "Layer", lambda row: row.name, lambda line: line.label),
        Column("type", "Type", lambda row: row.type, type_of),
        of_lines(
            "arguments",
            "Arguments",
            lambda row: ", ".join(f"{name}={written(value)}" for name, value in row.arguments.items()),
            lambda line: "",
        ),
        of_lines(
            "inputs", "Inputs", lambda row: ", ".join(row.inputs), lambda line: ", ".join(name for name, _ in line.read)
        ),
        of_lines(
            "input_shapes",
            "Reads",
            lambda row: shapes_text(row.input_shapes),
            lambda line: shapes_text(shape for _, shape in line.read),
        ),
        of_row("output_shape", "Output", lambda row: by_x(row.output_shapes[0]) if row.output_shapes else ""),
        of_row("output_shapes", "Outputs", lambda row: ", ".join(by_x(shape) for shape in row.output_shapes)),
        counted("params", "Params"),
        counted("trainable_params", "Trainable"),
        counted("non_trainable_params", "Non-trainable"),
        counted("buffers", "Buffers"),
        counted("macs", "MACs", thousands),
        counted("flops", "FLOPs", thousands),
        counted("output_bytes", "Memory", binary_bytes),
        of_some("padding", "Padding", lambda row: pads_text(row.padding)),
        of_some("leftover", "Unread", lambda row: by_x(row.leftover) if row.leftover and any(row.leftover) else ""),
        of_row("receptive_field", "Field", lambda row: field_text(row.receptive_field)),
        of_lines("trainable", "Trains", lambda row: yes_or_no([row.trainable]), trains_text),
        of_lines("shared_with", "Shares", lambda row: row.shared_with or "", owner_text),
        of_lines(
            "live", "Live", lambda row: yes_or_no([row.live]), lambda line: yes_or_no(row.live for row in line.rows)
        ),
        place_column("line", "Line", lambda row: row.line, lambda position: position.row),
        place_column("column", "Column", lambda row: row.column, lambda position: position.column),
    )
}

ALIASES = {"layer": "name", "output": "output_shape", "memory": "output_bytes", "field": "receptive_field"}
DEFAULT = ("name", "type", "output_shape", "params", "macs", "output_bytes", "receptive_field", "leftover")
DEFAULT_CSV = (
    *("name", "type", "arguments", "inputs", "input_shapes", "output_shape"),
    *("params", "trainable_params", "non_trainable_params", "buffers", "macs", "flops", "output_bytes"),
    *("padding", "leftover", "receptive_field", "live", "line"),
)


def chosen(keys: Sequence[str]) -> tuple[Column, ...]:
    """The columns of these keys. Raises ValueError with a suggestion for an unknown one."""
    return tuple(column(key) for key in keys)


def column(key: str) -> Column:
    """The column of a key. Raises ValueError with a suggestion where there is none."""
    name = key.strip().lower().replace("-", "_").replace(" ", "_")
    name = ALIASES.get(name, name)
    if name not in COLUMNS:
        close = nearest(name, COLUMNS)
        hint = f"; did you mean {close}?" if close else f"; there are {', '.join(COLUMNS)}"
        raise ValueError(f"has no {key!r}{hint}")
    return COLUMNS[name]


def sorted_lines(lines: Sequence[Line], key: str) -> list[Line]:
    """The lines by a column: numbers from the largest, text from A; what is unknown last."""
    by = column(key)
    if by.align == "left":
        return sorted(lines, key=lambda line: str(by.value(line.last)))
    if by.key in {"line", "column"}:
        numbers = [line.place and (line.place.row if by.key == "line" else line.place.column) for line in lines]
    else:
        numbers = [summed(line, by.key) for line in lines]
    order = sorted(range(len(lines)), key=lambda at: (numbers[at] is None, -(numbers[at] or 0)))
    return [lines[at] for at in order]
