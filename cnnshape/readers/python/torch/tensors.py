"""What PyTorch says of tensors and models: attributes, operators, indices, and what a model is given and answers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import e, prod

from cnnshape.operations.tensors import Broadcast, Written
from cnnshape.readers.python.language.values import Opaque, Parameter, Stop, Symbol, Tensor, Value, now, pairs, words
from cnnshape.readers.python.library.arrays import Array
from cnnshape.readers.python.library.builtin import answers
from cnnshape.readers.python.noting.traced import sizes_of
from cnnshape.readers.python.rows.applying import apply_operation, tensors_in
from cnnshape.readers.python.rows.trace import UNNAMED
from cnnshape.readers.python.torch.functions import function, in_place
from cnnshape.readers.python.torch.making import Size, bases, computed, constant, detached, overwrite
from cnnshape.readers.python.torch.module import Module, held_by, walk
from cnnshape.readers.python.torch.special import index, unbind

CPU = Symbol("cpu")
FORWARD = "forward"
KEEPS_UNREAD = True
"""Layers run whether or not anybody reads what they answer."""
MODEL = Module
"""What models are."""
has_inputs = answers(False)
"""No model states its inputs itself."""
REGISTERS = True
"""Weights belong to modules that register them, not to the rows that read them."""
MODEL_MAKERS = frozenset({"Sequential", "create_model"})
"""Names of the library that make a model."""


def registry(root: Value, rows: object) -> tuple[dict[int, str], list[tuple[str, Parameter]]]:
    """The paths of the modules below a model, and of its weights."""
    if not isinstance(root, Module):
        return {}, []
    modules = list(walk(root))
    found = [pair for kind in ("_parameters", "_buffers") for pair in held_by(modules, kind)]
    found = [(path, each) for path, each in found if isinstance(each, Parameter)]
    for path, each in found:
        each.name = each.name or path
    return {id(module): path for path, module in modules}, found


def run_model(model: Value, inputs: list[Tensor]) -> Value:
    """What a model answers, in evaluation: modules with a `train` of their own are told so, as ``eval()`` does."""
    if not isinstance(model, Module):
        raise Stop("CS602", "this is no model: it makes no `nn.Module`")
    Module.train(model, False)
    for _, module in list(walk(model)):
        if type(module).train is not Module.train:
            module.train(False)
    return model(*inputs)


# ---------------------------------------------------------------------- attributes


def size(tensor: Tensor, dim: Value = None) -> Value:
    """``x.shape``, or one of its sizes."""
    if tensor.shape is None:
        return now().opaque("the shape of a tensor") if tensor.unknown is None else tensor.unknown
    sizes = Size(now().opaque("the size of an axis") if each is None else each for each in sizes_of(tensor.shape))
    if dim is None or isinstance(dim, Opaque):
        return sizes if dim is None else dim
    if not -len(sizes) <= dim < len(sizes):
        raise IndexError(f"dimension {dim} is out of range for a tensor of {len(sizes)} axes")
    return sizes[dim]


def rank(tensor: Tensor) -> Value:
    """``x.ndim``."""
    return now().opaque("the rank") if tensor.shape is None else len(tensor.shape)


def number(tensor: Tensor) -> Value:
    """``int(x)``, ``x.item()``."""
    known = tensor.data
    if known is not None and set(tensor.shape or ()) <= {1}:
        known = values(tensor)
        while isinstance(known, list):
            (known,) = known
    return known if isinstance(known, int | float) else now().opaque("the value of a tensor")


def values(tensor: Tensor) -> Value:
    """``x.tolist()``."""
    if tensor.data is None:
        return now().opaque("the values of a tensor")
    return tensor.data if isinstance(tensor.data, int | float) else tensor.data.tolist()


def elements(tensor: Tensor) -> Value:
    """``x.numel()``."""
    return now().opaque("the size of a tensor") if tensor.shape is None or None in tensor.shape else prod(tensor.shape)


def grad(tensor: Tensor, requires_grad: bool = True) -> Tensor:
    """``requires_grad_``."""
    set_attribute(tensor, "requires_grad", requires_grad)
    return tensor


READ: dict[str, Callable[[Tensor], Value]] = {
    "shape": size,
    "ndim": rank,
    "data": detached,
    "real": lambda tensor: function("real", [tensor], {}),
    "imag": lambda tensor: function("imag", [tensor], {}),
    **dict.fromkeys(("is_cuda", "is_quantized"), lambda tensor: False),
    **dict.fromkeys(("T", "H"), lambda tensor: function("t", [tensor], {})),
    "__class__": type,
    "device": lambda tensor: CPU,
    "grad": lambda tensor: None,
    "is_leaf": lambda tensor: True,
    "dtype": lambda tensor: Symbol(f"torch.{tensor.dtype}"),
    "layout": lambda tensor: Symbol("torch.strided"),
    "requires_grad": lambda tensor: isinstance(tensor, Parameter) and tensor.trains,
    "mT": lambda tensor: function("transpose", [tensor, -2, -1], {}),
}
CALLED: dict[str, Callable[..., Value]] = {
    "size": size,
    "item": number,
    **dict.fromkeys(("dim", "ndimension"), rank),
    **dict.fromkeys(("numel", "nelement"), elements),
    **dict.fromkeys(("is_floating_point", "is_contiguous"), lambda tensor, *_, **__: True),
    "requires_grad_": grad,
    "numpy": lambda tensor: tensor,
    "tolist": values,
    "stride": lambda tensor, *_: now().opaque("the strides of a tensor"),
    "get_device": lambda tensor: -1,
    "backward": lambda tensor, *_, **__: None,
    "__len__": lambda tensor: size(tensor, 0),
}
METHODS = {"unfold": "windowed"}
"""Methods that mean something else than the function of their name."""


def get_attribute(tensor: Tensor, name: str) -> Value:
    """``x.name``: what every tensor has, else the function of that name with it as its first argument."""
    if name in READ:
        return READ[name](tensor)
    if tensor.given is not None and name in tensor.given:
        return tensor.given[name]
    if name in CALLED:
        return partial(CALLED[name], tensor)
    if name.startswith("_"):
        raise AttributeError(f"'Tensor' object has no attribute {name!r}")
    return partial(method, METHODS.get(name, name), tensor)


def method(word: str, tensor: Tensor, *positional: Value, **keywords: Value) -> Value:
    """The function of that name with a tensor as its first argument."""
    return function(word, [tensor, *positional], keywords)


def set_attribute(tensor: Tensor, name: str, value: Value) -> None:
    """``x.name = value``: whether it trains; its values do not matter."""
    if name == "requires_grad" and isinstance(tensor, Parameter):
        tensor.trains = bool(value)
    elif name == "data" and isinstance(value, Tensor):
        tensor.shape, tensor.data = value.shape, value.data
    else:
        tensor.given = {**(tensor.given or {}), name: value}


def lacks(tensor: Tensor, name: str) -> bool:
    """Whether PyTorch's tensors have nothing of that name, of which any function is a method here."""
    from cnnshape.readers.python.library.offered import offered  # seldom

    known = name.startswith("__") or name in offered()["torch.Tensor"] or name in (tensor.given or ())
    return tensor.shape is not None and not known


# ---------------------------------------------------------------------- operators

OPERATORS = {"truediv": "div", "invert": "logical_not", "pos": "positive"}


def operate(name: str, left: Value, right: Value) -> Value:
    """``left OP right`` where one of them is a tensor; ``OP left`` where `right` is missing."""
    word = OPERATORS.get(name, name)
    given = [each for each in (left, right) if isinstance(each, Tensor | Opaque | int | float)]
    if name in ("neg", "pos", "invert", "abs"):
        return function(word, [left], {})
    if len(given) < 2:
        raise TypeError(f"unsupported operand types for {name} with a tensor")
    unknown = next((each for each in given if isinstance(each, Opaque)), None)
    if unknown is not None:
        return now().trace.fail(word, tensors_in(given), unknown)
    known = computed(word, given, {})
    if known is not None:
        return known
    if not isinstance(left, Tensor):
        return with_number_first(word, left, right)
    return function(word, given, {})


def changed(tensor: Tensor, result: Value) -> Value:
    """``x += y``, of which `result` is the sum: in place where others may have the elements in common."""
    return in_place(tensor, result) if tensor.data is not None or bases(tensor) else result


REFLECTED = {
    **{name: name for name in words("add mul eq ne logical_and logical_or logical_xor and or xor")},
    **pairs("sub rsub lt gt gt lt le ge ge le"),
}
"""Functions that do the same with their operands exchanged."""
POWERS = {2: "exp2", e: "exp"}


def with_number_first(word: str, number: Value, tensor: Tensor) -> Value:
    """``1 - x`` as PyTorch runs it: a number divided by a tensor is its reciprocal, times the number."""
    if word in REFLECTED:
        return function(REFLECTED[word], [tensor, number], {})
    if word == "div":
        return function("mul", [function("reciprocal", [tensor], {}), number], {})
    if word == "pow" and number in POWERS:
        return function(POWERS[number], [tensor], {})
    return apply_operation(f"{number} {word}", Broadcast(whole=True), [tensor])


def get_item(tensor: Tensor, key: Value) -> Value:
    """``x[key]``."""
    known = tensor.data[key] if isinstance(tensor.data, Array) else None
    return index(tensor, key) if known is None or isinstance(known, Opaque) else constant(known, tensor)


def set_item(tensor: Tensor, key: Value, value: Value) -> None:
    """``x[key] = value``: what is written flows on; of known values one may be replaced."""
    if isinstance(tensor.data, Array):
        known = value.data if isinstance(value, Tensor) else value
        chosen = key if getattr(key, "data", None) is None else key.data
        tensor.data[chosen] = now().opaque("an element of a tensor") if known is None else known
    else:
        overwrite(tensor, None)
    places = [each for each in tensors_in([key]) if each.row is not None]
    read = [tensor, *places, *([value] if isinstance(value, Tensor) else [])]
    if read[1:] and any(each.row is not None for each in read):
        result = apply_operation("index_put", Written(), read)
        tensor.row, tensor.output = result.row, result.output
        now().trace.watch(tensor)


def opaque_call(target: Opaque, positional: tuple[Value, ...], keywords: dict[str, Value]) -> Value:
    """A call of something unknown: of tensors it is a row without a shape."""
    given = tensors_in([*positional, *keywords.values()])
    if any(each.row is not None for each in given):
        return now().trace.fail(target.name.rpartition(".")[2] or UNNAMED, given, target)
    return now().opaque(target.reason if target.reason.startswith("what ") else f"what {target.reason} answers")


__all__ = ["unbind"]
