"""Which reader takes a FILE: told by what the file holds, so that a reader is its folder and one line here."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from importlib import import_module
from typing import Protocol, cast

from cnnshape.cache import evidence
from cnnshape.diagnostics import Diagnostic
from cnnshape.network.network import Network
from cnnshape.readers.files import Opened, open_file, refuse_other_kinds
from cnnshape.readers.kinds import kind_of
from cnnshape.readers.requests import Settings


class Loaded(Protocol):
    """A FILE that was read once, ready to be planned as often as one likes."""

    @property
    def framework(self) -> str | None:
        """Whose network it is, where the file says so."""

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What reading it found."""

    def variables(self, preset: str | None = None) -> Mapping[str, str]:
        """The values of its variables as they are written, those of a preset on top."""

    def network(self, settings: Settings) -> Network:
        """The network that it is with these settings."""


class Reader(Protocol):
    """The module of a reader."""

    def read(self, file: Opened) -> Loaded:
        """The file that was opened. Raises `cnnshape.readers.files.UnreadableError` where it cannot be read."""


READERS: dict[str, str] = {
    "caffe": "cnnshape.readers.caffe.reader",
    "darknet": "cnnshape.readers.darknet.reader",
    "hdf5": "cnnshape.readers.keras.reader",
    "keras": "cnnshape.readers.keras.reader",
    "keras-json": "cnnshape.readers.keras.reader",
    "onnx": "cnnshape.readers.onnx.reader",
    "pt2": "cnnshape.readers.pt2.reader",
    "python": "cnnshape.readers.python.reader",
    "ultralytics": "cnnshape.readers.ultralytics.reader",
}
"""The module of the reader by the kind of file (`cnnshape.readers.kinds`); it is imported when there is such a file."""

NAMED = {".h5": "hdf5", ".keras": "keras", ".onnx": "onnx", ".pt2": "pt2", ".py": "python"}
"""The kind of files by their names, for what holds nothing that can be read: damaged, and no architecture file."""

ARCHITECTURE = "cnnshape.readers.yaml.architecture"
"""The module that reads what is of no other kind."""

MODEL = r"(?s)(?P<path>.+\.py):(?P<model>[A-Za-z_].*)"
"""``net.py:Net(num_classes=10)``: a file, and the model in it that is meant."""


DOTTED = r"(?s)(?P<module>[A-Za-z_]\w*(\.[A-Za-z_]\w*)*):(?P<model>[A-Za-z_].*)"
"""``torchvision.models.resnet:resnet18``: a module by its name, and the model in it."""


def read(target: str, filename: str | None = None) -> Loaded:
    """The file at a path, or on standard input (``-``); `filename` is how messages name it.

    Raises `UnreadableError` where it cannot be read, or is of a kind that nothing reads.
    """
    path, model = model_in(target)
    dotted = re.fullmatch(DOTTED, target) if ":" in target and not model else None
    if dotted:
        from cnnshape.readers.python.folders import find_module  # only for a module that is named so

        found = find_module(dotted["module"])
        path, model = (found, dotted["model"]) if found else (path, model)
    file = open_file(path, filename, model)
    return reader_of(file).read(file)


def model_in(target: str) -> tuple[str, str]:
    """A path, and the model of ``net.py:Net``; none where only a file is named."""
    named = re.fullmatch(MODEL, target) if ".py:" in target else None
    return (named["path"], named["model"]) if named else (target, "")


def reader_of(file: Opened) -> Reader:
    """The reader of a file. Raises `UnreadableError` (CS016) where it is of a kind that nothing reads."""
    kind = kind_of(file.glimpse)
    name = kind.name if kind else None
    if name not in READERS:
        name = NAMED.get(os.path.splitext(file.filename)[1].lower(), name)
    module = READERS.get(name) if name else ARCHITECTURE
    if module is None:
        refuse_other_kinds(file)
    if module != ARCHITECTURE:
        evidence.incomplete()  # they look for more than they say: modules, weights in files beside
    return cast(Reader, import_module(module or ARCHITECTURE))
