"""``nn.Module``: what is registered by assignment, walked through, called and switched; and its containers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cnnshape.readers.python.language.guard import call, get_attribute
from cnnshape.readers.python.language.values import (
    Namespace,
    Opaque,
    Parameter,
    Placed,
    Stop,
    Tensor,
    Value,
    changing,
    now,
    unknown_in,
    words,
)
from cnnshape.readers.python.library.builtin import answers, quiet, same
from cnnshape.readers.python.library.records import namedtuple
from cnnshape.readers.python.rows.applying import identity
from cnnshape.readers.python.torch.making import detached

HELD = ("_parameters", "_buffers", "_modules")
EXPECTED = {"_parameters": "torch.nn.Parameter", "_modules": "torch.nn.Module", "_buffers": "torch.Tensor"}


class Weights(dict[str, Value]):
    """Weights by their paths: what is put in their place is weights, too, whether it is known or not."""

    def update(self, *given: Any, **named: Value) -> None:
        """Others in their place."""
        super().update(*(each for each in given if not isinstance(each, Opaque)), **named)


CELLS_OF_A_MODULE = 40
"""What a module takes of the bound on values: a hundred thousand of them are as much as is read."""


class Module(Placed):
    """A module of the source or of the library; `_layer_type` is the word of the vocabulary that it stands for."""

    _layer_type: Any = None
    T_destination = None
    dump_patches = False

    def __init__(self, *_: Value, **__: Value) -> None:
        now().cell(CELLS_OF_A_MODULE)
        vars(self).update({kind: {} for kind in HELD}, training=True)

    def __setattr__(self, name: str, value: Value) -> None:
        own = vars(self)
        kind = None
        if isinstance(value, Module) or (isinstance(value, Parameter) and value.kind == "parameter"):
            kind = "_modules" if isinstance(value, Module) else "_parameters"
            if kind not in own:
                what = "parameters" if kind == "_parameters" else "module"
                raise AttributeError(f"cannot assign {what} before Module.__init__() call")
            if kind == "_parameters" and value.shape is None:
                raise Stop("CS604", f"the size of the weight {name} depends on what is not known here")
            for held in (own, *(own[each] for each in HELD if each != kind)):
                held.pop(name, None)
            own[kind][name] = value
            return
        for held in HELD:
            if name in own.get(held, ()):
                if value is None or unknown_in(value) is not None or (held == "_buffers" and isinstance(value, Tensor)):
                    own[held][name] = as_buffer(value) if held == "_buffers" else value
                    return
                raise TypeError(f"cannot assign a value as {name!r} ({EXPECTED[held]} or None expected)")
        if isinstance(value, Opaque) and value.is_made:
            now().uncounted[value.reason] = None
        object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Value:
        for kind in HELD:
            if name in vars(self).get(kind, ()):
                return vars(self)[kind][name]
        unknown = getattr(type(self), "__unknown__", None)
        if unknown is not None and not name.startswith("_"):
            return unknown
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __delattr__(self, name: str) -> None:
        for held in (*(vars(self).get(kind, {}) for kind in HELD), vars(self)):
            if name in held:
                del held[name]
                return
        raise AttributeError(name)

    def __call__(self, *positional: Value, **keywords: Value) -> Value:
        """Runs `forward`, whose rows lie in it. A module of none that makes no row is a row all the same."""
        m = now()
        if not hasattr(self, "forward"):
            raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')
        first = m.trace.enter(self).first
        try:
            for hook, worded in tuple(vars(self).get("_forward_pre_hooks", ())):
                given = call(m, hook, [self, positional, *([keywords] if worded else ())], {})
                if given is not None:
                    positional, keywords = given if worded else (given, keywords)
                    positional = positional if isinstance(positional, tuple) else (positional,)
            result = call(m, self.forward, list(positional), keywords)
            for hook, worded in tuple(vars(self).get("_forward_hooks", ())):
                changed = call(m, hook, [self, positional, *([keywords] if worded else ()), result], {})
                result = result if changed is None else changed
        finally:
            m.trace.leave()
        if len(m.trace.rows) == first and not self._modules and isinstance(result, Tensor) and result.row is not None:
            return identity(result, self)
        return result

    def register_buffer(self, name: str, tensor: Value, persistent: bool = True) -> None:
        """One more buffer."""
        vars(self).pop(name, None)
        self._buffers[name] = as_buffer(tensor)
        if not persistent:
            vars(self).setdefault("_non_persistent_buffers_set", set()).add(name)

    def register_parameter(self, name: str, param: Value) -> None:
        """One more parameter."""
        vars(self).pop(name, None)
        self._parameters[name] = param

    def add_module(self, name: str, module: Value) -> None:
        """One more module. An unknown one stays, and is unknown when it runs."""
        vars(self).pop(name, None)
        self._modules[name] = module

    def named_modules(self, memo: Value = None, prefix: str = "", remove_duplicate: bool = True) -> Value:
        """This module and all below it, by their paths."""
        return walk(self, prefix, twice=not remove_duplicate)

    def named_children(self) -> Iterator[tuple[str, Value]]:
        """The modules directly below, each once."""
        seen: set[int] = set()
        for name, child in list(self._modules.items()):
            if child is not None and id(child) not in seen:
                seen.add(id(child))
                yield name, child

    def named_parameters(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True) -> Value:
        """The weights, by their paths."""
        return held(self, "_parameters", prefix, recurse)

    def named_buffers(self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True) -> Value:
        """The buffers, by their paths."""
        return held(self, "_buffers", prefix, recurse)

    def modules(self) -> Iterator[Value]:
        """As `named_modules`, without the names."""
        return (each for _, each in walk(self))

    def children(self) -> Iterator[Value]:
        """As `named_children`, without the names."""
        return (each for _, each in Module.named_children(self))

    def state_dict(self, *_: Value, prefix: str = "", **__: Value) -> dict[str, Value]:
        """The weights by their paths, module by module: those that several share are there for each."""
        found = Weights()
        for path, module in walk(self, twice=True):
            left_out = vars(module).get("_non_persistent_buffers_set", ())
            for name, each in (pair for kind in HELD[:2] for pair in vars(module).get(kind, {}).items()):
                if each is not None and name not in left_out:
                    found[prefix + (f"{path}.{name}" if path else name)] = detached(each)
        return found

    def load_state_dict(self, state_dict: Value, strict: Value = True, assign: Value = False) -> Value:
        """Weights of another time: their values do not matter, only which there are, and that sizes are the same."""
        ways = ("_renames" in vars(each) or getattr(type(each), LOADING) is not quiet for _, each in walk(self))
        if not isinstance(state_dict, dict) or any(ways):
            return now().opaque("what `load_state_dict` answers")
        own = Module.state_dict(self)
        for name, each in own.items():
            sizes = [tensor.shape for tensor in (each, state_dict.get(name)) if isinstance(tensor, Tensor)]
            if len(sizes) > 1 and all(shape and None not in shape for shape in sizes) and sizes[0] != sizes[1]:
                raise changing(f"this raises RuntimeError: size mismatch for {name}, {sizes[1]} as {sizes[0]}", "CS605")
        if strict is not False:
            return now().opaque("what `load_state_dict` answers")
        missing = [each for each in own if each not in state_dict]
        if not isinstance(state_dict, Weights):  # without its versions of modules a counter of batches is not missed
            missing = [each for each in missing if not each.endswith("num_batches_tracked")]
        return KEYS(missing, [each for each in state_dict if each not in own])

    def apply(self, fn: Value) -> Module:
        """Mostly to initialise weights: their values do not matter, so what cannot be read is passed by."""
        try:
            for _, module in list(walk(self))[::-1]:
                call(now(), fn, [module], {})
        except (Stop, Exception) as error:
            if isinstance(error, Stop) and error.code == "CS606":
                raise
            now().note("`apply` of a function that is not understood changes only values of weights")
        return self

    def requires_grad_(self, requires_grad: bool = True) -> Module:
        """Whether all weights below train."""
        for _, each in held(self, "_parameters"):
            each.trains = bool(requires_grad)
        return self

    def get_submodule(self, target: str) -> Value:
        """The module of a path."""
        value: Value = self
        for name in target.split(".") if target else ():
            value = get_attribute(value, name)
        return value

    def set_submodule(self, target: str, module: Value, strict: bool = False) -> None:
        """Another module at a path."""
        above, _, name = target.rpartition(".")
        self.get_submodule(above)._modules[name] = module

    def register_forward_hook(
        self, hook: Value, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> Value:
        """What is called with what the module took and answers, and may answer something else."""
        return hooked(self, "_forward_hooks", (hook, with_kwargs), prepend)

    def register_forward_pre_hook(self, hook: Value, *, prepend: bool = False, with_kwargs: bool = False) -> Value:
        """What is called with what the module takes, and may give it something else."""
        return hooked(self, "_forward_pre_hooks", (hook, with_kwargs), prepend)

    def train(self, mode: Value = True) -> Value:
        """This module and all below it as they are while training, or not: a module is made as if it were to train."""
        for _, each in walk(self):
            vars(each)["training"] = mode
        return self

    def eval(self) -> Value:
        """As `train`, with False."""
        return self.train(False)

    def _get_name(self) -> str:
        return type(self).__name__

    def __dir__(self) -> list[str]:
        return [*vars(self), *(name for kind in HELD for name in vars(self).get(kind, {}))]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object>"

    _call_impl = __call__
    register_module = add_module
    get_parameter = get_buffer = get_submodule
    register_full_backward_hook = register_backward_hook = quiet
    extra_repr = answers("")


LOADING = "_load_from_state_dict"
setattr(Module, LOADING, quiet)


def renamed(self: Module, *_: Value, **__: Value) -> None:
    """A hook that may rename weights that are loaded."""
    vars(self)["_renames"] = True


for each in ("parameters", "buffers"):
    setattr(Module, each, lambda self, recurse=True, kind=f"_{each}": (w for _, w in held(self, kind, "", recurse)))
for each in words("to cuda cpu float half double bfloat16 type share_memory compile to_empty ipu xpu mtia"):
    setattr(Module, each, lambda self, *_, **__: same(self))
for each in words(
    "zero_grad log "
    "register_state_dict_pre_hook __setstate__ _register_state_dict_hook save_hyperparameters "
    "_log_api_usage_once register_full_backward_pre_hook set_extra_state "
    "register_state_dict_post_hook get_extra_state"
):
    setattr(Module, each, quiet)
for each in words(
    "_register_load_state_dict_pre_hook register_load_state_dict_pre_hook register_load_state_dict_post_hook"
):
    setattr(Module, each, renamed)
KEYS = namedtuple("_IncompatibleKeys", "missing_keys unexpected_keys", module="torch")


def hooked(module: Module, kind: str, hook: tuple[Value, bool], first: bool) -> Namespace:
    """One more hook of a module, and whether it takes keywords: the handle that removes it."""
    hooks = vars(module).setdefault(kind, [])
    hooks.insert(0 if first else len(hooks), hook)
    return Namespace("a hook", {"remove": lambda: hooks.remove(hook)})


def walk(module: Module, path: str = "", twice: bool = False) -> Iterator[tuple[str, Module]]:
    """A module and all below it with their paths, each once."""
    m, seen, left = now(), set[int](), [(path, module)]
    while left:
        m.step()
        path, module = left.pop()
        if id(module) in seen and not twice:
            continue
        seen.add(id(module))
        yield path, module
        within = f"{path}." if path else ""
        below = vars(module).get("_modules", {}).items()
        left += [(within + name, child) for name, child in below if isinstance(child, Module)][::-1]


def held(module: Module, kind: str, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Parameter]]:
    """The weights of a module and of those below it with their paths, each once."""
    return held_by(walk(module, prefix) if recurse else [(prefix, module)], kind)


def held_by(modules: Iterable[tuple[str, Module]], kind: str) -> Iterator[tuple[str, Parameter]]:
    """The weights of modules with their paths, each once."""
    seen: set[int] = set()
    for path, each in modules:
        for name, weight in vars(each).get(kind, {}).items():
            if weight is not None and id(weight) not in seen:
                seen.add(id(weight))
                yield (f"{path}.{name}" if path else name), weight


def as_buffer(value: Value) -> Value:
    """A tensor that a module keeps as its state."""
    if not isinstance(value, Tensor) or isinstance(value, Parameter):
        return value
    buffer = Parameter(value.shape, kind="buffer", trains=False)
    buffer.dtype = value.dtype
    return buffer
