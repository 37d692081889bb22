"""The inverse question: which window settings map one size to another.

All settings within bounds that can fit are tried; what fits is ranked by convention. Where none serves every axis,
those that differ from axis to axis are tried as one layer. Standard library only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from cnnshape.arithmetic import transposed as t
from cnnshape.arithmetic import windows as w
from cnnshape.arithmetic.sizes import ceil_div
from cnnshape.arithmetic.windows import Padding
from cnnshape.studies.solution import (
    FRAMEWORKS,
    Bounds,
    Framework,
    Kind,
    Setting,
    Solution,
    alone,
    plainly,
    together,
)

FURTHEST_STRIDE = 64
"""Larger strides are tried only where `Bounds` asks for them."""


MOST_WINDOWS = 2048
"""So many pairs of kernel and dilation are tried, the smallest dilations first: within wide bounds there are 65,536."""

MOST_TRIES = 20_000
"""About so many strides and settings are tried, of every window as many: within wide bounds there can be billions."""


def solve(
    inputs: Sequence[int],
    outputs: Sequence[int],
    kind: Kind = "convolution",
    frameworks: Sequence[Framework] = FRAMEWORKS,
    bounds: Bounds = Bounds(),  # noqa: B008  # immutable
) -> tuple[Solution, ...]:
    """The settings that map every input size to the output size beside it, most conventional first.

    A framework in which no setting serves all axes answers with one that differs from axis to axis, if a layer can
    have it. Within wide bounds not all are tried (`MOST_WINDOWS`, `MOST_TRIES`).

    Raises:
        ValueError: the sizes do not pair up.
    """
    if len(inputs) != len(outputs) or not inputs:
        raise ValueError(f"{len(inputs)} input sizes and {len(outputs)} output sizes do not pair up")
    sizes = tuple(zip(inputs, outputs, strict=True))
    found = [
        solution
        for framework in frameworks
        for solution in uniform(sizes, kind, framework, bounds) or joined(sizes, kind, framework, bounds)
    ]
    return tuple(sorted(found, key=unconventional))


Sizes = tuple[tuple[int, int], ...]
"""The size and the wanted size of every axis."""


def uniform(sizes: Sizes, kind: Kind, framework: Framework, bounds: Bounds, *, idle: bool = False) -> list[Solution]:
    """The solutions that are the same on every axis; with `idle` also those with an argument that changes nothing."""
    found: list[Solution] = []
    windows = kernels_and_dilations(framework, kind, bounds)[:MOST_WINDOWS]
    share = max(16, MOST_TRIES // max(len(windows), 1))
    least, most = stride_bounds(sizes, bounds)
    for kernel, dilation in windows:
        extent = w.effective_kernel(kernel, dilation)
        furthest = min(most, 1) if framework == "keras" and dilation > 1 else most
        plain = Setting(framework, kind, kernel, 1, "valid", dilation)
        strides = fitting_strides(kind, sizes, extent, dilation, least, furthest)[:share]
        for setting in islice(candidates(plain, sizes, bounds, strides), share):
            solution = fitted(setting, sizes)
            if solution and (idle or tells(solution, sizes)):
                found.append(solution)
    return found


def candidates(plain: Setting, sizes: Sizes, bounds: Bounds, strides: range) -> Iterator[Setting]:
    """Settings of a window that may fit, smaller strides and paddings first."""
    for stride in strides:
        for setting in variants(plain._replace(stride=stride), sizes):
            if bounds.padding is None or plainly(bounds.padding) == plainly(setting.padding):
                yield setting


def joined(sizes: Sizes, kind: Kind, framework: Framework, bounds: Bounds) -> list[Solution]:
    """One layer from what serves each axis alone, kernel and dilation the same if that is possible."""
    alone = [sorted(uniform((each,), kind, framework, bounds, idle=True), key=unconventional) for each in sizes]
    for kept in (shared_window, shared_rule):
        shared: dict[tuple[Any, ...], list[list[Solution]]] = {}
        for axis, solutions in enumerate(alone):
            for each in solutions:
                shared.setdefault(kept(each.setting), [[] for _ in sizes])[axis].append(each)
        chosen = [each for per_axis in shared.values() if all(per_axis) for each in choices(per_axis)]
        found = {solution.setting: solution for solution in map(one_layer, chosen) if possible(solution.setting)}
        if found:
            return list(found.values())
    return []


def one_layer(axes: Sequence[Solution]) -> Solution:
    """The solutions of the axes as one."""
    return Solution(
        together([each.setting for each in axes]),
        tuple(each.ends[0] for each in axes),
        tuple(each.leftover[0] for each in axes),
    )


def shared_rule(setting: Setting) -> tuple[Any, ...]:
    """What a layer can state only once for all axes: a rule, how it rounds, and whether it has an output padding."""
    rule = setting.padding if isinstance(setting.padding, str) and setting.padding != "valid" else ""
    named = rule or (setting.framework == "keras" and "valid")
    return named, setting.ceil_mode, setting.framework == "keras" and setting.output_padding is None


def shared_window(setting: Setting) -> tuple[Any, ...]:
    """The same, and the window."""
    return *shared_rule(setting), setting.kernel, setting.dilation


def choices(per_axis: Sequence[Sequence[Solution]]) -> Iterator[tuple[Solution, ...]]:
    """Solutions that go together, from those of every axis, best first: of one stride, of one padding, the best."""
    for argument in ("stride", "padding"):
        firsts: list[dict[Any, Solution]] = [{} for _ in per_axis]
        for first, solutions in zip(firsts, per_axis, strict=True):
            for each in solutions:
                first.setdefault(getattr(each.setting, argument), each)
        common = [value for value in firsts[0] if all(value in first for first in firsts)]
        yield from (tuple(first[value] for first in firsts) for value in common[:MOST_CHOICES])
    yield tuple(solutions[0] for solutions in per_axis)


MOST_CHOICES = 16
"""So many common strides or paddings are tried."""


def possible(setting: Setting) -> bool:
    """Whether one layer can have all this: Keras refuses a stride above 1 on one axis with a dilation on another."""
    widest = max(setting.dilation) if isinstance(setting.dilation, tuple) else setting.dilation
    furthest = max(setting.stride) if isinstance(setting.stride, tuple) else setting.stride
    return setting.framework != "keras" or widest == 1 or furthest == 1


def windows_within(bounds: Bounds) -> int:
    """How many pairs of kernel and dilation lie within bounds."""
    return len(tried(bounds.kernel, bounds.max_kernel)) * len(tried(bounds.dilation, bounds.max_dilation))


def kernels_and_dilations(framework: Framework, kind: Kind, bounds: Bounds) -> list[tuple[int, int]]:
    """Every window within bounds that the framework accepts; smaller dilations first."""
    undilated = framework == "keras" and kind == "pooling"
    return [
        (kernel, dilation)
        for dilation in tried(bounds.dilation, bounds.max_dilation)
        if dilation == 1 or not undilated
        for kernel in tried(bounds.kernel, bounds.max_kernel)
        if kernel > 1 or dilation == 1  # one tap has nothing to spread
    ]


def stride_bounds(sizes: Sizes, bounds: Bounds) -> tuple[int, int]:
    """The least and the largest stride that is tried."""
    if bounds.stride is not None:
        return bounds.stride, bounds.stride
    ratio = max(ceil_div(max(pair), min(pair)) for pair in sizes)
    return 1, bounds.max_stride or max(min(ratio + 1, FURTHEST_STRIDE), 4)


def fitting_strides(kind: Kind, sizes: Sizes, extent: int, dilation: int, least: int, most: int) -> range:
    """The strides of these with which a window can serve every axis, whatever is padded; `variants` look closer.

    The last of m windows starts within the padded axis, ``(m - 1) * stride <= size + padding``, and another one would
    not fit. A transposed convolution makes between ``(size - 1) * stride`` and ``size * stride`` elements, and more by
    its window.
    """
    for size, wanted in sizes:
        if kind == "transposed":
            least = max(least, ceil_div(wanted - extent - dilation + 1, size))
            most = min(most, wanted // (size - 1)) if size > 1 else most
        else:
            least = max(least, ceil_div(size - extent, wanted))
            most = min(most, (size + extent // 2) // (wanted - 1)) if wanted > 1 else most
    return range(least, most + 1)


def tried(fixed: int | None, most: int) -> Sequence[int]:
    """The values of one argument."""
    return range(1, most + 1) if fixed is None else (fixed,)


def variants(plain: Setting, sizes: Sizes) -> Iterator[Setting]:
    """The ways in which a framework pads (and crops) this window, as far as they can serve every axis."""
    if plain.framework == "keras":
        for rule in (plain, plain._replace(padding="same")):
            yield rule
            if plain.kind == "transposed":
                yield from with_output_padding(rule, sizes, alone(plain.stride))
        return
    if plain.kind == "transposed":
        limit = max(alone(plain.stride), alone(plain.dilation))
        for each in padded(plain, sizes, more=limit - 1):
            yield from (
                one._replace(output_padding=one.output_padding or None)
                for one in with_output_padding(each, sizes, limit)
            )
    elif plain.kind == "pooling":
        # torch.nn.MaxPool2d: "pad should be at most half of effective kernel size"
        yield from padded(plain, sizes, most=alone(plain.kernel) // 2)
        yield from padded(
            plain._replace(ceil_mode=True), sizes, most=alone(plain.kernel) // 2, more=alone(plain.stride)
        )
    else:
        yield from padded(plain, sizes)
        if plain.stride == 1 and plain.extent % 2 == 0:  # where the extent is odd, a number says the same
            yield plain._replace(padding="same")


def padded(plain: Setting, sizes: Sizes, *, most: int | None = None, more: int = 0) -> Iterator[Setting]:
    """PyTorch's paddings of both ends with which windows can reach the last element wanted, and not one further.

    ``(m - 1) * stride <= size + 2 * padding - extent < m * stride``, and for a transposed convolution
    ``(size - 1) * stride + extent - 2 * padding = wanted``.

    Args:
        most: the largest padding; by default half the window.
        more: elements by which the equation may be missed, as `ceil_mode` or an output padding makes up for them.
    """
    extent, stride = plain.extent, alone(plain.stride)
    least, most = 0, extent // 2 if most is None else most
    for size, wanted in sizes:
        if plain.kind == "transposed":
            twice = t.full_size(size, extent, stride) - wanted
            lowest, highest = twice, twice + more
        else:
            twice = (wanted - 1) * stride + extent - size
            lowest, highest = twice - more, twice + stride - 1 + more
        least, most = max(least, ceil_div(lowest, 2)), min(most, highest // 2)
    yield from (plain._replace(padding=padding) for padding in range(least, most + 1))


def with_output_padding(plain: Setting, sizes: Sizes, limit: int) -> Iterator[Setting]:
    """The setting with the output padding below `limit` that makes up what is wanted, if one serves every axis."""
    size, wanted = sizes[0]
    crop = resolved(plain._replace(output_padding=0), size)
    missing = wanted - t.count_transposed(size, plain.extent, alone(plain.stride), crop)
    if 0 <= missing < limit:
        yield plain._replace(output_padding=missing)


def fitted(setting: Setting, sizes: Sizes) -> Solution | None:
    """The setting as a solution, or None where some axis gets another size."""
    ends: list[Padding] = []
    leftover: list[int] = []
    extent, stride = setting.extent, alone(setting.stride)
    count = w.count_windows_ceil if setting.ceil_mode else w.count_windows
    for size, wanted in sizes:
        padding = resolved(setting, size)
        if setting.kind == "transposed":
            if t.count_transposed(size, extent, stride, padding) != wanted:
                return None
            leftover.append(0)
        else:
            if count(size, extent, stride, padding) != wanted:
                return None
            leftover.append(w.leftover(size, extent, stride, padding, wanted))
        ends.append(padding)
    return Solution(setting, tuple(ends), tuple(leftover))


def tells(solution: Solution, sizes: Sizes) -> bool:
    """Whether `ceil_mode` and an output padding do something, on some axis."""
    setting, ends = solution.setting, solution.ends
    if setting.output_padding is not None:
        plain = setting._replace(output_padding=None)
        return any(padding != resolved(plain, size) for padding, (size, _) in zip(ends, sizes, strict=True))
    return not setting.ceil_mode or any(
        w.count_windows(size, setting.extent, alone(setting.stride), padding) != wanted
        for padding, (size, wanted) in zip(ends, sizes, strict=True)
    )


def resolved(setting: Setting, size: int) -> Padding:
    """What is padded before and after an axis of this size (cropped, for a transposed convolution)."""
    number, extent, stride = setting.padding, setting.extent, alone(setting.stride)
    more = None if setting.output_padding is None else alone(setting.output_padding)
    if setting.kind == "transposed":
        if isinstance(number, int):
            return t.crop_explicit((number, number), more or 0)
        return (t.crop_same if number == "same" else t.crop_valid)(extent, stride, more)
    if isinstance(number, int):
        return number, number
    if number == "valid":
        return 0, 0
    return w.same_padding(size, extent, stride) if setting.framework == "keras" else w.same_padding_unstrided(extent)


def unconventional(solution: Solution) -> tuple[Any, ...]:
    """How far a solution is from what people write; smaller is more conventional.

    What cannot run comes last; then, where they differ from axis to axis, the axis that is least conventional counts.
    """
    setting, differing = solution.setting, solution.setting.differing
    axes = [setting.on(axis) for axis in range(len(solution.ends))] if differing else [setting] * len(solution.ends)
    return solution.cannot_run, *max(map(unusual, axes, solution.ends, solution.leftover)), differing


def unusual(setting: Setting, ends: Padding, unread: int) -> tuple[Any, ...]:
    """How far the setting of one axis is from what people write.

    Convolutions: odd kernels near 3, the same padding on both sides, nothing left unread, no dilation. Pooling:
    windows that neither overlap nor leave gaps. Transposed convolutions: a kernel that the stride divides, twice
    the stride best (Odena, Dumoulin, Olah, "Deconvolution and Checkerboard Artifacts", Distill 2016).
    """
    kernel, stride, dilation = alone(setting.kernel), alone(setting.stride), alone(setting.dilation)
    lopsided = ends[0] != ends[1]
    common = (dilation, stride, kernel, plainly(setting.padding) != "valid", str(setting.padding))
    if setting.kind == "transposed":
        return (
            kernel % stride,
            dilation > 1,
            lopsided,
            setting.output_padding is not None,
            abs(kernel - (2 * stride if stride > 1 else 3)),
            setting.output_padding or 0,
            *common,
        )
    steps_over = stride > setting.extent
    if setting.kind == "pooling":
        return (
            steps_over,
            lopsided,
            unread > 0,
            dilation > 1,
            setting.ceil_mode,
            kernel != stride,
            abs(kernel - 2),
            unread,
            *common,
        )
    return steps_over, kernel % 2 == 0, dilation > 1, lopsided, unread > 0, abs(kernel - 3), unread, *common
