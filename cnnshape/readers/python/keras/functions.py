"""Functions of ``keras.ops`` and of TensorFlow, by the words of the vocabulary."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from cnnshape.operations.tensors import Broadcast
from cnnshape.readers.python.applying import apply, apply_operation, is_list_of_tensors, is_unknown, taken, tensors_in
from cnnshape.readers.python.arrays import NUMPY
from cnnshape.readers.python.torch.making import made_of
from cnnshape.readers.python.torch.special import at, index
from cnnshape.readers.python.values import Opaque, Stop, Tensor, Value, now, pairs, words
from cnnshape.vocabularies.layer import model_of, positional_arguments
from cnnshape.vocabularies.vocabulary import vocabulary

TENSORFLOW = {
    **pairs("concat concatenate tf.concat concatenate permute_dimensions transpose clip_by_value clip pow power"),
    **pairs("swish silu nn.swish silu"),
    **{f"{prefix}reduce_{name}": name for prefix in ("", "math.") for name in ("mean", "sum", "max", "min")},
    **{f"math.{name}": name for name in ("add", "multiply", "sigmoid", "sqrt", "square")},
    **{f"nn.{name}": name for name in words("relu relu6 elu gelu leaky_relu sigmoid silu softmax tanh")},
}
"""TensorFlow's and the backend's names of the functions of ``keras.ops``."""
SAME = words("cast convert_to_tensor identity stop_gradient convert_to_numpy ensure_shape")
TENSORS = ["x", "x1", "x2", "inputs", "xs", "values", "tensors", "tensor", "input_tensor", "a", "b", "value", "array"]
RENAMED = pairs(
    "keep_dims keepdims keepdim keepdims perm axes target_shape newshape num_or_size_splits indices_or_sections "
    "shape newshape"
)
BINARY = words("add subtract multiply divide true_divide maximum minimum power")
REDUCTIONS = words("mean sum max min var std")


def is_function(name: str) -> bool:
    """Whether there is a function of that name."""
    word = TENSORFLOW.get(name, name)
    return word in SAME or word in OWN or f"ops.{word}" in vocabulary("keras").types


def function(name: str, positional: list[Value], keywords: dict[str, Value]) -> Value:
    """A function by its name, on tensors and arguments."""
    word = TENSORFLOW.get(name, name)
    keywords.pop("name", None)
    if word in OWN:
        return OWN[word](*positional, **keywords)
    given = [*positional, *keywords.values()]
    if word in SAME:
        return given[0]
    unknown = next((each for each in given if isinstance(each, Opaque)), None)
    if unknown is not None:
        return now().trace.fail(word, tensors_in(given), unknown)
    if word in NUMPY and positional and all(isinstance(each, int | float) for each in positional):
        return NUMPY[word](*positional)
    kind = vocabulary("keras").types.get(f"ops.{word}")
    if kind is None:
        raise Stop("CS601", f"the function `{name}` is not known here")
    tensors: list[Value] = []
    rest: list[Value] = []
    options: dict[str, Value] = {}
    for number, each in enumerate(positional):
        if isinstance(each, Tensor) or is_list_of_tensors(each):
            tensors.append(each)
        elif word in BINARY and number < 2:
            options[f"x{number + 1}"] = each
        else:
            rest.append(as_list(each))
    read = tensors_in([*tensors, *taken(keywords, TENSORS)])
    names = set(positional_arguments(model_of(kind)))
    options.update((key if key in names else RENAMED.get(key, key), as_list(each)) for key, each in keywords.items())
    if word == "reshape":
        return reshape(read[0], rest[0] if rest else next(iter(options.values())))
    if word in REDUCTIONS and not rest and "axis" not in options and read[0].shape is not None:
        options["axis"] = list(range(len(read[0].shape)))
    return apply(word, kind.name, read, rest, options)


def as_list(value: Value) -> Value:
    """A tuple as the list that the vocabulary reads."""
    return list(value) if isinstance(value, tuple) else value


def reshape(tensor: Tensor, sizes: Value) -> Value:
    """``reshape``: a size that is not known, the batch, stays open."""
    sizes = [-1 if each is None else each for each in sizes]
    if is_unknown(sizes):
        return now().trace.fail("reshape", (tensor,), now().opaque("a size of this shape"))
    if tensor.shape is not None and sizes[:1] == [-1] and -1 in sizes[1:] and tensor.shape[0] is not None:
        sizes[0] = tensor.shape[0]
    if sizes.count(-1) == 2 and tensor.shape is not None:
        rest, fixed = prod(each or 1 for each in tensor.shape[1:]), prod(each for each in sizes if each != -1)
        sizes[sizes.index(-1, 1)] = rest // max(fixed, 1)
    return apply("reshape", "ops.reshape", (tensor,), [sizes], {})


def resize(images: Value, size: Value, method: Value = "bilinear", **options: Value) -> Value:
    """``tf.image.resize``: to a size that is given."""
    method = options.get("interpolation", method)
    if isinstance(size, Opaque) or is_unknown(size):
        return now().trace.fail("resize", (images,), now().opaque("a size of this image"))
    interpolation = "nearest" if "nearest" in str(method).rpartition(".")[2].lower() else "bilinear"
    return apply("resize", "Resizing", (images,), list(size), {"interpolation": interpolation})


def together(*values: Value, **_: Value) -> Value:
    """A function of several tensors whose shapes broadcast."""
    return apply_operation("where", Broadcast(whole=True), tensors_in(values))


def depth_to_space(tensor: Tensor, block_size: int, **_: Value) -> Value:
    """``tf.nn.depth_to_space``: as a reshape, a change of axes and a reshape."""
    if tensor.shape is None or None in tensor.shape[1:]:
        return now().trace.fail("depth_to_space", (tensor,), now().opaque("a size of this image"))
    height, width, channels = (size or 0 for size in tensor.shape[1:])
    inner = channels // block_size**2
    split = reshape(tensor, [-1, height, width, block_size, block_size, inner])
    moved = function("transpose", [split, [0, 1, 3, 2, 4, 5]], {})
    return reshape(moved, [-1, height * block_size, width * block_size, inner])


def flattened(tensor: Tensor) -> Value:
    """``K.batch_flatten``."""
    return reshape(tensor, [-1, now().framework.elements(Tensor((tensor.shape or ())[1:]))])


def unstack(tensor: Tensor, num: Value = None, axis: int = 0, **_: Value) -> Value:
    """``unstack``: one tensor for each index of an axis."""
    size = num if num is not None else tensor.shape[axis] if tensor.shape is not None else None
    if not isinstance(size, int) or tensor.shape is None:
        return now().opaque("the parts of a tensor whose shape is not known")
    return [index(tensor, at(axis, tensor, number)) for number in range(size)]


def product(a: Value, b: Value, transpose_a: bool = False, transpose_b: bool = False, **_: Value) -> Value:
    """``tf.matmul``, of matrices that may be transposed first."""
    return apply("matmul", "ops.matmul", (turned(a, transpose_a), turned(b, transpose_b)), [], {})


def turned(tensor: Value, turn: bool) -> Value:
    """A tensor, its last two axes exchanged where that is asked for."""
    if not turn or not isinstance(tensor, Tensor):
        return tensor
    rank = len(tensor.shape or (1, 1))
    return function("transpose", [tensor, [*range(rank - 2), rank - 1, rank - 2]], {})


def sides_of(size: Value) -> tuple[Value, ...]:
    """The height and the width of a window, which TensorFlow gives with its batch and its channels."""
    return (size, size) if isinstance(size, int) else tuple(size)[-3:-1] if len(size) == 4 else tuple(size)


def patches(images: Tensor, size: Value = None, strides: Value = None, *_: Value, **options: Value) -> Value:
    """``extract_patches`` side by side: as a reshape, a change of axes and a reshape. Channels last."""
    size = options.get("sizes", size)
    sides = sides_of(size)
    steps = sides if strides is None else sides_of(strides)
    shape: Value = images.shape or ()
    known = len(shape) == 4 and all(isinstance(each, int) for each in (*shape[1:], *sides))
    if not known or steps != sides or len(set(sides)) > 1:
        return now().trace.fail("extract_patches", (images,), now().opaque("where patches begin"))
    (_, height, width, channels), side = shape, sides[0]
    rows, columns = height // side, width // side
    if height % side or width % side:
        images = index(images, (slice(None), slice(rows * side), slice(columns * side)))
    split = reshape(images, [-1, rows, side, columns, side, channels])
    moved = function("transpose", [split, [0, 1, 3, 2, 4, 5]], {})
    return reshape(moved, [-1, rows, columns, side * side * channels])


OWN: dict[str, Callable[..., Value]] = {
    **dict.fromkeys(("shape", "int_shape"), lambda tensor, *_, **__: now().framework.size(tensor)),
    **dict.fromkeys(("image.resize", "resize"), resize),
    **dict.fromkeys(("where", "greater", "less", "equal"), together),
    **dict.fromkeys(("nn.depth_to_space", "depth_to_space"), depth_to_space),
    "l2_normalize": lambda x, axis=-1, **_: function("normalize", [x], {"axis": axis}),
    "batch_flatten": flattened,
    "unstack": unstack,
    "image.extract_patches": patches,
    "matmul": product,
    **dict.fromkeys(("arange", "range"), made_of("arange")),
}


def function_of(name: str, word: str) -> Any:
    """The function of that name, which is known as a word."""

    def run(*positional: Value, **keywords: Value) -> Value:
        return function(word, list(positional), keywords)

    run.__name__ = name
    return run
