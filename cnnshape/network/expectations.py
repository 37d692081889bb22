"""Promises of a file (`expect:`) and budgets, compared with a plan.

Keys are those of the plan's JSON: ``output``, ``params``, ``trainable_params``, ``macs``, ``flops``, ``weight_bytes``,
``peak_activation_bytes``, ``peak_training_bytes``, ``receptive_field``, ``output_stride``, ``layers``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Any

from cnnshape.arithmetic.sizes import Dim, Shape, show, total
from cnnshape.diagnostics import Diagnostic, Fault, Span, did_you_mean
from cnnshape.diagnostics.nodes import Mapping, Node, Scalar, to_data
from cnnshape.diagnostics.nodes import Sequence as SequenceNode
from cnnshape.network.plan import Plan, ReceptiveField, Row
from cnnshape.network.promise_syntax import Bound, parse_bound, parse_shape
from cnnshape.spelling import Spelling, nearest
from cnnshape.value import NamedTuple, replace

COUNTS = ("params", "trainable_params", "non_trainable_params", "buffers", "macs", "flops")
BYTES = ("weight_bytes", "peak_activation_bytes", "peak_training_bytes")
PER_AXIS = ("receptive_field", "output_stride")
KEYS = ("output", *COUNTS, *BYTES, *PER_AXIS, "layers")
PER_OUTPUT = ("output", *PER_AXIS)
"""Keys that may be promised of every output by its name: ``output: {mask: [64, 64, 1], classes: [10]}``."""
BOUND_KEYS = frozenset({"min", "max"})
ROW_COUNTS = ("params", "trainable_params", "macs", "flops")
ROW_KEYS = ("output", *ROW_COUNTS, *PER_AXIS)


class Expectation(NamedTuple):
    """One promise, and how it turned out. `holds` is None where the number is not known."""

    key: str
    required: str
    actual: str
    holds: bool | None


class Broken(NamedTuple):
    """A promise that does not hold: its text, and what is today, a number (one an axis) or a shape."""

    node: Node
    today: tuple[Dim, ...]
    is_shape: bool


class Subject(NamedTuple):
    """What a promise is about: the model, a layer or a block. `name` is None for the model.

    `number` gives what is counted of it, by the key.
    """

    name: str | None
    output: Shape | None
    number: Callable[[str], Dim]
    field: ReceptiveField | None

    def label(self, key: str) -> str:
        """How messages name a number of it."""
        return key if self.name is None else f"{self.name}: {key}"


def model(plan: Plan) -> Subject:
    """The model; a plan with errors has no totals. Its shape is that of the first output, its field that of all."""
    totals = plan.totals if plan.totals and plan.totals.complete else None  # of lower bounds nothing can be promised
    output = next(iter(plan.outputs.values()), None)
    return Subject(None, output, lambda key: getattr(totals, key, None), plan.receptive_field)


def one_output(plan: Plan, name: str) -> Subject:
    """One of several outputs."""
    return Subject(f"output {name}", plan.outputs[name], lambda _: None, plan.receptive_fields.get(name))


def rows_as_one(name: str, rows: Sequence[Row]) -> Subject:
    """A layer, or all rows of a block: what they cost together, and what the last one gives."""
    last = rows[-1]
    return Subject(name, last.output_shape, lambda key: total(getattr(row, key) for row in rows), last.receptive_field)


def refuse_meaningless(key: str, value: Any) -> None:
    """Whether a value can be a promise of that key, whatever the plan. Raises `Fault` (CS402)."""
    if key in PER_OUTPUT and isinstance(value, dict) and not BOUND_KEYS.issuperset(value):
        for each in value.values():
            refuse_meaningless(key, each)
        return
    if key == "output":
        parse_shape(value)
        return
    for each in value if key in PER_AXIS and isinstance(value, list) else [value]:
        parse_bound(each)


def check_expectations(plan: Plan, promises: Node, own: Callable[[], Plan] | None = None) -> Plan:
    """The plan with its promises checked: a CS401 for each broken one, and a CS403 for those that cannot be judged.

    Args:
        plan: what the file gives with what was asked for.
        promises: the file's `expect:`.
        own: gives the plan of the file as it is, where another input, batch or variable was asked for. A promise about
            a number that is another there was not made for what was asked for: it is a CS403, and not broken.
    """
    checker = Checker(plan, plan.filename)
    results = tuple(checker.check(promises))
    if checker.diagnostics and own is not None:
        as_it_is = Checker(own(), plan.filename)
        for _ in as_it_is.check(promises):
            pass  # what counts are its numbers
        checker = Checker(plan, plan.filename, as_it_is)
        results = tuple(checker.check(promises))
    unjudged = [each.key for each in results if each.holds is None]
    if plan.errors and unjudged and isinstance(promises, Mapping):
        them = unjudged[0] if len(unjudged) == 1 else f"{', '.join(unjudged[:-1])} and {unjudged[-1]}"
        message = f"{them} cannot be judged before the errors of the network are mended"
        checker.report("CS403", message, promises.pairs[0][0].span)
    findings = sorted((*plan.diagnostics, *checker.diagnostics), key=lambda finding: finding.sort_key)
    return replace(plan, diagnostics=tuple(findings), expectations=results)


def names_bounds(node: Mapping) -> bool:
    """Whether a mapping is one bound: ``{max: 26M}``."""
    return BOUND_KEYS.issuperset(key.text for key, _ in node.pairs)


class Checker:
    """Compares promises with a plan; budgets of a configuration use it too.

    Attributes:
        own: the same about the file as it is, where the plan is that of another input, batch or variable.
        diagnostics: what is broken, unknown or no promise.
        broken: what is broken, with what is today.
        today: the number (or shape) that each promise is about, by its label, its place and its axis.
    """

    def __init__(self, plan: Plan, filename: str, own: Checker | None = None) -> None:
        self.plan = plan
        self.filename = filename
        self.own = own
        self.today: dict[tuple[str, Span | None, int], Any] = {}
        self.diagnostics: list[Diagnostic] = []
        self.broken: list[Broken] = []
        self.seen: set[Diagnostic] = set()

    def report(
        self, code: str, message: str, span: Span | None, fix: str | None = None, layer: str | None = None
    ) -> None:
        finding = Diagnostic(code, message, self.filename, span, layer, fix)
        if finding not in self.seen:  # one bound for all axes may be broken alike on each
            self.seen.add(finding)
            self.diagnostics.append(finding)

    def check(self, node: Node) -> Iterator[Expectation]:
        if not isinstance(node, Mapping):
            self.report("CS402", "expect has to be a mapping, such as `params: <= 26M`", node.span)
            return
        for key, value in node.pairs:
            if key.text not in KEYS:
                self.unknown(key, KEYS, "expect")
            elif key.text == "layers":
                yield from self.check_layers(value)
            elif key.text in PER_OUTPUT and isinstance(value, Mapping) and not names_bounds(value):
                yield from self.check_outputs(key, value)
            else:
                yield from self.check_one(key, value, model(self.plan))

    def check_outputs(self, key: Scalar, promises: Mapping) -> Iterator[Expectation]:
        """Promises of one key for several outputs by their names."""
        for name, value in promises.pairs:
            if name.text not in self.plan.outputs:
                self.unknown(name, tuple(self.plan.outputs), "the model", "output")
            else:
                yield from self.check_one(key, value, one_output(self.plan, name.text))

    def unknown(self, key: Scalar, known: tuple[str, ...], what: str, kind: str = "key") -> None:
        message = f"{what} has no {kind} {key.text!r}; it has {', '.join(known)}"
        self.report("CS402", message, key.span, did_you_mean(nearest(key.text, known)))

    def check_layers(self, node: Node) -> Iterator[Expectation]:
        if not isinstance(node, Mapping):
            self.report("CS402", "layers has to be a mapping of names to promises", node.span)
            return
        spelling = Spelling()
        for name, promises in node.pairs:
            rows = self.rows.get(name.text)
            if rows is None and self.own is not None and name.text in self.own.rows:
                message = f"there is no layer {name.text!r} here: its promises are about the file as it is"
                self.report("CS403", message, name.span)
                continue
            if rows is None:
                fix = did_you_mean(spelling.nearest(name.text, self.rows))
                self.report("CS402", f"there is no layer {name.text!r}", name.span, fix)
                continue
            if not isinstance(promises, Mapping):
                self.report("CS402", f"the promises of {name.text} have to be a mapping", promises.span)
                continue
            subject = rows_as_one(name.text, rows)
            for key, value in promises.pairs:
                if key.text not in ROW_KEYS:
                    self.unknown(key, ROW_KEYS, "a layer's promise")
                else:
                    yield from self.check_one(key, value, subject)

    @cached_property
    def rows(self) -> dict[str, list[Row]]:
        """The rows that a name stands for: one, or all of a block."""
        found: dict[str, list[Row]] = {}
        for row in self.plan.layers:
            for block in accumulate(row.name.split("/")[:-1], "{}/{}".format):
                found.setdefault(block, []).append(row)
        return found | {row.name: [row] for row in self.plan.layers}

    def check_one(self, key: Scalar, value: Node, subject: Subject) -> Iterator[Expectation]:
        try:
            if key.text == "output":
                yield self.check_shape(key.text, value, subject)
            elif key.text in PER_AXIS:
                yield from self.check_axes(key.text, value, subject)
            else:
                actual = subject.number(key.text)
                yield self.check_number(key.text, parse_bound(to_data(value)), actual, value, subject)
        except Fault as fault:
            self.report("CS402", f"{subject.label(key.text)}: {fault.message}", value.span, fault.fix)

    def applies(self, label: str, node: Node, actual: Any, axis: int = 0) -> bool:
        """Whether a promise is about what was asked for: that is where the file as it is has the same or no number."""
        place = label, node.span, axis
        self.today[place] = actual
        return self.own is None or self.own.today.get(place) in (None, actual)

    def judged(
        self, found: Expectation, broken: Broken, subject: Subject, *, applies: bool, by: str = ""
    ) -> Expectation:
        """A promise as it turned out; one that does not hold is reported, with `by` how much."""
        label, required, actual, holds = found
        if not holds and not applies:  # it is about another size than that of the plan
            message = f"{label} is {actual}: `{required}` is not applicable, since it is about the file as it is"
            self.report("CS403", message, broken.node.span, layer=subject.name)
            return found._replace(holds=None)
        if not holds:
            message = f"{label} has to be {required}, and is {actual}{by}"
            self.report("CS401", message, broken.node.span, layer=subject.name)
            self.broken.append(broken)
        return found

    def check_number(
        self, key: str, bound: Bound, actual: Dim, node: Node, subject: Subject, axis: int = 0
    ) -> Expectation:
        label = subject.label(key)
        applies = self.applies(label, node, actual, axis)
        if actual is None:
            if self.plan.totals is not None:
                message = f"{label} is not known, so `{bound.text}` cannot be checked"
                self.report("CS403", message, node.span, layer=subject.name)
            return Expectation(label, bound.text, "unknown", None)
        excess = bound.excess(actual)
        found = Expectation(label, bound.text, f"{actual:,}", not excess)
        by = f": {abs(excess):,} too {'many' if excess > 0 else 'few'}"
        return self.judged(found, Broken(node, (actual,), False), subject, applies=applies, by=by)

    def check_shape(self, key: str, node: Node, subject: Subject) -> Expectation:
        wanted, actual, label = parse_shape(to_data(node)), subject.output, subject.label(key)
        text = show(wanted)
        applies = self.applies(label, node, actual)
        if actual is None:
            return Expectation(label, text, "unknown", None)
        one_sample = actual[1:]
        found = Expectation(label, text, show(one_sample), wanted in (one_sample, actual))
        return self.judged(found, Broken(node, one_sample, True), subject, applies=applies)

    def check_axes(self, key: str, node: Node, subject: Subject) -> Iterator[Expectation]:
        values = self.axes(key, subject.field)
        if subject.name is None and key == "output_stride" and None in values and len(self.plan.outputs) > 1:
            strides = {name: self.axes(key, field) for name, field in self.plan.receptive_fields.items()}
            if len(set(strides.values())) > 1:
                wanted = ", ".join(f"{name}: {list(each)}" for name, each in strides.items() if None not in each)
                raise Fault("CS402", "the outputs have different ones", fix=f"name them: `output_stride: {{{wanted}}}`")
        promises = node.items if isinstance(node, SequenceNode) else None
        if promises is not None and values and len(promises) != len(values):
            raise Fault("CS402", f"{len(promises)} values for {len(values)} axes")
        before = len(self.broken)
        for axis, actual in enumerate(values or (None,)):
            one = promises[axis] if promises else node
            yield self.check_number(key, parse_bound(to_data(one)), actual, one, subject, axis)
        if promises is None and len(self.broken) > before:  # one promise for all axes, and so one that is broken
            self.broken[before:] = [Broken(node, values, False)]

    def axes(self, key: str, field: ReceptiveField | None) -> tuple[Dim, ...]:
        """Today's numbers per axis; none where nothing is known about the axes."""
        if field is None:
            return ()
        values: tuple[Any, ...] = field.size if key == "receptive_field" else field.jump
        if field.is_global and key == "receptive_field":
            values = tuple(self.whole_input(field.of, axis, size) for axis, size in enumerate(values))
        return tuple(int(value) if value is not None and value == int(value) else None for value in values)

    def whole_input(self, of: str, axis: int, size: int | None) -> int | None:
        """A global field sees all of its input, however small its windows are."""
        shape = self.plan.inputs.get(of)
        if shape is None:
            return size
        spatial = self.plan.layout.spatial(shape)
        extent = spatial[axis] if axis < len(spatial) else None
        return size if extent is None or size is None else max(size, extent)
