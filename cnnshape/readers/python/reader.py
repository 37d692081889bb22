"""Python source as a FILE: which model of it is meant, what it is given, and the network that this makes."""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from contextvars import copy_context
from functools import cached_property, partial
from typing import TYPE_CHECKING

from cnnshape.arithmetic.sizes import Shape
from cnnshape.diagnostics import Diagnostic, Source
from cnnshape.network.builder import NetworkBuilder
from cnnshape.network.extent import Extent, extent_of
from cnnshape.network.network import Network
from cnnshape.network.planning import plan_network
from cnnshape.operations.operation import Result
from cnnshape.operations.worked import Worked
from cnnshape.readers.files import Opened, UnreadableError
from cnnshape.readers.python.choosing import (
    Target,
    arguments_of,
    choose,
    options_of,
    read_target,
    refuse_misspelt,
    values_of,
)
from cnnshape.readers.python.feeding import inputs_for
from cnnshape.readers.python.folders import site_packages, whereabouts
from cnnshape.readers.python.language.expressions import evaluate
from cnnshape.readers.python.language.guard import call, get_attribute
from cnnshape.readers.python.language.importing import TOLD_HERE, Importer, parse
from cnnshape.readers.python.language.machine import Asked, Machine
from cnnshape.readers.python.language.scopes import ModuleScope
from cnnshape.readers.python.language.syntax import free_in
from cnnshape.readers.python.language.values import Opaque, Placed, Stop, Tensor, Value, now, unknown_in
from cnnshape.readers.python.rows.applying import wordless
from cnnshape.readers.python.rows.emitting import Emission, line_of
from cnnshape.readers.python.rows.trace import Trace
from cnnshape.readers.requests import Settings, UsageError
from cnnshape.vocabularies.vocabulary import Framework

if TYPE_CHECKING:
    from cnnshape.network.outline import Outcome
    from cnnshape.network.plan import Plan
    from cnnshape.readers.python.noting.replaying import Ways
    from cnnshape.readers.python.noting.tracing import Tape

RECURSION = 12_000
"""Python's own calls within calls: each of the source takes some twenty."""


def read(file: Opened) -> PythonFile:
    """The source that was opened. Raises `UnreadableError` where it is no text."""
    return PythonFile(file.source(), file.resolved, file.model)


class PythonFile:
    """A file of Python source, and which of its models is meant.

    Attributes:
        source: its text.
        resolved: its real path; None for standard input.
        model: the model, as it stands behind the colon of ``net.py:Net(num_classes=10)``.
    """

    diagnostics: tuple[Diagnostic, ...] = ()

    def __init__(self, source: Source, resolved: str | None, model: str) -> None:
        self.source = source
        self.resolved = resolved
        self.model = model

    @cached_property
    def framework(self) -> str | None:
        """The framework that the file imports; None where it imports both, one of which the request may choose."""
        text = self.source.text
        return None if len(frameworks_in(text)) > 1 else framework_of(text)

    def variables(self, preset: str | None = None) -> Mapping[str, str]:
        """The model's arguments, names that the file gives a value, and the program's options, as they are written."""
        return self.stated

    @cached_property
    def stated(self) -> Mapping[str, str]:
        """As `variables`."""
        return {**options_of(self.source.text), **values_of(self.source.text), **self.arguments}

    @cached_property
    def arguments(self) -> Mapping[str, str]:
        """What the model that is named takes, with its defaults as they are written."""
        return arguments_of(self.source.text, read_target(self.model, self.source.filename).name)

    def network(self, settings: Settings) -> Network:
        """The network of the model with these settings. Raises `UnreadableError` where it cannot be read."""
        network = copy_context().run(self.interpret, settings)
        if settings.many and self.ways.pays and all(node.answer for node in network.nodes):
            self.learn(settings, network)
        return network

    def outcome(self, settings: Settings) -> Outcome | Plan | None:
        """What the model comes to with these settings; None where its source has to be read to know."""
        return self.ways.outcome(settings)

    def extent(self, settings: Settings) -> Extent:
        """What its sizes come to. Raises `UnreadableError` where it cannot be read."""
        return self.ways.extent(settings) or extent_of(plan_network(self.network(settings)))

    @cached_property
    def ways(self) -> Ways:
        """What readings have noted, where many variants are asked for."""
        from cnnshape.readers.python.noting.replaying import Ways  # only for searches

        return Ways()

    def learn(self, settings: Settings, network: Network) -> None:
        """Read once more, and note what follows from which numbers: it has to give what that gave."""
        from cnnshape.readers.python.noting.courses import course_of  # only for searches
        from cnnshape.readers.python.noting.replaying import ended
        from cnnshape.readers.python.noting.tracing import Tape

        tape = Tape(settings)
        self.ways.learned += 1
        with suppress(Exception):  # the variant is known: whatever goes wrong here, the next is read as this one was
            noted = copy_context().run(self.interpret, tape.settings, tape)
            if tape.complete:
                ends = ended(noted, tape.rows, tape.inputs, tape.made), course_of(noted, tape.rows, tape.inputs)
                self.ways.learn(settings, tape.acts, ends, network)

    def interpret(self, settings: Settings, tape: Tape | None = None) -> Network:
        """As `network`, in a context that knows the reading as long as it goes on; `tape` notes it."""
        asked = settings.framework or framework_of(self.source.text)
        framework: Framework = "keras" if asked == "keras" else "pytorch"
        batch = settings.batch or (1 if framework == "pytorch" else None)
        target = read_target(self.model, self.source.filename)
        name = target.name or os.path.splitext(os.path.basename(self.source.filename))[0]
        kind = NetworkBuilder if tape is None else tape.builder
        builder = kind(framework, name=name, filename=self.source.filename, batch=batch)
        trace = Trace(builder) if tape is None else tape.trace(builder)
        where = whereabouts(self.resolved)
        m = Machine(Importer([*where.roots, *site_packages()]), trace)
        m.assumed, m.settings = settings.assumed, settings.variables
        model: Value = None
        raised: Exception | None = None
        before = sys.getrecursionlimit()
        sys.setrecursionlimit(max(before, RECURSION))
        try:
            module = parse(m, self.source.text.encode(), where.name, self.source.filename, where.package)
            m.importer.loaded[where.name] = module
            given = {name: value for name, value in settings.variables.items() if name in self.arguments}
            rest = settings.variables.keys() - given.keys()
            strange = {name for name in rest if name not in module} - free_in(module.tree)
            for name in rest:
                module.hold(name, settings.variables[name])
            made_anew = module.defines(target.name)
            m.within(module, None, module.begin)
            if made_anew:
                m.counts.clear()
            m.asked = Asked(len(m.trace.rows), len(m.findings))
            target = choose(m, module, target, self.source.filename)
            if given:
                target = target._replace(called=True, keywords={**target.keywords, **given})
            builder.name = target.name
            model = build(m, module, target)
            self.refuse(strange - m.options, m.options)
            outputs = feed(m, module, model, inputs_for(m, module, model, settings, self.source.filename))
            if m.doubt is not None:
                raise m.doubt
        except Stop as stop:
            if not m.findings[m.since.findings :] and all(row.fault is None for row in m.trace.rows[m.since.rows :]):
                raise self.unreadable(stop, m) from None  # nothing is known to be wrong
            outputs = []
        except UsageError:
            raise
        except Exception as error:
            raised = error
            outputs = []
        finally:
            sys.setrecursionlimit(before)
        unmet = next((name for name in settings.assumed if name not in m.assumptions), None)
        if unmet is not None and not raised:
            raise UsageError(f"--assume speaks of {unmet}, which the model does not use")
        trace.close()
        try:
            network = Emission(m, model, outputs).finish(outputs, raised)
        except Stop as stop:
            raise self.unreadable(stop, m) from None
        return network._replace(sources=self.texts(m))

    def refuse(self, strange: Iterable[str], options: Iterable[str]) -> None:
        """Raise `UsageError` for a name that is set, which nothing here has."""
        for name in sorted(strange):
            from cnnshape.spelling import nearest  # only for a message

            close = nearest(name, [*self.stated, *sorted(options)])
            meant = f": did you mean {close}?" if close else ""
            raise UsageError(f"--set speaks of {name}, which neither the file nor its model has{meant}")

    def texts(self, m: Machine) -> dict[str, Source]:
        """All that was read, by the names of files."""
        read = {name: Source(name, text) for name, text in m.importer.texts.items()}
        return {**read, self.source.filename: self.source}

    def unreadable(self, stop: Stop, m: Machine) -> UnreadableError:
        """Why nothing was read, with its line."""
        filename = stop.place.filename if stop.place else self.source.filename
        finding = Diagnostic(stop.code, stop.message, filename, line_of(stop.place), fix=stop.fix)
        error = UnreadableError(finding, self.texts(m))
        error.framework = m.trace.builder.framework
        return error


def build(m: Machine, module: ModuleScope, target: Target) -> Value:
    """The model: a class or function is called, a variable taken as it is."""

    def work() -> Value:
        value: Value = module
        for name in target.name.split("."):
            value = get_attribute(value, name)
        if target.called or not isinstance(value, Placed):
            positional = [argument_given(m, each, module) for each in target.positional]
            keywords = {name: argument_given(m, each, module) for name, each in target.keywords.items()}
            value = call(m, value, positional, keywords)
        unknown = unknown_in(value)
        if unknown is not None and not isinstance(value, Placed):
            raise Stop("CS604", f"the model is {unknown.reason}, which is not known here", fix=unknown.fix)
        if isinstance(value, m.framework.MODEL) and not m.framework.has_inputs(value):
            refuse_misspelt(m, value)
        return value

    return m.within(module, None, work)


def argument_given(m: Machine, argument: Value, module: ModuleScope) -> Value:
    """An argument of the model; what is a call is made by the file's own names."""
    return evaluate(m, argument, module) if isinstance(argument, ast.expr) else argument


def feed(m: Machine, module: ModuleScope, model: Value, inputs: list[tuple[str, Shape]]) -> list[Tensor]:
    """Run the model on inputs, batch first: the tensors that it answers."""
    tensors = [m.trace.input(name, shape) for name, shape in inputs]
    m.trace.running = True
    result = m.within(module, None, lambda: m.framework.run_model(model, tensors))
    outputs = outputs_of(result)
    if all(each.row is None for each in outputs):
        raise Stop("CS602", "the model answers no tensor that depends on its input")
    return [each if each.row is not None else independent(m.trace, each) for each in outputs]


def independent(trace: Trace, tensor: Tensor) -> Tensor:
    """A row for an answer that depends on no input, such as a penalty of weights."""
    row = trace.row("constant", wordless("constant", Worked(Result((tensor.shape or (),)))), (), None)
    row.outputs, row.parameters = (tensor.shape or (),), tensor.parameters
    trace.rows.append(row)
    return Tensor(tensor.shape, len(trace.rows) - 1)


def outputs_of(value: Value) -> list[Tensor]:
    """The tensors in what a model answers."""
    if isinstance(value, Tensor):
        return [value] if value.row is not None or value.shape is not None else []
    if isinstance(value, Opaque):
        now().note(f"one of the answers of the model depends on {value.reason}, which is not known")
        return []
    if isinstance(value, dict):
        return outputs_of(list(value.values()))
    if isinstance(value, partial):  # `x.mean`, which may be another thing where it is not known what x is
        return [each for each in value.args if isinstance(each, Tensor) and each.shape is None]
    if not isinstance(value, list | tuple):
        told = type(value).__module__.startswith(TOLD_HERE)  # a distribution, say, which is no tensor
        value = [] if told else list(getattr(value, "__dict__", {}).values())
    return [tensor for each in value for tensor in outputs_of(each)]


IMPORTED = re.compile(
    r"\n[ \t]*(?:from|import)[ \t]+(?:(torch|torchvision|timm|pytorch_lightning|lightning)|keras|tensorflow|tf_keras)\b"
)
MODULES = re.compile(r"^[^#\n]*(?:\bnn\.(?:Module|Sequential)\b|\bModule\)|torchvision|timm)", re.MULTILINE)


def frameworks_in(text: str) -> list[str]:
    """The frameworks that a text imports, in its order."""
    return [*dict.fromkeys("pytorch" if found[1] else "keras" for found in IMPORTED.finditer(f"\n{text}"))]


def framework_of(text: str) -> str | None:
    """The framework that a text imports first; None where it imports neither.

    PyTorch that is imported and makes no modules is what runs behind Keras.
    """
    found = frameworks_in(text)
    return "keras" if len(found) > 1 and not MODULES.search(text) else found[0] if found else None
