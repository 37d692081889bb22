"""Functions of TensorFlow, which Keras 2 writes into a graph, as those of `keras.ops`."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from cnnshape.readers.keras.config import Call
from cnnshape.readers.keras.layers import UnknownLayerError

NAMES = {
    "truediv": "true_divide",
    "sub": "subtract",
    "mul": "multiply",
    "div": "divide",
    "floordiv": "floor_divide",
    "pow": "power",
    "neg": "negative",
    "getitem": "get_item",
    "concat": "concatenate",
    "reduce_mean": "mean",
    "reduce_sum": "sum",
    "reduce_max": "max",
    "reduce_min": "min",
    "reduce_prod": "prod",
    "linalg_matmul": "matmul",
    "gather": "take",
    "clip_by_value": "clip",
}
"""What functions are called in `keras.ops`, where that is otherwise."""

ARGUMENTS = {
    "get_item": {"slice_spec": "key"},
    "one_hot": {"depth": "num_classes"},
    "pad": {"paddings": "pad_width"},
    "reshape": {"shape": "newshape"},
    "split": {"num_or_size_splits": "indices_or_sections"},
    "tile": {"multiples": "repeats"},
    "transpose": {"perm": "axes"},
    "clip": {"clip_value_min": "x_min", "clip_value_max": "x_max"},
}
"""What their arguments are called there, by the names there."""

SECOND = ("y", "b")
"""Names of a second tensor."""

EXCHANGED = ("transpose_a", "transpose_b", "adjoint_a", "adjoint_b")
"""Arguments of `tf.linalg.matmul` that exchange axes before."""


def name_of(function: Any) -> str:
    """``multiply`` of ``math.multiply``."""
    name = str(function).rpartition(".")[2]
    return NAMES.get(name, name)


def translated(name: str, call: Call) -> Call:
    """A call of a function of TensorFlow as one of the function of that name in `keras.ops`.

    Raises:
        UnknownLayerError: it does what that one does not.
    """
    if any(call.keywords.get(each) for each in EXCHANGED):
        raise UnknownLayerError("it exchanges axes before it multiplies")
    names = ARGUMENTS.get(name, {})
    given = {names.get(key, key): value for key, value in call.keywords.items() if key not in SECOND}
    given = {key: value for key, value in given.items() if key != "name" and key not in EXCHANGED}
    if name == "split" and isinstance(given.get("indices_or_sections"), list):
        given["indices_or_sections"] = list(accumulate(given["indices_or_sections"]))[:-1]
    second = [call.keywords[key] for key in SECOND if key in call.keywords]
    return call._replace(positional=(*call.positional, *second), keywords=given)
