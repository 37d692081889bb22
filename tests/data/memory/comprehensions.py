import torch
from torch import nn
from torch.nn import functional

INPUTS = [(2, 4, 48, 48)]


class Branches(nn.Module):
    """What a comprehension reads is let go of with its function, as are names beside it."""

    def __init__(self):
        super().__init__()
        self.branches = nn.ModuleList([nn.Conv2d(4, 4, 3, padding=1) for _ in range(3)])
        self.out = nn.Conv2d(12, 4, 3, padding=1)

    def forward(self, x):
        wide = functional.interpolate(x, scale_factor=2)
        beside = functional.relu(wide)
        parts = [branch(beside) for branch in self.branches]
        scaled = [part * gate for part in parts for gate in (0.5,) if gate]
        total = sum(part.mean() for part in scaled)
        return functional.max_pool2d(self.out(torch.cat(scaled, 1)), 2) * total


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = Branches()
        self.second = Branches()
        self.wider = nn.Conv2d(4, 64, 1)

    def forward(self, x):
        x = self.second(self.first(x))
        x = self.wider(x)
        return functional.gelu(x * 2)
