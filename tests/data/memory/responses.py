"""What works in many steps of its own: local response normalization, and pooling by a norm."""

import torch
from torch import nn

INPUTS = ((2, 3, 32, 32),)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 16, 3)
        self.norm = nn.LocalResponseNorm(5)
        self.pool = nn.LPPool2d(2, 3, 2)
        self.second = nn.Conv2d(16, 8, 3)

    def forward(self, x):
        return self.second(self.pool(torch.relu(self.norm(self.first(x)))))
