"""One use of a block, or of a file: run in a frame of its own, or recalled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnshape.diagnostics import Fault, did_you_mean
from cnnshape.network.flow import Nodes
from cnnshape.network.plan import Scope
from cnnshape.network.tensor import Tensor, failed_tensor
from cnnshape.readers.yaml.program import Apply, Include, LayerName
from cnnshape.readers.yaml.walk.file_header import declared
from cnnshape.readers.yaml.walk.findings import meant, report, report_fault
from cnnshape.readers.yaml.walk.frames import Binding, BlockUse, Frame, FreezeUntil, Tensors, UseOrigin
from cnnshape.readers.yaml.walk.known import LARGEST, USES, HangsOnMoreError, KnownUse
from cnnshape.readers.yaml.walk.layers import Reached
from cnnshape.readers.yaml.walk.run import Run
from cnnshape.readers.yaml.walk.steps import COPIED, MOST_STEPS, first_beyond, refuse_steps, step
from cnnshape.value import Deferred, Memo

NO_COUNTS: dict[str, int] = {}
NO_NAMES: set[str] = set()

DEEPEST_BLOCKS = 64
"""Blocks within blocks. A use costs as many steps as the square of how deep it lies, and at least the one of a row: a
network's blocks lie two or three deep, and those that double on each level give nothing but uses that lie deep."""


def run_use(
    run: Run, use: BlockUse, frame: Frame, inputs: Tensors, local: str, sharing: Frame | None = None
) -> Binding:
    """Check the inputs of a block or include and run it; `sharing` is the frame whose weights it uses, if any."""
    tensors = inputs or ()
    if not fits(run, use, frame, tensors, local):
        return Binding((failed_tensor(frame.prefix + local),))
    if sharing is None and frame.sharing is not None:
        twin = frame.sharing.members.get(local)
        if twin and isinstance(twin.origin, UseOrigin):
            sharing = twin.origin.frame
    frame.members[local] = binding = run_or_recall(run, use, tensors, local, frame, sharing)
    if run.until and frame.prefix + local in run.until:
        raise Reached(frame.prefix + local, binding)
    return binding


def fits(run: Run, use: BlockUse, frame: Frame, tensors: tuple[Tensor, ...], local: str) -> bool:
    """Whether a block or include gets as many inputs as it has, and lies neither in itself nor too deep."""
    names, statement = use.inputs, use.statement
    if len(tensors) == len(names):
        return not is_too_deep(run, use, frame)
    if any(tensor.shape is None for tensor in tensors):
        return False
    needs = f"{use.name} takes {len(names)} input{'s' * (len(names) != 1)} ({', '.join(names)})"
    fault = Fault("CS203", f"{needs}, got {len(tensors) or 'none'}")
    if isinstance(statement, Apply):
        fault = meant(run, fault, statement, frame, inputs=tensors, fewest=len(names), apply=lambda *shapes: shapes)
        report_fault(run, frame, fault, statement, frame.prefix + local)
    else:
        fault.fix = f"name them under `inputs:`, {len(names)} in all"
        report(run, frame, fault, use.span)
    return False


def is_too_deep(run: Run, use: BlockUse, frame: Frame) -> bool:
    """Whether a block (or file) lies in itself, or in too many others; that is reported."""
    if (use.program, use.block) in run.stack:
        name = use.name if use.block else use.program.source.filename
        fault = Fault("CS207", f"{name} uses itself; recursion cannot be expanded", fix="use `repeat:` or `for:`")
    elif len(run.stack) >= DEEPEST_BLOCKS:
        fault = Fault("CS007", f"blocks nested more than {DEEPEST_BLOCKS} deep")
    else:
        return False
    report(run, frame, fault, use.span)
    return True


def run_or_recall(
    run: Run, use: BlockUse, tensors: tuple[Tensor, ...], local: str, into: Frame, sharing: Frame | None
) -> Binding:
    """A use that has run, or was recalled.

    What a use of a block gives depends on the parts of `key` alone, and on what `Shared`, ``until:`` and
    ``trainable: {from: ...}`` do to it from outside: a use that they touch is run every time, as an include.
    """
    if use.block is None or sharing is not None or into.gates or run.until:
        return run_inside(run, use, tensors, local, into, sharing)
    given = repr(use.parameters), use.file.text, use.trainable, use.checkpoint
    key = (use.block, into.scopes, local, *given, into.checkpoint)
    return recalled(run, key, use, into, tensors, lambda: run_inside(run, use, tensors, local, into, None))[0]


def recalled(
    run: Run,
    key: tuple[Any, ...],
    to: BlockUse,
    into: Frame,
    tensors: tuple[Tensor, ...],
    make: Callable[[], Binding],
) -> tuple[Binding, Memo | None]:
    """What a use gives that is what it was before, in this file or in another; it is made where none was.

    With it comes `KnownUse.in_common`; None where it is not kept for others.

    A use that includes a file, that has something to report or whose fields take work is run every time.
    """
    builder, work, fields = run.builder, run.work, run.builder.field_work
    phases = fields.left
    first, steps, reports, left, shapes = len(builder.nodes), run.steps, run.reports, work.left, len(work.shapes)
    inputs = tuple([(each.name, each.row, each.dtype) for each in tensors])
    key = (*key, run.dialect, builder.dtype, builder.batch, len(into.uses), inputs, first)
    known = USES.find(key, tensors)
    if known is not None and steps + known.steps <= MOST_STEPS and left >= known.spent:
        try:
            use = known.at(to, into, tensors, builder)
        except (Fault, HangsOnMoreError):
            fields.left = phases
        else:
            if isinstance(use.nodes, Nodes):
                builder.alike = use.nodes
            else:
                builder.nodes += use.nodes
            work.shapes += use.shapes
            run.steps += use.steps
            work.left -= use.spent
            if to.block is not None and fields.left == phases > 0:
                USES.keep(key, use)
            return use.binding, use.in_common
    stated, batch = len(builder.inputs), builder.batch
    binding = make()
    unchanged = (run.reports, len(builder.inputs), builder.batch) == (reports, stated, batch)
    if not unchanged or not fields.left == phases > 0 or len(builder.nodes) - first > LARGEST:
        return binding, None
    nodes, read = builder.nodes[first:], work.shapes[shapes:]
    cost = run.steps - steps, left - work.left
    made = KnownUse(to.program, (*into.uses, *to.use), tensors, binding, nodes, *cost, read, [], Memo())
    USES.keep(key, made)
    return binding, made.in_common


def run_inside(
    run: Run, use: BlockUse, tensors: tuple[Tensor, ...], local: str, into: Frame, sharing: Frame | None
) -> Binding:
    """Run a block or an included file in a frame of its own."""
    prefix = f"{into.prefix}{local}/"
    inner = Frame(
        use.program,
        {**use.file.values, **use.parameters},
        use.file,
        (use.block or use.program).explicit_names,
        into.work,
        into.channels_last,
        prefix,
        scopes=(*into.scopes, Scope(local, use.name)),
        uses=(*into.uses, *use.use),
        trainable=use.trainable,
        checkpoint=into.checkpoint or (prefix if use.checkpoint else None),
        gates=into.gates,
        sharing=sharing,
    )
    for name, tensor in zip(use.inputs, tensors, strict=True):
        inner.layers[0][name] = Binding((tensor,))
    run.stack.append((use.program, use.block))
    depth = len(run.stack)
    step(run, into, use.span, depth**2 - 1 + len(inner.values) // COPIED)
    try:
        if use.block is None:
            run_file(run, use, inner, into, tensors)
        else:
            inner.outputs = run.body(run, use.block.body, inner, tensors[:1]) or ()
    finally:
        del run.stack[depth - 1 :]
    inner.values = use.file.values  # what has run is read by its names alone
    inner.counters, inner.repeats, inner.taken = NO_COUNTS, NO_COUNTS, NO_NAMES
    return Binding(inner.outputs, UseOrigin(Deferred(lambda: inner), use))


def run_file(run: Run, use: BlockUse, inner: Frame, into: Frame, tensors: tuple[Tensor, ...]) -> None:
    """Run an included file in its frame, up to `until:`, and frozen up to where ``trainable: {from: ...}`` says.

    Its outputs are those that it declares, else its last entry's; its heads of training stay such heads.
    """
    statement, program = use.statement, use.program
    assert isinstance(statement, Include)
    start, end = statement.trainable_from, statement.until
    gate = FreezeUntil(inner.prefix + start.path) if start else None
    if gate:
        inner.gates = (*inner.gates, gate)
    until = inner.prefix + end.path if end else None
    if until is not None:
        run.until.add(until)
    elif first_beyond(program) is not None:
        refuse_steps(run, into, statement.span)
    try:
        inner.outputs = run.body(run, program.body, inner, tensors[:1]) or ()
        run.included_training_outputs += declared(run, program.training_outputs, inner)
        if program.outputs:
            inner.outputs = tuple(declared(run, program.outputs, inner))
        if end:
            report_no_layer(run, statement, inner, end, into)
            inner.outputs = tuple(failed_tensor(tensor.name) for tensor in inner.outputs)
    except Reached as reached:
        if reached.path != until:
            raise
        inner.outputs = reached.binding.tensors
    finally:
        run.until.discard(until or "")
    if start and gate and not gate.is_open:
        report_no_layer(run, statement, inner, start, into)


def report_no_layer(run: Run, statement: Include, inner: Frame, wanted: LayerName, into: Frame) -> None:
    """Report that an included file has no layer of a name."""
    close = into.work.spelling.nearest(wanted.path, inner.members, inner.layers[0])
    fix = did_you_mean(close, f"`cnnshape plan {statement.target} --expand` lists its layers")
    report(run, into, Fault("CS201", f"{statement.target} has no layer {wanted.path!r}", fix=fix), wanted.span)
