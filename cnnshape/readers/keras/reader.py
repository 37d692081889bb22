"""Reading `.keras`, Keras's JSON, and `.h5`."""

from __future__ import annotations

from typing import Any

from cnnshape.network.network import Network
from cnnshape.readers.archives import MalformedError, StoredModel, damaged, read_json, read_member
from cnnshape.readers.files import Opened
from cnnshape.readers.keras.config import layer_config
from cnnshape.readers.keras.walk import Walk
from cnnshape.readers.requests import Settings, needing


class KerasModel(StoredModel):
    """A model's configuration, ready to be planned."""

    framework = "keras"
    kind = "model that Keras writes"

    def walked(self, settings: Settings) -> Network:
        """The network. Raises `MalformedError`, and `ArchitectureError` where the model was never built."""
        return Walk(self.model, self.filename, settings).network()


def read(file: Opened) -> KerasModel:
    """The model that was opened. Raises `UnreadableError` where it is damaged, `MissingExtraError` for an `.h5`."""
    raw = configuration(file)
    try:
        model = layer_config(raw)
        if not model.is_model and "build_config" in raw:
            model.config["build_config"] = raw["build_config"]
    except MalformedError as error:
        raise damaged(file.filename, f"{file.filename} is no {KerasModel.kind}: {error}") from None
    except RecursionError:
        raise damaged(file.filename, f"{file.filename} is nested too deep") from None
    return KerasModel(file.filename, model)


def configuration(file: Opened) -> Any:
    """The JSON of the model."""
    head = file.glimpse.head
    if head.startswith(b"PK"):
        return read_json(file.filename, read_member(file, r"\Aconfig\.json\Z"))
    if head.startswith(b"\x89HDF"):
        return read_json(file.filename, from_hdf5(file))
    return read_json(file.filename, file.read())


def from_hdf5(file: Opened) -> bytes:
    """The attribute ``model_config`` of an HDF5 file, and nothing else of it."""
    with needing("h5", "reading an .h5"):
        import h5py
    try:
        with file.stream() as stream, h5py.File(stream, "r") as opened:
            text = opened.attrs.get("model_config")
    except (OSError, RuntimeError, ValueError, KeyError, TypeError) as error:
        raise damaged(file.filename, f"{file.filename} is a damaged HDF5 file: {error}") from None
    if text is None:
        raise damaged(file.filename, f"{file.filename} holds weights, and not how they are connected")
    return text if isinstance(text, bytes) else str(text).encode()
