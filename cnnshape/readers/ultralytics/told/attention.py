"""Attention of maps."""

import torch
from convolutions import Conv
from torch import nn


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


class PSA(PSABlock):
    def __init__(self, c1, c2, e=0.5):
        c = int(c1 * e)
        super().__init__(c, max(c // 64, 1))
        self.cv1, self.cv2 = Conv(c1, 2 * c), Conv(2 * c, c1)

    def forward(self, x):
        a, b = self.cv1(x).chunk(2, 1)
        return self.cv2(torch.cat((a, super().forward(b)), 1))


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
