"""``nn.Module``: what is registered by assignment, walked through, called and switched."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cnnshape.readers.python.attributes import get_attribute
from cnnshape.readers.python.calls import call
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.scopes import MISSING
from cnnshape.readers.python.torch import tensors
from cnnshape.readers.python.values import (
    Class,
    Generated,
    Instance,
    Native,
    Opaque,
    Parameter,
    Stop,
    Tensor,
    Value,
    words,
)
from cnnshape.vocabularies.layer import arguments_of, model_of

MODULE = Class("Module", module="torch.nn")
HELD = ("_parameters", "_buffers", "_modules")


def start(m: Machine, self: Instance, *_: Value, **__: Value) -> None:
    """``Module.__init__``."""
    attributes = self.attributes
    for kind in HELD:
        attributes[kind] = {}
    attributes["training"] = False


def assign(m: Machine, self: Instance, name: str, value: Value) -> None:
    """``self.name = value``: parameters and modules are registered, everything else is an attribute."""
    attributes = self.attributes
    kind = (
        "_parameters"
        if isinstance(value, Parameter) and value.kind == "parameter"
        else "_modules"
        if isinstance(value, Instance) and value.cls.below(MODULE)
        else None
    )
    if kind is not None:
        if kind not in attributes:
            what = "parameters" if kind == "_parameters" else "module"
            raise m.error("AttributeError", f"cannot assign {what} before Module.__init__() call")
        attributes.pop(name, None)
        for other in HELD:
            if other != kind:
                attributes[other].pop(name, None)
        attributes[kind][name] = value
        return
    for held in HELD:
        if name in attributes.get(held, ()):
            if value is None or (held == "_buffers" and isinstance(value, Tensor | Opaque)):
                attributes[held][name] = as_buffer(value) if held == "_buffers" else value
                return
            if isinstance(value, Opaque):
                attributes[held][name] = value
                return
            expected = {"_parameters": "torch.nn.Parameter", "_modules": "torch.nn.Module"}.get(held, "torch.Tensor")
            raise m.error("TypeError", f"cannot assign a value as {name!r} ({expected} or None expected)")
    attributes[name] = value
    if self.cls.layer is not None and "__given__" in attributes and name in arguments_of(model_of(self.cls.layer)):
        attributes.setdefault("__changed__", set()).add(name)


def as_buffer(value: Value) -> Value:
    """A tensor that a module keeps as its state."""
    if not isinstance(value, Tensor) or isinstance(value, Parameter):
        return value
    buffer = Parameter(value.shape, kind="buffer", trains=False)
    buffer.dtype = value.dtype
    return buffer


def register_buffer(m: Machine, self: Instance, name: str, tensor: Value, persistent: bool = True) -> None:
    """``register_buffer``."""
    self.attributes.pop(name, None)
    self.attributes["_buffers"][name] = as_buffer(tensor)


def register_parameter(m: Machine, self: Instance, name: str, param: Value) -> None:
    """``register_parameter``."""
    self.attributes.pop(name, None)
    self.attributes["_parameters"][name] = param


def add_module(m: Machine, self: Instance, name: str, module: Value) -> None:
    """``add_module``. An unknown one stays, and is unknown when it runs."""
    self.attributes.pop(name, None)
    self.attributes["_modules"][name] = module


def run(m: Machine, self: Instance, *positional: Value, **keywords: Value) -> Value:
    """``module(...)``: runs its `forward`, whose rows lie in it."""
    forward = self.cls.find("forward")
    if "forward" in self.attributes:
        forward = self.attributes["forward"]
        return enclosed(m, self, lambda: call(m, forward, list(positional), dict(keywords)))
    if forward is None:
        if self.cls.unknown is not None:
            return call(m, self.cls.unknown, list(positional), dict(keywords))
        raise m.error("NotImplementedError", f'Module [{self.cls.name}] is missing the required "forward" function')
    if self.cls.layer is not None and forward is MODULE_LAYER.get("forward"):
        return call(m, forward, [self, *positional], dict(keywords))
    return enclosed(m, self, lambda: call(m, forward, [self, *positional], dict(keywords)))


MODULE_LAYER: dict[str, Native] = {}
"""The `forward` of layers, which makes their row itself."""


def enclosed(m: Machine, self: Instance, work: Callable[[], Value]) -> Value:
    """Run a `forward`; a module without modules that makes no row of its own is a row all the same."""
    entered = m.trace.enter(self)
    try:
        result = work()
    finally:
        m.trace.leave()
    silent = len(m.trace.rows) == entered.first and not self.attributes.get("_modules")
    if silent and isinstance(result, Tensor) and result.row is not None:
        return tensors.identity(m, result, self)
    return result


CONTAINER = Class("Container", (MODULE,), module="torch.nn")
"""Modules that hold modules and compute nothing."""


def walk(
    m: Machine, self: Instance, prefix: str, seen: set[int], twice: bool = False
) -> Iterator[tuple[str, Instance]]:
    """A module and all below it with their paths, each once."""
    m.budget.step()
    if id(self) in seen and not twice:
        return
    seen.add(id(self))
    yield prefix, self
    for name, child in self.attributes.get("_modules", {}).items():
        if isinstance(child, Instance):
            yield from walk(m, child, f"{prefix}.{name}" if prefix else name, seen, twice)


def named_held(
    m: Machine, self: Instance, kind: str, prefix: str = "", recurse: bool = True
) -> Iterator[tuple[str, Parameter]]:
    """The weights of a module and of those below it with their paths, each once."""
    seen: set[int] = set()
    for path, module in walk(m, self, prefix, set()) if recurse else [(prefix, self)]:
        for name, each in module.attributes.get(kind, {}).items():
            if each is not None and id(each) not in seen:
                seen.add(id(each))
                yield (f"{path}.{name}" if path else name), each


def children(m: Machine, self: Instance) -> Iterator[tuple[str, Value]]:
    """The modules directly below, each once."""
    seen: set[int] = set()
    for name, child in list(self.attributes["_modules"].items()):
        if child is not None and id(child) not in seen:
            seen.add(id(child))
            yield name, child


def second(pairs: Iterator[tuple[str, Value]]) -> Generated:
    """The values of pairs of name and value."""
    return Generated(value for _, value in pairs)


def apply(m: Machine, self: Instance, function: Value) -> Instance:
    """``apply``, mostly to initialise weights: their values do not matter, so what cannot be read is passed by."""
    from cnnshape.readers.python.values import Raised

    try:
        for _, module in list(walk(m, self, "", set()))[::-1]:
            call(m, function, [module], {})
    except (Stop, Raised) as error:
        if isinstance(error, Stop) and error.code == "CS606":
            raise
        m.note("`apply` of a function that is not understood changes only values of weights")
    return self


def train(m: Machine, self: Instance, mode: bool = True) -> Instance:
    """``train`` and ``eval``: the network is read in evaluation mode, whatever it says."""
    return self


def requires_grad(m: Machine, self: Instance, requires_grad: bool = True) -> Instance:
    """``requires_grad_``: of all weights below."""
    for _, each in named_held(m, self, "_parameters"):
        each.trains = bool(requires_grad)
    return self


def submodule(m: Machine, self: Instance, target: str) -> Value:
    """``get_submodule``."""
    value: Value = self
    for name in target.split(".") if target else ():
        value = get_attribute(m, value, name)
    return value


def hook(m: Machine, self: Instance, *_: Value, **__: Value) -> Value:
    """A hook may change what a module answers."""
    raise Stop("CS601", "hooks of modules are not read: what they change is not known")


def itself(m: Machine, self: Instance, *_: Value, **__: Value) -> Instance:
    """A change of device, type or mode: the same module."""
    return self


def nothing(m: Machine, self: Value, *_: Value, **__: Value) -> None:
    """What changes only values."""


def state(m: Machine, self: Instance, *_: Value, **__: Value) -> Value:
    """``state_dict``: the weights by their paths."""
    return dict([*named_held(m, self, "_parameters"), *named_held(m, self, "_buffers")])


def delete(m: Machine, self: Instance, name: str) -> None:
    """``del self.name``."""
    for held in (*(self.attributes.get(kind, {}) for kind in HELD), self.attributes):
        if held.pop(name, MISSING) is not MISSING:
            return
    raise m.error("AttributeError", name)


METHODS: dict[str, Callable[..., Value]] = {
    "__init__": start,
    "__setattr__": assign,
    "__delattr__": delete,
    "__call__": run,
    "_call_impl": run,
    "add_module": add_module,
    "register_module": add_module,
    "register_buffer": register_buffer,
    "register_parameter": register_parameter,
    "apply": apply,
    "buffers": lambda m, self, recurse=True: second(named_held(m, self, "_buffers", "", recurse)),
    "children": lambda m, self: second(children(m, self)),
    "get_submodule": submodule,
    "get_parameter": submodule,
    "load_state_dict": lambda m, self, *_, **__: m.opaque("what `load_state_dict` answers"),
    "modules": lambda m, self: second(walk(m, self, "", set())),
    "named_buffers": lambda m, self, prefix="", recurse=True: Generated(
        named_held(m, self, "_buffers", prefix, recurse)
    ),
    "named_children": lambda m, self: Generated(children(m, self)),
    "named_modules": lambda m, self, memo=None, prefix="", remove_duplicate=True: Generated(
        walk(m, self, prefix, set(), not remove_duplicate)
    ),
    "named_parameters": lambda m, self, prefix="", recurse=True: Generated(
        named_held(m, self, "_parameters", prefix, recurse)
    ),
    "parameters": lambda m, self, recurse=True: second(named_held(m, self, "_parameters", "", recurse)),
    "requires_grad_": requires_grad,
    "state_dict": state,
    "train": train,
    "eval": train,
    **dict.fromkeys(["register_forward_hook", "register_forward_pre_hook", "register_full_backward_hook"], hook),
    **dict.fromkeys(
        words("to cuda cpu float half double bfloat16 type share_memory compile to_empty"),
        itself,
    ),
    **dict.fromkeys(
        words(
            "zero_grad _load_from_state_dict _register_load_state_dict_pre_hook "
            "register_load_state_dict_post_hook register_state_dict_pre_hook __setstate__ "
            "_register_state_dict_hook save_hyperparameters log freeze unfreeze"
        ),
        nothing,
    ),
    "extra_repr": lambda m, self: "",
    "_get_name": lambda m, self: self.cls.name,
    "_log_api_usage_once": nothing,
    "__dir__": lambda m, self: [*self.attributes, *(name for kind in HELD for name in self.attributes.get(kind, {}))],
}
MODULE.namespace |= {name: Native(name, method) for name, method in METHODS.items()}
MODULE.namespace["T_destination"] = None
MODULE.namespace["dump_patches"] = False
