"""The signature of the layer or block whose arguments are being written."""

from __future__ import annotations

from cnnshape.diagnostics import Position
from cnnshape.server.documents import Document
from cnnshape.server.positions import Json
from cnnshape.server.words import parameters, spot_at


def signature_help(document: Document, place: Position) -> Json:
    """The signature for a place, and which of its arguments is meant; None outside of arguments."""
    if document.is_python:
        return None
    spot = spot_at(document, place)
    known = parameters(document, spot.callee) if spot.callee else {}
    if not known:
        return None
    names = list(known)
    active = names.index(spot.keyword) if spot.keyword in known else spot.number
    return {
        "signatures": [
            {
                "label": f"{spot.callee}({', '.join(shown for shown, _ in known.values())})",
                "parameters": [{"label": shown, "documentation": text} for shown, text in known.values()],
            }
        ],
        "activeSignature": 0,
        "activeParameter": active if 0 <= active < len(names) else len(names),
    }
