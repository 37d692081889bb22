"""Modules and functions of torchvision that end in compiled code: read by the interpreter, never run."""

import torch
from torch import nn


def _regions(boxes):
    if isinstance(boxes, torch.Tensor):
        return boxes
    numbers = torch.cat([torch.full_like(each[:, :1], number) for number, each in enumerate(boxes)])
    return torch.cat([numbers, torch.cat(list(boxes))], 1)


def roi_align(input, boxes, output_size, spatial_scale=1.0, sampling_ratio=-1, aligned=False):
    return nn.RoIAlign(output_size, spatial_scale, sampling_ratio, aligned)(input, _regions(boxes))


def ps_roi_align(input, boxes, output_size, spatial_scale=1.0, sampling_ratio=-1):
    return nn.PSRoIAlign(output_size, spatial_scale, sampling_ratio)(input, _regions(boxes))


def roi_pool(input, boxes, output_size, spatial_scale=1.0):
    return nn.RoIPool(output_size, spatial_scale)(input, _regions(boxes))


def ps_roi_pool(input, boxes, output_size, spatial_scale=1.0):
    return nn.PSRoIPool(output_size, spatial_scale)(input, _regions(boxes))


class RoIAlign(nn.RoIAlign):
    def forward(self, input, rois):
        return super().forward(input, _regions(rois))


class PSRoIAlign(nn.PSRoIAlign):
    def forward(self, input, rois):
        return super().forward(input, _regions(rois))


class RoIPool(nn.RoIPool):
    def forward(self, input, rois):
        return super().forward(input, _regions(rois))


class PSRoIPool(nn.PSRoIPool):
    def forward(self, input, rois):
        return super().forward(input, _regions(rois))


class MultiScaleRoIAlign(nn.MultiScaleRoIAlign):
    def forward(self, x, boxes, image_shapes):
        return super().forward(*[each for name, each in x.items() if name in self.featmap_names], _regions(boxes))
