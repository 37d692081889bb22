"""CS525: dilated windows that leave holes in what an output sees."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.arithmetic.gridding import ITSELF, Sees, either, through
from cnnshape.checks.advice_view import Advice, AdviceView, by, suspicion
from cnnshape.network.plan import Row
from cnnshape.network.windows import SLIDING
from cnnshape.operations.operation import Path

Grid = tuple[Sees | None, ...]
"""For each axis of a tensor what an index of it sees of the model's input, where that is known."""


def check(view: AdviceView) -> Iterator[Advice]:
    """Where a stack of windows ends, of which some are dilated, and elements within its field never contribute."""
    wide = {*view.suspects(is_dilated)}
    if not wide:
        return
    grids: dict[str, Grid] = {}
    for name, shape in view.plan.inputs.items():
        spatial = view.plan.layout.spatial_axes(len(shape)) if shape else ()
        grids[name] = tuple(ITSELF if axis in spatial else None for axis in range(len(shape or ())))
    dilated: dict[str, Row] = {}
    for number, row in enumerate(view):
        grid = grid_of(row, grids)
        grids.update(dict.fromkeys(row.output_names, grid))
        before = [dilated[name] for name in row.inputs if name in dilated]
        if number in wide:
            before = [row]
        if before:
            dilated.update(dict.fromkeys(row.output_names, before[-1]))
    told: set[int] = set()
    for row in view:
        made = row.output_names[0]
        holed = any(each and each.seen < each.size for each in grids[made])
        cause = dilated.get(made)
        if holed and cause and view.number(cause) not in told and is_end(view, row, grids):
            told.add(view.number(cause))
            known = [each for each in grids[made] if each]
            seen, size = by([each.seen for each in known]), by([each.size for each in known])
            yield Advice(
                cause,
                f"behind it {row.name} sees {seen} of the {size} elements of its field: the others never contribute",
                "use dilations without a common divisor, as 1, 2, 5, or let a layer without dilation follow",
            )


@suspicion(*SLIDING)
def is_dilated(view: AdviceView, number: int) -> bool:
    """Whether windows are dilated."""
    return any(axis.dilation > 1 for axis in view.axes(number))


def grid_of(row: Row, grids: dict[str, Grid]) -> Grid:
    """What the output of a row sees, by what its inputs see."""
    assert row.result is not None
    rank = len(row.result.output)
    found: list[Sees | None] = [None] * rank
    lost: set[int] = set()
    for number, name in enumerate(row.inputs):
        grid = grids.get(name, ())
        paths = row.result.paths[number] if row.result.paths else tuple(Path(axis) for axis in range(len(grid)))
        for path, sees in zip(paths, grid, strict=False):
            if sees is None or path.axis is None:
                continue
            onwards = None if path.map is None or path.whole or path.lost else through(sees, path.map)
            known = found[path.axis]
            joined = onwards if known is None or onwards is None else either(known, onwards)
            found[path.axis] = joined
            if joined is None:
                lost.add(path.axis)
    return tuple(None if axis in lost else sees for axis, sees in enumerate(found))


def is_end(view: AdviceView, row: Row, grids: dict[str, Grid]) -> bool:
    """Whether the stack ends here: the model returns it, or what reads it sees otherwise (all of it, or upsampled)."""
    known = sum(each is not None for each in grids[row.output_names[0]])
    return view.is_output(row) or any(
        sum(each is not None for each in grids[reader.output_names[0]]) < known for reader in view.readers(row)
    )
