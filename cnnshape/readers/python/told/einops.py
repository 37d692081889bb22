"""``einops`` as steps that PyTorch has: reshape, permute, reduce, expand. Read by the interpreter, never run."""

from math import prod

import torch
from torch import nn


class EinopsError(RuntimeError):
    pass


def _groups(side, width):
    """The axes of one side of a pattern, each as the names that it is made of; 1 is made of none."""
    groups, inside = [], None
    for number, word in enumerate(side.replace("(", " ( ").replace(")", " ) ").split()):
        if word == "(":
            inside = []
        elif word == ")":
            groups.append(inside)
            inside = None
        else:
            names = [f"...{axis}" for axis in range(width)] if word == "..." else [word]
            if word.isdigit():
                names = [] if word == "1" else [f"{number} {word}"]
            if inside is not None:
                inside.extend(names)
            else:
                groups.extend([[name] for name in names] if word == "..." else [names])
    return groups


def _sizes(shape, groups, pattern, given):
    """The size of every name on the left, of the shape and the sizes that were given."""
    if len(shape) != len(groups):
        raise EinopsError(f"'{pattern}' has {len(groups)} axes, the tensor {len(shape)}")
    sizes = dict(given)
    for size, group in zip(shape, groups):
        unknown = []
        for name in group:
            if " " in name:
                sizes[name] = int(name.split(" ")[1])
            elif name not in sizes:
                unknown.append(name)
        known = prod([sizes[name] for name in group if name not in unknown])
        if len(unknown) > 1:
            raise EinopsError(f"'{pattern}' does not say how {size} is split into {unknown}")
        if size % known or (not unknown and size != known):
            raise EinopsError(f"'{pattern}' does not fit: an axis of {size} is no multiple of {known}")
        if unknown:
            sizes[unknown[0]] = size // known
    return sizes


def _moved(tensor, pattern, given, reduction=None):
    left, right = pattern.split("->")
    width = tensor.dim() - len(_groups(left.replace("...", ""), 0)) if "..." in left else 0
    before, after = _groups(left, width), _groups(right, width)
    sizes = _sizes(tensor.shape, before, pattern, given)
    names = [name for group in before for name in group]
    if any(len(group) != 1 for group in before):
        tensor = tensor.reshape([sizes[name] for name in names])
    wanted = [name for group in after for name in group]
    gone = [axis for axis, name in enumerate(names) if name not in wanted]
    if gone:
        if reduction is None:
            raise EinopsError(f"'{pattern}' loses the axes {[names[axis] for axis in gone]}")
        words = {"max": "amax", "min": "amin"}
        tensor = (
            reduction(tensor, gone) if callable(reduction) else getattr(tensor, words.get(reduction, reduction))(gone)
        )
        names = [name for name in names if name in wanted]
    kept = [name for name in wanted if name in names]
    if kept != names:
        tensor = tensor.permute([names.index(name) for name in kept])
    if kept != wanted:
        for name in wanted:
            if " " in name:
                sizes[name] = int(name.split(" ")[1])
        tensor = tensor.reshape([sizes[name] if name in kept else 1 for name in wanted])
        tensor = tensor.expand([sizes[name] for name in wanted])
    if any(len(group) != 1 for group in after):
        tensor = tensor.reshape([prod([sizes[name] for name in group]) for group in after])
    return tensor


def rearrange(tensor, pattern, **sizes):
    if isinstance(tensor, (list, tuple)):
        tensor = torch.stack(list(tensor))
    return _moved(tensor, pattern, sizes)


def repeat(tensor, pattern, **sizes):
    return _moved(tensor, pattern, sizes)


def reduce(tensor, pattern, reduction, **sizes):
    if isinstance(tensor, (list, tuple)):
        tensor = torch.stack(list(tensor))
    return _moved(tensor, pattern, sizes, reduction)


def einsum(*arguments):
    *tensors, pattern = arguments
    letters = {}
    for name in pattern.replace("->", " ").replace(",", " ").replace("...", " ").split():
        letters.setdefault(name, "abcdefghijklmnopqrstuvwxyz"[len(letters)])
    words = pattern.replace("->", " -> ").replace(",", " , ").replace("...", " ... ").split()
    return torch.einsum("".join([letters.get(word, word) for word in words]), *tensors)


def pack(tensors, pattern):
    axis = pattern.split().index("*")
    after = len(pattern.split()) - axis - 1
    shapes = [tensor.shape[axis : tensor.dim() - after] for tensor in tensors]
    parts = [
        tensor.reshape([*tensor.shape[:axis], prod(shape), *tensor.shape[tensor.dim() - after :]])
        for tensor, shape in zip(tensors, shapes)
    ]
    return torch.cat(parts, dim=axis), shapes


def unpack(tensor, packed_shapes, pattern):
    axis = pattern.split().index("*")
    after = tensor.shape[axis + 1 :]
    parts = torch.split(tensor, [prod(shape) for shape in packed_shapes], dim=axis)
    return [part.reshape([*tensor.shape[:axis], *shape, *after]) for part, shape in zip(parts, packed_shapes)]


def parse_shape(tensor, pattern):
    return {name: size for name, size in zip(pattern.split(), tensor.shape) if name != "_"}


class Rearrange(nn.Module):
    def __init__(self, pattern, **axes_lengths):
        super().__init__()
        self.pattern = pattern
        self.axes_lengths = axes_lengths

    def forward(self, input):
        return rearrange(input, self.pattern, **self.axes_lengths)


class Reduce(nn.Module):
    def __init__(self, pattern, reduction, **axes_lengths):
        super().__init__()
        self.pattern = pattern
        self.reduction = reduction
        self.axes_lengths = axes_lengths

    def forward(self, input):
        return reduce(input, self.pattern, self.reduction, **self.axes_lengths)
