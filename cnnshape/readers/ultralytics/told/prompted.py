"""YOLO-World and YOLOE: what looks for what a text says. The text stands as a vector for each class."""

import torch
import torch.nn.functional as F
from blocks import Bottleneck
from convolutions import Conv, chained
from heads import Detect, Proto, Proto26, branches, separable
from torch import nn


class MaxSigmoidAttnBlock(nn.Module):
    def __init__(self, c, heads, ec, gc):
        super().__init__()
        self.heads, self.width = heads, c // heads
        self.ec = Conv(c, ec, act=False) if c != ec else nn.Identity()
        self.gl, self.bias = nn.Linear(gc, ec), nn.Parameter(torch.zeros(heads))
        self.proj_conv = Conv(c, c, 3, act=False)

    def forward(self, x, text):
        b, _, h, w = x.shape
        text = self.gl(text).view(b, text.shape[1], self.heads, self.width)
        places = self.ec(x).view(b, self.heads, self.width, h, w).flatten(3).transpose(2, 3)
        likeness = (places @ text.permute(0, 2, 3, 1)).max(-1)[0].view(b, self.heads, h, w)
        weights = (likeness / self.width**0.5 + self.bias[None, :, None, None]).sigmoid()
        return (self.proj_conv(x).view(b, self.heads, -1, h, w) * weights.unsqueeze(2)).view(b, -1, h, w)


class C2fAttn(nn.Module):
    reads_text = True

    def __init__(self, c1, c2, n=1, ec=128, nh=1, gc=512, shortcut=False, g=1, e=0.5):
        super().__init__()
        c = int(c2 * e)
        self.cv1, self.cv2 = Conv(c1, 2 * c), Conv((3 + n) * c, c2)
        self.m = nn.ModuleList(Bottleneck(c, c, shortcut, g, e=1.0) for _ in range(n))
        self.attn = MaxSigmoidAttnBlock(c, nh, ec, gc)

    def forward(self, x, text):
        return self.cv2(chained(list(self.cv1(x).chunk(2, 1)), [*self.m, lambda y: self.attn(y, text)]))


class ImagePoolingAttn(nn.Module):
    reads_text = makes_text = True

    def __init__(self, ec=256, ch=(), ct=512, nh=8, k=3):
        super().__init__()
        self.width, self.heads, self.k = ec, nh, k
        self.query, self.key, self.value = (nn.Sequential(nn.LayerNorm(x), nn.Linear(x, ec)) for x in (ct, ec, ec))
        self.proj = nn.Linear(ec, ct)
        self.projections = nn.ModuleList(nn.Conv2d(x, ec, 1) for x in ch)
        self.im_pools = nn.ModuleList(nn.AdaptiveMaxPool2d((k, k)) for _ in ch)

    def forward(self, x, text):
        b = text.shape[0]
        x = [pool(project(y)).view(b, -1, self.k**2) for y, project, pool in zip(x, self.projections, self.im_pools)]
        x = torch.cat(x, -1).transpose(1, 2)
        parts = (self.query(text), self.key(x), self.value(x))
        q, k, v = (each.reshape(b, -1, self.heads, self.width // self.heads) for each in parts)
        scores = F.softmax(torch.einsum("bnmc,bkmc->bmnk", q, k) / (self.width // self.heads) ** 0.5, -1)
        return self.proj(torch.einsum("bmnk,bkmc->bnmc", scores, v).reshape(b, -1, self.width)) + text


class ContrastiveHead(nn.Module):
    def __init__(self, c, with_bn):
        super().__init__()
        self.norm = nn.BatchNorm2d(c) if with_bn else lambda x: F.normalize(x, dim=1)
        self.bias, self.logit_scale = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.ones([]))

    def forward(self, x, text):
        y = F.normalize(text, dim=-1) @ self.norm(x).flatten(2)
        return y * self.logit_scale.exp() + self.bias


class WorldDetect(Detect):
    reads_text = True

    def __init__(self, nc, embed, with_bn, reg_max, end2end, legacy, ch):
        self.embed, self.with_bn = embed, with_bn
        super().__init__(nc, reg_max, end2end, legacy, ch)

    def build(self, ch, nc, reg_max, legacy, prefix=""):
        super().build(ch, nc, reg_max, legacy, prefix)
        block = {} if legacy else {"block": separable}
        setattr(self, prefix + "cv3", branches(ch, max(ch[0], min(nc, 100)), self.embed, **block))
        setattr(self, prefix + "cv4", nn.ModuleList(ContrastiveHead(self.embed, self.with_bn) for _ in ch))

    def forward(self, x, text):
        self.text = text
        return super().forward(x)

    def run(self, name, x):
        if name != "cv3":
            return super().run(name, x)
        maps = zip(self.maps("cv3"), self.maps("cv4"), x)
        return torch.cat([contrast(embed(y), self.text) for embed, contrast, y in maps], 2)


class SwiGLUFFN(nn.Module):
    def __init__(self, c, e=4):
        super().__init__()
        self.w12, self.w3 = nn.Linear(c, e * c), nn.Linear(e * c // 2, c)


class Residual(nn.Module):
    def __init__(self, m):
        super().__init__()
        self.m = m


class SAVPE(nn.Module):
    def __init__(self, ch, c3, embed, c=16):
        super().__init__()
        self.cv1 = nn.ModuleList(nn.Sequential(Conv(x, c3, 3), Conv(c3, c3, 3)) for x in ch)
        self.cv2 = nn.ModuleList(nn.Sequential(Conv(x, c3)) for x in ch)
        self.cv3, self.cv4 = nn.Conv2d(3 * c3, embed, 1), nn.Conv2d(3 * c3, c, 3, padding=1)
        self.cv5 = nn.Conv2d(1, c, 3, padding=1)
        self.cv6 = nn.Sequential(Conv(2 * c, c, 3), nn.Conv2d(c, c, 3, padding=1))


class YOLOEDetect(WorldDetect):
    """Its prompts are embedded before: `reprta` and `savpe`, which do that for new ones, do not run."""

    def __init__(self, nc, embed, with_bn, reg_max, end2end, legacy, ch):
        super().__init__(nc, embed, with_bn, reg_max, end2end, legacy, ch)
        self.reprta = Residual(SwiGLUFFN(embed))
        self.savpe = SAVPE(ch, max(ch[0], min(nc, 100)), embed)


class YOLOESegment(YOLOEDetect):
    more, prototypes = ("cv5",), Proto

    def __init__(self, nc, nm, npr, embed, with_bn, reg_max, end2end, legacy, ch):
        self.count = nm
        super().__init__(nc, embed, with_bn, reg_max, end2end, legacy, ch)
        self.proto = self.prototypes(ch, npr, nm, nc)

    def build(self, ch, nc, reg_max, legacy, prefix=""):
        super().build(ch, nc, reg_max, legacy, prefix)
        setattr(self, prefix + "cv5", branches(ch, max(ch[0] // 4, self.count), self.count))

    def forward(self, x, text):
        return super().forward(x, text), self.proto(x)


class YOLOESegment26(YOLOESegment):
    prototypes = Proto26
