"""``Sequential``, ``ModuleList``, ``ModuleDict`` and the lists of parameters."""

from __future__ import annotations

from collections.abc import Callable

from cnnshape.readers.python.calls import call
from cnnshape.readers.python.iterating import iterate, listed, mapping
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.torch.module import CONTAINER, MODULE, start
from cnnshape.readers.python.values import Class, Generated, Instance, Native, Opaque, Tensor, Value

SEQUENTIAL = Class("Sequential", (CONTAINER,), module="torch.nn")
MODULE_LIST = Class("ModuleList", (CONTAINER,), module="torch.nn")
MODULE_DICT = Class("ModuleDict", (CONTAINER,), module="torch.nn")
PARAMETER_LIST = Class("ParameterList", (CONTAINER,), module="torch.nn")
PARAMETER_DICT = Class("ParameterDict", (CONTAINER,), module="torch.nn")


def held(self: Instance) -> dict[str, Value]:
    """What a container holds, by name."""
    kind = "_parameters" if self.cls.below(PARAMETER_LIST) or self.cls.below(PARAMETER_DICT) else "_modules"
    found: dict[str, Value] = self.attributes[kind]
    return found


def put(m: Machine, self: Instance, name: str, value: Value) -> None:
    """One more module; what is none is refused as PyTorch does, and what is unknown stays unknown."""
    if held(self) is self.attributes["_parameters"]:
        module = isinstance(value, Tensor)
    else:
        module = isinstance(value, Instance) and (value.cls.below(MODULE) or value.cls.unknown is not None)
    if not (module or value is None or isinstance(value, Opaque)):
        raise m.error("TypeError", f"{type(value).__name__} is not a Module subclass")
    held(self)[name] = value


def refill(self: Instance, values: list[Value]) -> None:
    """The values under their numbers."""
    names = held(self)
    names.clear()
    names.update((str(index), value) for index, value in enumerate(values))


def start_list(m: Machine, self: Instance, values: Value = None) -> None:
    """``ModuleList(values)``."""
    start(m, self)
    for value in iterate(m, values) if values is not None else ():
        append(m, self, value)


def start_sequential(m: Machine, self: Instance, *values: Value) -> None:
    """``Sequential(a, b)``, or of one dict."""
    start(m, self)
    if len(values) == 1 and isinstance(values[0], dict | Instance):
        only = values[0]
        if isinstance(only, dict) or isinstance(only.payload, dict):
            for name, value in mapping(m, only).items():
                put(m, self, name, value)
            return
    for value in values:
        append(m, self, value)


def start_dict(m: Machine, self: Instance, values: Value = None) -> None:
    """``ModuleDict(values)``."""
    start(m, self)
    if values is not None:
        update(m, self, values)


def update(m: Machine, self: Instance, values: Value) -> None:
    """``update``."""
    if isinstance(values, Instance) and not isinstance(values.payload, dict):
        values = held(values)
    pairs = mapping(m, values).items() if isinstance(values, dict | Instance) else map(tuple, iterate(m, values))
    for name, value in pairs:
        put(m, self, name, value)


def append(m: Machine, self: Instance, value: Value) -> Instance:
    """``append``."""
    m.budget.cell()
    put(m, self, str(len(held(self))), value)
    return self


def extend(m: Machine, self: Instance, values: Value) -> Instance:
    """``extend``."""
    for value in listed(m, values):
        append(m, self, value)
    return self


def insert(m: Machine, self: Instance, index: int, value: Value) -> Instance:
    """``insert``."""
    values = list(held(self).values())
    values.insert(index, value)
    refill(self, values)
    return self


def name_at(m: Machine, self: Instance, index: Value) -> str:
    """The name of the element at a number."""
    names = list(held(self))
    if isinstance(index, str):
        return index
    if isinstance(index, Opaque):
        index.refuse()
    try:
        return names[index]
    except IndexError:
        raise m.error("IndexError", f"index {index} is out of range") from None


def item(m: Machine, self: Instance, index: Value) -> Value:
    """``self[index]``; a slice is a container of the same class."""
    if isinstance(index, slice):
        chosen = list(held(self).items())[index]
        new = Instance(self.cls if self.cls in (SEQUENTIAL, MODULE_LIST) else base_of(self.cls))
        start(m, new)
        if new.cls is SEQUENTIAL:
            held(new).update(chosen)
        else:
            refill(new, [value for _, value in chosen])
        return new
    name = name_at(m, self, index)
    if name not in held(self):
        raise m.error("KeyError", repr(name))
    return held(self)[name]


def base_of(cls: Class) -> Class:
    """The container class that a class of the source derives from."""
    return SEQUENTIAL if cls.below(SEQUENTIAL) else MODULE_LIST


def set_item(m: Machine, self: Instance, index: Value, value: Value) -> None:
    """``self[index] = value``."""
    put(m, self, index if self.cls.below(MODULE_DICT) else name_at(m, self, index), value)


def delete_item(m: Machine, self: Instance, index: Value) -> None:
    """``del self[index]``: those after it move up, as in PyTorch."""
    names = held(self)
    for name in list(names)[index] if isinstance(index, slice) else [name_at(m, self, index)]:
        del names[name]
    if not self.cls.below(MODULE_DICT):
        refill(self, list(names.values()))


def pop(m: Machine, self: Instance, index: Value = -1) -> Value:
    """``pop``."""
    value = item(m, self, index)
    delete_item(m, self, index)
    return value


def forward(m: Machine, self: Instance, value: Value) -> Value:
    """``Sequential``: one after the other."""
    for each in list(held(self).values()):
        value = call(m, each, [value], {})
    return value


SHARED: dict[str, Callable[..., Value]] = {
    "__len__": lambda m, self: len(held(self)),
    "__getitem__": item,
    "__setitem__": set_item,
    "__delitem__": delete_item,
    "__contains__": lambda m, self, value: value in held(self),
    "pop": pop,
}
IN_ORDER: dict[str, Callable[..., Value]] = {
    **SHARED,
    "__iter__": lambda m, self: Generated(iter(list(held(self).values()))),
    "append": append,
    "extend": extend,
    "insert": insert,
    "__iadd__": extend,
    "__add__": lambda m, self, other: call(m, self.cls, [listed(m, self) + listed(m, other)], {}),
}
BY_NAME: dict[str, Callable[..., Value]] = {
    **SHARED,
    "__iter__": lambda m, self: Generated(iter(list(held(self)))),
    "keys": lambda m, self: list(held(self)),
    "values": lambda m, self: list(held(self).values()),
    "items": lambda m, self: list(held(self).items()),
    "get": lambda m, self, name, default=None: held(self).get(name, default),
    "update": update,
    "__init__": start_dict,
}
FILLED: tuple[tuple[Class, dict[str, Callable[..., Value]]], ...] = (
    (SEQUENTIAL, {**IN_ORDER, "__init__": start_sequential, "forward": forward}),
    (MODULE_LIST, {**IN_ORDER, "__init__": start_list}),
    (PARAMETER_LIST, {**IN_ORDER, "__init__": start_list}),
    (MODULE_DICT, BY_NAME),
    (PARAMETER_DICT, BY_NAME),
)
for container, methods in FILLED:
    container.namespace |= {name: Native(name, method) for name, method in methods.items()}
CONTAINERS = {cls.name: cls for cls in (SEQUENTIAL, MODULE_LIST, MODULE_DICT, PARAMETER_LIST, PARAMETER_DICT)}
