"""What a layer is called with: the tensors that its shapes depend on, and what else changes what it gives."""

from __future__ import annotations

from typing import Any

from cnnshape.readers.keras.config import Call, Reference, references
from cnnshape.readers.keras.layers import UnknownLayerError
from cnnshape.vocabularies.keras.calls import HARMLESS, ORDERS, SWITCHES, TENSORS


def read_call(kind: str, call: Call) -> tuple[list[Reference], dict[str, bool]]:
    """The tensors that shapes depend on, in the order of the layer's arguments, and what is switched on.

    Raises `UnknownLayerError` for an argument that is not read.
    """
    order = ORDERS.get(kind, ("data",) if "data" in call.keywords else ("inputs",))
    given: dict[str, Any] = {**dict(zip(order, call.positional, strict=False)), **call.keywords}
    switched: dict[str, bool] = {}
    for name, value in given.items():
        if name in SWITCHES and name in order and isinstance(value, bool | None):
            switched |= {SWITCHES[name]: True} if value else {}
        elif value is not None and name not in HARMLESS and (name not in order or name not in TENSORS):
            raise UnknownLayerError(f"it is called with {name}=, which is not read")
    wanted = [each for name in order if name in TENSORS for each in references(given.get(name))]
    return wanted, switched
