"""Heads that say what is seen, where, and how it is turned, posed or filled."""

import torch
import torch.nn.functional as F
from convolutions import Conv, DWConv
from torch import nn


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

    def maps(self, name):
        return getattr(self, "one2one_" + name if self.end2end else name)

    def run(self, name, x):
        return torch.cat([m(y).flatten(2) for m, y in zip(self.maps(name), x)], 2)

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
        maps = zip(self.maps("cv4_kpts"), self.maps("cv4"), x)
        return torch.cat([last(first(y)).flatten(2) for last, first, y in maps], 2)


class Proto(nn.Module):
    def __init__(self, ch, c, c2, nc):
        super().__init__()
        self.cv1, self.upsample = Conv(ch[0], c, 3), nn.ConvTranspose2d(c, c, 2, 2)
        self.cv2, self.cv3 = Conv(c, c, 3), Conv(c, c2)

    def forward(self, x):
        return self.cv3(self.cv2(self.upsample(self.cv1(x[0]))))


class Proto26(Proto):
    def __init__(self, ch, c, c2, nc):
        super().__init__([c], c, c2, nc)
        self.feat_refine = nn.ModuleList(Conv(x, ch[0]) for x in ch[1:])
        self.feat_fuse = Conv(ch[0], c, 3)
        self.semseg = nn.Sequential(Conv(ch[0], c, 3), Conv(c, c, 3), nn.Conv2d(c, nc, 1))

    def forward(self, x):
        y = x[0]
        for number, (refine, other) in enumerate(zip(self.feat_refine, x[1:]), 1):
            y = y + F.interpolate(refine(other), scale_factor=2**number, mode="nearest")
        return super().forward([self.feat_fuse(y)])


class Segment(WithMore):
    prototypes = Proto

    def __init__(self, nc, nm, npr, reg_max, end2end, legacy, ch):
        super().__init__(nm, nc, reg_max, end2end, legacy, ch)
        self.proto = self.prototypes(ch, npr, nm, nc)

    def forward(self, x):
        return super().forward(x), self.proto(x)


class Segment26(Segment):
    prototypes = Proto26


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
