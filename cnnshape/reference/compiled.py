"""Numba, with types: what every compiled loop of the reference is decorated with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Loop = TypeVar("Loop", bound=Callable[..., Any])


def compiled(loop: Loop) -> Loop:
    """The loop as machine code, compiled at its first call and kept on disk; other threads run beside it."""
    return cast(Loop, kept(lambda cache: numba.njit(cache=cache, nogil=True)(loop)))


def elementwise(function: Loop) -> Loop:
    """A function of one number as a NumPy ufunc of float32 arrays."""
    vectorize: Any = numba.vectorize
    return cast(Loop, kept(lambda cache: vectorize(["float32(float32)"], cache=cache)(function)))


def kept(compiler: Callable[[bool], Any]) -> Any:
    """What is compiled, kept on disk where Numba finds a folder to write to, and else for this process alone."""
    try:
        return compiler(True)
    except RuntimeError:  # "cannot cache function ...: no locator available"
        return compiler(False)
