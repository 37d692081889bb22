from torch import nn

INPUTS = [(3, 16, 24)]


class Mlp(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.a = nn.Linear(d, h)
        self.b = nn.Linear(h, d)

    def forward(self, x):
        return self.b(nn.functional.gelu(self.a(x)))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.n1 = nn.LayerNorm(24)
        self.t = Mlp(16, 32)
        self.n2 = nn.LayerNorm(24)
        self.c = Mlp(24, 48)

    def forward(self, x):
        y = self.n1(x).transpose(1, 2)
        y = self.t(y).transpose(1, 2)
        x = x + y
        return x + self.c(self.n2(x))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.b = nn.Sequential(Block(), Block())
        self.head = nn.Linear(24, 5)

    def forward(self, x):
        return self.head(self.b(x).mean(1))
