from torch import nn
from torch.nn import functional

INPUTS = [(2, 4, 48, 48)]


class Local(nn.Module):
    """A function within a function keeps what it reads, and nothing beside it."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x):
        wide = functional.interpolate(x, scale_factor=2)
        beside = functional.relu(wide)
        gate = x.mean()

        def scaled(value, factor=2):
            return value * factor * gate

        halving = [lambda value: functional.max_pool2d(value, 2)]
        return halving[0](scaled(self.conv(beside)))


class Prepared(Local):
    """An exception that is handled keeps nothing."""

    def forward(self, x):
        wide = functional.interpolate(x, scale_factor=2)
        beside = functional.relu(wide)
        try:
            chosen = self.missing(beside)
        except AttributeError:
            chosen = self.conv(beside)
        return functional.max_pool2d(chosen, 2)


class Escaping(Local):
    """A function that is kept keeps what it reads."""

    def forward(self, x):
        wide = functional.interpolate(x, scale_factor=2)
        gate = x.mean()
        other = functional.relu(wide)

        def later(value):
            return value * gate

        self.kept = [later]
        return functional.max_pool2d(self.conv(other), 2)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = Local()
        self.second = Escaping()
        self.third = Prepared()
        self.wider = nn.Conv2d(4, 64, 1)

    def forward(self, x):
        x = self.third(self.second(self.first(x)))
        x = self.second.kept[0](x)
        x = self.wider(x)
        return functional.gelu(x * 2)
