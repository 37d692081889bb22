"""What an entry that failed probably meant, by the code of its fault; imported where a message is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import combinations, islice
from typing import Any

from cnnshape.arithmetic.sizes import Shape, show
from cnnshape.diagnostics import Fault
from cnnshape.network.node import Node
from cnnshape.network.tensor import Tensor
from cnnshape.operations.operation import WrongRank
from cnnshape.readers.files import zoo_name
from cnnshape.readers.yaml.calls import Call
from cnnshape.readers.yaml.expressions import Expression, compile_expression
from cnnshape.readers.yaml.habits import in_yaml
from cnnshape.readers.yaml.placeholders import FailedTensor
from cnnshape.readers.yaml.program import Apply, NodePlace, TextPlace
from cnnshape.readers.yaml.syntax import Extent
from cnnshape.readers.yaml.unknown_names import UnknownVariable
from cnnshape.readers.yaml.walk.findings import argument_of
from cnnshape.readers.yaml.walk.frames import Frame
from cnnshape.readers.yaml.walk.wrong_framework import foreign_file, other_than, words_of, written_here
from cnnshape.spelling import correction
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.argument_words import words_for
from cnnshape.vocabularies.layer import model_of, positional_arguments
from cnnshape.vocabularies.not_yet import NotKnownYet
from cnnshape.vocabularies.vocabulary import Framework, LayerType, vocabulary


class Failed(NamedTuple):
    """An entry that failed.

    Attributes:
        kind: the layer that it applies; None where it applies a block, or what nobody knows.
        inputs: the tensors that it was given.
        first: whether it is the first row.
        fewest: how many tensors it takes, at least.
        merges: whether it takes several.
        apply: takes as many shapes as it has inputs; raises a `Fault` where they do not fit.
        arguments: of the layer, as far as they are known.
        value, default: the argument of a block that failed, and what it would be if it were not given.
    """

    statement: Apply
    frame: Frame
    framework: Framework
    kind: LayerType | None = None
    inputs: tuple[Tensor, ...] = ()
    first: bool = False
    fewest: int = 0
    merges: bool = False
    apply: Callable[..., object] | None = None
    arguments: Mapping[str, Any] = {}
    value: Expression | None = None
    default: Expression | None = None

    @property
    def call(self) -> Call:
        """What is written."""
        return self.statement.call


def mended(fault: Fault, failed: Failed) -> Fault:
    """The fault with what to write instead, as far as that can be told from what stands around the entry."""
    for mender in MENDERS.get(fault.code, ()):
        fault = mender(fault, failed)
    return fault


def alias(fault: Fault, failed: Failed) -> Fault:
    """A tensor in the place of a layer. The automatic name of a row of an unknown layer is only that layer's again."""
    callee = failed.call.callee
    found = failed.frame.lookup(callee)
    if found is None or (isinstance(found.origin, Node) and found.origin.type == callee):
        return fault
    fix = f"write an alias as `name = {callee}`" if not failed.call.called else None
    return Fault("CS206", f"{callee!r} is a tensor, not a layer or a block", fix=fix, argument="")


def method(fault: Fault, failed: Failed) -> Fault:
    """``x.flatten(1)``."""
    tensor, _, name = failed.call.callee.rpartition(".")
    if failed.frame.lookup(tensor) is not None and (known := vocabulary(failed.framework).find(name)):
        written = f"{known.name}(...)({tensor})"
        fault.fix = f"a tensor's methods are functions here, and the tensor comes last: `{written}`"
    return fault


def block_or_network(fault: Fault, failed: Failed) -> Fault:
    """A word that is nearly a block of the file, or a network of the zoo."""
    if fault.code != "CS101" or isinstance(fault, NotKnownYet):
        return fault
    frame, callee = failed.frame, failed.call.callee
    tensor, _, name = callee.rpartition(".")
    if frame.lookup(tensor) is not None:
        return fault
    if close := frame.work.spelling.nearest(callee, frame.program.blocks):
        fix = f"did you mean the block {close}?"
        return Fault(fault.code, fault.message, fix=fix, argument="", replacement=correction(callee, close))
    if network := zoo_name(f"{failed.framework}/{name}"):
        fault.fix = f"a network of the zoo is included: `- include: {network}`"
        fault.replacement = None
    return fault


def foreign_layer(fault: Fault, failed: Failed) -> Fault:
    """A name of the other framework; one finding for all such names of a file.

    Arguments by position mean something else there: ``Conv2D(3, 16, 3)`` is not ``Conv2d(3, 16, 3)``.
    """
    if fault.code != "CS102":
        return fault
    program = failed.frame.program
    if failed.call.positional or not words_of(program)[failed.framework]:
        fault.replacement = None
    if ours := written_here(failed.call, failed.framework):
        fault.fix = f"write `{ours}`, or set `framework: {other_than(failed.framework)}`"
    return foreign_file(program, failed.framework) or fault


def tensors_behind(fault: Fault, failed: Failed) -> Fault:
    """``Add(a, b)`` and ``tower(left)``: tensors in the first pair of brackets.

    What merges takes another one beside a single tensor: that of the entry before.
    """
    names: list[str] = []
    others: list[str] = []
    for each in failed.call.positional:
        listed = [part.strip() for part in each.text.strip("[]()").split(",") if part.strip()]
        if listed and all(failed.frame.is_tensor(name) for name in listed):
            names += listed
        else:
            others.append(each.text)
    others += [f"{keyword.name}={keyword.value.text}" for keyword in failed.call.keywords]
    if failed.merges and len(names) == 1:
        names.append("previous")
    if names:
        entry = f"{failed.call.callee}({', '.join(others)})({', '.join(names)})"
        fault.fix = f"tensors stand in a second pair of brackets: `{entry}`"
    return fault


def word(fault: Fault, failed: Failed) -> Fault:
    """``padding=same``: an unknown name as the whole of an argument, with what that argument takes instead."""
    kind = failed.kind
    if kind is None or not isinstance(fault, UnknownVariable) or not isinstance(failed.statement.place, TextPlace):
        return fault
    argument = argument_at(fault.extent, failed.call, kind)
    if argument is None:
        return fault
    words = words_for(kind, argument)
    if (quoted := words.meant(fault.name)) is not None:
        return fault.quoted(quoted)
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


def word_of_block(fault: Fault, failed: Failed) -> Fault:
    """``block(padding=same)``: an unknown name as the argument of a block, whose default tells whether it is a word."""
    value, default = failed.value, failed.default
    if value is None or not isinstance(fault, UnknownVariable) or value.text != fault.name or fault.close:
        return fault
    if default is not None and default.constant:
        return fault.quoted(fault.name) if isinstance(default.evaluate(None), str) else fault  # type: ignore[arg-type]
    return fault.mended_by(f'{fault.fix}; a word needs quotes: "{fault.name}"')


def argument_at(extent: Extent | None, call: Call, kind: LayerType) -> str | None:
    """The argument whose whole value stands there."""
    named = next((each.name for each in call.keywords if each.value.extent == extent), None)
    values = zip(positional_arguments(model_of(kind)), call.positional, strict=False)
    return named or next((name for name, value in values if value.extent == extent), None)


def value_of_text(fault: Fault, failed: Failed) -> Fault:
    """``filters: 2 * n`` and ``kernel_size: (3, 3)``: a text of YAML, refused, that spells a value of Python."""
    kind, frame = failed.kind, failed.frame
    if kind is None or not fault.argument or fault.fix or not isinstance(failed.statement.place, NodePlace):
        return fault
    written = argument_of(failed.call, fault.argument, kind)
    text = written.evaluate(frame) if written is not None and written.constant else None
    if not isinstance(text, str) or (spelt := in_yaml(text)) is None:
        return fault
    try:
        value = compile_expression(text).evaluate(frame)
    except (Fault, FailedTensor, RecursionError):
        return fault
    if isinstance(value, str) or (value is None and not words_for(kind, fault.argument).null):
        return fault
    return Fault(fault.code, fault.message, fix=f"write {spelt}", argument=fault.argument, replacement=spelt)


CHANNELS_OF_IMAGES = (1, 3, 4)
"""Grey, RGB, RGBA."""


def sizes_of_model_input(failed: Failed) -> Shape:
    """The sizes of the model's input where that is all that the entry reads; empty where it reads something else."""
    tensor = failed.inputs[0] if len(failed.inputs) == 1 else None
    return (tensor.shape or ())[1:] if tensor is not None and tensor.row < 0 else ()


def channels_first(fault: Fault, failed: Failed) -> Fault:
    """The declared channels are another size of the model's input: it is written with its channels last."""
    sizes, declared = list(sizes_of_model_input(failed)), failed.arguments.get(fault.argument or "")
    if failed.frame.channels_last or None in sizes or declared not in sizes[1:]:
        return fault
    sizes.remove(declared)
    return reordered(fault, declared, [declared, *sizes], "first")


def channels_last(fault: Fault, failed: Failed) -> Fault:
    """A window does not fit the first size of the model's input, which could be channels: the others are larger."""
    first, *others = sizes_of_model_input(failed) or (None,)
    known = [size for size in others if size is not None]
    if not failed.frame.channels_last or not known or len(known) < len(others) or first not in CHANNELS_OF_IMAGES:
        return fault
    return reordered(fault, first, [*known, first], "last") if first < min(known) else fault


def reordered(fault: Fault, channels: object, sizes: list[Any], order: str) -> Fault:
    """The fault that asks whether the model's input has its axes in the other order."""
    fault.fix = f"if {channels} is the number of channels, write `input: {sizes}`: channels come {order} here"
    fault.replacement = None
    return fault


def other_rank(fault: Fault, failed: Failed) -> Fault:
    """Ask whether a model's input states the batch, or lacks its channels, where a layer needs another rank."""
    sizes = ["null" if size is None else str(size) for size in sizes_of_model_input(failed)]
    if not failed.first or not isinstance(fault, WrongRank) or not sizes:
        return fault
    name = failed.inputs[0].name
    if len(sizes) == fault.needed:
        fault.fix = f"if {sizes[0]} is the batch, write `{name}: [{', '.join(sizes[1:])}]`: an input is one sample"
    elif len(sizes) == fault.needed - 2:
        sized = [*sizes, "1"] if failed.frame.channels_last else ["1", *sizes]
        fault.fix = f"if the channels are missing, state their number, as in `{name}: [{', '.join(sized)}]`"
    return fault


def neighbour(fault: Fault, failed: Failed) -> Fault:
    """Name the row that gives the input, where the fault is about what it gives."""
    if len(failed.inputs) == 1 and failed.inputs[0].row >= 0:
        (tensor,) = failed.inputs
        fault.message += f" (from {tensor.name}, {show(tensor.known_shape or ())})"
    return fault


MOST_TRIED = 50
"""Tensors above an entry, the newest first, that it is tried on."""
MOST_SEEN = 4 * MOST_TRIED
"""Names above an entry, the newest first, of which those tensors are: a loop may bind as many as there are rows."""


def fitting_inputs(fault: Fault, failed: Failed) -> Fault:
    """Too many or too few tensors: the entry with as many as are wanted, where some above it fit."""
    if failed.apply is None:
        return fault
    fault.fix = "name what it reads in a second pair of brackets; nothing above fits together there"
    if names := fitting_names(failed, failed.apply):
        call = failed.call
        arguments = [call.shared.text] if call.shared else [each.text for each in call.positional]
        arguments += [f"{keyword.name}={keyword.value.text}" for keyword in call.keywords]
        targets = ", ".join(target.name for target in call.targets if target.subscript is None)
        entry = f"{call.callee}({', '.join(arguments)})({', '.join(names)})"
        fault.fix = f"name what it reads: write `{f'{targets} = ' if targets else ''}{entry}`"
    return fault


def fitting_names(failed: Failed, apply: Callable[..., object]) -> tuple[str, ...]:
    """The names of tensors that fit together: those given as far as they are wanted, and the newest with them."""
    names: dict[Tensor, str] = {}
    for bound in (failed.frame.members, *failed.frame.layers):
        for name, binding in reversed(list(islice(reversed(bound.items()), MOST_SEEN))):
            if binding.tensors and len(binding.tensors) == 1 and binding.tensors[0].shape is not None:
                names[binding.tensors[0]] = name
    wanted = failed.fewest
    if not wanted:
        return ()
    above = sorted(names, key=lambda tensor: tensor.row, reverse=True)[:MOST_TRIED]
    kept = [tensor for tensor in failed.inputs[:wanted] if tensor in names]
    others = [tensor for tensor in above if tensor not in kept]
    missing = wanted - len(kept)
    for more in combinations(others, missing) if missing < 2 else [others[:missing]]:
        chosen = sorted([*kept, *more], key=lambda tensor: tensor.row)
        if len(chosen) == wanted:
            with suppress(Fault):
                apply(*[tensor.shape for tensor in chosen])
                return tuple([names[tensor] for tensor in chosen])
    return ()


MENDERS: dict[str, tuple[Callable[[Fault, Failed], Fault], ...]] = {
    "CS101": (alias, method, block_or_network),
    "CS102": (alias, method, foreign_layer),
    "CS105": (value_of_text,),
    "CS110": (value_of_text,),
    "CS112": (word, word_of_block),
    "CS203": (fitting_inputs,),
    "CS205": (tensors_behind,),
    "CS301": (channels_last,),
    "CS302": (other_rank,),
    "CS303": (channels_first, neighbour),
    "CS304": (neighbour,),
    "CS305": (neighbour,),
}
"""What may mend the fault of an entry, in this order, by its code."""
