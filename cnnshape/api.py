"""What a FILE is and who reads it: `load` parses once, `plan` runs."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cnnshape.arithmetic.sizes import LARGEST_INTEGER, Dim, Shape
from cnnshape.diagnostics import ArchitectureError, Diagnostic, Fault, Source
from cnnshape.network.network import Network
from cnnshape.network.plan import Plan
from cnnshape.network.planning import OPTIMIZER_SLOTS, plan_network
from cnnshape.readers.files import (
    Unreadable,
    find_in_zoo,
    include_path,
    is_special,
    is_zoo,
    read_source,
    read_zoo,
    refuse_other_kinds,
)
from cnnshape.readers.kinds import glimpse
from cnnshape.readers.yaml.program import Program
from cnnshape.readers.yaml.reader import read_program
from cnnshape.readers.yaml.walk.run import Known, Settings
from cnnshape.readers.yaml.walk.walker import read_network
from cnnshape.vocabularies.vocabulary import FRAMEWORKS

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import ArrayLike

    from cnnshape.reference.execution import Given
    from cnnshape.reference.run import Run

File = str | os.PathLike[str] | Mapping[str, Any]
"""A path, ``-``, ``zoo:keras/resnet50``, or the same as a dictionary."""


class UsageError(ValueError):
    """The request contradicts itself or the file; nothing was planned."""


class MissingExtraError(UsageError, ImportError):
    """What was asked for needs packages that come with an extra of cnnshape."""


class Architecture:
    """A parsed file, ready to be planned as often as one likes.

    Attributes:
        program: the checked program.
        known: what its plans found out, by framework; planning again repeats only what has changed.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.known: dict[str, Known] = {}
        self._programs: dict[str, Program] = {}
        self._includes: dict[tuple[str, str, str], tuple[Program, str | None] | Fault] = {}

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What reading the file found."""
        return self.program.diagnostics

    def network(self, settings: Settings) -> Network:
        """The network that the program gives with these settings."""
        return read_network(self.program, settings, self.include, self.known)

    def include(self, target: str, including: Program, framework: str) -> Program:
        """The program of an include. Raises `Fault` where it cannot be read."""
        asked = including.source.filename, target, framework
        if asked not in self._includes:
            try:
                self._includes[asked] = self._read_include(target, including, framework)
            except Fault as fault:
                self._includes[asked] = fault
        found = self._includes[asked]
        if isinstance(found, Fault):
            raise Fault(found.code, found.message, fix=found.fix)
        program, program.memo["preset"] = found
        return program

    def _read_include(self, target: str, including: Program, framework: str) -> tuple[Program, str | None]:
        """The program of an include, and the preset it means."""
        if is_zoo(target):
            member = find_in_zoo(target, framework)
            key = f"{member.framework}/{member.file}"
            source, resolved = read_zoo(member)
            preset = member.preset
        else:
            if including.resolved and is_zoo(including.source.filename):
                raise Fault("CS014", f"include: {target} lies outside the zoo")
            path = include_path(target, including.resolved)
            if is_special(path):
                raise Fault("CS001", f"cannot read {target}: it is a pipe or a device, no file")
            key, preset = str(path), None
            source = None
            resolved = str(path)
        if key not in self._programs:
            if source is None:
                try:
                    source, resolved = read_source(str(path), _beside(target, including))  # type: ignore[assignment]
                except Unreadable as error:
                    raise Fault(error.diagnostic.code, error.diagnostic.message, fix=error.diagnostic.fix) from None
            self._programs[key] = self.program if resolved == self.program.resolved else read_program(source, resolved)
        return self._programs[key], preset


def _beside(target: str, including: Program) -> str:
    """The name of an included file as it is shown: beside the including one."""
    folder = os.path.dirname(including.source.filename)
    return f"{folder}/{target}" if folder and not including.source.filename.startswith("<") else target


def load(file: File | None = None, *, text: str | None = None, filename: str | None = None) -> Architecture:
    """Read and parse a FILE, text or dictionary once.

    Args:
        file: a path, ``-`` for standard input, ``zoo:keras/resnet50``, or a dictionary of the same form as a file.
        text: the text itself, instead of a file.
        filename: how messages name the text.

    Raises:
        ArchitectureError: where nothing can be read. What is wrong inside the file comes with `plan`.
    """
    return Architecture(_program(file, text, filename))


def _program(file: File | None, text: str | None, filename: str | None) -> Program:
    if (file is None) == (text is None):
        raise UsageError("give either a file or text=...")
    if text is not None:
        try:
            refuse_other_kinds(filename or "<text>", glimpse(text.encode(errors="replace")))
        except Unreadable as error:
            raise ArchitectureError((error.diagnostic,)) from None
        return read_program(Source(filename or "<text>", text.removeprefix("\ufeff")))
    if isinstance(file, Mapping):
        try:
            source = Source(filename or "<dict>", _written(file))
        except (TypeError, ValueError, RecursionError) as error:
            raise UsageError(f"the dictionary cannot be read: {error}") from None
        return read_program(source)
    target = os.fspath(file)  # type: ignore[arg-type]
    if is_zoo(target):
        try:
            member = find_in_zoo(target)
        except Fault as fault:
            finding = Diagnostic(fault.code, fault.message, target, fix=fault.fix)
            raise ArchitectureError((finding,)) from None
        program = read_program(*read_zoo(member))
        program.memo["preset"] = member.preset
        program.name = member.name
        return program
    try:
        source, resolved = read_source(target, filename)
    except Unreadable as error:
        raise ArchitectureError((error.diagnostic,)) from None
    return read_program(source, resolved)


def _written(file: Mapping[str, Any]) -> str:
    """A dictionary as the text of a file: JSON, in which infinity is written as YAML has it."""
    text = json.dumps(_plain(file), indent=1, ensure_ascii=False)
    return _TEXT_OR_NO_NUMBER.sub(lambda found: _YAML.get(found[0], found[0]), text)


_TEXT_OR_NO_NUMBER = re.compile(r'"(?:[^"\\]|\\.)*"|-?Infinity|NaN')
_YAML = {"Infinity": ".inf", "-Infinity": "-.inf", "NaN": ".nan"}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def plan(
    file: File | Architecture | None = None,
    *,
    text: str | None = None,
    filename: str | None = None,
    batch: int | None = None,
    input: Any = None,
    preset: str | None = None,
    variables: Mapping[str, Any] | None = None,
    framework: str | None = None,
    optimizer: str = "adam",
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
        optimizer: ``sgd``, ``momentum`` or ``adam``, for the training estimate.

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
        optimizer=optimizer,
    )
    if result.errors:
        raise ArchitectureError(result.diagnostics, result)
    return result


def examine(
    file: File | Architecture | None = None,
    *,
    text: str | None = None,
    filename: str | None = None,
    batch: int | None = None,
    input: Any = None,
    preset: str | None = None,
    variables: Mapping[str, Any] | None = None,
    framework: str | None = None,
    optimizer: str = "adam",
) -> Plan:
    """`plan`, which returns a wrong architecture's plan with its diagnostics instead of raising."""
    architecture = file if isinstance(file, Architecture) else load(file, text=text, filename=filename)
    settings = check_settings(architecture.program, batch, input, preset, variables, framework, optimizer)
    return plan_network(architecture.network(settings), optimizer=optimizer)


def check_settings(
    program: Program,
    batch: int | None,
    input: Any,
    preset: str | None,
    variables: Mapping[str, Any] | None,
    framework: str | None,
    optimizer: str,
) -> Settings:
    """The arguments of `plan`, checked. Raises `UsageError`."""
    if framework is not None and framework not in FRAMEWORKS:
        raise UsageError(f"framework is one of {', '.join(FRAMEWORKS)}, got {framework!r}")
    if framework is not None and program.framework is not None and framework != program.framework:
        raise UsageError(f"the file says framework: {program.framework}, the request {framework}")
    if optimizer not in OPTIMIZER_SLOTS:
        raise UsageError(f"optimizer is one of {', '.join(OPTIMIZER_SLOTS)}, got {optimizer!r}")
    if batch is not None and (
        isinstance(batch, bool) or not isinstance(batch, int) or not 1 <= batch <= LARGEST_INTEGER
    ):
        raise UsageError(f"batch has to be a whole number of at least 1, got {batch!r}")
    inputs: dict[str, Shape] = {}
    if isinstance(input, Mapping):
        inputs = {str(name): check_shape(shape) for name, shape in input.items()}
    elif input is not None:
        inputs = {"": check_shape(input)}
    stated = program.memo.get("preset")
    return Settings(
        batch,
        inputs,
        framework,
        preset if preset is not None else stated if isinstance(stated, str) else None,
        dict(variables or {}),
    )


def check_shape(shape: Any) -> Shape:
    """A shape given by a caller: sizes of at least 1, or None. Raises `UsageError`."""
    if isinstance(shape, str):
        parts = shape.lower().split("x")
        shape = [
            None if part in ("_", "?") else int(part) if part.isdigit() and len(part) < 20 else part for part in parts
        ]
    if isinstance(shape, int) and not isinstance(shape, bool):
        shape = (shape,)
    sizes: list[Dim] = list(shape) if isinstance(shape, list | tuple) else [0]
    for size in sizes:
        if size is not None and (
            isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= LARGEST_INTEGER
        ):
            raise UsageError(f"an input is a list of sizes of at least 1 (None where unknown), got {shape!r}")
    return tuple(sizes)


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
    result: Run = reference().forward(plan, inputs, weights, seed, keep=keep)
    return result


def reference() -> Any:
    """The module that runs networks. Raises `MissingExtraError` where NumPy or Numba is not installed."""
    try:
        from cnnshape.reference import run  # NumPy and Numba are an extra, and take half a second to import
    except ModuleNotFoundError as error:
        if error.name not in ("numba", "numpy"):
            raise
        raise MissingExtraError(
            f'running a network needs {error.name}, which is not installed: pip install "cnnshape[verify]"'
        ) from None
    return run


__all__ = ["Architecture", "File", "MissingExtraError", "UsageError", "examine", "forward", "load", "plan"]
