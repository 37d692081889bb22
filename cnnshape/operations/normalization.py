"""Normalization, scaling and other layers that keep the shape but may have weights.

Weights are scale (weight, gamma), offset (bias, beta), then statistics, in the framework's order.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import ClassVar, Literal

from cnnshape.arithmetic.fields import IDENTITY, group_map, told
from cnnshape.arithmetic.sizes import Dim, Shape, divided, nearest_divisor, product, show, times
from cnnshape.diagnostics import FAMILY, LAYER, Fault
from cnnshape.operations.operation import (
    AXIS,
    GROUPS,
    Operation,
    Path,
    Result,
    Weight,
    check_size,
    normalize_axis,
    require_at_least,
    require_known,
)
from cnnshape.value import value

FLOPS_BATCH = 2
"""Per element: one product, one sum, once the statistics are folded in."""
FLOPS_STATISTICS = 7
"""Per element where the statistics are computed: mean 1, variance 3, normalization 1, scale and offset 2."""
FLOPS_ROOT_MEAN_SQUARE = 4
"""Per element: square, sum, normalization, scale."""
FLOPS_UNIT = 3
"""Per element: square, sum, division."""


def require_rank_of(shape: Shape, ranks: tuple[int, ...] | None, *, flat: bool = False) -> None:
    """Refuse a tensor whose number of axes, batch included, is not among `ranks` (None: any).

    `flat`: the layer of one spatial axis takes features without space, too.
    """
    if ranks is not None and len(shape) not in ranks:
        counts = " or ".join(str(rank) for rank in ranks)
        meant = 1 if flat and len(shape) == 2 else len(shape) - 2
        raise Fault(
            "CS302",
            f"{LAYER} needs {counts} axes, but its input {show(shape)} has {len(shape)}",
            fix=f"use {FAMILY}{meant}d" if 1 <= meant <= 3 else None,
        )


def channel_axis(axis: int, shape: Shape, declared: int | None, *, known: bool) -> tuple[int, Dim]:
    """The axis of the channels as an index from 0, and their number, declared or found.

    Raises:
        Fault: it is the batch, the number is another than declared, or has to be `known` and is not.
    """
    found = normalize_axis(axis, len(shape))
    if found == 0:
        message = f"{LAYER} along axis 0 would have weights for each sample of a batch"
        raise Fault("CS310", message, fix="use the channel axis", argument=AXIS)
    channels = check_size(shape[found], declared)
    if known:
        require_known(channels, "channels")
    return found, channels


def affine(shape: Shape, scale: bool, center: bool) -> list[Weight]:
    """The trained scale and offset."""
    return [Weight(name, shape) for name, wanted in (("scale", scale), ("offset", center)) if wanted]


def whole_paths(shape: Shape, axes: Collection[int]) -> tuple[Path, ...]:
    """Every axis as it was, and for those of `axes` everything besides: statistics are taken over them."""
    return tuple(Path(axis, IDENTITY, axis in axes) for axis in range(len(shape)))


Statistics = Literal["non_trainable", "buffer"]


@value
class BatchNormalization(Operation):
    """Normalization by statistics of the training set, one pair per channel.

    Attributes:
        axis: the channel axis, batch counted.
        scale, center: whether it has a trained scale and offset.
        statistics: how the framework keeps the moving mean and variance: as non-trainable weights (Keras), as
            buffers with a counter of batches (PyTorch), or None: it uses the statistics of the batch at hand.
        channels: the declared number, checked when given.
        ranks: the numbers of axes it takes, batch included; None: any.
        known_channels: refuse an unknown number of channels, as Keras does.
        counter: whether such buffers come with a counter of batches.
        frozen: whether scale and offset are such buffers, too, so that nothing ever trains.
        renorm: whether it keeps the three further statistics of Keras's batch renormalization.
    """

    axis: int = -1
    scale: bool = True
    center: bool = True
    statistics: Statistics | None = "non_trainable"
    channels: int | None = None
    ranks: tuple[int, ...] | None = None
    known_channels: bool = False
    renorm: bool = False
    counter: bool = True
    frozen: bool = False

    @property
    def per_sample(self) -> bool:  # type: ignore[override]
        """By its own statistics a single element is refused, of all samples."""
        return self.statistics is not None

    def apply(self, shape: Shape) -> Result:
        """The shape of the input; per channel scale, offset, mean and variance."""
        require_rank_of(shape, self.ranks, flat=True)
        axis, channels = channel_axis(self.axis, shape, self.channels, known=self.known_channels)
        affine_too = self.scale, self.center, self.frozen
        weights = weights_along(channels, *affine_too, self.statistics, self.renorm, self.counter)
        paths = None
        if self.statistics is None:
            refuse_single(product(size for each, size in enumerate(shape) if each != axis), shape)
            paths = (whole_paths(shape, tuple(each for each in range(len(shape)) if each != axis)),)
        output = (*shape[:axis], channels, *shape[axis + 1 :])
        return Result((output,), weights, flops=times(FLOPS_BATCH, product(output[1:])), paths=paths)


@lru_cache(maxsize=512)  # networks have few, whatever their other sizes
def weights_along(
    channels: Dim,
    scale: bool,
    center: bool,
    frozen: bool,
    statistics: Statistics | None,
    renorm: bool,
    counter: bool,
) -> tuple[Weight, ...]:
    """The weights of a `BatchNormalization`."""
    weights = affine((channels,), scale, center)
    if frozen:
        weights = [weight._replace(kind="buffer") for weight in weights]
    if statistics:
        more = ("moving_deviation", "renorm_mean", "renorm_deviation") if renorm else ()
        weights += [Weight(name, (channels,), statistics) for name in ("mean", "variance", *more)]
    if statistics == "buffer" and counter:
        weights.append(Weight("num_batches_tracked", (), "buffer"))
    return tuple(weights)


@value
class LayerNormalization(Operation):
    """Normalization of each sample over `axes` (batch counted), with weights of their sizes.

    Attributes:
        declared: PyTorch's ``normalized_shape``, checked when given: the sizes of the last axes.
        root_mean_square: without subtracting a mean (RMSNorm).
        last_axes: refuse axes that are not the last ones (Keras's RMSNormalization scales those by mistake).
        known_sizes: refuse unknown sizes, as Keras does.
    """

    per_sample: ClassVar[bool] = True

    axes: tuple[int, ...] = (-1,)
    scale: bool = True
    center: bool = True
    declared: tuple[int, ...] | None = None
    root_mean_square: bool = False
    last_axes: bool = False
    known_sizes: bool = False

    def apply(self, shape: Shape) -> Result:
        """The shape of the input; weights of the sizes of the normalized axes."""
        if self.declared is not None:
            require_at_least(shape, len(self.declared) + 1, because=" (batch and normalized axes)")
        axes = tuple(sorted(normalize_axis(axis, len(shape)) for axis in self.axes))
        if self.declared is not None:
            self._check_declared(shape, axes, self.declared)
        if 0 in axes or len(set(axes)) < len(axes):
            problem = "normalize over the batch axis" if 0 in axes else f"use an axis twice: {list(self.axes)}"
            raise Fault(
                "CS310" if 0 in axes else "CS309",
                f"{LAYER} would {problem}",
                fix="use different axes from 1 on",
                argument=AXIS,
            )
        sizes: Shape = self.declared or tuple(shape[axis] for axis in axes)
        if self.known_sizes and (self.scale or self.center):
            require_known(product(sizes), "normalized elements")
        known = dict(zip(axes, sizes, strict=True))
        output = tuple(known.get(axis, size) for axis, size in enumerate(shape))
        per_element = FLOPS_ROOT_MEAN_SQUARE if self.root_mean_square else FLOPS_STATISTICS
        return Result(
            (output,),
            tuple(affine(sizes, self.scale, self.center)),
            flops=times(per_element, product(output[1:])),
            paths=(whole_paths(shape, axes),),
        )

    def _check_declared(self, shape: Shape, axes: tuple[int, ...], declared: tuple[int, ...]) -> None:
        actual = tuple(shape[axis] for axis in axes)
        if any(size not in (None, wanted) for size, wanted in zip(actual, declared, strict=True)):
            fix = None if None in actual else str(actual[0]) if len(actual) == 1 else str(list(actual))
            raise Fault(
                "CS303",
                f"{LAYER} declares normalized_shape={_plain(declared)}, but "
                f"{'axis' if len(axes) == 1 else 'axes'} {' and '.join(map(str, axes))} of its input {show(shape)} "
                f"{'is' if len(declared) == 1 else 'are'} {_plain(actual)}",
                fix=fix and f"use normalized_shape={fix}",
                argument="normalized_shape",
                replacement=fix,
            )


def _plain(sizes: Shape) -> str:
    """Sizes as an argument states them: one number alone, several as a list."""
    return str(sizes[0]) if len(sizes) == 1 else f"[{', '.join('?' if size is None else str(size) for size in sizes)}]"


@value
class GroupNormalization(Operation):
    """Normalization of each sample over groups of channels and all other axes.

    Attributes:
        groups: how many; -1: as many as channels (instance normalization).
        axis: the channel axis, batch counted.
        channels: the declared number, checked when given.
        statistics: whether it keeps statistics as buffers (PyTorch's InstanceNorm may); these replace the sample's.
        several: where PyTorch refuses that one element alone is normalized: in every sample, or (by an oddity of
            GroupNorm) only if the whole batch has no more than that.
    """

    groups: int
    axis: int = -1
    scale: bool = True
    center: bool = True
    channels: int | None = None
    statistics: bool = False
    several: Literal["sample", "batch"] | None = None
    ranks: tuple[int, ...] | None = None
    known_channels: bool = False

    @property
    def per_sample(self) -> bool:  # type: ignore[override]
        """Where it is refused for a single element of all samples, it is not."""
        return self.several != "batch"

    def apply(self, shape: Shape) -> Result:
        """The shape of the input; per channel scale and offset."""
        require_rank_of(shape, self.ranks)
        axis, channels = channel_axis(self.axis, shape, self.channels, known=self.known_channels)
        check_divides(channels, self.groups)
        if self.several and not self.statistics:
            elements = product(size for each, size in enumerate(shape) if each not in (0, axis))
            if self.several == "batch":
                elements = times(shape[0], divided(channels, self.groups), elements)
            refuse_single(elements, shape)
        weights = affine((channels,), self.scale, self.center)
        if self.statistics:
            weights += [Weight(name, (channels,), "buffer") for name in ("mean", "variance")]
            weights.append(Weight("num_batches_tracked", (), "buffer"))
        output = (*shape[:axis], channels, *shape[axis + 1 :])
        others = () if self.statistics else tuple(each for each in range(1, len(shape)) if each != axis)
        paths = list(whole_paths(shape, others))
        if not self.statistics and channels is not None:
            size = channels // (channels if self.groups == -1 else self.groups)
            paths[axis] = Path(axis, told(size, group_map, size))
        per_element = FLOPS_BATCH if self.statistics else FLOPS_STATISTICS
        return Result((output,), tuple(weights), flops=times(per_element, product(output[1:])), paths=(tuple(paths),))


def refuse_single(elements: Dim, shape: Shape) -> None:
    """PyTorch refuses to normalize one element by its own statistics, which always gives zero (CS315)."""
    if elements == 1:
        raise Fault(
            "CS315",
            f"{LAYER} would normalize each element of {show(shape)} by itself, which always gives 0",
            fix="use an input with more than one element per group, or leave the layer out",
        )


def check_divides(channels: Dim, groups: int) -> None:
    """Groups of a normalization have to divide the channels (CS307); -1 stands for one a channel."""
    if channels is not None and groups != -1 and channels % groups:
        nearest = nearest_divisor(channels, groups)
        raise Fault(
            "CS307",
            f"{LAYER}: {GROUPS}={groups} does not divide its {channels} channels",
            fix=f"use {GROUPS}={nearest}",
            argument=GROUPS,
            replacement=str(nearest),
        )


@value
class UnitNormalization(Operation):
    """Each sample scaled to length 1 along `axes` (batch counted). No weights."""

    axes: tuple[int, ...] = (-1,)

    def taken_over(self, shape: Shape) -> frozenset[int]:
        """The axes of an input that it is taken over, counted from 0, the batch."""
        return frozenset(normalize_axis(axis, len(shape)) for axis in self.axes)

    def apply(self, shape: Shape) -> Result:
        """The shape of the input."""
        paths = whole_paths(shape, self.taken_over(shape))
        return Result((shape,), flops=times(FLOPS_UNIT, product(shape[1:])), paths=(paths,))
