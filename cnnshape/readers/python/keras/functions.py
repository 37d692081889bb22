"""Functions of ``keras.ops`` and of TensorFlow, by the words of the vocabulary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnshape.operations.tensors import Broadcast
from cnnshape.readers.python.calls import call
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.torch.functional import apply, apply_operation, is_list_of_tensors, tensors_in
from cnnshape.readers.python.torch.known import COMPUTED
from cnnshape.readers.python.torch.making import arange
from cnnshape.readers.python.torch.special import index
from cnnshape.readers.python.values import Opaque, Stop, Symbol, Tensor, Value
from cnnshape.vocabularies.layer import model_of, positional_arguments
from cnnshape.vocabularies.vocabulary import vocabulary

TENSORFLOW = {
    "concat": "concatenate",
    "reduce_mean": "mean",
    "reduce_sum": "sum",
    "reduce_max": "max",
    "reduce_min": "min",
    "math.add": "add",
    "math.multiply": "multiply",
    "math.reduce_mean": "mean",
    "math.reduce_sum": "sum",
    "math.reduce_max": "max",
    "math.sigmoid": "sigmoid",
    "math.sqrt": "sqrt",
    "math.square": "square",
    "nn.relu": "relu",
    "nn.relu6": "relu6",
    "nn.elu": "elu",
    "nn.gelu": "gelu",
    "nn.leaky_relu": "leaky_relu",
    "nn.sigmoid": "sigmoid",
    "nn.silu": "silu",
    "nn.swish": "silu",
    "nn.softmax": "softmax",
    "nn.tanh": "tanh",
    "hard_sigmoid": "hard_sigmoid",
    "tf.concat": "concatenate",
    "permute_dimensions": "transpose",
    "clip_by_value": "clip",
    "pow": "square",
    "swish": "silu",
    "cast": "cast",
}
"""TensorFlow's and the backend's names of the functions of ``keras.ops``."""
SAME = frozenset({"cast", "convert_to_tensor", "identity", "stop_gradient", "convert_to_numpy", "ensure_shape"})
TENSORS = ("x", "x1", "x2", "inputs", "xs", "values", "tensors", "tensor", "input_tensor", "a", "b", "value", "array")
RENAMED = {
    "keep_dims": "keepdims",
    "keepdim": "keepdims",
    "perm": "axes",
    "num_or_size_splits": "indices_or_sections",
    "target_shape": "newshape",
    "shape": "newshape",
}


def known(name: str) -> bool:
    """Whether there is a function of that name."""
    word = TENSORFLOW.get(name, name)
    return word in SAME or word in OWN or f"ops.{word}" in vocabulary("keras").types


def function(m: Machine, name: str, positional: list[Value], keywords: dict[str, Value]) -> Value:
    """A function by its name, on tensors and arguments."""
    word = TENSORFLOW.get(name, name)
    keywords.pop("name", None)
    if word in OWN:
        return OWN[word](m, *positional, **keywords)
    if word in SAME:
        return positional[0] if positional else next(iter(keywords.values()))
    unknown = next((each for each in (*positional, *keywords.values()) if isinstance(each, Opaque)), None)
    given = tensors_in([*positional, *keywords.values()])
    if unknown is not None:
        return m.trace.fail(m, word, given, unknown)
    numbers_only = (
        COMPUTED.get(word) if positional and all(isinstance(each, int | float) for each in positional) else None
    )
    if numbers_only is not None:
        return numbers_only(*positional)
    kind = vocabulary("keras").types.get(f"ops.{word}")
    if kind is None:
        raise Stop("CS601", f"the function `{name}` is not known here")
    tensors: list[Tensor] = []
    rest: list[Value] = []
    numbers: dict[str, Value] = {}
    for number, each in enumerate(positional):
        if isinstance(each, Tensor):
            tensors.append(each)
        elif is_list_of_tensors(each):
            tensors.extend(each)
        elif word in BINARY and number < 2:
            numbers[f"x{number + 1}"] = each
        else:
            rest.append(each)
    for key in TENSORS:
        value: Any = keywords.get(key)
        if isinstance(value, Tensor) or is_list_of_tensors(value):
            del keywords[key]
            tensors.extend(value if isinstance(value, list | tuple) else [value])
    names = set(positional_arguments(model_of(kind)))
    renamed = {key if key in names else RENAMED.get(key, key): value for key, value in keywords.items()}
    listed = [list(each) if isinstance(each, tuple) else each for each in rest]
    words = {key: list(value) if isinstance(value, tuple) else value for key, value in {**numbers, **renamed}.items()}
    if word == "reshape":
        return reshape(m, tensors[0], listed[0] if listed else next(iter(words.values())))
    if word in REDUCTIONS and not listed and "axis" not in words and tensors[0].shape is not None:
        words["axis"] = list(range(len(tensors[0].shape)))
    return apply(m, word, kind.name, tuple(tensors), listed, words)


BINARY = frozenset({"add", "subtract", "multiply", "divide", "true_divide", "maximum", "minimum"})
REDUCTIONS = frozenset({"mean", "sum", "max", "min", "var", "std"})


def reshape(m: Machine, tensor: Tensor, sizes: Value) -> Value:
    """``reshape``: a size that is not known, the batch, stays open."""
    sizes = [-1 if each is None else each for each in sizes]
    if any(isinstance(each, Opaque | Tensor) for each in sizes):
        return m.trace.fail(m, "reshape", (tensor,), m.opaque("a size of this shape"))
    if tensor.shape is not None and sizes[:1] == [-1] and -1 in sizes[1:] and tensor.shape[0] is not None:
        sizes[0] = tensor.shape[0]
    if sizes.count(-1) == 2 and tensor.shape is not None:
        from math import prod

        rest, fixed = prod(each or 1 for each in tensor.shape[1:]), prod(each for each in sizes if each != -1)
        at = sizes.index(-1, 1)
        sizes[at] = rest // max(fixed, 1)
    return apply(m, "reshape", "ops.reshape", (tensor,), [sizes], {})


def shape(m: Machine, tensor: Value, *_: Value, **__: Value) -> Value:
    """``ops.shape`` and ``tf.shape``."""
    return m.tensors.size(m, tensor)


def resize(m: Machine, images: Value, size: Value, method: Value = "bilinear", **words: Value) -> Value:
    """``tf.image.resize``: to a size that is given."""
    method = words.get("interpolation", method)
    if isinstance(size, Opaque) or any(isinstance(each, Opaque) for each in size):
        return m.trace.fail(m, "resize", (images,), m.opaque("a size of this image"))
    interpolation = str(method).rpartition(".")[2].lower()
    given = {"interpolation": "nearest" if "nearest" in interpolation else "bilinear"}
    return apply(m, "resize", "Resizing", (images,), list(size), given)


def int_shape(m: Machine, tensor: Value) -> Value:
    """``K.int_shape``."""
    return m.tensors.size(m, tensor)


def together(m: Machine, *values: Value, **_: Value) -> Value:
    """A function of several tensors whose shapes broadcast."""
    return apply_operation(m, "where", Broadcast(), [each for each in values if isinstance(each, Tensor)])[0]


def mapped(m: Machine, function: Value, tensor: Value) -> Value:
    """A function that is called."""
    return call(m, function, [tensor], {})


def unstack(m: Machine, tensor: Tensor, num: Value = None, axis: int = 0, **_: Value) -> Value:
    """``unstack``: one tensor for each index of an axis."""
    size = num if num is not None else tensor.shape[axis] if tensor.shape is not None else None
    if not isinstance(size, int) or tensor.shape is None:
        return m.opaque("the parts of a tensor whose shape is not known")
    before = (slice(None),) * (axis % len(tensor.shape))
    return [index(m, tensor, (*before, number)) for number in range(size)]


def product(m: Machine, a: Value, b: Value, transpose_a: bool = False, transpose_b: bool = False, **_: Value) -> Value:
    """``tf.matmul``, of matrices that may be transposed first."""
    a, b = (
        turned(m, each) if turn and isinstance(each, Tensor) else each
        for each, turn in ((a, transpose_a), (b, transpose_b))
    )
    return apply(m, "matmul", "ops.matmul", (a, b), [], {})


def turned(m: Machine, tensor: Tensor) -> Value:
    """A tensor with its last two axes exchanged."""
    rank = len(tensor.shape or (1, 1))
    return function(m, "transpose", [tensor, [*range(rank - 2), rank - 1, rank - 2]], {})


def patches(m: Machine, images: Tensor, size: Value = None, strides: Value = None, *_: Value, **words: Value) -> Value:
    """``extract_patches`` side by side: as a reshape, a change of axes and a reshape. Channels last."""
    size = words.get("sizes", size)
    sides = (size, size) if isinstance(size, int) else tuple(size)[-3:-1] if len(size) == 4 else tuple(size)
    steps = (
        strides
        if strides is None or isinstance(strides, int)
        else tuple(strides)[-3:-1]
        if len(strides) == 4
        else tuple(strides)
    )
    shape: Value = images.shape or ()
    known = len(shape) == 4 and all(isinstance(each, int) for each in (*shape[1:], *sides))
    if not known or steps not in (None, sides, sides[0]) or len(set(sides)) > 1:
        return m.trace.fail(m, "extract_patches", (images,), m.opaque("where patches begin"))
    (_, height, width, channels), side = shape, sides[0]
    rows, columns = height // side, width // side
    whole = (
        index(m, images, (slice(None), slice(rows * side), slice(columns * side)))
        if height % side or width % side
        else images
    )
    split = function(m, "reshape", [whole, [-1, rows, side, columns, side, channels]], {})
    moved = function(m, "transpose", [split, [0, 1, 3, 2, 4, 5]], {})
    return function(m, "reshape", [moved, [-1, rows, columns, side * side * channels]], {})


OWN: dict[str, Callable[..., Value]] = {
    "shape": shape,
    "int_shape": int_shape,
    "image.resize": resize,
    "resize": resize,
    "unstack": unstack,
    "arange": arange,
    "range": arange,
    "image.extract_patches": patches,
    "matmul": product,
    "where": together,
    "greater": together,
    "less": together,
    "equal": together,
    "power": lambda m, x, *_: function(m, "square", [x], {}),
    "floor": lambda m, x, *_: function(m, "abs", [x], {}),
    "l2_normalize": lambda m, x, axis=-1, **_: function(m, "normalize", [x], {"axis": axis}),
    "batch_flatten": lambda m, x: function(m, "reshape", [x, [-1, m.tensors.elements(m, Tensor(x.shape[1:]))]], {}),
    "nn.depth_to_space": lambda m, x, block_size, **_: depth_to_space(m, x, block_size),
    "depth_to_space": lambda m, x, block_size, **_: depth_to_space(m, x, block_size),
}


def depth_to_space(m: Machine, tensor: Tensor, block: int) -> Value:
    """``tf.nn.depth_to_space``: as a reshape, a change of axes and a reshape."""
    if tensor.shape is None or None in tensor.shape[1:]:
        return m.trace.fail(m, "depth_to_space", (tensor,), m.opaque("a size of this image"))
    _, height, width, channels = tensor.shape
    inner = (channels or 0) // block**2
    split = function(m, "reshape", [tensor, [-1, height, width, block, block, inner]], {})
    moved = function(m, "transpose", [split, [0, 1, 3, 2, 4, 5]], {})
    return function(m, "reshape", [moved, [-1, (height or 0) * block, (width or 0) * block, inner]], {})


__all__ = ["Symbol", "function", "known"]
