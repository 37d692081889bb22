"""Modules that are told here: Python's own that networks use, and those of the frameworks."""

from __future__ import annotations

from importlib import import_module

from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.values import Namespace

HERE = "cnnshape.readers.python"
TOLD: dict[str, str] = {
    **dict.fromkeys(
        (
            *("math", "functools", "itertools", "collections", "collections.abc", "copy", "operator", "abc"),
            *("typing", "typing_extensions", "dataclasses", "enum", "types", "numbers", "contextlib", "__future__"),
        ),
        f"{HERE}.modules.standard",
    ),
    **dict.fromkeys(
        (
            *("warnings", "logging", "argparse", "os", "os.path", "sys", "inspect", "importlib", "re", "numpy"),
            *(
                "time",
                "random",
                "json",
                "keyword",
                "six",
                "packaging",
                "packaging.version",
                "distutils",
                "distutils.version",
            ),
        ),
        f"{HERE}.modules.environment",
    ),
    **dict.fromkeys(("torch", "pytorch_lightning", "lightning", "lightning.pytorch"), f"{HERE}.torch.namespace"),
    **dict.fromkeys(("timm", "einops", "torchvision"), f"{HERE}.modules.packages"),
    **dict.fromkeys(("keras", "tensorflow", "tf_keras"), f"{HERE}.keras.namespace"),
}
"""Modules by the file that tells of them: each has ``modules(machine)``, the namespaces by name."""


def stand_in(m: Machine, name: str) -> Namespace | None:
    """The module of that name as it is told here, or None."""
    told = TOLD.get(name) or (TOLD.get(name.partition(".")[0]) if not name.startswith("timm.") else None)
    if told is None:
        return None
    found: Namespace | None = import_module(told).find(m, name)
    return found


def is_stand_in(name: str) -> bool:
    """Whether a module of that name may be told here."""
    return name in TOLD or name.partition(".")[0] in ("torch", "keras", "tensorflow", "tf_keras", "torchvision")
