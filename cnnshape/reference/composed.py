"""Layers that are made of layers: weights are asked for in the framework's order, whatever runs first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from cnnshape.reference.arrays import Array
from cnnshape.reference.attention import Projections
from cnnshape.reference.dense import multiply
from cnnshape.reference.execution import NEEDED, Execution, ForwardError, again
from cnnshape.reference.normalization import standardize
from cnnshape.reference.recurrent import answer


def held_call(layer: Any) -> tuple[str, dict[str, Any]]:
    """The word and the arguments of a layer that is an argument."""
    return layer.bound.kind.name, layer.bound.arguments


def run_held(execution: Execution, layer: Any, *tensors: Array, part: str = "", **more: Any) -> Any:
    """What a layer that is an argument gives."""
    word, arguments = held_call(layer)
    return execution.word(word, *tensors, part=part, **{**arguments, **more})


def first(outputs: Any) -> Array:
    """The only output, or the first of several."""
    found: Array = outputs[0] if isinstance(outputs, tuple) else outputs
    return found


def sequential(argument: str, execution: Execution, tensor: Array, **arguments: Any) -> Any:
    """Layers one after the other, of the argument of that name."""
    layers = arguments[argument]
    for number, layer in enumerate(layers):
        result = run_held(execution, layer, tensor, part=f"{number}.")
        if number == len(layers) - 1:
            return result
        tensor = first(result)
    return tensor


def keras_time_distributed(execution: Execution, *tensors: Array, layer: Any) -> Any:
    """TimeDistributed: steps become samples."""
    steps = tensors[0].shape[1]
    merged = [tensor.reshape(-1, *tensor.shape[2:]) for tensor in tensors]
    result = first(run_held(execution, layer, *merged))
    return result.reshape(-1, steps, *result.shape[1:])


MERGES: dict[str, Callable[[Array, Array], Any]] = {
    "concat": lambda one, other: np.concatenate([one, other], -1),
    "sum": np.add,
    "ave": lambda one, other: (one + other) / 2,
    "mul": np.multiply,
}


def keras_bidirectional(
    execution: Execution,
    tensor: Array,
    *states: Array,
    layer: Any,
    merge_mode: str | None = "concat",
    weights: Any = None,
    backward_layer: Any = None,
) -> Any:
    """Bidirectional: a layer forwards, and it or another one the other way."""
    half = len(states) // 2
    forwards = run_held(execution, layer, tensor, *states[:half], part="forward_")
    turned = {} if backward_layer else {"go_backwards": not held_call(layer)[1].get("go_backwards", False)}
    backwards = run_held(execution, backward_layer or layer, tensor, *states[half:], part="backward_", **turned)
    one, other = first(forwards), first(backwards)
    if held_call(layer)[1].get("return_sequences"):
        other = np.flip(other, 1)
    merged = (one, other) if merge_mode is None else (np.asarray(MERGES[merge_mode](one, other), np.float32),)
    more = [each for outputs in (forwards, backwards) if isinstance(outputs, tuple) for each in outputs[1:]]
    return (*merged, *more) if len(merged) + len(more) > 1 else merged[0]


def cells_of(held: Sequence[Any]) -> list[tuple[str, dict[str, Any]]]:
    """The cells that layers are: those of StackedRNNCells one by one."""
    found = []
    for layer in held:
        word, arguments = held_call(layer)
        found += cells_of(arguments["cells"]) if word == "StackedRNNCells" else [(word, arguments)]
    return found


def keras_rnn(
    execution: Execution,
    tensor: Array,
    *,
    cell: Any,
    return_sequences: bool = False,
    return_state: bool = False,
    go_backwards: bool = False,
    zero_output_for_mask: bool = False,
) -> Any:
    """RNN: the layers of its cells, one on the other."""
    cells = cells_of(cell)
    states: list[Array] = []
    for number, (word, arguments) in enumerate(cells):
        name = word.removesuffix("Cell")
        kept = {"return_sequences": True, "return_state": True, "go_backwards": go_backwards and not number}
        part = f"{number}." if len(cells) > 1 else ""
        tensor, *own = execution.word(name, tensor, part=part, **arguments, **kept)
        states += own
    return answer(tensor, tuple(states), return_sequences, return_state)


def normalized(
    execution: Execution,
    layer: Any,
    name: str,
    made: Callable[[tuple[int, ...]], Array],
    tensors: Sequence[Array],
    *,
    leads: bool = False,
) -> Any:
    """A layer run with one of its weights made of others, which are asked for behind the rest, or (`leads`) before."""
    word, arguments = held_call(layer)
    probe = execution.inner()
    probe.word(word, *tensors, **arguments)
    shapes = {weight.name: weight.shape for weight in probe.weights if weight.listed}
    if name not in shapes:
        raise ForwardError(f"`{execution.layer}` needs a layer with a weight `{name}`")
    values: dict[str, Array] = {}
    for each in sorted(shapes, key=lambda each: (each == name) != leads):
        shape = shapes[each]
        values[each] = np.asarray(
            made(shape) if each == name else execution.parameter(each, shape, -0.5, 0.5), np.float32
        )
    return execution.beside(values, word, *tensors, **arguments)


def keras_spectral_normalization(execution: Execution, *tensors: Array, layer: Any) -> Any:
    """SpectralNormalization, in inference: the kernel as it is. Weights: kernel, vector_u, the others."""
    name = "embeddings" if held_call(layer)[0] == "Embedding" else "kernel"

    def made(shape: tuple[int, ...]) -> Array:
        kernel = execution.parameter(name, shape, -0.5, 0.5)
        execution.parameter("vector_u", (1, shape[-1]))
        return kernel

    return normalized(execution, layer, name, made, tensors, leads=True)


def pytorch_weight_norm(
    execution: Execution, *tensors: Array, module: Any, name: str = "weight", dim: int | None = 0
) -> Any:
    """`weight_norm`: a weight is a length times a direction. Weights: the others, weight_g, weight_v."""

    def made(shape: tuple[int, ...]) -> Array:
        kept = None if dim is None or dim == -1 else dim % len(shape)
        sides = [size if axis == kept else 1 for axis, size in enumerate(shape)]
        length = execution.parameter(f"{name}_g", () if kept is None else sides)
        direction = execution.parameter(f"{name}_v", shape, -0.5, 0.5)
        axes = tuple(axis for axis in range(len(shape)) if axis != kept)
        unit: Array = length * direction / np.sqrt(np.sum(np.square(direction), axis=axes, keepdims=True))
        return unit

    return normalized(execution, module, name, made, tensors)


def pytorch_spectral_norm(
    execution: Execution,
    *tensors: Array,
    module: Any,
    name: str = "weight",
    eps: float = 1e-12,
    dim: int | None = None,
) -> Any:
    """`spectral_norm`, in inference: a weight divided by ``u W v``. Weights: the others, weight_orig; buffers u, v."""
    word, _ = held_call(module)
    row = dim if dim is not None else int(word.startswith("ConvTranspose"))

    def made(shape: tuple[int, ...]) -> Array:
        weight = execution.parameter(f"{name}_orig", shape, -0.5, 0.5)
        matrix = np.moveaxis(weight, row, 0).reshape(shape[row], -1)
        left, right = (
            execution.buffer(f"{name}_{part}", (size,)) for part, size in zip("uv", matrix.shape, strict=True)
        )
        return np.asarray(weight / (left @ matrix @ right), np.float32)

    return normalized(execution, module, name, made, tensors)


# -- PyTorch's transformers


class Affine:
    """A linear layer or a normalization whose weights are asked for before it runs."""

    def __init__(
        self, execution: Execution, name: str, shape: tuple[int, ...], bias: bool, epsilon: float = 0.0
    ) -> None:
        self.execution, self.epsilon = execution, epsilon
        with execution.part(f"{name}."):
            self.weight = (
                execution.kernel("weight", shape, shape[-1]) if len(shape) > 1 else execution.parameter("weight", shape)
            )
            self.bias = execution.bias(shape[0]) if bias else np.float32(0)

    def __call__(self, tensor: Array) -> Array:
        """What the layer makes of the last axis."""
        if self.weight.ndim == 1:
            return np.asarray(standardize(tensor, (-1,), self.epsilon) * self.weight + self.bias, np.float32)
        flat = multiply(self.execution, tensor.reshape(-1, tensor.shape[-1]), self.weight.T) + self.bias
        return flat.reshape(*tensor.shape[:-1], -1)


TRANSFORMER: Mapping[str, Any] = {
    "dim_feedforward": 2048,
    "activation": "relu",
    "layer_norm_eps": 1e-5,
    "batch_first": False,
    "norm_first": False,
    "bias": True,
}
"""What a layer of a transformer is told, with PyTorch's defaults."""


def transformer_layer(execution: Execution, inputs: int, options: Mapping[str, Any]) -> Any:
    """A layer of an encoder, or (two inputs) of a decoder, as a function of its inputs, the batch first."""
    width, heads, wide, bias = (options[name] for name in ("d_model", "nhead", "dim_feedforward", "bias"))
    attention = []
    for name in ("self_attn", "multihead_attn")[:inputs]:
        with execution.part(f"{name}."):
            attention.append(Projections(execution, width, heads, bias))
    enter, leave = (
        Affine(execution, name, shape, bias) for name, shape in (("linear1", (wide, width)), ("linear2", (width, wide)))
    )
    epsilon = options["layer_norm_eps"]
    norms = [Affine(execution, f"norm{number}", (width,), bias, epsilon) for number in range(1, inputs + 2)]

    def layer(x: Array, memory: Array | None = None) -> Array:
        stages: list[Callable[[Array], Array]] = [lambda y: attention[0](y, y, y)[0]]
        if memory is not None:
            stages.append(lambda y: attention[1](y, memory, memory)[0])
        stages.append(lambda y: leave(execution.word(options["activation"], enter(y))))
        for stage, norm in zip(stages, norms, strict=True):
            x = x + stage(norm(x)) if options["norm_first"] else norm(x + stage(x))
        return x

    return layer


def in_order(batch_first: bool, run: Callable[..., Array], *tensors: Array) -> Array:
    """Run with the batch first, whatever lies first."""
    if batch_first:
        return run(*tensors)
    return run(*(tensor.swapaxes(0, 1) for tensor in tensors)).swapaxes(0, 1)


def transformer_layer_alone(execution: Execution, *tensors: Array, **options: Any) -> Array:
    """TransformerEncoderLayer, and (of two tensors) TransformerDecoderLayer."""
    return in_order(options["batch_first"], transformer_layer(execution, len(tensors), options), *tensors)


pytorch_transformer_layer = again(transformer_layer_alone, d_model=NEEDED, nhead=NEEDED, **TRANSFORMER)


def stack(execution: Execution, inputs: int, count: int, options: Mapping[str, Any], norm: Any) -> Any:
    """Layers one on the other, then a normalization, if there is one."""
    layers = []
    for number in range(count):
        with execution.part(f"layers.{number}."):
            layers.append(transformer_layer(execution, inputs, options))
    last = None if norm is None else norm()

    def run(x: Array, *memory: Array) -> Array:
        for layer in layers:
            x = layer(x, *memory)
        return x if last is None else last(x)

    return run


def pytorch_stack(execution: Execution, *tensors: Array, num_layers: int, norm: Any = None, **arguments: Any) -> Array:
    """TransformerEncoder, TransformerDecoder."""
    layer = arguments["decoder_layer" if len(tensors) > 1 else "encoder_layer"]
    options = {**TRANSFORMER, **held_call(layer)[1]}
    width = (options["d_model"],)

    def last() -> Callable[[Array], Array]:
        words = held_call(norm)[1]
        if not words.get("elementwise_affine", True):
            return lambda x: standardize(x, (-1,), words.get("eps", 1e-5))
        return Affine(execution, "norm", width, words.get("bias", True), words.get("eps", 1e-5))

    run = stack(execution, len(tensors), num_layers, options, None if norm is None else last)
    return in_order(options["batch_first"], run, *tensors)


def whole_transformer(execution: Execution, source: Array, target: Array, **options: Any) -> Array:
    """Transformer: an encoder of what is read, a decoder of what is written."""

    def last() -> Affine:
        return Affine(execution, "norm", (options["d_model"],), options["bias"], options["layer_norm_eps"])

    with execution.part("encoder."):
        encoder = stack(execution, 1, options["num_encoder_layers"], options, last)
    with execution.part("decoder."):
        decoder = stack(execution, 2, options["num_decoder_layers"], options, last)
    return in_order(options["batch_first"], lambda one, other: decoder(other, encoder(one)), source, target)


pytorch_transformer = again(
    whole_transformer,
    d_model=512,
    nhead=8,
    num_encoder_layers=6,
    num_decoder_layers=6,
    custom_encoder=None,
    custom_decoder=None,
    **TRANSFORMER,
)
