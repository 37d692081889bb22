"""The form of every operation and of what it answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import ClassVar, Literal

from cnnshape.arithmetic.fields import IDENTITY, AxisMap, LaterMap
from cnnshape.arithmetic.sizes import LARGEST_INTEGER, Dim, Shape, product, show, total
from cnnshape.arithmetic.windows import AxisWindows, Padding
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.value import NamedTuple, value

AXIS = "{axis}"
JOINED = "{joined}"
"""An axis along which tensors are joined, with what it is."""
FIRST, SECOND = "{first}", "{second}"
"""Two axes."""
CHANNELS = "{channels}"
GROUPS = "{groups}"
PARTS = "{parts}"
REPEATS = "{repeats}"
SHAPE = "{shape}"
"""What frameworks call by other names, in the faults of operations; `cnnshape.vocabularies.names` has those."""

Memory = Literal["new", "view", "in_place"]
"""Whether the output is a tensor of its own, another view of its input, or overwrites its input (where no other
row reads it)."""

WeightKind = Literal["trainable", "non_trainable", "buffer"]

CO_VARARGS = 4
"""The flag of code that takes any number of arguments, as `inspect` has it, which takes long to import."""


class Weight(NamedTuple):
    """One weight tensor. Buffers are PyTorch's: state that is not a parameter. `dtype` is None for the network's."""

    name: str
    shape: Shape
    kind: WeightKind = "trainable"
    dtype: str | None = None


class Path(NamedTuple):
    """How an input axis continues in the output, for the receptive field.

    `axis` is the output axis it becomes; None where every output sees all of the axis (global pooling, the
    channels of a convolution). `told` says which input indices each output index sees, or promises to; None where the
    index has no regular meaning any more (Flatten merges axes) although each output still sees one input index. `whole`
    says that every output sees all of the axis besides (the statistics of group normalization), `lost` that what it
    sees is not known (it depends on an unknown size, or on values); so it is where a promised map has too long a
    period.
    """

    axis: int | None
    told: AxisMap | LaterMap | None = IDENTITY
    whole: bool = False
    lost: bool = False

    @property
    def map(self) -> AxisMap | None:
        """Which input indices each output index sees, made anew where it was only promised."""
        return self.told.map if isinstance(self.told, LaterMap) else self.told


EVERYTHING = Path(None, None)
"""Every output sees the whole axis."""
STRETCHED = Path(None, IDENTITY)
"""Every output sees the only index of the axis, which need not see everything."""
SOMETHING = Path(None, None, lost=True)
"""Every output sees some of the axis: which indices is not known."""


class Result(NamedTuple):
    """What an operation answers for given input shapes.

    Attributes:
        outputs: the output shapes, batch first.
        weights: the weight tensors, in the framework's order.
        macs: products per sample (bias apart), windows nominal.
        flops: floating-point operations per sample, by the convention of the design.
        windows: per spatial axis, those that slide over the input.
        written: per spatial axis of the *output*, those of a transposed convolution: input element i writes window i.
        padded: (low, high) per axis that a padding layer adds.
        paths: per input, per input axis (batch included), how it continues; None: every axis as it was.
        memory: whether the output needs memory of its own.
        at_most: whether there may be fewer outputs, as an unknown size decides.
        indices: the numbers of the outputs that hold indices, which are int64 whatever the network's dtype.
        complex: whether the outputs are complex numbers; None: where an input is.
    """

    outputs: tuple[Shape, ...]
    weights: tuple[Weight, ...] = ()
    macs: Dim = 0
    flops: Dim = 0
    windows: tuple[AxisWindows, ...] = ()
    written: tuple[AxisWindows, ...] = ()
    padded: tuple[Padding, ...] | None = None
    paths: tuple[tuple[Path, ...], ...] | None = None
    memory: Memory = "new"
    at_most: bool = False
    indices: tuple[int, ...] = ()
    complex: bool | None = None

    @property
    def output(self) -> Shape:
        """The only (or first) output shape."""
        return self.outputs[0]

    @property
    def padding(self) -> tuple[Padding | None, ...] | None:
        """(low, high) per axis, for windows and padding layers; of a transposed convolution what it crops."""
        axes = self.windows or self.written
        return tuple(axis.padding for axis in axes) if axes else self.padded

    @property
    def leftover(self) -> tuple[Dim, ...] | None:
        """Elements per spatial axis that no window reads."""
        return tuple(axis.leftover for axis in self.windows) if self.windows else None

    def elements(self, kind: WeightKind) -> Dim:
        """The number of elements in the weights of one kind."""
        return total(product(weight.shape) for weight in self.weights if weight.kind == kind)

    @property
    def params(self) -> Dim:
        """Trainable and non-trainable weights, buffers apart."""
        return total(product(weight.shape) for weight in self.weights if weight.kind != "buffer")


class Operation:
    """A framework-neutral operation; subclasses are values (`value`) of its arguments.

    `fewest` and `most` bound the number of inputs (`most` None: any number), as the signature of `apply` says where a
    class does not; `batch_axis` is where the first one has the samples that its costs are counted for. Where it is
    `per_sample`, another batch changes nothing but the first size of what it makes, as long as it is the first one of
    all that it reads.
    """

    __slots__ = ()
    per_sample: ClassVar[bool] = False
    batch_axis: ClassVar[int] = 0
    fewest: ClassVar[int] = 1
    most: ClassVar[int | None] = 1

    apply: ClassVar[Callable[..., Result]]
    """From input shapes (batch first) to the result. Raises `Fault` where they do not fit."""

    def __init_subclass__(cls) -> None:
        """Take the number of inputs from the signature."""
        stated = cls.__dict__
        if "apply" in stated:
            code, optional = stated["apply"].__code__, stated["apply"].__defaults__ or ()
            given, is_open = code.co_argcount - 1, bool(code.co_flags & CO_VARARGS)
            if "fewest" not in stated:
                cls.fewest = given - len(optional) if given or not is_open else 1
            if "most" not in stated:
                cls.most = None if is_open else given

    @property
    def merges(self) -> bool:
        """Whether it takes a list of inputs of any length (Add, Concatenate)."""
        return self.most is None


@value
class Layout:
    """Where the axes of a tensor lie: channels last (Keras's default) or first (PyTorch)."""

    channels_last: bool = True

    def channel_axis(self, rank: int) -> int:
        """The channel axis of a tensor with `rank` axes in all."""
        return rank - 1 if self.channels_last else 1

    def spatial_axes(self, rank: int) -> tuple[int, ...]:
        """The spatial axes of a tensor with `rank` axes in all."""
        return tuple(range(1, rank - 1)) if self.channels_last else tuple(range(2, rank))

    def channel_path(self, rank: int) -> Path:
        """The path of channels that stay as they are."""
        return Path(self.channel_axis(rank))

    def channels(self, shape: Shape) -> Dim:
        """The number of channels of `shape`."""
        return shape[self.channel_axis(len(shape))]

    def spatial(self, shape: Shape) -> Shape:
        """The spatial sizes of `shape`."""
        return shape[1:-1] if self.channels_last else shape[2:]

    def only_channels(self, shape: Shape) -> Shape:
        """The shape with no size but the batch and the channels."""
        return self.join(shape[0], (None,) * (len(shape) - 2), self.channels(shape)) if len(shape) > 1 else shape

    def join(self, batch: Dim, spatial: Shape, channels: Dim) -> Shape:
        """The shape with these parts."""
        return (batch, *spatial, channels) if self.channels_last else (batch, channels, *spatial)

    def paths(self, spatial: tuple[AxisMap | LaterMap | None, ...], channel: Path) -> tuple[Path, ...]:
        """Paths of a tensor whose spatial axes go through these maps (None: not known), the channels `channel`."""
        return paths_through(spatial, channel, self.channels_last)


@lru_cache(maxsize=512)  # networks have few, and those of one layer are the same whatever its sizes
def paths_through(
    spatial: tuple[AxisMap | LaterMap | None, ...], channel: Path, channels_last: bool
) -> tuple[Path, ...]:
    """`Layout.paths`."""
    first = 1 if channels_last else 2
    through = [Path(axis, one, False, not one) for axis, one in enumerate(spatial, first)]
    return (Path(0), *through, channel) if channels_last else (Path(0), channel, *through)


CHANNELS_LAST = Layout(True)
CHANNELS_FIRST = Layout(False)


def axis_names(spatial_rank: int) -> tuple[str, ...]:
    """What spatial axes are called: length · height, width · depth, height, width."""
    return {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}.get(
        spatial_rank, tuple(f"axis {axis}" for axis in range(1, spatial_rank + 1))
    )


class WrongRank(Fault):
    """A tensor with another number of axes than the one that is needed.

    Attributes:
        needed: that number, with the batch.
    """

    def __init__(self, message: str, needed: int) -> None:
        super().__init__("CS302", message)
        self.needed = needed


def require_rank(shape: Shape, spatial_rank: int, layout: Layout) -> None:
    """Refuse a tensor that has not batch + channels + `spatial_rank` axes."""
    if len(shape) != spatial_rank + 2:
        names = axis_names(spatial_rank)
        order = ("batch", *names, "channels") if layout.channels_last else ("batch", "channels", *names)
        raise WrongRank(
            f"{LAYER} needs {spatial_rank + 2} axes ({', '.join(order)}), but its input {show(shape)} has {len(shape)}",
            spatial_rank + 2,
        )


def require_content(shape: Sequence[Dim]) -> None:
    """Refuse a stated size below 1: such a tensor holds nothing."""
    if any(size is not None and size < 1 for size in shape):
        raise Fault("CS308", f"{LAYER} makes {show(shape)}, which holds nothing: every size has to be at least 1")


def require_known(size: Dim, quantity: str, *, fix: str | None = None) -> None:
    """Refuse an unknown size where weights depend on it and the framework insists on it."""
    if size is None:
        raise Fault(
            "CS312",
            f"{LAYER} has weights for each of its input's {quantity}, but their number is unknown",
            fix=fix or f"state the number of {quantity} in `input:`",
        )


def check_size(size: Dim, declared: int | None, argument: str = CHANNELS, noun: str = "channel") -> Dim:
    """The size, or the declared one where it is unknown; refuses a contradiction (CS303)."""
    if declared is None:
        return size
    if size is not None and size != declared:
        raise Fault(
            "CS303",
            f"{LAYER} declares {argument}={declared}, but its input has {size} {noun}{'s' * (size != 1)}",
            fix=f"use {argument}={size}",
            argument=argument,
            replacement=str(size),
        )
    return declared


def require_at_least(shape: Shape, fewest: int, *, because: str = "") -> None:
    """Refuse a tensor with fewer than `fewest` axes; `because` says what they are, in brackets."""
    if len(shape) < fewest:
        raise Fault(
            "CS302", f"{LAYER} needs at least {fewest} axes{because}, but its input {show(shape)} has {len(shape)}"
        )


def normalize_axis(axis: int, rank: int, *, argument: str = AXIS) -> int:
    """A possibly negative axis as an index from 0; refuses what lies outside `rank` axes."""
    if not -rank <= axis < rank:
        raise Fault(
            "CS309",
            f"{argument}={axis} is outside the input's {rank} axes",
            fix=f"use {argument} from {-rank} to {rank - 1}",
            argument=argument,
        )
    return axis % rank


def distinct_axes(axes: Sequence[int], rank: int, *, argument: str = AXIS) -> tuple[int, ...]:
    """Possibly negative axes as indices from 0; refuses one that is named twice."""
    found = tuple(normalize_axis(axis, rank, argument=argument) for axis in axes)
    if len(set(found)) < len(found):
        raise Fault(
            "CS309",
            f"{LAYER}: {argument}={list(axes)} names an axis twice",
            fix=f"use {argument}={sorted(set(found))}",
            argument=argument,
        )
    return found


def refuse_batch(axis: int, does: str, *, argument: str = AXIS) -> None:
    """The refusal of axis 0: `does` says what would happen to it."""
    if axis == 0:
        raise Fault(
            "CS310",
            f"{LAYER} would {does} the batch axis (axis 0)",
            fix="use an axis from 1 on: a network treats every sample alike",
            argument=argument,
        )


def sample_axis(axis: int, rank: int, does: str) -> int:
    """A possibly negative axis of each sample as an index; refuses the batch, `does` saying what would happen to it."""
    found = normalize_axis(axis, rank)
    refuse_batch(found, does)
    return found


def check_integers(result: Result, params: Dim = None) -> None:
    """Sizes and counts stay below 2**63; `params` are those of the result where nobody has looked at them before."""
    for shape in result.outputs:
        for size in shape:
            if size is not None and size > LARGEST_INTEGER:
                raise Fault("CS115", f"{LAYER} gives a size that is not below 2**63: {size}")
    for count in (result.macs, result.flops, params):
        if count is not None and count > LARGEST_INTEGER:
            raise Fault("CS115", f"{LAYER} has counts that are not below 2**63")
