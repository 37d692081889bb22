"""File names as CI systems want them: relative to the project, with forward slashes."""

from __future__ import annotations

import os
from pathlib import Path, PurePath
from urllib.parse import quote


def relative(filename: str, variable: str = "") -> str:
    """`filename` relative to the project, if it lies there; what is no path (``<stdin>``) stays as it is.

    The project is the folder that the environment variable states (``CI_PROJECT_DIR``, ``GITHUB_WORKSPACE``),
    else the working directory.
    """
    if filename.startswith(("<", "zoo:")):
        return filename
    base = os.environ.get(variable) if variable else None
    path = Path(filename)
    if base or path.is_absolute():
        path = Path(os.path.abspath(path))
        root = Path(os.path.abspath(base)) if base else Path.cwd()
        path = path.relative_to(root) if path.is_relative_to(root) else path
    return PurePath(path).as_posix()


def uri(filename: str, variable: str = "") -> str:
    """The same as a relative URI reference."""
    return quote(relative(filename, variable).encode("utf-8", "replace"))
