"""Convolutions with their normalization and activation."""

import math

import torch
from torch import nn

ACTIVATION = [nn.SiLU]


class Conv(nn.Module):
    def __init__(self, c1, c2, k=1, s=1, p=None, g=1, d=1, act=True):
        super().__init__()
        if p is None:
            p = k // 2 if d == 1 else d * (k - 1) // 2
        self.conv = nn.Conv2d(c1, c2, k, s, p, dilation=d, groups=g, bias=False)
        self.bn = nn.BatchNorm2d(c2)
        self.act = ACTIVATION[0]() if act is True else act or nn.Identity()

    def forward(self, x):
        return self.act(self.bn(self.conv(x)))


class DWConv(Conv):
    def __init__(self, c1, c2, k=1, s=1, d=1, act=True):
        super().__init__(c1, c2, k, s, g=math.gcd(c1, c2), d=d, act=act)


class GhostConv(nn.Module):
    def __init__(self, c1, c2, k=1, s=1, g=1, act=True):
        super().__init__()
        self.cv1 = Conv(c1, c2 // 2, k, s, None, g, act=act)
        self.cv2 = Conv(c2 // 2, c2 // 2, 5, g=c2 // 2, act=act)

    def forward(self, x):
        y = self.cv1(x)
        return torch.cat((y, self.cv2(y)), 1)


class RepConv(nn.Module):
    def __init__(self, c1, c2, k=3, s=1):
        super().__init__()
        self.conv1 = Conv(c1, c2, k, s, act=False)
        self.conv2 = Conv(c1, c2, 1, s, act=False)
        self.act = nn.SiLU()

    def forward(self, x):
        return self.act(self.conv1(x) + self.conv2(x))


def chained(y, blocks):
    """The maps so far and what each block makes of the last, as one."""
    for block in blocks:
        y.append(block(y[-1]))
    return torch.cat(y, 1)


class Concat(nn.Module):
    def __init__(self, dimension=1):
        super().__init__()
        self.d = dimension

    def forward(self, x):
        return torch.cat(x, self.d)
