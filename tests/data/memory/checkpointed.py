import torch
from torch import nn
from torch.utils.checkpoint import checkpoint, checkpoint_sequential

INPUTS = [(2, 3, 32, 32)]


def block():
    return nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1))


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = block()

    def forward(self, x):
        return x + self.body(x)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.blocks = nn.ModuleList([Residual() for _ in range(3)])
        self.rest = nn.Sequential(*block(), nn.ReLU(), *block())
        self.head = nn.Linear(8, 10)

    def forward(self, x):
        x = self.stem(x)
        for each in self.blocks:
            x = checkpoint(each, x, use_reentrant=False)
        x = checkpoint_sequential(self.rest, 3, x, use_reentrant=False)
        x = checkpoint(lambda y: torch.tanh(y) * y, x, use_reentrant=False)
        return self.head(x.mean((2, 3)))
