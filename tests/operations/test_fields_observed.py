"""What each output of an operation sees, as automatic differentiation in PyTorch 2.14 found it.

A row holds, for every index of one output axis, the first and the last index of the input axis with a gradient
that is not zero. Our maps know no end of the input, so what they state is cut at its ends. At an end where the
input is smaller than the window, a dilated window may miss the cut itself, and sees no more than it.
"""

from __future__ import annotations

import pytest

from tests.vocabularies.observed import apply, rows

FIELDS = rows("pytorch_fields.jsonl.gz")


def stated(axis_map, index, size):
    """The first and last input index that an output is said to see, inside an axis of `size`."""
    turn, phase = divmod(index, axis_map.period)
    seen = axis_map.phases[phase]
    if seen is None:
        return None
    low, high = seen.low + turn * axis_map.step, seen.high + turn * axis_map.step
    return (max(low, 0), min(high, size - 1)) if high >= 0 and low < size else None


def observed_inside(axis_map, index, size, observed):
    """Whether an observation fits what is stated: the same where no end cuts it, else within it."""
    ours = stated(axis_map, index, size)
    if ours is None or observed is None:
        return ours is None and observed is None
    dilated = any(seen and seen.spacing > 1 for seen in axis_map.phases)
    exact = ours == tuple(observed)
    return exact or (dilated and 0 in ours and ours[0] <= observed[0] and observed[1] <= ours[1])


@pytest.mark.parametrize("layer", FIELDS)
def test_an_output_sees_what_changes_it(layer):
    for row in FIELDS[layer]:
        result = apply("pytorch", layer, tuple(row["input"]), **row["config"])
        path, size = result.paths[0][row["axis"]], row["input"][row["axis"]]
        if path.axis is None:
            assert all(seen == [0, size - 1] for seen in row["seen"]), row
            continue
        assert path.axis == row["output_axis"]
        assert path.map is not None, row
        for index, seen in enumerate(row["seen"]):
            assert observed_inside(path.map, index, size, seen), (row["config"], index, seen)


@pytest.mark.parametrize(
    ("layer", "arguments", "spatial"),
    [
        ("GroupNorm", {"num_groups": 2}, True),
        ("InstanceNorm2d", {}, True),
        ("InstanceNorm2d", {"track_running_stats": True}, False),
        ("LayerNorm", {"normalized_shape": [4, 8, 8]}, True),
        ("LayerNorm2d", {"normalized_shape": 4}, False),
        ("BatchNorm2d", {}, False),
        ("Softmax", {"dim": 3}, True),
        ("Softmax", {"dim": 1}, False),
    ],
)
def test_statistics_over_an_axis_see_all_of_it(layer, arguments, spatial):
    paths = apply("pytorch", layer, (2, 4, 8, 8), **arguments).paths
    assert (paths is not None and paths[0][3].whole) == spatial
