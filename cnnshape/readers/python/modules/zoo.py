"""Networks of packages that are not installed: those of the zoo stand for them, as far as their names permit.

PyTorch's have a body, whose layers have the zoo's names, and the head under torchvision's (`fc`, `classifier`). What
else is asked for by torchvision's names is not known: a wrong layer is worse than none.
"""

from __future__ import annotations

from typing import Any

from cnnshape.network.network import Network
from cnnshape.network.node import Node
from cnnshape.readers.python.calls import call
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.values import Class, Instance, Native, Opaque, Tensor, Value, words
from cnnshape.readers.requests import Settings

WITHOUT_MEANING = words(
    "weights pretrained progress init_weights weights_backbone name classifier_activation checkpoint_path"
)
"""Arguments that change no shape."""
NAMED = {"num_classes": "classes"}


def network_of(m: Machine, name: str, given: dict[str, Value], inputs: dict[str, Any]) -> Network | None:
    """The zoo's network of that name with these arguments; None where it has none, or not with these."""
    from cnnshape.diagnostics import Fault
    from cnnshape.readers.files import find_in_zoo
    from cnnshape.readers.yaml.architecture import read_member

    framework = m.trace.builder.framework
    try:
        member = find_in_zoo(f"zoo:{framework}/{name}")
    except Fault:
        return None
    loaded = read_member(f"zoo:{framework}/{member.name}")
    variables = {NAMED.get(word, word): value for word, value in given.items() if word not in WITHOUT_MEANING}
    if not variables.keys() <= loaded.variables().keys() or any(
        isinstance(each, Opaque) for each in variables.values()
    ):
        return None
    m.note(f"{name} is zoo:{framework}/{member.name}, as no source of it is installed: its layers have the zoo's names")
    return loaded.network(Settings(batch=m.trace.builder.batch, inputs=inputs, variables=variables))


def layer_of(m: Machine, node: Node, made: dict[int, Instance], cls: Class, name: str) -> Instance:
    """The layer that a node applies, once."""
    owner = node.owner or node
    if id(owner) not in made:
        made[id(owner)] = layer = Instance(cls)
        layer.place = m.place()
        layer.attributes |= {"__given__": {}, "__lowered__": owner.layer, "name": name, "trainable": True}
    return made[id(owner)]


def run_node(m: Machine, node: Node, layer: Instance | None, tensors: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """A node on tensors of the reading: one row."""
    from cnnshape.readers.python.torch.layers import folded

    assert node.layer is not None  # networks of the zoo are sound
    read = tuple(layer.attributes.get("_parameters", {}).values()) if layer is not None else ()
    buffers = tuple(layer.attributes.get("_buffers", {}).values()) if layer is not None else ()
    weights = tuple(each for each in (*read, *buffers) if isinstance(each, Tensor))
    return m.trace.apply(m, node.type, folded(m, node.layer, tensors), tensors, weights, module=layer)


# ---------------------------------------------------------------------- Keras


def application(name: str) -> Value:
    """A function of ``keras.applications``."""

    def build(
        m: Machine,
        include_top: Value = True,
        weights: Value = None,
        input_tensor: Value = None,
        input_shape: Value = None,
        pooling: Value = None,
        classes: Value = 1000,
        **words: Value,
    ) -> Value:
        from cnnshape.readers.python.keras.layers import class_for
        from cnnshape.readers.python.keras.models import FUNCTIONAL, make_input, start_model

        shape = input_tensor.shape[1:] if isinstance(input_tensor, Tensor) and input_tensor.shape else input_shape
        given = {"include_top": include_top, **({"classes": classes} if include_top else {}), **words}
        network = network_of(m, name, given, {"": tuple(shape)} if shape else {})
        if network is None or pooling not in (None, "avg", "max"):
            return m.opaque(f"`{name}` of `keras.applications`")
        ((entry, _),) = network.inputs
        start = input_tensor if isinstance(input_tensor, Tensor) else make_input(m, tuple(entry.shape or ())[1:])
        known: dict[int, Tensor] = {id(entry): start}
        made: dict[int, Instance] = {}
        for node in network.nodes:
            kind = node.layer.bound.kind if node.layer is not None else None
            layer = None
            if kind is not None and not kind.operator:
                layer = layer_of(m, node, made, class_for(kind), node.name.replace("/", "_"))
            outputs = run_node(m, node, layer, tuple(known[id(each)] for each in node.inputs))
            known.update(zip(map(id, node.outputs), outputs, strict=True))
        result = known[id(network.outputs[0])]
        if pooling and not include_top:
            from cnnshape.vocabularies.vocabulary import vocabulary

            pool = vocabulary("keras").types[{"avg": "GlobalAveragePooling2D", "max": "GlobalMaxPooling2D"}[pooling]]
            result = call(m, call(m, class_for(pool), [], {}), [result], {})
        model = Instance(FUNCTIONAL)
        start_model(m, model, inputs=start, outputs=result, name=words.get("name") or name.lower())
        return model

    return Native(name, build)


# ---------------------------------------------------------------------- PyTorch

HEADS = {
    **dict.fromkeys(("resne", "wide_resnet", "inception", "googlenet", "regnet", "shufflenet"), "fc"),
    **dict.fromkeys(("vgg", "alexnet", "densenet", "mobilenet", "efficientnet", "convnext", "mnasnet"), "classifier"),
}
"""torchvision's name of the last layers, by how the names of networks begin."""
WHOLE = ("vgg", "alexnet", "mobilenet", "efficientnet", "convnext")
"""Networks whose parts are a body, a pooling where it is a module, and a classifier."""
POOLED = frozenset({"AdaptiveAvgPool2d", "adaptive_avg_pool2d", "mean"})


def model(m: Machine, name: str, given: dict[str, Value]) -> Value:
    """A model of ``torchvision.models`` or timm; None where the zoo has none of that name."""
    from cnnshape.readers.python.torch.containers import SEQUENTIAL
    from cnnshape.readers.python.torch.layers import class_for, register
    from cnnshape.readers.python.torch.module import MODULE, start

    head = next((each for prefix, each in HEADS.items() if name.startswith(prefix)), None)
    network = network_of(m, name, given, {}) if head else None
    if head is None or network is None:
        return None
    made: dict[int, Instance] = {}
    layers: dict[Node, Instance | None] = {}
    for node in network.nodes:
        kind = node.layer.bound.kind if node.layer is not None else None
        layers[node] = None
        if kind is not None and not kind.operator and node.layer is not None and node.answer is not None:
            new = id(node.owner or node) not in made
            layers[node] = layer = layer_of(m, node, made, class_for(kind), node.name)
            if new:
                start(m, layer)
                register(layer, node.layer, node.answer.result.weights)
                for field, value in vars_of(node.layer.bound.layer).items():
                    layer.attributes.setdefault(field, value)
                tell_inputs(layer)
    cut = max(number for number, node in enumerate(network.nodes) if node.type in POOLED)
    body, tail = network.nodes[:cut], network.nodes[cut:]
    names = {"fc": "body", "classifier": "features"}
    self, stages = Instance(zoo_class(m, name, MODULE)), Instance(zoo_class(m, name, MODULE))
    for each in (self, stages):
        start(m, each)
    stages.attributes["_modules"] = {
        node.name.replace("/", ".").replace(".", "_"): layers[node] for node in body if layers[node]
    }
    parts = [node for node in tail if layers[node] is not None]
    pool = parts[0] if parts and parts[0] is tail[0] else None
    last = parts[-1:] if head == "fc" or name.startswith("densenet") else [each for each in parts if each is not pool]
    classifier: Value = layers[last[0]]
    if head == "classifier" and not name.startswith("densenet"):
        classifier = call(m, SEQUENTIAL, [layers[each] for each in last], {})
    self.attributes["_modules"] = {
        names[head]: stages,
        **({"avgpool": layers[pool]} if pool is not None else {}),
        head: classifier,
    }
    self.attributes["__whole__"] = name.startswith(WHOLE)

    def replay(m: Machine, nodes: tuple[Node, ...], known: dict[int, Tensor]) -> Tensor:
        for node in nodes:
            outputs = run_node(m, node, layers[node], tuple(known[id(each)] for each in node.inputs))
            known.update(zip(map(id, node.outputs), outputs, strict=True))
        return known[id(nodes[-1].outputs[0])]

    def through_body(m: Machine, value: Value) -> Value:
        return replay(m, body, {id(network.inputs[0][0]): value})

    def through_all(m: Machine, value: Value) -> Value:
        modules = self.attributes["_modules"]
        value = call(m, modules[names[head]], [value], {})
        for node in tail:
            if node in last:
                return call(m, modules[head], [value], {})
            if node is pool:
                value = call(m, modules["avgpool"], [value], {})
            else:
                (value,) = run_node(m, node, layers[node], (value,))
        return value

    stages.attributes["forward"] = Native("forward", through_body)
    self.attributes["forward"] = Native("forward", through_all)
    return self


def tell_inputs(layer: Instance) -> None:
    """The sizes that the file leaves to be inferred, as the weights have them."""
    weight = layer.attributes["_parameters"].get("weight")
    shape: Any = weight.shape if isinstance(weight, Tensor) else None
    for name, axis in (("in_features", 1), ("in_channels", 1), ("num_features", 0)):
        if shape and name in layer.attributes and layer.attributes[name] is None:
            layer.attributes[name] = shape[axis] * (layer.attributes.get("groups", 1) if axis else 1)


def vars_of(layer: object) -> dict[str, Value]:
    """The arguments of a layer of the vocabulary."""
    from cnnshape.vocabularies.layer import arguments_of

    return {name: getattr(layer, field) for name, field in arguments_of(type(layer)).items()}  # type: ignore[arg-type]


def zoo_class(m: Machine, name: str, base: Class) -> Class:
    """The class of a network of the zoo: what it cannot answer by torchvision's names is not known."""

    def unknown(m: Machine, what: str) -> Opaque:
        return m.opaque(f"{what} of {name}, whose source is not installed")

    def assign(m: Machine, self: Instance, attribute: str, value: Value) -> None:
        if attribute not in self.attributes["_modules"] and isinstance(value, Instance):
            unknown(m, f"`{attribute}`").refuse()
        call(m, base.find("__setattr__"), [self, attribute, value], {})

    def parts(m: Machine, self: Instance) -> Value:
        whole = self.attributes.get("__whole__")
        return call(m, base.find("children"), [self], {}) if whole else unknown(m, "the parts")

    cls = Class(name, (base,), module="torchvision.models")
    cls.namespace |= {
        "__getattr__": Native("__getattr__", lambda m, self, attribute: unknown(m, f"`{attribute}`")),
        "__getitem__": Native("__getitem__", lambda m, self, key: unknown(m, "a part")),
        "__setattr__": Native("__setattr__", assign),
        "children": Native("children", parts),
        **{
            method: Native(method, lambda m, self, *_, **__: unknown(m, "the names within"))
            for method in ("named_parameters", "named_children", "named_modules", "named_buffers", "state_dict")
        },
    }
    return cls
