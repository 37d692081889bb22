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

    def log_prob(self, value):
        return -((value - self.loc) ** 2) / (2 * self.variance) - torch.log(self.scale)

    def entropy(self):
        return torch.log(self.scale) + 0 * self.loc


class Categorical:
    def __init__(self, probs=None, logits=None, validate_args=None):
        self.logits = torch.log(probs) if logits is None else logits - logits.logsumexp(dim=-1, keepdim=True)

    @property
    def probs(self):
        return torch.softmax(self.logits, -1)

    def sample(self, sample_shape=()):
        if len(sample_shape) > 0:
            refuse("several samples of a distribution are not read")
        return torch.argmax(self.logits, -1)

    def log_prob(self, value):
        return self.logits[..., 0] + 0 * value

    def entropy(self):
        return -(self.logits * self.probs).sum(-1)


def kl_divergence(p, q):
    ratio = (p.scale / q.scale).pow(2)
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).pow(2) - 1 - ratio.log())
