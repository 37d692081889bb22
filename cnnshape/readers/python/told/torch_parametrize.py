"""``torch.nn.utils.parametrize``: weights that modules compute of others. Read by the interpreter, never run."""

import torch
from torch import nn
from torch.nn.utils import _taken


class ParametrizationList(nn.ModuleList):
    def __init__(self, modules, original, unsafe=False):
        super().__init__(modules)
        made = original
        for module in list(self)[::-1]:
            if hasattr(module, "right_inverse"):
                made = module.right_inverse(made)
        self.is_tensor = isinstance(made, torch.Tensor)
        if self.is_tensor:
            self.ntensors = 1
            self.original = original
            return
        self.ntensors = len(made)
        for number, each in enumerate(made):
            setattr(self, f"original{number}", nn.Parameter(each, original.requires_grad))

    def forward(self):
        first, *others = self
        originals = ["original"] if self.is_tensor else [f"original{number}" for number in range(self.ntensors)]
        made = first(*[getattr(self, name) for name in originals])
        for each in others:
            made = each(made)
        return made


def is_parametrized(module, tensor_name=None):
    held = getattr(module, "parametrizations", None)
    if not isinstance(held, nn.ModuleDict):
        return False
    return len(held) > 0 if tensor_name is None else tensor_name in held


def register_parametrization(module, tensor_name, parametrization, *, unsafe=False):
    before = getattr(module, tensor_name).shape
    if is_parametrized(module, tensor_name):
        module.parametrizations[tensor_name].append(parametrization)
    else:
        held = ParametrizationList([parametrization], _taken(module, tensor_name))
        if not is_parametrized(module):
            kind = type(module)
            module.__class__ = type("Parametrized" + kind.__name__, (kind,), {})
            module.parametrizations = nn.ModuleDict()
        setattr(type(module), tensor_name, property(lambda self: self.parametrizations[tensor_name]()))
        module.parametrizations[tensor_name] = held
    if getattr(module, tensor_name).shape != before:
        raise ValueError("Registering a parametrization may not change the shape of the tensor")
    return module


def remove_parametrizations(module, tensor_name, leave_parametrized=True):
    held = module.parametrizations[tensor_name]
    weight = held.original if held.is_tensor else nn.Parameter(getattr(module, tensor_name))
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    module.register_parameter(tensor_name, weight)
    if not is_parametrized(module):
        delattr(module, "parametrizations")
        module.__class__ = type_before_parametrizations(module)
    return module


def type_before_parametrizations(module):
    kind = type(module)
    return kind.__bases__[0] if kind.__name__.startswith("Parametrized") else kind
