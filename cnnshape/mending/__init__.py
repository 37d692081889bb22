"""What was probably meant: edits for findings whose correct text follows from the plan.

Where a fault's own rule knows the correct value (features, channels, groups, the name of a layer), the finding carries
its edit already; what takes the whole plan to know is found here, by the finding's code.
"""

from __future__ import annotations

from collections.abc import Callable

from cnnshape.diagnostics import Diagnostic
from cnnshape.mending import calls, merges, names
from cnnshape.network.plan import Plan

Mender = Callable[[Diagnostic, Plan], Diagnostic | None]

MENDERS: dict[str, tuple[Mender, ...]] = {
    "CS009": (names.correct,),
    "CS012": (calls.repair,),
    "CS107": (calls.repair,),
    "CS112": (names.correct,),
    "CS201": (names.correct,),
    "CS305": (merges.same_size, merges.crop),
    "CS402": (names.correct,),
}
"""What may mend the findings of a code, best first."""


def mended(plan: Plan) -> tuple[Diagnostic, ...]:
    """The plan's findings, those without an edit with one where it follows."""
    return tuple(mend(finding, plan) for finding in plan.diagnostics)


def mend(finding: Diagnostic, plan: Plan) -> Diagnostic:
    """The finding as the first of its code's menders leaves it that has something to say."""
    if finding.edits or finding.span is None or finding.filename != plan.filename:
        return finding
    found = (mender(finding, plan) for mender in MENDERS.get(finding.code, ()))
    return next((each for each in found if each is not None), finding)
