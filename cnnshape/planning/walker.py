"""One walk: expansion and planning are one run of the program, since expressions see shapes.

The walk never stops at a fault: the entry's tensor is *failed* (its shape is None), what reads it fails silently, and
everything else goes on, so that one run finds all errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from difflib import get_close_matches
from typing import Any, NamedTuple

from cnnshape.architecture.calls import Call, Reference
from cnnshape.architecture.expressions import (
    LARGEST_INTEGER,
    Expression,
    ExpressionFault,
    FailedTensor,
)
from cnnshape.architecture.program import (
    Apply,
    Block,
    Body,
    Broken,
    For,
    If,
    Include,
    Let,
    NodePlace,
    Program,
    Repeat,
    Statement,
    TextPlace,
)
from cnnshape.architecture.reader import explicit_names
from cnnshape.arithmetic.sizes import Dim, Shape, show
from cnnshape.diagnostics import Diagnostic, Edit, Fault, Source, Span, Use
from cnnshape.operations.operation import Operation, Result
from cnnshape.planning.fields import Views, advance, view_of_input
from cnnshape.planning.frames import (
    Binding,
    BlockCall,
    Frame,
    Gate,
    RowOrigin,
    Tensor,
    UseOrigin,
    snake_case,
)
from cnnshape.planning.plan import Scope
from cnnshape.vocabularies.layer import BoundLayer, Defaults, Faults, bind, model_of
from cnnshape.vocabularies.vocabulary import LayerType, lookup, title, vocabulary

MOST_ROWS = 1_000_000
"""Rows (and rounds of loops) of an expanded program."""
DEEPEST_BLOCKS = 64
"""Blocks within blocks."""

Loader = Callable[[str, Program, str], Program]
"""From an include's target, the including program and the framework to the included program. Raises `Fault`."""


class Draft(NamedTuple):
    """A row before it is known whether anything depends on it."""

    name: str
    type: str
    arguments: Mapping[str, Any]
    inputs: tuple[Tensor, ...]
    output_names: tuple[str, ...]
    result: Result | None
    operation: Operation | None
    views: Views
    trainable: bool
    shared_with: str | None
    operator: bool
    filename: str
    span: Span
    used_at: tuple[Use, ...]
    scopes: tuple[Scope, ...]
    extra: Mapping[str, Any]
    bound: BoundLayer | None


class Settings(NamedTuple):
    """What the caller sets on top of the file.

    `inputs` replaces input shapes by name (``""``: the only input); `variables` are values of variables.
    """

    batch: Dim = None
    inputs: Mapping[str, Shape] = {}
    framework: str | None = None
    preset: str | None = None
    variables: Mapping[str, Any] = {}


class Walk(NamedTuple):
    """What a run gives: drafts of rows, model inputs, outputs and what was found."""

    program: Program
    framework: str
    batch: Dim
    values: Mapping[str, Any]
    inputs: Mapping[str, Shape]
    drafts: tuple[Draft, ...]
    outputs: tuple[tuple[str, Tensor], ...]
    training_outputs: tuple[Tensor, ...]
    frame: Frame
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, Source]


class TooManyRows(Exception):  # noqa: N818 - a signal, its diagnostic is recorded
    """The program expands beyond `MOST_ROWS`; the diagnostic is recorded."""


class Reached(Exception):  # noqa: N818 - a signal
    """``until:`` was reached."""

    def __init__(self, path: str, binding: Binding) -> None:
        super().__init__(path)
        self.path = path
        self.binding = binding


def walk(program: Program, settings: Settings, load: Loader) -> Walk:
    """Run a program once, top to bottom."""
    return Walker(program, settings, load).run()


class _FileEnvironment:
    """What expressions at the head of a file see: variables, and no shapes."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values: dict[str, Any] = values

    def shape(self, name: str) -> Shape:
        raise Fault("CS201", f"{name!r} has no shape here: shapes are known below `layers:` only")

    def channels(self, name: str) -> int | None:
        self.shape(name)
        return None

    def is_tensor(self, name: str) -> bool:
        return False


class Walker:
    """The state of one run."""

    def __init__(self, program: Program, settings: Settings, load: Loader) -> None:
        self.program = program
        self.settings = settings
        self.load = load
        self.framework = program.framework or settings.framework or "keras"
        self.defaults = Defaults(program.data_format or "channels_last")
        self.channels_last = self.framework == "keras" and self.defaults.data_format == "channels_last"
        self.diagnostics: list[Diagnostic] = list(program.diagnostics)
        self.seen: set[tuple[str, str, str, Span | None]] = set()
        self.drafts: list[Draft] = []
        self.steps = 0
        self.stack: list[BlockCall] = []
        self.until: set[str] = set()
        self.model_inputs: dict[str, Shape] = {}
        self.sources: dict[str, Source] = {program.source.filename: program.source}
        self.batch: Dim = 1

    # -- findings

    def report(
        self,
        frame: Frame | None,
        code: str,
        message: str,
        span: Span,
        *,
        fix: str | None = None,
        layer: str | None = None,
        edits: tuple[Edit, ...] = (),
    ) -> None:
        filename = (frame.program if frame else self.program).source.filename
        key = (filename, code, message, span)
        if key in self.seen:
            return
        self.seen.add(key)
        uses = frame.uses if frame else ()
        self.diagnostics.append(Diagnostic(code, message, filename, span, layer, fix, uses, edits))

    def report_fault(self, frame: Frame, fault: Fault, statement: Apply, layer: str | None = None) -> None:
        """A fault of an entry, at the argument it is about where that is known."""
        span, edit = locate(fault, statement)
        edits = (edit,) if edit and not frame.uses and not frame.in_loop else ()
        self.report(frame, fault.code, fault.message, span, fix=fault.fix, layer=layer, edits=edits)

    def evaluate(self, expression: Expression, frame: Any, span: Span) -> Any:
        """The value of an expression; a fault is reported and re-raised as `FailedTensor`."""
        try:
            return expression.evaluate(frame)
        except FailedTensor:
            raise
        except Fault as fault:
            where = frame if isinstance(frame, Frame) else None
            self.report(where, fault.code, fault.message, fault.span or span, fix=fault.fix)
            raise FailedTensor from None
        except RecursionError:
            where = frame if isinstance(frame, Frame) else None
            self.report(where, "CS107", "the expression is nested too deep", span)
            raise FailedTensor from None

    # -- the file

    def run(self) -> Walk:
        program = self.program
        values = self.file_values(program, self.settings.preset, self.settings.variables, None)
        frame = Frame(program, values, program.explicit_names, channels_last=self.channels_last)
        self.batch = self.find_batch(values)
        previous = self.bind_inputs(frame, values)
        with suppress(TooManyRows):
            previous = self.body(program.body, frame, previous)
        outputs, training = self.find_outputs(frame, previous)
        return Walk(
            program,
            self.framework,
            self.batch,
            values,
            self.model_inputs,
            tuple(self.drafts),
            outputs,
            training,
            frame,
            tuple(self.diagnostics),
            self.sources,
        )

    def file_values(
        self,
        program: Program,
        preset: str | None,
        overrides: Mapping[str, Any],
        where: Frame | None,
        at: Span | None = None,
    ) -> dict[str, Any]:
        """The values of a file's variables: its own, then the preset's, then those that are set."""
        frame = where
        chosen: dict[str, tuple[Expression, Span]] = {}
        own = {name for name, _, _ in program.variables}
        head = program.spans.get("variables", Span(program.span.start, program.span.start))
        if preset is not None:
            name = match_preset(preset, program.presets)
            if name is None:
                close = get_close_matches(preset, program.presets, n=1)
                known = ", ".join(program.presets) or "none"
                self.report_in(
                    program,
                    frame,
                    "CS113",
                    f"there is no preset {preset!r}; the file has {known}",
                    at or program.spans.get("presets", Span(program.span.start, program.span.start)),
                    f"did you mean {close[0]}?" if close else None,
                )
            else:
                for variable, expression, span in program.presets[name]:
                    chosen[variable] = (expression, span)
                    if variable not in own:
                        close = get_close_matches(variable, own, n=1)
                        self.report_in(
                            program,
                            None,
                            "CS112",
                            f"the preset {name} sets {variable!r}, which `variables:` does not name",
                            span,
                            f"did you mean {close[0]}?" if close else f"add {variable} to `variables:`",
                        )
        for variable in overrides:
            if variable not in own:
                close = get_close_matches(variable, own, n=1)
                known = f"; it has {', '.join(sorted(own))}" if own else ""
                self.report_in(
                    program,
                    frame,
                    "CS112",
                    f"the file has no variable {variable!r}{known}",
                    at or head,
                    f"did you mean {close[0]}?" if close else None,
                )
        values: dict[str, Any] = {}
        environment = _FileEnvironment(values)
        for variable, expression, span in program.variables:
            if variable in overrides:
                values[variable] = overrides[variable]
                continue
            expression, span = chosen.get(variable, (expression, span))
            try:
                values[variable] = self.evaluate(expression, environment, span)
            except FailedTensor:
                values[variable] = None
        return values

    def report_in(
        self, program: Program, frame: Frame | None, code: str, message: str, span: Span, fix: str | None
    ) -> None:
        """A finding about the head of `program`, which `frame` includes (None: the file itself)."""
        filename = (frame.program if frame else program).source.filename
        self.diagnostics.append(Diagnostic(code, message, filename, span, fix=fix, used_at=frame.uses if frame else ()))

    def find_batch(self, values: dict[str, Any]) -> Dim:
        if self.settings.batch is not None:
            return self.settings.batch
        expression = self.program.batch
        if expression is None:
            return 1
        span = self.program.spans.get("batch", self.program.span)
        try:
            batch = self.evaluate(expression, _FileEnvironment(values), span)
        except FailedTensor:
            return 1
        if batch is None:
            return None
        if isinstance(batch, bool) or not isinstance(batch, int) or not 1 <= batch <= LARGEST_INTEGER:
            self.report(None, "CS011", f"batch has to be a whole number of at least 1, got {batch!r}", span)
            return 1
        return batch

    def bind_inputs(self, frame: Frame, values: dict[str, Any]) -> tuple[Tensor, ...] | None:
        """The model inputs; None where no entry can read one without naming it."""
        environment = _FileEnvironment(values)
        replaced = dict(self.settings.inputs)
        for name, expression, span in self.program.inputs:
            shape: Shape | None = None
            override = replaced.pop(name, None)
            if override is None and len(self.program.inputs) == 1:
                override = replaced.pop("", None)
            if override is not None:
                shape = (self.batch, *override)
            else:
                try:
                    shape = self.input_shape(name, self.evaluate(expression, environment, span), span)
                except FailedTensor:
                    shape = None
            self.add_input(frame, name, shape)
        if not self.program.inputs and "" in replaced:
            self.add_input(frame, "input", (self.batch, *replaced.pop("")))
        if (
            not self.model_inputs
            and not self.program.inputs
            and not starts_with_input_layer(self.program, self.framework)
        ):
            where = Span(self.program.span.start, self.program.span.start)
            example = "[224, 224, 3]" if self.channels_last else "[3, 224, 224]"
            if self.program.body:
                self.report(
                    None,
                    "CS010",
                    "the file has no `input:`",
                    where,
                    fix=f"add `input: {example}` (one sample, without the batch)",
                )
            frame.layers[0]["input"] = Binding((Tensor("input", None, (), -1),))
        for name in replaced:
            known = ", ".join(name for name, _, _ in self.program.inputs) or "none"
            what = f"an input {name!r}" if name else "a single input"
            message = f"--input gives {what}, which the file does not have; it has {known}"
            at = self.program.spans.get("inputs") or self.program.spans.get("input")
            self.report(None, "CS201", message, at or Span(self.program.span.start, self.program.span.start))
        bindings = list(frame.layers[0].values())
        return bindings[0].tensors if len(bindings) == 1 else None

    def add_input(self, frame: Frame, name: str, shape: Shape | None) -> Binding:
        if shape is not None:
            self.model_inputs[name] = shape
        views = view_of_input(name, shape, self.channels_last) if shape else ()
        binding = Binding((Tensor(name, shape, views, -1),))
        frame.layers[0][name] = binding
        return binding

    def input_shape(self, name: str, value: Any, span: Span) -> Shape | None:
        if isinstance(value, str):
            parts = value.replace("\N{MULTIPLICATION SIGN}", "x").split("x")
            value = [None if part.strip() in ("_", "?", "null", "None") else _to_int(part) for part in parts]
        elif isinstance(value, int) and not isinstance(value, bool):
            value = [value]
        sizes = list(value) if isinstance(value, list | tuple) else None
        wrong = sizes is None or any(
            size is not None and (isinstance(size, bool) or not isinstance(size, int | float) or size != int(size))
            for size in sizes
        )
        if wrong or sizes is None or not sizes:
            example = "[8, 16, 3]" if self.channels_last else "[3, 8, 16]"
            message = f"{name} has to be a list of sizes, got {value!r}"
            self.report(None, "CS011", message, span, fix=f"write {example}: one sample, without the batch")
            return None
        for size in sizes:
            if size is not None and not 1 <= size <= LARGEST_INTEGER:
                self.report(None, "CS011", f"the sizes of {name} have to be at least 1, got {size}", span)
                return None
        return (self.batch, *(None if size is None else int(size) for size in sizes))

    def find_outputs(
        self, frame: Frame, previous: tuple[Tensor, ...] | None
    ) -> tuple[tuple[tuple[str, Tensor], ...], tuple[Tensor, ...]]:
        outputs: list[tuple[str, Tensor]] = []
        training: list[Tensor] = []
        for key, declared in (("outputs", self.program.outputs), ("training_outputs", self.program.training_outputs)):
            for what, span in declared:
                for name in self.output_names(what, frame, span):
                    try:
                        binding = frame.find(name)
                    except Fault as fault:
                        self.report(None, fault.code, fault.message, span, fix=fault.fix)
                        continue
                    if key == "outputs":
                        outputs += [(tensor.name, tensor) for tensor in binding.tensors]
                    else:
                        training += binding.tensors
        if not self.program.outputs:
            outputs = [(tensor.name, tensor) for tensor in previous or () if tensor.row >= 0 or tensor.shape]
        return tuple(outputs), tuple(training)

    def output_names(self, what: Reference | Expression, frame: Frame, span: Span) -> list[str]:
        try:
            if isinstance(what, Reference):
                return [self.reference_name(what, frame)]
            names = self.evaluate(what, frame, span)
        except FailedTensor:
            return []
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            return names
        self.report(None, "CS011", f"a list of names is needed here, got {names!r}", span)
        return []

    # -- bodies

    def body(self, body: Body, frame: Frame, previous: tuple[Tensor, ...] | None) -> tuple[Tensor, ...] | None:
        """Run the entries in order; each reads the one before it, and the last is the result."""
        for statement in body:
            kind = type(statement)
            if kind is Apply:
                previous = self.apply(statement, frame, previous)  # type: ignore[arg-type]
            else:
                previous = self.control(statement, frame, previous)
        return previous

    def control(
        self, statement: Statement, frame: Frame, previous: tuple[Tensor, ...] | None
    ) -> tuple[Tensor, ...] | None:
        """Everything that is not a layer."""
        if isinstance(statement, If):
            return self.run_if(statement, frame, previous)
        if isinstance(statement, For):
            return self.run_for(statement, frame, previous)
        if isinstance(statement, Repeat):
            return self.run_repeat(statement, frame, previous)
        if isinstance(statement, Let):
            self.run_let(statement, frame)
            return previous
        if isinstance(statement, Include):
            return self.run_include(statement, frame, previous)
        return self.fail_names(statement.names if isinstance(statement, Broken) else (), frame)

    def fail_names(self, names: Iterable[str], frame: Frame) -> tuple[Tensor, ...]:
        """Names that an entry would have bound stand for failed tensors."""
        failed = (Tensor("", None, (), -1),)
        for name in names:
            frame.layers[-1].setdefault(name, Binding(failed))
        return failed

    def run_if(self, statement: If, frame: Frame, previous: tuple[Tensor, ...] | None) -> tuple[Tensor, ...] | None:
        try:
            test = self.evaluate(statement.test, frame, statement.span)
        except FailedTensor:
            return self.fail_names(explicit_names((statement,)), frame)
        return self.body(statement.then if test else statement.otherwise, frame, previous)

    def run_let(self, statement: Let, frame: Frame) -> None:
        for name, expression, span in statement.values:
            try:
                frame.values[name] = self.evaluate(expression, frame, span)
            except FailedTensor:
                frame.values[name] = _Failed

    def run_for(self, statement: For, frame: Frame, previous: tuple[Tensor, ...] | None) -> tuple[Tensor, ...] | None:
        try:
            rows = self.evaluate(statement.rows, frame, statement.span)
        except FailedTensor:
            return self.fail_names(explicit_names((statement,)), frame)
        if not isinstance(rows, list):
            message = f"`in:` has to be a list, got {rows!r}"
            fix = f"write range({rows})" if isinstance(rows, int) else None
            self.report(frame, "CS011", message, statement.span, fix=fix)
            return self.fail_names((), frame)
        for number, row in enumerate(rows):
            names: dict[str, Any] = {}
            if statement.unpack:
                if not isinstance(row, list) or len(row) != len(statement.names):
                    span = statement.row_spans[number] if number < len(statement.row_spans) else statement.span
                    got = f"{len(row)} values: {row!r}" if isinstance(row, list) else f"one value: {row!r}"
                    self.report(
                        frame,
                        "CS114",
                        f"row {number + 1} has {got}; `for:` names {len(statement.names)} "
                        f"({', '.join(statement.names)})",
                        span,
                        fix=f"give every row {len(statement.names)} values",
                    )
                    previous = self.fail_names((), frame)
                    continue
                names = dict(zip(statement.names, row, strict=True))
            else:
                names = {statement.names[0]: row} if statement.names else {}
            previous = self.run_round(statement.body, frame, previous, names, statement.span)
        return previous

    def run_repeat(
        self, statement: Repeat, frame: Frame, previous: tuple[Tensor, ...] | None
    ) -> tuple[Tensor, ...] | None:
        try:
            count = self.repeat_count(statement.count, frame, statement.span)
        except FailedTensor:
            return self.fail_names(explicit_names((statement,)), frame)
        for _ in range(count):
            previous = self.run_round(statement.body, frame, previous, {}, statement.span)
        return previous

    def run_round(
        self,
        body: Body,
        frame: Frame,
        previous: tuple[Tensor, ...] | None,
        names: dict[str, Any],
        span: Span,
    ) -> tuple[Tensor, ...] | None:
        """One round of a loop: a scope of its own for names and values."""
        self.step(frame, span)
        outer = frame.values
        frame.values = {**outer, **names}
        frame.layers.append({})
        frame.in_loop += 1
        try:
            return self.body(body, frame, previous)
        finally:
            frame.in_loop -= 1
            frame.layers.pop()
            frame.values = outer

    def step(self, frame: Frame, span: Span) -> None:
        self.steps += 1
        if self.steps > MOST_ROWS:
            self.too_many(frame, span)

    def too_many(self, frame: Frame, span: Span) -> None:
        self.report(
            frame,
            "CS013",
            f"the file expands to more than {MOST_ROWS:,} rows",
            span,
            fix="lower the repetition",
        )
        raise TooManyRows

    def repeat_count(self, expression: Expression, frame: Frame, span: Span) -> int:
        count = self.evaluate(expression, frame, span)
        if isinstance(count, float) and count.is_integer():
            count = int(count)
        if isinstance(count, bool) or not isinstance(count, int):
            fix = f"use int({count}) or round({count})" if isinstance(count, float) else None
            self.report(frame, "CS110", f"a repetition has to be a whole number, got {count!r}", span, fix=fix)
            raise FailedTensor
        if count < 0:
            self.report(frame, "CS105", f"a repetition has to be at least 0, got {count}", span)
            raise FailedTensor
        if self.steps + count > MOST_ROWS:
            self.too_many(frame, span)
        return count

    # -- entries

    def apply(self, statement: Apply, frame: Frame, previous: tuple[Tensor, ...] | None) -> tuple[Tensor, ...] | None:
        """Run one entry, as often as it says, and bind its names."""
        call = statement.call
        if call.alias is not None and self.is_alias(call, frame):
            return self.alias(statement, call.alias, frame)
        count = 1
        if call.repeat is not None:
            try:
                count = self.repeat_count(call.repeat, frame, statement.span)
            except FailedTensor:
                return self.fail_names((target.name for target in call.targets), frame)
        try:
            wanted = self.wanted_name(statement, frame)
            inputs = self.inputs(statement, frame, previous)
        except FailedTensor:
            return self.fail_names((target.name for target in call.targets), frame)
        binding = Binding(inputs or ())
        for number in range(count):
            self.steps += 1
            if self.steps > MOST_ROWS:
                self.too_many(frame, statement.span)
            last = number == count - 1
            binding = self.apply_once(statement, frame, inputs, wanted if last else None)
            inputs = binding.tensors
        self.bind_targets(statement, frame, binding)
        return binding.tensors

    def is_alias(self, call: Call, frame: Frame) -> bool:
        """Whether ``x = other`` names a tensor: blocks and exact layer names come first, then tensors."""
        if call.alias is None or call.callee in frame.program.blocks:
            return False
        if call.alias.subscript is not None or "/" in call.callee or "[" in call.callee:
            return True
        if vocabulary(self.framework).find_exact(call.callee):
            return False
        return frame.lookup(call.callee) is not None

    def alias(self, statement: Apply, reference: Reference, frame: Frame) -> tuple[Tensor, ...]:
        try:
            binding = frame.find(self.reference_name(reference, frame))
        except Fault as fault:
            self.report_fault(frame, fault, statement)
            return self.fail_names((target.name for target in statement.call.targets), frame)
        except FailedTensor:
            return self.fail_names((target.name for target in statement.call.targets), frame)
        self.bind_targets(statement, frame, binding)
        return binding.tensors

    def bind_targets(self, statement: Apply, frame: Frame, binding: Binding) -> None:
        targets = statement.call.targets
        if not targets:
            return
        try:
            if len(targets) == 1:
                target = targets[0]
                name = self.target_name(target.name, target.subscript, frame)
                frame.bind(name, binding, everywhere=target.subscript is not None)
                return
            tensors = binding.tensors
            if any(tensor.shape is None for tensor in tensors) and len(tensors) != len(targets):
                tensors = tensors[:1] * len(targets)
            if len(tensors) != len(targets):
                raise Fault(
                    "CS209",
                    f"{len(targets)} names for {len(tensors)} output{'s' * (len(tensors) != 1)}",
                    fix=f"name {len(tensors)} of them, as in `a, b = chunk(2, dim=1)`",
                )
            for target, tensor in zip(targets, tensors, strict=True):
                name = self.target_name(target.name, target.subscript, frame)
                frame.bind(name, Binding((tensor,), None), everywhere=target.subscript is not None)
        except Fault as fault:
            self.report_fault(frame, fault, statement)
        except FailedTensor:
            return

    def target_name(self, name: str, subscript: Expression | None, frame: Frame) -> str:
        if subscript is None:
            return name
        return f"{name}[{subscript.evaluate(frame)}]"

    def reference_name(self, reference: Reference, frame: Frame) -> str:
        if reference.subscript is None:
            return reference.path
        return f"{reference.path}[{reference.subscript.evaluate(frame)}]"

    def wanted_name(self, statement: Apply, frame: Frame) -> str | None:
        """The name that an entry gives its row."""
        targets = statement.call.targets
        if statement.name is not None:
            name = self.evaluate(statement.name, frame, statement.span)
            if not isinstance(name, str) or not name:
                self.report(frame, "CS210", f"name has to be a text, got {name!r}", statement.span)
                raise FailedTensor
            return name
        if len(targets) != 1:
            return None
        try:
            return self.target_name(targets[0].name, targets[0].subscript, frame)
        except Fault as fault:
            self.report_fault(frame, fault, statement)
            raise FailedTensor from None

    def inputs(self, statement: Apply, frame: Frame, previous: tuple[Tensor, ...] | None) -> tuple[Tensor, ...] | None:
        """The tensors an entry reads: those it names, else what the entry before gives."""
        references = statement.call.inputs
        if references is None:
            return previous
        tensors: list[Tensor] = []
        failed = False
        for reference in references:
            try:
                tensors += frame.find(self.reference_name(reference, frame)).tensors
            except Fault as fault:
                span = statement.place.extent(reference.extent)
                if isinstance(statement.place, NodePlace):
                    span = statement.place.values.get("inputs", span)
                self.report(frame, fault.code, fault.message, fault.span or span, fix=fault.fix)
                failed = True
        if failed:
            tensors.append(Tensor("", None, (), -1))
        return tuple(tensors)

    def apply_once(
        self, statement: Apply, frame: Frame, inputs: tuple[Tensor, ...] | None, wanted: str | None
    ) -> Binding:
        call = statement.call
        try:
            trainable = frame.trainable
            if statement.trainable is not None:
                trainable = bool(self.evaluate(statement.trainable, frame, statement.span)) and trainable
        except FailedTensor:
            trainable = frame.trainable
        if call.shared is not None:
            return self.apply_shared(statement, call.shared, frame, inputs, wanted)
        block = frame.program.blocks.get(call.callee)
        if block is not None:
            return self.apply_block(statement, block, frame, inputs, wanted, trainable)
        try:
            kind = statement.memo.get("kind") or lookup(self.framework, call.callee)  # type: ignore[arg-type]
            statement.memo["kind"] = kind
        except Fault as fault:
            return self.unknown_layer(statement, fault, frame, inputs, wanted)
        if kind.model == "InputLayer":
            return self.input_layer(statement, kind, frame, inputs)
        return self.apply_layer(statement, kind, frame, inputs, wanted, trainable)

    def unknown_layer(
        self, statement: Apply, fault: Fault, frame: Frame, inputs: tuple[Tensor, ...] | None, wanted: str | None
    ) -> Binding:
        call = statement.call
        if frame.lookup(call.callee) is not None:
            fix = f"write an alias as `name = {call.callee}`" if not call.called else None
            fault = Fault("CS206", f"{call.callee!r} is a tensor, not a layer or a block", fix=fix)
        else:
            close = get_close_matches(call.callee, frame.program.blocks, n=1)
            if close and fault.code == "CS101":
                fault = Fault(
                    fault.code, fault.message, fix=f"did you mean the block {close[0]}?", replacement=close[0]
                )
        fault.argument = ""
        local = frame.local_name(wanted, snake_case(call.callee) or "layer")
        self.report_fault(frame, fault, statement, frame.prefix + local)
        return self.failed_row(statement, call.callee, frame, inputs or (), local)

    def failed_row(
        self, statement: Apply, type_name: str, frame: Frame, inputs: tuple[Tensor, ...], local: str
    ) -> Binding:
        """A row without a shape: it is wrong, or something it reads is."""
        name = frame.prefix + local
        draft = Draft(
            name,
            type_name,
            {},
            inputs,
            (name,),
            None,
            None,
            (),
            True,
            None,
            False,
            frame.program.source.filename,
            statement.span,
            frame.uses,
            frame.scopes,
            {},
            None,
        )
        return self.add_row(draft, frame, local, (None,))

    def add_row(self, draft: Draft, frame: Frame, local: str, shapes: tuple[Shape | None, ...]) -> Binding:
        number = len(self.drafts)
        self.drafts.append(draft)
        if len(shapes) == 1:
            tensors: tuple[Tensor, ...] = (Tensor(draft.name, shapes[0], draft.views, number),)
        else:
            tensors = tuple(
                Tensor(name, shape, draft.views, number, output)
                for output, (name, shape) in enumerate(zip(draft.output_names, shapes, strict=True))
            )
        binding = Binding(tensors, RowOrigin(number))
        frame.members[local] = binding
        if self.until and draft.name in self.until:
            raise Reached(draft.name, binding)
        return binding

    def apply_layer(
        self,
        statement: Apply,
        kind: LayerType,
        frame: Frame,
        inputs: tuple[Tensor, ...] | None,
        wanted: str | None,
        trainable: bool,
    ) -> Binding:
        local = frame.local_name(wanted, snake_case(kind.name))
        if frame.sharing is not None:
            shared = frame.sharing.members.get(local)
            if shared and isinstance(shared.origin, RowOrigin):
                return self.share_row(statement, self.drafts[shared.origin.row], frame, inputs or (), local)
        name = frame.prefix + local
        try:
            bound, operation = self.lower(statement, kind, frame)
        except Faults as faults:
            for fault in faults.faults:
                self.report_fault(frame, fault, statement, name)
            return self.failed_row(statement, kind.name, frame, inputs or (), local)
        except FailedTensor:
            return self.failed_row(statement, kind.name, frame, inputs or (), local)
        if frame.gates:
            trainable = all([gate.passes(name) for gate in frame.gates]) and trainable
        return self.place_row(statement, bound, operation, frame, inputs, local, trainable, None)

    def place_row(
        self,
        statement: Apply,
        bound: BoundLayer,
        operation: Operation,
        frame: Frame,
        inputs: tuple[Tensor, ...] | None,
        local: str,
        trainable: bool,
        shared: Draft | None,
    ) -> Binding:
        """The row of a lowered layer for these inputs."""
        kind = bound.kind
        name = frame.prefix + local
        try:
            tensors = check_inputs(operation, inputs, kind.name)
        except Fault as fault:
            self.report_fault(frame, fault, statement, name)
            return self.failed_row(statement, kind.name, frame, inputs or (), local)
        shapes = tuple([tensor.shape for tensor in tensors])
        if None in shapes:
            return self.failed_row(statement, kind.name, frame, tensors, local)
        memo = self.program.memo
        key = (operation, shapes)
        result = memo.get(key)
        if result is None:
            try:
                result = operation.apply(*shapes)  # type: ignore[arg-type]
                check_integers(result, kind.name)
            except Fault as fault:
                self.report_fault(frame, with_neighbour(fault, kind, tensors, self.drafts), statement, name)
                return self.failed_row(statement, kind.name, frame, tensors, local)
            memo[key] = result
        views = advance(tuple([tensor.views for tensor in tensors]), result.paths)
        outputs = result.outputs
        names = (name,) if len(outputs) == 1 else self.output_names_of(statement, frame, name, len(outputs))
        if shared is not None and shared.result is not None:
            wrong = [
                (one.shape, other.shape)
                for one, other in zip(shared.result.weights, result.weights, strict=False)
                if one.shape != other.shape
            ]
            if wrong or len(shared.result.weights) != len(result.weights):
                unequal = Fault(
                    "CS208",
                    f"{name} shares the weights of {shared.name}, but would need {show(wrong[0][1])} "
                    f"where that has {show(wrong[0][0])}"
                    if wrong
                    else f"{name} shares the weights of {shared.name}, but needs others",
                    fix="give both the same number of input channels, or do not share",
                )
                self.report_fault(frame, unequal, statement, name)
        draft = Draft(
            name,
            kind.name,
            bound.arguments,
            tensors,
            names,
            result,
            operation,
            views,
            trainable,
            (shared.shared_with or shared.name) if shared else None,
            kind.operator,
            frame.program.source.filename,
            statement.span,
            frame.uses,
            frame.scopes,
            bound.extra,
            bound,
        )
        return self.add_row(draft, frame, local, outputs)

    def output_names_of(self, statement: Apply, frame: Frame, name: str, count: int) -> tuple[str, ...]:
        targets = statement.call.targets
        if len(targets) == count:
            return tuple(frame.prefix + self.target_name(target.name, target.subscript, frame) for target in targets)
        return tuple(f"{name}:{number}" for number in range(count))

    def lower(self, statement: Apply, kind: LayerType, frame: Frame) -> tuple[BoundLayer, Operation]:
        """The layer with its arguments, and its operation; entries with the same arguments share both."""
        call = statement.call
        memo = statement.memo
        if "constant" not in memo:
            memo["constant"] = all(each.constant for each in call.positional) and all(
                each.value.constant for each in call.keywords
            )
        if memo["constant"]:
            known = memo.get("lowered")
            if known is not None:
                return known  # type: ignore[no-any-return]
        try:
            positional = [each.evaluate(frame) for each in call.positional]
            keywords = {each.name: each.value.evaluate(frame) for each in call.keywords}
        except Fault as fault:
            raise Faults([with_tensor_hint(fault, call, frame)]) from None
        except RecursionError:
            raise Faults([Fault("CS107", "the expression is nested too deep")]) from None
        if _Failed in positional or _Failed in keywords.values():
            raise FailedTensor
        if len(keywords) != len(call.keywords):
            raise Faults([Fault("CS106", f"{kind.name} gets an argument twice")])
        key = ("lowered", repr(positional), repr(keywords)) if not memo["constant"] else "lowered"
        known = memo.get(key)
        if known is not None:
            return known  # type: ignore[no-any-return]
        bound = bind(kind, positional, keywords)
        try:
            operation = bound.layer.lower(kind, self.defaults)
        except Fault as fault:
            raise Faults([fault]) from None
        memo[key] = (bound, operation)
        return bound, operation

    def input_layer(
        self, statement: Apply, kind: LayerType, frame: Frame, inputs: tuple[Tensor, ...] | None
    ) -> Binding:
        """A leading InputLayer states the model's input; it makes no row."""
        try:
            bound, _ = self.lower_arguments(statement, kind, frame)
        except Faults as faults:
            for fault in faults.faults:
                self.report_fault(frame, fault, statement)
            return Binding((Tensor("input", None, (), -1),))
        except FailedTensor:
            return Binding((Tensor("input", None, (), -1),))
        stated = getattr(bound.layer, "shape", None)
        if self.drafts or frame.prefix:
            fault = Fault("CS203", f"{kind.name} states the model's input; it can only stand before the first layer")
            self.report_fault(frame, fault, statement)
            return Binding((Tensor("input", None, (), -1),))
        shape = self.input_shape("input", list(stated) if stated is not None else None, statement.span)
        if inputs and inputs[0].row == -1 and inputs[0].shape and not isinstance(statement.name, str):
            if shape is not None and inputs[0].shape[1:] != shape[1:] and not self.settings.inputs:
                fault = Fault(
                    "CS105",
                    f"{kind.name} states the input {show(shape[1:])}, the file's `input:` {show(inputs[0].shape[1:])}",
                    fix="keep one of them",
                )
                self.report_fault(frame, fault, statement)
            return Binding(inputs)
        name = "input"
        if statement.call.targets:
            name = statement.call.targets[0].name
        elif statement.name is not None and statement.name.constant:
            name = str(statement.name.evaluate(frame))
        if name in self.model_inputs:
            name = f"{name}_{len(self.model_inputs)}"
        if len(self.model_inputs) == 0 and self.settings.inputs.get("") is not None:
            shape = (self.batch, *self.settings.inputs[""])
        binding = self.add_input(frame, name, shape)
        if statement.call.targets:
            del frame.layers[0][name]
        return binding

    def lower_arguments(self, statement: Apply, kind: LayerType, frame: Frame) -> tuple[BoundLayer, None]:
        call = statement.call
        try:
            positional = [each.evaluate(frame) for each in call.positional]
            keywords = {each.name: each.value.evaluate(frame) for each in call.keywords}
        except Fault as fault:
            raise Faults([fault]) from None
        return bind(kind, positional, keywords), None

    # -- blocks

    def apply_block(
        self,
        statement: Apply,
        block: Block,
        frame: Frame,
        inputs: tuple[Tensor, ...] | None,
        wanted: str | None,
        trainable: bool,
    ) -> Binding:
        """Run a block: a frame of its own with its parameters and inputs."""
        program = frame.program
        signature = block.signature
        local = frame.local_name(wanted, signature.name)
        try:
            values = self.arguments(statement, block, frame)
        except Faults as faults:
            for fault in faults.faults:
                self.report_fault(frame, fault, statement, frame.prefix + local)
            return Binding((Tensor(frame.prefix + local, None, (), -1),))
        except FailedTensor:
            return Binding((Tensor(frame.prefix + local, None, (), -1),))
        use = Use(program.source.filename, statement.span)

        def run(tensors: tuple[Tensor, ...], local_name: str, into: Frame, sharing: Frame | None) -> Frame:
            inner = Frame(
                program,
                dict(values),
                block.explicit_names,
                prefix=f"{into.prefix}{local_name}/",
                scopes=(*into.scopes, Scope(local_name, signature.name)),
                uses=(*into.uses, use),
                trainable=trainable,
                gates=into.gates,
                sharing=sharing,
                channels_last=into.channels_last,
                file_values=frame.file_values,
            )
            for name, tensor in zip(signature.inputs, tensors, strict=True):
                inner.layers[0][name] = Binding((tensor,))
            self.enter(BlockCall(program, block), into, statement.span)
            try:
                inner.outputs = self.body(block.body, inner, tensors[:1]) or ()
            finally:
                self.stack.pop()
            return inner

        return self.run_use(statement, frame, inputs, local, signature.inputs, signature.name, run)

    def run_use(
        self,
        statement: Apply | Include,
        frame: Frame,
        inputs: tuple[Tensor, ...] | None,
        local: str,
        names: tuple[str, ...],
        what: str,
        run: Callable[[tuple[Tensor, ...], str, Frame, Frame | None], Frame],
        sharing: Frame | None = None,
    ) -> Binding:
        """Check the inputs of a block or include, run it, and remember how to run it again."""
        failed = Binding((Tensor(frame.prefix + local, None, (), -1),))
        tensors = inputs or ()
        if len(tensors) != len(names):
            if any(tensor.shape is None for tensor in tensors):
                return failed
            given = "none" if not tensors else str(len(tensors))
            fault = Fault(
                "CS203",
                f"{what} takes {len(names)} input{'s' * (len(names) != 1)} ({', '.join(names)}), got {given}",
                fix=f"name {'them' if len(names) > 1 else 'it'}: `{what}(...)({', '.join(names)})`",
            )
            if isinstance(statement, Apply):
                self.report_fault(frame, fault, statement, frame.prefix + local)
            else:
                self.report(frame, fault.code, fault.message, statement.span, fix=fault.fix)
            return failed
        if sharing is None and frame.sharing is not None:
            twin = frame.sharing.members.get(local)
            if twin and isinstance(twin.origin, UseOrigin):
                sharing = twin.origin.frame
        try:
            inner = run(tensors, local, frame, sharing)
        except Recursion:
            return failed

        def again(other: tuple[Tensor, ...], other_local: str, into: Frame) -> Binding:
            return self.run_use(statement, into, other, other_local, names, what, run, inner)

        binding = Binding(inner.outputs, UseOrigin(inner, again))
        frame.members[local] = binding
        if self.until and frame.prefix + local in self.until:
            raise Reached(frame.prefix + local, binding)
        return binding

    def enter(self, call: BlockCall, frame: Frame, span: Span) -> None:
        """Refuse recursion: a block (or file) inside itself."""
        name = call.block.signature.name if call.block else call.program.source.filename
        if call in self.stack:
            message = f"{name} uses itself; recursion cannot be expanded"
            self.report(frame, "CS207", message, span, fix="use `repeat:` or `for:`")
            raise Recursion
        if len(self.stack) >= DEEPEST_BLOCKS:
            self.report(frame, "CS007", f"blocks nested more than {DEEPEST_BLOCKS} deep", span)
            raise Recursion
        self.stack.append(call)

    def arguments(self, statement: Apply, block: Block, frame: Frame) -> dict[str, Any]:
        """The values inside a block: the file's variables and the block's parameters."""
        call, signature = statement.call, block.signature
        names = [name for name, _ in signature.parameters]
        faults: list[Fault] = []
        given: dict[str, Any] = {}
        if len(call.positional) > len(names):
            faults.append(
                Fault(
                    "CS106",
                    f"{signature.name} takes at most {len(names)} argument{'s' * (len(names) != 1)} "
                    f"({', '.join(names) or 'none'}), got {len(call.positional)}",
                )
            )
        failed = False
        for number, (name, expression) in enumerate(
            [*zip(names, call.positional, strict=False), *((each.name, each.value) for each in call.keywords)]
        ):
            if number >= len(call.positional) and name not in names:
                close = get_close_matches(name, names, n=1)
                faults.append(
                    Fault(
                        "CS103",
                        f"the block {signature.name} has no parameter {name!r}; it has {', '.join(names) or 'none'}",
                        fix=f"did you mean {close[0]}?" if close else None,
                        argument=name,
                        replacement=close[0] if close else None,
                    )
                )
                continue
            if name in given:
                faults.append(Fault("CS106", f"{signature.name} gets {name} twice", argument=name))
                continue
            try:
                given[name] = expression.evaluate(frame)
            except Fault as fault:
                faults.append(with_tensor_hint(fault, call, frame))
            except FailedTensor:
                failed = True
            failed = failed or given.get(name) is _Failed
        values = dict(frame.file_values)
        environment = _FileEnvironment(values)
        missing = []
        for name, default in signature.parameters:
            if name in given:
                values[name] = given[name]
            elif default is not None:
                try:
                    values[name] = default.evaluate(environment)
                except Fault as fault:
                    fault.span = fault.span or block.span
                    faults.append(fault)
            else:
                missing.append(name)
        if missing and not failed and not faults:
            faults.append(
                Fault("CS104", f"the block {signature.name} needs {', '.join(missing)}", fix=f"add {missing[0]}=...")
            )
        if faults:
            raise Faults(faults)
        if failed:
            raise FailedTensor
        return values

    def apply_shared(
        self,
        statement: Apply,
        reference: Reference,
        frame: Frame,
        inputs: tuple[Tensor, ...] | None,
        wanted: str | None,
    ) -> Binding:
        """``Shared(a)(x)``: row or block `a` again, with the same weights."""
        try:
            name = self.reference_name(reference, frame)
            shared = frame.find(name)
            if shared.origin is None:
                what = "a model input" if shared.tensors and shared.tensors[0].row == -1 else "no row or block"
                if any(tensor.shape is None for tensor in shared.tensors):
                    raise FailedTensor
                raise Fault("CS206", f"Shared takes a row or a block; {name!r} is {what}")
        except Fault as fault:
            span = statement.place.extent(reference.extent)
            self.report(frame, fault.code, fault.message, span, fix=fault.fix)
            return Binding((Tensor("", None, (), -1),))
        except FailedTensor:
            return Binding((Tensor("", None, (), -1),))
        if isinstance(shared.origin, RowOrigin):
            owner = self.drafts[shared.origin.row]
            local = frame.local_name(wanted, snake_case(owner.type))
            return self.share_row(statement, owner, frame, inputs or (), local)
        local = frame.local_name(wanted, shared.origin.frame.scopes[-1].block)
        return shared.origin.again(inputs or (), local, frame)

    def share_row(
        self, statement: Apply, owner: Draft, frame: Frame, inputs: tuple[Tensor, ...], local: str
    ) -> Binding:
        """A row that uses the weights of `owner`."""
        if owner.bound is None or owner.operation is None:
            return self.failed_row(statement, owner.type, frame, inputs, local)
        return self.place_row(statement, owner.bound, owner.operation, frame, inputs, local, owner.trainable, owner)

    def run_include(
        self, statement: Include, frame: Frame, previous: tuple[Tensor, ...] | None
    ) -> tuple[Tensor, ...] | None:
        """Another file as a block, up to `until:` where that is given."""
        failed = (Tensor("", None, (), -1),)
        self.step(frame, statement.span)
        try:
            program = self.load(statement.target, frame.program, self.framework)
        except Fault as fault:
            self.report(frame, fault.code, fault.message, statement.target_span, fix=fault.fix)
            return self.fail_names([statement.name] if statement.name else (), frame)
        self.sources.setdefault(program.source.filename, program.source)
        if program.framework and program.framework != self.framework:
            self.report(
                frame,
                "CS015",
                f"{statement.target} is a {title(program.framework)} file; this one is {title(self.framework)}'s",
                statement.target_span,
                fix=f"set `framework: {program.framework}`, or include a {title(self.framework)} file",
            )
            return self.fail_names([statement.name] if statement.name else (), frame)
        known = {(each.code, each.filename, each.span) for each in self.diagnostics}
        use = Use(frame.program.source.filename, statement.span)
        for finding in program.diagnostics:
            if (finding.code, finding.filename, finding.span) not in known:
                self.diagnostics.append(
                    Diagnostic(
                        finding.code,
                        finding.message,
                        finding.filename,
                        finding.span,
                        finding.layer,
                        finding.fix,
                        (*frame.uses, use),
                    )
                )
        try:
            values = self.include_values(statement, program, frame)
            trainable = frame.trainable
            if statement.trainable is not None:
                trainable = bool(self.evaluate(statement.trainable, frame, statement.span)) and trainable
            inputs = self.include_inputs(statement, frame, previous)
        except FailedTensor:
            return self.fail_names([statement.name] if statement.name else (), frame)
        local = frame.local_name(statement.name, program.name)
        names = tuple(name for name, _, _ in program.inputs) or ("input",)

        def run(tensors: tuple[Tensor, ...], local_name: str, into: Frame, sharing: Frame | None) -> Frame:
            prefix = f"{into.prefix}{local_name}/"
            gates = into.gates
            if statement.trainable_from is not None:
                gates = (*gates, Gate(prefix + statement.trainable_from.path))
            inner = Frame(
                program,
                dict(values),
                program.explicit_names,
                prefix=prefix,
                scopes=(*into.scopes, Scope(local_name, program.name)),
                uses=(*into.uses, use),
                trainable=trainable,
                gates=gates,
                sharing=sharing,
                channels_last=into.channels_last,
            )
            for name, tensor in zip(names, tensors, strict=True):
                inner.layers[0][name] = Binding((tensor,))
            self.enter(BlockCall(program, None), into, statement.span)
            depth = len(self.stack)
            until = prefix + statement.until.path if statement.until is not None else None
            if until is not None:
                self.until.add(until)
            try:
                inner.outputs = self.body(program.body, inner, tensors[:1]) or ()
                inner.outputs = self.included_outputs(statement, program, inner, until)
            except Reached as reached:
                if reached.path != until:
                    raise
                inner.outputs = reached.binding.tensors
            finally:
                self.until.discard(until or "")
                del self.stack[depth - 1 :]
            for gate in gates[len(into.gates) :]:
                if not gate.is_open:
                    self.no_such_layer(statement, inner, gate.path[len(prefix) :], into)
            return inner

        binding = self.run_use(statement, frame, inputs, local, names, program.name, run)
        if statement.name:
            try:
                frame.bind(statement.name, binding)
            except Fault as fault:
                self.report(frame, fault.code, fault.message, statement.span, fix=fault.fix)
        return binding.tensors or failed

    def include_values(self, statement: Include, program: Program, frame: Frame) -> dict[str, Any]:
        """The variables of an included file: its own, its preset's, then those the include sets."""
        overrides = {name: self.evaluate(expression, frame, span) for name, expression, span in statement.variables}
        preset = self.evaluate(statement.preset, frame, statement.span) if statement.preset is not None else None
        stated = self.program_preset(program)
        return self.file_values(
            program, str(preset) if preset is not None else stated, overrides, frame, statement.span
        )

    @staticmethod
    def program_preset(program: Program) -> str | None:
        """The preset that a zoo name stands for."""
        preset = program.memo.get("preset")
        return preset if isinstance(preset, str) else None

    def include_inputs(
        self, statement: Include, frame: Frame, previous: tuple[Tensor, ...] | None
    ) -> tuple[Tensor, ...] | None:
        if statement.inputs is None:
            return previous
        tensors: list[Tensor] = []
        for reference in statement.inputs:
            try:
                tensors += frame.find(self.reference_name(reference, frame)).tensors
            except Fault as fault:
                self.report(frame, fault.code, fault.message, statement.span, fix=fault.fix)
                raise FailedTensor from None
        return tuple(tensors)

    def included_outputs(
        self, statement: Include, program: Program, inner: Frame, until: str | None
    ) -> tuple[Tensor, ...]:
        """The outputs an included file declares, else its last entry's."""
        if until is not None and statement.until is not None:
            self.no_such_layer(statement, inner, statement.until.path, inner)
        if not program.outputs:
            return inner.outputs
        tensors: list[Tensor] = []
        for what, span in program.outputs:
            for name in self.output_names(what, inner, span):
                try:
                    tensors += inner.find(name).tensors
                except Fault as fault:
                    self.report(inner, fault.code, fault.message, span, fix=fault.fix)
        return tuple(tensors)

    def no_such_layer(self, statement: Include, inner: Frame, path: str, where: Frame) -> None:
        close = get_close_matches(path, [*inner.members, *inner.layers[0]], n=1)
        self.report(
            where if where is not inner else None,
            "CS201",
            f"{statement.target} has no layer {path!r}",
            statement.span,
            fix=f"did you mean {close[0]}?" if close else None,
        )


class Recursion(Exception):  # noqa: N818 - a signal, its diagnostic is recorded
    """A block inside itself; the diagnostic is recorded."""


class _FailedValue:
    """The value of a `let` that could not be computed."""

    def __repr__(self) -> str:
        return "?"


_Failed = _FailedValue()


def locate(fault: Fault, statement: Apply) -> tuple[Span, Edit | None]:
    """Where in an entry a fault lies, and the edit that mends it where that follows."""
    if fault.span is not None:
        return fault.span, None
    call, place = statement.call, statement.place
    if isinstance(fault, ExpressionFault) and fault.extent is not None:
        return place.extent(fault.extent), None
    argument = fault.argument
    key: Span | None = None
    value: Span | None = None
    if argument == "":
        key = place.extent(call.callee_extent) if isinstance(place, TextPlace) else place.keys.get("")
        value = key
    elif argument is not None:
        keyword = next((each for each in call.keywords if each.name == argument), None)
        number = None if keyword else position_of(argument, statement)
        if isinstance(place, TextPlace):
            if keyword:
                key, value = place.extent(keyword.extent), place.extent(keyword.value.extent)
            elif number is not None and number < len(call.positional):
                key = value = place.extent(call.positional[number].extent)
        else:
            name = argument if keyword else number
            value = place.values.get(name) if name is not None else None
            key = place.keys.get(argument) or value
    span = key or statement.span
    if key and value and value.end > key.end:
        span = Span(key.start, value.end)
    edit = None
    if fault.replacement is not None:
        target = key if fault.code in ("CS101", "CS102", "CS103") else value
        edit = Edit(target, fault.replacement) if target else None
    return span, edit


def position_of(argument: str, statement: Apply) -> int | None:
    """The position of a layer's argument."""
    kind = statement.memo.get("kind")
    if not isinstance(kind, LayerType):
        return None
    model = model_of(kind)
    order = [name for name in model.model_fields if name not in model.keyword_only]
    return order.index(argument) if argument in order else None


def with_tensor_hint(fault: Fault, call: Call, frame: Frame) -> Fault:
    """``Add(a, b)`` and ``tower(left)``: tensors in the first pair of brackets."""
    if fault.code != "CS205":
        return fault
    names = [each.text for each in call.positional if frame.is_tensor(each.text)]
    others = ", ".join(each.text for each in call.positional if not frame.is_tensor(each.text))
    if names:
        fault.fix = f"tensors stand in a second pair of brackets: `{call.callee}({others})({', '.join(names)})`"
    return fault


def with_neighbour(fault: Fault, kind: LayerType, tensors: tuple[Tensor, ...], drafts: list[Draft]) -> Fault:
    """Name the row that gives the input, where the fault is about what it gives."""
    if fault.code in ("CS303", "CS304", "CS305") and len(tensors) == 1 and tensors[0].row >= 0:
        fault.message += f" (from {tensors[0].name}, {show(tensors[0].shape or ())})"
    return fault


def check_inputs(operation: Operation, inputs: tuple[Tensor, ...] | None, what: str) -> tuple[Tensor, ...]:
    """The right number of inputs for an operation."""
    fewest, most = operation.fewest, operation.most
    given = len(inputs or ())
    if inputs is None:
        raise Fault(
            "CS203",
            f"{what} stands first in a file with several inputs and names none",
            fix=f"name its input: `{what}(...)(NAME)`",
        )
    if any(tensor.shape is None for tensor in inputs):
        return inputs
    if given < fewest or (most is not None and given > most):
        need = str(fewest) if fewest == most else f"at least {fewest}" if most is None else f"{fewest} to {most}"
        fix = f"name them: `{what}(...)({'a, b' if fewest > 1 else 'a'})`"
        raise Fault("CS203", f"{what} takes {need} input{'s' * (need != '1')}, got {given}", fix=fix)
    return inputs


def check_integers(result: Result, what: str) -> None:
    """Sizes and counts stay below 2**63."""
    for shape in result.outputs:
        for size in shape:
            if size is not None and size > LARGEST_INTEGER:
                raise Fault("CS115", f"{what} gives a size that is not below 2**63: {size}")
    for count in (result.macs, result.flops, result.params):
        if count is not None and count > LARGEST_INTEGER:
            raise Fault("CS115", f"{what} has counts that are not below 2**63")


def match_preset(wanted: str, presets: Iterable[str]) -> str | None:
    """The preset of that name: exactly, else without regard to case and underscores."""
    names = list(presets)
    if wanted in names:
        return wanted
    folded = wanted.replace("_", "").lower()
    return next((name for name in names if name.replace("_", "").lower() == folded), None)


def starts_with_input_layer(program: Program, framework: str) -> bool:
    """Whether the first entry states the input."""
    first = program.body[0] if program.body else None
    if not isinstance(first, Apply) or framework != "keras" or first.call.callee in program.blocks:
        return False
    found = vocabulary("keras").find(first.call.callee)
    return found is not None and found.model == "InputLayer"


def _to_int(text: str) -> Any:
    text = text.strip()
    return int(text) if text.isdigit() and len(text) < 20 else text
