"""What a caller may ask of any FILE: other inputs, another batch, values of its variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from cnnshape.arithmetic.shape_text import is_size, read_sizes
from cnnshape.arithmetic.sizes import LARGEST_INTEGER, Dim, Shape
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.vocabulary import FRAMEWORKS


class UsageError(ValueError):
    """The request contradicts itself or the file; nothing was planned."""


class FixedSizeError(UsageError):
    """A file takes one size where another was asked for: `fixed` says which, `advice` how it would take others."""

    def __init__(self, fixed: str, asked: int, advice: str) -> None:
        super().__init__(f"{fixed}, got {asked}; {advice}")
        self.fixed = fixed
        self.advice = advice


class MissingExtraError(UsageError, ImportError):
    """What was asked for needs packages that come with an extra of cnnshape."""


@contextmanager
def needing(extra: str, what: str) -> Iterator[None]:
    """Import packages of an extra; `what` says what for. Raises `MissingExtraError` where one is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "cnnshape":
            raise
        raise MissingExtraError(
            f'{what} needs {error.name}, which is not installed: pip install "cnnshape[{extra}]"'
        ) from None


class Settings(NamedTuple):
    """What the caller sets on top of the file.

    `inputs` replaces input shapes by name (``""``: the only input); `variables` are values of variables; `assumed` says
    what names of Python source stand for that cannot be read. Without `fields` a reader may leave receptive fields
    unknown, which costs less. Where `many` variants are asked for, it may keep what they have in common.
    """

    batch: Dim = None
    inputs: Mapping[str, Shape] = {}
    framework: str | None = None
    preset: str | None = None
    variables: Mapping[str, Any] = {}
    fields: bool = True
    many: bool = False
    assumed: Mapping[str, str] = {}


def check_settings(
    stated: str | None,
    batch: int | None,
    input: Any,
    preset: str | None,
    variables: Mapping[str, Any] | None,
    framework: str | None,
    assume: Mapping[str, str] | None = None,
) -> Settings:
    """The arguments of `plan`, checked; `stated` is the framework that the file names. Raises `UsageError`."""
    if framework is not None and framework not in FRAMEWORKS:
        raise UsageError(f"framework is one of {', '.join(FRAMEWORKS)}, got {framework!r}")
    if framework is not None and stated is not None and framework != stated:
        raise UsageError(f"the file says framework: {stated}, the request {framework}")
    if batch is not None and (
        isinstance(batch, bool) or not isinstance(batch, int) or not 1 <= batch <= LARGEST_INTEGER
    ):
        raise UsageError(f"batch has to be a whole number of at least 1, got {batch!r}")
    inputs: dict[str, Shape] = {}
    if isinstance(input, Mapping):
        inputs = {str(name): check_shape(shape) for name, shape in input.items()}
    elif input is not None:
        inputs = {"": check_shape(input)}
    return Settings(batch, inputs, framework, preset, dict(variables or {}), assumed=dict(assume or {}))


def check_shape(shape: Any) -> Shape:
    """A shape given by a caller: sizes of at least 1, or None. Raises `UsageError`."""
    sizes = read_sizes(shape)
    if sizes is None or not all(size is None or (is_size(size) and 1 <= size <= LARGEST_INTEGER) for size in sizes):
        raise UsageError(f"an input is a list of sizes of at least 1 (None where unknown), got {shape!r}")
    return tuple(sizes)
