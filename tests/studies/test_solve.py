"""`solve` finds exactly what sliding windows by hand finds."""

from __future__ import annotations

from itertools import product

import pytest

from cnnshape.studies import solve as solving
from cnnshape.studies.solution import Bounds, Framework, Kind, Setting, layer
from cnnshape.studies.solve import solve

SMALL = Bounds(max_kernel=5, max_stride=4, max_dilation=2)


def slid(size: int, extent: int, stride: int, low: int, high: int, *, ceil_mode: bool = False) -> int:
    """How many windows fit, by moving one along the padded axis."""
    count, begin = 0, -low
    while begin + extent <= size + high or (ceil_mode and begin < size and begin + extent - stride < size + high):
        count, begin = count + 1, begin + stride
    return count


def same_by_trial(size: int, extent: int, stride: int) -> tuple[int, int]:
    """The least padding with which a window starts at every stride-th element, the odd one after."""
    needed = next(total for total in range(extent + 1) if slid(size, extent, stride, 0, total) * stride >= size)
    return needed // 2, needed - needed // 2


def by_hand(kind: Kind, framework: Framework, size: int, wanted: int) -> set[tuple[object, ...]]:
    """(kernel, stride, dilation, padding, ceil_mode) of everything that gives the size, tried one by one."""
    found = set()
    for kernel, stride, dilation in product(range(1, 6), range(1, 5), (1, 2)):
        extent = dilation * (kernel - 1) + 1
        if (kernel == 1 and dilation > 1) or (
            framework == "keras" and dilation > 1 and (stride > 1 or kind == "pooling")
        ):
            continue
        if framework == "keras":
            tries = {"valid": (0, 0), "same": same_by_trial(size, extent, stride)}
        else:
            most = kernel // 2 if kind == "pooling" else extent // 2
            tries = {number: (number, number) for number in range(most + 1)}
            if kind == "convolution" and stride == 1 and extent % 2 == 0:
                tries["same"] = ((extent - 1) // 2, extent // 2)
        for padding, (low, high) in tries.items():
            floor = slid(size, extent, stride, low, high)
            if floor == wanted:
                found.add((kernel, stride, dilation, padding, False))
                continue
            can_hang = kind == "pooling" and framework == "pytorch" and size + 2 * low > extent - stride
            if can_hang and slid(size, extent, stride, low, high, ceil_mode=True) == wanted:
                found.add((kernel, stride, dilation, padding, True))
    return found


@pytest.mark.parametrize("framework", ["keras", "pytorch"])
@pytest.mark.parametrize("kind", ["convolution", "pooling"])
@pytest.mark.parametrize("size", [1, 5, 8, 13])
def test_solutions_are_those_found_by_hand(kind: Kind, framework: Framework, size: int) -> None:
    for wanted in range(1, size + 4):
        found = {
            (s.kernel, s.stride, s.dilation, s.padding, s.ceil_mode)
            for s, *_ in solve((size,), (wanted,), kind, (framework,), SMALL)
        }
        assert found == by_hand(kind, framework, size, wanted), (size, wanted)


def transposed_by_hand(framework: Framework, size: int, wanted: int) -> set[tuple[object, ...]]:
    """(kernel, stride, dilation, padding) with any output padding: cover the output, then cut."""
    found = set()
    for kernel, stride, dilation in product(range(1, 6), range(1, 5), (1, 2)):
        if (kernel == 1 or (framework == "keras" and stride > 1)) and dilation > 1:
            continue
        extent = dilation * (kernel - 1) + 1
        covered = max(place * stride + tap * dilation for place in range(size) for tap in range(kernel)) + 1
        if framework == "pytorch":
            added = range(max(stride, dilation))
            found |= {
                (kernel, stride, dilation, pad)
                for pad, more in product(range(extent // 2 + 1), added)
                if covered - 2 * pad + more == wanted
            }
            continue
        # Observed of keras.layers.Conv1DTranspose: valid fills whole strides, same multiplies by the stride.
        if wanted in (max(covered, size * stride), *(covered + more for more in range(stride))):
            found.add((kernel, stride, dilation, "valid"))
        if wanted in (size * stride, *((size - 1) * stride + extent % 2 + more for more in range(stride))):
            found.add((kernel, stride, dilation, "same"))
    return found


@pytest.mark.parametrize("framework", ["keras", "pytorch"])
@pytest.mark.parametrize("size", [1, 4, 7])
def test_transposed_solutions_are_those_found_by_hand(framework: Framework, size: int) -> None:
    for wanted in range(1, 4 * size + 6):
        found = solve((size,), (wanted,), "transposed", (framework,), SMALL)
        described = {(s.kernel, s.stride, s.dilation, s.padding) for s, *_ in found}
        assert described == transposed_by_hand(framework, size, wanted), (size, wanted)


@pytest.mark.parametrize(
    ("sizes", "kind", "keras", "pytorch"),
    [
        ((224, 112), "convolution", 'Conv2D(filters, 3, strides=2, padding="same")',
         "Conv2d(in_channels, out_channels, 3, stride=2, padding=1)"),
        ((28, 26), "convolution", "Conv2D(filters, 3)", "Conv2d(in_channels, out_channels, 3)"),
        ((28, 28), "convolution", 'Conv2D(filters, 3, padding="same")',
         "Conv2d(in_channels, out_channels, 3, padding=1)"),
        ((112, 56), "pooling", "MaxPooling2D(2)", "MaxPool2d(2)"),
        ((7, 1), "pooling", "MaxPooling2D(7)", "MaxPool2d(7)"),
        ((7, 14), "transposed", 'Conv2DTranspose(filters, 4, strides=2, padding="same")',
         "ConvTranspose2d(in_channels, out_channels, 4, stride=2, padding=1)"),
    ],
)  # fmt: skip
def test_convention_comes_first(sizes: tuple[int, int], kind: Kind, keras: str, pytorch: str) -> None:
    size, wanted = sizes
    firsts = [layer(solve((size,) * 2, (wanted,) * 2, kind, (each,))[0].setting) for each in ("keras", "pytorch")]
    assert firsts == [keras, pytorch]


def test_what_is_fixed_stays_fixed() -> None:
    found = solve((224,), (112,), bounds=Bounds(kernel=7, stride=2, padding=3, dilation=1))
    assert [each.to_dict() for each in found] == [
        {
            "framework": "pytorch",
            "layer": "Conv1d(in_channels, out_channels, 7, stride=2, padding=3)",
            "kernel_size": 7,
            "stride": 2,
            "padding": 3,
            "dilation": 1,
            "ceil_mode": False,
            "output_padding": None,
            "ends": [[3, 3]],
            "leftover": [0],
        }
    ]


def test_no_padding_has_two_names() -> None:
    for padding in ("valid", 0):
        found = solve((7,), (3,), bounds=Bounds(padding=padding))
        assert {each.setting.framework for each in found} == {"keras", "pytorch"}
        assert {each.ends for each in found} == {((0, 0),)}


def test_what_tensorflow_refuses_when_it_runs_comes_last() -> None:
    found = solve((8,), (14,), "transposed", ("keras",))
    refused = [each.cannot_run for each in found]
    assert refused == sorted(refused)
    assert {layer(each.setting, 2) for each in found if each.cannot_run} >= {
        'Conv2DTranspose(filters, 4, strides=2, padding="same", output_padding=0)'
    }
    assert all(each.setting.kernel % 2 == 0 and each.setting.output_padding == 0 for each in found if each.cannot_run)


def test_a_setting_has_to_serve_every_axis() -> None:
    together = {each.setting for each in solve((224, 325), (112, 162))}
    apart = [{each.setting for each in solve((size,), (wanted,))} for size, wanted in ((224, 112), (325, 162))]
    assert together
    assert together == apart[0] & apart[1]


def test_sizes_that_do_not_pair_up() -> None:
    with pytest.raises(ValueError, match=r"^2 input sizes and 1 output sizes do not pair up$"):
        solve((224, 224), (112,))


def test_layers_are_written_as_the_framework_does() -> None:
    setting = Setting("pytorch", "transposed", 3, 2, 1, output_padding=1)
    assert layer(setting, 3) == ("ConvTranspose3d(in_channels, out_channels, 3, stride=2, padding=1, output_padding=1)")
    assert layer(Setting("pytorch", "pooling", 3, 2, 0, ceil_mode=True), 1) == "MaxPool1d(3, stride=2, ceil_mode=True)"
    assert layer(Setting("keras", "convolution", 3, 1, "same", 2)) == (
        'Conv2D(filters, 3, padding="same", dilation_rate=2)'
    )


PER_AXIS: list[tuple[tuple[int, ...], tuple[int, ...], Kind, Bounds, str]] = [
    ((46, 62), (368, 489), "transposed", Bounds(),
     'Conv2DTranspose(filters, 9, strides=8, padding="same", output_padding=(7, 0))'),
    ((46, 62), (368, 489), "transposed", Bounds(kernel=16, stride=8),
     "ConvTranspose2d(in_channels, out_channels, 16, stride=8, padding=(4, 8), output_padding=(0, 1))"),
    ((100, 50), (50, 50), "convolution", Bounds(),
     "Conv2d(in_channels, out_channels, 3, stride=(2, 1), padding=1)"),
    ((100, 50), (50, 50), "convolution", Bounds(), 'Conv2D(filters, 3, strides=(2, 1), padding="same")'),
    ((16, 112, 112), (16, 56, 56), "pooling", Bounds(), 'MaxPooling3D(2, strides=(1, 2, 2), padding="same")'),
]  # fmt: skip
"""Sizes, and a layer that was run in its framework (Keras 3.15.1, PyTorch 2.14.1) and gave them."""


@pytest.mark.parametrize(("inputs", "outputs", "kind", "bounds", "written"), PER_AXIS, ids=[row[4] for row in PER_AXIS])
def test_where_no_setting_serves_every_axis_one_layer_has_several(
    inputs: tuple[int, ...], outputs: tuple[int, ...], kind: Kind, bounds: Bounds, written: str
) -> None:
    framework: Framework = "pytorch" if "in_channels" in written else "keras"
    found = solve(inputs, outputs, kind, (framework,), bounds)
    assert written in [layer(each.setting, len(inputs)) for each in found[:3]]
    assert all(each.setting.differing for each in found)


@pytest.mark.parametrize("framework", ["keras", "pytorch"])
@pytest.mark.parametrize("kind", ["convolution", "pooling"])
def test_a_layer_with_several_settings_serves_each_axis_by_hand(kind: Kind, framework: Framework) -> None:
    for inputs, outputs in [((100, 50), (50, 50)), ((30, 17), (15, 6)), ((9, 25), (9, 12)), ((40, 41), (20, 14))]:
        for solution in solve(inputs, outputs, kind, (framework,), SMALL):
            for axis, (size, wanted) in enumerate(zip(inputs, outputs, strict=True)):
                one, (low, high) = solution.setting.on(axis), solution.ends[axis]
                count = slid(size, one.extent, one.stride, low, high, ceil_mode=one.ceil_mode)  # type: ignore[arg-type]
                assert count == wanted, (layer(solution.setting, 2), axis)


def test_keras_strides_no_axis_where_it_dilates_another() -> None:
    solutions = solve((100, 50), (50, 42), "convolution", ("keras",))
    assert solutions
    for solution in solutions:
        strides, dilations = ({getattr(axis, name) for axis in solution.axes} for name in ("stride", "dilation"))
        assert strides == {1} or dilations == {1}


LARGEST = Bounds(max_kernel=1024, max_stride=1024, max_dilation=64)


@pytest.mark.parametrize(
    ("sizes", "wanted", "kind", "bounds"),
    [
        ((224,), (112,), "convolution", LARGEST),
        ((224, 100), (1, 3), "pooling", LARGEST),
        ((7, 9), (224, 225), "transposed", LARGEST),
        ((2**63 - 1,), (2**62,), "convolution", LARGEST),
        ((7,), (14,), "transposed", Bounds(stride=2**63 - 1)),
        ((2**63 - 1,), (2**63 - 1,), "transposed", Bounds(stride=2**63 - 1)),
    ],
)
def test_the_work_is_bounded_whatever_the_bounds(
    sizes: tuple[int, ...], wanted: tuple[int, ...], kind: Kind, bounds: Bounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[Setting] = []
    fitted = solving.fitted

    def counted(setting: Setting, sizes: solving.Sizes) -> solving.Solution | None:
        tries.append(setting)
        return fitted(setting, sizes)

    monkeypatch.setattr(solving, "fitted", counted)
    found = solve(sizes, wanted, kind, bounds=bounds)
    searches = 2 * (1 + len(sizes))  # frameworks, all axes together and each alone
    assert len(tries) <= searches * max(solving.MOST_TRIES, 16 * solving.MOST_WINDOWS)
    assert bool(found) == (bounds is LARGEST)
