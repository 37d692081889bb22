"""Keras's layers: classes of the vocabulary, and the base of those that people write."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from math import prod
from typing import Any

from cnnshape.diagnostics import Fault
from cnnshape.readers.python.keras.parts import ATTENTION, IGNORED, build_parts, give_parts, nested, switched, text_of
from cnnshape.readers.python.keras.untold import UNTOLD
from cnnshape.readers.python.keras.weights import agreed, held, keep, weights_of
from cnnshape.readers.python.language.functions import Function
from cnnshape.readers.python.language.guard import call, get_attribute
from cnnshape.readers.python.language.values import (
    Opaque,
    Parameter,
    Part,
    Placed,
    Stop,
    Tensor,
    Value,
    changing,
    now,
    words,
)
from cnnshape.readers.python.library.builtin import quiet
from cnnshape.readers.python.rows.applying import (
    folded,
    held_layer,
    identity,
    is_list_of_tensors,
    is_unknown,
    one,
    refused,
    unable,
)
from cnnshape.vocabularies.declaration import declared
from cnnshape.vocabularies.layer import Faults, model_of, positional_arguments
from cnnshape.vocabularies.objects import KEPT_FOR_EXPORT, kept
from cnnshape.vocabularies.vocabulary import LayerType, snake_case, vocabulary

CALLED = {
    **dict.fromkeys(("LSTM", "GRU", "SimpleRNN"), ("sequences", "initial_state")),
    **dict.fromkeys(ATTENTION, ("query", "value", "key")),
}
"""What layers are called with, in its order; the others with their inputs."""
OF_EVERY_LAYER = words("name trainable dtype autocast activity_regularizer input_shape input_dim batch_input_shape")
UNUSED = words("dtype autocast activity_regularizer dynamic")
CLASSES = {"GroupQueryAttention": "GroupedQueryAttention"}
"""What Keras calls classes inside that it hands out by another name: layers are named by it."""
WITHIN = dict.fromkeys(ATTENTION, ("Softmax", "Dropout"))
"""Layers that make others once they are built: these take names, which are counted on after them."""


def named(cls_name: str, name: Value) -> str:
    """The name of a layer: as it is given, else that of its class, numbered."""
    if isinstance(name, str):
        return name
    if isinstance(name, Opaque):
        now().note(f"a layer's name depends on {name.reason}, which is not known: it has that of its class")
    base = snake_case(CLASSES.get(cls_name, cls_name))
    counts = now().counts
    count = counts[base] = counts.get(base, -1) + 1
    return f"{base}_{count}" if count else base


def nothing_known(*_: Value, **__: Value) -> Value:
    """What is answered depends on values."""
    return now().opaque("what training answers")


class Layer(Placed):
    """A layer of the source or of the library; `_layer_type` is the word of the vocabulary that it stands for."""

    _layer_type: Any = None
    trainable = True
    built = False

    def __init__(self, *, name: Value = None, trainable: Value = True, **options: Value) -> None:
        shape = options.pop("input_shape", None)
        width = options.pop("input_dim", None)
        shape = (width,) if shape is None and isinstance(width, int) else shape
        batched = options.pop("batch_input_shape", None)
        shape = shape if batched is None else tuple(batched)[1:]
        strange = next((each for each in options if each not in UNUSED), None)
        if strange is not None:
            raise TypeError(f"{type(self).__name__} got an unexpected keyword argument {strange!r}")
        vars(self).update(name=named(type(self).__name__, name), trainable=trainable, built=False)
        if shape is not None:
            vars(self)["_input_shape"] = tuple(shape)

    def __setattr__(self, name: str, value: Value) -> None:
        if name == "trainable" and self.trainable is value:
            return  # TensorFlow's tracking passes over what is there: nothing within is set
        object.__setattr__(self, name, value)
        for weight in value if isinstance(value, list | tuple) else (value,):
            if isinstance(weight, Parameter) and weight.kind == "variable":
                keep(self, weight)
        if name == "trainable":
            for weight in vars(self).get("_switched", ()):
                weight.trains = bool(value)
            for each in held(self):
                each.trainable = bool(value)

    def __call__(self, *inputs: Value, **keywords: Value) -> Value:
        """Builds it where that is due, then runs `call`, whose rows lie in it."""
        m = now()
        method = getattr(self, "call", None)
        if "name" not in vars(self):
            Layer.__init__(self)
        if method is None:
            raise NotImplementedError(f"Layer {type(self).__name__} does not have a `call()` method implemented.")
        if not self.built:
            self.build(shapes_of(inputs[0] if inputs else None))
        vars(self)["built"] = True
        accepted = names_of(getattr(method, "__func__", method))
        first = m.trace.enter(self).first
        try:
            passed = {name: each for name, each in keywords.items() if name not in IGNORED or name in accepted}
            made = call(m, method, list(inputs), passed)
        finally:
            m.trace.leave()
        if not m.trace.runs and self is not m.trace.root and inputs and isinstance(made, Tensor):
            with suppress(Stop, Exception):  # an old one, which reads what is no shape any more
                agreed(self, self.stated(shapes_of(inputs[0])), made)
            if len(m.trace.rows) == first and made.row is not None:
                return identity(made, self)  # it hands on what it gets, and is a layer of its model all the same
        return made

    def stated(self, shape: Value) -> Value:
        """The shape that the source says the layer makes of another."""
        says = type(self).compute_output_shape
        return call(now(), says, [self, shape], {}) if isinstance(says, Function) else None

    def add_weight(
        self,
        shape: Value = None,
        initializer: Value = None,
        dtype: Value = None,
        trainable: Value = True,
        *_: Value,
        name: Value = None,
        **__: Value,
    ) -> Value:
        """A weight, its arguments in the order of Keras 3; Keras 2 has the name first."""
        if isinstance(shape, str):
            shape, name = (initializer if isinstance(initializer, list | tuple) else None), shape
        sizes = tuple(shape) if isinstance(shape, list | tuple) else (() if shape is None else (shape,))
        if any(not isinstance(each, int) for each in sizes):
            raise Stop("CS604", "the shape of a weight depends on a size that is not known")
        weight = Parameter(sizes, trains=bool(trainable))
        weight.name = name if isinstance(name, str) else ""
        keep(self, weight)
        return weight

    @property
    def output(self) -> Value:
        """What its last run answered."""
        rows = now().trace.rows
        for number in range(len(rows) - 1, -1, -1):
            if rows[number].module is self and rows[number].outputs:
                return Tensor(rows[number].outputs[0], number)
        raise AttributeError(f"The layer {vars(self).get('name')} has never been called and has no output.")

    @property
    def input(self) -> Value:
        """What its first run was given."""
        for row in now().trace.rows:
            if row.module is self and row.tensors:
                return row.tensors[0]
        raise AttributeError(f"The layer {vars(self).get('name')} has never been called and has no input.")

    def __new__(cls, *positional: Value, **keywords: Value) -> Any:
        """The layer, before it is made, with what it is made of."""
        self = super().__new__(cls)
        vars(self)["_told"] = positional, keywords
        return self

    def get_config(self) -> dict[str, Value]:
        """What it is made of: where the source has no method of its own, the arguments of its ``__init__``."""
        own = vars(self)
        start: Any = type(self).__init__
        config: dict[str, Value] = {name: own[name] for name in ("name", "trainable") if name in own}
        if type(self).get_config is not Layer.get_config or not isinstance(start, Function):
            return config
        positional, keywords = own["_told"]
        given = start.bind((self, *positional), keywords)
        rest = start.node.args.kwarg
        further = given.pop(rest.arg) if rest is not None else {}
        return {**config, **further, **{name: each for name, each in given.items() if each is not self}}

    @classmethod
    def from_config(cls, config: Value) -> Value:
        """A layer of that; layers in it are made anew as well."""
        return call(now(), cls, [], {name: cloned(each) for name, each in config.items()})

    def __getattr__(self, name: str) -> Value:
        if name in UNTOLD:
            reason = f"`{name}` of a layer"
            return Part(reason, now().place()) if name.endswith("variables") else now().opaque(reason)
        named = (each for each in weights_of(self) if each.name == name) if self._layer_type is not None else ()
        found = None if name.startswith("_") else next(iter(named), None)
        if found is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return found

    weights = property(lambda self: weights_of(self))
    trainable_weights = property(lambda self: [each for each in weights_of(self) if each.trains])
    non_trainable_weights = property(lambda self: [each for each in weights_of(self) if not each.trains])
    trainable_variables = trainable_weights

    def _flatten_layers(self, recursive: bool = True, include_self: bool = True) -> list[Layer]:
        within = [below for each in held(self) for below in (each._flatten_layers() if recursive else [each])]
        return [self, *within] if include_self else within

    def get_weights(self) -> list[Parameter]:
        """Their values, of which the shapes are known."""
        return weights_of(self)

    def count_params(self) -> int:
        """The elements of all weights."""
        weights: list[Any] = weights_of(self)
        return sum(prod(each.shape) for each in weights)

    def enable_lora(self, *_: Value, **__: Value) -> None:
        """Other weights take the place of those that train."""
        raise changing("weights of LoRA are not read")

    def quantize(self, *_: Value, **__: Value) -> None:
        """Weights of another type, and their scales."""
        raise changing("quantized layers are not read")

    add_variable = add_weight
    add_loss = add_metric = set_weights = build = build_from_config = quiet
    compute_output_shape = nothing_known


def cloned(value: Value) -> Value:
    """A layer made anew of its arguments; else the value itself."""
    if not isinstance(value, Layer):
        return value
    made: Layer = get_attribute(type(value), "from_config")(get_attribute(value, "get_config")())
    return made


def names_of(method: Value) -> frozenset[str]:
    """The arguments of a function of the source."""
    if not isinstance(method, Function):
        return frozenset()
    arguments = method.node.args
    named = frozenset(each.arg for each in (*arguments.args, *arguments.kwonlyargs))
    return named | IGNORED if arguments.kwarg else named


def shapes_of(value: Value) -> Value:
    """The shape of a tensor, as `build` is told it, whatever batch is planned; those of several in a list."""
    if isinstance(value, list | tuple):
        return list(map(shapes_of, value))
    sizes = now().framework.size(value) if isinstance(value, Tensor) else None
    return (None, *sizes[1:]) if isinstance(sizes, tuple) and value.row is not None else sizes


class Known(Layer):
    """A layer of the vocabulary: it binds the arguments, and makes one row."""

    def __init__(self, *positional: Value, **keywords: Value) -> None:
        kind: LayerType = self._layer_type
        model = model_of(kind)
        told_format = now().image_format
        if told_format is not None and "data_format" in declared(model):
            keywords.setdefault("data_format", told_format)
        common = (keywords.keys() & OF_EVERY_LAYER) - declared(model).keys()
        super().__init__(**{name: keywords.pop(name) for name in common})
        own = vars(self)
        own.update({**dict(zip(positional_arguments(model), positional, strict=False)), **keywords})
        read = held_layer if kind.module == "wrapping" else plain
        first = [read(each) for each in positional]
        objects = {name for name in keywords if name.endswith(KEPT_FOR_EXPORT) and name in declared(model)}
        told = {name: read(value) for name, value in keywords.items() if name not in {*objects, "activity_regularizer"}}
        told |= {name: text for name in keywords if name in objects and (text := kept(text_of(keywords[name])))}
        if "weights" not in declared(model):
            told.pop("weights", None)
        unknown = next((value for value in (*first, *told.values()) if is_unknown(value)), None)
        if unknown is not None:
            own["_fault"] = unknown if isinstance(unknown, Opaque) else now().opaque("an argument of this layer")
            return
        if any(isinstance(each, Layer) for each in (*first, *told.values())):  # none of Keras, or one that is wrong
            own["_fault"] = now().opaque(f"what {kind.name} holds")
            return
        try:
            own["_lowered"] = lowered = now().trace.builder.layer(kind.name, first, told)
        except (Faults, Fault) as error:
            own["_fault"] = refused(error, own["_place"])
            return
        for name in declared(model):
            own.setdefault(name, now().trace.field(lowered, name))
        own.update(as_held(kind, own))
        give_parts(self, Layer)

    def __call__(self, *inputs: Value, **keywords: Value) -> Value:
        """It makes its row itself; what is derived of it runs its own `call`."""
        run: Any = self.call if type(self).call is Known.call else super().__call__
        return run(*inputs, **keywords)

    def get_config(self) -> dict[str, Value]:
        """All that the vocabulary takes of it."""
        names, (positional, keywords) = declared(model_of(self._layer_type)), vars(self)["_told"]
        given = dict(zip(positional_arguments(model_of(self._layer_type)), positional, strict=False)) | keywords
        own = vars(self) | {name: given[name] for name in given if isinstance(given[name], Layer | list)}
        stated = {name: own[name] for name in ("name", "trainable", *names) if name in own}
        held = {name: each for name, each in stated.items() if name in ACTIVATIONS and not isinstance(each, Function)}
        return stated | {name: plain(each) for name, each in held.items() if not isinstance(each, Layer)}

    def compute_output_shape(self, input_shape: Value) -> Value:
        """What the layer makes of a shape, or of several."""
        try:
            several = input_shape if isinstance(input_shape[0], list | tuple) else [input_shape]
            found: Any = vars(self)["_lowered"].answer(tuple(map(tuple, several))).result.outputs
            return one(found)
        except (Fault, KeyError, TypeError):
            return now().opaque(f"what a {type(self).__name__} makes of that shape")

    def call(self, *inputs: Value, **keywords: Value) -> Value:
        """The layer on its tensors: one row."""
        m = now()
        name = type(self).__name__
        kind = self._layer_type.name
        for word in CALLED.get(kind, ("inputs",))[len(inputs) :]:
            inputs = (*inputs, keywords.pop(word, None))
        lowered, masks = switched(kind, vars(self).get("_lowered"), keywords)
        strange = next(iter(keywords), None)
        if strange is not None:
            raise Stop("CS601", f"{name} is called with {strange}=, which is not read")
        inputs = tuple(part for each in inputs for part in (each if is_list_of_tensors(each) else [each]))
        tensors = tuple(each for each in inputs if each is not None and not isinstance(each, bool))
        failed = unable(self, name, tensors)
        if failed is not None:
            return failed
        if not self.built:
            build_parts(self, Layer)
            for each in WITHIN.get(kind, ()):
                named(each, None)
        vars(self)["built"] = True
        made = m.trace.apply(name, folded(lowered, tensors), tensors, module=self, masks=masks)
        return one(nested(kind, self, made))


SIDES = words("kernel_size strides dilation_rate pool_size size")
ACTIVATIONS = words("activation recurrent_activation")
"""Layers hold the functions of these names, and their configurations the names."""


def as_held(kind: LayerType, own: dict[str, Value]) -> dict[str, Value]:
    """Sizes as layers hold them: one for each axis; in which order axes lie; and activations."""
    found = {name: each for name, each in own.items() if name in SIDES and kind.name != "UpSampling1D"}
    if found.get("strides", "") is None:
        found["strides"] = found.get("pool_size")
    sides = {name: (each,) * (kind.rank or 1) if isinstance(each, int) else each for name, each in found.items()}
    sides = {name: tuple(each) if isinstance(each, list) else each for name, each in sides.items()}
    get: Any = get_attribute(now().importer.dotted("keras.activations"), "get")
    sides |= {name: get(each) for name, each in own.items() if name in ACTIVATIONS}
    return {**sides, "data_format": "channels_last"} if own.get("data_format", "") is None else sides


def plain(value: Value) -> Value:
    """An argument as the vocabulary reads it: an activation or an object by its name."""
    if isinstance(value, Function):
        return "linear"
    if isinstance(value, Known):
        return activation_of(value)
    return value.__name__ if callable(value) and hasattr(value, "__name__") else text_of(value)


def activation_of(layer: Known) -> Value:
    """The name of the activation that a layer stands for where an argument takes one."""
    kind = layer._layer_type.name
    if kind == "Activation":
        return plain(vars(layer)["activation"])
    if kind == "PReLU":  # Conv2D(8, 3, activation=PReLU()) has no slopes before it runs on values, and counts them then
        return now().opaque("when the weights of a PReLU that is an activation are made")
    return snake_case(kind).replace("re_lu", "relu")


DERIVED = {
    **dict.fromkeys(words("LSTM GRU SimpleRNN ConvLSTM1D ConvLSTM2D ConvLSTM3D"), "RNN"),
    "AdditiveAttention": "Attention",
}
"""Classes of Keras that derive from another that people ask for."""


@cache
def class_for(kind: LayerType) -> type:
    """The class of a layer of the vocabulary."""
    base = class_for(vocabulary("keras").types[DERIVED[kind.name]]) if kind.name in DERIVED else Known
    return type(kind.name, (base,), {"_layer_type": kind, "__module__": "keras.layers"})
