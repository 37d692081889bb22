"""What the caller says of names that cannot be read: ``--assume DCNv2=Conv2d``, ``--assume roi_pool=256x7x7``."""

from __future__ import annotations

import ast
from importlib import import_module
from typing import Any

from cnnshape.arithmetic.shape_text import is_size, read_sizes
from cnnshape.readers.python.language.machine import FRAMEWORKS, Machine
from cnnshape.readers.python.language.values import Value
from cnnshape.readers.python.rows.applying import tensors_in
from cnnshape.readers.requests import UsageError
from cnnshape.vocabularies.declaration import declared
from cnnshape.vocabularies.layer import model_of
from cnnshape.vocabularies.vocabulary import LayerType, vocabulary


class Standing(type):
    """The class of what stands for something unknown: it may be called as a layer's class, and as a function."""

    def __call__(cls, *positional: Value, **keywords: Value) -> Value:
        """The layer; of tensors what it answers."""
        given = tensors_in([*positional, *keywords.values()])
        made: Any = super().__call__(*(() if given else positional), **({} if given else keywords))
        answer = made(*given) if given else made
        held = getattr(made, "_parameters", {}).values() if given else ()
        if any(each is not None and each.shape != (None,) for each in held):
            raise UsageError(f"--assume gives {cls.__name__} weights, but it is a function here, which holds none")
        return answer


def assumed(m: Machine, path: str, value: Value) -> Value:
    """What the caller says of a dotted name, or of its last part; else its value."""
    for name in (path, path.rpartition(".")[2]) if m.assumed else ():
        if name in m.assumed:
            m.assumptions.add(name)
            m.note(f"{name} is taken for {m.assumed[name]}, as it was asked for")
            return standing(m, name, m.assumed[name])
    return value


def standing(m: Machine, name: str, text: str) -> Value:
    """A shape, a layer of the vocabulary with its arguments or without, or a literal. Raises `UsageError`."""
    sizes = read_sizes(text) if "x" in text or text.startswith("[") else None
    if sizes is not None and all(map(is_size, sizes)):
        return layer(m, name, described(m), ((name, sizes), {}))
    try:
        node = ast.parse(text.strip(), mode="eval").body
        written = ast.unparse(node.func if isinstance(node, ast.Call) else node)
        known = vocabulary(m.trace.builder.framework)
        found = (known.find_exact(written), known.find_folded(written), known.find_folded(f"{written}2d"))
        kind = next((each for each in found if each is not None and not each.operator), None)
        if kind is None:
            return ast.literal_eval(node)
        if not isinstance(node, ast.Call):
            return layer(m, name, kind, None)
        given = [ast.literal_eval(each) for each in node.args]
        named = {each.arg: ast.literal_eval(each.value) for each in node.keywords if each.arg}
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        message = f"--assume takes a shape, a layer or a literal for {name}, got {text!r}"
        raise UsageError(f"{message}: write {name}=64x28x28, {name}=Conv2d or {name}=3") from None
    return layer(m, name, kind, ((name, *given) if kind == described(m) else tuple(given), named))


def described(m: Machine) -> LayerType:
    """The layer of which the caller says what it gives."""
    return vocabulary(m.trace.builder.framework).types["Layer"]


def layer(m: Machine, name: str, kind: LayerType, given: tuple[tuple[Any, ...], dict[str, Any]] | None) -> Value:
    """A class of a layer, made with these arguments, or (None) with those of the source that the layer knows."""
    base: Any = import_module(f"cnnshape.readers.python.{FRAMEWORKS[m.trace.builder.framework]}.layers").class_for(kind)
    known = declared(model_of(kind))

    def start(self: Any, *positional: Value, **keywords: Value) -> None:
        if given is not None:
            positional, keywords = given
        base.__init__(self, *positional, **{word: each for word, each in keywords.items() if word in known})

    def run(self: Any, *positional: Value, **keywords: Value) -> Value:
        lowered = vars(self).get("_lowered")
        most = 1 if lowered is None else lowered.operation.most
        return getattr(self, m.framework.FORWARD)(*tensors_in([*positional, *keywords.values()])[:most])

    return Standing(name, (base,), {"__init__": start, "__call__": run, "__module__": base.__module__})
