"""Keras's layers: classes of the vocabulary, and the base of those that people write."""

from __future__ import annotations

from functools import cache
from typing import Any

from cnnshape.diagnostics import Fault
from cnnshape.readers.python.attributes import find_method
from cnnshape.readers.python.calls import call
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.torch.functional import is_list_of_tensors
from cnnshape.readers.python.torch.layers import folded, is_unknown
from cnnshape.readers.python.values import (
    Class,
    Descriptor,
    Function,
    Instance,
    Native,
    Opaque,
    Parameter,
    Stop,
    Tensor,
    Value,
)
from cnnshape.vocabularies.layer import Faults, arguments_of, model_of, positional_arguments
from cnnshape.vocabularies.objects import KEPT_FOR_EXPORT
from cnnshape.vocabularies.vocabulary import LayerType

LAYER = Class("Layer", module="keras.layers")
IGNORED = frozenset({"training", "mask"})
"""What a layer may be called with beside its tensors: the network is read in inference mode."""


def snake_case(name: str) -> str:
    """The name that Keras gives a layer of a class: ``MaxPooling2D`` is ``max_pooling2d``."""
    result = ""
    for index, character in enumerate(name):
        before, after = name[index - 1 : index], name[index + 1 : index + 2]
        begins = character.isupper() and (before.islower() or (after.islower() and before.isalnum()))
        result += ("_" if index and begins else "") + character.lower()
    return result


def named(m: Machine, cls_name: str, name: Value) -> str:
    """The name of a layer: as it is given, else that of its class, numbered."""
    if isinstance(name, str):
        return name
    base = snake_case(cls_name)
    counts: dict[str, int] = m.counts
    count = counts[base] = counts.get(base, -1) + 1
    return f"{base}_{count}" if count else base


def start(m: Machine, self: Instance, *, name: Value = None, trainable: Value = True, **words: Value) -> None:
    """``Layer.__init__``."""
    for word in ("dtype", "autocast", "activity_regularizer", "dynamic"):
        words.pop(word, None)
    shape = words.pop("input_shape", None)
    if shape is None and isinstance(words.get("input_dim"), int):
        shape = (words["input_dim"],)
    words.pop("input_dim", None)
    batched = words.pop("batch_input_shape", None)
    if batched is not None:
        shape = tuple(batched)[1:]
    if words:
        raise m.error("TypeError", f"{self.cls.name} got an unexpected keyword argument {next(iter(words))!r}")
    self.attributes["name"] = named(m, self.cls.name, name)
    self.attributes["trainable"] = trainable
    self.attributes["built"] = False
    if shape is not None:
        self.attributes["__input_shape__"] = tuple(shape)


@cache
def class_for(kind: LayerType) -> Class:
    """The class of a layer of the vocabulary."""
    cls = Class(kind.name, (LAYER,), module="keras.layers")
    cls.layer = kind
    cls.namespace["__init__"] = Native("__init__", start_layer)
    cls.namespace["call"] = CALL
    return cls


def start_layer(m: Machine, self: Instance, *positional: Value, **keywords: Value) -> None:
    """A layer with its arguments, bound by the vocabulary."""
    kind: LayerType = self.cls.layer
    self.place = self.place or m.place()
    own = {name: keywords.pop(name) for name in OF_EVERY_LAYER if name in keywords}
    start(m, self, **own)
    model = model_of(kind)
    given: dict[str, Value] = dict(zip(positional_arguments(model), positional, strict=False))
    given.update(keywords)
    for name, value in given.items():
        self.attributes[name] = value
    told = {name: plain(value) for name, value in keywords.items() if not name.endswith(KEPT_FOR_EXPORT)}
    if "weights" in told and "weights" not in arguments_of(model):
        del told["weights"]
    unknown = next((value for value in (*positional, *told.values()) if is_unknown(value)), None)
    if unknown is not None:
        self.attributes["__fault__"] = unknown if isinstance(unknown, Opaque) else m.opaque("an argument of this layer")
        return
    try:
        lowered = m.trace.builder.layer(kind.name, [plain(each) for each in positional], told)
    except (Faults, Fault) as error:
        faults = error.faults if isinstance(error, Faults) else (error,)
        refused = next((each for each in faults if each.code in ("CS103", "CS104", "CS106")), None)
        if refused is not None:
            raised = m.error("TypeError", refused.message)
            raised.fault = refused
            raise raised from None
        for fault in faults:
            m.report(fault, self.place, self.place)
        self.attributes["__fault__"] = faults[0]
        return
    self.attributes["__lowered__"] = lowered
    for name, field in arguments_of(model).items():
        self.attributes.setdefault(name, getattr(lowered.bound.layer, field))


OF_EVERY_LAYER = (
    *("name", "trainable", "dtype", "autocast", "activity_regularizer", "input_shape", "input_dim"),
    "batch_input_shape",
)


def plain(value: Value) -> Value:
    """An argument as the vocabulary reads it: an activation by its name."""
    if isinstance(value, Native):
        return value.name
    if isinstance(value, Instance):
        if value.cls.layer is not None:
            return snake_case(value.cls.name)
        return value.payload if value.payload is not None else value
    if isinstance(value, Function):
        return "linear"
    return value


def run_layer(m: Machine, self: Instance, *inputs: Value, **keywords: Value) -> Value:
    """A layer of the vocabulary on its tensors: one row."""
    name = self.cls.name
    for word in IGNORED:
        keywords.pop(word, None)
    if "inputs" in keywords:
        inputs = (keywords.pop("inputs"), *inputs)
    if keywords:
        raise Stop("CS601", f"{name} is called with {next(iter(keywords))}=, which is not read")
    tensors = (
        tuple(inputs[0])
        if inputs and is_list_of_tensors(inputs[0])
        else tuple(each for each in inputs if each is not None and not isinstance(each, bool))
    )
    unknown = next((each for each in tensors if isinstance(each, Opaque)), None)
    if unknown is not None:
        return m.trace.fail(m, name, (), unknown, module=self)
    for each in tensors:
        if not isinstance(each, Tensor):
            raise m.error("TypeError", f"{name} is called with {type(each).__name__}, not with a tensor")
    fault = self.attributes.get("__fault__")
    if fault is not None:
        return m.trace.fail(m, name, tensors, fault, module=self)
    self.attributes["built"] = True
    lowered = self.attributes["__lowered__"]
    outputs = m.trace.apply(m, name, folded(m, lowered, tensors), tensors, module=self)
    return outputs[0] if len(outputs) == 1 else outputs


CALL = Native("call", run_layer)


def run(m: Machine, self: Instance, *inputs: Value, **keywords: Value) -> Value:
    """``layer(x)``: builds it where that is due, then runs `call`, whose rows lie in it."""
    method = self.cls.find("call")
    if method is CALL:
        return call(m, CALL, [self, *inputs], dict(keywords))
    if "name" not in self.attributes:
        start(m, self)
    if method is None:
        if self.cls.unknown is not None:
            return call(m, self.cls.unknown, list(inputs), dict(keywords))
        raise m.error("NotImplementedError", f"Layer {self.cls.name} does not have a `call()` method implemented.")
    build = find_method(m, self, "build")
    if build is not None and not self.attributes.get("built"):
        call(m, build, [shapes_of(m, inputs[0] if inputs else None)], {})
    self.attributes["built"] = True
    accepted = names_of(method)
    passed = {name: value for name, value in keywords.items() if name not in IGNORED or name in accepted}
    m.trace.enter(self)
    try:
        return call(m, method, [self, *inputs], passed)
    finally:
        m.trace.leave()


def names_of(method: Value) -> set[str]:
    """The arguments of a function of the source."""
    if not isinstance(method, Function):
        return set()
    arguments = method.node.args
    return {each.arg for each in (*arguments.args, *arguments.kwonlyargs)} | (
        set(IGNORED) if arguments.kwarg else set()
    )


def shapes_of(m: Machine, value: Value) -> Value:
    """The shape that `build` is told."""
    if isinstance(value, list | tuple):
        return [shapes_of(m, each) for each in value]
    return m.tensors.size(m, value) if isinstance(value, Tensor) else None


def add_weight(
    m: Machine,
    self: Instance,
    shape: Value = None,
    initializer: Value = None,
    dtype: Value = None,
    trainable: Value = True,
    *_: Value,
    name: Value = None,
    **words: Value,
) -> Value:
    """``add_weight``, in the order of arguments of Keras 3; Keras 2 has the name first."""
    if isinstance(shape, str):
        shape, name = (initializer if isinstance(initializer, list | tuple) else None), shape
    sizes = tuple(shape) if isinstance(shape, list | tuple) else (() if shape is None else (shape,))
    if any(not isinstance(each, int) for each in sizes):
        raise Stop("CS604", "the shape of a weight depends on a size that is not known")
    weight = Parameter(sizes, trains=bool(trainable))
    weight.name = name if isinstance(name, str) else f"weight_{len(self.attributes.setdefault('__weights__', []))}"
    self.attributes.setdefault("__weights__", []).append(weight)
    return weight


def assign(m: Machine, self: Instance, name: str, value: Value) -> None:
    """``self.name = value``; what trains not takes what it holds along."""
    self.attributes[name] = value
    if name == "trainable":
        if isinstance(value, Opaque):
            value.refuse()
        for each in held(m, self):
            if each is not self:
                assign(m, each, "trainable", value)


def held(m: Machine, self: Instance) -> list[Instance]:
    """The layers that a layer or model holds: of its graph, in its list, among its attributes."""
    if isinstance(self.attributes.get("__layers__"), list):
        return list(self.attributes["__layers__"])
    if "outputs" in self.attributes:
        from cnnshape.readers.python.keras.models import layers_of

        return layers_of(m, self)
    found: dict[int, Instance] = {}
    pending = list(self.attributes.values())
    while pending:
        each = pending.pop(0)
        if isinstance(each, list | tuple):
            pending = [*each, *pending]
        elif isinstance(each, Instance) and each.cls.below(LAYER):
            found[id(each)] = each
    return list(found.values())


def output_of(m: Machine, self: Instance) -> Value:
    """``layer.output``: what its last run answered."""
    for number in range(len(m.trace.rows) - 1, -1, -1):
        row = m.trace.rows[number]
        if row.module is self and row.outputs:
            return Tensor(row.outputs[0], number)
    raise m.error("AttributeError", f"The layer {self.attributes.get('name')} has never been called and has no output.")


def input_of(m: Machine, self: Instance) -> Value:
    """``layer.input``: what its first run was given."""
    for row in m.trace.rows:
        if row.module is self and row.tensors:
            return row.tensors[0]
    raise m.error("AttributeError", f"The layer {self.attributes.get('name')} has never been called and has no input.")


def nothing(m: Machine, self: Value, *_: Value, **__: Value) -> None:
    """What changes no shape."""


def unknown_result(m: Machine, self: Value, *_: Value, **__: Value) -> Value:
    """What is answered depends on values."""
    return m.opaque("what training answers")


LAYER.namespace |= {
    "__init__": Native("__init__", start),
    "__call__": Native("__call__", run),
    "__setattr__": Native("__setattr__", assign),
    "add_weight": Native("add_weight", add_weight),
    "add_variable": Native("add_variable", add_weight),
    "get_config": Native("get_config", lambda m, self: {}),
    "output": Descriptor("property", Native("output", output_of)),
    "input": Descriptor("property", Native("input", input_of)),
    "compute_output_shape": Native("compute_output_shape", unknown_result),
    **{name: Native(name, nothing) for name in ("add_loss", "add_metric", "set_weights", "build_from_config")},
    **{name: Native(name, unknown_result) for name in ("get_weights", "count_params")},
}
__all__ = ["Any", "class_for", "run"]
