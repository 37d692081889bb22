"""A verification as a table: a line a row with what the run gave, then every difference, then the sum of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from cnnshape.reports.diagnostics.text import paint, visible
from cnnshape.reports.grid import Style, align_all
from cnnshape.reports.grid import render as grid
from cnnshape.reports.units import by_x, grouped
from cnnshape.studies.field_verdicts import FieldVerdict
from cnnshape.studies.verify import Difference, Proof, Verification

TITLES = ("", "Layer", "Type", "Output", "Params", "MACs", "Field")

NAMES = {"output_shapes": "output", "params": "parameters", "macs": "MACs", "receptive_field": "receptive field"}


def render(verification: Verification, style: Style) -> str:
    """The whole text."""
    rows = [line(proof, style) for proof in verification.proofs]
    wrong = frozenset(number for number, proof in enumerate(verification.proofs) if not proof.agrees)
    parts = [grid(TITLES, rows, align_all("llllrrl"), style, marked=wrong)]
    complaints = [text for proof in verification.wrong for text in differences(proof)]
    if complaints:
        parts.append("\n".join(paint(visible(text), "error", style.color) for text in complaints))
    parts.append(summary(verification, style))
    return "\n\n".join(parts)


def line(proof: Proof, style: Style) -> tuple[str, ...]:
    """One row of the table: the numbers of the run."""
    row, found = proof.row, proof.found
    mark = ("✓" if proof.agrees else "✗") if style.unicode else ("ok" if proof.agrees else "!!")
    if found is None:
        return (mark, row.name, row.type, "-", "-", "-", "")
    shapes = " ".join(by_x(shape) for shape in found.output_shapes)
    field = proof.field if proof.field and proof.field != "unseen" else ""
    return (mark, row.name, row.type, shapes, grouped(found.params), grouped(found.macs), field)


def differences(proof: Proof) -> Iterator[str]:
    """What the run contradicts, in words."""
    for difference in proof.differences:
        place = f", line {proof.row.line}" if proof.row.line else ""
        yield f"{proof.row.name} ({proof.row.type}{place}): {sentence(difference)}"


def sentence(difference: Difference) -> str:
    """`MACs: planned 2835, the run gives 2520`."""
    if difference.quantity == "run":
        return f"cannot be run: {difference.found}"
    name = NAMES.get(difference.quantity, difference.quantity)
    if difference.quantity == "receptive_field" and isinstance(difference.found, str):
        return f"{name}: {difference.found}"
    return f"{name}: planned {written(difference.planned)}, the run gives {written(difference.found)}"


def written(value: Any) -> str:
    """Shapes and counts as people read them."""
    if isinstance(value, tuple):
        return " ".join(by_x(shape) for shape in value)
    if isinstance(value, int) or value is None:
        return grouped(value)
    return str(value)


def summary(verification: Verification, style: Style) -> str:
    """How many rows agree, and what about their fields is known."""
    proofs = verification.proofs
    inputs = ", ".join(f"{visible(name)} {by_x(shape)}" for name, shape in verification.plan.inputs.items())
    run = f"run on {inputs}, seed {verification.seed}"
    if verification.agrees:
        found = [proof.found for proof in proofs if proof.found]
        params, macs = sum(each.params for each in found), sum(each.macs for each in found)
        text = (
            f"{len(proofs)} {'row agrees' if len(proofs) == 1 else 'rows agree'} with the {run}: "
            f"{grouped(params)} parameters and {grouped(macs)} MACs counted"
        )
    else:
        text = f"{len(verification.wrong)} of {len(proofs)} rows disagree with the {run}"
    lines = [paint(text, "bold", style.color)]
    if verification.left_open:
        lines.append(f"not proven, for want of time (--timeout): {visible(verification.left_open)}")
    fields: Counter[FieldVerdict] = Counter(proof.field for proof in proofs if proof.field and proof.field != "unseen")
    if fields:
        told = ", ".join(f"{count} {EXPLAINED[verdict]}" for verdict in EXPLAINED if (count := fields[verdict]))
        pixels = f"{verification.probes} pixel{'s' * (verification.probes != 1)}"
        lines.append(f"receptive fields, probed with {pixels}: {told}")
    return "\n".join(lines)


EXPLAINED: dict[FieldVerdict, str] = {
    "proven": "proven to the pixel",
    "contained": "not exceeded (their edges lie outside the input)",
    "at least": "at least as planned (the plan states a lower bound)",
    "global": "global",
    "wrong": "wrong",
}
