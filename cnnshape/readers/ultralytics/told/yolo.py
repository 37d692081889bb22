"""The modules that model files of Ultralytics name: read by the interpreter, never run.

Parameters, names and shapes are those of `ultralytics` 8.4, observed for every file that it ships. What comes after a
head's maps (anchors, suppression, the best 300) has no weights, and is left out.
"""

import math

import torch
import torch.nn.functional as F
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


class Concat(nn.Module):
    def __init__(self, dimension=1):
        super().__init__()
        self.d = dimension

    def forward(self, x):
        return torch.cat(x, self.d)


# -- blocks


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
        y = list(self.cv1(x).chunk(2, 1))
        for block in self.m:
            y.append(block(y[-1]))
        return self.cv2(torch.cat(y, 1))


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
        y = list(self.cv1(x).chunk(2, 1))
        y.append(self.cv2(y[-1]))
        y.append(self.cv3(y[-1]))
        return self.cv4(torch.cat(y, 1))


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


# -- pyramids of pooling


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
        y = [self.cv1(x)]
        for _ in range(self.n):
            y.append(self.m(y[-1]))
        y = self.cv2(torch.cat(y, 1))
        return y + x if self.add else y


class SPPELAN(nn.Module):
    def __init__(self, c1, c2, c3, k=5):
        super().__init__()
        self.cv1, self.cv5 = Conv(c1, c3), Conv(4 * c3, c2)
        self.cv2, self.cv3, self.cv4 = (nn.MaxPool2d(k, 1, k // 2) for _ in range(3))

    def forward(self, x):
        y = [self.cv1(x)]
        for pool in (self.cv2, self.cv3, self.cv4):
            y.append(pool(y[-1]))
        return self.cv5(torch.cat(y, 1))


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


# -- attention


class Attention(nn.Module):
    def __init__(self, c, heads):
        super().__init__()
        self.heads, self.width, self.key = heads, c // heads, c // heads // 2
        self.qkv = Conv(c, c + self.key * heads * 2, act=False)
        self.proj, self.pe = Conv(c, c, act=False), Conv(c, c, 3, g=c, act=False)

    def forward(self, x):
        b, c, h, w = x.shape
        parts = self.qkv(x).view(b, self.heads, self.key * 2 + self.width, h * w)
        q, k, v = parts.split([self.key, self.key, self.width], dim=2)
        scores = (q.transpose(-2, -1) @ k * self.key**-0.5).softmax(dim=-1)
        x = (v @ scores.transpose(-2, -1)).view(b, c, h, w) + self.pe(v.reshape(b, c, h, w))
        return self.proj(x)


class PSABlock(nn.Module):
    def __init__(self, c, heads):
        super().__init__()
        self.attn = Attention(c, heads)
        self.ffn = nn.Sequential(Conv(c, c * 2), Conv(c * 2, c, act=False))

    def forward(self, x):
        x = x + self.attn(x)
        return x + self.ffn(x)


class PSA(nn.Module):
    def __init__(self, c1, c2, e=0.5):
        super().__init__()
        c = int(c1 * e)
        self.cv1, self.cv2 = Conv(c1, 2 * c), Conv(2 * c, c1)
        self.attn = Attention(c, max(c // 64, 1))
        self.ffn = nn.Sequential(Conv(c, c * 2), Conv(c * 2, c, act=False))

    def forward(self, x):
        a, b = self.cv1(x).chunk(2, 1)
        b = b + self.attn(b)
        return self.cv2(torch.cat((a, b + self.ffn(b)), 1))


class C2PSA(nn.Module):
    def __init__(self, c1, c2, n=1, e=0.5):
        super().__init__()
        c = int(c1 * e)
        self.cv1, self.cv2 = Conv(c1, 2 * c), Conv(2 * c, c1)
        self.m = nn.Sequential(*(PSABlock(c, max(c // 64, 1)) for _ in range(n)))

    def forward(self, x):
        a, b = self.cv1(x).chunk(2, 1)
        return self.cv2(torch.cat((a, self.m(b)), 1))


class AAttn(nn.Module):
    def __init__(self, c, heads, area):
        super().__init__()
        self.area, self.heads, self.width = max(area, 1), heads, c // heads
        self.qkv, self.proj = Conv(c, c * 3, act=False), Conv(c, c, act=False)
        self.pe = Conv(c, c, 7, g=c, act=False)

    def forward(self, x):
        b, c, h, w = x.shape
        parts = self.qkv(x).flatten(2).transpose(1, 2).reshape(b * self.area, h * w // self.area, c * 3)
        parts = parts.view(b * self.area, -1, self.heads, self.width * 3).permute(0, 2, 3, 1)
        q, k, v = parts.split([self.width, self.width, self.width], dim=2)
        scores = (q.transpose(-2, -1) @ k * self.width**-0.5).softmax(dim=-1)
        y, v = (
            each.permute(0, 3, 1, 2).reshape(b, h, w, c).permute(0, 3, 1, 2)
            for each in (v @ scores.transpose(-2, -1), v)
        )
        return self.proj(y + self.pe(v))


class ABlock(nn.Module):
    def __init__(self, c, heads, ratio, area):
        super().__init__()
        self.attn = AAttn(c, heads, area)
        self.mlp = nn.Sequential(Conv(c, int(c * ratio)), Conv(int(c * ratio), c, act=False))

    def forward(self, x):
        x = x + self.attn(x)
        return x + self.mlp(x)


class A2C2f(nn.Module):
    def __init__(self, c1, c2, n=1, a2=True, area=1, residual=False, mlp_ratio=2.0, e=0.5, g=1, shortcut=True):
        super().__init__()
        c = int(c2 * e)
        self.cv1, self.cv2 = Conv(c1, c), Conv((1 + n) * c, c2)
        self.gamma = nn.Parameter(0.01 * torch.ones(c2)) if a2 and residual else None
        blocks = (lambda: nn.Sequential(*(ABlock(c, c // 32, mlp_ratio, area) for _ in range(2)))) if a2 else None
        self.m = nn.ModuleList(blocks() if blocks else C3k(c, c, 2, shortcut, g) for _ in range(n))

    def forward(self, x):
        y = [self.cv1(x)]
        for block in self.m:
            y.append(block(y[-1]))
        y = self.cv2(torch.cat(y, 1))
        return y if self.gamma is None else x + self.gamma.view(-1, y.shape[1], 1, 1) * y


# -- heads


class Classify(nn.Module):
    def __init__(self, c1, c2, k=1, s=1):
        super().__init__()
        self.conv = Conv(c1, 1280, k, s)
        self.pool, self.drop, self.linear = nn.AdaptiveAvgPool2d(1), nn.Dropout(0.0), nn.Linear(1280, c2)

    def forward(self, x):
        return self.linear(self.drop(self.pool(self.conv(x)).flatten(1))).softmax(1)


class DFL(nn.Module):
    def __init__(self, c1=16):
        super().__init__()
        self.conv = nn.Conv2d(c1, 1, 1, bias=False).requires_grad_(False)
        self.c1 = c1

    def forward(self, x):
        b, _, a = x.shape
        return self.conv(x.view(b, 4, self.c1, a).transpose(2, 1).softmax(1)).view(b, 4, a)


def branches(ch, c, out, block=lambda c1, c2: Conv(c1, c2, 3)):
    return nn.ModuleList(nn.Sequential(block(x, c), block(c, c), nn.Conv2d(c, out, 1)) for x in ch)


def separable(c1, c2):
    return nn.Sequential(DWConv(c1, c1, 3), Conv(c1, c2))


class Detect(nn.Module):
    more = ()

    def __init__(self, nc=80, reg_max=16, end2end=False, legacy=False, ch=()):
        super().__init__()
        self.nc, self.end2end = nc, end2end
        self.build(ch, nc, reg_max, legacy)
        if end2end:
            self.build(ch, nc, reg_max, legacy, "one2one_")
        self.dfl = DFL(reg_max) if reg_max > 1 else nn.Identity()

    def build(self, ch, nc, reg_max, legacy, prefix=""):
        c2, c3 = max(16, ch[0] // 4, reg_max * 4), max(ch[0], min(nc, 100))
        setattr(self, prefix + "cv2", branches(ch, c2, 4 * reg_max))
        setattr(self, prefix + "cv3", branches(ch, c3, nc) if legacy else branches(ch, c3, nc, separable))

    def run(self, name, x):
        maps = getattr(self, ("one2one_" if self.end2end else "") + name)
        return torch.cat([m(y).flatten(2) for m, y in zip(maps, x)], 2)

    def forward(self, x):
        found = [self.dfl(self.run("cv2", x)), self.run("cv3", x).sigmoid()]
        return torch.cat(found + [self.run(name, x) for name in self.more], 1)


class WithMore(Detect):
    more = ("cv4",)

    def __init__(self, count, nc, reg_max, end2end, legacy, ch):
        self.count = count
        super().__init__(nc, reg_max, end2end, legacy, ch)

    def build(self, ch, nc, reg_max, legacy, prefix=""):
        super().build(ch, nc, reg_max, legacy, prefix)
        setattr(self, prefix + "cv4", branches(ch, max(ch[0] // 4, self.count), self.count))


class OBB(WithMore):
    def __init__(self, nc, ne, reg_max, end2end, legacy, ch):
        super().__init__(ne, nc, reg_max, end2end, legacy, ch)


class Pose(WithMore):
    def __init__(self, nc, shape, reg_max, end2end, legacy, ch):
        super().__init__(shape[0] * shape[1], nc, reg_max, end2end, legacy, ch)


class RealNVP(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("loc", torch.zeros(2))
        self.register_buffer("cov", torch.eye(2))
        self.register_buffer("mask", torch.zeros(6, 2))
        for name in ("s", "t"):
            nets = [
                nn.Sequential(nn.Linear(2, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU(), nn.Linear(64, 2))
                for _ in range(6)
            ]
            setattr(self, name, nn.ModuleList(nets))


class Pose26(Detect):
    more = ("kpts",)

    def __init__(self, nc, shape, reg_max, end2end, legacy, ch):
        self.shape = shape
        super().__init__(nc, reg_max, end2end, legacy, ch)
        self.flow_model = RealNVP()

    def build(self, ch, nc, reg_max, legacy, prefix=""):
        super().build(ch, nc, reg_max, legacy, prefix)
        count = self.shape[0] * self.shape[1]
        c = max(ch[0] // 4, self.shape[0] * (self.shape[1] + 2))
        setattr(self, prefix + "cv4", nn.ModuleList(nn.Sequential(Conv(x, c, 3), Conv(c, c, 3)) for x in ch))
        setattr(self, prefix + "cv4_kpts", nn.ModuleList(nn.Conv2d(c, count, 1) for _ in ch))
        setattr(self, prefix + "cv4_sigma", nn.ModuleList(nn.Conv2d(c, self.shape[0] * 2, 1) for _ in ch))

    def run(self, name, x):
        if name != "kpts":
            return super().run(name, x)
        prefix = "one2one_" if self.end2end else ""
        maps = zip(getattr(self, prefix + "cv4_kpts"), getattr(self, prefix + "cv4"), x)
        return torch.cat([last(first(y)).flatten(2) for last, first, y in maps], 2)


class Proto(nn.Module):
    def __init__(self, c1, c, c2):
        super().__init__()
        self.cv1, self.upsample = Conv(c1, c, 3), nn.ConvTranspose2d(c, c, 2, 2)
        self.cv2, self.cv3 = Conv(c, c, 3), Conv(c, c2)

    def forward(self, x):
        return self.cv3(self.cv2(self.upsample(self.cv1(x))))


class Proto26(Proto):
    def __init__(self, ch, c, c2, nc):
        super().__init__(c, c, c2)
        self.feat_refine = nn.ModuleList(Conv(x, ch[0]) for x in ch[1:])
        self.feat_fuse = Conv(ch[0], c, 3)
        self.semseg = nn.Sequential(Conv(ch[0], c, 3), Conv(c, c, 3), nn.Conv2d(c, nc, 1))

    def forward(self, x):
        y = x[0]
        for number, (refine, other) in enumerate(zip(self.feat_refine, x[1:]), 1):
            y = y + F.interpolate(refine(other), scale_factor=2**number, mode="nearest")
        return super().forward(self.feat_fuse(y))


class Segment(WithMore):
    def __init__(self, nc, nm, npr, reg_max, end2end, legacy, ch):
        super().__init__(nm, nc, reg_max, end2end, legacy, ch)
        self.proto = self.prototypes(ch, npr, nm, nc)

    def prototypes(self, ch, npr, nm, nc):
        return Proto(ch[0], npr, nm)

    def forward(self, x):
        return super().forward(x), self.proto(self.read(x))

    def read(self, x):
        return x[0]


class Segment26(Segment):
    def prototypes(self, ch, npr, nm, nc):
        return Proto26(ch, npr, nm, nc)

    def read(self, x):
        return x


class Depth(nn.Module):
    def __init__(self, c, ch):
        super().__init__()
        self.proj = nn.ModuleList(Conv(x, c) for x in ch)
        self.refine = nn.ModuleList(nn.Sequential(Conv(c, c, 3), Conv(c, c, 3)) for _ in ch[:-1])
        up = nn.ConvTranspose2d(c // 2, c // 2, 2, 2)
        self.head = nn.Sequential(Conv(c, c // 2, 3), up, Conv(c // 2, c // 4, 3), nn.Conv2d(c // 4, 1, 1))
        self.register_buffer("cal_a", torch.ones(1))
        self.register_buffer("cal_b", torch.zeros(1))

    def forward(self, x):
        maps = [project(y) for project, y in zip(self.proj, x)]
        y = maps[-1]
        for i in range(len(maps) - 2, -1, -1):
            y = F.interpolate(y, scale_factor=2, mode="bilinear", align_corners=True) + maps[i]
            y = self.refine[i](y)
        return torch.exp(self.cal_a * self.head(y).clamp(-4.0, 5.0) + self.cal_b)


class SemanticSegment(nn.Module):
    def __init__(self, nc, ch):
        super().__init__()
        self.classifier = nn.Sequential(Conv(ch[0], ch[0], 3), nn.Conv2d(ch[0], nc, 1))
        self.aux_head = nn.Sequential(Conv(ch[1], ch[0], 3), nn.Conv2d(ch[0], nc, 1)) if len(ch) > 1 else None

    def forward(self, x):
        return self.classifier(x[0])


# -- the network


class Model(nn.Module):
    def __init__(self, entries, activation):
        super().__init__()
        if activation:
            ACTIVATION[0] = activation
        layers = []
        for _, count, name, args in entries:
            kind = getattr(nn, name[3:]) if name.startswith("nn.") else globals()[name]
            layers.append(nn.Sequential(*(kind(*args) for _ in range(count))) if count > 1 else kind(*args))
        self.model = nn.Sequential(*layers)
        self.sources = [source for source, _, _, _ in entries]

    def forward(self, x):
        made = []
        for layer, source in zip(self.model, self.sources):
            if source != -1:
                x = made[source] if isinstance(source, int) else [x if each == -1 else made[each] for each in source]
            x = layer(x)
            made.append(x)
        return x
