import torch
from torch import nn
from torch.nn import functional

INPUTS = [(2, 4, 64, 64)]


class Wide(nn.Module):
    """Every tensor has a name of its own, which lives until the function returns."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(4, 16, 3, padding=1)
        self.b = nn.Conv2d(16, 16, 3, padding=1)
        self.c = nn.Conv2d(16, 8, 3, padding=1)

    def forward(self, x):
        first = self.a(x)
        second = functional.relu(first)
        third = self.b(second)
        fourth = functional.relu(third)
        return self.c(fourth)


class Narrow(nn.Module):
    """One name, and expressions within expressions."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(8, 16, 3, padding=1)
        self.b = nn.Conv2d(16, 16, 3, padding=1)
        self.c = nn.Conv2d(16, 8, 3, padding=1)

    def forward(self, x):
        x = functional.relu(self.a(x))
        x = self.b(x)
        del_me = x * 2
        del del_me
        return self.c(functional.gelu(x))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.wide = Wide()
        self.narrow = Narrow()

    def forward(self, x):
        y = self.wide(x)
        features = []
        for _ in range(3):
            y = self.narrow(y)
            features.append(y)
        return torch.cat(features, 1)
