"""Which elements of an input axis each element of an output axis sees: receptive fields, exactly.

An `AxisMap` says it for one axis by a period, since upsampling and transposed convolution treat neighbouring
outputs differently: output ``q * period + phase`` sees the inputs
``q * step + low, q * step + low + spacing, ..., q * step + high`` of its phase. Maps of consecutive layers
compose to a map of the whole stack; maps of branches unite. All of it is exact integer arithmetic that ignores
where the input ends: indices below 0 lie in the padding.

The recurrences usually printed (``r += (k - 1) * j``; Araujo, Norris, Sim, "Computing Receptive Fields of
Convolutional Neural Networks", Distill 2019) are the special case of period 1.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache
from math import floor, gcd, lcm
from typing import TYPE_CHECKING, Any

from cnnshape.arithmetic.sizes import LARGEST_INTEGER, ceil_div
from cnnshape.value import NamedTuple

if TYPE_CHECKING:
    from fractions import Fraction

LONGEST_PERIOD = 4096
"""Maps with a longer period are not kept: the receptive field then counts as inexact."""

SHORT_PERIOD = 64
"""Maps with a longer period cost time and memory that have to be counted (`network.fields.FieldWork`)."""

MOST_KEPT = 32
"""Maps of one kind that are kept where they may be long: some hundred bytes a phase."""


class Seen(NamedTuple):
    """The inputs low, low + spacing, ..., high."""

    low: int
    high: int
    spacing: int = 1


class _AxisMap(NamedTuple):
    period: int
    step: int
    phases: tuple[Seen | None, ...]
    exact: bool = True


class AxisMap(_AxisMap):
    """From output index to the input indices it sees; a phase that sees nothing is None.

    `exact` is False where a padding had to be assumed, since an unknown size decides it: extents and distances are
    right then, the place may be off by one.
    """

    @property
    def size(self) -> int:
        """The largest extent that an output sees, in input elements."""
        only = self.phases[0]
        return self._largest if self.period > 1 else only.high - only.low + 1 if only else 0

    @cached_property
    def _largest(self) -> int:
        return max((seen.high - seen.low + 1 for seen in self.phases if seen), default=0)

    @property
    def jump(self) -> int | float:
        """The distance, in input elements, between what neighbouring outputs see: ``step / period``."""
        whole, rest = divmod(self.step, self.period)
        return self.step / self.period if rest else whole

    @property
    def start(self) -> int | None:
        """The first input index that output 0 sees (negative in the padding); None if it sees nothing."""
        first = self.phases[0]
        return first.low if first else None


IDENTITY = AxisMap(1, 1, (Seen(0, 0),))


class LaterMap(NamedTuple):
    """A map of a long period, `longest` at most, that is made when somebody looks at it, and not kept."""

    make: Callable[..., AxisMap | None]
    arguments: tuple[Any, ...]
    longest: int

    @property
    def map(self) -> AxisMap | None:
        """The map; None where its period would be too long."""
        return self.make(*self.arguments)


def told(longest: int, make: Callable[..., AxisMap | None], *arguments: Any) -> AxisMap | LaterMap | None:
    """The map that `make` gives for the arguments, or where its period may be long, the promise of it."""
    return make(*arguments) if longest <= SHORT_PERIOD else LaterMap(make, arguments, longest)


@lru_cache(maxsize=4096)
def window_map(kernel: int, stride: int, dilation: int, low: int, exact: bool = True) -> AxisMap:
    """A sliding window: output i sees ``i * stride - low + tap * dilation`` for every tap of the kernel."""
    found = AxisMap(1, stride, (Seen(-low, dilation * (kernel - 1) - low, dilation if kernel > 1 else 1),), exact)
    return IDENTITY if found == IDENTITY else found


@lru_cache(maxsize=MOST_KEPT)
def transposed_map(kernel: int, stride: int, dilation: int, low: int) -> AxisMap | None:
    """A transposed window: output i sees every input j with ``i = j * stride + tap * dilation - low``.

    `low` is what is cropped from the low end of the full output. The taps that reach an output are those with
    ``tap * dilation = i + low`` modulo the stride: one in every ``stride / gcd(stride, dilation)``.
    """
    if stride > LONGEST_PERIOD:
        return None
    common = gcd(stride, dilation)
    turn, spacing = stride // common, dilation // common
    inverse = pow(spacing, -1, turn)
    phases: list[Seen | None] = []
    for phase in range(stride):
        share, rest = divmod((phase + low) % stride, common)
        first = share * inverse % turn
        if rest or first >= kernel:
            phases.append(None)
            continue
        last = kernel - 1 - (kernel - 1 - first) % turn
        high, lowest = (phase + low - first * dilation) // stride, (phase + low - last * dilation) // stride
        phases.append(Seen(lowest, high, spacing if last > first else 1))
    return AxisMap(stride, 1, tuple(phases))


@lru_cache(maxsize=MOST_KEPT)
def repeated_map(factor: int) -> AxisMap | None:
    """Nearest-neighbour upsampling by a whole factor: output i sees input ``i // factor``."""
    return AxisMap(factor, 1, (Seen(0, 0),) * factor) if factor <= LONGEST_PERIOD else None


@lru_cache(maxsize=MOST_KEPT)
def interpolated_map(numerator: int, denominator: int, offset: int, below: int, above: int) -> AxisMap | None:
    """Interpolation: output i lies at input ``(i * 2 * numerator + offset) / (2 * denominator)``.

    It sees the inputs around that place: `below` of them below the one at or before it and `above` after that one
    (linear: 0 and 1, cubic: 1 and 2); the input itself alone where it lies exactly on it. Nearest is 0 and 0.
    """
    common = gcd(numerator, denominator)
    period, step = denominator // common, numerator // common
    if period > LONGEST_PERIOD:
        return None
    phases = []
    for phase in range(period):
        index, rest = divmod(phase * 2 * numerator + offset, 2 * denominator)
        phases.append(Seen(index - below, index + above) if rest else Seen(index, index))
    return AxisMap(period, step, tuple(phases))


@lru_cache(maxsize=MOST_KEPT)
def as_computed(ideal: AxisMap, ratio: Fraction, before: bool, after: bool, outputs: int | None) -> AxisMap:
    """The map of an interpolation whose places are computed in float32: ``(i + before / 2) * ratio - after / 2``.

    Only where a place is (nearly) whole, and the ratio is no binary fraction, does that make a difference: the output
    falls beside it. Of the nearest elements the map then gets a period that covers all outputs; an interpolation gives
    such a neighbour next to no weight, so that the place counts as not exact. Up to `LONGEST_PERIOD` outputs are tried.
    """
    if not ratio.denominator & (ratio.denominator - 1):
        return ideal
    from array import array  # which few networks need

    count = min(outputs or LONGEST_PERIOD, LONGEST_PERIOD)
    (scale,) = array("f", (float(ratio),))
    products = array("f", ((output + before / 2) * scale for output in range(count)))
    nearest = ideal.size == 1
    found = [(floor(place), nearest or place.is_integer()) for place in array("f", (p - after / 2 for p in products))]
    numerator, denominator = ratio.as_integer_ratio()
    places = (divmod((2 * i + before) * numerator - after * denominator, 2 * denominator) for i in range(count))
    if found == [(index, nearest or not rest) for index, rest in places]:
        return ideal
    turns = ceil_div(count, ideal.period)
    if outputs != count or not nearest or turns * ideal.period > LONGEST_PERIOD:
        return ideal._replace(exact=False)
    beyond = [_look(ideal, output) for output in range(count, turns * ideal.period)]
    return AxisMap(turns * ideal.period, turns * ideal.step, (*(Seen(index, index) for index, _ in found), *beyond))


@lru_cache(maxsize=4096)
def shifted_map(low: int) -> AxisMap:
    """Padding by `low` (or cropping by ``-low``): output i sees input ``i - low``."""
    return AxisMap(1, 1, (Seen(-low, -low),))


@lru_cache(maxsize=MOST_KEPT)
def adaptive_map(size: int, windows: int) -> AxisMap | None:
    """Adaptive pooling: output i sees ``floor(i * size / windows)`` up to ``ceil((i + 1) * size / windows) - 1``."""
    common = gcd(size, windows)
    period = windows // common
    if period > LONGEST_PERIOD:
        return None
    phases = tuple(Seen(phase * size // windows, ceil_div((phase + 1) * size, windows) - 1) for phase in range(period))
    return AxisMap(period, size // common, phases)


@lru_cache(maxsize=MOST_KEPT)
def group_map(size: int) -> AxisMap | None:
    """Groups of `size` neighbours that are treated together: output i sees all of its group."""
    return AxisMap(size, size, (Seen(0, size - 1),) * size) if size <= LONGEST_PERIOD else None


def compose(outer: AxisMap, inner: AxisMap, longest: int = LONGEST_PERIOD) -> AxisMap | None:
    """The map of `outer` applied to the output of `inner`; None where its period would be longer than `longest`, or
    a number in it grow too large.

    With ``inner``'s output axis being ``outer``'s input axis, the result goes from outer's outputs to inner's
    inputs.
    """
    if inner is IDENTITY or inner == IDENTITY:
        return outer
    turns = inner.period // gcd(outer.step, inner.period)
    period = outer.period * turns
    if period > longest:
        return None
    work = _composed if max(period, inner.period) <= SHORT_PERIOD else _composed.__wrapped__
    return work(outer, inner)


@lru_cache(maxsize=65536)
def _composed(outer: AxisMap, inner: AxisMap) -> AxisMap | None:
    turns = inner.period // gcd(outer.step, inner.period)
    period = outer.period * turns
    step = outer.step * turns // inner.period * inner.step
    phases: list[Seen | None] = []
    for output in range(period):
        turn, phase = divmod(output, outer.period)
        seen = outer.phases[phase]
        phases.append(seen and _through(inner, seen, turn * outer.step))
    return _unless_too_large(AxisMap(period, step, tuple(phases), outer.exact and inner.exact))


def _through(inner: AxisMap, seen: Seen, offset: int) -> Seen | None:
    """The hull of what `inner` sees at the indices ``offset + seen``.

    One period of the indices from either end decides, as `inner` repeats itself shifted upwards.
    """
    spacing = seen.spacing
    taps = (seen.high - seen.low) // spacing + 1
    if inner.period == 1:
        only = inner.phases[0]
        if only is None:
            return None
        low = (offset + seen.low) * inner.step + only.low
        high = (offset + seen.high) * inner.step + only.high
        if only.low == only.high:
            return Seen(low, high, spacing * inner.step if taps > 1 else 1)
        on_one_lattice = spacing * inner.step % only.spacing == 0
        return Seen(low, high, only.spacing if on_one_lattice else 1)
    cycle = inner.period // gcd(spacing, inner.period)
    lows = [_look(inner, offset + seen.low + tap * spacing) for tap in range(min(taps, cycle))]
    highs = [_look(inner, offset + seen.high - tap * spacing) for tap in range(min(taps, cycle))]
    found_low = [one.low for one in lows if one]
    found_high = [one.high for one in highs if one]
    return Seen(min(found_low), max(found_high)) if found_low and found_high else None


def _look(axis_map: AxisMap, index: int) -> Seen | None:
    turn, phase = divmod(index, axis_map.period)
    seen = axis_map.phases[phase]
    return seen and Seen(seen.low + turn * axis_map.step, seen.high + turn * axis_map.step, seen.spacing)


def unite(one: AxisMap, other: AxisMap, longest: int = LONGEST_PERIOD) -> AxisMap | None:
    """The hull of two branches, output by output; None where they advance at different speeds, their period would be
    longer than `longest`, or a number grow too large.
    """
    if one is other:
        return one
    period = lcm(one.period, other.period)
    if period > longest or one.step * other.period != other.step * one.period:
        return None
    return (_united if period <= SHORT_PERIOD else _united.__wrapped__)(one, other)


@lru_cache(maxsize=65536)
def _united(one: AxisMap, other: AxisMap) -> AxisMap | None:
    if one == other:
        return one
    period = lcm(one.period, other.period)
    step = one.step * (period // one.period)
    phases: list[Seen | None] = []
    for output in range(period):
        left, right = _look(one, output), _look(other, output)
        if left and right:
            phases.append(Seen(min(left.low, right.low), max(left.high, right.high)))
        else:
            phases.append(left or right)
    return _unless_too_large(AxisMap(period, step, tuple(phases), one.exact and other.exact))


def _unless_too_large(found: AxisMap) -> AxisMap | None:
    """None where a number is not below 2**63: a stride on an axis of length 1 doubles the jump without end."""
    ends = [end for seen in found.phases if seen for end in (-seen.low, seen.high)]
    return found if max(found.step, found.size, *ends) <= LARGEST_INTEGER else None
