"""A verification as JSON: per row what was planned, what the run gave, and where they differ."""

from __future__ import annotations

from typing import Any

from cnnshape.network.plan import plain
from cnnshape.studies.verify import Found, Proof, Verification

SCHEMA_VERSION = 1


def document(verification: Verification) -> dict[str, Any]:
    """The whole document."""
    plan = verification.plan
    return {
        "schema_version": SCHEMA_VERSION,
        "name": plan.name,
        "framework": plan.framework,
        "batch": plan.batch,
        "filename": plan.filename,
        "inputs": plain(plan.inputs),
        "seed": verification.seed,
        "probes": verification.probes,
        "agrees": verification.agrees,
        **({"left_open": verification.left_open} if verification.left_open else {}),
        "layers": [layer(proof) for proof in verification.proofs],
    }


def layer(proof: Proof) -> dict[str, Any]:
    """One row; `found` is null where it could not be run."""
    row = proof.row
    return {
        "name": row.name,
        "type": row.type,
        "agrees": proof.agrees,
        "planned": plain(Found(row.output_shapes, row.params or 0, row.buffers or 0, row.macs or 0)._asdict()),
        "found": proof.found and plain(proof.found._asdict()),
        "receptive_field": proof.field,
        "differences": [
            {"quantity": each.quantity, "planned": plain(each.planned), "found": plain(each.found)}
            for each in proof.differences
        ],
        "line": row.line,
    }
