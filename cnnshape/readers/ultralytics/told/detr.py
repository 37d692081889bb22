"""RT-DETR: its backbone's blocks, the attention among places of a map, and the decoder of queries."""

import math
from itertools import pairwise

import torch
import torch.nn.functional as F
from convolutions import Conv, DWConv, chained
from torch import nn


class HGStem(nn.Module):
    def __init__(self, c1, cm, c2):
        super().__init__()
        self.stem1 = Conv(c1, cm, 3, 2, act=nn.ReLU())
        self.stem2a, self.stem2b = Conv(cm, cm // 2, 2, 1, 0, act=nn.ReLU()), Conv(cm // 2, cm, 2, 1, 0, act=nn.ReLU())
        self.stem3, self.stem4 = Conv(cm * 2, cm, 3, 2, act=nn.ReLU()), Conv(cm, c2, act=nn.ReLU())
        self.pool = nn.MaxPool2d(2, 1, ceil_mode=True)

    def forward(self, x):
        x = F.pad(self.stem1(x), [0, 1, 0, 1])
        y = self.stem2b(F.pad(self.stem2a(x), [0, 1, 0, 1]))
        return self.stem4(self.stem3(torch.cat((self.pool(x), y), 1)))


class LightConv(nn.Module):
    def __init__(self, c1, c2, k):
        super().__init__()
        self.conv1, self.conv2 = Conv(c1, c2, act=False), DWConv(c2, c2, k, act=nn.ReLU())

    def forward(self, x):
        return self.conv2(self.conv1(x))


class HGBlock(nn.Module):
    def __init__(self, c1, cm, c2, k=3, n=6, lightconv=False, shortcut=False):
        super().__init__()
        self.m = nn.ModuleList(
            LightConv(x, cm, k) if lightconv else Conv(x, cm, k, act=nn.ReLU()) for x in [c1] + [cm] * (n - 1)
        )
        self.sc, self.ec = Conv(c1 + n * cm, c2 // 2, act=nn.ReLU()), Conv(c2 // 2, c2, act=nn.ReLU())
        self.add = shortcut and c1 == c2

    def forward(self, x):
        y = self.ec(self.sc(chained([x], self.m)))
        return y + x if self.add else y


class AIFI(nn.Module):
    def __init__(self, c1, cm=2048, num_heads=8):
        super().__init__()
        self.ma = nn.MultiheadAttention(c1, num_heads, batch_first=True)
        self.fc1, self.fc2 = nn.Linear(c1, cm), nn.Linear(cm, c1)
        self.norm1, self.norm2 = nn.LayerNorm(c1), nn.LayerNorm(c1)
        self.act = nn.GELU()

    def forward(self, x):
        c, h, w = x.shape[1:]
        x = x.flatten(2).permute(0, 2, 1)
        placed = x + torch.zeros(1, h * w, c)
        x = self.norm1(x + self.ma(placed, placed, x)[0])
        x = self.norm2(x + self.fc2(self.act(self.fc1(x))))
        return x.permute(0, 2, 1).view(-1, c, h, w)


class MLP(nn.Module):
    def __init__(self, *widths):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))
        self.act = nn.ReLU()

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = self.act(layer(x))
        return self.layers[-1](x)


class MSDeformAttn(nn.Module):
    def __init__(self, c, levels, heads=8, points=4):
        super().__init__()
        self.levels, self.heads, self.points = levels, heads, points
        self.sampling_offsets = nn.Linear(c, heads * levels * points * 2)
        self.attention_weights = nn.Linear(c, heads * levels * points)
        self.value_proj, self.output_proj = nn.Linear(c, c), nn.Linear(c, c)

    def forward(self, query, box, maps, sizes):
        b, count, c = query.shape
        heads, width, places = self.heads, c // self.heads, self.levels * self.points
        values = self.value_proj(maps).view(b, -1, heads, width).permute(0, 2, 3, 1).flatten(0, 1)
        values = values.split([h * w for h, w in sizes], -1)
        moved = self.sampling_offsets(query).view(b, count, heads, places, 2)
        weights = F.softmax(self.attention_weights(query).view(b, count, heads, places), -1)
        box = box[:, :, None, None]
        found = box[..., :2] + moved / self.points * box[..., 2:] * 0.5
        grids = (2 * found - 1).permute(0, 2, 1, 3, 4).flatten(0, 1).split(self.points, -2)
        sampled = [
            F.grid_sample(value.reshape(b * heads, width, h, w), grid, "bilinear", "zeros", False)
            for value, grid, (h, w) in zip(values, grids, sizes)
        ]
        weights = weights.permute(0, 2, 1, 3).reshape(b * heads, 1, count, places)
        return self.output_proj((torch.cat(sampled, -1) * weights).sum(-1).view(b, c, count).transpose(1, 2))


class DecoderLayer(nn.Module):
    def __init__(self, c, levels, hidden=1024):
        super().__init__()
        self.self_attn, self.norm1 = nn.MultiheadAttention(c, 8), nn.LayerNorm(c)
        self.cross_attn, self.norm2 = MSDeformAttn(c, levels), nn.LayerNorm(c)
        self.linear1, self.act, self.linear2 = nn.Linear(c, hidden), nn.ReLU(), nn.Linear(hidden, c)
        self.norm3 = nn.LayerNorm(c)

    def forward(self, x, box, maps, sizes, place):
        q = (x + place).transpose(0, 1)
        x = self.norm1(x + self.self_attn(q, q, x.transpose(0, 1))[0].transpose(0, 1))
        x = self.norm2(x + self.cross_attn(x + place, box, maps, sizes))
        return self.norm3(x + self.linear2(self.act(self.linear1(x))))


class Decoder(nn.Module):
    def __init__(self, c, levels, count):
        super().__init__()
        self.layers = nn.ModuleList(DecoderLayer(c, levels) for _ in range(count))


def odds(x):
    x = x.clamp(0, 1)
    return torch.log(x.clamp(1e-5) / (1 - x).clamp(1e-5))


class RTDETRDecoder(nn.Module):
    def __init__(self, nc, ch, hd=256, nq=300, ndl=6):
        super().__init__()
        self.most = nq
        self.input_proj = nn.ModuleList(nn.Sequential(nn.Conv2d(x, hd, 1, bias=False), nn.BatchNorm2d(hd)) for x in ch)
        self.decoder = Decoder(hd, len(ch), ndl)
        self.denoising_class_embed = nn.Embedding(nc, hd)
        self.query_pos_head = MLP(4, 2 * hd, hd)
        self.enc_output = nn.Sequential(nn.Linear(hd, hd), nn.LayerNorm(hd))
        self.enc_score_head, self.enc_bbox_head = nn.Linear(hd, nc), MLP(hd, hd, hd, 4)
        self.dec_score_head = nn.ModuleList(nn.Linear(hd, nc) for _ in range(ndl))
        self.dec_bbox_head = nn.ModuleList(MLP(hd, hd, hd, 4) for _ in range(ndl))

    def forward(self, x):
        x = [project(y) for project, y in zip(self.input_proj, x)]
        sizes = [y.shape[2:] for y in x]
        maps = torch.cat([y.flatten(2).permute(0, 2, 1) for y in x], 1)
        queries, box = self.best(maps, torch.zeros(1, sum(math.prod(size) for size in sizes), 4))
        box = box.sigmoid()
        for layer, refine in zip(self.decoder.layers, self.dec_bbox_head):
            queries = layer(queries, box, maps, sizes, self.query_pos_head(box))
            box = torch.sigmoid(refine(queries) + odds(box))
        return torch.cat((box, self.dec_score_head[-1](queries).sigmoid()), -1)

    def best(self, maps, anchors):
        maps = self.enc_output(maps * anchors[..., :1])
        scores = self.enc_score_head(maps).max(-1).values
        places = scores.topk(min(self.most, maps.shape[1]), 1).indices.unsqueeze(-1)
        chosen = maps.gather(1, places.expand(-1, -1, maps.shape[-1]))
        return chosen, self.enc_bbox_head(chosen) + anchors.expand(maps.shape[0], -1, -1).gather(
            1, places.expand(-1, -1, 4)
        )
