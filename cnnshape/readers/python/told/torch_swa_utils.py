"""``torch.optim.swa_utils``: a copy of a model, whose weights are means of its. Read by the interpreter, never run."""

import copy

import torch
from torch import nn


class AveragedModel(nn.Module):
    def __init__(self, model, *values, **options):
        super().__init__()
        self.module = copy.deepcopy(model)
        self.register_buffer("n_averaged", torch.tensor(0))

    def forward(self, *inputs, **options):
        return self.module(*inputs, **options)

    def update_parameters(self, model):
        pass


def update_bn(loader, model, device=None):
    pass
