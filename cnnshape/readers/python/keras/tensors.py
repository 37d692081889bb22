"""Tensors of Keras and TensorFlow as the interpreter meets them."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

from cnnshape.operations.tensors import Broadcast
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.scopes import MISSING
from cnnshape.readers.python.torch.tensors import opaque_call
from cnnshape.readers.python.trace import Row
from cnnshape.readers.python.values import (
    Class,
    Instance,
    Method,
    Native,
    Opaque,
    Parameter,
    Stop,
    Symbol,
    Tensor,
    Value,
)

FORWARD = "call"
MODEL_MAKERS = frozenset({"Sequential", "Model", "Functional"})
KEEPS_UNREAD = False
"""A model is what lies between its inputs and its outputs."""
REGISTERS = False
"""A layer has its weights when it has run."""
TENSOR = Class("KerasTensor", module="keras")


def class_of(m: Machine, is_parameter: bool) -> Class:
    """``type(x)``."""
    return TENSOR


def is_model_class(cls: Class) -> bool:
    """Whether objects of a class are models."""
    from cnnshape.readers.python.keras.models import MODEL

    return cls.below(MODEL)


def is_model(value: Value) -> bool:
    """Whether a value is a model."""
    return isinstance(value, Instance) and is_model_class(value.cls)


def has_inputs(m: Machine, model: Value) -> bool:
    """Whether a model states its inputs itself."""
    return isinstance(model, Instance) and ("outputs" in model.attributes or "__start__" in model.attributes)


def run_model(m: Machine, model: Value, inputs: list[Tensor]) -> Value:
    """What a model answers: of a graph its outputs, as they were made."""
    from cnnshape.readers.python.calls import call
    from cnnshape.readers.python.keras.models import through

    if isinstance(model, Opaque):
        raise Stop("CS604", f"the model is {model.reason}, which is not known here")
    if not is_model(model):
        from cnnshape.readers.python.keras.layers import LAYER

        if not (isinstance(model, Instance) and model.cls.below(LAYER)):
            raise Stop("CS602", "this is no model: it makes no `keras.Model`")
    if not inputs and "outputs" in model.attributes:
        return model.attributes["outputs"]
    if not inputs:
        return through(m, model, model.attributes["__start__"])
    if "__layers__" in model.attributes:
        return through(m, model, inputs[0])
    m.trace.root = model
    return call(m, model, list(inputs), {})


def registry(m: Machine, root: Value, rows: list[Row]) -> tuple[dict[int, str], list[tuple[str, Parameter]]]:
    """The names of layers, within those of the layers around them, and the weights that rows read."""
    paths: dict[int, str] = {}
    weights: dict[int, tuple[str, Parameter]] = {}
    for row in rows:
        path = ""
        for run in row.runs:
            if run.module is root:
                paths[id(root)] = ""
                continue
            name = run.module.attributes.get("name", run.module.cls.name)
            path = paths.setdefault(id(run.module), f"{path}/{name}" if path else name)
        if row.module is not None:
            name = row.module.attributes.get("name", row.module.cls.name)
            paths.setdefault(id(row.module), f"{path}/{name}" if path else name)
        for each in row.parameters:
            weights.setdefault(id(each), (each.name, each))
    return paths, list(weights.values())


def size(m: Machine, tensor: Tensor, dim: Value = None) -> Value:
    """``x.shape``: a size that is not known is None, as Keras has it."""
    if tensor.shape is None:
        return m.opaque("the shape of a tensor") if tensor.unknown is None else tensor.unknown
    return tensor.shape if dim is None else tensor.shape[dim]


def number(m: Machine, tensor: Tensor) -> Value:
    """``int(x)``."""
    return m.opaque("the value of a tensor")


def elements(m: Machine, tensor: Tensor) -> Value:
    """The number of elements."""
    known = tensor.shape is not None and None not in tensor.shape
    return prod(tensor.shape or ()) if known else m.opaque("the size of a tensor")


def get_attribute(m: Machine, tensor: Tensor, name: str) -> Value:
    """``x.shape``, ``x.dtype``, ``x.get_shape()``."""
    if name in ("shape", "_keras_shape"):
        return size(m, tensor)
    if name == "ndim":
        return m.opaque("the rank") if tensor.shape is None else len(tensor.shape)
    if name == "dtype":
        return tensor.dtype
    if name == "name":
        return "tensor"
    if name in ("get_shape", "as_list"):
        return Method(tensor, Native(name, lambda m, each: list(size(m, each))))
    if name in ("assign", "assign_add", "set_shape", "numpy"):
        return Method(tensor, Native(name, lambda m, each, *_: each))
    if name == "trainable":
        return isinstance(tensor, Parameter) and tensor.trains
    return MISSING


def set_attribute(m: Machine, tensor: Tensor, name: str, value: Value) -> None:
    """``weight.trainable = False``."""
    if name in ("trainable", "_trainable") and isinstance(tensor, Parameter):
        tensor.trains = bool(value)


def function(m: Machine, name: str, positional: list[Value], keywords: dict[str, Value]) -> Value:
    """A function of ``keras.ops``."""
    from cnnshape.readers.python.keras.functions import function as apply

    return apply(m, name, positional, keywords)


WORDS = {"add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "matmul": "matmul", "neg": "negative"}


def operate(m: Machine, name: str, left: Value, right: Value, in_place: bool) -> Value:
    """``left OP right`` where one of them is a tensor."""
    from cnnshape.readers.python.torch.functional import apply_operation

    for each in (left, right):
        if isinstance(each, Opaque):
            return m.trace.fail(m, name, tuple(one for one in (left, right) if isinstance(one, Tensor)), each)
    if right is None:
        return function(m, WORDS.get(name, name), [left], {})
    if name in WORDS:
        return function(m, WORDS[name], [left, right], {})
    if name == "pow":
        return function(m, "square", [left if isinstance(left, Tensor) else right], {})
    given = [each for each in (left, right) if isinstance(each, Tensor)]
    return apply_operation(m, name, Broadcast(), given)[0]


def get_item(m: Machine, tensor: Tensor, key: Value) -> Value:
    """``x[key]``."""
    from cnnshape.readers.python.torch.special import index

    return index(m, tensor, key)


def set_item(m: Machine, tensor: Tensor, key: Value, value: Value) -> None:
    """Tensors of Keras have no element assignment."""
    raise m.error("TypeError", "'KerasTensor' object does not support item assignment")


def unbind(m: Machine, tensor: Tensor) -> Iterable[Value]:
    """Tensors of Keras are not iterated."""
    raise m.error("TypeError", "Iterating over a symbolic KerasTensor is not supported.")


__all__ = ["Symbol", "opaque_call"]
