"""What a window setting is, what it is asked to be, and what it gives: the settings that `solve` looks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from cnnshape.arithmetic import transposed as t
from cnnshape.arithmetic import windows as w
from cnnshape.arithmetic.windows import Padding
from cnnshape.value import NamedTuple

Kind = Literal["convolution", "pooling", "transposed"]


Framework = Literal["keras", "pytorch"]


FRAMEWORKS: tuple[Framework, ...] = ("keras", "pytorch")


class Bounds(NamedTuple):
    """What is tried: everything from 1 (padding: 0) up to these, or one fixed value where it is not None.

    `padding` fixes a rule ("valid", which is 0, "same") or a number; `max_stride` None: as far as the sizes can need,
    but not beyond `FURTHEST_STRIDE`.
    PyTorch's padding is tried up to half the effective kernel, beyond which it refuses pooling and nobody goes.
    """

    kernel: int | None = None
    stride: int | None = None
    padding: str | int | None = None
    dilation: int | None = None
    max_kernel: int = 11
    max_stride: int | None = None
    max_dilation: int = 2


PerAxis = int | tuple[int, ...]
"""The same on every axis, or one number for each."""


class Setting(NamedTuple):
    """One setting of a layer, the same on every axis where it is a number. `output_padding` None: not given."""

    framework: Framework
    kind: Kind
    kernel: PerAxis
    stride: PerAxis
    padding: str | PerAxis
    dilation: PerAxis = 1
    ceil_mode: bool = False
    output_padding: PerAxis | None = None

    def on(self, axis: int) -> Setting:
        """The setting of one axis."""
        return Setting._make(each[axis] if isinstance(each, tuple) else each for each in self)

    @property
    def extent(self) -> int:
        """The effective kernel of a setting that is the same on every axis."""
        return w.effective_kernel(alone(self.kernel), alone(self.dilation))

    @property
    def differing(self) -> int:
        """How many arguments differ from axis to axis."""
        return sum(isinstance(each, tuple) for each in self)


def alone(value: PerAxis) -> int:
    """The number of every axis; for settings of one axis."""
    return value[0] if isinstance(value, tuple) else value


def together(settings: Sequence[Setting]) -> Setting:
    """Settings of the axes as one: numbers where they agree. An output padding that one axis has not is 0 there."""
    columns = [tuple(column) for column in zip(*settings, strict=True)]
    if len(set(columns[-1])) > 1:
        columns[-1] = tuple(each or 0 for each in columns[-1])
    return Setting._make(each[0] if len(set(each)) == 1 else each for each in columns)


class Solution(NamedTuple):
    """A setting that fits, with what it does on each axis.

    Attributes:
        ends: elements padded (before, after); for a transposed convolution elements cropped.
        leftover: elements at the far border that no window reads.
        steps_over: whether windows leave elements between them unread.
    """

    setting: Setting
    ends: tuple[Padding, ...]
    leftover: tuple[int, ...]

    @property
    def axes(self) -> tuple[Setting, ...]:
        """The setting of every axis."""
        if not self.setting.differing:
            return (self.setting,) * len(self.ends)
        return tuple(self.setting.on(axis) for axis in range(len(self.ends)))

    @property
    def steps_over(self) -> bool:
        """Whether a stride is larger than its window."""
        return any(axis.kind != "transposed" and alone(axis.stride) > axis.extent for axis in self.axes)

    @property
    def cannot_run(self) -> bool:
        """Whether TensorFlow refuses at run time what Keras plans."""
        return any(
            axis.kind == "transposed"
            and axis.padding == "same"
            and t.same_cannot_run(axis.extent, None if axis.output_padding is None else alone(axis.output_padding))
            for axis in self.axes
        )

    @property
    def symmetric(self) -> bool:
        """Whether both ends of every axis are padded (or cropped) alike."""
        return all(low == high for low, high in self.ends)

    def to_dict(self) -> dict[str, Any]:
        """The solution as JSON states it."""
        setting = self.setting
        return {
            "framework": setting.framework,
            "layer": layer(setting, len(self.ends)),
            "kernel_size": setting.kernel,
            "stride": setting.stride,
            "padding": setting.padding,
            "dilation": setting.dilation,
            "ceil_mode": setting.ceil_mode,
            "output_padding": setting.output_padding,
            "ends": [list(each) for each in self.ends],
            "leftover": list(self.leftover),
        }


def layer(setting: Setting, rank: int = 2) -> str:
    """The setting as the framework's layer, filters and channels aside."""
    keras = setting.framework == "keras"
    names = {
        "convolution": "Conv{}D(filters, {}" if keras else "Conv{}d(in_channels, out_channels, {}",
        "pooling": "MaxPooling{}D({}" if keras else "MaxPool{}d({}",
        "transposed": "Conv{}DTranspose(filters, {}" if keras else "ConvTranspose{}d(in_channels, out_channels, {}",
    }
    text = names[setting.kind].format(rank, setting.kernel)
    default_stride = setting.kernel if setting.kind == "pooling" else 1
    words: list[tuple[str, object]] = []
    if setting.stride != default_stride:
        words.append(("strides" if keras else "stride", setting.stride))
    if plainly(setting.padding) != "valid":
        words.append(("padding", f'"{setting.padding}"' if isinstance(setting.padding, str) else setting.padding))
    if setting.output_padding is not None:
        words.append(("output_padding", setting.output_padding))
    if setting.dilation != 1:
        words.append(("dilation_rate" if keras else "dilation", setting.dilation))
    if setting.ceil_mode:
        words.append(("ceil_mode", True))
    return ", ".join((text, *(f"{name}={value}" for name, value in words))) + ")"


def plainly(padding: str | PerAxis) -> str | PerAxis:
    """The padding, where nothing is padded by one name: Keras says "valid", PyTorch 0."""
    return "valid" if padding == 0 else padding
