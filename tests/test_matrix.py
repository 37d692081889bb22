"""The matrix of layers and facets: no cell is empty without a stated reason.

Run ``pytest tests/test_matrix.py -s`` to see it. Facets: *shapes* were observed in the framework, *values* too, a
*kernel* of the reference forward pass computes it, its arguments are *described* for editors; what is claimed of its
equal in the other framework was *translated* and run in both, what PyTorch's *counters* make of it was asked, and what
its autograd has *kept* of it; every count of it is *explained*.
"""

from __future__ import annotations

import gzip
import json
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cnnshape.diagnostics import Fault
from cnnshape.explanations import explain
from cnnshape.reference.registry import KERNELS, NOT_RUN
from cnnshape.studies.counting import NOT_COUNTED
from cnnshape.translation.conversion import counterpart
from cnnshape.vocabularies.keras import LAYERS
from cnnshape.vocabularies.layer import Faults, bind, model_of
from cnnshape.vocabularies.vocabulary import FRAMEWORKS, Framework, LayerType, vocabulary
from tests.vocabularies.observed import operation_of, rows
from tests.vocabularies.test_saved_tensors import NOT_RECORDED

DATA = Path(__file__).parent / "data"
FACETS = ("shapes", "values", "kernel", "described", "translated", "counters", "kept", "explained")

MODULES = {framework: rows(f"{framework}_modules.jsonl.gz") for framework in FRAMEWORKS}
MOST_ASKED = 30
"""Observed cases of a layer for which its equal is asked."""

OURS = "ours: the tutorial's third pooling; its windows are those of max pooling, its values are tested by hand"
LAZY = "PyTorch turns it into the plain module, whose values are observed"
PART = "a parameter of torchvision's ConvNeXt block, no module of its own; its totals are in the zoo's tables"
DESCRIBED = "ours: it is what its author says; tests/network/test_real_networks.py"
SYNONYM = "another name of a function that was asked about"
OWN_WAY = "a counter (fvcore) fails on it by the values that it reads: `count_like` says that it is not known"
CONSTANT = "a constant, which reads nothing"
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
        (framework, name): dict.fromkeys(("values", "kernel"), why)
        for framework in NOT_RUN
        for name, why in NOT_RUN[framework].items()
    },
    ("keras", "StackedRNNCells"): dict.fromkeys(FACETS[:3], "it runs in RNN, whose rows have it"),
    **{("pytorch", name): {"counters": OWN_WAY} for name in NOT_COUNTED},
    ("pytorch", "gumbel_softmax"): {"values": "random"},
    **{("pytorch", name): {"counters": CONSTANT} for name in ("ones", "zeros", "arange")},
    ("pytorch", "MultiScaleRoIAlign"): dict.fromkeys(("values", "kernel", "counters"), "needs the sizes of images"),
    **{
        (framework, name): dict.fromkeys(("shapes", "values", "counters", *more), DESCRIBED)
        for framework in FRAMEWORKS
        for name, more in (("Layer", ("kernel",)), ("Parameter", ()))
    },
    ("keras", "Lambda"): dict.fromkeys(FACETS[:3], DESCRIBED),
    ("pytorch", "LayerScale"): {"shapes": PART, "values": PART, "counters": PART},
    **{
        ("pytorch", name): {"counters": SYNONYM} for name in ("concat", "concatenate", "divide", "multiply", "subtract")
    },
    ("pytorch", "rsub"): {"counters": "counted as `sub`, which was asked about"},
    ("pytorch", "SyncBatchNorm"): {"values": "PyTorch runs it on accelerators only; batch norm's values are observed"},
}


@cache
def observed(framework: Framework) -> dict[str, set[str]]:
    """The names of which shapes, and of which values, were recorded."""
    values = {
        json.loads(line)["layer"]
        for name in (framework, f"observed_{framework}", f"called_{framework}")
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


@cache
def calls(framework: Framework) -> dict[str, list[tuple[dict[str, Any], list[Any]]]]:
    """Observed arguments and inputs of every layer, by its name."""
    found: dict[str, list[tuple[dict[str, Any], list[Any]]]] = {}
    files = [DATA / f"{framework}_{name}.jsonl.gz" for name in ("layers", "more_layers", "operators")]
    texts = [gzip.decompress(file.read_bytes()).decode() for file in files if file.exists()]
    texts.append((DATA / "forward" / f"observed_{framework}.jsonl").read_text(encoding="utf-8"))
    for row in map(json.loads, "".join(texts).splitlines()):
        if not row.get("error"):
            inputs = row.get("input") or row["inputs"]
            shapes = inputs if isinstance(inputs[0], list) else [inputs]
            found.setdefault(row["layer"], []).append((row["config"], shapes))
    return found


@cache
def translated() -> set[tuple[str, str]]:
    """The layers whose counterparts both frameworks have run."""
    records = json.loads((DATA / "counterparts.json").read_text(encoding="utf-8"))
    return {(framework, layer.partition("(")[0]) for framework, layer, *_ in records}


def is_claimed(kind: LayerType) -> bool:
    """Whether the translation names a layer of the other framework for some of what was observed."""
    for arguments, shapes in calls(kind.framework).get(kind.name, [])[:MOST_ASKED]:
        with suppress(Fault, Faults):
            operation = bind(kind, (), arguments).operation()
            other = counterpart(operation, kind.framework, *map(tuple, shapes), layer=kind.name, arguments=arguments)
            if other is not None and other.verdict != "none":
                return True
    return False


@cache
def counted() -> set[str]:
    """The layers that the counters were asked about."""
    lines = gzip.decompress((DATA / "counters.jsonl.gz").read_bytes()).decode().splitlines()
    asked = [json.loads(line)[0] for line in lines[1:]]
    return {call[0] for each in asked if isinstance(each, list) for call in each if isinstance(call, list)}


@cache
def kept() -> set[str]:
    """The layers of which it was seen what autograd keeps, or of which it is told why not."""
    lines = (DATA / "saved_tensors.jsonl").read_text(encoding="utf-8").splitlines()[1:]
    return {json.loads(line)["layer"] for line in lines} | set(NOT_RECORDED)


def is_explained(kind: LayerType) -> bool:
    """Whether a line stands for every count that is not 0, in some of what was observed."""
    found = [(each["call"], each["inputs"]) for each in MODULES[kind.framework].get(kind.name, []) if each["answer"][0]]
    cases = [(operation_of(kind.framework, call)[1], shapes) for call, shapes in found[::5]]
    for arguments, shapes in calls(kind.framework).get(kind.name, [])[:MOST_ASKED:5]:
        with suppress(Fault, Faults):
            cases.append((bind(kind, (), arguments).operation(), shapes))
    for operation, shapes in cases:
        with suppress(Fault):
            inputs = tuple(map(tuple, shapes))
            result = operation.apply(*inputs)
            told = {step.subject for step in explain(operation, result, *inputs)}
            counts = (("parameters", result.params), ("MACs", result.macs), ("FLOPs", result.flops))
            if any(count and subject not in told for subject, count in counts):
                return False
    return True


def cells(kind: LayerType) -> dict[str, bool]:
    """Which facets a layer has."""
    found = observed(kind.framework)
    return {
        "shapes": kind.name in found["shapes"],
        "values": kind.name in found["values"],
        "kernel": kind.name in KERNELS[kind.framework],
        "described": bool(model_of(kind).__doc__),
        "translated": (kind.framework, kind.name) in translated() or not is_claimed(kind),
        "counters": kind.framework == "pytorch" and kind.name in counted(),
        "kept": kind.framework == "pytorch" and kind.name in kept(),
        "explained": is_explained(kind),
    }


def reason(kind: LayerType, facet: str) -> str | None:
    """Why a cell is empty."""
    if facet == "values" and kind.name.startswith("Lazy"):
        return LAZY
    if facet == "counters" and kind.framework == "keras":
        return "they know modules of PyTorch alone"
    if facet == "kept" and kind.framework == "keras":
        return "its backends differ: the plan says a lower bound"
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
