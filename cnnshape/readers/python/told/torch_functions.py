"""Functions of ``torch`` that are made of others: read by the interpreter, never run."""

import torch


def dstack(tensors):
    deep = [each.reshape(1, -1, 1) if each.dim() == 1 else each for each in tensors]
    return torch.cat([each.unsqueeze(-1) if each.dim() == 2 else each for each in deep], 2)


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
