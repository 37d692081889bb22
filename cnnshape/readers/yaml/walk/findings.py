"""What a run finds wrong, and where in an entry that lies."""

from __future__ import annotations

from typing import Any

from cnnshape.diagnostics import Diagnostic, Edit, Fault, Source, Span
from cnnshape.diagnostics.diagnostic import LONGEST_MESSAGE
from cnnshape.network.answers import Refusal
from cnnshape.readers.yaml.calls import Call
from cnnshape.readers.yaml.expressions import Expression
from cnnshape.readers.yaml.placeholders import FailedTensor
from cnnshape.readers.yaml.program import Apply, Program, TextPlace
from cnnshape.readers.yaml.syntax import ExpressionFault
from cnnshape.readers.yaml.walk.frames import Frame, Meaning
from cnnshape.readers.yaml.walk.run import Run
from cnnshape.vocabularies.layer import model_of, positional_arguments
from cnnshape.vocabularies.vocabulary import LayerType

MISNAMED = ("CS101", "CS102", "CS103")
"""The fault is the name itself, not its value."""

MISSPELT = (*MISNAMED, "CS105", "CS112")
"""Words that nothing has are wrong in every round of a loop and every use of a block."""


MOST_ALIKE = 20
"""Findings of one code at one place that are written out: in a repeat each round may have numbers of its own."""


def report(
    run: Run,
    where: Frame | Program,
    failure: Fault | FailedTensor,
    span: Span | None,
    *,
    layer: str | None = None,
    edits: tuple[Edit, ...] = (),
) -> None:
    """Record a fault in a file, at `span` where it knows no place of its own; what an earlier one failed is silent."""
    if isinstance(failure, FailedTensor):
        return
    run.reports += 1
    program, uses = (where.program, where.uses) if isinstance(where, Frame) else (where, ())
    filename, message, span = program.source.filename, failure.message[:LONGEST_MESSAGE], failure.span or span
    place = (filename, failure.code, span or run.statement)
    key = (*place, message)
    if key in run.seen or run.alike[place] > MOST_ALIKE:
        return
    run.seen.add(key)
    run.alike[place] += 1
    if run.alike[place] > MOST_ALIKE:
        message += " (and so on: more such findings from this place are left out)"
    run.builder.report(Diagnostic(failure.code, message, filename, span, layer, failure.fix, uses, edits))


def report_fault(
    run: Run, frame: Frame, failure: Fault | FailedTensor, statement: Apply, layer: str | None = None
) -> None:
    """Record a fault of an entry, at the argument it is about where that is known."""
    if isinstance(failure, FailedTensor):
        return
    meaning: Meaning | None = statement.memo.get(run.dialect)
    span, edit = locate(failure, statement, meaning and meaning.kind, frame.program.source)
    alone = not frame.uses and not frame.in_loop and statement.call.repeat is None
    edits = (edit,) if edit and (alone or failure.code in MISSPELT) else ()
    report(run, frame, failure, span, layer=layer, edits=edits)


def report_refusal(run: Run, frame: Frame, refusal: Refusal, statement: Apply, layer: str) -> None:
    """Record all faults of an entry, once: in a repeat each round has the same."""
    run.reports += 1
    if run.refused.get(id(statement)) is not refusal:
        run.refused[id(statement)] = refusal
        for fault in refusal.faults:
            report_fault(run, frame, fault, statement, layer)


def meant(run: Run, fault: Fault, statement: Apply, frame: Frame, **known: Any) -> Fault:
    """The fault of an entry with what was probably meant; `known`: what else `meant.Failed` may hold."""
    from cnnshape.readers.yaml.walk.meant import Failed, mended  # only for a message

    return mended(fault, Failed(statement, frame, run.framework, **known))


def locate(fault: Fault, statement: Apply, kind: LayerType | None, source: Source) -> tuple[Span | None, Edit | None]:
    """Where in an entry of that layer a fault lies, and the edit that mends it where that follows.

    A value that is computed has no edit: a number in its place would hold for today's variables only. Quotes stay:
    without them JSON is none, and others would end the text that the entry stands in.
    """
    if fault.span is not None:
        return fault.span, None
    call, place = statement.call, statement.place
    if isinstance(fault, ExpressionFault) and fault.extent is not None:
        mended = None if fault.replacement is None else place.edit(fault.extent, fault.replacement)
        return place.extent(fault.extent), mended
    argument = written_name(fault.argument, call, kind)
    key: Span | None = None
    value: Span | None = None
    written: Expression | None = None
    if argument == "":
        key = value = statement.callee_span
    elif argument is not None:
        keyword = next((each for each in call.keywords if each.name == argument), None)
        number = None if keyword or kind is None else position_of(argument, kind)
        if keyword:
            written = keyword.value
        elif number is not None and number < len(call.positional):
            written = call.positional[number]
        if isinstance(place, TextPlace):
            if keyword:
                key, value = place.extent(keyword.extent), place.extent(keyword.value.extent)
            elif written:
                key = value = place.extent(written.extent)
        else:
            name = argument if keyword else number
            value = place.value(name) if name is not None else None
            key = place.key(argument) or value
    span = key or statement.span
    if key and value and value.end > key.end:
        span = Span(key.start, value.end)
    edit = None
    if fault.replacement is not None:
        if fault.code in MISNAMED:
            target = key
        else:
            target = value if written is None or written.constant else None
        edit = Edit(target, source.quoted_alike(target, place.written(fault.replacement))) if target else None
    return span, edit


def written_name(argument: str | None, call: Call, kind: LayerType | None) -> str | None:
    """What an entry calls a layer's argument: its name, or the second name that the entry uses."""
    if not argument or kind is None:  # "" is the name of the layer itself
        return argument
    second_names = model_of(kind).second_names
    return next((each.name for each in call.keywords if second_names.get(each.name) == argument), argument)


def position_of(argument: str, kind: LayerType) -> int | None:
    """The position of a layer's argument."""
    order = positional_arguments(model_of(kind))
    return order.index(argument) if argument in order else None


def argument_of(call: Call, name: str, kind: LayerType) -> Expression | None:
    """The argument of that name, as a keyword or at its position, if the call states it."""
    position = position_of(name, kind)
    positional = call.positional[position:][:1] if position is not None else ()
    stated = [*positional, *(each.value for each in call.keywords if each.name == name)]
    return stated[0] if stated else None
