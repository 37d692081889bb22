"""``torch.nn.utils.fusion``: layers that take in the batch norms behind them. Read by the interpreter, never run."""

import copy

import torch
from torch import nn


def fuse_conv_bn_eval(conv, bn, transpose=False):
    fused = copy.deepcopy(conv)
    trains = conv.bias is not None and conv.bias.requires_grad
    fused.bias = nn.Parameter(torch.empty(bn.num_features), trains)
    return fused


fuse_linear_bn_eval = fuse_conv_bn_eval
