"""Operators of sequences, which are lists of names here: what they hold is known, or the operator is unknown."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from cnnshape.arithmetic import tensors as t
from cnnshape.operations.merging import Concatenate
from cnnshape.readers.exported import Meaning
from cnnshape.readers.onnx.folding import array
from cnnshape.readers.onnx.model import Step

if TYPE_CHECKING:
    from cnnshape.readers.onnx.walk import Walk


def on_list(rule: Callable[[Walk, Step, list[str]], None], walk: Walk, step: Step) -> None:
    """An operator whose first input is a sequence."""
    parts = walk.sequences.get(step.inputs[0]) if step.inputs else None
    if parts is None:
        walk.give_up(step, "what the sequence holds is not known")
    else:
        rule(walk, step, parts)


def place_in(walk: Walk, step: Step, number: int, count: int, *, end: int) -> int | None:
    """The place that an input names among so many; `end` where it is left out, None where nobody knows."""
    if len(step.inputs) <= number or not step.inputs[number]:
        return end
    value = walk.value(step.inputs[number])
    found = None if value is None else value.reshape(-1)[0]
    if not isinstance(found, int) or not -count <= found <= count:
        walk.give_up(step, "which of the sequence is meant is not known")
        return None
    return found % count if found < 0 else found


def construct(walk: Walk, step: Step) -> None:
    """The inputs."""
    walk.sequences[step.outputs[0]] = list(step.inputs)


def insert(walk: Walk, step: Step, parts: list[str]) -> None:
    """One more, at the end or at a place."""
    place = place_in(walk, step, 2, len(parts), end=len(parts))
    if place is not None:
        walk.sequences[step.outputs[0]] = [*parts[:place], step.inputs[1], *parts[place:]]


def erase(walk: Walk, step: Step, parts: list[str]) -> None:
    """One less."""
    place = place_in(walk, step, 1, len(parts), end=len(parts) - 1)
    if place is not None:
        walk.sequences[step.outputs[0]] = parts[:place] + parts[place + 1 :]


def at(walk: Walk, step: Step, parts: list[str]) -> None:
    """One of them."""
    place = place_in(walk, step, 1, len(parts), end=0)
    if place is not None:
        walk.same([*parts, ""][place : place + 1], step.outputs)


def length(walk: Walk, step: Step, parts: list[str]) -> None:
    """How many."""
    walk.values[step.outputs[0]] = array(len(parts))
    walk.graph.sizes[step.outputs[0]] = ()


def split(walk: Walk, step: Step) -> None:
    """Parts of an axis: of one each (without the axis where `keepdims` is 0), of a size, or of several."""
    shape = walk.graph.sizes.get(step.inputs[0])
    sizes = walk.value(step.inputs[1]) if len(step.inputs) > 1 and step.inputs[1] else array(1)
    if not shape or sizes is None:
        walk.give_up(step, "the parts are not known")
        return
    axis = t.axis_of(step.attributes.get("axis", 0), len(shape))
    size, parts = shape[axis], list(sizes.reshape(-1))
    if not sizes.ndim:
        if not isinstance(size, int) or not isinstance(parts[0], int) or not 1 <= size <= 1_000 * parts[0]:
            walk.give_up(step, "how many parts there are is not known")
            return
        parts = [min(parts[0], size - start) for start in range(0, size, parts[0])]
    keeps = len(step.inputs) > 1 or step.attributes.get("keepdims", 1)
    outputs = tuple([(*shape[:axis], *([part] if keeps else []), *shape[axis + 1 :]) for part in parts])
    names = tuple([f"{step.outputs[0]}[{number}]" for number in range(len(parts))])
    meaning = Meaning("split" if keeps else "unbind", outputs, None, {"dim": axis})
    walk.graph.place(meaning, [step.inputs[0]], names, step.scopes)
    walk.sequences[step.outputs[0]] = list(names)


def concat(walk: Walk, step: Step, parts: list[str]) -> None:
    """One after the other, or along a new axis."""
    shapes = [walk.graph.sizes.get(name) for name in parts]
    known = [shape for shape in shapes if shape is not None]
    if not parts or len(known) < len(parts):
        walk.give_up(step, "what the sequence holds is not known")
        return
    axis, is_new = step.attributes.get("axis", 0), bool(step.attributes.get("new_axis", 0))
    axis = t.axis_of(axis, len(known[0]) + is_new)
    if is_new:
        meaning = Meaning("stack", (t.stacked(known, axis),), None, {"dim": axis})
    else:
        meaning = Meaning("cat", (t.joined(known, axis),), Concatenate(axis), {"dim": axis})
    walk.graph.place(meaning, parts, step.outputs, step.scopes)


def optional(walk: Walk, step: Step) -> None:
    """What is there, or nothing."""
    walk.same(step.inputs[:1], step.outputs)
    if not step.inputs:
        walk.sequences[step.outputs[0]] = []


def has_element(walk: Walk, step: Step) -> None:
    """Whether something is there."""
    walk.values[step.outputs[0]] = array(bool(step.inputs) and walk.sequences.get(step.inputs[0]) != [])
    walk.graph.sizes[step.outputs[0]] = ()


SEQUENCES: dict[str, Callable[[Walk, Step], None]] = {
    "SequenceConstruct": construct,
    "SequenceEmpty": construct,
    "SequenceInsert": partial(on_list, insert),
    "SequenceErase": partial(on_list, erase),
    "SequenceAt": partial(on_list, at),
    "SequenceLength": partial(on_list, length),
    "SplitToSequence": split,
    "ConcatFromSequence": partial(on_list, concat),
    "Optional": optional,
    "OptionalGetElement": lambda walk, step: walk.same(step.inputs[:1], step.outputs),
    "OptionalHasElement": has_element,
}
"""By the name of the operator."""
