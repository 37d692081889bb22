"""A target of a file to a network: make the model, hand it its inputs, keep what its `forward` did."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from cnnshape.network.builder import NetworkBuilder
from cnnshape.network.network import Network
from cnnshape.readers.python.calls import call
from cnnshape.readers.python.emitting import Emission
from cnnshape.readers.python.importing import Importer
from cnnshape.readers.python.machine import Machine, with_depth
from cnnshape.readers.python.scopes import MISSING, ModuleScope
from cnnshape.readers.python.trace import Trace
from cnnshape.readers.python.values import Class, Instance, Stop, Tensor, Value

RECURSION = 12_000
"""Python's own calls within calls: each of the source takes some twenty."""


class Reading:
    """One file that is read."""

    def __init__(self, path: Path, roots: Sequence[Path], framework: str = "pytorch", batch: int | None = 1) -> None:
        builder = NetworkBuilder(framework, name=path.stem, filename=str(path), batch=batch, data_format="channels_last")
        self.machine = Machine(Importer(roots), Trace(builder))
        self.path = path

    def open(self, name: str, package: str) -> ModuleScope:
        """The module of the file."""
        return self.machine.importer.file(self.machine, self.path, name, package, str(self.path))

    def build(self, module: ModuleScope, target: str, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
        """The model: a class or function is called, a variable taken as it is."""
        m = self.machine

        def work() -> Value:
            value: Value = module
            from cnnshape.readers.python.attributes import get_attribute

            for name in target.split("."):
                value = get_attribute(m, value, name, MISSING)
                if value is MISSING:
                    raise Stop("CS602", f"{self.path.name} has no {target}")
            if isinstance(value, Instance) and not args and not kwargs:
                return value
            return call(m, value, list(args), dict(kwargs))

        return with_depth(m, module, None, work)

    def feed(self, module: ModuleScope, model: Value, inputs: Sequence[tuple[str, tuple[int | None, ...]]]) -> Network:
        """The network that the model is for these inputs, batch first."""
        m = self.machine
        tensors = []
        for number, (name, shape) in enumerate(inputs):
            tensor = Tensor(shape, -1, number)
            m.trace.inputs.append((name, tensor))
            tensors.append(tensor)
        result = with_depth(m, module, None, lambda: call(m, model, list(tensors), {}))
        outputs = outputs_of(result)
        if not outputs:
            raise Stop("CS602", "the model answers no tensor")
        return Emission(m, model).finish(m, outputs)


def outputs_of(value: Value) -> list[Tensor]:
    """The tensors in what a model answers."""
    if isinstance(value, Tensor):
        return [value] if value.row is not None else []
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, Instance):
        value = value.payload if value.payload is not None else list(value.attributes.values())
        return outputs_of(value)
    if isinstance(value, list | tuple):
        return [tensor for each in value for tensor in outputs_of(each)]
    return []


class deeper:  # noqa: N801 - a context like `suppress`
    """Room for the calls of the source within ours."""

    def __enter__(self) -> None:
        self.before = sys.getrecursionlimit()
        sys.setrecursionlimit(max(self.before, RECURSION))

    def __exit__(self, *_: object) -> None:
        sys.setrecursionlimit(self.before)


__all__ = ["Class", "Reading", "deeper"]
