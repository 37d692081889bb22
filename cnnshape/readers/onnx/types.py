"""The types of what operators make."""

from __future__ import annotations

from collections.abc import Mapping

from cnnshape.readers.onnx.model import TYPES
from cnnshape.readers.onnx.operator import Operator

TRUTHS = "And Equal Greater GreaterOrEqual IsInf IsNaN Less LessOrEqual Not Or Xor"

FIXED = {
    **dict.fromkeys(TRUTHS.split(), "bool"),
    **dict.fromkeys(("ArgMax", "ArgMin", "NonMaxSuppression", "NonZero", "Shape", "Size"), "int64"),
    **dict.fromkeys(("ConvInteger", "MatMulInteger", "Multinomial"), "int32"),
    "DynamicQuantizeLinear": "int8",
}
"""Operators that always make one type."""

NUMBERS = {bool: "bool", int: "int64", float: "float32"}
"""The type that a number stands for where nothing else says it."""

LIKE = {"CastLike": 1, "DequantizeLinear": 1, "OneHot": 2, "QGemm": 8, "QLinearConv": 7, "QLinearMatMul": 7, "Where": 1}
"""The input whose type the output has, where that is not the first."""


def type_made(operator: Operator, types: Mapping[str, str]) -> str | None:
    """The type of an operator's outputs, by those of its inputs; None where it is not known."""
    fixed = FIXED.get(operator.type)
    if fixed:
        return fixed
    stated = operator.attribute("to", operator.attribute("dtype", operator.attribute("output_dtype")))
    if stated:
        return TYPES.get(stated)
    if operator.type == "ConstantOfShape":
        filling = operator.attribute("value")
        return "float32" if filling is None else NUMBERS.get(type(filling.reshape(-1)[0]))
    if operator.type == "QuantizeLinear":
        return types.get(operator.inputs[2], "int8") if operator.has(2) else "int8"
    place = LIKE.get(operator.type, 0)
    return types.get(operator.inputs[place]) if operator.has(place) else None
