"""PyTorch's normalization modules, and torchvision's LayerNorm2d and LayerScale."""

from __future__ import annotations

from typing import Annotated, Any

from cnnshape.diagnostics import Fault
from cnnshape.operations import normalization as operations
from cnnshape.operations import scaling
from cnnshape.operations.distances import Distance
from cnnshape.operations.normalization import check_divides
from cnnshape.operations.operation import Operation
from cnnshape.operations.views import OfRank
from cnnshape.operations.weighted import Weighted
from cnnshape.vocabularies.declaration import Before, Info
from cnnshape.vocabularies.layer import layer_of
from cnnshape.vocabularies.pytorch.values import Axes, Declared, require_axes
from cnnshape.vocabularies.values import Extended, Integer, Kept, Number, Positive, at_least
from cnnshape.vocabularies.vocabulary import LayerType


def refuse_small_epsilon(kind: LayerType, epsilon: float, tracks: bool) -> None:
    """PyTorch refuses a negative epsilon, and 0 where a variance of the batch, which may be 0, is divided by."""
    if epsilon < 0 or (epsilon == 0 and not tracks):
        least = "at least 0" if tracks else "greater than 0 without running statistics"
        raise Fault(
            "CS105",
            f"{kind.name}'s eps must be {least}, got {epsilon}",
            fix="leave eps out, for 1e-05",
            argument="eps",
        )


ANY_RANK = tuple(range(2, 65))
"""PyTorch has at most 64 axes."""

BATCH_NORM_RANKS: dict[int | None, tuple[int, ...]] = {1: (2, 3), 2: (4,), 3: (5,), None: ANY_RANK}
"""The numbers of axes that a batch normalization takes, by the rank in its name."""


def SyncBatchNorm(
    kind: LayerType,
    num_features: Declared = None,
    eps: Number = 1e-05,
    momentum: Number | None = 0.1,
    affine: bool = True,
    track_running_stats: bool = True,
    process_group: Kept = None,
    *,
    bias: bool = True,
) -> operations.BatchNormalization:
    """SyncBatchNorm, which takes inputs with any number of axes."""
    refuse_small_epsilon(kind, eps, track_running_stats)
    return operations.BatchNormalization(
        axis=1,
        scale=affine,
        center=affine and bias,
        statistics="buffer" if track_running_stats else None,
        channels=num_features if affine or track_running_stats else None,
        ranks=BATCH_NORM_RANKS[kind.rank],
    )


BatchNorm = layer_of(
    SyncBatchNorm,
    "process_group",
    """BatchNorm1d, BatchNorm2d, BatchNorm3d, whose statistics are buffers.

    Without weights and statistics one takes any number of channels.
    """,
)
LazyBatchNorm = layer_of(
    SyncBatchNorm,
    "num_features process_group",
    "LazyBatchNorm1d, LazyBatchNorm2d, LazyBatchNorm3d: the input's channels are inferred.",
)


def FrozenBatchNorm2d(num_features: Declared = None, eps: Number = 1e-05) -> Operation:
    """torchvision's FrozenBatchNorm2d: batch normalization of which nothing is a parameter, all four are buffers."""
    return operations.BatchNormalization(1, statistics="buffer", channels=num_features, counter=False, frozen=True)


def InstanceNorm(
    kind: LayerType,
    num_features: Declared = None,
    eps: Number = 1e-05,
    momentum: Number | None = 0.1,
    affine: bool = False,
    track_running_stats: bool = False,
    *,
    bias: bool = True,
) -> operations.GroupNormalization:
    """InstanceNorm1d, InstanceNorm2d, InstanceNorm3d: one group per channel.

    Without weights and statistics one takes any number of channels.
    """
    return operations.GroupNormalization(
        groups=-1,
        axis=1,
        scale=affine,
        center=affine and bias,
        channels=num_features if affine or track_running_stats else None,
        statistics=track_running_stats,
        several="sample",
        ranks=((kind.rank or 2) + 2,),
    )


LazyInstanceNorm = layer_of(
    InstanceNorm,
    "num_features",
    "LazyInstanceNorm1d to 3d, which have weights and statistics by default, unlike the others.",
    affine=True,
    track_running_stats=True,
)


def GroupNorm(
    num_groups: Positive, num_channels: Declared = None, eps: Number = 1e-05, affine: bool = True, *, bias: bool = True
) -> operations.GroupNormalization:
    """GroupNorm: without weights, the input's channels may differ from the declared ones, if the groups divide both."""
    check_divides(num_channels, num_groups)
    return operations.GroupNormalization(
        groups=num_groups,
        axis=1,
        scale=affine,
        center=affine and bias,
        channels=num_channels if affine else None,
        several="batch",
        ranks=ANY_RANK,
    )


def no_tensor(value: Any) -> None:
    """None, as a file has no tensor to give."""
    if value is not None:
        raise ValueError("must be null: a module has weights of its own, a function none")


NoTensor = Annotated[None, Before(no_tensor, None)]
"""The weights of a function, which may be left out."""


def GroupNormFunction(
    num_groups: Positive, weight: NoTensor = None, bias: NoTensor = None, eps: Number = 1e-05
) -> Operation:
    """torch.nn.functional.group_norm: called with a tensor, and a weight and a bias, or without them."""

    def make(_: Any, weight: Any, bias: Any) -> Operation:
        given = (weight is not None, bias is not None)
        return operations.GroupNormalization(num_groups, 1, *given, several="batch", ranks=ANY_RANK)

    return Weighted(make, ("weight", "bias"), 0, (1, 1))


def listed_shape(value: Any, info: Info) -> tuple[int, ...]:
    """A list of at least one positive integer."""
    if not isinstance(value, list | tuple):
        raise ValueError(f"must be a list, such as [{value}]")
    return normalized_shape(value, info)


def normalized_shape(value: Any, info: Info) -> tuple[int, ...]:
    """One positive integer or a list of at least one."""
    if isinstance(value, list | tuple):
        if not value:
            raise ValueError("must name at least one size")
        return tuple(at_least(1, each, info) for each in value)
    return (at_least(1, value, info),)


NormalizedShape = Annotated[tuple[int, ...], Before(normalized_shape, int | list[int])]
ListedShape = Annotated[tuple[int, ...], Before(listed_shape, list[int])]
"""The normalized shape as functions take it; modules take one number as well."""


def over_the_last(shape: tuple[int, ...], scale: bool, center: bool, *, mean: bool = True) -> Operation:
    """Over the last axes, whose sizes are the normalized shape; without a `mean` by the root of the mean square."""
    return operations.LayerNormalization(tuple(range(-len(shape), 0)), scale, center, shape, root_mean_square=not mean)


def LayerNorm(
    normalized_shape: NormalizedShape, eps: Number = 1e-05, elementwise_affine: bool = True, bias: bool = True
) -> Operation:
    """LayerNorm."""
    return over_the_last(normalized_shape, elementwise_affine, elementwise_affine and bias)


def LayerNorm2d(
    kind: LayerType,
    normalized_shape: NormalizedShape,
    eps: Number = 1e-05,
    elementwise_affine: bool = True,
    bias: bool = True,
) -> Operation:
    """torchvision's LayerNorm2d: over the channels of an image."""
    if len(normalized_shape) > 1:
        raise Fault(
            "CS105",
            f"{kind.name} normalizes the channels of an image, so normalized_shape must be one number, "
            f"got {list(normalized_shape)}",
            fix="use LayerNorm for several axes",
            argument="normalized_shape",
        )
    center = elementwise_affine and bias
    # over axis 1, as torchvision permutes the channels to the end and back
    return OfRank(operations.LayerNormalization((1,), elementwise_affine, center, normalized_shape), (4,))


def LayerNormFunction(
    normalized_shape: ListedShape, weight: NoTensor = None, bias: NoTensor = None, eps: Number = 1e-05
) -> Operation:
    """torch.nn.functional.layer_norm, over the last axes: called with a tensor, and a weight and a bias, or without."""
    return over_last_axes(normalized_shape, "weight", "bias")


def over_last_axes(sizes: tuple[int, ...], *names: str) -> Operation:
    """A normalization over the last axes, whose weights are tensors of these names; a scale alone has no mean."""

    def make(_: Any, weight: Any, bias: Any = None) -> Operation:
        return over_the_last(sizes, weight is not None, bias is not None, mean=len(names) > 1)

    return Weighted(make, names, 0, (len(sizes),) * len(names))


def RMSNorm(normalized_shape: NormalizedShape, eps: Number | None = None, elementwise_affine: bool = True) -> Operation:
    """RMSNorm: over the last axes, without a mean and an offset."""
    return over_the_last(normalized_shape, elementwise_affine, False, mean=False)


def RMSNormFunction(normalized_shape: ListedShape, weight: NoTensor = None, eps: Number | None = None) -> Operation:
    """torch.nn.functional.rms_norm, over the last axes, without a mean: called with a tensor, and a weight or none."""
    return over_last_axes(normalized_shape, "weight")


def LocalResponseNorm(size: Positive, alpha: Number = 0.0001, beta: Number = 0.75, k: Number = 1.0) -> Operation:
    """LocalResponseNorm and local_response_norm: over neighbouring channels."""
    return scaling.LocalResponseNormalization(size)


def CrossMapLRN2d(size: Positive, alpha: Number = 0.0001, beta: Number = 0.75, k: Number = 1) -> Operation:
    """CrossMapLRN2d: LocalResponseNorm of images."""
    return OfRank(scaling.LocalResponseNormalization(size), (4,))


def CosineSimilarity(dim: Integer = 1, eps: Number = 1e-08) -> Operation:
    """CosineSimilarity and cosine_similarity: a product and two norms, then their product, a maximum, a quotient."""
    return Distance(dim, 6, 3)


def PairwiseDistance(p: Extended = 2.0, eps: Number = 1e-06, keepdim: bool = False) -> Operation:
    """PairwiseDistance and pairwise_distance: the norm of the difference, along the last axis."""
    return Distance(-1, 4, keep=keepdim)


def Normalize(kind: LayerType, p: Extended = 2.0, dim: Axes = (1,), eps: Number = 1e-12) -> Operation:
    """torch.nn.functional.normalize: each sample to length 1 along an axis."""
    return operations.UnitNormalization(require_axes(kind, dim, "normalize over"))


def LayerScale(dim: Declared = None, init: Number = 1e-06) -> Operation:
    """A trained factor per channel, as torchvision's ConvNeXt has one at the end of each block. Along axis 1."""
    return scaling.LearnedScale(axis=1, channels=dim)
