"""``torch.nn.utils.parametrizations``: those that PyTorch has. Read by the interpreter, never run."""

import torch
from torch import nn
from torch.nn.utils.parametrize import register_parametrization


class _WeightNorm(nn.Module):
    def __init__(self, dim=0):
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g, weight_v):
        return weight_g * weight_v

    def right_inverse(self, weight):
        axis = None if self.dim == -1 else self.dim % weight.dim()
        return torch.empty([size if each == axis else 1 for each, size in enumerate(weight.shape)]), weight


class _SpectralNorm(nn.Module):
    def __init__(self, weight, dim):
        super().__init__()
        if weight.dim() > 1:
            self.register_buffer("_u", torch.empty(weight.shape[dim]))
            self.register_buffer("_v", torch.empty(weight.numel() // weight.shape[dim]))

    def forward(self, weight):
        return weight


class _Orthogonal(nn.Module):
    def __init__(self, weight, use_trivialization):
        super().__init__()
        self.register_buffer("base", torch.empty(weight.shape) if use_trivialization else None)

    def forward(self, weight):
        return weight


def weight_norm(module, name="weight", dim=0):
    return register_parametrization(module, name, _WeightNorm(dim))


def spectral_norm(module, name="weight", n_power_iterations=1, eps=1e-12, dim=None):
    turned = isinstance(module, (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d))
    axis = (1 if turned else 0) if dim is None else dim
    return register_parametrization(module, name, _SpectralNorm(getattr(module, name), axis))


def orthogonal(module, name="weight", orthogonal_map=None, *, use_trivialization=True):
    return register_parametrization(module, name, _Orthogonal(getattr(module, name), use_trivialization))
