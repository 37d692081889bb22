"""A counterpart as a line of an explanation."""

from __future__ import annotations

from cnnshape.arithmetic.sizes import show
from cnnshape.explanations.steps import Step, number
from cnnshape.translation.answer import Counterpart
from cnnshape.vocabularies.vocabulary import title

VERDICTS = {
    "same": "the same",
    "other values": "the same shape, but other values",
    "other shape": "another shape",
    "none": "no counterpart",
}


def counterpart_step(other: Counterpart) -> Step:
    """The counterpart as a line of an explanation."""
    result = ""
    if other.output_shape is not None:
        params = f", {number(other.params)} parameters" if other.params else ""
        result = f"{show(other.output_shape)}{params}"
    verdict = VERDICTS[other.verdict]
    return Step(
        f"in {title(other.framework)}", other.layer, "", result, f"{verdict}: {other.note}" if other.note else verdict
    )
