"""``torch.distributions``: what is drawn has the shapes of what it is drawn by. Read by the interpreter, never run."""

import torch

from cnnshape.told import refuse


class Normal:
    def __init__(self, loc, scale, validate_args=None):
        self.loc = self.mean = self.mode = loc
        self.scale = self.stddev = scale

    def rsample(self, sample_shape=()):
        if len(sample_shape) > 0:
            refuse("several samples of a distribution are not read")
        return self.loc + torch.randn_like(self.scale) * self.scale

    sample = rsample

    @property
    def variance(self):
        return self.scale.pow(2)


def kl_divergence(p, q):
    ratio = (p.scale / q.scale).pow(2)
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).pow(2) - 1 - ratio.log())
