"""Keras's models: graphs from inputs to outputs, stacks of layers, and subclasses."""

from __future__ import annotations

from typing import Any

from cnnshape.readers.python.keras.graphs import in_order, rows_between
from cnnshape.readers.python.keras.layers import Layer, named, nothing_known, shapes_of
from cnnshape.readers.python.keras.weights import held
from cnnshape.readers.python.language.guard import call, get_attribute
from cnnshape.readers.python.language.values import Opaque, Stop, Tensor, Value, now
from cnnshape.readers.python.library.builtin import quiet
from cnnshape.readers.python.rows.applying import one, tensors_in


def make_input(
    shape: Value = None,
    batch_size: Value = None,
    dtype: Value = None,
    sparse: Value = None,
    batch_shape: Value = None,
    name: Value = None,
    tensor: Value = None,
    **_: Value,
) -> Value:
    """``keras.Input``: an input of the model."""
    if isinstance(tensor, Tensor):
        return tensor
    m = now()
    whole = (shape,) if isinstance(shape, int) else () if shape is None else tuple(shape)
    batch, *sizes = (batch_size, *whole) if batch_shape is None else batch_shape
    for each in (batch, *sizes):
        if each is not None and not isinstance(each, int):
            raise Stop("CS604", "the shape of an input is not known here")
    m.trace.builder.batch = batch if m.trace.batch is None else m.trace.batch
    return m.trace.input(named("InputLayer", name), (m.trace.builder.batch, *sizes))


class InputLayer(Layer):
    """The layer that stands for an input."""

    def __init__(
        self, shape: Value = None, batch_size: Value = None, batch_shape: Value = None, **options: Value
    ) -> None:
        batch, whole = (batch_size, shape) if batch_shape is None else (batch_shape[0], tuple(batch_shape)[1:])
        super().__init__(**({} if whole is None else {"input_shape": whole}), **options)
        vars(self)["_batch"] = batch

    @property
    def output(self) -> Value:
        """The input itself."""
        return vars(self)["_tensor"] if "_tensor" in vars(self) else super().output

    @property
    def input(self) -> Value:
        """As its output."""
        return self.output


def input_layer(tensor: Tensor) -> Layer:
    """The layer of an input."""
    self: Layer = object.__new__(InputLayer)
    name = now().trace.inputs[tensor.output][0] if tensor.row == -1 else "input"
    vars(self).update(name=name, trainable=True, _input_shape=(tensor.shape or ())[1:], _tensor=tensor)
    return self


class Model(Layer):
    """``Model(inputs, outputs)``; without them it is a class that people have derived."""

    def __new__(cls, *positional: Value, **keywords: Value) -> Any:
        """A graph where inputs and outputs are given."""
        graph = cls is Model and (len(positional) > 1 or not {"outputs", "output"}.isdisjoint(keywords))
        return super().__new__(Functional if graph else cls, *positional, **keywords)

    def __init__(self, *positional: Value, **keywords: Value) -> None:
        given = dict(zip(("inputs", "outputs", "name"), positional, strict=False)) | keywords
        inputs = given.pop("inputs", given.pop("input", None))
        outputs = given.pop("outputs", given.pop("output", None))
        super().__init__(**given)
        for each in (inputs, outputs):
            if isinstance(each, Opaque):
                each.refuse()
        if inputs is not None and outputs is not None:
            ends = {"inputs": list(tensors_in(inputs)), "outputs": list(tensors_in(outputs))}
            vars(self).update(ends, _outputs=outputs, built=True)

    def __call__(self, *inputs: Value, **keywords: Value) -> Value:
        """Its graph on other tensors, its stack of layers, or the `call` of a subclass."""
        if "outputs" in vars(self):
            return again(self, tensors_in(inputs))
        if "_layers" in vars(self) and not hasattr(self, "call"):
            now().trace.enter(self)
            try:
                return through(self, inputs[0])
            finally:
                now().trace.leave()
        return super().__call__(*inputs, **keywords)

    def get_config(self) -> dict[str, Value]:
        """What it is made of: itself, of which `from_config` makes another."""
        return {"name": vars(self)["name"], "model": self}

    @classmethod
    def from_config(cls, config: Value, *_: Value, **__: Value) -> Value:
        """A model like that of the configuration, with weights of its own."""
        from cnnshape.readers.python.keras.cloning import clone_model  # it makes models

        return clone_model(config["model"])

    @property
    def layers(self) -> list[Layer]:
        """Of a graph as Keras sorts them."""
        if "outputs" not in vars(self):
            if "_start" in vars(self):
                stacked(self)
            return held(self)
        own = vars(self)
        ends = [(each.row, each.output) for each in (*own["inputs"], *own["outputs"])]
        if own.get("_ends") != ends:
            own.update(
                _ends=ends, _ordered=in_order({input_layer(each): each for each in own["inputs"]}, own["outputs"])
            )
        return list(own["_ordered"])

    def get_layer(self, name: Value = None, index: Value = None) -> Value:
        """A layer by its name or number."""
        if index is not None:
            return self.layers[index]
        found = next((each for each in self.layers if vars(each).get("name") == name), None)
        if found is None:
            raise ValueError(f"No such layer: {name}.")
        return found

    @property
    def output(self) -> Value:
        """Of a graph its outputs, of a stack what its last layer answers."""
        own = vars(self)
        if "outputs" in own:
            return own["_outputs"]
        if "_start" in own:
            return stacked(self)
        raise AttributeError("this model has no output before it is called")

    @property
    def input(self) -> Value:
        """Its only input, or all."""
        own = vars(self)
        if "outputs" in own:
            return own["inputs"][0] if len(own["inputs"]) == 1 else own["inputs"]
        if "_start" in own:
            return own["_start"]
        raise AttributeError("this model has no input before it is called")

    @property
    def output_shape(self) -> Value:
        """The shape of its output, or those of all."""
        return shapes_of(self.output)

    @property
    def input_shape(self) -> Value:
        """The shape of its only input, or those of all."""
        return shapes_of(self.input)

    build = compile = summary = load_weights = save = save_weights = reset_states = export = quiet
    fit = evaluate = predict = fit_generator = nothing_known
    to_json = get_config


class Functional(Model):
    """A graph."""


class Sequential(Model):
    """A stack of layers."""

    def __init__(self, layers: Value = None, **keywords: Value) -> None:
        Layer.__init__(self, **keywords)
        vars(self)["_layers"] = []
        for layer in layers or ():
            self.add(layer)

    def add(self, layer: Value, **_: Value) -> None:
        """An input states the shape, a layer is one more."""
        now().cell()
        own = vars(self)
        if isinstance(layer, InputLayer):
            shape = vars(layer).get("_input_shape")
            told = {"batch_size": vars(layer).get("_batch"), "name": vars(layer)["name"]}
            layer = make_input(shape, **told) if shape is not None else None
        if layer is None or isinstance(layer, Tensor):
            own.update({} if layer is None else {"_start": layer})
            return
        if isinstance(layer, Opaque):
            layer.refuse()
        if not isinstance(layer, Layer):
            raise TypeError("Only instances of `keras.Layer` can be added to a Sequential model.")
        if not own["_layers"] and "_start" not in own:
            if "_input_shape" in vars(layer):
                own["_start"] = make_input(vars(layer)["_input_shape"])
            elif "outputs" in vars(layer) or "_start" in vars(layer):
                own["_start"] = make_input(get_attribute(layer, "inputs")[0].shape[1:])
        own["_layers"].append(layer)
        own["built"] = "_start" in own

    @property
    def inputs(self) -> list[Value]:
        """Its only input."""
        return [self.input]

    @property
    def outputs(self) -> list[Value]:
        """What its last layer answers."""
        return [self.output]

    def pop(self, *_: Value) -> Value:
        """Take off the last layer."""
        return vars(self)["_layers"].pop()

    def build(self, input_shape: Value = None) -> None:
        """The shape of the input, with its batch."""
        if isinstance(input_shape, list | tuple) and "_start" not in vars(self):
            vars(self).update(_start=make_input(tuple(input_shape)[1:]), built=True)


def rows_of(self: Model) -> list[int]:
    """The rows between a model's inputs and outputs, in their order."""
    return rows_between(vars(self)["inputs"], vars(self)["outputs"])


def stacked(self: Model) -> Value:
    """A stack of layers on its own input: once, until there are others."""
    own = vars(self)
    if own.get("_stacked") != own["_layers"]:
        own.update(_stacked=list(own["_layers"]), _answer=through(self, own["_start"]))
    return own["_answer"]


def through(self: Model, value: Value) -> Value:
    """A stack of layers on a tensor."""
    if now().trace.batch is None and isinstance(value, Tensor) and value.row == -1 and value.shape:
        now().trace.builder.batch = value.shape[0]  # as its input says, whatever another model's does
    for layer in vars(self)["_layers"]:
        value = call(now(), layer, [value], {})
    return value


def again(self: Model, inputs: tuple[Tensor, ...]) -> Value:
    """A graph on other tensors: every row once more, with the same layers."""
    trace = now().trace
    known = {(old.row, old.output): new for old, new in zip(vars(self)["inputs"], inputs, strict=False)}
    trace.enter(self)
    try:
        for number in rows_of(self):
            row = trace.rows[number]
            given, masks = (tuple(known[each.row, each.output] for each in of) for of in (row.tensors, row.masks))
            around = len(trace.runs)
            trace.runs.extend(row.runs)
            if row.layer is None or not row.outputs:
                made: tuple[Tensor, ...] = (trace.fail(row.name, given, now().opaque("an earlier fault")),)
            else:
                made = trace.apply(row.name, row.layer, given, row.parameters, module=row.module, masks=masks)
            del trace.runs[around:]
            known.update({(number, output): tensor for output, tensor in enumerate(made)})
    finally:
        trace.leave()
    results = [known[each.row, each.output] for each in vars(self)["outputs"]]
    return one(tuple(results)) if isinstance(vars(self)["_outputs"], Tensor) else results
