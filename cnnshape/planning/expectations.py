"""Promises of a file (`expect:`) and budgets: parsed bounds, compared with a plan.

Keys are those of the plan's JSON: ``output``, ``params``, ``trainable_params``, ``macs``, ``flops``, ``weight_bytes``,
``peak_activation_bytes``, ``receptive_field``, ``output_stride``, ``layers``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as AbstractMapping
from dataclasses import replace
from functools import cached_property
from itertools import accumulate
from typing import Any, NamedTuple

from cnnshape.architecture.nodes import Mapping, Node, Scalar, Sequence, to_data
from cnnshape.architecture.program import Program
from cnnshape.arithmetic.sizes import Dim, Shape, show
from cnnshape.diagnostics import Diagnostic, Fault, Span
from cnnshape.planning.plan import Plan, Row
from cnnshape.spelling import Spelling, nearest

COUNTS = ("params", "trainable_params", "non_trainable_params", "buffers", "macs", "flops")
BYTES = ("weight_bytes", "peak_activation_bytes")
PER_AXIS = ("receptive_field", "output_stride")
KEYS = ("output", *COUNTS, *BYTES, *PER_AXIS, "layers")
ROW_KEYS = ("output", "params", "trainable_params", "macs", "flops", "receptive_field", "output_stride")

SUFFIXES = {
    "": 1,
    "k": 1000,
    "K": 1000,
    "M": 1000**2,
    "G": 1000**3,
    "B": 1,
    "kB": 1000,
    "KB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
}
"""k, M and G are powers of 1000; KiB, MiB and GiB of 1024."""

_QUANTITY = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)\s*\Z")
_BOUND = re.compile(r"\s*(<=|>=|<|>|==|=)?\s*(.+?)\s*\Z")


class Bound(NamedTuple):
    """What a number has to be: between `least` and `most`, both included; None: no bound."""

    least: int | None
    most: int | None
    text: str

    def excess(self, actual: int) -> int:
        """By how much the number lies outside; 0 where it is well. Positive: too much."""
        if self.most is not None and actual > self.most:
            return actual - self.most
        if self.least is not None and actual < self.least:
            return actual - self.least
        return 0


class Expectation(NamedTuple):
    """One promise, and how it turned out. `holds` is None where the number is not known."""

    key: str
    required: str
    actual: str
    holds: bool | None


def parse_quantity(text: str) -> int:
    """``26M``, ``1.5k``, ``4 MiB`` as a whole number. Raises `Fault` (CS402)."""
    match = _QUANTITY.match(text)
    if not match or match[2] not in SUFFIXES:
        raise Fault(
            "CS402",
            f"{text!r} is no number",
            fix="write a number, with k, M, G (powers of 1000) or KiB, MiB, GiB (powers of 1024)",
        )
    whole, _, fraction = match[1].partition(".")
    scale = SUFFIXES[match[2]]
    scaled = int(whole + fraction) * scale
    unit: int = 10 ** len(fraction)
    result, rest = divmod(scaled, unit)
    if rest:
        raise Fault("CS402", f"{text!r} is no whole number")
    return result


def parse_bound(value: Any) -> Bound:
    """A bound as written: a number (exact), ``"<= 26M"``, ``{max: 26M}``, ``{min: 224}``. Raises `Fault` (CS402)."""
    if isinstance(value, AbstractMapping):
        unknown = [key for key in value if key not in ("min", "max")]
        if unknown or not value:
            raise Fault("CS402", f"a bound has `min:` and `max:`, got {', '.join(map(str, unknown)) or 'nothing'}")
        least, most = (None if value.get(key) is None else _number(value[key]) for key in ("min", "max"))
        text = " and ".join(f"{sign} {value[key]}" for key, sign in (("min", ">="), ("max", "<=")) if key in value)
        return Bound(least, most, text)
    if isinstance(value, str):
        match = _BOUND.match(value)
        if match:
            sign, number = match[1] or "=", parse_quantity(match[2])
            text = f"{match[1]} {match[2]}" if match[1] else match[2]
            if sign == "<=":
                return Bound(None, number, text)
            if sign == ">=":
                return Bound(number, None, text)
            if sign == "<":
                return Bound(None, number - 1, text)
            if sign == ">":
                return Bound(number + 1, None, text)
            return Bound(number, number, text)
    number = _number(value)
    return Bound(number, number, f"{number:,}")


def _number(value: Any) -> int:
    if isinstance(value, str):
        return parse_quantity(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Fault("CS402", f"{value!r} is no bound", fix='write a number, "<= 26M", or {max: 26M}')
    return value


def check_expectations(plan: Plan, program: Program) -> Plan:
    """The plan with its promises checked: a CS401 for each broken one."""
    node = program.expect
    if node is None:
        return plan
    checker = Checker(plan, program.source.filename)
    results = tuple(checker.check(node))
    findings = sorted((*plan.diagnostics, *checker.diagnostics), key=lambda finding: finding.sort_key)
    return replace(plan, diagnostics=tuple(findings), expectations=results)


class Checker:
    """Compares promises with a plan; `diagnostics` collects what is broken. Budgets of a configuration use it too."""

    def __init__(self, plan: Plan, filename: str) -> None:
        self.plan = plan
        self.filename = filename
        self.diagnostics: list[Diagnostic] = []
        self.seen: set[Diagnostic] = set()

    def report(self, code: str, message: str, span: Span, fix: str | None = None, layer: str | None = None) -> None:
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
            else:
                yield from self.check_one(key, value, None)

    def unknown(self, key: Scalar, known: tuple[str, ...], what: str) -> None:
        close = nearest(key.text, known)
        self.report(
            "CS402",
            f"{what} has no key {key.text!r}; it has {', '.join(known)}",
            key.span,
            f"did you mean {close}?" if close else None,
        )

    def check_layers(self, node: Node) -> Iterator[Expectation]:
        if not isinstance(node, Mapping):
            self.report("CS402", "layers has to be a mapping of names to promises", node.span)
            return
        rows = {row.name: row for row in self.plan.layers}
        spelling = Spelling()
        for name, promises in node.pairs:
            row = rows.get(name.text) or self.last_of(name.text)
            if row is None:
                close = spelling.nearest(name.text, rows)
                self.report(
                    "CS402",
                    f"there is no layer {name.text!r}",
                    name.span,
                    f"did you mean {close}?" if close else None,
                )
                continue
            if not isinstance(promises, Mapping):
                self.report("CS402", f"the promises of {name.text} have to be a mapping", promises.span)
                continue
            for key, value in promises.pairs:
                if key.text not in ROW_KEYS:
                    self.unknown(key, ROW_KEYS, "a layer's promise")
                else:
                    yield from self.check_one(key, value, row)

    def last_of(self, name: str) -> Row | None:
        """The last row of the block of that name."""
        return self.last_rows.get(name)

    @cached_property
    def last_rows(self) -> dict[str, Row]:
        """The last row of each block, by its name."""
        return {
            block: row for row in self.plan.layers for block in accumulate(row.name.split("/")[:-1], "{}/{}".format)
        }

    def check_one(self, key: Scalar, value: Node, row: Row | None) -> Iterator[Expectation]:
        label = f"{row.name}: {key.text}" if row else key.text
        try:
            if key.text == "output":
                yield self.check_shape(label, value, row)
            elif key.text in PER_AXIS:
                yield from self.check_axes(label, key.text, value, row)
            else:
                yield self.check_number(label, parse_bound(to_data(value)), self.number(key.text, row), value, row)
        except Fault as fault:
            self.report("CS402", f"{label}: {fault.message}", value.span, fault.fix)

    def number(self, key: str, row: Row | None) -> Dim:
        if row is not None:
            found: Dim = getattr(row, key)
            return found
        return None if self.plan.totals is None else getattr(self.plan.totals, key)

    def check_number(self, label: str, bound: Bound, actual: Dim, node: Node, row: Row | None) -> Expectation:
        layer = row.name if row else None
        if actual is None:
            if self.plan.totals is not None:
                self.report(
                    "CS403", f"{label} is not known, so `{bound.text}` cannot be checked", node.span, layer=layer
                )
            return Expectation(label, bound.text, "unknown", None)
        excess = bound.excess(actual)
        if excess:
            amount = f"{abs(excess):,} too {'many' if excess > 0 else 'few'}"
            self.report(
                "CS401",
                f"{label} has to be {bound.text}, and is {actual:,}: {amount}",
                node.span,
                layer=layer,
            )
        return Expectation(label, bound.text, f"{actual:,}", not excess)

    def check_shape(self, label: str, node: Node, row: Row | None) -> Expectation:
        wanted = to_data(node)
        if isinstance(wanted, str):
            wanted = [int(part) if part.isdigit() else None for part in wanted.split("x")]
        if not isinstance(wanted, list) or not all(size is None or isinstance(size, int) for size in wanted):
            raise Fault("CS402", f"{wanted!r} is no shape", fix="write [2, 4, 5]: one sample, without the batch")
        actual = self.output_of(row)
        text = show(wanted)
        if actual is None:
            return Expectation(label, text, "unknown", None)
        one_sample = actual[1:]
        holds = tuple(wanted) == one_sample or tuple(wanted) == actual
        if not holds:
            self.report(
                "CS401",
                f"{label} has to be {text}, and is {show(one_sample)}",
                node.span,
                layer=row.name if row else None,
            )
        return Expectation(label, text, show(one_sample), holds)

    def output_of(self, row: Row | None) -> Shape | None:
        if row is not None:
            return row.output_shape
        return next(iter(self.plan.outputs.values()), None)

    def check_axes(self, label: str, key: str, node: Node, row: Row | None) -> Iterator[Expectation]:
        field = row.receptive_field if row else self.plan.receptive_field
        values: tuple[Any, ...] | None = None
        if field is not None:
            values = field.size if key == "receptive_field" else field.jump
        promises = node.items if isinstance(node, Sequence) else None
        if promises is not None and values is not None and len(promises) != len(values):
            raise Fault("CS402", f"{len(promises)} values for {len(values)} axes")
        for axis in range(len(values or (None,))):
            one = promises[axis] if promises is not None else node
            bound = parse_bound(to_data(one))
            actual = values[axis] if values else None
            if field is not None and field.is_global and key == "receptive_field":
                actual = self.whole_input(field.of, axis, actual)
            whole = int(actual) if actual is not None and actual == int(actual) else None
            yield self.check_number(label, bound, whole, one, row)

    def whole_input(self, of: str, axis: int, size: int | None) -> int | None:
        """A global field sees all of its input, however small its windows are."""
        shape = self.plan.inputs.get(of)
        if shape is None:
            return size
        spatial = shape[1:-1] if self.plan.framework == "keras" else shape[2:]
        extent = spatial[axis] if axis < len(spatial) else None
        return size if extent is None or size is None else max(size, extent)
