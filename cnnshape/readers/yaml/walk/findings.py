"""Where in an entry a fault lies, and what its neighbours have to do with it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from itertools import combinations
from typing import Any

from cnnshape.arithmetic.sizes import show
from cnnshape.diagnostics import Edit, Fault, Source, Span
from cnnshape.network.tensor import Tensor
from cnnshape.operations.operation import Operation, WrongRank
from cnnshape.readers.yaml.calls import Call
from cnnshape.readers.yaml.expressions import Expression, compile_expression
from cnnshape.readers.yaml.habits import in_yaml
from cnnshape.readers.yaml.placeholders import FailedTensor
from cnnshape.readers.yaml.program import Apply, NodePlace, TextPlace
from cnnshape.readers.yaml.syntax import ExpressionFault, Extent
from cnnshape.readers.yaml.unknown_names import UnknownVariable
from cnnshape.readers.yaml.walk.frames import Frame
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
            value = place.values.get(name) if name is not None else None
            key = place.keys.get(argument) or value
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


def with_tensor_hint(fault: Fault, call: Call, frame: Frame, *, merges: bool = False) -> Fault:
    """``Add(a, b)`` and ``tower(left)``: tensors in the first pair of brackets.

    What `merges` takes another one beside a single tensor: that of the entry before.
    """
    if fault.code != "CS205":
        return fault
    names: list[str] = []
    others: list[str] = []
    for each in call.positional:
        listed = [part.strip() for part in each.text.strip("[]()").split(",") if part.strip()]
        if listed and all(frame.is_tensor(name) for name in listed):
            names += listed
        else:
            others.append(each.text)
    others += [f"{keyword.name}={keyword.value.text}" for keyword in call.keywords]
    if merges and len(names) == 1:
        names.append("previous")
    if names:
        fault.fix = (
            f"tensors stand in a second pair of brackets: `{call.callee}({', '.join(others)})({', '.join(names)})`"
        )
    return fault


def with_word(fault: Fault, statement: Apply, kind: LayerType) -> Fault:
    """``padding=same``: an unknown name as the whole of an argument, with what that argument takes instead."""
    if not isinstance(fault, UnknownVariable) or not isinstance(statement.place, TextPlace):
        return fault
    argument = argument_at(fault.extent, statement.call, kind)
    if argument is None:
        return fault
    from cnnshape.vocabularies.argument_words import words_for  # only for a message

    words = words_for(kind, argument)
    word = words.meant(fault.name)
    if word is not None:
        return fault.quoted(word)
    if fault.close:
        return fault
    if words.null and fault.name.lower() in ("none", "null", "nil"):
        return fault.mended_by("write None", "None")
    if words.choices:
        near = words.near(fault.name)
        choices = f'"{near}"' if near else f"one of {', '.join(words.choices)}, in quotes"
        return fault.mended_by(f"write {choices}, or give it a value: `variables: {{{fault.name}: ...}}`")
    if kind.operator and argument in positional_arguments(model_of(kind))[:1]:
        tensor = f"a tensor is not written here: an entry reads the one before it, or `{kind.name}(...)(NAME)`"
        return fault.mended_by(f"{fault.fix}; {tensor}")
    return fault


def with_expression(fault: Fault, statement: Apply, kind: LayerType, frame: Frame) -> Fault:
    """``filters: 2 * n`` and ``kernel_size: (3, 3)``: a text of YAML, refused, that spells a value of Python."""
    if not fault.argument or fault.fix or not isinstance(statement.place, NodePlace):
        return fault
    written = argument_of(statement.call, fault.argument, kind)
    text = written.evaluate(frame) if written is not None and written.constant else None
    if not isinstance(text, str) or (meant := in_yaml(text)) is None:
        return fault
    try:
        value = compile_expression(text).evaluate(frame)
    except (Fault, FailedTensor, RecursionError):
        return fault
    from cnnshape.vocabularies.argument_words import words_for  # only for a message

    if isinstance(value, str) or (value is None and not words_for(kind, fault.argument).null):
        return fault
    return Fault(fault.code, fault.message, fix=f"write {meant}", argument=fault.argument, replacement=meant)


def with_default(fault: UnknownVariable, value: Expression, default: Expression | None) -> Fault:
    """``block(padding=same)``: an unknown name as the argument of a block, whose default tells whether it is a word."""
    if value.text != fault.name or fault.close:
        return fault
    if default is not None and default.constant:
        return fault.quoted(fault.name) if isinstance(default.evaluate(None), str) else fault  # type: ignore[arg-type]
    return fault.mended_by(f'{fault.fix}; a word needs quotes: "{fault.name}"')


def argument_at(extent: Extent | None, call: Call, kind: LayerType) -> str | None:
    """The argument whose whole value stands there."""
    named = next((each.name for each in call.keywords if each.value.extent == extent), None)
    values = zip(positional_arguments(model_of(kind)), call.positional, strict=False)
    return named or next((name for name, value in values if value.extent == extent), None)


def with_neighbour(fault: Fault, tensors: tuple[Tensor, ...]) -> Fault:
    """Name the row that gives the input, where the fault is about what it gives."""
    if fault.code in ("CS303", "CS304", "CS305") and len(tensors) == 1 and tensors[0].row >= 0:
        fault.message += f" (from {tensors[0].name}, {show(tensors[0].known_shape or ())})"
    return fault


CHANNELS_OF_IMAGES = (1, 3, 4)
"""Grey, RGB, RGBA."""


def with_other_order(fault: Fault, tensors: tuple[Tensor, ...], declared: Any, *, channels_last: bool) -> Fault:
    """Ask whether a model's input has its axes in the other order, where that would mend the fault.

    Channels first: the declared channels are another of its sizes. Channels last: a window does not fit the first
    size, which could be the channels of an image since the others are larger.
    """
    sizes = (tensors[0].shape or ())[1:] if len(tensors) == 1 and tensors[0].row < 0 else ()
    known = [size for size in sizes if size is not None]
    if len(sizes) < 2 or len(known) < len(sizes):
        return fault
    first, *others = known
    if not channels_last and fault.code == "CS303" and declared in others:
        at = known.index(declared, 1)
        ordered, order = [declared, *known[:at], *known[at + 1 :]], "first"
    elif channels_last and fault.code == "CS301" and first in CHANNELS_OF_IMAGES and first < min(others):
        ordered, order = [*others, first], "last"
    else:
        return fault
    fault.fix = (
        f"if {declared or first} is the number of channels, write `input: {ordered}`: channels come {order} here"
    )
    fault.replacement = None
    return fault


def with_other_rank(fault: Fault, tensors: tuple[Tensor, ...], *, channels_last: bool) -> Fault:
    """Ask whether a model's input states the batch, or lacks its channels, where a layer needs another rank."""
    shape = tensors[0].shape if len(tensors) == 1 and tensors[0].row < 0 else None
    if not isinstance(fault, WrongRank) or shape is None:
        return fault
    name = tensors[0].name
    sizes = ["null" if size is None else str(size) for size in shape[1:]]
    if len(shape) == fault.needed + 1:
        fault.fix = f"if {sizes[0]} is the batch, write `{name}: [{', '.join(sizes[1:])}]`: an input is one sample"
    elif len(shape) == fault.needed - 1:
        sized = [*sizes, "1"] if channels_last else ["1", *sizes]
        fault.fix = f"if the channels are missing, state their number, as in `{name}: [{', '.join(sized)}]`"
    return fault


def require_named(
    operation: Operation, inputs: tuple[Tensor, ...] | None, what: str, *, implied: bool
) -> tuple[Tensor, ...]:
    """The inputs of an operation where they are named if need be; `implied`: the entry reads the one before it."""
    if inputs is None:
        raise Fault("CS203", f"{what} stands first in a file with several inputs and names none")
    if implied and operation.merges:
        raise Fault("CS203", f"{what} merges several inputs, but names none, so it would read {inputs[0].name} alone")
    return () if implied and operation.most == 0 else inputs


MOST_TRIED = 50
"""Tensors above an entry, the newest first, that it is tried on."""


def with_inputs(
    fault: Fault, call: Call, wanted: int, given: tuple[Tensor, ...], frame: Frame, apply: Callable[..., object]
) -> Fault:
    """Too many or too few tensors (CS203): the entry with as many as are `wanted`, where some above it fit.

    `apply` raises a `Fault` where their shapes do not.
    """
    names = fitting_names(wanted, given, frame, apply) if fault.code == "CS203" else ()
    if names:
        arguments = [each.text for each in call.positional]
        arguments += [f"{keyword.name}={keyword.value.text}" for keyword in call.keywords]
        targets = ", ".join(target.name for target in call.targets if target.subscript is None)
        entry = f"{call.callee}({', '.join(arguments)})({', '.join(names)})"
        fault.fix = f"name what it reads: write `{f'{targets} = ' if targets else ''}{entry}`"
    elif fault.code == "CS203":
        fault.fix = "name what it reads in a second pair of brackets; nothing above fits together there"
    return fault


def fitting_names(
    wanted: int, given: tuple[Tensor, ...], frame: Frame, apply: Callable[..., object]
) -> tuple[str, ...]:
    """The names of tensors that fit together: those given as far as they are wanted, and the newest with them."""
    names: dict[Tensor, str] = {}
    for bound in (frame.members, *frame.layers):
        for name, binding in bound.items():
            if binding.tensors and len(binding.tensors) == 1 and binding.tensors[0].shape is not None:
                names[binding.tensors[0]] = name
    above = sorted(names, key=lambda tensor: tensor.row, reverse=True)[:MOST_TRIED]
    kept = [tensor for tensor in given[:wanted] if tensor in names]
    others = [tensor for tensor in above if tensor not in kept]
    missing = wanted - len(kept)
    for more in combinations(others, missing) if missing < 2 else [others[:missing]]:
        chosen = sorted([*kept, *more], key=lambda tensor: tensor.row)
        if len(chosen) == wanted:
            with suppress(Fault):
                apply(*[tensor.shape for tensor in chosen])
                return tuple([names[tensor] for tensor in chosen])
    return ()
