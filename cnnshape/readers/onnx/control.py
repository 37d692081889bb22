"""Operators that hold graphs: functions of the model, If, Loop and Scan, opened where it is known what runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from cnnshape.arithmetic.symbols import Sizes, named
from cnnshape.arithmetic.tensors import axis_of
from cnnshape.network.plan import Scope
from cnnshape.readers.archives import MalformedError
from cnnshape.readers.exported import Meaning
from cnnshape.readers.onnx.folding import array
from cnnshape.readers.onnx.model import OUTSIDE, Names, Step, attribute

if TYPE_CHECKING:
    from cnnshape.readers.onnx.walk import Walk

MOST_TURNS = 1_000
"""Turns of a loop that are walked."""


def call(walk: Walk, function: Any, step: Step) -> None:
    """The operators of a function of the model, under the names of this call."""
    outputs = step.outputs
    defaults = {each.name: attribute(each, OUTSIDE) for each in getattr(function, "attribute_proto", ())}
    known = dict(zip(function.input, [*step.inputs, *[""] * len(function.input)], strict=False))
    known |= dict(zip(function.output, outputs, strict=False))
    inside = Names(known, f"{outputs[0]}/", {**defaults, **step.attributes})
    opsets = {each.domain: each.version for each in function.opset_import}
    walk.run(function.node, inside, (*step.scopes, Scope(outputs[0], function.name)), opsets)
    missing = next((name for name in outputs if name and not walk.knows(name)), None)
    if missing is not None:
        raise MalformedError(f"the function {function.name} does not make {missing}")


def body(walk: Walk, graph: Any, names: Names, place: str, step: Step) -> list[str]:
    """The operators of a graph inside an operator, its own names below `place`; the names of its outputs."""
    own = [*(each.name for each in graph.initializer), *(each for node in graph.node for each in node.output if each)]
    inside = names.with_own({name: f"{place}/{name}" for name in own})
    walk.store(graph.initializer, inside)
    walk.run(graph.node, inside, (*step.scopes, Scope(place, graph.name or "branch")), step.opsets)
    return [inside(each.name) for each in graph.output]


def branch(walk: Walk, step: Step) -> None:
    """If: the branch that runs, where that is known; else both, whose outputs may have the same shape."""
    outputs, condition = step.outputs, walk.value(step.inputs[0])
    branches = step.attributes.get("then_branch"), step.attributes.get("else_branch")
    if None in branches:
        raise MalformedError(f"{outputs[0]} (If) has not both branches")
    if condition is not None and condition.size == 1:
        chosen = branches[0 if condition.reshape(-1)[0] else 1]
        walk.same(body(walk, chosen, step.names, outputs[0], step), outputs)
        return
    then, other = (tried(walk, each, step) for each in branches)
    shapes = [merged(*pair) for pair in zip(then[0], other[0], strict=False)]
    read = [*step.inputs, *then[1], *other[1]]
    differ = len(shapes) < len(outputs) or any(shape is None for shape in shapes)
    walk.unknown.add("If", outputs[0], "which branch runs is not known", cost_alone=not differ)
    if differ:
        walk.graph.fail("If", read, outputs, step.scopes)
        return
    meaning = Meaning("If", tuple([shape for shape in shapes if shape is not None]), macs=None, flops=None)
    walk.graph.place(meaning, read, outputs, step.scopes)


def tried(walk: Walk, graph: Any, step: Step) -> tuple[list[Sizes | None], list[str]]:
    """The shapes that a branch would give, and what of the network it reads; nothing of it stays."""
    exported, builder = walk.graph, walk.builder
    before, findings = len(builder.nodes), len(builder.diagnostics)
    counted, tensors = dict(exported.counted), dict(exported.tensors)
    found = body(walk, graph, step.names, step.outputs[0], step._replace(scopes=()))
    shapes = [exported.sizes.get(name) for name in found]
    read = [name for name, node in exported.counted.items() if name not in counted and node is not None]
    read += [
        tensor.name
        for node in builder.nodes[before:]
        for tensor in node.inputs
        if tensor.row < before and tensor.name in tensors
    ]
    del builder.nodes[before:]
    del builder.diagnostics[findings:]
    exported.counted, exported.tensors = counted, tensors
    return shapes, read


def merged(one: Sizes | None, other: Sizes | None) -> Sizes | None:
    """What two branches have in common; None where they differ in their axes."""
    if one is None or other is None or len(one) != len(other):
        return None
    return tuple([a if a == b else named(f"either {a} or {b}") for a, b in zip(one, other, strict=True)])


def loop(walk: Walk, step: Step) -> None:
    """Loop: its body as often as it is known to run."""
    inputs = step.inputs
    trips = walk.value(inputs[0]) if inputs and inputs[0] else None
    going = walk.value(inputs[1]) if len(inputs) > 1 and inputs[1] else array(True)
    graph = step.attributes.get("body")
    count = trips.reshape(-1)[0] if trips is not None and trips.size == 1 else None
    if graph is None or not isinstance(count, int) or going is None or count > MOST_TURNS:
        walk.give_up(step, "how often it runs is not known")
        return
    carried, collected = list(inputs[2:]), list[list[str]]()
    for turn in range(count):
        if not going.reshape(-1)[0]:
            break
        place = f"{step.outputs[0]}[{turn}]"
        counters = {each.name: f"{place}/{each.name}" for each in graph.input[:2]}
        for name, value in zip(counters.values(), (turn, True), strict=False):
            walk.values[name] = array(value)
            walk.graph.sizes[name] = ()
        known = dict(zip([each.name for each in graph.input[2:]], carried, strict=False))
        found = body(walk, graph, step.names.with_own(known | counters), place, step)
        going = walk.value(found[0])
        if going is None:
            walk.give_up(step, "when it ends is not known")
            return
        carried, collected = found[1 : 1 + len(carried)], [*collected, found[1 + len(carried) :]]
    walk.same(carried, step.outputs[: len(carried)])
    stack(walk, step, step.outputs[len(carried) :], collected)


def scan(walk: Walk, step: Step) -> None:
    """Scan: its body for each place along an axis of the inputs that it scans."""
    graph, count = step.attributes.get("body"), step.attributes.get("num_scan_inputs", 0)
    states = len(step.inputs) - count
    read = step.inputs[states:]
    axes = step.attributes.get("scan_input_axes") or [0] * count
    if graph is None or not read or step.opsets.get("", 0) < 9 or len(axes) != count:
        walk.give_up(step, "")
        return
    shapes = [walk.graph.sizes.get(name) or () for name in read]
    axes = [axis_of(axis, len(shape)) for axis, shape in zip(axes, shapes, strict=True)]
    turns = shapes[0][axes[0]]
    if not isinstance(turns, int) or turns > MOST_TURNS:
        walk.give_up(step, "how often it runs is not known")
        return
    carried, collected = list(step.inputs[:states]), list[list[str]]()
    for turn in range(turns):
        place = f"{step.outputs[0]}[{turn}]"
        slices = [f"{place}/{each.name}" for each in graph.input[states:]]
        for name, source, axis, shape in zip(slices, read, axes, shapes, strict=False):
            meaning = Meaning("select", ((*shape[:axis], *shape[axis + 1 :]),), None, {"dim": axis, "index": turn})
            walk.graph.place(meaning, [source], (name,), step.scopes)
        known = dict(zip([each.name for each in graph.input], [*carried, *slices], strict=False))
        found = body(walk, graph, step.names.with_own(known), place, step)
        carried, collected = found[:states], [*collected, found[states:]]
    walk.same(carried, step.outputs[:states])
    stack(walk, step, step.outputs[states:], collected, step.attributes.get("scan_output_axes"))


def stack(
    walk: Walk, step: Step, outputs: Sequence[str], turns: Sequence[Sequence[str]], axes: Sequence[int] | None = None
) -> None:
    """What every turn gives, side by side along a new axis."""
    for number, name in enumerate(outputs):
        parts = [each[number] for each in turns]
        first = walk.graph.sizes.get(parts[0]) if parts else None
        if first is None:
            walk.graph.fail(step.type, parts, (name,), step.scopes)
            continue
        axis = axis_of(axes[number], len(first) + 1) if axes else 0
        meaning = Meaning("stack", ((*first[:axis], len(parts), *first[axis:]),), None, {"dim": axis})
        walk.graph.place(meaning, parts, (name,), step.scopes)


CONTROL: dict[str, Callable[[Walk, Step], None]] = {"If": branch, "Loop": loop, "Scan": scan}
"""By the name of the operator."""
