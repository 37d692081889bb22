"""What Keras says of tensors and models: attributes, operators, indices, and what a model is given and answers."""

from __future__ import annotations

from collections.abc import Iterable

from cnnshape.operations.tensors import Broadcast
from cnnshape.readers.python.keras.functions import function, reshape
from cnnshape.readers.python.keras.layers import Layer
from cnnshape.readers.python.keras.models import Model, through
from cnnshape.readers.python.keras.parts import frozen_of
from cnnshape.readers.python.language.values import Opaque, Parameter, Stop, Tensor, Value, changing, now, pairs
from cnnshape.readers.python.library.arrays import METHODS, array, is_data
from cnnshape.readers.python.noting.traced import sizes_of
from cnnshape.readers.python.rows.applying import apply_operation, tensors_in
from cnnshape.readers.python.rows.trace import Row
from cnnshape.readers.python.torch.making import computed, overwrite
from cnnshape.readers.python.torch.tensors import elements, get_item, number, opaque_call, rank

FORWARD = "call"
MODEL_MAKERS = frozenset({"Sequential", "Model", "Functional"})
MODEL = Model
"""What models are."""
KEEPS_UNREAD = False
"""A model is what lies between its inputs and its outputs."""
REGISTERS = False
"""A layer has its weights when it has run."""


def has_inputs(model: Value) -> bool:
    """Whether a model states its inputs itself."""
    return isinstance(model, Layer) and ("outputs" in vars(model) or "_start" in vars(model))


def run_model(model: Value, inputs: list[Tensor]) -> Value:
    """What a model answers: of a graph its outputs, as they were made."""
    if not isinstance(model, Layer):
        raise Stop("CS602", "this is no model: it makes no `keras.Model`")
    if not inputs and "outputs" in vars(model):
        return vars(model)["outputs"]
    if isinstance(model, Model) and "_layers" in vars(model):
        return through(model, inputs[0] if inputs else vars(model)["_start"])
    now().trace.root = model
    return model(*inputs)


def registry(root: Value, rows: list[Row]) -> tuple[dict[int, str], list[tuple[str, Parameter]]]:
    """The names of layers, within those of the layers around them, and the weights that rows read."""
    paths: dict[int, str] = {}
    weights: dict[int, tuple[str, Parameter]] = {}
    run = {id(row.module) for row in rows}
    for row in rows:
        path = ""
        for layer in (*(run.module for run in row.runs), *([row.module] if row.module is not None else [])):
            if layer is root and layer is not row.module:
                paths[id(root)] = ""
                continue
            for each in vars(layer).get("_weights", ()):
                weights.setdefault(id(each), (each.name, each))
            name = vars(layer).get("name", type(layer).__name__)
            path = paths.setdefault(id(layer), f"{path}/{name}" if path else name)
        for each in row.parameters:
            if each.kind == "told" and id(each.layer) not in run:
                raise changing("weights of a layer that does not run are not read")
            if each.kind != "parameter":  # that of a row of its own, or a variable of no layer
                continue
            weights.setdefault(id(each), (f"{path}/{each.name}" if path else each.name, each))
    return paths, list(weights.values())


def size(tensor: Tensor, dim: Value = None) -> Value:
    """``x.shape``: a size that is not known is None, as Keras has it."""
    if tensor.shape is None:
        return now().opaque("the shape of a tensor") if tensor.unknown is None else tensor.unknown
    sizes = sizes_of(tensor.shape)
    return sizes if dim is None else sizes[dim]


def get_attribute(tensor: Tensor, name: str) -> Value:
    """``x.shape``, ``x.dtype``, ``x.get_shape()``."""
    if name in ("shape", "_keras_shape"):
        return size(tensor)
    if name == "ndim":
        return rank(tensor)
    if name in ("get_shape", "as_list"):
        return lambda: list(size(tensor))
    if name in ("set_shape", "numpy"):
        return lambda *_: tensor
    if name in ASSIGNED:
        return lambda value, *_, **__: assigned(tensor, name, value)
    if name == "astype":
        return lambda dtype: function("cast", [tensor, dtype], {})
    if name == "reshape":
        return lambda *sizes: reshape(tensor, sizes[0] if isinstance(sizes[0], list | tuple) else sizes)
    if name == "trainable":
        return isinstance(tensor, Parameter) and tensor.trains
    if name in METHODS and is_data(tensor):
        return lambda *given, **options: METHODS[name](tensor, *given, **options)
    if name == "name":
        return name_of(tensor)
    if name in ("dtype", "__class__"):
        return {"dtype": tensor.dtype, "__class__": Tensor}[name]
    if isinstance(tensor, Parameter) and tensor.kind == "told":
        raise changing(f"`{name}` of a weight is not read")
    raise AttributeError(f"'KerasTensor' object has no attribute {name!r}")


ASSIGNED = pairs("assign assign assign_add add assign_sub sub")


def assigned(tensor: Tensor, name: str, value: Value) -> Tensor:
    """``variable.assign``: what it holds from here on, where that is known."""
    made = array(value if name == "assign" else operate(ASSIGNED[name], tensor, value))
    overwrite(tensor, None if isinstance(made, Opaque) else made)
    return tensor


def name_of(tensor: Tensor) -> Value:
    """A weight's name, or an input's; that of another tensor is numbered by all that Keras has made before."""
    if isinstance(tensor, Parameter):
        return tensor.name
    name = now().trace.inputs[tensor.output][0] if tensor.row == -1 else "input_layer"
    return now().opaque("the name of a tensor") if name.startswith("input_layer") else name


def lacks(tensor: Tensor, name: str) -> bool:
    """Keras's tensors say themselves what they do not have."""
    return False


def set_attribute(tensor: Tensor, name: str, value: Value) -> None:
    """``weight.trainable = False``."""
    if name in ("trainable", "_trainable") and isinstance(tensor, Parameter):
        if tensor.kind == "told":
            raise changing("weights of Keras's layers that are switched one by one are not read")
        tensor.trains = bool(value)


WORDS = pairs("add add sub subtract mul multiply truediv divide matmul matmul neg negative pow power abs abs")


def operate(name: str, left: Value, right: Value) -> Value:
    """``left OP right`` where one of them is a tensor; ``OP left`` where `right` is missing."""
    given = [each for each in (left, right) if isinstance(each, Tensor | Opaque | int | float)]
    unknown = next((each for each in given if isinstance(each, Opaque)), None)
    if unknown is not None:
        return now().trace.fail(name, tensors_in(given), unknown)
    known = computed(name, given, {})
    if known is not None or name in WORDS:
        return function(WORDS[name], given, {}) if known is None else known
    return apply_operation(name, Broadcast(whole=True), tensors_in(given))


def changed(tensor: Tensor, result: Value) -> Value:
    """``x += y``, of which `result` is the sum: another tensor."""
    return result


def set_item(tensor: Tensor, key: Value, value: Value) -> None:
    """Tensors of Keras have no element assignment; the values of arrays that have are not known."""
    if not is_data(tensor):
        raise TypeError("'KerasTensor' object does not support item assignment")


def unbind(tensor: Tensor) -> Iterable[Value]:
    """Tensors of Keras are not iterated."""
    raise TypeError("Iterating over a symbolic KerasTensor is not supported.")


__all__ = ["elements", "frozen_of", "get_item", "number", "opaque_call"]
