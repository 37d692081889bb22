"""Reading `.onnx`: the protobuf by the library, operator by operator to a network."""

from __future__ import annotations

from io import SEEK_END

from cnnshape.diagnostics import Diagnostic
from cnnshape.network.network import Network
from cnnshape.readers.archives import StoredModel, damaged
from cnnshape.readers.files import Opened, UnreadableError
from cnnshape.readers.requests import Settings, needing

LARGEST_MODEL = 2**31 - 1
"""Bytes of a protobuf."""
LARGEST_GRAPH = 48 * 1024 * 1024
"""Bytes of all but the weights; a smaller file is read as it is."""


class OnnxModel(StoredModel):
    """A model, ready to be planned."""

    kind = "model that ONNX describes"

    def walked(self, settings: Settings) -> Network:
        """The network. Raises `MalformedError`."""
        from cnnshape.readers.onnx.walk import Walk  # NumPy and all rules: not to refuse a file

        return Walk(self.model, self.filename, settings).network()


def read(file: Opened) -> OnnxModel:
    """The model that was opened. Raises `UnreadableError` where it is damaged, `MissingExtraError` without `onnx`."""
    with needing("onnx", "reading an .onnx"):
        from onnx.onnx_pb import ModelProto  # `onnx` alone would import its checker and helpers as well
    model = ModelProto()
    try:
        model.ParseFromString(content(file))
    except UnreadableError:
        raise
    except Exception as error:  # the library's own DecodeError, whose place has moved between versions
        raise damaged(file.filename, f"{file.filename} is a damaged protocol buffer: {error}") from None
    if not model.HasField("graph"):
        raise damaged(file.filename, f"{file.filename} has no graph")
    return OnnxModel(file.filename, model)


def content(file: Opened) -> bytes:
    """The bytes of the model, of a large one without the values of its weights.

    Raises `UnreadableError` (CS006) where it is too large without them, `ValueError` where it is no protocol buffer.
    """
    with file.stream() as stream:
        size = stream.seek(0, SEEK_END)
        if size <= LARGEST_GRAPH or size > LARGEST_MODEL:
            return file.read(LARGEST_MODEL)
        from cnnshape.readers.onnx.pruning import without_weights  # with it comes NumPy

        stream.seek(0)
        kept = without_weights(stream, size)
    if len(kept) > LARGEST_GRAPH:
        message = f"{file.filename} has {len(kept):,} bytes that are no weights; at most {LARGEST_GRAPH:,} are read"
        raise UnreadableError(Diagnostic("CS006", message, file.filename))
    return kept
