"""Reading model files of Ultralytics: their entries with channels and repeats, then the modules as Python tells them.

The modules are in `told/`. The rules of an entry's arguments are those of `parse_model` in
`ultralytics` 8.4: widths and depths are scaled, and what a module reads is put before what the file states.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cnnshape.diagnostics import Diagnostic, Position, Source, Span
from cnnshape.network.network import Network
from cnnshape.network.node import Origin
from cnnshape.readers.files import Opened, UnreadableError
from cnnshape.readers.requests import Settings, UsageError

TOLD = Path(__file__).with_name("told") / "network.py"

REPEATED = ["C2", "C2f", "C2fAttn", "C3", "C3Ghost", "C3k2", "RepC3", "C2fCIB", "C2PSA", "A2C2f"]
"""Modules that repeat what is in them; all others are repeated as a whole."""

WIDE = "Conv DWConv GhostConv Bottleneck SPP SPPF RepNCSPELAN4 ELAN1 ADown AConv SPPELAN PSA SCDown nn.ConvTranspose2d"
SCALED = [*REPEATED, *WIDE.split()]
"""Modules that read one map, and whose first argument is a width."""

FOUND = "Detect v10Detect OBB OBB26 Pose Pose26 Segment Segment26 WorldDetect YOLOEDetect YOLOESegment YOLOESegment26"
DETECTORS = FOUND.split()
"""Heads that say where objects are."""

NEW = ("C3k2", "A2C2f", "C2fCIB")
"""Modules whose networks have the separable branches of newer heads."""

MOST_REPEATS = 100
"""Times that one entry is repeated; no model comes near."""


class MalformedError(ValueError):
    """The file is none that Ultralytics reads."""


class ModelFile:
    """A model file, ready to be planned."""

    framework = "pytorch"
    diagnostics: tuple[Diagnostic, ...] = ()

    def __init__(self, source: Source, model: Mapping[str, Any], entries: Sequence[Span]) -> None:
        self.source = source
        self.model = model
        self.entries = entries

    @property
    def scales(self) -> Mapping[str, Sequence[float]]:
        """Depth, width and the most channels of each size, such as ``n``."""
        found = self.model.get("scales")
        return found if isinstance(found, dict) else {}

    def variables(self, preset: str | None = None) -> dict[str, str]:
        """The size, which a file's name states (``yolo11x.yaml``), and the classes."""
        named = re.search(r"yolo[a-z]*-?v?\d+([nslmx])", Path(self.source.filename).name)
        size = preset or (named[1] if named and named[1] in self.scales else next(iter(self.scales), None))
        stated = {"nc": str(self.model.get("nc", 80))}
        return stated if size is None else {"scale": size, **stated}

    def network(self, settings: Settings) -> Network:
        """The network of a size, for images of 640 by 640 (classifiers: 224) where nothing else is asked for.

        Raises `UsageError` for another size, `UnreadableError` for what Ultralytics does not read, or nobody knows.
        """
        from cnnshape.readers.python.reader import PythonFile  # the interpreter: not to list variables

        filename = self.source.filename
        values = {**self.variables(settings.preset), **{name: str(value) for name, value in settings.variables.items()}}
        scale = values.get("scale", "")
        if scale and scale not in self.scales:
            raise UsageError(f"there is no scale {scale!r}; there are {', '.join(self.scales)}")
        try:
            entries = Reading({**self.model, "nc": int(values["nc"])}, scale, self.scales.get(scale)).entries()
        except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
            message = f"{filename} is no model that Ultralytics reads: {error}"
            raise UnreadableError(Diagnostic("CS018", message, filename)) from None
        activation = str(self.model.get("activation") or "")
        stated = re.fullmatch(r"(?:torch\.)?nn\.(\w+)\(([\w=., ]*)\)", activation)
        made = f"lambda: nn.{stated[1]}({stated[2]})" if stated else "None"
        side = 224 if any(entry[2] == "Classify" for entry in entries) else 640
        told = TOLD.read_text(encoding="utf-8") + f"\n\nmodel = Model({entries!r}, {made}, {values['nc']})\n"
        file = PythonFile(Source(str(TOLD), told), str(TOLD), "model")
        inputs = dict(settings.inputs) or {"": (int(self.model.get("channels", 3)), side, side)}
        network = file.network(settings._replace(inputs=inputs, variables={}, preset=None))
        name = Path(filename).stem + (f" {scale}" if scale else "")
        findings = [
            Diagnostic(each.code, each.message, filename, self.entry(each.layer), each.layer, each.fix)
            for each in network.diagnostics
        ]
        for node in network.nodes:  # which are nobody else's yet
            span = self.entry(node.name)
            node.origin = Origin(filename, span) if span else None
        sources = {**network.sources, filename: self.source}
        return network._replace(name=name, filename=filename, diagnostics=tuple(findings), sources=sources)

    def entry(self, name: str | None) -> Span | None:
        """Where the entry of a row is written: ``model.3.conv`` is the fourth."""
        number = re.match(r"model\.(\d+)", name or "")
        return self.entries[int(number[1])] if number else None


class Reading:
    """The entries of one size of a model.

    Attributes:
        channels: of what each entry makes; at first of the image.
    """

    def __init__(self, model: Mapping[str, Any], scale: str, factors: Sequence[float] | None) -> None:
        self.model = model
        self.scale = scale
        stated = (model.get("depth_multiple", 1.0), model.get("width_multiple", 1.0), float("inf"))
        sizes: Sequence[float] = factors or stated
        self.depth, self.width, self.most = sizes
        self.channels: list[Any] = [int(model.get("channels", 3))]
        self.legacy = True

    def entries(self) -> list[tuple[Any, int, str, list[Any]]]:
        """What every entry reads, how often it is repeated, its module and its arguments. Raises `MalformedError`."""
        found = []
        for number, (source, count, name, written) in enumerate([*self.model["backbone"], *self.model["head"]]):
            args = [self.value(each) for each in written]
            count = max(round(count * self.depth), 1) if count > 1 else count
            if count > MOST_REPEATS:
                raise MalformedError(f"{name} is repeated {count:,} times, more than {MOST_REPEATS}")
            self.legacy = self.legacy and name not in NEW
            args, made, repeats = self.arguments(source, count, name, args)
            found.append((source, repeats, name.replace("OBB26", "OBB").replace("v10Detect", "Detect"), args))
            self.channels = [*(self.channels if number else []), made]
        return found

    def value(self, written: Any) -> Any:
        """An argument: ``nc`` and ``kpt_shape`` are the file's, ``None`` and the like Python's."""
        if not isinstance(written, str):
            return written
        if written in ("nc", "kpt_shape"):
            return self.model[written]
        try:
            return ast.literal_eval(written)
        except (ValueError, SyntaxError):
            return written

    def scaled(self, width: int) -> int:
        """A width of the file as the size has it: a multiple of 8."""
        return max(8, int(min(width, self.most) * self.width + 7) // 8 * 8)

    def arguments(self, source: Any, count: int, name: str, args: list[Any]) -> tuple[list[Any], Any, int]:
        """The module's arguments, the channels of what it makes, and how often it is repeated as a whole."""
        if name in DETECTORS:
            return self.detector(source, name, args), None, count
        read = [self.channels[each] for each in source] if isinstance(source, list) else self.channels[source]
        if name in SCALED:
            made = self.scaled(args[0])
            args = [read, made, *(self.attending(made, *args[1:]) if name == "C2fAttn" else args[1:])]
            if name in REPEATED:
                args.insert(2, count)
            if name == "C3k2" and self.scale in ("m", "l", "x"):
                args[3:4] = [True]
            if name == "A2C2f" and self.scale in ("l", "x"):
                args += [True, 1.2]
            return args, made, 1 if name in REPEATED else count
        rule = OTHERS.get(name)
        if rule is None:
            raise MalformedError(f"nothing is known of the module {name}")
        if name == "HGBlock":
            args, count = [*args[:3], count, *args[3:]], 1
        args, made = rule(read, args)
        return args, made, count

    def attending(self, made: int, _: int, heads: int, *more: Any) -> list[Any]:
        """Those of attention to a text: its width and its heads, as the size has them."""
        heads = int(max(round(min(heads, self.most // 2 // 32)) * self.width, 1)) if heads > 1 else heads
        return [int(made * (more[3] if len(more) > 3 else 0.5)), heads, *more]

    def detector(self, source: Sequence[int], name: str, args: list[Any]) -> list[Any]:
        """Those of a head: classes and what it tells besides, then how boxes are told, and the channels it reads."""
        read = [self.channels[each] for each in source]
        if name == "v10Detect":
            return [*args, 16, True, False, read]
        if "Segment" in name:
            args[2] = self.scaled(args[2])
        legacy = self.legacy or name == "WorldDetect"
        return [*args, self.model.get("reg_max", 16), bool(self.model.get("end2end")), legacy, read]


OTHERS: dict[str, Callable[[Any, list[Any]], tuple[list[Any], Any]]] = {
    "Classify": lambda read, args: ([read, *args], args[0]),
    "Concat": lambda read, args: (args, sum(read)),
    "CBLinear": lambda read, args: ([read, *args], args[0]),
    "CBFuse": lambda read, args: (args, read[-1]),
    "Depth": lambda read, args: ([*args[:1], read], 1),
    **dict.fromkeys(("HGStem", "HGBlock"), lambda read, args: ([read, *args], args[1])),
    "AIFI": lambda read, args: ([read, *args], read),
    "ImagePoolingAttn": lambda read, args: ([args[0], read, *args[1:]], None),
    "RTDETRDecoder": lambda read, args: ([args[0], read, *args[1:]], None),
    "TorchVision": lambda read, args: (args[1:], args[0]),
    "SemanticSegment": lambda read, args: ([*args, read], args[0]),
    "ResNetLayer": lambda read, args: (args, args[1] if args[3] else args[1] * 4),
    "nn.BatchNorm2d": lambda read, args: ([read], read),
    **dict.fromkeys(("nn.Upsample", "nn.Identity", "nn.MaxPool2d", "nn.ZeroPad2d"), lambda read, args: (args, read)),
}
"""Arguments and channels of the other modules, by what they read and what is stated."""


def read(file: Opened) -> ModelFile:
    """The file that was opened. Raises `UnreadableError` where it is no YAML of entries."""
    import yaml  # its own parser: libyaml overflows the stack on nesting

    source = file.source()
    refused = UnreadableError(Diagnostic("CS018", f"{source.filename} is no model of Ultralytics", source.filename))
    try:
        loader = yaml.SafeLoader(source.text)
        root = loader.get_single_node()
        model = loader.construct_document(root)
    except (yaml.YAMLError, RecursionError, ValueError):
        raise refused from None
    if (
        root is None
        or not isinstance(model, dict)
        or not all(isinstance(model.get(part), list) for part in ("backbone", "head"))
    ):
        raise refused
    parts = {key.value: value.value for key, value in root.value}
    return ModelFile(source, model, [span_of(entry) for part in ("backbone", "head") for entry in parts[part]])


def span_of(entry: Any) -> Span:
    """Where an entry is written."""
    start, end = entry.start_mark, entry.end_mark
    return Span(Position(start.line + 1, start.column + 1), Position(end.line + 1, end.column + 1))
