"""``cnnshape dense``: a dense (linear) layer."""

from __future__ import annotations

from typing import Any

from cnnshape.cli.one_off import ACTIVATION, BIAS, COMMON, SHAPE, answer
from cnnshape.cli.option_parser import Declared, Option
from cnnshape.cli.settings import at_least_one
from cnnshape.studies.single_layer import dense, read_features

FEATURES = SHAPE._replace(help="Features: 2304 (one sample), or with the batch first: 10x2304, 10x49x64.")
UNITS = Option("units", ("-u", "--units", "--out-features"), "Output features.", at_least_one, "N", required=True)


def run(**values: Any) -> int:
    """Answer by the rules of Keras's Dense, or of PyTorch's Linear."""
    given = read_features(values["shape"])
    return answer(dense(**values), given, **values)


command = Declared(
    """A dense (linear) layer over the last axis: its output, parameters and cost.

    cnnshape dense 2304 --units 10
    """,
    (FEATURES, UNITS, BIAS, ACTIVATION, *(option for option in COMMON if option.name != "rank")),
    run,
)
