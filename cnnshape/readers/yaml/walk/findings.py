"""Where in an entry a fault lies, and what its neighbours have to do with it."""

from __future__ import annotations

from cnnshape.diagnostics import Edit, Fault, Source, Span
from cnnshape.network.tensor import Tensor
from cnnshape.operations.operation import Operation
from cnnshape.readers.yaml.calls import Call
from cnnshape.readers.yaml.expressions import Expression
from cnnshape.readers.yaml.program import Apply, TextPlace
from cnnshape.readers.yaml.syntax import ExpressionFault
from cnnshape.vocabularies.layer import model_of, positional_arguments
from cnnshape.vocabularies.vocabulary import LayerType

MISNAMED = ("CS101", "CS102", "CS103")
"""The fault is the name itself, not its value."""

MISSPELT = (*MISNAMED, "CS105", "CS112")
"""Words that nothing has are wrong in every round of a loop and every use of a block."""


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


def require_named(
    operation: Operation, inputs: tuple[Tensor, ...] | None, what: str, *, implied: bool
) -> tuple[Tensor, ...]:
    """The inputs of an operation where they are named if need be; `implied`: the entry reads the one before it."""
    if inputs is None:
        raise Fault("CS203", f"{what} stands first in a file with several inputs and names none")
    if implied and operation.merges:
        raise Fault("CS203", f"{what} merges several inputs, but names none, so it would read {inputs[0].name} alone")
    return () if implied and operation.most == 0 else inputs
