"""Exit codes: a contract with scripts and CI jobs."""

from __future__ import annotations

WELL = 0
"""The command did what it was asked, and the architecture is well."""

WRONG = 1
"""The architecture is wrong or breaks one of its expectations."""

FAILED = 2
"""The command could not be carried out: usage, configuration, nothing readable, or an internal error."""

INTERRUPTED = 130
"""Ctrl-C, as shells count it: 128 + SIGINT."""

PIPE_CLOSED = 141
"""Whoever read the output went away, as shells count it: 128 + SIGPIPE."""
