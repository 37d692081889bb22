"""Weights that are normalized, as ``torch.nn.utils`` keeps them: read by the interpreter, never run."""

import torch
from torch import nn


def _taken(module, name):
    weight = getattr(module, name)
    delattr(module, name)
    return weight


def _given(module, name, weight):
    delattr(module, name)
    module.register_parameter(name, weight)
    return module


def weight_norm(module, name="weight", dim=0):
    weight = _taken(module, name)
    axis = None if dim is None or dim == -1 else dim % weight.dim()
    sizes = [size if each == axis else 1 for each, size in enumerate(weight.shape)]
    module.register_parameter(name + "_g", nn.Parameter(torch.empty(sizes)))
    module.register_parameter(name + "_v", weight)
    setattr(module, name, getattr(module, name + "_g") * weight)
    return module


def remove_weight_norm(module, name="weight"):
    weight = _taken(module, name + "_v").requires_grad_(True)
    delattr(module, name + "_g")
    return _given(module, name, weight)


def spectral_norm(module, name="weight", n_power_iterations=1, eps=1e-12, dim=None):
    weight = _taken(module, name)
    turned = isinstance(module, (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d))
    rows = weight.shape[(1 if turned else 0) if dim is None else dim]
    module.register_parameter(name + "_orig", weight)
    setattr(module, name, weight.data)
    module.register_buffer(name + "_u", torch.empty(rows))
    module.register_buffer(name + "_v", torch.empty(weight.numel() // rows))
    return module


def remove_spectral_norm(module, name="weight"):
    weight = _taken(module, name + "_orig").requires_grad_(True)
    delattr(module, name + "_u")
    delattr(module, name + "_v")
    return _given(module, name, weight)
