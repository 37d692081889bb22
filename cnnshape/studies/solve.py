"""The inverse question: which window settings map one size to another.

All settings within bounds are tried on every axis; what fits is ranked by convention. Standard library only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

from cnnshape.arithmetic import transposed as t
from cnnshape.arithmetic import windows as w
from cnnshape.arithmetic.sizes import ceil_div
from cnnshape.arithmetic.windows import Padding

Kind = Literal["convolution", "pooling", "transposed"]
Framework = Literal["keras", "pytorch"]
FRAMEWORKS: tuple[Framework, ...] = ("keras", "pytorch")


FURTHEST_STRIDE = 64
"""Larger strides are tried only where `Bounds` asks for them."""


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


class Setting(NamedTuple):
    """One setting of a layer, the same on every axis. `output_padding` None: not given."""

    framework: Framework
    kind: Kind
    kernel: int
    stride: int
    padding: str | int
    dilation: int = 1
    ceil_mode: bool = False
    output_padding: int | None = None

    @property
    def extent(self) -> int:
        """The effective kernel."""
        return w.effective_kernel(self.kernel, self.dilation)


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
    def steps_over(self) -> bool:
        """Whether the stride is larger than the window."""
        return self.setting.kind != "transposed" and self.setting.stride > self.setting.extent

    @property
    def cannot_run(self) -> bool:
        """Whether TensorFlow refuses at run time what Keras plans."""
        setting = self.setting
        transposed = setting.kind == "transposed" and setting.padding == "same"
        return transposed and t.same_cannot_run(setting.extent, setting.output_padding)

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


def solve(
    inputs: Sequence[int],
    outputs: Sequence[int],
    kind: Kind = "convolution",
    frameworks: Sequence[Framework] = FRAMEWORKS,
    bounds: Bounds = Bounds(),  # noqa: B008  # immutable
) -> tuple[Solution, ...]:
    """All settings that map every input size to the output size beside it, most conventional first.

    Raises:
        ValueError: the sizes do not pair up.
    """
    if len(inputs) != len(outputs) or not inputs:
        raise ValueError(f"{len(inputs)} input sizes and {len(outputs)} output sizes do not pair up")
    ratios = [ceil_div(max(one, other), min(one, other)) for one, other in zip(inputs, outputs, strict=True)]
    found = (
        solution
        for framework in frameworks
        for setting in settings(framework, kind, bounds, max(ratios) + 1)
        if (solution := fitted(setting, inputs, outputs))
    )
    return tuple(sorted(found, key=unconventional))


def settings(framework: Framework, kind: Kind, bounds: Bounds, needed_stride: int) -> Iterator[Setting]:
    """Every setting within bounds that the framework accepts."""
    most_stride = bounds.max_stride or max(min(needed_stride, FURTHEST_STRIDE), 4)
    for kernel in tried(bounds.kernel, bounds.max_kernel):
        for stride in tried(bounds.stride, most_stride):
            for dilation in tried(bounds.dilation, bounds.max_dilation):
                if kernel == 1 and dilation > 1:  # one tap has nothing to spread
                    continue
                if framework == "keras" and dilation > 1 and (stride > 1 or kind == "pooling"):
                    continue
                plain = Setting(framework, kind, kernel, stride, "valid", dilation)
                for setting in variants(plain):
                    if bounds.padding is None or plainly(bounds.padding) == plainly(setting.padding):
                        yield setting


def plainly(padding: str | int) -> str | int:
    """The padding, where nothing is padded by one name: Keras says "valid", PyTorch 0."""
    return "valid" if padding == 0 else padding


def tried(fixed: int | None, most: int) -> Sequence[int]:
    """The values of one argument."""
    return range(1, most + 1) if fixed is None else (fixed,)


def variants(plain: Setting) -> Iterator[Setting]:
    """The ways in which a framework pads (and crops) this window."""
    if plain.framework == "keras":
        rules = [plain, plain._replace(padding="same")]
        yield from rules
        if plain.kind == "transposed":
            yield from (rule._replace(output_padding=more) for rule in rules for more in range(plain.stride))
        return
    paddings = [plain._replace(padding=number) for number in range(plain.extent // 2 + 1)]
    if plain.kind == "transposed":
        limit = max(plain.stride, plain.dilation)
        yield from (each._replace(output_padding=more or None) for each in paddings for more in range(limit))
    elif plain.kind == "pooling":
        # torch.nn.MaxPool2d: "pad should be at most half of effective kernel size"
        allowed = [each for each in paddings if isinstance(each.padding, int) and each.padding <= each.kernel // 2]
        yield from allowed
        yield from (each._replace(ceil_mode=True) for each in allowed)
    else:
        yield from paddings
        if plain.stride == 1 and plain.extent % 2 == 0:  # where the extent is odd, a number says the same
            yield plain._replace(padding="same")


def fitted(setting: Setting, inputs: Sequence[int], outputs: Sequence[int]) -> Solution | None:
    """The setting as a solution, or None where some axis gets another size (or the last window adds nothing)."""
    ends: list[Padding] = []
    leftover: list[int] = []
    told = False
    for size, wanted in zip(inputs, outputs, strict=True):
        padding = resolved(setting, size)
        if setting.kind == "transposed":
            if t.count_transposed(size, setting.extent, setting.stride, padding) != wanted:
                return None
            told = told or setting.output_padding is None or padding != resolved(plainer(setting), size)
            leftover.append(0)
        else:
            count = w.count_windows_ceil if setting.ceil_mode else w.count_windows
            if count(size, setting.extent, setting.stride, padding) != wanted:
                return None
            told = told or not setting.ceil_mode or w.count_windows(
                size, setting.extent, setting.stride, padding
            ) != wanted  # fmt: skip
            leftover.append(w.leftover(size, setting.extent, setting.stride, padding, wanted))
        ends.append(padding)
    return Solution(setting, tuple(ends), tuple(leftover)) if told else None


def plainer(setting: Setting) -> Setting:
    """The setting without its output padding."""
    return setting._replace(output_padding=None)


def resolved(setting: Setting, size: int) -> Padding:
    """What is padded before and after an axis of this size (cropped, for a transposed convolution)."""
    number, extent, stride = setting.padding, setting.extent, setting.stride
    if setting.kind == "transposed":
        if isinstance(number, int):
            return t.crop_explicit((number, number), setting.output_padding or 0)
        return (t.crop_same if number == "same" else t.crop_valid)(extent, stride, setting.output_padding)
    if isinstance(number, int):
        return number, number
    if number == "valid":
        return 0, 0
    return w.same_padding(size, extent, stride) if setting.framework == "keras" else w.same_padding_unstrided(extent)


def unconventional(solution: Solution) -> tuple[Any, ...]:
    """How far a solution is from what people write; smaller is more conventional.

    Convolutions: odd kernels near 3, the same padding on both sides, nothing left unread, no dilation. Pooling:
    windows that neither overlap nor leave gaps. Transposed convolutions: a kernel that the stride divides, twice
    the stride best (Odena, Dumoulin, Olah, "Deconvolution and Checkerboard Artifacts", Distill 2016). What cannot run
    comes last.
    """
    setting = solution.setting
    unread = sum(solution.leftover)
    plain = plainly(setting.padding) == "valid"
    common = (setting.dilation, setting.stride, setting.kernel, not plain, str(setting.padding))
    if setting.kind == "transposed":
        return (
            solution.cannot_run,
            setting.kernel % setting.stride,
            setting.dilation > 1,
            not solution.symmetric,
            setting.output_padding is not None,
            abs(setting.kernel - (2 * setting.stride if setting.stride > 1 else 3)),
            setting.output_padding or 0,
            *common,
        )
    if setting.kind == "pooling":
        return (
            solution.steps_over,
            not solution.symmetric,
            unread > 0,
            setting.dilation > 1,
            setting.ceil_mode,
            setting.kernel != setting.stride,
            abs(setting.kernel - 2),
            unread,
            *common,
        )
    return (
        solution.steps_over,
        setting.kernel % 2 == 0,
        setting.dilation > 1,
        not solution.symmetric,
        unread > 0,
        abs(setting.kernel - 3),
        unread,
        *common,
    )


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
    if setting.dilation > 1:
        words.append(("dilation_rate" if keras else "dilation", setting.dilation))
    if setting.ceil_mode:
        words.append(("ceil_mode", True))
    return ", ".join((text, *(f"{name}={value}" for name, value in words))) + ")"
