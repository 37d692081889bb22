"""Where a command's answer goes: standard output, or the file of ``--output``."""

from __future__ import annotations

import sys


def write(text: str, output: str | None = None) -> None:
    """Write a document, with a line end, to `output`; to standard output where that is None or ``-``."""
    document = text if text.endswith("\n") or not text else f"{text}\n"
    if output is None or output == "-":
        sys.stdout.write(document)
        return
    with open(output, "w", encoding="utf-8", newline="\n") as file:
        file.write(document)


def write_error(text: str) -> None:
    """Write a message to standard error, after what standard output has so far."""
    sys.stdout.flush()
    sys.stderr.write(text if text.endswith("\n") else f"{text}\n")


def write_json(value: object, output: str | None = None) -> None:
    """Write a value as indented JSON, with lists of numbers on one line."""
    from cnnshape.reports.indented import indented  # only where JSON is asked for

    write(indented(value), output)
