"""Functions of `keras.ops` in a graph, and those of TensorFlow that Keras 2 writes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from cnnshape.arithmetic.sizes import Shape
from cnnshape.arithmetic.symbols import Sizes, dim, dims, exactly, named
from cnnshape.diagnostics import Fault
from cnnshape.network.answers import Lowered
from cnnshape.network.batch import across, again
from cnnshape.network.builder import NetworkBuilder
from cnnshape.network.tensor import Tensor
from cnnshape.operations.operation import EVERYTHING, Path, Result
from cnnshape.operations.worked import Worked
from cnnshape.readers.keras import tensorflow
from cnnshape.readers.keras.config import Call, LayerConfig, Reference, references
from cnnshape.readers.keras.functions import RULES, Array, Made
from cnnshape.readers.keras.layers import UnknownLayerError
from cnnshape.vocabularies.declaration import declared
from cnnshape.vocabularies.layer import BoundLayer, Faults, Layer, model_of
from cnnshape.vocabularies.vocabulary import LayerType, vocabulary


def operator_name(layer: LayerConfig) -> str | None:
    """The function of `keras.ops` that a node is: ``expand_dims`` for ExpandDims; None where it is a layer."""
    if layer.type in ("TFOpLambda", "SlicingOpLambda"):
        return tensorflow.name_of(layer.config.get("function", ""))
    if layer.type == "TensorFlowOpLayer":
        return tensorflow.operator_of(layer.config) or "an operator of TensorFlow"
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", layer.type).lower()
    name = SECOND_NAMES.get(name, name)
    return name if is_function(layer, name) else None


def is_function(layer: LayerConfig, name: str) -> bool:
    """Whether a node is a function: by its module, which an `.h5` leaves out.

    There a function has no `trainable`, which a few layers (`SpatialDropout2D`) have not either.
    """
    if layer.module is not None:
        return ".ops." in layer.module
    is_new = any(not call.old for call in layer.calls)
    is_layer = layer.is_model or (not is_known(name) and vocabulary("keras").find_exact(layer.type) is not None)
    return is_new and not is_layer and "trainable" not in layer.config


def lower(builder: NetworkBuilder, name: str, layer: LayerConfig, call: Call, tensors: Sequence[Tensor]) -> Lowered:
    """The function as a word of the vocabulary, or worked out for these tensors.

    Raises `UnknownLayerError` where nothing is known of how it is called, `ValueError` where the tensors do not fit.
    """
    call = as_function(name, layer, call)
    config = {key: value for key, value in layer.config.items() if key not in BESIDE}
    kind, rule = word_of(name), RULES.get(name)
    shapes = tuple([tensor.shape or () for tensor in tensors])
    if kind is not None:
        try:
            return as_word(builder, kind, words(kind, call, config), shapes, is_only=rule is None)
        except (Fault, Faults, ValueError) as refused:
            if rule is None:
                raise ValueError(str(refused)) from None
        except TypeError:  # its weights are constants, of which a word knows nothing
            if rule is None:
                raise UnknownLayerError(NOT_READ) from None
    assert rule is not None
    given = iter(map(symbolic, shapes))
    arguments = [filled(each, given) for each in call.positional]
    keywords = {key: filled(value, given) for key, value in call.keywords.items()}
    try:
        made = rule(*arguments, **{**config, **keywords})
    except (TypeError, KeyError, IndexError, AttributeError):  # whatever a file may call it with
        raise UnknownLayerError(NOT_READ) from None
    return Lowered(
        BoundLayer(LayerType("keras", f"ops.{name}", "", "", None, True), Layer(), {}, {}),
        Worked(result_of(made, builder.batch, shapes)),
    )


def as_word(
    builder: NetworkBuilder, kind: LayerType, given: dict[str, Any], shapes: tuple[Shape, ...], *, is_only: bool
) -> Lowered:
    """A word of the vocabulary for these tensors; one that `is_only` may do to the batch what it does to other axes."""
    stated: Lowered | None = None
    try:
        stated = builder.layer(kind.name, (), given)
        stated.answer(shapes)
        return stated
    except (Fault, Faults):  # a function of a graph need not treat every sample alike
        if not is_only:
            raise
    made = across(builder, kind, given, max(map(len, shapes), default=0))
    made.answer(shapes)
    return made if stated is None else again(stated, made.operation)


NOT_READ = "it is called in a way that is not read"

BESIDE = ("name", "trainable", "dtype", "function", "node_def", "constants")
"""What a configuration holds beside arguments."""


def as_function(name: str, layer: LayerConfig, call: Call) -> Call:
    """The call as one of a function of `keras.ops`. Raises `UnknownLayerError`."""
    try:
        if layer.type == "TensorFlowOpLayer":
            return tensorflow.call_of(layer.config, call)
        return tensorflow.translated(name, call) if "function" in layer.config else call
    except (TypeError, KeyError, IndexError, AttributeError, ValueError):
        raise UnknownLayerError(NOT_READ) from None


def is_known(name: str) -> bool:
    """Whether the vocabulary or a rule knows a function."""
    return name in RULES or word_of(name) is not None


def word_of(name: str) -> LayerType | None:
    """A function as a word of the vocabulary."""
    find = vocabulary("keras").find_exact
    return find(f"ops.{name}") or find(f"ops.image.{name}")


def words(kind: LayerType, call: Call, config: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a function beside its tensors, as the vocabulary names them."""
    known = declared(model_of(kind))
    given = {key: value for key, value in (*config.items(), *call.keywords.items()) if key in known}
    given = {key: value for key, value in given.items() if not any(references([value])) and value is not None}
    if "x1" in known:
        order = ("condition", "x1", "x2") if kind.name == "ops.where" else ("x1", "x2")
        constants = zip(order, call.positional, strict=False)
        given |= {key: value for key, value in constants if not isinstance(value, Reference)}
    return given


def symbolic(shape: Shape) -> Sizes:
    """A shape in which every unknown size has a name of its own."""
    return tuple([named(f"axis {axis}") if size is None else size for axis, size in enumerate(shape)])


def filled(value: Any, shapes: Any) -> Any:
    """An argument with the shapes of its tensors in place."""
    if isinstance(value, Reference):
        return Array(next(shapes))
    if isinstance(value, list | tuple):
        return [filled(each, shapes) for each in value]
    return value


def result_of(made: Made, batch: int | None, inputs: Sequence[Shape]) -> Result:
    """The result as a plan states it: products of one sample."""
    per_sample = [exactly(count, batch) if batch else None for count in (made.macs, made.flops)]
    output = dims(made.outputs[0])
    return Result(
        tuple([dims(shape) for shape in made.outputs]),
        macs=0 if made.macs == 0 else None if per_sample[0] is None else dim(per_sample[0]),
        flops=0 if made.flops == 0 else None if per_sample[1] is None else dim(per_sample[1]),
        paths=tuple([paths_of(shape, output) for shape in inputs]),
    )


def paths_of(shape: Shape, output: Shape) -> tuple[Path, ...]:
    """Axes that keep their size keep their place; of the others every output may see all."""
    if len(shape) != len(output):
        return tuple([Path(0) if axis == 0 else EVERYTHING for axis in range(len(shape))])
    return tuple([Path(axis) if size == output[axis] else EVERYTHING for axis, size in enumerate(shape)])


SECOND_NAMES = {"mat_mul": "matmul", "getitem": "get_item", "pow": "power", "conjugate": "conj"}
SECOND_NAMES |= {"extract_patches2_d": "extract_patches"}
"""Functions whose class is called otherwise."""
