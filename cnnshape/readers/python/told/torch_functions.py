"""Functions of ``torch`` that are made of others: read by the interpreter, never run."""

import collections

import torch
import torch.nn.functional as F

_MINMAX = collections.namedtuple("aminmax", "min max")


def dstack(tensors):
    deep = [each.reshape(1, -1, 1) if each.dim() == 1 else each for each in tensors]
    return torch.cat([each.unsqueeze(-1) if each.dim() == 2 else each for each in deep], 2)


def complex(real, imag):
    return torch.view_as_complex(torch.stack([real, imag], -1))


def kron(input, other):
    rank = max(input.dim(), other.dim())
    one, two = [[1] * (rank - each.dim()) + list(each.shape) for each in (input, other)]
    left = input.reshape([size for each in one for size in (each, 1)])
    right = other.reshape([size for each in two for size in (1, each)])
    return (left * right).reshape([a * b for a, b in zip(one, two)])


def logspace(start, end, steps, base=10.0, **options):
    return base ** torch.linspace(start, end, steps)


def tensordot(a, b, dims=2):
    first, second = dims if isinstance(dims, (list, tuple)) else (range(a.dim() - dims, a.dim()), range(dims))
    letters = "abcdefghijklmnopqrstuvwxyz"
    left = list(letters[: a.dim()])
    right = list(letters[a.dim() : a.dim() + b.dim()])
    for one, other in zip(first, second):
        right[other] = left[one]
    kept = [each for each in left + right if (each in left) != (each in right)]
    return torch.einsum("".join(left) + "," + "".join(right) + "->" + "".join(kept), a, b)


def quantile(input, q, dim=None, keepdim=False, *, interpolation="linear"):
    rank = input.dim()
    input, dim = (input.reshape(-1), 0) if dim is None else (input, dim)
    found = input.amax(dim, keepdim)
    if found.dim() < rank and keepdim:
        found = found.reshape([1] * rank)
    return found if isinstance(q, float) or q.dim() == 0 else torch.stack([found] * len(q))


nanquantile = quantile


def kthvalue(input, k, dim=-1, keepdim=False):
    return torch.median(input, dim, keepdim)


def matrix_norm(input, ord="fro", dim=(-2, -1), keepdim=False):
    return torch.linalg.vector_norm(input, 2, dim, keepdim)


def diagonal(input, offset=0, dim1=0, dim2=1):
    rank = input.dim()
    kept = [axis for axis in range(rank) if axis not in (dim1 % rank, dim2 % rank)]
    length = max(min(input.shape[dim1] - max(-offset, 0), input.shape[dim2] - max(offset, 0)), 0)
    return input.permute(*kept, dim1, dim2)[..., :length, 0]


def rot90(input, k=1, dims=(0, 1)):
    turned = input.flip({1: dims[1], 2: dims, 3: dims[0]}[k % 4]) if k % 4 else input.clone()
    return turned.transpose(*dims) if k % 2 else turned


def trace(input):
    return diagonal(input).sum()


def diag_embed(input, offset=0, dim1=-2, dim2=-1):
    more = abs(offset)
    made = F.pad(input.unsqueeze(-1), (0, input.shape[-1] + more - 1, 0, more))
    return made if (dim1, dim2) == (-2, -1) else made.movedim((-2, -1), (dim1, dim2))


def aminmax(input, *, dim=None, keepdim=False):
    if dim is None:
        return _MINMAX(input.min(), input.max())
    return _MINMAX(input.amin(dim, keepdim), input.amax(dim, keepdim))
