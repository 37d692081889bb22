"""Functions of ``keras.ops`` and of TensorFlow, by the words of the vocabulary."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from operator import mul
from typing import Any

from cnnshape.operations.operation import Result
from cnnshape.operations.tensors import Broadcast, Gather, Written
from cnnshape.operations.worked import Worked
from cnnshape.readers.python.keras.layers import named
from cnnshape.readers.python.language.values import Opaque, Stop, Tensor, Value, now, pairs, words
from cnnshape.readers.python.library.numerical import NUMPY
from cnnshape.readers.python.rows.applying import (
    apply,
    apply_operation,
    is_list_of_tensors,
    is_unknown,
    taken,
    tensors_in,
    wordless,
)
from cnnshape.readers.python.torch.functions import as_type
from cnnshape.readers.python.torch.making import MAKERS, computed, constant, made_of
from cnnshape.readers.python.torch.special import at, index
from cnnshape.vocabularies.layer import model_of, positional_arguments
from cnnshape.vocabularies.vocabulary import LayerType, vocabulary

TENSORFLOW = {
    **pairs("concat concatenate tf.concat concatenate permute_dimensions transpose clip_by_value clip pow power"),
    **pairs("swish silu nn.swish silu"),
    **pairs("nn.depth_to_space depth_to_space nn.space_to_depth space_to_depth"),
    **{f"{prefix}reduce_{name}": name for prefix in ("", "math.") for name in ("mean", "sum", "max", "min")},
    **{f"math.{name}": name for name in ("add", "multiply", "sigmoid", "sqrt", "square")},
    **{f"nn.{name}": name for name in words("relu relu6 elu gelu leaky_relu sigmoid silu softmax tanh")},
}
"""TensorFlow's and the backend's names of the functions of ``keras.ops``."""
SAME = words("convert_to_tensor identity stop_gradient convert_to_numpy ensure_shape")
TENSORS = ["x", "x1", "x2", "inputs", "xs", "values", "tensors", "tensor", "input_tensor", "a", "b", "value", "array"]
RENAMED = pairs(
    "keep_dims keepdims keepdim keepdims perm axes target_shape newshape num_or_size_splits indices_or_sections "
    "shape newshape sizes size rates dilation_rate"
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
    given_name = keywords.pop("name", None)
    if not now().trace.runs:
        named(word, given_name)  # it takes a number of the layers that are called so
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
    known = computed(word, positional, keywords)
    if known is not None:
        return known
    if word in ENLARGING and (enlarged := for_batch(word, *positional, **keywords)) is not None:
        return enlarged
    kind = vocabulary("keras").types.get(f"ops.{word}")
    if kind is None:
        from cnnshape.readers.python.library.offered import unread  # seldom

        raise unread("keras.ops", name)
    if kind.module == "weighted":
        return weighted(word, kind, positional, keywords)
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
    if word in REDUCTIONS and not rest and "axis" not in options:
        if read[0].shape == ():
            return read[0]
        options["axis"] = list(range(len(read[0].shape or (None,))))
    if word == "squeeze" and not rest and now().trace.batch is None and (read[0].shape or ())[:1] == (1,):
        options.setdefault("axis", [axis for axis, size in enumerate(read[0].shape or ()) if size == 1])
    return apply(word, kind.name, read, rest, options)


ENLARGING = words("tile repeat")


def for_batch(word: str, tensor: Value, sizes: Value, axis: int = 0, **_: Value) -> Tensor | None:
    """A weight, such as a class token, once for every sample of a batch whose size is not known; None of all else."""
    if not isinstance(tensor, Tensor) or tensor.row is not None or tensor.shape is None or tensor.shape[axis] != 1:
        return None
    if word == "repeat":
        sizes = [sizes if number == axis else 1 for number in range(len(tensor.shape))]
    if (
        not isinstance(sizes, list | tuple)
        or len(sizes) != len(tensor.shape)
        or sizes[0] is not None
        or is_unknown(sizes[1:])
    ):
        return None
    return Tensor((None, *map(mul, tensor.shape[1:], sizes[1:])), parameters=tensor.parameters)


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
    if options.get("preserve_aspect_ratio"):
        raise Stop("CS601", "`resize` is called with preserve_aspect_ratio=True, which is not read")
    if isinstance(size, Opaque) or is_unknown(size):
        return now().trace.fail("resize", (images,), now().opaque("a size of this image"))
    interpolation = "nearest" if "nearest" in str(method).rpartition(".")[2].lower() else "bilinear"
    words = {"interpolation": interpolation, "data_format": options.get("data_format")}
    return apply("resize", "Resizing", (images,), list(size), words)


def together(*values: Value, **_: Value) -> Value:
    """A function of several tensors whose shapes broadcast."""
    return apply_operation("where", Broadcast(whole=True), tensors_in(values))


def cast(x: Value, dtype: Value = None, *_: Value, **__: Value) -> Value:
    """``cast``: numbers that are known are others as another type; else it is no row."""
    data = as_type(x.data, str(dtype).rpartition(".")[2]) if isinstance(x, Tensor) and x.data is not None else None
    return x if data is None else constant(data)


def flattened(tensor: Tensor) -> Value:
    """``K.batch_flatten``."""
    return reshape(tensor, [-1, now().framework.elements(Tensor((tensor.shape or ())[1:]))])


def unstack(tensor: Tensor, num: Value = None, axis: int = 0, **_: Value) -> Value:
    """``unstack``: one tensor for each index of an axis."""
    size = num if num is not None else tensor.shape[axis] if tensor.shape is not None else None
    if not isinstance(size, int) or tensor.shape is None:
        return now().opaque("the parts of a tensor whose shape is not known")
    return [index(tensor, at(axis, tensor, number)) for number in range(size)]


def product(
    a: Value,
    b: Value,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    **_: Value,
) -> Value:
    """``tf.matmul``, of matrices that may be transposed first."""
    transpose_a, transpose_b = transpose_a or adjoint_a, transpose_b or adjoint_b
    return apply("matmul", "ops.matmul", (turned(a, transpose_a), turned(b, transpose_b)), [], {})


def turned(tensor: Value, turn: bool) -> Value:
    """A tensor, its last two axes exchanged where that is asked for."""
    if not turn or not isinstance(tensor, Tensor):
        return tensor
    rank = len(tensor.shape or (1, 1))
    return function("transpose", [tensor, [*range(rank - 2), rank - 1, rank - 2]], {})


def sides_of(size: Value) -> Value:
    """The height and the width of a window, which TensorFlow gives with its batch and its channels."""
    return list(size)[1:3] if isinstance(size, list | tuple) and len(size) == 4 else as_list(size)


def patches(images: Tensor, size: Value = None, strides: Value = None, *more: Value, **options: Value) -> Value:
    """``extract_patches`` of Keras and of TensorFlow, which calls some arguments otherwise."""
    words = dict(zip(("dilation_rate", "padding"), more, strict=False)) | options
    given = {RENAMED.get(name, name): sides_of(each) for name, each in words.items()}
    given.setdefault("size", sides_of(size))
    given.setdefault("strides", sides_of(strides))
    if "padding" in given:
        given["padding"] = str(given["padding"]).lower()
    return apply("extract_patches", "ops.image.extract_patches", (images,), [], given)


def stretched(x: Tensor, shape: Value) -> Value:
    """``broadcast_to``: a weight may be stretched over samples whose number is not known."""
    sizes = tuple(shape)
    if x.row is not None or x.shape is None or None not in sizes[:1] or is_unknown(sizes):
        return apply("broadcast_to", "ops.broadcast_to", (x,), [list(sizes)], {})
    made = Tensor(sizes, parameters=x.parameters, dtype=x.dtype)
    given = wordless("ops.broadcast_to", Worked(Result((sizes,), memory="view")), {"shape": sizes})
    made.made = given, (x,), 1, True
    return made


def sliced(inputs: Tensor, start_indices: Value, shape: Value) -> Value:
    """``slice``: so many elements of each axis from a place on."""
    ends = [None if size == -1 else start + size for start, size in zip(start_indices, shape, strict=True)]
    return index(inputs, tuple(map(slice, start_indices, ends)), "slice")


def adaptive(name: str) -> Callable[..., Value]:
    """``adaptive_average_pool``: its layer's operation, of as many axes as the input has."""

    def run(inputs: Tensor, output_size: Value, data_format: Value = None) -> Value:
        layer = f"Adaptive{name}Pooling{len(inputs.shape or (1,) * 4) - 2}D"
        words = {"output_size": as_list(output_size), "data_format": data_format}
        return apply(f"adaptive_{name.lower()}_pool", layer, (inputs,), [], words)

    return run


WEIGHTS = pairs(
    "separable_conv depthwise_kernel,pointwise_kernel layer_normalization gamma,beta rms_normalization scale dot x2"
)
"""The weights among the arguments of functions; of the others a kernel."""
ORDERS = {"batch_normalization": "mean variance axis offset scale epsilon"}
"""Arguments in their order, where weights stand behind others."""


def weighted(word: str, kind: LayerType, positional: list[Value], keywords: dict[str, Value]) -> Value:
    """A function of weights, which stand among its arguments."""
    names = WEIGHTS.get(word, "kernel").split(",")
    stated = list(positional_arguments(model_of(kind)))
    order = stated if names[0] in stated else [*names, *stated]
    if word in ORDERS:
        names, order = ["mean", "variance", "offset", "scale"], ORDERS[word].split()
    first = next((name for name in ("x", "x1", "inputs") if name in keywords), "x")
    given = {**dict(zip([first, *order], map(as_list, positional), strict=False)), **keywords}
    tensor = given.pop(first)
    return apply(word, kind.name, (tensor,), [], given, [given.pop(name, None) for name in names])


OWN: dict[str, Callable[..., Value]] = {
    **dict.fromkeys(("shape", "int_shape"), lambda tensor, *_, **__: now().framework.size(tensor)),
    **dict.fromkeys(("image.resize", "resize"), resize),
    **dict.fromkeys(words("where greater less equal isclose logaddexp"), together),
    "l2_normalize": lambda x, axis=-1, **_: function("normalize", [x], {"axis": axis}),
    "cast": cast,
    "batch_flatten": flattened,
    "repeat_elements": lambda x, rep, axis: function("repeat", [x, rep], {"axis": axis}),
    "unstack": unstack,
    "image.extract_patches": patches,
    "matmul": product,
    **dict.fromkeys(("arange", "range"), made_of("arange")),
    **{  # of a shape, which may be given by name
        name: lambda shape, *rest, name=name, **_: MAKERS[name](shape, *rest) for name in ("zeros", "ones", "full")
    },
    **{name: MAKERS[name] for name in words("zeros_like ones_like full_like linspace eye")},
    **{f"adaptive_{name.lower()}_pool": adaptive(name) for name in ("Average", "Max")},
    "broadcast_to": stretched,
    "slice": sliced,
    "slice_update": lambda inputs, _, updates: apply_operation("slice_update", Written(), [inputs, updates]),
    "take_along_axis": lambda x, indices, axis: apply_operation("take_along_axis", Gather(axis), [x, indices]),
    "outer": lambda x1, x2: function("multiply", [reshape(x1, [-1, 1]), reshape(x2, [1, -1])], {}),
}


def function_of(name: str, word: str) -> Any:
    """The function of that name, which is known as a word."""

    def run(*positional: Value, **keywords: Value) -> Value:
        return function(word, list(positional), keywords)

    run.__name__ = name
    return run
