"""A program to its `Plan`: walk, find what is live, count, check the promises."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from cnnshape.architecture.program import Program
from cnnshape.arithmetic.sizes import Dim, total
from cnnshape.diagnostics import Diagnostic
from cnnshape.planning.frames import Tensor
from cnnshape.planning.memory import bytes_of, kept_for_training, peak, storages
from cnnshape.planning.plan import Plan, Row, Totals, Training
from cnnshape.planning.run import Draft, Known, Loader, Settings, Walk
from cnnshape.planning.walker import walk

OPTIMIZER_SLOTS = {"sgd": 0, "momentum": 1, "adam": 2}
"""Values an optimizer keeps per trainable parameter."""


def plan_program(
    program: Program,
    settings: Settings,
    load: Loader,
    *,
    optimizer: str = "adam",
    known: dict[str, Known] | None = None,
) -> Plan:
    """The plan of a program; what is wrong with it is in its `diagnostics`, its rows go as far as they can.

    `known` is what earlier plans of the same program found out, by framework: what did not change is taken from there.
    """
    run = walk(program, settings, load, {} if known is None else known)
    outputs = [tensor for _, tensor in run.outputs]
    reached = reachable(run.drafts, outputs)
    training = reachable(run.drafts, [*outputs, *run.training_outputs]) if run.training_outputs else reached
    diagnostics = list(run.diagnostics)
    broken = any(finding.severity == "error" for finding in diagnostics)
    if not broken:
        diagnostics += [*unused_inputs(run, training), *dead_layers(run.drafts, training)]
    rows = tuple(finished_rows(run.drafts, reached, training))
    totals: Totals | None = None
    tensors: tuple[str, ...] = ()
    if not broken:
        totals, tensors = count(run, rows, reached, training, outputs, program.dtype, optimizer)
    result = Plan(
        program.name,
        run.framework,
        program.dtype,
        run.batch,
        program.source.filename,
        dict(run.inputs),
        {name: tensor.shape for name, tensor in run.outputs},
        rows,
        totals,
        tuple(sorted(diagnostics, key=lambda finding: finding.sort_key)),
        outputs[0].sight.field if outputs else None,
        tensors,
        (),
        run.sources,
        program.data_format or "channels_last",
    )
    if program.expect is None:
        return result
    from cnnshape.planning.expectations import check_expectations  # only files with promises need it

    return check_expectations(result, program)


def reachable(drafts: Sequence[Draft], tensors: Iterable[Tensor]) -> Sequence[int]:
    """The numbers of the rows that these tensors depend on, ascending: a row reads only rows above it."""
    reached = {tensor.row for tensor in tensors}
    for number in range(len(drafts) - 1, -1, -1):
        if number in reached:
            reached.update([tensor.row for tensor in drafts[number].inputs])
    reached.discard(-1)
    return range(len(drafts)) if len(reached) == len(drafts) else sorted(reached)


def finished_rows(drafts: Sequence[Draft], reached: Sequence[int], training: Sequence[int]) -> list[Row]:
    """The rows, with those marked that no output depends on, or that only training runs."""
    rows = [draft.row for draft in drafts]
    if len(reached) < len(rows):
        live = set(training)
        for number in set(range(len(rows))).difference(reached):
            rows[number] = rows[number]._replace(live=number in live, training_only=number in live)
    return rows


def unused_inputs(run: Walk, live: Sequence[int]) -> list[Diagnostic]:
    """A warning for every input of the model that no output depends on."""
    read = {tensor for number in live for tensor in run.drafts[number].inputs if tensor.row < 0}
    read.update(tensor for _, tensor in run.outputs)
    return [
        Diagnostic(
            "CS211",
            f"no output depends on the input {name}",
            run.program.source.filename,
            span,
            fix=f"name it where it should be read, as in `Concatenate()(x, {name})`, or remove it"
            if run.framework == "keras"
            else f"name it where it should be read, as in `cat(dim=1)(x, {name})`, or remove it",
        )
        for name, _, span in run.program.inputs
        if read.isdisjoint(run.frame.layers[0][name].tensors)
    ]


def dead_layers(drafts: Sequence[Draft], live: Sequence[int]) -> list[Diagnostic]:
    """A warning for every row that reaches no output (one per place in the text)."""
    found: dict[Any, Diagnostic] = {}
    for number in sorted(set(range(len(drafts))).difference(live)):
        row = drafts[number].row
        found.setdefault(
            (row.filename, row.span),
            Diagnostic(
                "CS204",
                f"{row.name} reaches no output; it is left out of the totals",
                row.filename,
                row.span,
                row.name,
                "use its result, list it under `outputs:` or `training_outputs:`, or remove it",
                row.used_at,
            ),
        )
    return list(found.values())


def count(
    run: Walk,
    rows: Sequence[Row],
    reached: Sequence[int],
    training: Sequence[int],
    outputs: Sequence[Tensor],
    dtype: str,
    optimizer: str,
) -> tuple[Totals, tuple[str, ...]]:
    """The totals, and the tensors alive at the peak."""
    live = [rows[number] for number in training]
    inference = [rows[number] for number in reached] if training is not reached else live
    params = total([row.params for row in live])
    trainable = total([row.trainable_params for row in live])
    inputs = [tensor for binding in run.frame.layers[0].values() for tensor in binding.tensors if tensor.row < 0]
    found = storages(inputs, run.drafts, reached, set(outputs))
    top = peak(found, run.drafts, reached, dtype)
    if training is not reached:
        found = storages(inputs, run.drafts, training, set(outputs))
    kept = bytes_of(kept_for_training(found, run.drafts, training, outputs), dtype)
    weights = bytes_of(params, dtype)
    gradients = bytes_of(trainable, dtype)
    buffer_bytes = count_buffer_bytes(run.drafts, training, dtype)
    state = None if gradients is None else gradients * OPTIMIZER_SLOTS[optimizer]
    return (
        Totals(
            len(live),
            params,
            trainable,
            total([row.non_trainable_params for row in live]),
            total([row.buffers for row in live]),
            total([row.macs for row in inference]),
            total([row.flops for row in inference]),
            weights,
            buffer_bytes,
            top.size,
            top.layer,
            Training(
                optimizer,
                weights,
                gradients,
                state,
                kept,
                total((weights, buffer_bytes, gradients, state, kept)),
            ),
        ),
        top.tensors,
    )


def count_buffer_bytes(drafts: Sequence[Draft], live: Iterable[int], dtype: str) -> Dim:
    """Bytes of the buffers; `num_batches_tracked` is one int64 whatever the file's dtype."""
    owned = [drafts[number].answer for number in live if drafts[number].row.shared_with is None]
    answers = [answer for answer in owned if answer is not None and answer.buffers != 0]
    counters = sum([answer.counters for answer in answers])
    elements = total([answer.buffers for answer in answers])
    floats = None if elements is None else bytes_of(elements - counters, dtype)
    return None if floats is None else floats + 8 * counters
