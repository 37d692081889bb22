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

WRITTEN = ("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer")
"""Classes of such nodes."""

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

    Raises `UnknownLayerError` where it does what that one does not.
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


ALIKE = """
Relu Relu6 Elu Selu Sigmoid Tanh Softmax Exp Log Sqrt Rsqrt Square Abs Sign Floor Ceil Erf Maximum Minimum
"""

OPERATORS: dict[str, tuple[str, tuple[str, ...], dict[str, str]]] = {
    **{name: (name.lower(), (), {}) for name in ALIKE.split()},
    **dict.fromkeys(("Add", "AddV2", "BiasAdd"), ("add", (), {})),
    "Sub": ("subtract", (), {}),
    "Mul": ("multiply", (), {}),
    "RealDiv": ("true_divide", (), {}),
    "Pow": ("power", (), {}),
    "Neg": ("negative", (), {}),
    **dict.fromkeys(("MatMul", "BatchMatMulV2"), ("matmul", (), {})),
    **{name: (name.lower(), ("", "axis"), {"keep_dims": "keepdims"}) for name in ("Mean", "Sum", "Max", "Min", "Prod")},
    "Reshape": ("reshape", ("", "newshape"), {}),
    "ExpandDims": ("expand_dims", ("", "axis"), {}),
    "Transpose": ("transpose", ("", "axes"), {}),
    "Squeeze": ("squeeze", (), {"squeeze_dims": "axis"}),
    **dict.fromkeys(("Pad", "PadV2", "MirrorPad"), ("pad", ("", "pad_width"), {})),
    "Tile": ("tile", ("", "repeats"), {}),
    "SplitV": ("split", ("", "num_or_size_splits", "axis"), {}),
    "ConcatV2": ("concatenate", (), {}),
    "StridedSlice": ("get_item", (), {}),
    **dict.fromkeys(("ResizeBilinear", "ResizeNearestNeighbor"), ("resize", ("", "size"), {})),
    "DepthToSpace": ("depth_to_space", (), {"block_size": "block_size"}),
    "SpaceToDepth": ("space_to_depth", (), {"block_size": "block_size"}),
}
"""Operators of TensorFlow's graph, which Keras wrote before 2.5: the function, its arguments by place, by attribute."""


def operator_of(config: dict[str, Any]) -> str | None:
    """The function of `keras.ops` that a TensorFlowOpLayer is; None where that is not known."""
    definition = config.get("node_def")
    operator = OPERATORS.get(str(definition.get("op"))) if isinstance(definition, dict) else None
    return operator and operator[0]


def call_of(config: dict[str, Any], call: Call) -> Call:
    """The call of an operator with its constants at their places and its attributes by their names."""
    definition = config["node_def"]
    name, places, attributes = OPERATORS[definition["op"]]
    given = list(call.positional[0]) if isinstance(call.positional[0], list) else [call.positional[0]]
    for place, value in sorted((int(place), value) for place, value in config.get("constants", {}).items()):
        given.insert(place, value)
    stated = {key: plain(value) for key, value in definition.get("attr", {}).items()}
    keywords = {ours: stated[theirs] for theirs, ours in attributes.items() if theirs in stated}
    if any(stated.get(each) for each in (*EXCHANGED, "adj_x", "adj_y")):
        raise UnknownLayerError("it exchanges axes before it multiplies")
    if name == "concatenate":
        return Call((given[:-1],), {"axis": given[-1]}, True)
    if name == "get_item":
        source, starts, ends, steps = given
        return Call((source,), {"key": indices(starts, ends, steps, stated)}, True)
    named = dict(zip(places, given, strict=False))
    named.pop("", None)
    return translated(name, Call(tuple(given[: len(given) - len(named)]), {**named, **keywords}, True))


def plain(value: Any) -> Any:
    """The value of an attribute, as the JSON of a protobuf states it."""
    match value:
        case {"list": {"i": list() as numbers}}:
            return [int(each) for each in numbers]
        case {"i": str() | int() as number}:
            return int(number)
        case {"b": bool() as flag}:
            return flag
    return None


def indices(starts: Any, ends: Any, steps: Any, masks: dict[str, Any]) -> list[Any]:
    """What a StridedSlice takes, of which masks say where a start or an end is left out, and what is a single index."""

    def has(mask: str, place: int) -> bool:
        return bool((masks.get(mask) or 0) >> place & 1)

    return [
        ...
        if has("ellipsis_mask", place)
        else None
        if has("new_axis_mask", place)
        else start
        if has("shrink_axis_mask", place)
        else slice(None if has("begin_mask", place) else start, None if has("end_mask", place) else end, step)
        for place, (start, end, step) in enumerate(zip(starts, ends, steps, strict=True))
    ]
