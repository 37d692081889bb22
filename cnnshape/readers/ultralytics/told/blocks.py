"""Blocks of convolutions, and pyramids of pooling."""

import torch
import torch.nn.functional as F
import torchvision
from attention import ABlock, PSABlock
from convolutions import Conv, GhostConv, RepConv, chained
from torch import nn


class Bottleneck(nn.Module):
    def __init__(self, c1, c2, shortcut=True, g=1, k=(3, 3), e=0.5, first=Conv):
        super().__init__()
        self.cv1 = first(c1, int(c2 * e), k[0], 1)
        self.cv2 = Conv(int(c2 * e), c2, k[1], 1, g=g)
        self.add = shortcut and c1 == c2

    def forward(self, x):
        y = self.cv2(self.cv1(x))
        return x + y if self.add else y


class GhostBottleneck(nn.Module):
    def __init__(self, c1, c2):
        super().__init__()
        self.conv = nn.Sequential(GhostConv(c1, c2 // 2), nn.Identity(), GhostConv(c2 // 2, c2, act=False))

    def forward(self, x):
        return self.conv(x) + x


class C2(nn.Module):
    def __init__(self, c1, c2, n=1, shortcut=True, g=1, e=0.5):
        super().__init__()
        c = int(c2 * e)
        self.cv1, self.cv2 = Conv(c1, 2 * c), Conv(2 * c, c2)
        self.m = nn.Sequential(*(Bottleneck(c, c, shortcut, g, e=1.0) for _ in range(n)))

    def forward(self, x):
        a, b = self.cv1(x).chunk(2, 1)
        return self.cv2(torch.cat((self.m(a), b), 1))


class C2f(nn.Module):
    def __init__(self, c1, c2, n=1, shortcut=False, g=1, e=0.5):
        super().__init__()
        self.c = c = int(c2 * e)
        self.cv1, self.cv2 = Conv(c1, 2 * c), Conv((2 + n) * c, c2)
        self.m = nn.ModuleList(self.block(c, shortcut, g) for _ in range(n))

    def block(self, c, shortcut, g):
        return Bottleneck(c, c, shortcut, g, e=1.0)

    def forward(self, x):
        return self.cv2(chained(list(self.cv1(x).chunk(2, 1)), self.m))


class C3(nn.Module):
    kernel = (1, 3)

    def __init__(self, c1, c2, n=1, shortcut=True, g=1, e=0.5):
        super().__init__()
        c = int(c2 * e)
        self.cv1, self.cv2, self.cv3 = Conv(c1, c), Conv(c1, c), Conv(2 * c, c2)
        self.m = nn.Sequential(*(self.block(c, shortcut, g) for _ in range(n)))

    def block(self, c, shortcut, g):
        return Bottleneck(c, c, shortcut, g, self.kernel, 1.0)

    def forward(self, x):
        return self.cv3(torch.cat((self.m(self.cv1(x)), self.cv2(x)), 1))


class C3k(C3):
    kernel = (3, 3)


class C3Ghost(C3):
    def block(self, c, shortcut, g):
        return GhostBottleneck(c, c)


class RepCSP(C3):
    def block(self, c, shortcut, g):
        return Bottleneck(c, c, shortcut, g, e=1.0, first=RepConv)


class RepC3(nn.Module):
    def __init__(self, c1, c2, n=3, e=1.0):
        super().__init__()
        c = int(c2 * e)
        self.cv1, self.cv2 = Conv(c1, c), Conv(c1, c)
        self.m = nn.Sequential(*[RepConv(c, c) for _ in range(n)])
        self.cv3 = Conv(c, c2) if c != c2 else nn.Identity()

    def forward(self, x):
        return self.cv3(self.m(self.cv1(x)) + self.cv2(x))


class C3k2(C2f):
    def __init__(self, c1, c2, n=1, c3k=False, e=0.5, attn=False, g=1, shortcut=True):
        self.c3k, self.attn = c3k, attn
        super().__init__(c1, c2, n, shortcut, g, e)

    def block(self, c, shortcut, g):
        if self.attn:
            return nn.Sequential(Bottleneck(c, c, shortcut, g), PSABlock(c, max(c // 64, 1)))
        return C3k(c, c, 2, shortcut, g) if self.c3k else Bottleneck(c, c, shortcut, g)


class RepVGGDW(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv, self.conv1 = Conv(c, c, 7, g=c, act=False), Conv(c, c, 3, g=c, act=False)
        self.act = nn.SiLU()

    def forward(self, x):
        return self.act(self.conv(x) + self.conv1(x))


class CIB(nn.Module):
    def __init__(self, c, shortcut, lk):
        super().__init__()
        middle = RepVGGDW(2 * c) if lk else Conv(2 * c, 2 * c, 3, g=2 * c)
        self.cv1 = nn.Sequential(Conv(c, c, 3, g=c), Conv(c, 2 * c), middle, Conv(2 * c, c), Conv(c, c, 3, g=c))
        self.add = shortcut

    def forward(self, x):
        return x + self.cv1(x) if self.add else self.cv1(x)


class C2fCIB(C2f):
    def __init__(self, c1, c2, n=1, shortcut=False, lk=False, g=1, e=0.5):
        self.lk = lk
        super().__init__(c1, c2, n, shortcut, g, e)

    def block(self, c, shortcut, g):
        return CIB(c, shortcut, self.lk)


class SCDown(nn.Module):
    def __init__(self, c1, c2, k, s):
        super().__init__()
        self.cv1, self.cv2 = Conv(c1, c2), Conv(c2, c2, k, s, g=c2, act=False)

    def forward(self, x):
        return self.cv2(self.cv1(x))


class AConv(nn.Module):
    def __init__(self, c1, c2):
        super().__init__()
        self.cv1 = Conv(c1, c2, 3, 2)

    def forward(self, x):
        return self.cv1(F.avg_pool2d(x, 2, 1))


class ADown(nn.Module):
    def __init__(self, c1, c2):
        super().__init__()
        self.cv1, self.cv2 = Conv(c1 // 2, c2 // 2, 3, 2), Conv(c1 // 2, c2 // 2)

    def forward(self, x):
        a, b = F.avg_pool2d(x, 2, 1).chunk(2, 1)
        return torch.cat((self.cv1(a), self.cv2(F.max_pool2d(b, 3, 2, 1))), 1)


class ELAN1(nn.Module):
    def __init__(self, c1, c2, c3, c4, n=1):
        super().__init__()
        self.cv1, self.cv4 = Conv(c1, c3), Conv(c3 + 2 * c4, c2)
        self.cv2, self.cv3 = self.part(c3 // 2, c4, n), self.part(c4, c4, n)

    def part(self, c1, c2, n):
        return Conv(c1, c2, 3)

    def forward(self, x):
        return self.cv4(chained(list(self.cv1(x).chunk(2, 1)), [self.cv2, self.cv3]))


class RepNCSPELAN4(ELAN1):
    def part(self, c1, c2, n):
        return nn.Sequential(RepCSP(c1, c2, n), Conv(c2, c2, 3))


class ResNetBlock(nn.Module):
    def __init__(self, c1, c2, s, e):
        super().__init__()
        self.cv1, self.cv2, self.cv3 = Conv(c1, c2), Conv(c2, c2, 3, s), Conv(c2, e * c2, act=False)
        changes = s != 1 or c1 != e * c2
        self.shortcut = nn.Sequential(Conv(c1, e * c2, 1, s, act=False)) if changes else nn.Identity()

    def forward(self, x):
        return F.relu(self.cv3(self.cv2(self.cv1(x))) + self.shortcut(x))


class ResNetLayer(nn.Module):
    def __init__(self, c1, c2, s=1, is_first=False, n=1, e=4):
        super().__init__()
        blocks = [Conv(c1, c2, 7, 2), nn.MaxPool2d(3, 2, 1)] if is_first else [ResNetBlock(c1, c2, s, e)]
        self.layer = nn.Sequential(*blocks, *(ResNetBlock(e * c2, c2, 1, e) for _ in range(0 if is_first else n - 1)))

    def forward(self, x):
        return self.layer(x)


class A2C2f(nn.Module):
    def __init__(self, c1, c2, n=1, a2=True, area=1, residual=False, mlp_ratio=2.0, e=0.5, g=1, shortcut=True):
        super().__init__()
        c = int(c2 * e)
        self.cv1, self.cv2 = Conv(c1, c), Conv((1 + n) * c, c2)
        self.gamma = nn.Parameter(0.01 * torch.ones(c2)) if a2 and residual else None
        blocks = (lambda: nn.Sequential(*(ABlock(c, c // 32, mlp_ratio, area) for _ in range(2)))) if a2 else None
        self.m = nn.ModuleList(blocks() if blocks else C3k(c, c, 2, shortcut, g) for _ in range(n))

    def forward(self, x):
        y = self.cv2(chained([self.cv1(x)], self.m))
        return y if self.gamma is None else x + self.gamma.view(-1, y.shape[1], 1, 1) * y


class SPP(nn.Module):
    def __init__(self, c1, c2, k=(5, 9, 13)):
        super().__init__()
        self.cv1, self.cv2 = Conv(c1, c1 // 2), Conv(c1 // 2 * (len(k) + 1), c2)
        self.m = nn.ModuleList([nn.MaxPool2d(each, 1, each // 2) for each in k])

    def forward(self, x):
        x = self.cv1(x)
        return self.cv2(torch.cat([x] + [pool(x) for pool in self.m], 1))


class SPPF(nn.Module):
    def __init__(self, c1, c2, k=5, n=None, shortcut=False):
        super().__init__()
        self.n = n or 3
        self.cv1, self.cv2 = Conv(c1, c1 // 2, act=n is None), Conv(c1 // 2 * (self.n + 1), c2)
        self.m = nn.MaxPool2d(k, 1, k // 2)
        self.add = shortcut and c1 == c2

    def forward(self, x):
        y = self.cv2(chained([self.cv1(x)], [self.m] * self.n))
        return y + x if self.add else y


class SPPELAN(nn.Module):
    def __init__(self, c1, c2, c3, k=5):
        super().__init__()
        self.cv1, self.cv5 = Conv(c1, c3), Conv(4 * c3, c2)
        self.cv2, self.cv3, self.cv4 = (nn.MaxPool2d(k, 1, k // 2) for _ in range(3))

    def forward(self, x):
        return self.cv5(chained([self.cv1(x)], [self.cv2, self.cv3, self.cv4]))


class CBLinear(nn.Module):
    def __init__(self, c1, c2s):
        super().__init__()
        self.c2s = c2s
        self.conv = nn.Conv2d(c1, sum(c2s), 1)

    def forward(self, x):
        return self.conv(x).split(self.c2s, dim=1)


class CBFuse(nn.Module):
    def __init__(self, idx):
        super().__init__()
        self.idx = idx

    def forward(self, xs):
        size = xs[-1].shape[2:]
        y = [F.interpolate(x[i], size=size, mode="nearest") for x, i in zip(xs, self.idx)]
        return torch.sum(torch.stack(y + xs[-1:]), dim=0)


class TorchVision(nn.Module):
    def __init__(self, model, weights="DEFAULT", unwrap=True, truncate=2, split=False):
        super().__init__()
        self.m, self.split = getattr(torchvision.models, model)(), split
        if unwrap:
            parts = list(self.m.children())
            parts = [*parts[0].children(), *parts[1:]] if isinstance(parts[0], nn.Sequential) else parts
            self.m = nn.Sequential(*(parts[:-truncate] if truncate else parts))
        else:
            self.m.head = self.m.heads = nn.Identity()

    def forward(self, x):
        if not self.split:
            return self.m(x)
        y = [x]
        for part in self.m:
            y.append(part(y[-1]))
        return y
