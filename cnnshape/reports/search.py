"""What a search finds: a line a variant, as JSON or CSV, and read again; the counts and the Pareto front for people."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any, Literal

from cnnshape.readers.yaml.space import PER_AXIS_AND_OUTPUT, Space
from cnnshape.reports.grid import Style, align_all, render
from cnnshape.reports.units import UNKNOWN, binary_bytes, by_x, thousands
from cnnshape.studies.search import Tally, Variant
from cnnshape.value import NamedTuple

MOST_SHOWN = 40
"""Variants of the front that are shown to people; all of them are in the file."""

TITLES = {"macs": "MACs", "peak_activation_bytes": "peak memory", "weight_bytes": "weights"}


class Lines(NamedTuple):
    """How the variants of a space are written: one a line, so that what was written before a kill can be read."""

    space: Space
    format: Literal["jsonl", "csv"]

    @property
    def columns(self) -> list[str]:
        """What CSV names in its first line."""
        return ["position", *self.space.variables, *self.space.figures, "error", "outside"]

    @property
    def head(self) -> str:
        """What stands above the first variant."""
        return csv_line(self.columns) if self.format == "csv" else ""

    def line(self, variant: Variant) -> str:
        """A variant."""
        figures = [variant.figures.get(key) for key in self.space.figures]
        if self.format == "csv":
            cells = [cell(each) for each in (*variant.variables.values(), *figures, variant.error)]
            return csv_line([variant.position, *cells, " ".join(variant.outside)])
        told = {"position": variant.position, "variables": variant.variables}
        told |= zip(self.space.figures, figures, strict=True)
        return json.dumps({**told, "error": variant.error, "outside": variant.outside}) + "\n"

    def begins(self, text: str) -> bool:
        """Whether a line of a variant may begin so, that a kill has left."""
        first = "" if self.format == "csv" else '{"position": '
        return first.startswith(text) or (text.startswith(first) and text[len(first) :][:1].isdigit())

    def read(self, line: str) -> Variant:
        """The variant of a line, with its variables as text. Raises `ValueError` where it is none of this space."""
        if self.format == "csv":
            (cells,) = csv.reader([line])
            named = dict(zip(self.columns, cells, strict=True))
            figures = {key: read_cell(key, named[key]) for key in self.space.figures}
            outside = tuple(named["outside"].split())
            variables = {name: named[name] for name in self.space.variables}
            return Variant(int(named["position"]), variables, figures, named["error"] or None, outside)
        data = json.loads(line)
        try:
            figures = {key: listed_as_tuple(data[key]) for key in self.space.figures}
            variables = {name: str(cell(data["variables"][name])) for name in self.space.variables}
            return Variant(data["position"], variables, figures, data["error"], tuple(data["outside"]))
        except (KeyError, TypeError):
            raise ValueError(line) from None


def listed_as_tuple(value: Any) -> Any:
    """A list of JSON as figures have it."""
    return tuple(value) if isinstance(value, list) else value


def csv_line(cells: Sequence[Any]) -> str:
    """A line of CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def cell(value: Any) -> Any:
    """A value as CSV has it."""
    if isinstance(value, tuple):
        return by_x(value)
    return "" if value is None else str(value).lower() if isinstance(value, bool) else value


def read_cell(key: str, text: str) -> Any:
    """A figure of CSV; several sizes of it as a tuple."""
    if text == "":
        return None
    sizes = tuple(None if size == UNKNOWN else int(size) for size in text.split("x"))
    return sizes if key in PER_AXIS_AND_OUTPUT else sizes[0]


def document(tally: Tally) -> dict[str, Any]:
    """The counts and the front as JSON states them."""
    return {
        "variants": tally.planned,
        "fitting": tally.fitting,
        "excluded": tally.excluded,
        "errors": dict(sorted(tally.errors.items())),
        "outside": dict(sorted(tally.outside.items())),
        "front": [{"position": each.position, "variables": each.variables, **each.figures} for each in in_order(tally)],
    }


def text(tally: Tally, space: Space, style: Style) -> str:
    """The counts, and the front as a table."""
    lines = [
        f"{several(tally.planned)}, of which {tally.fitting:,} fit",
        *([f"  not within {counted(tally.outside)}"] if tally.outside else []),
        *([f"  wrong {counted(tally.errors)}"] if tally.errors else []),
        *([f"  {tally.excluded:,} more are excluded by when"] if tally.excluded else []),
    ]
    best = in_order(tally)
    if not best:
        return "\n".join(lines)
    lines += [
        "",
        f"Pareto front: {several(len(best))}" + (f", the first {MOST_SHOWN}" if len(best) > MOST_SHOWN else ""),
    ]
    titles = [*space.variables, *map(title, space.figures)]
    rows = [cells(variant, space) for variant in best[:MOST_SHOWN]]
    return "\n".join(lines) + "\n\n" + render(titles, rows, align_all("r" * len(titles)), style)


def cells(variant: Variant, space: Space) -> list[str]:
    """The variables and the figures of a variant for people."""
    variables = map(str, map(cell, variant.variables.values()))
    return [*variables, *(written(key, variant.figures[key]) for key in space.figures)]


def title(key: str) -> str:
    """How people call a figure."""
    return TITLES.get(key, key.replace("_", " "))


def several(count: int) -> str:
    """``1 variant``, ``2 variants``."""
    return f"{count:,} variant{'s' * (count != 1)}"


def counted(counts: dict[str, int]) -> str:
    """``params 30, macs 12``."""
    return ", ".join(f"{key} {count:,}" for key, count in sorted(counts.items()))


def in_order(tally: Tally) -> list[Variant]:
    """The front, by its objectives."""
    return [tally.front[point] for point in sorted(tally.front)]


def written(key: str, value: Any) -> str:
    """A figure for people."""
    if value is None:
        return UNKNOWN
    if isinstance(value, tuple):
        return by_x(value)
    return binary_bytes(value) if key.endswith("bytes") else thousands(value)
