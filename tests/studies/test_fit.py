"""The largest batch that trains within so much memory."""

from __future__ import annotations

import pytest

import cnnshape
from cnnshape.api import UsageError
from cnnshape.network.plan import Plan
from cnnshape.studies.fit import LARGEST, LEFT_OUT, Cost, Fit, UnknownCostError, gpus, largest_batch

MIB = 1024**2
LAYERS = ["Conv2d(3, 8, 3, padding=1)", "ReLU()", "flatten(1)", "Linear(2048, 4)"]


def planner(batch: int) -> Plan:
    return cnnshape.plan({"framework": "pytorch", "input": [3, 16, 16], "layers": LAYERS}, batch=batch)


@pytest.mark.parametrize("memory", [400_000, MIB, 17 * MIB, 300 * MIB])
def test_the_largest_batch_fits_and_the_next_does_not(memory):
    fit = largest_batch(planner, memory)
    assert fit.best is not None
    assert fit.next is not None
    assert fit.next.batch == fit.best.batch + 1
    assert fit.best.bytes <= memory < fit.next.bytes
    totals = planner(fit.best.batch).totals
    assert totals is not None
    assert fit.best.bytes == totals.peak_training_bytes


def test_a_batch_that_takes_exactly_what_there_is_fits():
    totals = planner(7).totals
    assert totals is not None
    fit = largest_batch(planner, totals.peak_training_bytes or 0)
    assert fit.best is not None
    assert fit.best.batch == 7


def test_not_even_one_sample():
    fit = largest_batch(planner, 1000)
    assert (fit.best, fit.next and fit.next.batch, fit.limit) == (None, 1, "parameters")
    assert fit.to_dict()["batch"] is None


def test_the_search_ends():
    fit = largest_batch(planner, 10**18)
    assert (fit.best and fit.best.batch, fit.next) == (LARGEST, None)


def test_a_file_that_takes_no_larger_batch_limits_it():
    def until_12(batch):
        if batch > 12:
            raise UsageError("axis 0 of x is s77, 1 to 12")
        return planner(batch)

    fit = largest_batch(until_12, 1 << 40)
    assert (fit.best and fit.best.batch, fit.next, fit.limit) == (12, None, "file")


def test_what_limits_it():
    assert largest_batch(planner, 300 * MIB).limit == "activations"


def test_an_unknown_size_is_no_answer():
    def unknown(batch: int) -> Plan:
        return cnnshape.plan({"framework": "pytorch", "input": [3, None, None], "layers": LAYERS[:2]}, batch=batch)

    with pytest.raises(UnknownCostError):
        largest_batch(unknown, MIB)


def test_every_gpu_has_a_source():
    found = gpus()
    assert len({gpu.name for gpu in found}) == len(found) >= 12
    assert all(gpu.source.startswith("https://") and gpu.gib > 0 for gpu in found)
    assert [gpu.gib for gpu in found] == sorted(gpu.gib for gpu in found)


def test_the_answer_is_json():
    totals = planner(3).totals
    assert totals is not None
    cost = Cost(3, totals.training)
    assert Fit(MIB, cost, Cost(4, totals.training)).to_dict() == {
        "memory": MIB,
        "batch": 3,
        "peak_training_bytes": cost.bytes,
        "limit": "parameters" if cost.bytes < 2 * 4 * 4 * 8420 else "activations",
        "next": {"batch": 4, "peak_training_bytes": cost.bytes},
        "left_out": list(LEFT_OUT),
    }
