"""Functions of ``torchvision.transforms.functional`` on tensors: read by the interpreter, never run."""

import torch.nn.functional as F


def pad(img, padding, fill=0, padding_mode="constant"):
    sides = [padding] if isinstance(padding, int) else list(padding)
    left, top, right, bottom = sides * (4 // len(sides))
    return F.pad(img, [left, right, top, bottom], padding_mode)


def crop(img, top, left, height, width):
    rows, columns = img.shape[-2:]
    below, right = top + height, left + width
    inside = img[..., max(top, 0) : below, max(left, 0) : right]
    margins = [max(-left, 0), max(-top, 0), max(right - columns, 0), max(below - rows, 0)]
    return pad(inside, margins) if any(margins) else inside


def center_crop(img, output_size):
    sizes = [output_size] if isinstance(output_size, int) else list(output_size)
    height, width = sizes[0], sizes[-1]
    rows, columns = img.shape[-2:]
    if width > columns or height > rows:
        missing = [max(width - columns, 0), max(height - rows, 0)]
        left, top = missing[0] // 2, missing[1] // 2
        img = pad(img, [left, top, missing[0] - left, missing[1] - top])
        rows, columns = img.shape[-2:]
        if (height, width) == (rows, columns):
            return img
    return crop(img, round((rows - height) / 2.0), round((columns - width) / 2.0), height, width)


def hflip(img):
    return img.flip(-1)


def vflip(img):
    return img.flip(-2)
