"""Tensors as the interpreter meets them: their attributes, operators, indices. What it does not know, it asks here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import prod

from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.scopes import MISSING
from cnnshape.readers.python.torch.known import COMPUTED, computed, constant
from cnnshape.readers.python.values import (
    Class,
    Descriptor,
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

CPU = Symbol("cpu")
TENSOR = Class("Tensor", module="torch")
PARAMETER = Class("Parameter", (TENSOR,), module="torch.nn")


FORWARD = "forward"
KEEPS_UNREAD = True
"""Layers run whether or not anybody reads what they answer."""
REGISTERS = True
"""Weights belong to modules that register them, not to the rows that read them."""


def registry(m: Machine, root: Value, rows: object) -> tuple[dict[int, str], list[tuple[str, Parameter]]]:
    """The paths of the modules below a model, and of its weights."""
    from cnnshape.readers.python.torch.module import named_held, walk

    if not isinstance(root, Instance):
        return {}, []
    paths = {id(module): path for path, module in walk(m, root, "", set())}
    held = [pair for kind in ("_parameters", "_buffers") for pair in named_held(m, root, kind)]
    for path, each in held:
        each.name = each.name or path
    return paths, [pair for pair in held if isinstance(pair[1], Parameter)]


MODEL_MAKERS = frozenset({"Sequential", "resnet18", "resnet34", "resnet50", "create_model"})
"""Names of the library that make a model."""


def is_model_class(cls: Class) -> bool:
    """Whether objects of a class are modules."""
    from cnnshape.readers.python.torch.module import MODULE

    return cls.below(MODULE)


def is_model(value: Value) -> bool:
    """Whether a value is a module."""
    return isinstance(value, Instance) and is_model_class(value.cls)


def has_inputs(m: Machine, model: Value) -> bool:
    """Whether a model states its inputs itself."""
    return False


def run_model(m: Machine, model: Value, inputs: list[Tensor]) -> Value:
    """What a model answers."""
    from cnnshape.readers.python.calls import call

    if isinstance(model, Opaque):
        raise Stop("CS604", f"the model is {model.reason}, which is not known here")
    if not is_model(model):
        raise Stop("CS602", "this is no model: it makes no `nn.Module`")
    return call(m, model, list(inputs), {})


def class_of(m: Machine, is_parameter: bool) -> Class:
    """``type(x)``."""
    return PARAMETER if is_parameter else TENSOR


def size(m: Machine, tensor: Tensor, dim: Value = None) -> Value:
    """``x.shape``, or one of its sizes."""
    if tensor.shape is None:
        return m.opaque("the shape of a tensor") if tensor.unknown is None else tensor.unknown
    sizes = tuple(m.opaque("the size of an axis") if each is None else each for each in tensor.shape)
    if dim is None:
        return sizes
    if isinstance(dim, Opaque):
        return dim
    if not -len(sizes) <= dim < len(sizes):
        raise m.error("IndexError", f"dimension {dim} is out of range for a tensor of {len(sizes)} axes")
    return sizes[dim]


def number(m: Machine, tensor: Tensor) -> Value:
    """``int(x)``, ``x.item()``."""
    if isinstance(tensor.data, int | float):
        return tensor.data
    return m.opaque("the value of a tensor")


def elements(m: Machine, tensor: Tensor) -> Value:
    """``x.numel()``."""
    return m.opaque("the size of a tensor") if tensor.shape is None or None in tensor.shape else prod(tensor.shape)


def to_list(m: Machine, tensor: Tensor) -> Value:
    """``x.tolist()``."""
    return tensor.data if tensor.data is not None else m.opaque("the values of a tensor")


def grad(m: Machine, tensor: Tensor, requires_grad: bool = True) -> Tensor:
    """``requires_grad_``."""
    set_attribute(m, tensor, "requires_grad", requires_grad)
    return tensor


READ: dict[str, Callable[..., Value]] = {
    "shape": size,
    "ndim": lambda m, tensor: m.opaque("the rank") if tensor.shape is None else len(tensor.shape),
    "device": lambda m, tensor: CPU,
    "dtype": lambda m, tensor: Symbol(f"torch.{tensor.dtype}"),
    **dict.fromkeys(("data", "real", "imag"), lambda m, tensor: tensor),
    "grad": lambda m, tensor: None,
    "is_cuda": lambda m, tensor: False,
    "is_quantized": lambda m, tensor: False,
    "requires_grad": lambda m, tensor: tensor.trains if isinstance(tensor, Parameter) else False,
    "T": lambda m, tensor: m.tensors.function(m, "t", [tensor], {}),
    "mT": lambda m, tensor: m.tensors.function(m, "transpose", [tensor, -2, -1], {}),
    "H": lambda m, tensor: m.tensors.function(m, "t", [tensor], {}),
    "layout": lambda m, tensor: Symbol("torch.strided"),
    "is_leaf": lambda m, tensor: True,
    "__class__": lambda m, tensor: class_of(m, isinstance(tensor, Parameter)),
}
CALLED: dict[str, Callable[..., Value]] = {
    "size": size,
    "dim": READ["ndim"],
    "ndimension": READ["ndim"],
    "numel": elements,
    "nelement": elements,
    "item": number,
    "tolist": to_list,
    "numpy": lambda m, tensor: tensor,
    "is_floating_point": lambda m, tensor: True,
    "is_contiguous": lambda m, tensor, *_, **__: True,
    "stride": lambda m, tensor, *_: m.opaque("the strides of a tensor"),
    "get_device": lambda m, tensor: -1,
    "requires_grad_": grad,
    "backward": lambda m, tensor, *_, **__: None,
    "__len__": lambda m, tensor: size(m, tensor, 0),
}


METHODS = {"unfold": "windowed"}
"""Methods that mean something else than the function of their name."""


def get_attribute(m: Machine, tensor: Tensor, name: str) -> Value:
    """``x.name``: what every tensor has, else the function of that name with it as its first argument."""
    if name in READ:
        return READ[name](m, tensor)
    if name in CALLED:
        return Method(tensor, Native(name, CALLED[name]))
    if name.startswith("_"):
        return MISSING

    word = METHODS.get(name, name)

    def run(m: Machine, *positional: Value, **keywords: Value) -> Value:
        return function(m, word, list(positional), dict(keywords))

    return Method(tensor, Native(name, run))


def set_attribute(m: Machine, tensor: Tensor, name: str, value: Value) -> None:
    """``x.name = value``: whether it trains; its values do not matter."""
    if name == "requires_grad" and isinstance(tensor, Parameter):
        if isinstance(value, Opaque):
            value.refuse()
        tensor.trains = bool(value)
    elif name == "data" and isinstance(value, Tensor):
        tensor.shape = value.shape


def function(m: Machine, name: str, positional: list[Value], keywords: dict[str, Value]) -> Value:
    """A function of PyTorch."""
    from cnnshape.readers.python.torch.functional import function as apply

    return apply(m, name, positional, keywords)


OPERATORS = {"truediv": "div", "invert": "logical_not", "pos": "positive"}


def operate(m: Machine, name: str, left: Value, right: Value, in_place: bool) -> Value:
    """``left OP right`` where one of them is a tensor; ``OP left`` where `right` is None."""
    word = OPERATORS.get(name, name)
    if right is None:
        return function(m, word, [left], {})
    if any(isinstance(each, str | list | dict | Instance) or each is None for each in (left, right)):
        raise m.error("TypeError", f"unsupported operand types for {name} with a tensor")
    for each in (left, right):
        if isinstance(each, Opaque):
            given = tuple(one for one in (left, right) if isinstance(one, Tensor))
            return m.trace.fail(m, word, given, each)
    if not isinstance(left, Tensor):
        known = computed(word, [left, right]) if word in COMPUTED else None
        if known is not None:
            return known
        return function(m, "exp", [right], {}) if word == "pow" else function(m, word, [right, left], {})
    return function(m, word, [left, right], {})


def get_item(m: Machine, tensor: Tensor, key: Value) -> Value:
    """``x[key]``."""
    from cnnshape.readers.python.torch.special import index

    if isinstance(tensor.data, list) and isinstance(key, int | slice):
        try:
            return constant(tensor.data[key])
        except IndexError as error:
            raise m.error("IndexError", str(error)) from None
    return index(m, tensor, key)


def set_item(m: Machine, tensor: Tensor, key: Value, value: Value) -> None:
    """``x[key] = value``: what is written flows on."""
    if isinstance(value, Tensor) and (value.row is not None or tensor.row is not None):
        from cnnshape.operations.tensors import Written
        from cnnshape.readers.python.torch.functional import apply_operation

        result = apply_operation(m, "index_put", Written(), [tensor, value])[0]
        tensor.row, tensor.output = result.row, result.output


def unbind(m: Machine, tensor: Tensor) -> Iterable[Value]:
    """The tensors along the first axis."""
    from cnnshape.readers.python.torch.special import unbind as apart

    parts: Iterable[Value] = apart(m, tensor, 0)
    return parts


def identity(m: Machine, tensor: Tensor, module: Instance) -> Tensor:
    """The row of a module that hands on what it gets."""
    lowered = m.trace.builder.layer("Identity", [], {})
    from cnnshape.readers.python.torch.layers import folded

    return m.trace.apply(m, module.cls.name, folded(m, lowered, (tensor,)), (tensor,), module=module)[0]


def opaque_call(m: Machine, target: Opaque, positional: list[Value], keywords: dict[str, Value]) -> Value:
    """A call of something unknown: of tensors it is a row without a shape."""
    from cnnshape.readers.python.torch.functional import tensors_in

    given = tensors_in([*positional, *keywords.values()])
    if any(each.row is not None for each in given):
        return m.trace.fail(m, target.reason.strip("`").rpartition(".")[2] or "unknown", given, target)
    return Opaque(
        f"what {target.reason} answers" if not target.reason.startswith("what ") else target.reason, m.place()
    )


__all__ = ["Descriptor", "Stop"]
