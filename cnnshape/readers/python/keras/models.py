"""Keras's models: graphs from inputs to outputs, stacks of layers, and subclasses."""

from __future__ import annotations

from cnnshape.readers.python.calls import call
from cnnshape.readers.python.iterating import listed
from cnnshape.readers.python.keras.layers import LAYER, held, named, nothing, run, start, unknown_result
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.trace import Row
from cnnshape.readers.python.values import Class, Descriptor, Instance, Native, Opaque, Stop, Tensor, Value

MODEL = Class("Model", (LAYER,), module="keras.models")
FUNCTIONAL = Class("Functional", (MODEL,), module="keras.models")
SEQUENTIAL = Class("Sequential", (MODEL,), module="keras.models")


def make_input(
    m: Machine,
    shape: Value = None,
    batch_size: Value = None,
    dtype: Value = None,
    sparse: Value = None,
    batch_shape: Value = None,
    name: Value = None,
    tensor: Value = None,
    optional: Value = False,
    **_: Value,
) -> Value:
    """``keras.Input``: an input of the model."""
    if isinstance(tensor, Tensor):
        return tensor
    if isinstance(shape, Opaque) or isinstance(batch_shape, Opaque):
        raise Stop("CS604", "the shape of an input is not known here")
    sizes = (
        tuple(batch_shape)[1:]
        if batch_shape is not None
        else (shape,)
        if isinstance(shape, int)
        else tuple(shape or ())
    )
    unknown = next((each for each in sizes if isinstance(each, Opaque)), None)
    if unknown is not None:
        unknown.refuse()
    batch = m.trace.builder.batch
    result = Tensor((batch, *sizes), -1, len(m.trace.inputs))
    m.trace.inputs.append((named(m, "InputLayer", name), result))
    return result


def tensors_in(value: Value) -> list[Tensor]:
    """The tensors of a list, a dict or a single one."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [tensor for each in value for tensor in tensors_in(each)] if isinstance(value, list | tuple) else []


def start_model(m: Machine, self: Instance, *positional: Value, **keywords: Value) -> None:
    """``Model(inputs, outputs)``; without them it is a class that people have derived."""
    inputs = keywords.pop("inputs", keywords.pop("input", positional[0] if positional else None))
    outputs = keywords.pop("outputs", keywords.pop("output", positional[1] if len(positional) > 1 else None))
    if len(positional) > 2:
        keywords["name"] = positional[2]
    start(m, self, **keywords)
    if inputs is not None and outputs is not None:
        self.attributes["__inputs__"] = tensors_in(inputs)
        self.attributes["inputs"] = tensors_in(inputs)
        self.attributes["outputs"] = tensors_in(outputs)
        self.attributes["__outputs__"] = outputs


def rows_of(m: Machine, self: Instance) -> list[int]:
    """The rows between a model's inputs and outputs, in their order."""
    ends = {(each.row, each.output) for each in self.attributes["__inputs__"]}
    found = {each.row for each in self.attributes["outputs"] if (each.row, each.output) not in ends}
    for number in range(len(m.trace.rows) - 1, -1, -1):
        if number in found:
            for each in m.trace.rows[number].tensors:
                if (each.row, each.output) not in ends:
                    found.add(each.row)
    return sorted(number for number in found if number is not None and number >= 0)


def layers_of(m: Machine, self: Instance) -> list[Instance]:
    """``model.layers``: as Keras sorts them, by their distance to the outputs; inputs come first."""
    if "outputs" not in self.attributes:
        return held(m, self)
    rows = m.trace.rows
    numbers = rows_of(m, self)
    depth = dict.fromkeys(numbers, 0)
    for number in reversed(numbers):
        for each in rows[number].tensors:
            if each.row in depth:
                depth[each.row] = max(depth[each.row], depth[number] + 1)
    inner: dict[int, tuple[int, int, Instance]] = {}
    for number in numbers:
        layer = layer_of(rows[number])
        if layer is not None:
            deepest = max(depth[number], inner[id(layer)][0] if id(layer) in inner else 0)
            first = inner[id(layer)][1] if id(layer) in inner else number
            inner[id(layer)] = (deepest, first, layer)
    ordered = sorted(inner.values(), key=lambda entry: (-entry[0], entry[1]))
    return [*(input_layer(m, each) for each in self.attributes["__inputs__"]), *(layer for *_, layer in ordered)]


def layer_of(row: Row) -> Instance | None:
    """The layer of the model that a row belongs to: the outermost that ran."""
    return row.runs[0].module if row.runs else row.module


INPUT_LAYER = Class("InputLayer", (LAYER,), module="keras.layers")


def input_layer(m: Machine, tensor: Tensor) -> Instance:
    """The layer that stands for an input."""
    name = m.trace.inputs[tensor.output][0] if tensor.row == -1 else "input"
    return Instance(INPUT_LAYER, {"name": name, "trainable": True})


def get_layer(m: Machine, self: Instance, name: Value = None, index: Value = None) -> Value:
    """``model.get_layer``."""
    layers = layers_of(m, self)
    if index is not None:
        return layers[index]
    for each in layers:
        if each.attributes.get("name") == name:
            return each
    raise m.error("ValueError", f"No such layer: {name}.")


def run_model(m: Machine, self: Instance, *inputs: Value, **keywords: Value) -> Value:
    """``model(x)``: its graph on other tensors, its stack of layers, or the `call` of a subclass."""
    if "outputs" in self.attributes:
        return again(m, self, tensors_in(list(inputs)))
    if self.cls.below(SEQUENTIAL) and self.cls.find("call") is None:
        m.trace.enter(self)
        try:
            return through(m, self, inputs[0])
        finally:
            m.trace.leave()
    return run(m, self, *inputs, **keywords)


def through(m: Machine, self: Instance, value: Value) -> Value:
    """A stack of layers on a tensor."""
    for layer in self.attributes["__layers__"]:
        value = call(m, layer, [value], {})
    return value


def again(m: Machine, self: Instance, inputs: list[Tensor]) -> Value:
    """A graph on other tensors: every row once more, with the same layers."""
    known = {(old.row, old.output): new for old, new in zip(self.attributes["__inputs__"], inputs, strict=False)}
    m.trace.enter(self)
    try:
        for number in rows_of(m, self):
            row = m.trace.rows[number]
            given = tuple(known[each.row, each.output] for each in row.tensors)
            runs = row.runs
            m.trace.runs.extend(runs)
            try:
                if row.layer is None:
                    made: tuple[Tensor, ...] = (m.trace.fail(m, row.name, given, m.opaque("an earlier fault")),)
                else:
                    made = m.trace.apply(m, row.name, row.layer, given, row.parameters, module=row.module)
            finally:
                del m.trace.runs[len(m.trace.runs) - len(runs) :]
            known.update({(number, output): tensor for output, tensor in enumerate(made)})
    finally:
        m.trace.leave()
    results = [known[each.row, each.output] for each in self.attributes["outputs"]]
    return results[0] if isinstance(self.attributes["__outputs__"], Tensor) else results


def start_sequential(m: Machine, self: Instance, layers: Value = None, **keywords: Value) -> None:
    """``Sequential([...])``."""
    start(m, self, **keywords)
    self.attributes["__layers__"] = []
    for layer in listed(m, layers) if layers is not None else ():
        add(m, self, layer)


def add(m: Machine, self: Instance, layer: Value, **_: Value) -> None:
    """``model.add``: an input states the shape, a layer is one more."""
    m.budget.cell()
    if isinstance(layer, Tensor):
        self.attributes["__start__"] = layer
        return
    if isinstance(layer, Instance) and layer.cls is INPUT_LAYER:
        return
    if isinstance(layer, Opaque):
        layer.refuse()
    if not isinstance(layer, Instance) or not layer.cls.below(LAYER):
        raise m.error("TypeError", "Only instances of `keras.Layer` can be added to a Sequential model.")
    shape = layer.attributes.get("__input_shape__")
    if not self.attributes["__layers__"] and "__start__" not in self.attributes:
        if shape is not None:
            self.attributes["__start__"] = make_input(m, shape)
        elif "__inputs__" in layer.attributes:
            first = layer.attributes["__inputs__"][0]
            self.attributes["__start__"] = make_input(m, first.shape[1:])
    self.attributes["__layers__"].append(layer)


def pop(m: Machine, self: Instance, *_: Value) -> Value:
    """``model.pop``."""
    return self.attributes["__layers__"].pop()


def build(m: Machine, self: Instance, input_shape: Value = None) -> None:
    """``model.build(input_shape)``."""
    if isinstance(input_shape, list | tuple) and "__start__" not in self.attributes and self.cls.below(SEQUENTIAL):
        self.attributes["__start__"] = make_input(m, tuple(input_shape)[1:])


def whole_output(m: Machine, self: Instance) -> Value:
    """``model.output``: of a graph its outputs, of a stack what its last layer answers."""
    if "outputs" in self.attributes:
        return self.attributes["__outputs__"]
    if "__start__" in self.attributes:
        return through(m, self, self.attributes["__start__"])
    raise m.error("AttributeError", "this model has no output before it is called")


def whole_input(m: Machine, self: Instance) -> Value:
    """``model.input``."""
    if "outputs" in self.attributes:
        inputs = self.attributes["__inputs__"]
        return inputs[0] if len(inputs) == 1 else inputs
    if "__start__" in self.attributes:
        return self.attributes["__start__"]
    raise m.error("AttributeError", "this model has no input before it is called")


MODEL.namespace |= {
    "__init__": Native("__init__", start_model),
    "__call__": Native("__call__", run_model),
    "layers": Descriptor("property", Native("layers", layers_of)),
    "get_layer": Native("get_layer", get_layer),
    "output": Descriptor("property", Native("output", whole_output)),
    "input": Descriptor("property", Native("input", whole_input)),
    **{
        name: Native(name, nothing)
        for name in ("compile", "summary", "load_weights", "save", "save_weights", "reset_states", "export")
    },
    **{name: Native(name, unknown_result) for name in ("fit", "evaluate", "predict", "fit_generator", "to_json")},
}
SEQUENTIAL.namespace |= {
    "__init__": Native("__init__", start_sequential),
    "add": Native("add", add),
    "pop": Native("pop", pop),
    "build": Native("build", build),
}
