"""Packages whose models are asked for by name: the source of the one that is meant is read, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from cnnshape.readers.python.calls import call
from cnnshape.readers.python.importing import told
from cnnshape.readers.python.library import quiet
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.modules import zoo
from cnnshape.readers.python.scopes import MISSING, ModuleScope
from cnnshape.readers.python.values import Namespace, Native, Opaque, Value

LOOKED_FOR = ("pretrained_cfg", "pretrained_cfg_overlay", "checkpoint_path", "cache_dir", "scriptable", "exportable")
"""Options of ``timm.create_model`` that say where weights come from."""


def create_model(m: Machine, model_name: Value, pretrained: Value = False, **words: Value) -> Value:
    """``timm.create_model``: the function of that name in the module of timm that defines it."""
    if not isinstance(model_name, str):
        return m.opaque("the model that `timm.create_model` makes")
    for word in (*LOOKED_FOR, "no_jit", "pretrained"):
        words.pop(word, None)
    name, _, tag = model_name.rpartition("/")[2].partition(".")
    module = defining(m, "timm/models", name)
    if module is None:
        found = zoo.model(m, name, words)
        return m.opaque(f"the model {model_name!r} of timm") if found is None else found
    given = {key: value for key, value in words.items() if value is not None}
    return call(m, module.get(name), [], {**given, **({"pretrained_cfg": tag} if tag else {})})


def defining(m: Machine, folder: str, name: str) -> ModuleScope | None:
    """The module of a package that defines a function."""
    if not re.fullmatch(r"\w+", name):
        return None
    for root in m.importer.roots:
        for path in sorted((root / folder).glob("*.py")):
            if f"\ndef {name}(" in path.read_text(encoding="utf-8", errors="replace"):
                found = m.importer.dotted(m, f"{folder.replace('/', '.')}.{path.stem}")
                return found if isinstance(found, ModuleScope) else None
    return None


def torchvision(m: Machine, name: str) -> Namespace | None:
    """``torchvision.models`` where no torchvision is installed: networks of the zoo."""

    def member(each: str) -> Value:
        if not each.islower() or each in ("segmentation", "detection", "video", "quantization", "ops", "utils"):
            return MISSING

        def build(m: Machine, *_: Value, **words: Value) -> Value:
            found = zoo.model(m, each, words)
            return m.opaque(f"the model `{each}` of torchvision") if found is None else found

        return Native(each, build)

    if name == "torchvision":
        return Namespace(name, {})
    return Namespace(name, {}, member) if name.startswith("torchvision.models") else None


def find(m: Machine, name: str) -> Namespace | None:
    """``timm``: its models by name, everything else is read from its source; ``einops`` and its layers."""
    if name.partition(".")[0] == "einops":
        return Namespace(name, {}, told(m, "einops").get)
    if name.startswith("torchvision"):
        return None if m.importer.from_roots(m, "torchvision") is not None else torchvision(m, name)
    if name != "timm":
        return None

    def member(each: str) -> Value:
        found = m.importer.dotted(m, f"timm.{each}")
        return MISSING if isinstance(found, Opaque) else found

    return Namespace(
        name, {"create_model": Native("create_model", create_model), "list_models": Native("_", quiet)}, member
    )


__all__ = ["Path", "find"]
