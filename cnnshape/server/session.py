"""The server itself: documents that are open, and which feature answers which request. It needs pygls."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from typing import Any

from cnnshape import __version__
from cnnshape.diagnostics import Position, Span
from cnnshape.readers.requests import needing
from cnnshape.server import actions, completion, diagnostics, hints, hover, navigation, rename, signatures
from cnnshape.server.documents import Document
from cnnshape.server.positions import Json

PAUSE = 0.05
"""Seconds without a further change before a text is planned."""

logger = logging.getLogger(__name__)


class Session:
    """The documents of one client."""

    def __init__(self, server: Any, types: Any, converter: Any) -> None:
        self.server = server
        self.types = types
        self.converter = converter
        self.documents: dict[str, Document] = {}
        self.waiting: dict[str, asyncio.TimerHandle] = {}

    def keep(self, uri: str, text: str) -> None:
        """Take the text of a document, and tell what is wrong with it once it rests."""
        encoding = self.server.workspace.position_encoding  # an enumeration, or its value
        encoding = str(getattr(encoding, "value", encoding))
        self.documents[uri] = Document(uri, text, encoding, self.documents.get(uri))
        if waiting := self.waiting.pop(uri, None):
            waiting.cancel()
        self.waiting[uri] = asyncio.get_running_loop().call_later(PAUSE, self.publish, uri)

    def publish(self, uri: str) -> None:
        """Tell what is wrong with a document; that this program fails at it is logged."""
        document = self.documents.get(uri)
        found: list[Json] = []
        try:
            found = diagnostics.diagnostics(document) if document else []
        except Exception:
            logger.exception("the findings of %s", uri)
        told = self.types.PublishDiagnosticsParams
        self.server.text_document_publish_diagnostics(
            self.converter.structure({"uri": uri, "diagnostics": found}, told)
        )

    def forget(self, uri: str) -> None:
        """A document that is closed has no findings."""
        self.documents.pop(uri, None)
        self.publish(uri)

    def typed(self, method: str, answer: Json) -> Any:
        """An answer as pygls takes it."""
        response = self.types.METHOD_TO_TYPES[method][1]
        return self.converter.structure({"id": 0, "jsonrpc": "2.0", "result": answer}, response).result

    def all_again(self) -> None:
        """Plan every open document anew: a file that it includes, or the configuration, may have changed."""
        for uri, document in list(self.documents.items()):
            self.keep(uri, document.text)


Answer = Callable[[Document, Json], Json]
"""What a feature makes of a document and the parameters of a request."""


def at_place(feature: Callable[[Document, Position], Json]) -> Answer:
    """The answer of a feature that is about a place alone."""
    return lambda document, asked: feature(document, document.places.place(asked["position"]))


def of_range(feature: Callable[[Document, Span, Json], Json]) -> Answer:
    """The answer of a feature that is about a stretch of text."""

    def answer(document: Document, asked: Json) -> Json:
        start, end = (document.places.place(asked["range"][each]) for each in ("start", "end"))
        return feature(document, Span(start, end), asked)

    return answer


ANSWERS: dict[str, Answer] = {
    "textDocument/codeAction": of_range(
        lambda document, span, asked: actions.actions(document, span, asked["context"].get("only"))
    ),
    "textDocument/completion": at_place(completion.complete),
    "textDocument/definition": at_place(navigation.definition),
    "textDocument/hover": at_place(hover.hover),
    "textDocument/inlayHint": of_range(lambda document, span, _: hints.hints(document, span.start.row, span.end.row)),
    "textDocument/rename": lambda document, asked: rename.rename(
        document, document.places.place(asked["position"]), asked["newName"]
    ),
    "textDocument/signatureHelp": at_place(signatures.signature_help),
}
"""The requests about a document, and who answers them."""


def serve() -> None:
    """Answer a client on standard input and output until it leaves.

    Raises:
        MissingExtraError: pygls is not installed.
    """
    with needing("lsp", "the language server"):
        from lsprotocol import types
        from pygls.lsp.server import LanguageServer
        from pygls.protocol import default_converter
    server = LanguageServer("cnnshape", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full)
    session = Session(server, types, default_converter())
    options = {
        "textDocument/completion": types.CompletionOptions([".", "(", "=", ":", "/", " "], resolve_provider=True),
        "textDocument/signatureHelp": types.SignatureHelpOptions(["(", ","]),
        "textDocument/codeAction": types.CodeActionOptions([types.CodeActionKind.QuickFix, "source.fixAll.cnnshape"]),
        "textDocument/rename": types.RenameOptions(),
    }
    for method, answer in ANSWERS.items():
        server.feature(method, options.get(method))(answering(session, method, answer))
    server.feature("completionItem/resolve")(
        lambda item: session.typed("completionItem/resolve", completion.resolve(session.converter.unstructure(item)))
    )
    server.feature("textDocument/didOpen")(
        lambda asked: session.keep(asked.text_document.uri, asked.text_document.text)
    )
    server.feature("textDocument/didChange")(
        lambda asked: session.keep(asked.text_document.uri, asked.content_changes[-1].text)
    )
    server.feature("textDocument/didClose")(lambda asked: session.forget(asked.text_document.uri))
    server.feature("textDocument/didSave")(lambda asked: session.all_again())
    server.start_io(os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb"))  # it closes them when it ends


def answering(session: Session, method: str, answer: Answer) -> Callable[[Any], Any]:
    """The handler of a request, which may be refused; a failure of this program is logged, and the answer is none."""

    def handle(asked: Any) -> Any:
        parameters = session.converter.unstructure(asked)
        document = session.documents.get(parameters["textDocument"]["uri"])
        try:
            return session.typed(method, answer(document, parameters) if document else None)
        except rename.Refused as refusal:
            from pygls.exceptions import JsonRpcException

            raise JsonRpcException(str(refusal), session.types.LSPErrorCodes.RequestFailed) from None
        except Exception:
            logger.exception("%s of %s", method, parameters["textDocument"]["uri"])
            return None

    return handle
