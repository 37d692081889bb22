"""Model files of Ultralytics as networks, of the modules beside it: read by the interpreter, never run.

Parameters, names and shapes are those of `ultralytics` 8.4, observed for every file that it ships. What comes after a
head's maps (anchors, suppression, the best 300) has no weights, and is left out; of a head without suppression the
branches run that are kept in use, as after `fuse()`.
"""

import torch
from attention import *
from blocks import *
from convolutions import *
from detr import *
from heads import *
from prompted import *
from torch import nn


class Model(nn.Module):
    def __init__(self, entries, activation, nc):
        super().__init__()
        self.nc = nc
        if activation:
            ACTIVATION[0] = activation
        layers = []
        for _, count, name, args in entries:
            kind = getattr(nn, name[3:]) if name.startswith("nn.") else globals()[name]
            layers.append(nn.Sequential(*(kind(*args) for _ in range(count))) if count > 1 else kind(*args))
        self.model = nn.Sequential(*layers)
        self.sources = [source for source, _, _, _ in entries]

    def forward(self, x):
        made, first = [], torch.zeros(x.shape[0], self.nc, 512)
        text = first
        for layer, source in zip(self.model, self.sources):
            if source != -1:
                x = made[source] if isinstance(source, int) else [x if each == -1 else made[each] for each in source]
            if getattr(layer, "makes_text", False):
                x = text = layer(x, text)
            elif getattr(layer, "reads_text", False):
                x = layer(x, first if isinstance(layer, Detect) else text)
            else:
                x = layer(x)
            made.append(x)
        return x
