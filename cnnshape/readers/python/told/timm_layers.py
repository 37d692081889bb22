"""What the files of many authors take from `timm.layers`, where timm is not installed."""

from torch import nn
from torch.nn.modules.utils import _ntuple

to_ntuple = _ntuple
to_1tuple, to_2tuple, to_3tuple, to_4tuple = (_ntuple(count) for count in (1, 2, 3, 4))


def drop_path(x, drop_prob=0.0, training=False, scale_by_keep=True):
    return x


class DropPath(nn.Module):
    def __init__(self, drop_prob=0.0, scale_by_keep=True):
        super().__init__()
        self.drop_prob, self.scale_by_keep = drop_prob, scale_by_keep

    def forward(self, x):
        return x


def make_divisible(v, divisor=8, min_value=None, round_limit=0.9):
    rounded = max(min_value or divisor, int(v + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < round_limit * v else rounded


def trunc_normal_(tensor, mean=0.0, std=1.0, a=-2.0, b=2.0):
    return tensor
