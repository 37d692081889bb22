import torch
from torch import nn
from torch.nn import functional

INPUTS = [(2, 3, 48, 48)]


class Attend(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.squeeze = nn.Conv2d(width, 4, 1)
        self.expand = nn.Conv2d(4, width, 1)
        self.scale = nn.Parameter(torch.ones(1, width, 1, 1))

    def forward(self, x):
        s = x.mean((2, 3), keepdim=True)
        s = torch.sigmoid(self.expand(functional.relu(self.squeeze(s))))
        return x * s * self.scale


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 12, 3, stride=2, padding=1)
        self.left = nn.Sequential(nn.Conv2d(12, 12, 3, padding=1, groups=12), nn.BatchNorm2d(12), nn.SiLU(inplace=True))
        self.right = nn.Conv2d(12, 12, 1)
        self.attend = Attend(24)
        self.drop = nn.Dropout(0.2)
        self.head = nn.Linear(24, 5)

    def forward(self, x):
        x = functional.hardswish(self.stem(x))
        a, b = self.left(x), self.right(x)
        x = torch.cat((a, b), 1)
        x = self.attend(x)
        x = functional.max_pool2d(x, 2)
        x = functional.interpolate(x, scale_factor=2, mode="bilinear")
        x = functional.layer_norm(x, x.shape[1:])
        left, right = x.chunk(2, dim=1)
        x = torch.stack([left - right, torch.maximum(left, right)], 1).flatten(1, 2)
        x = functional.softmax(x, dim=1) / 2
        return self.head(self.drop(functional.adaptive_avg_pool2d(x, 1).flatten(1)))
