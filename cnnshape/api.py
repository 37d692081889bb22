"""What a FILE is and who reads it: `load` parses once, `plan` runs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cnnshape.diagnostics import ArchitectureError, Diagnostic
from cnnshape.network.dtypes import AMP_TYPES
from cnnshape.network.optimizers import OPTIMIZERS
from cnnshape.network.plan import Plan
from cnnshape.network.planning import plan_network
from cnnshape.readers.files import Opened, is_zoo, refuse_other_kinds
from cnnshape.readers.registry import Loaded, read
from cnnshape.readers.requests import MissingExtraError, Settings, UsageError, check_settings, needing
from cnnshape.value import replace

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import ArrayLike

    from cnnshape.reference.execution import Given
    from cnnshape.reference.run import Run

File = str | os.PathLike[str] | Mapping[str, Any]
"""A path, ``-``, ``zoo:keras/resnet50``, or the same as a dictionary."""


def load(file: File | None = None, *, text: str | None = None, filename: str | None = None) -> Loaded:
    """Read and parse a FILE, text or dictionary once.

    Args:
        file: a path, ``-`` for standard input, ``zoo:keras/resnet50``, or a dictionary of the same form as a file.
        text: the text itself, instead of a file.
        filename: how messages name the text.

    Raises:
        ArchitectureError: where nothing can be read. What is wrong inside the file comes with `plan`.
    """
    if (file is None) == (text is None):
        raise UsageError("give either a file or text=...")
    with recursion_told(filename or (os.fspath(file) if isinstance(file, str | os.PathLike) else "<text>")):
        return _loaded(file, text, filename)


def _loaded(file: File | None, text: str | None, filename: str | None) -> Loaded:
    if isinstance(file, str | os.PathLike) and not is_zoo(os.fspath(file)):
        return read(os.fspath(file), filename)
    from cnnshape.readers.yaml import architecture  # files of other kinds do without it

    if text is not None:
        opened = Opened(filename or "<text>", None, text.encode(errors="surrogatepass"))
        refuse_other_kinds(opened)
        return architecture.read_text(text, opened.filename)
    if isinstance(file, Mapping):
        return architecture.read_dictionary(file, filename or "<dict>")
    return architecture.read_member(os.fspath(file))  # type: ignore[arg-type]


def plan(
    file: File | Loaded | None = None,
    *,
    text: str | None = None,
    filename: str | None = None,
    batch: int | None = None,
    input: Any = None,
    preset: str | None = None,
    variables: Mapping[str, Any] | None = None,
    framework: str | None = None,
    assume: Mapping[str, str] | None = None,
    optimizer: str = "adam",
    amp: str | None = None,
) -> Plan:
    """Every layer's shape, parameters and cost.

    Args:
        file: a FILE (see `load`), a dictionary, or what `load` returned.
        text: the text of a file, instead of a file.
        filename: how messages name the text.
        batch: the batch size, instead of the file's.
        input: the input shape without its batch (None for unknown sizes), or a dictionary of them by name.
        preset: a preset of the file.
        variables: values of the file's variables.
        framework: ``keras`` or ``pytorch``, where the file is silent.
        assume: what names of Python source stand for that cannot be read: a layer, a shape or a literal, as text.
        optimizer: ``sgd``, ``momentum``, ``adam``, ``adamw``, ``adafactor``, ``lion`` or ``adam8bit``, for training.
        amp: ``bf16`` or ``fp16``: training under autocast, which is known of PyTorch.

    Raises:
        ArchitectureError: the architecture is wrong; `.plan` has the rows up to the fault.
        UsageError: the arguments contradict the file, or make no sense.
    """
    result = examine(
        file,
        text=text,
        filename=filename,
        batch=batch,
        input=input,
        preset=preset,
        variables=variables,
        framework=framework,
        assume=assume,
        optimizer=optimizer,
        amp=amp,
    )
    if result.errors:
        raise ArchitectureError(result.diagnostics, result)
    return result


def examine(
    file: File | Loaded | None = None,
    *,
    text: str | None = None,
    filename: str | None = None,
    batch: int | None = None,
    input: Any = None,
    preset: str | None = None,
    variables: Mapping[str, Any] | None = None,
    framework: str | None = None,
    assume: Mapping[str, str] | None = None,
    optimizer: str = "adam",
    amp: str | None = None,
    hold_promises: bool = False,
) -> Plan:
    """`plan`, which returns a wrong architecture's plan with its diagnostics instead of raising.

    `hold_promises` holds the file to its `expect:` whatever is asked for; by itself that is about the file as it is.
    """
    if file is None or isinstance(file, str | os.PathLike | Mapping):
        file = load(file, text=text, filename=filename)
    if optimizer not in OPTIMIZERS:
        raise UsageError(f"optimizer is one of {', '.join(OPTIMIZERS)}, got {optimizer!r}")
    if amp is not None and amp not in AMP_TYPES:
        raise UsageError(f"amp is one of {', '.join(AMP_TYPES)}, got {amp!r}")
    settings = check_settings(file.framework, batch, input, preset, variables, framework, assume)
    own = Settings(framework=settings.framework)
    with recursion_told(filename or "<text>"):
        again = getattr(file, "again", None)  # an architecture file's, which knows what was read last
        result = (again and again(settings, optimizer, amp)) or plan_network(
            file.network(settings),
            optimizer=optimizer,
            amp=amp,
            own=(lambda: plan_network(file.network(own), optimizer=optimizer, amp=amp))
            if settings != own and not hold_promises
            else None,
        )
    if not result.diagnostics:
        return result
    from cnnshape.mending import mended  # only where something is to be mended

    return replace(result, diagnostics=mended(result))


@contextmanager
def recursion_told(filename: str) -> Iterator[None]:
    """What Python's stack has no room for, as a finding about the file."""
    try:
        yield
    except RecursionError:
        message = "nested too deep to be planned"
        raise ArchitectureError((Diagnostic("CS007", message, filename),)) from None


def forward(
    plan: Plan,
    inputs: Mapping[str, ArrayLike] | None = None,
    weights: Mapping[str, Given] | None = None,
    seed: int = 0,
    *,
    keep: Collection[str] | None = None,
) -> Run:
    """Run a plan on real values, in inference mode and in float32: the reference that proves the plan's numbers.

    Args:
        plan: what `plan` returned.
        inputs: an array for every model input, batch first; what is missing is drawn from `seed`.
        weights: per row, a list in the framework's order (Keras's ``get_weights()``, PyTorch's ``state_dict()``
            without ``num_batches_tracked``) or a mapping by the framework's names; the rest is drawn from `seed`.
        seed: drawn values depend on it and on the row's name alone.
        keep: the rows whose values are wanted beside the outputs; all by default. Others are freed on the way.

    Returns:
        The values by the rows' names: ``forward(plan)["conv2d"]`` is a NumPy array in the framework's layout.

    Raises:
        MissingExtraError: NumPy and Numba are not installed.
        cnnshape.reference.execution.ForwardError: an input, a weight or a name does not fit the plan.
    """
    from cnnshape.network.spelled import Unwritable, spelled  # which planning does not need

    run = reference()
    try:
        result: Run = run.forward(spelled(plan), inputs, weights, seed, keep=keep)
    except Unwritable as error:
        raise run.ForwardError(str(error)) from None
    return result


def reference() -> Any:
    """The module that runs networks. Raises `MissingExtraError` where NumPy or Numba is not installed."""
    with needing("verify", "running a network"):
        from cnnshape.reference import run  # NumPy and Numba are an extra, and take half a second to import
    return run


__all__ = ["File", "Loaded", "MissingExtraError", "UsageError", "examine", "forward", "load", "plan"]
