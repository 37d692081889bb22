"""`solve` finds exactly what sliding windows by hand finds."""

from __future__ import annotations

from itertools import product

import pytest

from cnnshape.studies.solve import Bounds, Framework, Kind, Setting, layer, solve

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
