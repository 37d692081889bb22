"""Reading Caffe's `.prototxt`: layer by layer to a network as it runs in the phase TEST, losses left out.

Source: `src/caffe/proto/caffe.proto` of BVLC/caffe 1.0; `layers` with types in capitals are its first form (V1).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnnshape.diagnostics import Diagnostic, Fault, Position, Source, Span
from cnnshape.network.answers import Lowered
from cnnshape.network.builder import NetworkBuilder
from cnnshape.network.network import Network
from cnnshape.network.node import Node, Origin
from cnnshape.network.tensor import Tensor
from cnnshape.operations.operation import Operation
from cnnshape.readers.archives import StoredModel, damaged
from cnnshape.readers.caffe.layers import RULES
from cnnshape.readers.caffe.text import Message, kind_of, parse
from cnnshape.readers.exported import layer as row_of
from cnnshape.readers.exported import refuse_unknown_inputs
from cnnshape.readers.files import Opened
from cnnshape.readers.requests import Settings, UsageError
from cnnshape.readers.unknown import Unknown
from cnnshape.vocabularies.layer import Faults

DATA = frozenset({"data", "dummydata", "hdf5data", "imagedata", "input", "memorydata", "windowdata"})
"""Layers that read examples: their tops are the inputs."""

LEFT_OUT = frozenset(
    (
        *("accuracy", "contrastiveloss", "euclideanloss", "hdf5output", "hingeloss", "infogainloss", "silence"),
        *("multinomiallogisticloss", "sigmoidcrossentropyloss", "softmaxloss", "softmaxwithloss"),
    )
)
"""Layers that judge what the network answers, or drop it."""


class Prototxt(StoredModel):
    """A network's text, ready to be planned."""

    def walked(self, settings: Settings) -> Network:
        """The network for the inputs that the file states, or others. Raises `UsageError`, `UnreadableError`."""
        source, top = self.model
        return Walk(source, top, settings).network()


def runs(layer: Message) -> bool:
    """Whether a layer is there in the phase TEST, of no stage."""
    included, excluded = layer.messages("include"), layer.messages("exclude")
    return any(map(holds, included)) if included else not any(map(holds, excluded))


def holds(rule: Message) -> bool:
    """Whether a rule of a layer is met."""
    return (
        rule.word("phase", "TEST") in ("TEST", "1") and not rule.texts("stage") and rule.word("min_level", "0") <= "0"
    )


class Walk:
    """The state of reading one network; `blobs` are the tensors by the names that layers read them by."""

    def __init__(self, source: Source, top: Message, settings: Settings) -> None:
        self.source, self.top, self.settings = source, top, settings
        filename = source.filename
        self.stated = stated_inputs(filename, top)
        name = top.word("name") or filename.rpartition("/")[2].partition(".")[0]
        self.builder = NetworkBuilder("pytorch", name=name, filename=filename, batch=settings.batch or 1)
        self.unknown = Unknown(self.builder)
        self.blobs: dict[str, Tensor] = {}
        self.owners: dict[tuple[str, ...], Node] = {}
        self.layer = top
        layers = [each for each in top.messages("layer", "layers") if runs(each)]
        self.kept = kept = [each for each in layers if kind_of(each) not in DATA | LEFT_OUT]
        read = {name for each in kept for name in each.texts("bottom")}
        made = {name for each in kept for name in each.texts("top")}
        for name in dict.fromkeys((*self.stated, *(read & settings.inputs.keys() - made))):
            if name in read:
                self.blobs[name] = self.builder.input(name, self.input_shape(name))
        refuse_unknown_inputs(settings, list(self.blobs))

    def input_shape(self, name: str) -> tuple[int | None, ...]:
        """The sizes of an input: those that are asked for, or those that the file states. Raises `UsageError`."""
        first = not self.blobs
        asked = self.settings.inputs.get(name, self.settings.inputs.get("") if first else None)
        if asked is None and self.stated.get(name) is None:
            sizes = [each.inner("transform_param").number("crop_size", 0) for each in self.top.messages("layer")]
            side = max((*sizes, 0)) or 224
            message = f"the file does not state the sizes of {name}, which are those of its images"
            raise UsageError(f"{message}: write --input {name}=3x{side}x{side}")
        return (self.builder.batch, *(asked if asked is not None else self.stated[name] or ()))

    def network(self) -> Network:
        """The network; its outputs are the blobs that no layer reads after they are made."""
        unread: dict[Tensor, None] = {}
        for layer in self.kept:
            self.layer = layer
            bottoms = [self.blob(name) for name in layer.texts("bottom")]
            for tensor in bottoms:
                unread.pop(tensor, None)
            for name, tensor in zip(layer.texts("top"), self.run(bottoms), strict=False):
                self.blobs[name] = tensor
                unread[tensor] = None
        self.unknown.report()
        return self.builder.finish(list(unread), sources={self.builder.filename: self.source})

    def blob(self, name: str) -> Tensor:
        """The tensor of a name; one without a shape, and a finding, where nothing above makes it."""
        if name not in self.blobs:
            message = f"{self.layer.word('name')} reads {name}, which no layer above it makes"
            self.report(Fault("CS103", message, fix=f"of an input, give the sizes: --input {name}=3x224x224"))
            self.blobs[name] = self.builder.input(name, None)
        return self.blobs[name]

    def run(self, bottoms: list[Tensor]) -> Sequence[Tensor]:
        """What a layer makes; without a shape where it is wrong, unknown, or reads what is."""
        kind = kind_of(self.layer)
        rule = RULES.get(kind)
        if rule is not None and not bottoms:
            self.report(Fault("CS203", f"{self.layer.word('name')} reads nothing: name its `bottom`"))
        elif rule is not None and all(tensor.shape for tensor in bottoms):
            try:
                return rule(self, self.layer, *bottoms)
            except Faults as faults:
                self.report(faults.faults[0])
            except (Fault, ValueError, ZeroDivisionError, TypeError, IndexError) as error:
                wrong = Fault("CS305", f"{self.layer.word('name')} has a number that it cannot have, or inputs")
                self.report(error if isinstance(error, Fault) else wrong)
        elif rule is None:
            self.unknown.add(self.layer.word("type") or "a layer without a type", self.layer.word("name"))
        made = self.builder.fail(self.layer.word("type"), tuple(bottoms), **self.place()).outputs[0]
        return [made] * max(len(self.layer.texts("top")), 1)

    def report(self, fault: Fault) -> None:
        """Record what is wrong with the layer."""
        span = self.origin().span
        self.builder.report(Diagnostic(fault.code, fault.message, self.builder.filename, span, fix=fault.fix))

    def origin(self) -> Origin:
        """Where the layer is written."""
        start = self.layer.place
        return Origin(self.builder.filename, Span(start, Position(start.row, start.column + 1)))

    def place(self, part: str = "") -> dict[str, Any]:
        """The name of a row, and where its layer is written."""
        name = self.layer.word("name") or self.layer.word("type") or "layer"
        return {"name": f"{name}.{part}" if part else name, "origin": self.origin()}

    def add(self, type: str, *inputs: Tensor, part: str = "", **arguments: Any) -> tuple[Tensor, ...]:
        """A layer of PyTorch's. Raises `Faults` or `Fault`."""
        return self.put(self.builder.layer(type, (), arguments), inputs, part)

    def own(self, type: str, operation: Operation, *inputs: Tensor, **shown: Any) -> tuple[Tensor, ...]:
        """A row of an operation. Raises `Fault`."""
        return self.put(row_of(type, shown, operation), inputs, "")

    def put(self, lowered: Lowered, inputs: tuple[Tensor, ...], part: str) -> tuple[Tensor, ...]:
        """A row; layers whose `param` have the same names share their weights."""
        shared = tuple([each.word("name") for each in self.layer.messages("param")])
        names = tuple(self.layer.texts("param")) or (shared if shared and all(shared) else ())
        owner = None if part else self.owners.get(names)
        node = self.builder.add(lowered, inputs, owner=owner, **self.place(part))
        if names and not part:
            self.owners.setdefault(names, node)
        return node.outputs


def stated_inputs(filename: str, top: Message) -> dict[str, tuple[int | None, ...] | None]:
    """The inputs by name, with their sizes without the batch; None where the file does not state them.

    Raises `UnreadableError` where a size is no number.
    """
    try:
        shapes = [each.numbers("dim") for each in top.messages("input_shape")]
        dims = top.numbers("input_dim")
        shapes = shapes or [dims[at : at + 4] for at in range(0, len(dims), 4)]
        found: dict[str, Any] = {
            name: tuple(shapes[number][1:]) if number < len(shapes) else None
            for number, name in enumerate(top.texts("input"))
        }
        for layer in sorted(top.messages("layer", "layers"), key=runs):  # those of TEST last, so that they hold
            if kind_of(layer) in DATA:
                stated = stated_by_layer(layer)
                for number, name in enumerate(layer.texts("top")):
                    found[name] = stated[number] if number < len(stated) else stated[-1] if stated else None
    except Fault as fault:
        raise damaged(filename, f"{filename}: {fault.message}") from None
    return found


def stated_by_layer(layer: Message) -> list[tuple[int, ...]]:
    """The sizes of a data layer's tops, as far as it states them. Raises `Fault`."""
    for name in ("input_param", "dummy_data_param", "memory_data_param"):
        given = layer.inner(name)
        shapes = [each.numbers("dim")[1:] for each in given.messages("shape")]
        sides = [given.numbers(each) for each in ("channels", "height", "width")]
        shapes = shapes or [list(each) for each in zip(*sides, strict=False)]
        if shapes:
            return [tuple(each) for each in shapes]
    transform = layer.inner("transform_param")
    size, means = transform.number("crop_size", 0), len(transform.texts("mean_value"))
    channels = 1 if transform.is_set("force_gray") else 3 if transform.is_set("force_color") or means == 3 else 0
    return [(channels, size, size)] if size and channels else []


def read(file: Opened) -> Prototxt:
    """The network that was opened. Raises `UnreadableError` where the text is none."""
    source = file.source()
    return Prototxt(source.filename, (source, parse(source)))
