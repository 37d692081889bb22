"""A program to its `Plan`: walk, find what is live, count, check the promises."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from cnnshape.architecture.program import Program
from cnnshape.arithmetic.sizes import Dim, total
from cnnshape.diagnostics import Diagnostic
from cnnshape.planning.fields import receptive_field
from cnnshape.planning.frames import Tensor
from cnnshape.planning.memory import Key, bytes_of, kept_for_training, key_of, peak, shape_elements, storages
from cnnshape.planning.plan import Plan, Row, Totals, Training
from cnnshape.planning.run import Draft, Loader, Settings, Walk
from cnnshape.planning.walker import walk

OPTIMIZER_SLOTS = {"sgd": 0, "momentum": 1, "adam": 2}
"""Values an optimizer keeps per trainable parameter."""


def plan_program(program: Program, settings: Settings, load: Loader, *, optimizer: str = "adam") -> Plan:
    """The plan of a program; what is wrong with it is in its `diagnostics`, its rows go as far as they can."""
    run = walk(program, settings, load)
    drafts = run.drafts
    outputs = [key_of(tensor) for _, tensor in run.outputs]
    reached = reachable(drafts, (tensor for _, tensor in run.outputs))
    training = reachable(drafts, run.training_outputs) | reached
    diagnostics = list(run.diagnostics)
    broken = any(finding.severity == "error" for finding in diagnostics)
    if not broken:
        diagnostics += dead_layers(drafts, training)
    dtype = program.dtype
    rows = tuple(row(draft, number in training, number not in reached, dtype) for number, draft in enumerate(drafts))
    totals: Totals | None = None
    tensors: tuple[str, ...] = ()
    if not broken:
        totals, tensors = count(run, rows, reached, training, outputs, dtype, optimizer)
    first = next((tensor for _, tensor in run.outputs), None)
    result = Plan(
        program.name,
        run.framework,
        dtype,
        run.batch,
        program.source.filename,
        dict(run.inputs),
        {name: tensor.shape for name, tensor in run.outputs},
        rows,
        totals,
        tuple(sorted(diagnostics, key=lambda finding: finding.sort_key)),
        receptive_field(first.views) if first else None,
        tensors,
        (),
        run.sources,
        program.data_format or "channels_last",
    )
    if program.expect is None:
        return result
    from cnnshape.planning.expectations import check_expectations  # only files with promises need it

    return check_expectations(result, program)


def reachable(drafts: Sequence[Draft], tensors: Iterable[Tensor]) -> set[int]:
    """The rows that these tensors depend on."""
    pending = [tensor.row for tensor in tensors if tensor.row >= 0]
    reached: set[int] = set()
    while pending:
        number = pending.pop()
        if number not in reached:
            reached.add(number)
            pending += [tensor.row for tensor in drafts[number].inputs if tensor.row >= 0]
    return reached


def dead_layers(drafts: Sequence[Draft], live: Collection[int]) -> list[Diagnostic]:
    """A warning for every row that reaches no output (one per place in the text)."""
    found: dict[Any, Diagnostic] = {}
    for number, draft in enumerate(drafts):
        if number not in live:
            found.setdefault(
                (draft.filename, draft.span),
                Diagnostic(
                    "CS204",
                    f"{draft.name} reaches no output; it is left out of the totals",
                    draft.filename,
                    draft.span,
                    draft.name,
                    "use its result, list it under `outputs:` or `training_outputs:`, or remove it",
                    draft.used_at,
                ),
            )
    return list(found.values())


def row(draft: Draft, live: bool, training_only: bool, dtype: str) -> Row:
    """The finished row of a draft."""
    result = draft.result
    if result is None:
        return Row(
            draft.name,
            draft.type,
            draft.arguments,
            tuple([tensor.name for tensor in draft.inputs]),
            tuple([tensor.shape for tensor in draft.inputs]),
            (),
            draft.output_names,
            *(None,) * 7,
            None,
            None,
            None,
            draft.trainable,
            draft.shared_with,
            draft.operator,
            live,
            live and training_only,
            draft.filename,
            draft.span,
            draft.used_at,
            draft.scopes,
            None,
            None,
            draft.extra,
        )
    params: Dim = 0
    trainable: Dim = 0
    buffers: Dim = 0
    if result.weights and draft.shared_with is None:
        params = result.params
        trainable = result.elements("trainable") if draft.trainable else 0
        buffers = result.elements("buffer")
    fixed = None if params is None or trainable is None else params - trainable
    return Row(
        draft.name,
        draft.type,
        draft.arguments,
        tuple([tensor.name for tensor in draft.inputs]),
        tuple([tensor.shape for tensor in draft.inputs]),
        result.outputs,
        draft.output_names,
        params,
        trainable,
        fixed,
        buffers,
        result.macs,
        result.flops,
        bytes_of(shape_elements(result.outputs), dtype),
        result.padding,
        result.leftover,
        receptive_field(draft.views),
        draft.trainable,
        draft.shared_with,
        draft.operator,
        live,
        live and training_only,
        draft.filename,
        draft.span,
        draft.used_at,
        draft.scopes,
        draft.operation,
        result,
        draft.extra,
    )


def count(
    run: Walk,
    rows: Sequence[Row],
    reached: set[int],
    training: set[int],
    outputs: Sequence[Key],
    dtype: str,
    optimizer: str,
) -> tuple[Totals, tuple[str, ...]]:
    """The totals, and the tensors alive at the peak."""
    live = [row for number, row in enumerate(rows) if number in training]
    inference = [row for number, row in enumerate(rows) if number in reached]
    params = total(row.params for row in live)
    trainable = total(row.trainable_params for row in live)
    buffers = total(row.buffers for row in live)
    inputs = [tensor for binding in run.frame.layers[0].values() for tensor in binding.tensors if tensor.row < 0]
    found = storages(inputs, run.drafts, reached, set(outputs))
    top = peak(found, run.drafts, reached, dtype)
    if training != reached:
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
            total(row.non_trainable_params for row in live),
            buffers,
            total(row.macs for row in inference),
            total(row.flops for row in inference),
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


def count_buffer_bytes(drafts: Sequence[Draft], live: Collection[int], dtype: str) -> Dim:
    """Bytes of the buffers; `num_batches_tracked` is one int64 whatever the file's dtype."""
    elements: Dim = 0
    counters = 0
    for number in live:
        draft = drafts[number]
        if draft.result is None or draft.shared_with is not None:
            continue
        for weight in draft.result.weights:
            if weight.kind != "buffer":
                continue
            if weight.name == "num_batches_tracked":
                counters += 1
            else:
                elements = total((elements, shape_elements((weight.shape,))))
    floats = bytes_of(elements, dtype)
    return None if floats is None else floats + 8 * counters
