"""The matrix of layers and facets: no cell is empty without a stated reason.

Run ``pytest tests/test_matrix.py -s`` to see it. Facets: *shapes* were observed in the framework, *values* too, a
*kernel* of the reference forward pass computes it, its arguments are *described* for editors.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path

import pytest

from cnnshape.reference.registry import KERNELS, NOT_RUN
from cnnshape.vocabularies.keras import LAYERS
from cnnshape.vocabularies.layer import model_of
from cnnshape.vocabularies.vocabulary import FRAMEWORKS, Framework, LayerType, vocabulary

DATA = Path(__file__).parent / "data"
FACETS = ("shapes", "values", "kernel", "described")

OURS = "ours: the tutorial's third pooling; its windows are those of max pooling, its values are tested by hand"
LAZY = "PyTorch turns it into the plain module, whose values are observed"
PART = "a parameter of torchvision's ConvNeXt block, no module of its own; its totals are in the zoo's tables"
DESCRIBED = "ours: it is what its author says; tests/network/test_real_networks.py"
UNRUN = "the reference forward pass runs networks of convolutions"
REASONS: dict[tuple[str, str], dict[str, str]] = {
    ("keras", "SumPooling1D"): {"shapes": OURS, "values": OURS},
    ("keras", "SumPooling2D"): {"shapes": OURS, "values": OURS},
    ("keras", "SumPooling3D"): {"shapes": OURS, "values": OURS},
    ("keras", "InputLayer"): dict.fromkeys(("shapes", "values"), "states the input and makes no row"),
    **{
        ("keras", name): {"values": "at inference it is the identity"}
        for name in LAYERS["augmentation"]["Augmentation"]
    },
    **{
        (framework, name): dict.fromkeys(("values", "kernel"), UNRUN)
        for framework in NOT_RUN
        for name in NOT_RUN[framework]
    },
    ("keras", "StackedRNNCells"): {"shapes": "it runs in RNN, whose rows have it", "values": UNRUN, "kernel": UNRUN},
    **{
        (framework, name): dict.fromkeys(FACETS[:3], DESCRIBED)
        for framework in FRAMEWORKS
        for name in ("Layer", "Parameter")
    },
    ("pytorch", "LayerScale"): {"shapes": PART, "values": PART},
    ("pytorch", "SyncBatchNorm"): {"values": "PyTorch runs it on accelerators only; batch norm's values are observed"},
}


@cache
def observed(framework: Framework) -> dict[str, set[str]]:
    """The names of which shapes, and of which values, were recorded."""
    values = {
        json.loads(line)["layer"]
        for name in (framework, f"observed_{framework}")
        for line in (DATA / "forward" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    }
    shapes = set(values)
    recorded = ("layers", "more_layers", "recurrent_layers", "operators", "modules")
    files = [DATA / f"{framework}_{name}.jsonl.gz" for name in recorded]
    for file in filter(Path.exists, files):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                shapes.add(row["layer"] if isinstance(row, dict) else row[0])
    return {"shapes": shapes, "values": values}


def cells(kind: LayerType) -> dict[str, bool]:
    """Which facets a layer has."""
    found = observed(kind.framework)
    return {
        "shapes": kind.name in found["shapes"],
        "values": kind.name in found["values"],
        "kernel": kind.name in KERNELS[kind.framework],
        "described": bool(model_of(kind).__doc__),
    }


def reason(kind: LayerType, facet: str) -> str | None:
    """Why a cell is empty."""
    if facet == "values" and kind.name.startswith("Lazy"):
        return LAZY
    return REASONS.get((kind.framework, kind.name), {}).get(facet)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_no_cell_is_empty_without_a_reason(framework: Framework) -> None:
    empty = []
    for kind in vocabulary(framework).types.values():
        facets = cells(kind)
        print(f"{framework:8} {kind.name:28}", " ".join(name if facets[name] else "-" * len(name) for name in FACETS))
        empty += [f"{kind.name}: {name}" for name, full in facets.items() if not full and not reason(kind, name)]
    assert empty == []


def test_no_reason_stands_for_a_full_cell() -> None:
    stale = [
        f"{framework}/{name}: {facet}"
        for (framework, name), reasons in REASONS.items()
        for facet in reasons
        if cells(vocabulary(framework).types[name])[facet]  # type: ignore[arg-type]
    ]
    assert stale == []
