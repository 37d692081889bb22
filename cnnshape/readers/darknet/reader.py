"""Reading Darknet's `.cfg`: section by section to a network, layers by the names that PyTorch has for them.

Source: `src/parser.c` of Darknet, of Redmon's and of Bochkovskiy's; images are NCHW, sizes are
``(size + 2 * padding - kernel) / stride + 1``, and max pooling pads by its kernel less 1, the odd element at the end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import prod
from typing import Any

from cnnshape.diagnostics import Diagnostic, Fault, Position, Source, Span
from cnnshape.network.builder import NetworkBuilder
from cnnshape.network.network import Network
from cnnshape.network.node import Origin
from cnnshape.network.plan import Scope
from cnnshape.network.tensor import Tensor
from cnnshape.operations.operation import CHANNELS_FIRST, EVERYTHING, Operation, Path, Result, Weight
from cnnshape.operations.pooling import Pooling
from cnnshape.operations.views import Identity
from cnnshape.operations.worked import Worked
from cnnshape.readers.archives import StoredModel, damaged
from cnnshape.readers.exported import layer
from cnnshape.readers.files import Opened
from cnnshape.readers.requests import Settings
from cnnshape.readers.unknown import Unknown
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.layer import Faults

ACTIVATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "leaky": ("LeakyReLU", {"negative_slope": 0.1}),
    "logistic": ("Sigmoid", {}),
    "hardtan": ("Hardtanh", {}),
    "swish": ("SiLU", {}),
    **{name.lower(): (name, {}) for name in ("ReLU", "ReLU6", "ELU", "SELU", "GELU", "Mish", "Tanh")},
}
"""Activations as PyTorch has them; `linear` is none."""

OTHER_ACTIVATIONS = frozenset({"hard_mish", "lhtan", "loggy", "plse", "ramp", "relie", "stair"})
"""Those that PyTorch has not."""

KEPT = frozenset({"cost", "gaussian_yolo", "l2norm", "logistic", "normalization", "region", "sam", "yolo"})
"""Sections whose output has the shape of their input, and which have no weights."""


class Section(NamedTuple):
    """One section: its name, its options, and the line of its name."""

    name: str
    options: Mapping[str, str]
    line: int

    def number(self, name: str, default: int) -> int:
        """An option that is a whole number. Raises `Fault`."""
        written = self.options.get(name)
        if written is None:
            return default
        try:
            return int(float(written))
        except (ValueError, OverflowError):
            raise Fault("CS305", f"{name} of [{self.name}] has to be a number, got {written!r}") from None

    def numbers(self, name: str) -> list[int]:
        """An option that is a list of whole numbers. Raises `Fault`."""
        parts = [part.strip() for part in self.options.get(name, "").split(",")]
        return [Section(self.name, {name: part}, self.line).number(name, 0) for part in parts if part]


class Configuration(StoredModel):
    """A configuration, ready to be planned."""

    def walked(self, settings: Settings) -> Network:
        """The network for the input that ``[net]`` states, or another. Raises `UnreadableError`: it has no sizes."""
        source, sections = self.model
        try:
            walk = Walk(source, sections, settings)
        except Fault as fault:
            raise damaged(self.filename, f"{self.filename}: {fault.message}") from None
        return walk.network()


class UnknownShapeError(Exception):
    """A section reads what has no shape."""


class Walk:
    """The state of reading one configuration; `made` is what each section gives."""

    def __init__(self, source: Source, sections: list[Section], settings: Settings) -> None:
        head, *self.sections = sections
        self.source = source
        name = source.filename.rpartition("/")[2].partition(".")[0]
        self.builder = NetworkBuilder("pytorch", name=name, filename=source.filename, batch=settings.batch or 1)
        stated = (head.number("channels", 3), head.number("height", 416), head.number("width", 416))
        if not all(0 < size < 2**31 for size in stated):
            raise Fault("CS305", f"[net] states an input of {' x '.join(map(str, stated))}")
        shape = next(iter(settings.inputs.values()), stated)
        self.unknown = Unknown(self.builder)
        self.made: list[Tensor] = []
        self.last = self.builder.input("input", (self.builder.batch, *shape))
        self.section = head

    def network(self) -> Network:
        """The network: outputs are what no other section reads."""
        read: set[Tensor] = set()
        for section in self.sections:
            self.section = section
            self.last = self.run(section)
            self.made.append(self.last)
        for node in self.builder.nodes:
            read.update(node.inputs)
        self.unknown.report()
        outputs = [tensor for tensor in self.made if tensor not in read]
        return self.builder.finish(list(dict.fromkeys(outputs)), sources={self.builder.filename: self.source})

    def run(self, section: Section) -> Tensor:
        """What a section makes; without a shape where it is wrong, unknown, or reads what is."""
        rule = RULES.get(section.name)
        try:
            if rule is not None:
                return rule(self, section)
            self.unknown.add(f"[{section.name}]", f"{len(self.made)}.{section.name}")
        except (Fault, Faults) as error:
            fault = error.faults[0] if isinstance(error, Faults) else error
            span = self.origin().span
            self.builder.report(Diagnostic(fault.code, fault.message, self.builder.filename, span, fix=fault.fix))
        except UnknownShapeError:
            pass  # what it reads was reported
        return self.builder.fail(section.name, (self.last,), **self.place(section.name)).outputs[0]

    # -- rows

    def origin(self) -> Origin:
        """Where the section is written."""
        end = Position(self.section.line, len(self.section.name) + 3)
        return Origin(self.builder.filename, Span(Position(self.section.line, 1), end))

    def place(self, part: str) -> dict[str, Any]:
        """The name of a row, the section around it, and where that is written."""
        number = str(len(self.made))
        return {"name": f"{number}.{part}", "scopes": (Scope(number, self.section.name),), "origin": self.origin()}

    def layer(self, part: str, type: str, *inputs: Tensor, **arguments: Any) -> Tensor:
        """A layer of PyTorch's. Raises `Faults` or `Fault`."""
        lowered = self.builder.layer(type, (), arguments)
        return self.builder.add(lowered, inputs, **self.place(part)).outputs[0]

    def own(self, part: str, type: str, operation: Operation, *inputs: Tensor, **shown: Any) -> Tensor:
        """A row of an operation."""
        return self.builder.add(layer(type, shown, operation), inputs, **self.place(part)).outputs[0]

    def sizes(self, tensor: Tensor) -> tuple[int, ...]:
        """The channels and sizes of a map, batch apart. Raises `UnknownShapeError`."""
        shape = tensor.shape or ()
        if len(shape) < 2 or None in shape[1:]:
            raise UnknownShapeError
        return tuple([size or 0 for size in shape[1:]])

    def at(self, index: int) -> Tensor:
        """What a section made, counted from the start or (negative) back from here. Raises `Fault`."""
        here = len(self.made)
        place = index if index >= 0 else here + index
        if not 0 <= place < here:
            message = f"[{self.section.name}] reads layer {index}, and there are {here} above it, from 0"
            raise Fault("CS103", message)
        return self.made[place]

    def activated(self, tensor: Tensor) -> Tensor:
        """The activation of the section, where it has one. Raises `Fault` where nobody knows it."""
        name = self.section.options.get("activation", "logistic" if self.section.name in LOGISTIC else "linear")
        if name == "linear":
            return tensor
        if name in ACTIVATIONS:
            type, arguments = ACTIVATIONS[name]
            return self.layer(name, type, tensor, **arguments)
        if name not in OTHER_ACTIVATIONS:
            known = ", ".join(sorted({"linear", *ACTIVATIONS, *OTHER_ACTIVATIONS}))
            raise Fault("CS101", f"unknown activation {name}; known are {known}")
        return self.own(name, name, Identity(), tensor)  # what it costs is left out


LOGISTIC = frozenset({"connected", "convolutional", "deconvolutional", "local"})
"""Sections that have the logistic activation where none is stated."""


def convolution(walk: Walk, section: Section) -> Tensor:
    """A convolution, where it says so with batch normalization in the place of its bias; `pad` is half the kernel."""
    size, stride = section.number("size", 1), section.number("stride", 1)
    padding = size // 2 if section.number("pad", 0) else section.number("padding", 0)
    dilation, normalized = section.number("dilation", 1), bool(section.number("batch_normalize", 0))
    strides = (section.number("stride_y", stride), section.number("stride_x", stride))
    source = walk.last
    shared: dict[str, Any] = {"kernel_size": size, "stride": strides, "bias": not normalized}
    shared |= {"in_channels": walk.sizes(source)[0], "out_channels": section.number("filters", 1)}
    if section.name == "deconvolutional":
        made = walk.layer("conv", "ConvTranspose2d", source, padding=padding, **shared)
    else:
        groups = section.number("groups", 1)
        pads = {"padding": padding * dilation, "dilation": dilation, "groups": groups}
        made = walk.layer("conv", "Conv2d", source, **shared, **pads)
    if normalized:
        made = walk.layer("bn", "BatchNorm2d", made, num_features=shared["out_channels"])
    return walk.activated(made)


def connected(walk: Walk, section: Section) -> Tensor:
    """A linear layer on all that there is."""
    source = walk.last
    if len(walk.sizes(source)) > 1:
        source = walk.layer("flatten", "flatten", source, start_dim=1)
    outputs, normalized = section.number("output", 1), bool(section.number("batch_normalize", 0))
    made = walk.layer("linear", "Linear", source, in_features=walk.sizes(source)[0], out_features=outputs)
    return walk.activated(walk.layer("bn", "BatchNorm1d", made, num_features=outputs) if normalized else made)


def local(walk: Walk, section: Section) -> Tensor:
    """A kernel of its own for every place, and a bias."""
    channels, *spatial = walk.sizes(walk.last)
    size, filters = section.number("size", 1), section.number("filters", 1)
    less = 1 if section.number("pad", 0) else size
    sizes = [(each - less) // max(section.number("stride", 1), 1) + 1 for each in spatial]
    if min(sizes) < 1:
        raise Fault("CS303", f"a kernel of {size} does not fit {' x '.join(map(str, spatial))}")
    places = sizes[0] * sizes[1] * filters
    weights = (Weight("weight", (places, channels * size * size)), Weight("bias", (places,)))
    macs = places * channels * size * size
    output = (walk.builder.batch, filters, *sizes)
    paths = ((EVERYTHING,) * 4,)
    operation = Worked(Result((output,), weights, macs, macs * 2, paths=paths))
    return walk.activated(walk.own("local", "LocallyConnected2d", operation, walk.last))


def maxpool(walk: Walk, section: Section) -> Tensor:
    """Max pooling, padded by the kernel less 1, so that a stride of 1 keeps the size."""
    stride = section.number("stride", 1)
    strides = (section.number("stride_y", stride), section.number("stride_x", stride))
    size = section.number("size", stride)
    padding = section.number("padding", size - 1)
    if size < 1 or min(strides) < 1 or padding < 0 or section.number("maxpool_depth", 0):
        raise Fault("CS305", f"[{section.name}] of size {size}, stride {stride} and padding {padding}")
    pads = (padding // 2, padding - padding // 2)
    operation = Pooling("max", (size, size), strides, (pads, pads), (1, 1), False, CHANNELS_FIRST)
    shown = {"kernel_size": size, "stride": strides if strides[0] != strides[1] else strides[0], "padding": pads}
    return walk.own("pool", "MaxPool2d", operation, walk.last, **shown)


def route(walk: Walk, section: Section) -> Tensor:
    """One layer or several side by side, of each one group of channels."""
    tensors = [walk.at(index) for index in section.numbers("layers")]
    if not tensors:
        raise Fault("CS305", "[route] names no layers: write `layers = -1, 8`")
    groups, group = section.number("groups", 1), section.number("group_id", 0)
    if groups > 1:
        for place, tensor in enumerate(tensors):
            width = walk.sizes(tensor)[0] // groups
            tensors[place] = walk.layer("narrow", "narrow", tensor, dim=1, start=group * width, length=width)
    return tensors[0] if len(tensors) == 1 else walk.layer("cat", "cat", *tensors, dim=1)


def shortcut(walk: Walk, section: Section) -> Tensor:
    """The sum with earlier layers; of other sizes it is what both have of channels and places."""
    made = walk.last
    for index in section.numbers("from"):
        other = walk.at(index)
        if walk.sizes(other) == walk.sizes(made):
            made = walk.layer("add", "add", made, other)
            continue
        output = (walk.builder.batch, *walk.sizes(made))
        flops = prod(map(min, walk.sizes(other), walk.sizes(made)))
        paths = (tuple(map(Path, range(len(output)))), (Path(0), EVERYTHING, EVERYTHING, EVERYTHING))
        made = walk.own("add", "add", Worked(Result((output,), flops=flops, paths=paths)), made, other)
    return walk.activated(made)


def kept(walk: Walk, section: Section) -> Tensor:
    """The same shape; a head of detection needs as many channels as it has numbers to tell for each anchor."""
    channels, *_ = walk.sizes(walk.last)
    if section.name in ("yolo", "region"):
        each = section.number("classes", 20) + (5 if section.name == "yolo" else section.number("coords", 4) + 1)
        anchors = len(section.numbers("mask")) or section.number("num", 1)
        if channels != anchors * each:
            message = f"[{section.name}] reads {channels} channels, and tells {anchors} x {each} = {anchors * each}"
            raise Fault("CS301", message, fix=f"write `filters={anchors * each}` in the section above it")
    return walk.own(section.name, section.name, Identity(), walk.last)


def reorganized(walk: Walk, section: Section) -> Tensor:
    """Squares of `stride` elements as channels, or (reverse) back."""
    stride = section.number("stride", 1)
    if section.number("reverse", 0):
        return walk.layer("shuffle", "PixelShuffle", walk.last, upscale_factor=stride)
    return walk.layer("unshuffle", "PixelUnshuffle", walk.last, downscale_factor=stride)


def crop(walk: Walk, section: Section) -> Tensor:
    """A part of the image."""
    channels, *spatial = walk.sizes(walk.last)
    names = zip(("crop_height", "crop_width"), spatial, strict=True)
    sizes = [section.number(name, size) for name, size in names]
    return walk.own("crop", "crop", Worked(Result(((walk.builder.batch, channels, *sizes),))), walk.last)


RULES: dict[str, Callable[[Walk, Section], Tensor]] = {
    **dict.fromkeys(("convolutional", "conv", "deconvolutional"), convolution),
    **dict.fromkeys(("connected", "conn"), connected),
    **dict.fromkeys(("maxpool", "max"), maxpool),
    **dict.fromkeys(
        ("avgpool", "avg"), lambda walk, section: walk.layer("pool", "AdaptiveAvgPool2d", walk.last, output_size=1)
    ),
    **dict.fromkeys(KEPT, kept),
    "activation": lambda walk, section: walk.activated(walk.last),
    "batchnorm": lambda walk, section: walk.layer(
        "bn", "BatchNorm2d", walk.last, num_features=walk.sizes(walk.last)[0]
    ),
    "crop": crop,
    "dropout": lambda walk, section: walk.layer("dropout", "Dropout", walk.last),
    "local": local,
    "reorg": reorganized,
    "route": route,
    "scale_channels": lambda walk, section: walk.activated(
        walk.layer("mul", "mul", walk.at(section.number("from", -1)), walk.last)
    ),
    "shortcut": shortcut,
    "softmax": lambda walk, section: walk.layer("softmax", "Softmax", walk.last, dim=1),
    "upsample": lambda walk, section: walk.layer(
        "upsample", "Upsample", walk.last, scale_factor=section.number("stride", 2)
    ),
}
"""By the name of the section."""


def read(file: Opened) -> Configuration:
    """The configuration that was opened. Raises `UnreadableError` where it has no ``[net]``."""
    source = file.source()
    sections: list[tuple[str, dict[str, str], int]] = []
    for number, line in enumerate(source.lines, 1):
        text = re.sub(r"[#;].*", "", line).strip()
        if text.startswith("["):
            sections.append((text.strip("[] \t").lower(), {}, number))
        elif text and sections:
            name, equals, value = text.partition("=")
            if not equals:
                raise damaged(file.filename, f"{file.filename}:{number}: {text!r} is no option: write `name=value`")
            sections[-1][1][name.strip()] = value.strip()
    if not sections or sections[0][0] not in ("net", "network"):
        raise damaged(file.filename, f"{file.filename} does not begin with [net]")
    return Configuration(file.filename, (source, [Section(*each) for each in sections]))
