import torch
from torch import nn

INPUTS = [(4, 3, 32, 32)]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.teacher = nn.Sequential(nn.Conv2d(3, 32, 3), nn.ReLU(), nn.Conv2d(32, 32, 3), nn.ReLU())
        self.student = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 32, 3))

    def forward(self, x):
        with torch.no_grad():
            target = nn.functional.adaptive_avg_pool2d(self.teacher(x), 4)
        return nn.functional.adaptive_avg_pool2d(self.student(x), 4) * target
