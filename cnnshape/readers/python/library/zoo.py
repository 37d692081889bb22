"""Networks of packages that are not installed: those of the zoo stand for them, as far as their names permit.

Keras's networks have Keras's names throughout, PyTorch's ResNets torchvision's. The others have a body, whose layers
have the zoo's names, and the head under torchvision's (`fc`, `classifier`); what else is asked for by torchvision's
names is not known: a wrong layer is worse than none.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from types import MethodType
from typing import Any

from cnnshape.diagnostics import Fault
from cnnshape.network.network import Network
from cnnshape.network.node import Node
from cnnshape.readers.files import find_in_zoo
from cnnshape.readers.python.language.guard import call
from cnnshape.readers.python.language.importing import READER, told
from cnnshape.readers.python.language.values import Opaque, Tensor, Value, now, words
from cnnshape.readers.python.rows.applying import folded, lower, weights_among
from cnnshape.readers.requests import Settings
from cnnshape.vocabularies.declaration import declared
from cnnshape.vocabularies.vocabulary import vocabulary

WITHOUT_MEANING = words(
    "weights pretrained progress init_weights weights_backbone name classifier_activation checkpoint_path"
)
"""Arguments that change no shape."""
NAMED = {"num_classes": "classes"}


def network_of(name: str, given: dict[str, Value], inputs: dict[str, Any], called: str) -> Network | Opaque:
    """The zoo's network of that name with these arguments; where it has none, or not with these, what is not known."""
    from cnnshape.readers.yaml.architecture import read_member  # only where a package is missing

    builder = now().trace.builder
    try:
        member = find_in_zoo(f"zoo:{builder.framework}/{name}")
    except Fault:
        return now().opaque(called)
    loaded = read_member(f"zoo:{builder.framework}/{member.name}")
    asked = {word: value for word, value in given.items() if word not in WITHOUT_MEANING}
    variables = {NAMED.get(word, word): value for word, value in asked.items()}
    unknown = next((value for value in variables.values() if isinstance(value, Opaque)), None)
    if unknown is not None:
        return unknown
    strange = [
        f"{word}={value!r:.40}" if isinstance(value, int | float | str) else word
        for word, value in asked.items()
        if NAMED.get(word, word) not in loaded.variables() or (NAMED.get(word) == "classes" and value == 0)
    ]
    if strange:
        return now().opaque(f"what {', '.join(strange)} make{'s' * (len(strange) == 1)} of {called}")
    where = f"zoo:{builder.framework}/{member.name}"
    of_torch = "torchvision's" if name.startswith(RESNETS) else "the zoo's"
    whose = "Keras's" if builder.framework == "keras" else of_torch
    now().note(f"{name} is {where}, as no source of it is installed: its layers have {whose} names")
    return loaded.network(Settings(batch=builder.batch, inputs=inputs, variables=variables))


def layers_of(network: Network, class_for: Callable[..., type]) -> dict[Node, Any]:
    """The layer that each node applies, once where several apply it; None of a function."""
    layers: dict[Node, Any] = {}
    for node in network.nodes:
        kind = node.layer.bound.kind if node.layer is not None else None
        if kind is None or kind.operator or node.owner is not None:
            layers[node] = None if node.owner is None else layers[node.owner]
            continue
        layer: Any = object.__new__(class_for(kind))
        vars(layer).update(_place=now().place(), _given={}, _lowered=node.layer, name=node.name, trainable=True)
        layers[node] = layer
    return layers


def replay(nodes: Iterable[Node], layers: dict[Node, Any], known: dict[int, Tensor]) -> Value:
    """Nodes on tensors of the reading, a row each: what the last one answers."""
    outputs: tuple[Tensor, ...] = ()
    for node in nodes:
        assert node.layer is not None  # networks of the zoo are sound
        layer, tensors = layers[node], tuple(known[id(each)] for each in node.inputs)
        own = vars(layer) if layer is not None else {}
        weights = weights_among(*own.get("_parameters", {}).values(), *own.get("_buffers", {}).values())
        outputs = now().trace.apply(node.type, folded(node.layer, tensors), tensors, weights, module=layer)
        known.update(zip(map(id, node.outputs), outputs, strict=True))
    return outputs[0]


# ---------------------------------------------------------------------- Keras


NAMED_POOLS = ("ResNet", "DenseNet", "EfficientNet", "MobileNetV3")
"""How networks begin that name the pooling they end in without their head; the others' is numbered."""


def application(name: str) -> Value:
    """A function of ``keras.applications``."""

    def build(
        include_top: Value = True,
        weights: Value = None,
        input_tensor: Value = None,
        input_shape: Value = None,
        pooling: Value = None,
        classes: Value = 1000,
        **options: Value,
    ) -> Value:
        from cnnshape.readers.python.keras.layers import class_for, named
        from cnnshape.readers.python.keras.models import Functional, make_input

        shape = input_tensor.shape[1:] if isinstance(input_tensor, Tensor) and input_tensor.shape else input_shape
        shape = shape or (None if include_top else (None, None, 3))
        given = {"include_top": include_top, **({"classes": classes} if include_top else {}), **options}
        network = network_of(name, given, {"": tuple(shape)} if shape else {}, f"`keras.applications.{name}`")
        normalized = name.startswith("ConvNeXt") and not include_top  # at its end, behind the pooling
        if isinstance(network, Opaque):
            return network
        if pooling not in (None, "avg", "max") or (pooling and normalized):
            return now().opaque(f"`keras.applications.{name}`")
        ((entry, _),) = network.inputs
        start = input_tensor if isinstance(input_tensor, Tensor) else make_input(tuple(entry.shape or ())[1:])
        layers = layers_of(network, class_for)
        model, head, names = names_of(name)
        if len(network.nodes) != len(names) - (0 if include_top else head):
            names = [node.name.replace("/", "_") for node in network.nodes]
        if normalized:
            names[len(network.nodes) - 1] = ""
        for node, word in zip(network.nodes, names, strict=False):
            layer = layers[node]
            if layer is not None:
                vars(layer)["name"] = word or named(node.type, None)
        known: dict[int, Tensor] = {id(entry): start}
        replay(network.nodes, layers, known)
        result = known[id(network.outputs[0])]
        if pooling and not include_top:
            pool = {"avg": "GlobalAveragePooling2D", "max": "GlobalMaxPooling2D"}[pooling]
            pool_name = f"{pooling}_pool" if name.startswith(NAMED_POOLS) else None
            result = class_for(vocabulary("keras").types[pool])(name=pool_name)(result)
        model = model.format(alpha=options.get("alpha", 1.0), rows=start.shape[1] if start.shape else None)
        return Functional(inputs=start, outputs=result, name=options.get("name") or model)

    return build


def names_of(network: str) -> tuple[str, int, list[str]]:
    """Keras's name of a model, how many layers its head has, and their names; of those that it numbers none."""
    import gzip  # only where a package is missing
    import json

    with gzip.open(os.path.join(READER, "keras", "names.json.gz")) as stream:
        found: tuple[str, int, list[str]] = json.load(stream)[network]
    return found


# ---------------------------------------------------------------------- PyTorch

HEADS = {
    **dict.fromkeys(("resne", "wide_resnet", "inception", "googlenet", "regnet", "shufflenet"), "fc"),
    **dict.fromkeys(("vgg", "alexnet", "densenet", "mobilenet", "efficientnet", "convnext", "mnasnet"), "classifier"),
}
"""torchvision's name of the last layers, by how the names of networks begin."""
WHOLE = ("vgg", "alexnet", "mobilenet", "efficientnet", "convnext")
"""Networks whose parts are a body, a pooling where it is a module, and a classifier."""
POOLED = frozenset({"AdaptiveAvgPool2d", "adaptive_avg_pool2d", "mean"})


def of_timm(name: str, given: dict[str, Value], called: str) -> Value:
    """A model of timm, which without classes answers its features; ResNets answer those of every size, too."""
    from cnnshape.readers.python.torch.layers import class_for
    from cnnshape.readers.python.torch.unnamed import Besides

    listed = name.startswith(RESNETS) and given.get("features_only") is True
    asked = {word: each for word, each in given.items() if not (listed and word in ("features_only", "out_indices"))}
    asked |= {"aux_logits": False} if name == "inception_v3" else {}
    bare = given.get("num_classes") == 0
    found = model(name, {**asked, "num_classes": 1000} if bare else asked, called, Besides)
    if not isinstance(found, Besides):
        return found
    parts = vars(found)["_modules"]
    head = next(reversed(parts))
    within = vars(parts[head])["_modules"] or parts
    last = within[next(reversed(within))]
    if not name.startswith("vgg"):  # whose classifier has features of its own
        vars(found)["num_features"] = last.in_features
    if bare:
        within[next(reversed(within))] = class_for(vocabulary("pytorch").types["Identity"])()
    if not listed:
        return found
    indices = given.get("out_indices") or range(5)
    return call(now(), told("torch_fx").get("FeatureListNet"), [found, list(indices), last.in_features], {})


def model(name: str, given: dict[str, Value], called: str, resnets: type | None = None) -> Value:
    """A model of ``torchvision.models`` or timm; unknown, as it is called, where the zoo has none of that name.

    ResNets are of the class `resnets`, which has what their package knows of them besides.
    """
    from cnnshape.readers.python.torch.containers import Sequential
    from cnnshape.readers.python.torch.layers import class_for
    from cnnshape.readers.python.torch.module import Module
    from cnnshape.readers.python.torch.unnamed import Unnamed

    head = next((each for prefix, each in HEADS.items() if name.startswith(prefix)), None)
    network = network_of(name, given, {}, called)
    if head is None or isinstance(network, Opaque):
        return now().opaque(called) if head is None else network
    layers = layers_of(network, class_for)
    for node, layer in layers.items():
        if layer is not None and node.owner is None and node.layer is not None and node.answer is not None:
            Module.__init__(layer)
            layer._register(node.layer, node.answer.result.weights)
            said: Any = node.layer.bound.layer
            for argument in declared(type(said)):
                vars(layer).setdefault(argument, getattr(said, argument))
            tell_inputs(vars(layer))
            vars(layer)["_given"] = whole = {each: vars(layer)[each] for each in declared(type(said))}
            vars(layer)["_lowered"] = lower(layer._layer_type, (), whole)
            vars(layer).pop("bias", None)  # of a layer that is made it is the weight
    cut = max(number for number, node in enumerate(network.nodes) if node.type in POOLED)
    body, tail = network.nodes[:cut], network.nodes[cut:]
    parts = [node for node in tail if layers[node] is not None]
    pool = parts[0] if parts and parts[0] is tail[0] else None
    single = head == "fc" or name.startswith("densenet")
    last = parts[-1:] if single else [each for each in parts if each is not pool]
    cls: Any = type(
        name, (resnets or Module if name.startswith(RESNETS) else Unnamed,), {"__module__": "torchvision.models"}
    )
    self = cls()
    if name.startswith(RESNETS):
        stages = parts_of_resnet(body, layers)
    else:
        now().added[cls, "__dict__"] = self._unknown("the parts")
        named = {node: node.name.replace("/", "_").replace(".", "_") for node in body if layers[node] is not None}
        stages = {"body" if head == "fc" else "features": replayed(cls(), body, named, layers)}
    vars(self)["_modules"] = {
        **stages,
        **({"avgpool": layers[pool]} if pool is not None else {}),
        head: layers[last[0]] if single else Sequential(*(layers[each] for each in last)),
    }

    def through_all(whole: Value, value: Value) -> Value:
        modules = vars(whole)["_modules"]
        for stage in stages:
            value = modules[stage](value)
        for node in tail:
            if node in last:
                return modules[head](value)
            pooled = modules["avgpool"] if node is pool else None
            value = replay([node], layers, {id(node.inputs[0]): value}) if pooled is None else pooled(value)
        return value

    vars(self).update(forward=MethodType(through_all, self), _whole=name.startswith(WHOLE))
    return self


RESNETS = ("resne", "wide_resnet")
STEM = ("conv1", "bn1", "relu", "maxpool")
NUMBERED = {"Conv2d": "conv", "BatchNorm2d": "bn"}


def parts_of_resnet(body: Sequence[Node], layers: dict[Node, Any]) -> dict[str, Value]:
    """The body of a ResNet under torchvision's names: a stem, and layers of blocks whose maps are of one size."""
    from cnnshape.readers.python.torch.containers import Sequential

    blocks = [list(nodes) for _, nodes in groupby(body[len(STEM) :], lambda node: node.scopes[0])]
    by_size = groupby(blocks, lambda nodes: nodes[-1].outputs[0].shape)
    found = {name: layers[node] for name, node in zip(STEM, body, strict=False)}
    for number, (_, several) in enumerate(by_size, start=1):
        found[f"layer{number}"] = Sequential(*(block_of_resnet(nodes, layers) for nodes in several))
    return found


def block_of_resnet(nodes: Sequence[Node], layers: dict[Node, Any]) -> Value:
    """A block under torchvision's names: convolutions and normalizations numbered, one ReLU, the shortcut by itself."""
    from cnnshape.readers.python.torch.containers import Sequential
    from cnnshape.readers.python.torch.module import Module

    shortcut = [node for node in nodes if len(node.scopes) > 2 and layers[node] is not None]
    names: dict[Node, str] = {}
    for node in nodes:
        if node in shortcut:
            names[node] = "downsample"
        elif node.type in NUMBERED:
            count = sum(each.type == node.type for each in names if each not in shortcut)
            names[node] = f"{NUMBERED[node.type]}{count + 1}"
        elif layers[node] is not None:
            names[node] = "relu"
    cls: Any = type("Block", (Module,), {"__module__": "torchvision.models.resnet"})
    block = replayed(cls(), nodes, names, layers)
    block._modules["downsample"] = Sequential(*(layers[node] for node in shortcut)) if shortcut else None
    return block


def replayed(module: Any, nodes: Sequence[Node], names: dict[Node, str], layers: dict[Node, Any]) -> Value:
    """The module made to run nodes, each by what lies under its name in the module when it runs."""
    modules: dict[str, Value] = vars(module)["_modules"]
    for node, name in names.items():
        modules.setdefault(name, layers[node])

    def forward(module: Value, value: Value) -> Value:
        modules = vars(module)["_modules"]
        known: dict[int, Tensor] = {id(nodes[0].inputs[0]): value}
        for name, group in groupby(nodes, names.get):
            run = list(group)
            if name is None:
                value = replay(run, layers, known)
            else:
                value = call(now(), modules[name], [known[id(each)] for each in run[0].inputs], {})
                known[id(run[-1].outputs[0])] = value
        return value

    vars(module)["forward"] = MethodType(forward, module)
    return module


def tell_inputs(own: dict[str, Any]) -> None:
    """The sizes that the file leaves to be inferred, as the weights have them."""
    weight = own["_parameters"].get("weight")
    shape: Any = weight.shape if isinstance(weight, Tensor) else None
    for name, axis in (("in_features", 1), ("in_channels", 1), ("num_features", 0)):
        if shape and name in own and own[name] is None:
            own[name] = shape[axis] * (own.get("groups", 1) if axis else 1)
