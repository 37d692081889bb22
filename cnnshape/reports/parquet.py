"""The variants of a search as Parquet: a column a variable and a figure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow
from pyarrow import parquet

from cnnshape.readers.yaml.space import PER_AXIS_AND_OUTPUT, Choices, Space, Steps
from cnnshape.reports.search import cell, listed_as_tuple
from cnnshape.studies.search import OtherSearchError, Variant


def schema(space: Space) -> Any:
    """The columns of a space's variants."""
    sizes = pyarrow.list_(pyarrow.int64())
    return pyarrow.schema(
        [
            ("position", pyarrow.int64()),
            *((name, kind(values)) for name, values in space.variables.items()),
            *((key, sizes if key in PER_AXIS_AND_OUTPUT else pyarrow.int64()) for key in space.figures),
            ("error", pyarrow.string()),
            ("outside", pyarrow.list_(pyarrow.string())),
        ]
    )


def kind(values: Steps | Choices) -> Any:
    """The type of a variable: of values of several kinds that of text."""
    if isinstance(values, Steps):
        return pyarrow.int64() if values.whole else pyarrow.float64()
    kinds = {type(value) for value in values.values}
    for known, type_of in (
        ({int}, pyarrow.int64()),
        ({int, float}, pyarrow.float64()),
        ({bool}, pyarrow.bool_()),
    ):
        if kinds <= known:
            return type_of
    return pyarrow.string()


TEXTS: dict[Any, Callable[[str], Any]] = {
    pyarrow.int64(): int,
    pyarrow.float64(): float,
    pyarrow.bool_(): "true".__eq__,
}
"""From how a variable is written to its value, by the type of its column."""


def write(space: Space, variants: Sequence[Variant], path: Path) -> None:
    """Write a file of variants."""
    columns: dict[str, list[Any]] = {"position": [each.position for each in variants]}
    made = schema(space)
    for name in space.variables:
        read_text = TEXTS.get(made.field(name).type, str)
        columns[name] = [read_text(str(cell(each.variables[name]))) for each in variants]  # some were read as text
    for key in space.figures:
        columns[key] = [each.figures.get(key) for each in variants]
    columns["error"] = [each.error for each in variants]
    columns["outside"] = [list(each.outside) for each in variants]
    arrays = [pyarrow.array(columns[name], type=made.field(name).type) for name in made.names]
    parquet.write_table(pyarrow.Table.from_arrays(arrays, schema=made), path, compression="zstd")


def read(space: Space, path: Path) -> Iterator[Variant]:
    """The variants of a file, with their variables as text. Raises `OtherSearchError` where it holds others."""
    file = parquet.ParquetFile(path)
    if file.schema_arrow != schema(space):
        raise OtherSearchError
    for batch in file.iter_batches():
        for row in batch.to_pylist():
            yield Variant(
                row["position"],
                {name: str(cell(row[name])) for name in space.variables},
                {key: listed_as_tuple(row[key]) for key in space.figures},
                row["error"],
                tuple(row["outside"]),
            )
