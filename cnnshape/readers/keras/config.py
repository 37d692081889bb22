"""A model's configuration in one form, whichever version of Keras wrote it.

Keras 3 states a call as ``{"args": [...], "kwargs": {...}}`` with ``__keras_tensor__`` for tensors; Keras 2 as
``[[name, node, tensor, {...}], ...]``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cnnshape.readers.archives import MalformedError
from cnnshape.value import NamedTuple

MODELS = frozenset({"Functional", "Model", "Sequential"})
"""Classes whose configuration holds layers."""


PUBLIC_NAMES = {"GroupedQueryAttention": "GroupQueryAttention"}
"""Classes that Keras offers by another name than their own, which an `.h5` has."""


class Reference(NamedTuple):
    """A tensor: of which layer, of which of its calls, and which output."""

    layer: str
    call: int
    output: int


class Call(NamedTuple):
    """One use of a layer; tensors in the arguments are `Reference`s. `old`: Keras 2 wrote it."""

    positional: tuple[Any, ...]
    keywords: dict[str, Any]
    old: bool = False

    def references(self) -> Iterator[Reference]:
        """The tensors that it reads, in their order."""
        return references([self.positional, self.keywords])


class LayerConfig(NamedTuple):
    """A layer of a model.

    Attributes:
        type: its class; `module` where that is defined (None: by Keras 2, or unknown).
        custom: whether its class is not Keras's.
        config: its constructor's arguments.
        calls: its uses in the graph of the model around it.
    """

    type: str
    module: str | None
    custom: bool
    name: str
    config: dict[str, Any]
    calls: tuple[Call, ...]

    @property
    def is_model(self) -> bool:
        """Whether it holds layers itself, as also a class of a user's may that Keras writes as a graph."""
        is_graph = {"input_layers", "output_layers"} <= self.config.keys()
        known = self.type in MODELS and not self.custom
        return (known or is_graph) and isinstance(self.config.get("layers"), list)


def layer_config(raw: Any) -> LayerConfig:
    """One entry of ``layers``, or a whole model. Raises `MalformedError`."""
    if not isinstance(raw, dict) or not isinstance(raw.get("class_name"), str):
        raise MalformedError("a layer without a class_name")
    config = raw.get("config")
    if isinstance(config, list):  # Sequential of Keras before 2.2.3
        config = {"name": "sequential", "layers": config}
    if not isinstance(config, dict):
        raise MalformedError(f"the layer {raw.get('name') or raw['class_name']} has no config")
    module = raw.get("module")
    name = raw.get("name") or config.get("name") or raw["class_name"]
    if not isinstance(name, str):
        raise MalformedError("a layer whose name is no text")
    nodes = raw.get("inbound_nodes") or []
    if not isinstance(nodes, list):
        raise MalformedError(f"the inbound_nodes of {name} are no list")
    return LayerConfig(
        str(PUBLIC_NAMES.get(raw["class_name"], raw["class_name"])),
        module if isinstance(module, str) else None,
        is_custom(raw),
        name,
        config,
        tuple([read_call(node, name) for node in nodes]),
    )


def is_custom(raw: dict[str, Any]) -> bool:
    """Whether a class is a user's: registered under a package of its own, or defined outside Keras."""
    module, registered = raw.get("module"), raw.get("registered_name")
    if isinstance(registered, str) and ">" in registered:
        return True
    if isinstance(module, str):
        return module.split(".")[0] not in ("keras", "tf_keras", "keras_hub", "builtins")
    return ("module" in raw and registered is not None) or ">" in raw["class_name"]


def read_call(node: Any, name: str) -> Call:
    """One entry of ``inbound_nodes``. Raises `MalformedError`."""
    if isinstance(node, dict):
        arguments, keywords = node.get("args", []), node.get("kwargs", {})
        if not isinstance(arguments, list) or not isinstance(keywords, dict):
            raise MalformedError(f"a call of {name} without args")
        return Call(
            tuple([decoded(each) for each in arguments]), {key: decoded(each) for key, each in keywords.items()}
        )
    return read_old_call(node, name)


def decoded(value: Any) -> Any:
    """An argument of Keras 3: tensors, slices, and what holds them."""
    if isinstance(value, list):
        return [decoded(each) for each in value]
    if not isinstance(value, dict):
        return value
    config = value.get("config")
    match value.get("class_name"):
        case "__keras_tensor__":
            history = config.get("keras_history") if isinstance(config, dict) else None
            return reference(history)
        case "__slice__" if isinstance(config, dict):
            return slice(config.get("start"), config.get("stop"), config.get("step"))
        case "__tuple__" | "__list__" if isinstance(value.get("items"), list):
            return [decoded(each) for each in value["items"]]
        case "__ellipsis__":
            return ...
        case "__numpy__" | "__tensor__" if isinstance(config, dict):
            return config.get("value")
    return {key: decoded(each) for key, each in value.items()}


def reference(history: Any) -> Reference:
    """``[layer, call, output]``. Raises `MalformedError`."""
    match history:
        case [str() as layer, int() as call, int() as output, *_] if call >= 0 and output >= 0:
            return Reference(layer, call, output)
    raise MalformedError(f"no tensor: {str(history)[:80]}")


def read_old_call(node: Any, name: str) -> Call:
    """A call as Keras 2 states it: tensors with what else is given by name."""
    if isinstance(node, list) and node and isinstance(node[0], str):
        node = [node]
    keywords: dict[str, Any] = {}
    if isinstance(node, dict) or not isinstance(node, list):
        raise MalformedError(f"a call of {name} that is no list")
    tensors: list[Any] = []
    for each in node:
        match each:
            case ["_CONSTANT_VALUE", -1, value, *rest]:
                tensors.append(value)
            case [str(), int(), int(), *rest]:
                tensors.append(reference(each))
            case _:
                raise MalformedError(f"a call of {name} without tensors")
        if rest and isinstance(rest[0], dict):
            keywords |= {key: decoded_old(value) for key, value in rest[0].items()}
    return Call((tensors[0] if len(tensors) == 1 else tensors,), keywords, True)


def decoded_old(value: Any) -> Any:
    """An argument by name of Keras 2, where a tensor is ``[layer, call, output]``."""
    match value:
        case [str(), int(), int()]:
            return reference(value)
        case [["_CONSTANT_VALUE", -1, constant]] | ["_CONSTANT_VALUE", -1, constant]:
            return constant
        case list():
            return [decoded_old(each) for each in value]
        case {"class_name": "__slice__" | "slice"} | {"start": _, "stop": _, "step": _}:
            config = value.get("config", value)
            return slice(config.get("start"), config.get("stop"), config.get("step"))
    return value


def references(value: Any) -> Iterator[Reference]:
    """All tensors in an argument, in their order."""
    if isinstance(value, Reference):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from references(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from references(each)
    elif isinstance(value, slice):
        yield from references([value.start, value.stop, value.step])


def ends(raw: Any) -> list[Reference]:
    """``input_layers`` or ``output_layers``: one tensor, several, or a dictionary of them. Raises `MalformedError`."""
    match raw:
        case [str(), int(), int()]:
            return [reference(raw)]
        case list():
            return [tensor for each in raw for tensor in ends(each)]
        case dict():
            return [tensor for each in raw.values() for tensor in ends(each)]
    raise MalformedError(f"no tensors: {str(raw)[:80]}")
