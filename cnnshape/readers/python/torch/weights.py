"""Weight and spectral normalization: a layer's weight kept as its direction and its length, or with vectors beside."""

from __future__ import annotations

from math import prod

from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.values import Instance, Parameter, Stop, Value


def weight_of(m: Machine, module: Value, name: str) -> Parameter:
    """The weight that is normalized."""
    found = module.attributes["_parameters"].get(name) if isinstance(module, Instance) else None
    if not isinstance(found, Parameter) or found.shape is None:
        raise Stop("CS601", "the weight of a module that is not known is normalized here")
    return found


def weight_norm(m: Machine, module: Value, name: str = "weight", dim: Value = 0) -> Value:
    """``weight_norm``: the length of the weight for each index of an axis becomes a parameter."""
    weight = weight_of(m, module, name)
    shape = weight.shape or ()
    length = (
        (1,) * len(shape)
        if dim is None or dim == -1
        else tuple(size if axis == dim % len(shape) else 1 for axis, size in enumerate(shape))
    )
    module.attributes["_parameters"][f"{name}_g"] = named(Parameter(length), f"{name}_g")
    return module


def spectral_norm(m: Machine, module: Value, name: str = "weight", *_: Value, dim: Value = None, **__: Value) -> Value:
    """``spectral_norm``: two vectors of the power iteration become buffers."""
    weight = weight_of(m, module, name)
    shape = weight.shape or ()
    axis = 1 if dim is None and module.cls.name.startswith("ConvTranspose") else dim or 0
    rows = shape[axis] or 0
    for part, size in (("u", rows), ("v", prod(each or 0 for each in shape) // max(rows, 1))):
        vector = Parameter((size,), kind="buffer", trains=False)
        module.attributes["_buffers"][f"{name}_{part}"] = named(vector, f"{name}_{part}")
    return module


def named(parameter: Parameter, name: str) -> Parameter:
    """The parameter with its name."""
    parameter.name = name
    return parameter
