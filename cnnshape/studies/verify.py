"""Proving a plan: the network is really run, and every number that the plan states is compared with the run.

Shapes, parameters and multiplications come from one run on drawn values; receptive fields from further runs with a
NaN in a single input pixel (`cnnshape.studies.nan_probes`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cnnshape.arithmetic.sizes import Shape, product
from cnnshape.diagnostics import Fault
from cnnshape.network.fields import receptive_field
from cnnshape.network.on_tensors import on_tensors
from cnnshape.network.plan import Plan, Row
from cnnshape.network.spelled import Unwritable, spelled
from cnnshape.operations.applied import Applied, has_weights_elsewhere
from cnnshape.operations.worked import Stored, Worked
from cnnshape.operations.wrapping import PerStep
from cnnshape.reference.arrays import Array
from cnnshape.reference.execution import ForwardError, NotRunError
from cnnshape.reference.registry import KERNELS, NOT_RUN
from cnnshape.reference.run import Step, refuse_errors, refuse_unknown, steps, take_inputs
from cnnshape.studies.field_verdicts import FieldVerdict, misstated, verdict_of
from cnnshape.studies.nan_probes import Observed, Probing, Progress, observe_input, probed_inputs, probes_of
from cnnshape.studies.pace import OutOfTimeError, Pace, Work, work_of
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.layer import Faults, bind
from cnnshape.vocabularies.vocabulary import lookup


class Difference(NamedTuple):
    """A number of the plan that the run contradicts."""

    quantity: str
    planned: Any
    found: Any


class Found(NamedTuple):
    """What the run of a row gave; `macs` per sample."""

    output_shapes: tuple[Shape, ...]
    params: int
    buffers: int
    macs: int


@dataclass(frozen=True, slots=True)
class Proof:
    """A row, what its run gave, and where the two differ. `found` is None where it could not be run."""

    row: Row
    found: Found | None
    differences: tuple[Difference, ...]
    field: FieldVerdict | None = None

    @property
    def agrees(self) -> bool:
        """Whether the run confirms the row."""
        return not self.differences


@dataclass(frozen=True, slots=True)
class Verification:
    """A plan and the proofs of its rows, from the top to the row that was asked for or that could not be run."""

    plan: Plan
    seed: int
    proofs: tuple[Proof, ...]
    probes: int
    """The pixels that receptive fields were probed with."""
    left_open: str = ""
    """What there was no time for."""

    @property
    def agrees(self) -> bool:
        """Whether the run confirms the plan."""
        return all(proof.agrees for proof in self.proofs)

    @property
    def wrong(self) -> tuple[Proof, ...]:
        """The proofs that failed."""
        return tuple(proof for proof in self.proofs if not proof.agrees)


def verify(
    plan: Plan,
    *,
    layer: str | None = None,
    seed: int = 0,
    fields: bool = True,
    progress: Progress = lambda what, done, total: None,
    pace: Pace | None = None,
) -> Verification:
    """Run a plan and compare.

    Args:
        plan: a plan without errors, whose input sizes and batch are known.
        layer: only this row; those that it depends on are run as well.
        seed: inputs and weights are drawn from it.
        fields: whether to probe receptive fields, which takes as many runs as the largest jump has pixels.
        progress: is told what is being done.
        pace: what time there is; what it is not enough for is left open.

    Raises:
        ForwardError: the plan has errors, unknown sizes, a layer that no kernel runs, or no row of that name.
    """
    refuse_errors(plan)
    try:
        plan = spelled(plan)
    except Unwritable as error:
        raise ForwardError(f"the network cannot be run: {error}") from None
    fields = fields and not any(row.arguments.get("each_sample") for row in plan.layers)  # it sees no pixel of it
    refuse_unknown([] if layer is None else [layer], {row.name for row in plan.layers}, "row")
    last = last_row(plan, layer)
    refuse_unrun(plan, plan.layers[: last + 1])
    drawn: dict[str, Array] = {}
    proofs: list[Proof] = []
    silent: set[str] = set()
    pace = pace or Pace()
    walk = steps(plan, take_inputs(plan, {}, seed), seed=seed, drawn=drawn, draws=True)
    for number, row in enumerate(plan.layers[: last + 1]):
        progress("running the network", number, last + 1)
        try:
            pace.before(row, plan.batch or 1)
            step = next(walk)
        except OutOfTimeError:
            left_open = f"{last + 1 - number:,} of {last + 1:,} rows, from {row.name} on" + ", and fields" * fields
            return Verification(plan, seed, selected(proofs, layer), 0, left_open)
        except NotRunError as error:  # as of a layer without a kernel
            raise ForwardError(f"the network cannot be run: {row.name}: {error}") from None
        except ValueError as error:  # what a kernel says of tensors or arguments that do not fit
            proofs.append(Proof(row, None, (Difference("run", "runs", str(error)),)))
            return Verification(plan, seed, selected(proofs, layer), 0)
        if any(np.isnan(value).any() for value in step.outputs):
            silent.add(row.output_names[0])
        proofs.append(compare(row, step, plan.batch or 1))
    probes = 0
    left_open = ""
    if fields:
        observed: dict[str, Observed] = {}
        inputs, probing = probed_inputs(plan, last), Probing(plan, last, seed, drawn, progress, pace)
        try:
            for name in inputs:
                observed[name] = observe_input(probing, name)
        except OutOfTimeError:
            left_open = f"receptive fields of {', '.join(name for name in inputs if name not in observed)}"
        probes = sum(each.probes for each in observed.values())
        proofs = [with_field(proof, observed, silent) for proof in proofs]
    return Verification(plan, seed, selected(proofs, layer), probes, left_open)


def work_of_proof(plan: Plan, *, layer: str | None = None, fields: bool = True) -> Work:
    """What `verify` will take with these arguments."""
    last = last_row(plan, layer)
    probes = [probes_of(plan, name, last).number for name in probed_inputs(plan, last)] if fields else []
    return work_of(plan, plan.layers[: last + 1], probes)


def last_row(plan: Plan, layer: str | None) -> int:
    """The number of the last row to run: a module that is called again has several rows of its name."""
    named = [number for number, row in enumerate(plan.layers) if row.name == layer]
    return named[-1] if named else len(plan.layers) - 1


def selected(proofs: Sequence[Proof], layer: str | None) -> tuple[Proof, ...]:
    """All proofs; of a single layer its own, and those that failed before it."""
    return tuple(
        proof for proof in proofs if layer is None or proof.row.name == layer or (not proof.agrees and not proof.found)
    )


def refuse_unrun(plan: Plan, rows: Sequence[Row]) -> None:
    """Raise `ForwardError` for a layer that the forward pass has no kernel for: nothing is proven then."""
    missing = next((row for row in rows if row.failed or row.type not in KERNELS[plan.framework]), None)
    if missing is not None:
        why = NOT_RUN[plan.framework].get(missing.type, "it has no kernel")
        known = "its shape is unknown" if missing.failed else f"the forward pass does not run {missing.type}: {why}"
        raise ForwardError(f"the network cannot be run: {missing.name}: {known}")
    if timed := next((row for row in rows if row.operator and isinstance(row.operation, PerStep)), None):
        raise ForwardError(f"the network cannot be run: {timed.name}: the forward pass runs no function at every step")
    if untold := next((row for row in rows if is_untold(row)), None):
        told = "the plan does not have the constants that it is called with"
        raise ForwardError(f"the network cannot be run: {untold.name}: {untold.type}: {told}")
    if bare := next(filter(is_bare, rows), None):
        raise ForwardError(
            f"the network cannot be run: {bare.name}: the forward pass does not run functions of weights"
        )


def is_untold(row: Row) -> bool:
    """Whether a function of a file of Keras is more than its word on what the row reads."""
    if not isinstance(row.operation, Worked) or not row.type.startswith("ops."):
        return False
    with suppress(Fault, Faults):
        word = bind(lookup("keras", row.type), (), row.arguments)
        return on_tensors(word, [shape or () for shape in row.input_shapes]).result.outputs != row.output_shapes
    return True


def is_bare(row: Row) -> bool:
    """Whether a row is a function of weights that no row makes: the run has nothing to give it."""
    operation = row.operation
    return isinstance(operation, Applied) and operation.weightless and row.type.islower() and len(row.inputs) < 2


def compare(row: Row, step: Step, batch: int) -> Proof:
    """The plan's row beside its run on so many samples."""
    execution = step.execution
    shared = row.shared_with is not None
    of_the_file = isinstance(row.operation, Stored)  # weights count where a file reads them first, not here
    elsewhere = shared or (row.operation is not None and has_weights_elsewhere(row.operation))
    counted = row.result is not None and any(
        weight.name.endswith("num_batches_tracked") for weight in row.result.weights
    )
    buffers = [weight.size for weight in execution.weights if weight.buffer and (weight.listed or counted)]
    found = Found(
        tuple(value.shape for value in step.outputs),
        (row.params or 0) if of_the_file else beside(row, False) + (0 if elsewhere else execution.parameters),
        (row.buffers or 0) if of_the_file else beside(row, True) + (0 if elsewhere else sum(buffers)),
        execution.multiplications // batch,
    )
    stated = Found(row.output_shapes, row.params, row.buffers, row.macs)  # type: ignore[arg-type]
    differences = [
        Difference(quantity, planned, real)
        for quantity, planned, real in zip(Found._fields, stated, found, strict=True)
        if planned != real and planned is not None  # what is not known is not contradicted
    ]
    if execution.multiplications % batch:
        differences.append(Difference("macs", row.macs, f"{execution.multiplications} in a batch of {batch}"))
    return Proof(row, found, tuple(differences))


def beside(row: Row, buffers: bool) -> int:
    """The elements of the parameters, or buffers, that a row has beside those of its layer: no run draws them."""
    return sum(product(weight.shape) or 0 for weight in row.own if (weight.kind == "buffer") == buffers)


def with_field(proof: Proof, observations: Mapping[str, Observed], silent: set[str]) -> Proof:
    """The proof, with what the probes say of the row's receptive field."""
    row = proof.row
    stated = row.receptive_field
    observed = observations.get(stated.of) if stated else None
    if stated is None or observed is None or row.output_names[0] not in observed.reached:
        return proof
    derived = receptive_field(observed.claims[row.output_names[0]])
    found: Any = derived and derived.to_dict()
    if derived == stated:
        if row.output_names[0] in silent:
            return replace(proof, field="unseen")
        verdict, complaint = verdict_of(observed, row)
        found = complaint or misstated(observed, row)
        if not found:
            return replace(proof, field=verdict)
    difference = Difference("receptive_field", stated.to_dict(), found)
    return replace(proof, differences=(*proof.differences, difference), field="wrong")
