"""``cnnshape server``: the language server, for editors."""

from __future__ import annotations

from cnnshape.cli.option_parser import declared


@declared
def command() -> None:
    """The language server: faults, shapes and fixes in your editor, as you type.

    For architecture files and Python source, on standard input and output. An editor starts it; it needs pygls:
    pip install "cnnshape[lsp]"
    """
    from cnnshape.server.session import serve  # all that plans, which --help does not need

    serve()
