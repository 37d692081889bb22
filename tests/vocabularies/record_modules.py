"""Write tests/data/{pytorch,keras}_modules.jsonl.gz: layers as they are called, and what the frameworks make of them.

Run with PyTorch 2.14, torchvision 0.29, timm 1.0 and Keras 3.15 installed: ``python tests/vocabularies/record_modules.py``,
behind it the words that are to be recorded anew where that is not all.
Left out: a window of `DeformConv2d` that does not fit, which torchvision rounds up, and statistics of one channel, which its
`FrozenBatchNorm2d` stretches. A row is a call as an architecture file writes it, the shapes of its inputs, the shapes of its outputs, and the numbers of
parameters and of elements in buffers; None for all of them where the framework refuses.
"""

from __future__ import annotations

import gzip
import json
import math
import os
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[1] / "data"
ROWS = 60
CHANCE = 0.4
"""Where the windows of fractional pooling begin, which is else drawn."""
Draw = random.Random
Case = tuple[str, list[tuple[int, ...]]]
"""A call, and the shapes of its inputs."""


def flag(draw: Draw) -> bool:
    return draw.random() < 0.5


def call(name: str, *positional: Any, **named: Any) -> str:
    """A call as text; words are written without quotes where they are calls or None."""
    words = [f"{key}={value!r}" if not isinstance(value, Call) else f"{key}={value}" for key, value in named.items()]
    return (
        f"{name}({', '.join([*(str(each) if isinstance(each, Call) else repr(each) for each in positional), *words])})"
    )


class Call(str):
    """Text that is code."""

    __slots__ = ()


def off(draw: Draw, size: int) -> int:
    """A size, now and then a wrong one."""
    return size if draw.random() < 0.9 else size + 1


# -- PyTorch


def recurrent(name: str) -> Callable[[Draw], Case]:
    def make(draw: Draw) -> Case:
        features, units, layers = draw.randint(1, 6), draw.randint(2, 6), draw.randint(1, 3)
        words = {"bias": flag(draw), "batch_first": flag(draw), "bidirectional": flag(draw)}
        projected = draw.choice([0, 0, 1, units]) if name == "LSTM" else 0
        if projected:
            words["proj_size"] = projected
        batch, steps = draw.randint(1, 3), draw.randint(1, 5)
        shapes = [(batch, steps, off(draw, features))]
        if flag(draw):
            second = batch if words["batch_first"] else steps
            states = layers * (2 if words["bidirectional"] else 1)
            shapes.append((states, off(draw, second), projected or units))
            if name == "LSTM":
                shapes.append((states, second, units))
        return call(name, features, units, layers, **words), shapes

    return make


def cell(name: str) -> Callable[[Draw], Case]:
    def make(draw: Draw) -> Case:
        features, units, batch = draw.randint(1, 6), draw.randint(1, 6), draw.randint(1, 3)
        states = [(batch, off(draw, units))] * (2 if name == "LSTMCell" else 1) if flag(draw) else []
        return call(name, features, units, bias=flag(draw)), [(batch, off(draw, features)), *states]

    return make


def embedding(draw: Draw) -> Case:
    shape = tuple(draw.randint(1, 5) for _ in range(draw.randint(1, 4)))
    return call("Embedding", draw.randint(6, 20), draw.randint(1, 8)), [shape]


def bag(draw: Draw) -> Case:
    shape = tuple(draw.randint(1, 5) for _ in range(draw.choice([2, 2, 2, 3])))
    mode = draw.choice(["sum", "mean", "max"])
    return call("EmbeddingBag", draw.randint(6, 20), draw.randint(1, 8), mode=mode), [shape]


def attention(draw: Draw) -> Case:
    heads = draw.randint(1, 3)
    width = off(draw, heads * draw.randint(1, 4))
    key, value = draw.choice([(width, width), (draw.randint(1, 5), draw.randint(1, 5)), (draw.randint(1, 5), width)])
    words: dict[str, Any] = {"bias": flag(draw), "batch_first": flag(draw)}
    if key != width or flag(draw):
        words["kdim"] = key
    if value != width or flag(draw):
        words["vdim"] = value
    if flag(draw):
        words |= {"add_bias_kv": flag(draw), "add_zero_attn": flag(draw)}
    batch, asked, given = draw.randint(1, 3), draw.randint(1, 4), draw.randint(1, 4)
    shapes = [(batch, asked, off(draw, width)), (batch, given, key), (batch, off(draw, given), value)]
    if not words["batch_first"]:
        shapes = [(steps, batch, features) for batch, steps, features in shapes]
    return call("MultiheadAttention", width, heads, **words), shapes


def layer_words(draw: Draw) -> dict[str, Any]:
    return {
        "dim_feedforward": draw.randint(1, 8),
        "activation": draw.choice(["relu", "gelu"]),
        "batch_first": flag(draw),
        "norm_first": flag(draw),
        "bias": flag(draw),
    }


def tokens(draw: Draw, width: int, batch_first: bool, count: int) -> list[tuple[int, ...]]:
    batch = draw.randint(1, 3)
    shapes = [(batch, draw.randint(1, 5), off(draw, width)) for _ in range(count)]
    return shapes if batch_first else [(steps, batch, features) for batch, steps, features in shapes]


def transformer_layer(name: str, inputs: int) -> Callable[[Draw], Case]:
    def make(draw: Draw) -> Case:
        heads = draw.randint(1, 3)
        width, words = off(draw, heads * draw.randint(1, 3)), layer_words(draw)
        return call(name, width, heads, **words), tokens(draw, width, words["batch_first"], inputs)

    return make


def transformer_stack(name: str, inputs: int) -> Callable[[Draw], Case]:
    def make(draw: Draw) -> Case:
        heads = draw.randint(1, 3)
        width, words = heads * draw.randint(1, 3), layer_words(draw)
        layer = Call(call(f"{name}Layer", width, heads, **words))
        norm = {"norm": Call(f"LayerNorm({off(draw, width)})")} if flag(draw) else {}
        return call(name, layer, draw.randint(1, 3), **norm), tokens(draw, width, words["batch_first"], inputs)

    return make


def transformer(draw: Draw) -> Case:
    heads = draw.randint(1, 3)
    width, words = heads * draw.randint(1, 3), layer_words(draw)
    words |= {"num_encoder_layers": draw.randint(1, 2), "num_decoder_layers": draw.randint(1, 2)}
    return call("Transformer", width, heads, **words), tokens(draw, width, words["batch_first"], 2)


def image(draw: Draw, channels: int, least: int, most: int, rank: int = 2) -> tuple[int, ...]:
    return (draw.randint(1, 2), channels, *(draw.randint(least, most) for _ in range(rank)))


def unpool(rank: int) -> Callable[[Draw], Case]:
    def make(draw: Draw) -> Case:
        shape = image(draw, draw.randint(1, 3), 1, 5, rank)
        kernel, stride = draw.randint(1, 4), draw.choice([None, 1, 2, 3])
        words: dict[str, Any] = {"padding": draw.choice([0, 0, 1])}
        if flag(draw):
            step = stride or kernel
            sizes = [(size - 1) * step - 2 * words["padding"] + kernel for size in shape[2:]]
            words["output_size"] = [max(size + draw.randint(-2, 2), 1) for size in sizes]
        other = shape if draw.random() < 0.9 else (*shape[:-1], shape[-1] + 1)
        return call(f"MaxUnpool{rank}d", kernel, stride, **words), [shape, other]

    return make


def fractional(rank: int) -> Callable[[Draw], Case]:
    def make(draw: Draw) -> Case:
        shape = image(draw, draw.randint(1, 3), 3, 9, rank)
        word = draw.choice(
            [
                {"output_size": draw.randint(1, 6)},
                {"output_size": [draw.randint(1, 5) for _ in range(rank)]},
                {"output_ratio": draw.choice([0.3, 0.5, 0.7, 0.95, 1.5])},
                {"output_ratio": [draw.choice([0.3, 0.5, 0.7, 0.9]) for _ in range(rank)]},
                {},
            ]
        )
        return call(f"FractionalMaxPool{rank}d", draw.randint(1, 3), **word, return_indices=flag(draw)), [shape]

    return make


def distance(name: str) -> Callable[[Draw], Case]:
    def make(draw: Draw) -> Case:
        rank = draw.randint(2, 4)
        shape = tuple(draw.randint(1, 4) for _ in range(rank))
        other = tuple(draw.choice([size, size, size, 1, off(draw, size)]) for size in shape)
        if name in ("CosineSimilarity", "cosine_similarity"):
            return call(name, dim=draw.choice([*range(1, rank), -1, rank])), [shape, other]
        return call(name, draw.choice([1.0, 2.0, 3.0]), keepdim=flag(draw)), [shape, other]

    return make


def normalized(name: str) -> Callable[[Draw], Case]:
    def make(draw: Draw) -> Case:
        layer, shape = draw.choice(
            [
                ("Conv1d(4, 6, 3)", (1, 4, 7)),
                ("Conv2d(4, 6, (3, 2), groups=2, bias=False)", (2, 4, 7, 7)),
                ("Conv3d(2, 3, 2)", (1, 2, 4, 4, 4)),
                ("ConvTranspose2d(4, 6, 3, stride=2)", (1, 4, 3, 3)),
                ("Linear(4, 6)", (2, 4)),
                ("Linear(4, 6, bias=False)", (2, 3, 4)),
                ("ReLU()", (2, 3)),
            ]
        )
        words = {"dim": draw.choice([None, 0, 1, -1])} if flag(draw) else {}
        return call(name, Call(layer), **words), [shape]

    return make


def sequential(draw: Draw) -> Case:
    layers = ["Conv2d(3, 8, 3)", "ReLU()", "BatchNorm2d(8)", "MaxPool2d(2)", "Conv2d(8, 4, 1, bias=False)", "Flatten()"]
    chosen = layers[: draw.randint(1, len(layers))]
    return call("Sequential", *map(Call, chosen)), [image(draw, off(draw, 3), 1, 9)]


def deformable(draw: Draw) -> Case:
    groups, kernel = draw.choice([1, 1, 2]), draw.randint(1, 3)
    inputs, outputs = groups * draw.randint(1, 3), groups * draw.randint(1, 3)
    words = {"stride": draw.randint(1, 2), "padding": draw.randint(0, 1), "dilation": draw.randint(1, 2)}
    shape = image(draw, off(draw, inputs), 5, 9)
    extent = words["dilation"] * (kernel - 1) + 1
    sizes = [(size + 2 * words["padding"] - extent) // words["stride"] + 1 for size in shape[2:]]
    sizes[0] = off(draw, max(sizes[0], 1))
    taps = kernel * kernel * draw.choice([1, 1, inputs, 2])
    more = [(shape[0], 2 * taps, *sizes)]
    if flag(draw):
        more.append((shape[0], taps, *sizes))
    return call("DeformConv2d", inputs, outputs, kernel, **words, groups=groups, bias=flag(draw)), [shape, *more]


def frozen(draw: Draw) -> Case:
    channels = draw.randint(2, 6)
    return call("FrozenBatchNorm2d", channels), [image(draw, off(draw, channels), 1, 5)]


def excitation(draw: Draw) -> Case:
    channels = draw.randint(1, 8)
    return call("SqueezeExcitation", channels, draw.randint(1, 4)), [image(draw, off(draw, channels), 1, 6)]


def conv_norm(rank: int) -> Callable[[Draw], Case]:
    def make(draw: Draw) -> Case:
        groups = draw.choice([1, 1, 2])
        inputs, outputs = groups * draw.randint(1, 3), groups * draw.randint(1, 3)
        words: dict[str, Any] = {"stride": draw.randint(1, 2), "dilation": draw.randint(1, 2), "groups": groups}
        if flag(draw):
            words["padding"] = draw.randint(0, 2)
        if flag(draw):
            words["norm_layer"] = None
        if flag(draw):
            words["activation_layer"] = draw.choice([None, Call("nn.SiLU"), Call("nn.Hardswish")])
        if flag(draw):
            words["bias"] = flag(draw)
        shape = image(draw, off(draw, inputs), 3, 8, rank)
        return call(f"Conv{rank}dNormActivation", inputs, outputs, draw.randint(1, 3), **words), [shape]

    return make


def pyramid(draw: Draw) -> Case:
    count, outputs = draw.randint(1, 4), draw.randint(1, 6)
    channels = [draw.randint(1, 6) for _ in range(count)]
    size = draw.randint(8, 17)
    shapes = [(2, off(draw, each), max(size >> level, 1), max(size >> level, 1)) for level, each in enumerate(channels)]
    return call("FeaturePyramidNetwork", channels, outputs), shapes


def regions(name: str) -> Callable[[Draw], Case]:
    def make(draw: Draw) -> Case:
        size = draw.choice([3, (2, 3)])
        ratio = draw.choice([-1, 0, 2])
        words = (0.5,) if name.endswith("Pool") else (0.5, ratio)
        channels = draw.choice([18, 18, 5]) if name.startswith("PS") else draw.randint(1, 4)
        boxes = draw.choice([(draw.randint(1, 5), 5), (2, draw.randint(1, 3), 4)])
        return call(name, size, *words), [(2, channels, draw.randint(4, 9), draw.randint(4, 9)), boxes]

    return make


def scales(draw: Draw) -> Case:
    count, channels = draw.randint(1, 3), draw.randint(1, 4)
    maps = [(2, channels, 16 >> level, 16 >> level) for level in range(count)]
    names = [str(level) for level in range(count)]
    return call("MultiScaleRoIAlign", names, draw.randint(1, 4), 2), [*maps, (2, draw.randint(1, 3), 4)]


def perceptron(draw: Draw) -> Case:
    inputs = draw.randint(1, 6)
    widths = [draw.randint(1, 6) for _ in range(draw.randint(1, 4))]
    words = {"norm_layer": Call("nn.LayerNorm")} if flag(draw) else {}
    return call("MLP", inputs, widths, bias=flag(draw), **words), [(2, off(draw, inputs))]


def dropping(name: str) -> Callable[[Draw], Case]:
    def make(draw: Draw) -> Case:
        rank = 3 if name.endswith("3d") else 2
        words = (0.1,) if name == "DropPath" else (0.1, 3)
        return call(name, *words), [image(draw, 3, 4, 6, rank)]

    return make


def norm_act(draw: Draw) -> Case:
    channels = draw.randint(1, 5)
    words = {"apply_act": flag(draw), "affine": flag(draw)}
    return call("BatchNormAct2d", channels, **words), [image(draw, off(draw, channels), 1, 5)]


def select_pool(draw: Draw) -> Case:
    kinds = ["fast", "fastavg", "fastmax", "fastavgmax", "fastcatavgmax", "avg", "max", "avgmax", "catavgmax", ""]
    kind = draw.choice(kinds)
    size = 1 if kind.startswith("fast") else draw.choice([1, 2, (2, 3)])
    return call("SelectAdaptivePool2d", size, kind, flatten=flag(draw)), [image(draw, draw.randint(1, 4), 3, 6)]


def cross_map(draw: Draw) -> Case:
    shape = image(draw, draw.randint(1, 5), 1, 5, draw.choice([1, 2, 2, 2, 3]))
    return call("CrossMapLRN2d", draw.randint(1, 5)), [shape]


def dot_products(draw: Draw) -> Case:
    before = tuple(draw.randint(1, 3) for _ in range(draw.randint(1, 2)))
    width, given = draw.randint(1, 4), draw.randint(1, 4)
    shapes = [(*before, draw.randint(1, 4), off(draw, width)), (*before, given, width)]
    return call("scaled_dot_product_attention"), [*shapes, (*before, off(draw, given), draw.randint(1, 4))]


def on(words: Callable[[Draw, int], dict[str, Any]], *, least: int = 2, count: int = 1) -> Callable[[str], Any]:
    """A function of `count` tensors of one shape, with arguments that depend on their number of axes."""

    def named(name: str) -> Callable[[Draw], Case]:
        def make(draw: Draw) -> Case:
            rank = draw.randint(least, 4)
            shape = tuple(draw.randint(2, 5) for _ in range(rank))
            return call(name, **words(draw, rank)), [shape] * count

        return make

    return named


def axis(draw: Draw, rank: int) -> int:
    """An axis but the batch, now and then one that there is not."""
    return draw.choice([*range(1, rank), *range(-rank + 1, 0), rank])


def spread(
    name: str, operands: int = 2, words: Callable[[Draw], dict[str, Any]] = lambda _: {}
) -> Callable[[Draw], Case]:
    """A function of tensors whose shapes broadcast."""

    def make(draw: Draw) -> Case:
        rank = draw.randint(2, 4)
        shape = tuple(draw.randint(2, 4) for _ in range(rank))
        more = [
            (shape[0], *(draw.choice([size, size, 1, off(draw, size)]) for size in shape[1:]))
            for _ in range(operands - 1)
        ]
        return call(name, **words(draw)), [shape, *more]

    return make


EACH = (
    "sin cos tan sinh cosh asin acos atan erf erfc erfinv exp2 expm1 log1p log2 log10 floor ceil round trunc frac sign"
)
EACH += " reciprocal isnan isinf isfinite logical_not lgamma digamma positive nan_to_num"
TOGETHER = (
    "eq ne lt le gt ge logical_and logical_or logical_xor floor_divide fmod remainder fmax fmin atan2 copysign hypot"
)


def gathered(draw: Draw) -> Case:
    shape = tuple(draw.randint(2, 4) for _ in range(3))
    return call("gather", draw.choice([1, 2, -1])), [
        shape,
        (shape[0], draw.randint(1, shape[1]), draw.randint(1, shape[2])),
    ]


def top(draw: Draw) -> Case:
    shape = tuple(draw.randint(2, 4) for _ in range(3))
    return call("topk", draw.randint(1, 5), dim=draw.choice([1, 2, -1])), [shape]


def moved(draw: Draw) -> Case:
    shape = tuple(draw.randint(2, 4) for _ in range(4))
    one, other = draw.sample([1, 2, 3], 2), draw.sample([1, 2, 3], 2)
    if flag(draw):
        return call("movedim", one[0], other[0]), [shape]
    return call("movedim", one, other), [shape]


def formula(draw: Draw) -> Case:
    text, shapes = draw.choice(
        [
            ("bnd,bmd->bnm", [(2, 3, 4), (2, 5, off(draw, 4))]),
            ("bhnd,bhmd->bhnm", [(2, 2, 3, 4), (2, 2, 5, 4)]),
            ("bchw,bkhw->bck", [(2, 3, 4, 5), (2, 6, 4, 5)]),
            ("b...d,b...d->b...", [(2, 3, 4), (2, 3, 4)]),
            ("bij->bji", [(2, 3, 4)]),
        ]
    )
    return call("einsum", text), shapes


def all_distances(draw: Draw) -> Case:
    width = draw.randint(1, 4)
    return call("cdist", draw.choice([1.0, 2.0])), [
        (2, draw.randint(1, 4), width),
        (2, draw.randint(1, 4), off(draw, width)),
    ]


def grid(draw: Draw) -> Case:
    rank = draw.choice([2, 2, 3])
    places = tuple(draw.randint(1, 5) for _ in range(rank))
    words = {"mode": draw.choice(["bilinear", "nearest"]), "align_corners": flag(draw)}
    return call("grid_sample", **words), [(2, *image(draw, 3, 2, 5, rank)[1:]), (2, *places, off(draw, rank))]


def unpool_function(rank: int) -> Callable[[Draw], Case]:
    def make(draw: Draw) -> Case:
        shape = image(draw, draw.randint(1, 3), 1, 5, rank)
        return call(f"max_unpool{rank}d", draw.randint(1, 4), draw.choice([None, 1, 2])), [shape, shape]

    return make


def expanded(draw: Draw) -> Case:
    shape = tuple(draw.choice([1, 1, 3]) for _ in range(3))
    return call("expand", [draw.choice([-1, size, off(draw, size) if size > 1 else 4]) for size in shape]), [shape]


def fourier(name: str) -> Callable[[Draw], Case]:
    """A transform of PyTorch: of one axis, of two, of several."""

    def make(draw: Draw) -> Case:
        rank = draw.randint(3, 4)
        shape = (2, *(draw.randint(1, 6) for _ in range(rank - 1)))
        words: dict[str, Any] = {"norm": draw.choice(["ortho", "forward"])} if flag(draw) else {}
        if name[-1] not in "2n":
            return call(name, *([draw.randint(1, 6)] if flag(draw) else []), dim=axis(draw, rank), **words), [shape]
        where = draw.sample(range(-2, 0), 2) if flag(draw) or rank < 4 else draw.sample([1, 2, 3, -1], 2)
        sizes = {"s": [draw.randint(1, 6) for _ in range(2)]} if flag(draw) else {}
        if name[-1] == "2" or not sizes or flag(draw):
            words["dim"] = where
        return call(name, **sizes, **words), [shape]

    return make


TRANSFORMS = [f"fft.{kind}fft{rank}" for kind in ("", "i", "r", "ir") for rank in ("", "2", "n")]
COMPLEX = ("real", "imag", "view_as_real")
"""What reads complex numbers."""


def ascending(name: str) -> Callable[[Draw], Case]:
    def make(draw: Draw) -> Case:
        return call(name, *draw.choice([(draw.randint(0, 5),), (1, draw.randint(1, 9)), (0, 7, 2), (9, 2, -3)])), []

    return make


def filled(name: str) -> Callable[[Draw], Case]:
    return lambda draw: (call(name, [1, *(draw.randint(1, 4) for _ in range(draw.randint(1, 3)))]), [])


def summed(name: str) -> Callable[[Draw], Case]:
    """A product summed over axes of a tensor and of a weight."""
    word = "axes" if name.startswith("ops.") else "dims"

    def make(draw: Draw) -> Case:
        shape = (2, *(draw.randint(2, 4) for _ in range(draw.randint(2, 3))))
        if name == "ops.inner":
            return call(name), [shape, (1, *draw.choice([(), (3,), (2, 3)]), off(draw, shape[-1]))]
        if flag(draw):
            return call(name, **{word: [[-1, 1], [0, 2]]}), [shape, (1, shape[-1], 3, off(draw, shape[1]))]
        count = draw.randint(1, 2)
        return call(name, **{word: count}), [shape, (1, *shape[len(shape) - count : -1], off(draw, shape[-1]), 3)]

    return make


FUNCTIONS: dict[str, Callable[[Draw], Case]] = {
    **{name: fourier(name) for name in TRANSFORMS},
    **{
        name: on(lambda d, r: {"dim": d.choice([axis(d, r), [axis(d, r)]])})(name)
        for name in ("fft.fftshift", "fft.ifftshift")
    },
    **{name: on(lambda d, r: {})(name) for name in COMPLEX},
    "view_as_complex": lambda draw: ("view_as_complex()", [(2, draw.randint(1, 4), off(draw, 2))]),
    **{name: filled(name) for name in ("ones", "zeros")},
    "arange": ascending("arange"),
    "tensordot": summed("tensordot"),
    **{name: on(lambda d, r: {}, least=1)(name) for name in EACH.split()},
    **{name: spread(name) for name in TOGETHER.split()},
    "where": spread("where", 3),
    "lerp": spread("lerp", 2, lambda d: {"weight": 0.3}),
    "masked_fill": spread("masked_fill", 2, lambda d: {"value": 0.0}),
    **{name: on(lambda d, r: {"diagonal": d.randint(-1, 1)})(name) for name in ("triu", "tril")},
    **{
        name: on(lambda d, r: {"dim": axis(d, r)})(name)
        for name in ("cumsum", "cumprod", "logcumsumexp", "cummax", "cummin")
    },
    "roll": on(lambda d, r: {"shifts": d.randint(-2, 2), "dims": axis(d, r)})("roll"),
    **{name: on(lambda d, r: {"dim": axis(d, r), "descending": flag(d)})(name) for name in ("sort", "argsort")},
    "topk": top,
    **{
        name: on(lambda d, r: {"dim": axis(d, r), "keepdim": flag(d)})(name)
        for name in (
            "max",
            "min",
            "median",
            "mode",
            "argmax",
            "argmin",
            "all",
            "any",
            "prod",
            "logsumexp",
            "nansum",
            "nanmean",
        )
    },
    "count_nonzero": on(lambda d, r: {"dim": axis(d, r)})("count_nonzero"),
    "gather": gathered,
    "select": on(lambda d, r: {"dim": axis(d, r), "index": d.randint(-3, 3)})("select"),
    "unbind": on(lambda d, r: {"dim": axis(d, r)})("unbind"),
    "movedim": moved,
    "moveaxis": lambda draw: (moved(draw)[0].replace("movedim", "moveaxis"), moved(draw)[1]),
    "expand": expanded,
    "broadcast_to": lambda draw: (expanded(draw)[0].replace("expand", "broadcast_to"), [(1, 1, 1)]),
    "einsum": formula,
    "cdist": all_distances,
    "grid_sample": grid,
    "one_hot": on(lambda d, r: {"num_classes": d.randint(2, 6)})("one_hot"),
    "gumbel_softmax": on(lambda d, r: {"dim": axis(d, r)})("gumbel_softmax"),
    **{f"max_unpool{rank}d": unpool_function(rank) for rank in (1, 2, 3)},
}

WEIGHTED = ("conv1d", "conv2d", "conv3d", *(f"conv_transpose{rank}d" for rank in (1, 2, 3)))
WEIGHTED += ("linear", "batch_norm", "prelu", "embedding", "ops.conv", "ops.depthwise_conv", "ops.separable_conv")
WEIGHTED += ("ops.conv_transpose", "ops.batch_normalization", "bilinear", "embedding_bag", "ops.dot")
WEIGHTED += ("tensordot", "ops.tensordot", "ops.inner")
"""Functions whose weights are tensors: `Parameter` has 1 in place of the batch, which the frameworks' weights lack."""


NAMED = {
    "layer_norm": ("weight", "bias"),
    "group_norm": ("weight", "bias"),
    "rms_norm": ("weight",),
    "instance_norm": ("running_mean", "running_var", "weight", "bias"),
    "ops.layer_normalization": ("gamma", "beta"),
    "ops.rms_normalization": ("scale",),
}
"""Functions whose weights are given by name, as other arguments come before them."""


def convolved(name: str) -> Callable[[Draw], Case]:
    rank, transposed = int(name[-2]), "transpose" in name

    def make(draw: Draw) -> Case:
        groups, kernel = draw.choice([1, 1, 2]), [draw.randint(1, 3) for _ in range(rank)]
        inputs, outputs = groups * draw.randint(1, 3), groups * draw.randint(1, 3)
        words: dict[str, Any] = {"stride": draw.randint(1, 2), "padding": draw.randint(0, 1), "groups": groups}
        words["dilation"] = draw.choice([1, 1, 2])
        if transposed:
            words["output_padding"] = draw.choice([0, 0, 1])
        weight = (inputs, outputs // groups) if transposed else (outputs, inputs // groups)
        shapes = [image(draw, off(draw, inputs), 3, 6, rank), (1, *weight, *kernel)]
        return call(name, **words), [*shapes, *([(1, off(draw, outputs))] if flag(draw) else [])]

    return make


def transposed_to(rank: int) -> Callable[[Draw], Case]:
    """A transposed convolution that is asked for a size."""

    def make(draw: Draw) -> Case:
        kernel, stride, padding = draw.randint(1, 4), draw.randint(1, 3), draw.randint(0, 1)
        shape = image(draw, 2, 2, 4, rank)
        sizes = [
            (size - 1) * stride - 2 * padding + kernel + draw.randint(0, stride - draw.choice([0, 1, 1]))
            for size in shape[2:]
        ]
        words = {"stride": stride, "padding": padding, "output_size": [max(size, 1) for size in sizes]}
        return call(f"ConvTranspose{rank}d", 2, 3, kernel, **words), [shape]

    return make


def affine(draw: Draw) -> Case:
    inputs, outputs = draw.randint(1, 5), draw.randint(1, 5)
    shape = (2, *(draw.randint(1, 3) for _ in range(draw.randint(0, 2))), off(draw, inputs))
    return call("linear"), [shape, (1, outputs, inputs), *([(1, off(draw, outputs))] if flag(draw) else [])]


def batch_norm(draw: Draw) -> Case:
    channels = draw.randint(2, 5)
    weights = [(1, channels)] * draw.choice([2, 4])
    shape = (2, off(draw, channels), *(draw.randint(2, 4) for _ in range(draw.randint(0, 3))))
    return call("batch_norm", training=flag(draw)), [shape, *weights]


def sloped(draw: Draw) -> Case:
    channels = draw.randint(1, 4)
    shape = (2, off(draw, channels), *(draw.randint(1, 4) for _ in range(draw.randint(0, 2))))
    return call("prelu"), [shape, (1, draw.choice([1, channels]))]


def table(draw: Draw) -> Case:
    return call("embedding"), [(2, draw.randint(1, 5)), (1, draw.randint(2, 6), draw.randint(1, 5))]


def bilinear_form(draw: Draw) -> Case:
    outputs, first, second = (draw.randint(1, 4) for _ in range(3))
    shapes = [(2, off(draw, first)), (2, second), (1, outputs, first, second)]
    return call("bilinear"), [*shapes, *([(1, off(draw, outputs))] if flag(draw) else [])]


def bag_of(draw: Draw) -> Case:
    words = {"mode": draw.choice(["sum", "mean", "max"])}
    return call("embedding_bag", **words), [(2, draw.randint(1, 5)), (1, draw.randint(2, 6), draw.randint(1, 5))]


def normalized_by(name: str) -> Callable[[Draw], Case]:
    """A normalization on none, some or all of its weights."""

    def make(draw: Draw) -> Case:
        shape = (2, *(draw.randint(2, 5) for _ in range(draw.randint(1, 3))))
        words: dict[str, Any] = {}
        count = draw.randint(0, len(NAMED[name]))
        sizes: tuple[int, ...] = (off(draw, shape[1]),)
        if name in ("layer_norm", "rms_norm"):
            over = draw.randint(1, len(shape) - 1)
            words["normalized_shape"] = [off(draw, shape[-over]), *shape[len(shape) - over + 1 :]]
            sizes = (*shape[-over:-1], off(draw, shape[-1]))
        elif name == "group_norm":
            words["num_groups"] = draw.choice([1, shape[1], 2])
        elif name == "instance_norm":
            count = draw.choice([0, 2, 4])
            words["use_input_stats"] = count == 0 or flag(draw)
        else:
            words["axis"] = draw.choice([1, -1])
            sizes = (off(draw, shape[words["axis"]]),)
        return call(name, **words), [shape, *[(1, *sizes)] * count]

    return make


def affine_places(draw: Draw) -> Case:
    rank = draw.choice([2, 2, 3])
    sizes = [off(draw, 2), 3, *(draw.randint(1, 5) for _ in range(rank))]
    return call("affine_grid", sizes, align_corners=flag(draw)), [(2, rank, off(draw, rank + 1))]


def fractional_function(rank: int) -> Callable[[Draw], Case]:
    def make(draw: Draw) -> Case:
        text, shapes = fractional(rank)(draw)
        return text.replace("FractionalMaxPool", "fractional_max_pool"), shapes

    return make


def indexed(draw: Draw) -> Case:
    shape = tuple(draw.randint(2, 4) for _ in range(3))
    at = draw.choice([1, 2, -1, -2])
    return call("index_select", at, [draw.randint(0, off(draw, shape[at]) - 1) for _ in range(draw.randint(1, 5))]), [
        shape
    ]


def sliced(draw: Draw) -> Case:
    shape = tuple(draw.randint(2, 6) for _ in range(draw.randint(2, 4)))
    starts = [0, *(draw.randint(0, size - 1) for size in shape[1:])]
    sizes = [off(draw, draw.randint(1, size - at)) for size, at in zip(shape[1:], starts[1:], strict=True)]
    return call("ops.slice", starts, [shape[0], *sizes]), [shape]


def dotted(draw: Draw) -> Case:
    shape = tuple(draw.randint(2, 5) for _ in range(draw.randint(2, 4)))
    summed = off(draw, shape[-1])
    weight = draw.choice([(summed,), (summed, 3), (summed, 1), (2, summed, 3)])
    return call("ops.dot"), [shape, (1, *weight)]


def keras_convolved(name: str) -> Callable[[Draw], Case]:
    def make(draw: Draw) -> Case:
        rank = draw.choice([1, 2]) if name != "ops.conv_transpose" else draw.choice([1, 2, 3])
        kernel = tuple(draw.randint(1, 3) for _ in range(rank))
        words: dict[str, Any] = {"strides": draw.choice([1, 2]), "padding": draw.choice(["valid", "same"])}
        channels, filters = draw.choice([2, 4]), draw.choice([2, 4])
        shape = (2, *(draw.randint(3, 6) for _ in range(rank)), off(draw, channels))
        if name == "ops.conv":
            return call(name, **words), [shape, (1, *kernel, channels // draw.choice([1, 1, 2]), filters)]
        if name == "ops.conv_transpose":
            return call(name, **words), [shape, (1, *kernel, filters, channels)]
        depthwise = (1, *kernel, channels, draw.randint(1, 2))
        if name == "ops.depthwise_conv":
            return call(name, **words), [shape, depthwise]
        return call(name, **words), [shape, depthwise, (1, *(1,) * rank, channels * depthwise[-1], filters)]

    return make


def keras_batch_norm(draw: Draw) -> Case:
    shape = tuple(draw.randint(2, 5) for _ in range(draw.randint(2, 4)))
    axis = draw.choice([1, -1])
    size = off(draw, shape[axis])
    return call("ops.batch_normalization", axis=axis), [shape, *[(1, size)] * draw.choice([2, 3, 4])]


PYTORCH: dict[str, Callable[[Draw], Case]] = {
    **{name: convolved(name) for name in WEIGHTED[:6]},
    **{f"ConvTranspose{rank}d": transposed_to(rank) for rank in (1, 2, 3)},
    "linear": affine,
    "batch_norm": batch_norm,
    "prelu": sloped,
    "embedding": table,
    "bilinear": bilinear_form,
    "embedding_bag": bag_of,
    **{name: normalized_by(name) for name in ("layer_norm", "group_norm", "rms_norm", "instance_norm")},
    "affine_grid": affine_places,
    **{f"fractional_max_pool{rank}d": fractional_function(rank) for rank in (2, 3)},
    "index_select": indexed,
    **{name: recurrent(name) for name in ("RNN", "LSTM", "GRU")},
    **{name: cell(name) for name in ("RNNCell", "LSTMCell", "GRUCell")},
    "Embedding": embedding,
    "EmbeddingBag": bag,
    "MultiheadAttention": attention,
    "TransformerEncoderLayer": transformer_layer("TransformerEncoderLayer", 1),
    "TransformerDecoderLayer": transformer_layer("TransformerDecoderLayer", 2),
    "TransformerEncoder": transformer_stack("TransformerEncoder", 1),
    "TransformerDecoder": transformer_stack("TransformerDecoder", 2),
    "Transformer": transformer,
    **{f"MaxUnpool{rank}d": unpool(rank) for rank in (1, 2, 3)},
    **{f"FractionalMaxPool{rank}d": fractional(rank) for rank in (2, 3)},
    **{
        name: distance(name)
        for name in ("CosineSimilarity", "PairwiseDistance", "cosine_similarity", "pairwise_distance")
    },
    "scaled_dot_product_attention": dot_products,
    "CrossMapLRN2d": cross_map,
    "Sequential": sequential,
    "weight_norm": normalized("weight_norm"),
    "spectral_norm": normalized("spectral_norm"),
    "DeformConv2d": deformable,
    "FrozenBatchNorm2d": frozen,
    "SqueezeExcitation": excitation,
    **{f"Conv{rank}dNormActivation": conv_norm(rank) for rank in (2, 3)},
    "FeaturePyramidNetwork": pyramid,
    **{name: regions(name) for name in ("RoIAlign", "RoIPool", "PSRoIAlign", "PSRoIPool")},
    "MultiScaleRoIAlign": scales,
    "MLP": perceptron,
    **{name: dropping(name) for name in ("DropPath", "DropBlock2d", "DropBlock3d")},
    "BatchNormAct2d": norm_act,
    "SelectAdaptivePool2d": select_pool,
    **FUNCTIONS,
}


# -- Keras


def sequence(draw: Draw) -> tuple[int, ...]:
    return draw.randint(1, 3), draw.randint(2, 6), draw.randint(1, 5)


def cell_of(draw: Draw) -> Call:
    name = draw.choice(["SimpleRNNCell", "LSTMCell", "GRUCell"])
    words = {"reset_after": flag(draw)} if name == "GRUCell" else {}
    return Call(call(name, draw.randint(1, 5), use_bias=flag(draw), **words))


def rnn(draw: Draw) -> Case:
    words = {"return_sequences": flag(draw), "return_state": flag(draw)}
    cell = cell_of(draw)
    if draw.random() < 0.4:
        words["return_state"] = False
        cells = f"[{', '.join(cell_of(draw) for _ in range(draw.randint(2, 3)))}]"
        cell = Call(f"StackedRNNCells({cells})" if flag(draw) else cells)
    return call("RNN", cell, **words), [sequence(draw)]


def keras_cell(name: str) -> Callable[[Draw], Case]:
    def make(draw: Draw) -> Case:
        units, batch = draw.randint(1, 5), draw.randint(1, 3)
        words = {"use_bias": flag(draw)} | ({"reset_after": flag(draw)} if name == "GRUCell" else {})
        states = [(batch, units)] * (2 if name == "LSTMCell" else 1)
        return call(name, units, **words), [(batch, draw.randint(1, 5)), *states]

    return make


def per_step(draw: Draw) -> Case:
    layer, shape = draw.choice(
        [
            ("Dense(4)", (5,)),
            ("Dense(3, use_bias=False)", (2, 5)),
            ("Conv2D(4, 3, padding='same', strides=2)", (6, 7, 2)),
            ("MaxPooling2D(2)", (5, 6, 2)),
            ("Flatten()", (3, 4, 2)),
            ("BatchNormalization()", (4, 4, 3)),
            ("Conv1D(3, 2)", (5, 2)),
            ("TimeDistributed(Dense(2))", (3, 5)),
        ]
    )
    return call("TimeDistributed", Call(layer)), [(2, draw.randint(1, 4), *shape)]


def both_ways(draw: Draw) -> Case:
    words = {"return_sequences": flag(draw), "return_state": draw.random() < 0.3}
    name = draw.choice(["SimpleRNN", "LSTM", "GRU"])
    layer = Call(call(name, draw.randint(1, 4), **words))
    outer: dict[str, Any] = {"merge_mode": draw.choice(["concat", "sum", "ave", "mul", None])}
    if flag(draw):
        units = int(layer.partition("(")[2].partition(",")[0])
        outer["backward_layer"] = Call(call("GRU", units, go_backwards=True, **words))
        words["return_state"] = False
        layer = Call(layer.replace("return_state=True", "return_state=False"))
        outer["backward_layer"] = Call(outer["backward_layer"].replace("return_state=True", "return_state=False"))
    return call("Bidirectional", layer, **outer), [sequence(draw)]


def spectral(draw: Draw) -> Case:
    layer, shape = draw.choice(
        [
            ("Dense(4)", (5,)),
            ("Conv2D(4, 3, padding='same')", (6, 7, 2)),
            ("Conv1D(3, 2)", (5, 2)),
            ("Embedding(9, 4)", (3,)),
        ]
    )
    return call("SpectralNormalization", Call(layer), power_iterations=draw.randint(1, 9)), [
        (draw.randint(1, 9), *shape)
    ]


def pipeline(draw: Draw) -> Case:
    layers = ["Rescaling(0.5)", "Resizing(6, 8)", "RandomFlip()", "CenterCrop(4, 4)"]
    draw.shuffle(layers)
    chosen = layers[: draw.randint(1, 4)]
    return call("Pipeline", Call(f"[{', '.join(chosen)}]")), [(2, draw.randint(5, 9), draw.randint(5, 9), 3)]


def keras_sequential(draw: Draw) -> Case:
    layers = ["Conv2D(8, 3, activation='relu')", "BatchNormalization()", "MaxPooling2D(2)", "Flatten()", "Dense(3)"]
    chosen = layers[: draw.randint(1, len(layers))]
    return call("Sequential", Call(f"[{', '.join(chosen)}]")), [(*image(draw, 3, 1, 9)[:1], draw.randint(2, 9), 7, 3)]


def einsum_dense(draw: Draw) -> Case:
    text, shape, sizes = draw.choice(
        [
            ("ab,bc->ac", (2, 5), 7),
            ("abc,cd->abd", (2, 3, 4), (None, 6)),
            ("abc,cd->abd", (2, 3, 4), (3, 6)),
            ("abc,cd->abd", (2, 3, 4), (5, 6)),
            ("...x,xy->...y", (2, 3, 4), 6),
            ("abc,cde->abde", (2, 3, 4), (None, 2, 5)),
            ("abcd,cde->abe", (2, 3, 4, 5), (None, 6)),
            ("ab,bc->ac", (2, 3, 5), 7),
            ("abc,bd->adc", (2, 3, 4), (6, 4)),
        ]
    )
    last = text[-1]
    bias = draw.choice([None, last, *([text[-2:]] if text[-2].isalpha() and text[-2] != "a" else [])])
    return call("EinsumDense", text, sizes, bias_axes=bias), [shape]


def spectrogram(draw: Draw) -> Case:
    words: dict[str, Any] = {"mode": draw.choice(["log", "magnitude", "psd", "real", "imag", "angle", "stft"])}
    words |= {"frame_length": draw.choice([16, 32]), "window": None, "scaling": None}
    words |= {"padding": draw.choice(["valid", "same"]), "expand_dims": flag(draw)}
    if flag(draw):
        words["frame_step"] = draw.randint(4, 16)
    if flag(draw):
        words["fft_length"] = draw.choice([32, 64])
    return call("STFTSpectrogram", **words), [(2, draw.randint(40, 200), draw.randint(1, 3))]


def mel(draw: Draw) -> Case:
    words = {
        "fft_length": draw.choice([128, 256]),
        "sequence_stride": draw.choice([32, 50]),
        "num_mel_bins": draw.randint(4, 9),
    }
    return call("MelSpectrogram", **words), [(2, *((3,) if flag(draw) else ()), draw.choice([100, 300, 1000]))]


def reversible(draw: Draw) -> Case:
    return call("ReversibleEmbedding", 9, draw.randint(1, 5), tie_weights=flag(draw)), [(2, draw.randint(1, 5))]


def keras_image(draw: Draw) -> tuple[int, ...]:
    return 2, draw.randint(4, 9), draw.randint(4, 9), draw.randint(1, 3)


def blocks(name: str) -> Callable[[Draw], Case]:
    def make(draw: Draw) -> Case:
        factor = draw.randint(2, 3)
        shape = (2, factor * draw.randint(1, 3), off(draw, factor * draw.randint(1, 3)), off(draw, factor**2))
        return call(name, factor), [shape]

    return make


def patches(draw: Draw) -> Case:
    words = {"strides": draw.choice([None, 1, 2]), "padding": draw.choice(["valid", "same"])}
    return call("ops.image.extract_patches", draw.choice([2, 3, (2, 3)]), **words), [keras_image(draw)]


def volumes(draw: Draw) -> Case:
    words = {"strides": draw.choice([None, 1, 2]), "padding": draw.choice(["valid", "same"])}
    shape = (2, *(draw.randint(3, 5) for _ in range(3)), 2)
    return call("ops.image.extract_patches_3d", draw.choice([2, 3, (2, 3, 1)]), **words), [shape]


IN_PARTS = ("ops.fft", "ops.fft2", "ops.ifft2", "ops.irfft")
"""What reads real and imaginary parts."""


def in_parts(name: str) -> Callable[[Draw], Case]:
    def make(draw: Draw) -> Case:
        shape = (2, *(draw.randint(1, 5) for _ in range(draw.randint(1, 2))), draw.randint(2, 5))  # of 1 it aborts
        words = {"fft_length": draw.randint(1, 6)} if name == "ops.irfft" and flag(draw) else {}
        return call(name, **words), [shape, shape if draw.random() < 0.9 else (*shape[:-1], shape[-1] + 1)]

    return make


def short_time(draw: Draw) -> Case:
    length = draw.choice([8, 16])
    words = {"center": flag(draw), "window": draw.choice(["hann", "hamming", None])}
    shape = (2, *draw.choice([(), (3,)]), draw.choice([4, 12, 40]))
    return call("ops.stft", length, draw.choice([4, 8]), length + draw.choice([0, 0, 4]), **words), [shape]


def affine_image(draw: Draw) -> Case:
    words = {"interpolation": draw.choice(["bilinear", "nearest"])}
    words["fill_mode"] = draw.choice(["constant", "nearest", "reflect", "wrap"])
    shape = keras_image(draw)
    return call("ops.image.affine_transform", **words), [shape, (draw.choice([1, 2, 2]), off(draw, 8))]


def framed(name: str) -> Callable[[Draw], Case]:
    word = "padding" if "pad" in name else "cropping"

    def make(draw: Draw) -> Case:
        words: dict[str, Any] = {}
        for names in (("top", "bottom", "height"), ("left", "right", "width")):
            names = (f"{names[0]}_{word}", f"{names[1]}_{word}", f"target_{names[2]}")
            chosen = draw.sample(names, draw.choice([2, 2, 2, 1]))
            words |= {each: draw.choice([2, 4, 11]) if "target" in each else draw.randint(0, 3) for each in chosen}
        return call(name, **words), [keras_image(draw)]

    return make


def pooled(name: str) -> Callable[[Draw], Case]:
    def make(draw: Draw) -> Case:
        words = {"strides": draw.choice([None, 1, 2]), "padding": draw.choice(["valid", "same"])}
        return call(name, draw.choice([2, 3, (2, 3)]), **words), [keras_image(draw)]

    return make


def headed(draw: Draw) -> Case:
    heads, keys, given = draw.choice([2, 4]), draw.choice([1, 2, 3]), draw.randint(1, 4)
    key = (2, given, keys, 4)
    return call("ops.dot_product_attention"), [(2, draw.randint(1, 4), heads, off(draw, 4)), key, key]


KERAS_EACH = (
    "sin cos tan sinh cosh arcsin arccos arctan erf erfinv expm1 log1p log2 log10 floor ceil trunc sign isnan isinf"
)
KERAS_TOGETHER = "power equal not_equal less less_equal greater greater_equal logical_and logical_or logical_xor mod"
KERAS_FUNCTIONS: dict[str, Callable[[Draw], Case]] = {
    **{
        name: on(lambda d, r: {})(name)
        for name in [f"ops.{each}" for each in (KERAS_EACH + " isfinite logical_not round nan_to_num").split()]
    },
    **{name: spread(name) for name in [f"ops.{each}" for each in (KERAS_TOGETHER + " floor_divide arctan2").split()]},
    "ops.where": spread("ops.where", 3),
    "ops.cast": on(lambda d, r: {"dtype": d.choice(["float16", "int32"])})("ops.cast"),
    **{name: on(lambda d, r: {"k": d.randint(-1, 1)})(name) for name in ("ops.triu", "ops.tril")},
    **{
        name: on(lambda d, r: {"axis": axis(d, r)})(name)
        for name in ("ops.cumsum", "ops.cumprod", "ops.sort", "ops.argsort", "ops.unstack")
    },
    "ops.roll": on(lambda d, r: {"shift": d.randint(-2, 2), "axis": axis(d, r)})("ops.roll"),
    "ops.top_k": on(lambda d, r: {"k": d.randint(1, 4)})("ops.top_k"),
    **{
        name: on(lambda d, r: {"axis": axis(d, r), "keepdims": flag(d)})(name)
        for name in ("ops.argmax", "ops.argmin", "ops.logsumexp", "ops.all", "ops.any", "ops.median", "ops.prod")
    },
    "ops.moments": on(lambda d, r: {"axes": axis(d, r), "keepdims": flag(d)})("ops.moments"),
    "ops.take": on(lambda d, r: {"indices": d.choice([0, 1, [0, 1], [1, 0, 1, 1]]), "axis": axis(d, r)})("ops.take"),
    "ops.moveaxis": lambda draw: ("ops." + moved(draw)[0].replace("movedim", "moveaxis"), [(2, 3, 4, 5)]),
    "ops.broadcast_to": lambda draw: (call("ops.broadcast_to", [2, draw.randint(1, 4), 3]), [(2, 1, 3)]),
    "ops.einsum": lambda draw: (lambda case: (f"ops.{case[0]}", case[1]))(formula(draw)),
    "ops.one_hot": on(lambda d, r: {"num_classes": d.randint(2, 6)})("ops.one_hot"),
    **{name: blocks(name) for name in ("ops.depth_to_space", "ops.space_to_depth")},
    "ops.image.resize": lambda draw: (call("ops.image.resize", draw.choice([(3, 5), (8, 2)])), [keras_image(draw)]),
    "ops.image.extract_patches": patches,
    **{name: pooled(name) for name in ("ops.max_pool", "ops.average_pool")},
    **{name: normalized_by(name) for name in ("ops.layer_normalization", "ops.rms_normalization")},
    "ops.slice": sliced,
    "ops.dot": dotted,
    **{name: filled(name) for name in ("ops.ones", "ops.zeros")},
    "ops.arange": ascending("ops.arange"),
    **{name: summed(name) for name in ("ops.inner", "ops.tensordot")},
    **{name: in_parts(name) for name in IN_PARTS},
    "ops.rfft": lambda draw: (call("ops.rfft", draw.choice([None, 3, 8])), [sequence(draw)]),
    "ops.stft": short_time,
    "ops.image.affine_transform": affine_image,
    **{name: framed(name) for name in ("ops.image.crop_images", "ops.image.pad_images")},
    "ops.image.rgb_to_grayscale": lambda draw: ("ops.image.rgb_to_grayscale()", [keras_image(draw)]),
    "ops.image.gaussian_blur": lambda draw: (
        call("ops.image.gaussian_blur", draw.choice([(3, 3), (2, 3)]), (1.0, draw.choice([0.5, 2.0]))),
        [keras_image(draw)],
    ),
    "ops.image.extract_patches_3d": volumes,
    "ops.dot_product_attention": headed,
}

KERAS: dict[str, Callable[[Draw], Case]] = {
    "RNN": rnn,
    **{name: keras_cell(name) for name in ("SimpleRNNCell", "LSTMCell", "GRUCell")},
    "TimeDistributed": per_step,
    "Bidirectional": both_ways,
    "SpectralNormalization": spectral,
    "Pipeline": pipeline,
    "Sequential": keras_sequential,
    **{name: lambda draw, name=name: (call(name), [keras_image(draw)]) for name in ("CutMix", "MixUp")},
    "EinsumDense": einsum_dense,
    "STFTSpectrogram": spectrogram,
    "MelSpectrogram": mel,
    "ReversibleEmbedding": reversible,
    **KERAS_FUNCTIONS,
    **{name: keras_convolved(name) for name in WEIGHTED[10:14]},
    "ops.batch_normalization": keras_batch_norm,
}


def keras_function(name: str, text: str, tensors: list[Any]) -> Any:
    """What a function of Keras gives."""
    import keras

    if name in WEIGHTED or name in NAMED:
        tensors = [keras.ops.convert_to_tensor(each) for each in (tensors[0], *(each[0] for each in tensors[1:]))]
    if name == "ops.arange":
        return eval(text, {"ops": keras.ops})[None]
    if name in IN_PARTS:
        words = eval(f"dict({text.partition('(')[2].rstrip(')')})")
        return vars(keras.ops)[name.removeprefix("ops.")](tuple(tensors), **words)
    if name in NAMED:
        names = {"ops": keras.ops, "x": tensors[0], "named": dict(zip(NAMED[name], tensors[1:], strict=False))}
        return eval(text.replace("(", "(x, ", 1).replace(")", ", **named)"), names)
    if name == "ops.einsum":
        return keras.ops.einsum(eval(text.partition("(")[2].rstrip(")")), *tensors)
    names = {"ops": keras.ops, "tensors": tensors}
    if name == "ops.batch_normalization":  # whose axis stands among its tensors
        names |= {"tensors": tensors[:3], "named": dict(zip(("offset", "scale"), tensors[3:], strict=False))}
        text = text.replace(")", ", **named)")
    return eval(text.replace("(", "(*tensors, ", 1), names)


def run_keras(name: str, text: str, shapes: list[tuple[int, ...]]) -> tuple[Any, int, int]:
    """The output shapes and all weights but the seeds of random layers; Keras has no buffers."""
    import keras
    import numpy as np

    if name.startswith("ops."):
        tensors = [np.full(shape, 0.5, "float32") for shape in shapes]
        if name in ("ops.where", "ops.logical_and", "ops.logical_or", "ops.logical_xor", "ops.one_hot"):
            tensors[0] = tensors[0].astype("int32" if name == "ops.one_hot" else "bool")
        return shapes_of(keras_function(name, text, tensors)), 0, 0
    layer = eval(text, {**vars(keras.layers), "keras": keras, "Sequential": keras.Sequential})
    tensors = [np.zeros(shape, "float32") for shape in shapes]
    if name in ("SimpleRNNCell", "LSTMCell", "GRUCell"):
        output = layer(tensors[0], tensors[1:])
    else:
        output = layer(tensors[0] if len(tensors) == 1 else tensors)
    return shapes_of(output), sum(math.prod(each.shape) for each in layer.weights), 0


def flat(value: Any) -> Iterator[Any]:
    """The tensors of an output, in order."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for each in value:
            yield from flat(each)
    elif value is not None:
        yield value


def shapes_of(output: Any) -> list[list[int]]:
    """The shapes of all tensors of an output. An empty tensor is a refusal."""
    outputs = [list(each.shape) for each in flat(output)]
    if any(0 in shape for shape in outputs):
        raise ValueError("empty")
    return outputs


def prepared_function(name: str, text: str, tensors: list[Any]) -> Callable[..., Any]:
    """A function of PyTorch, or a method of its tensors, with its arguments; `tensors` become what it takes."""
    import torch

    if name in ("where", "masked_fill"):
        at = 0 if name == "where" else 1
        tensors[at] = tensors[at] > 0.5
    if name in ("embedding", "embedding_bag"):
        tensors[0] = torch.zeros(tensors[0].shape, dtype=torch.int64)
    if name in ("gather", "one_hot") or name.startswith("max_unpool"):
        tensors[-1] = torch.zeros(tensors[-1].shape, dtype=torch.int64)
    arguments = text.partition("(")[2].rstrip(")")
    if name in COMPLEX:
        tensors[0] = tensors[0].to(torch.complex64)
    if name == "arange":
        return lambda: torch.arange(*eval(f"[{arguments}]"))[None]
    if name == "index_select":
        return lambda *given: torch.index_select(given[0], eval(arguments)[0], torch.tensor(eval(arguments)[1]))
    if name in NAMED:
        function = vars(torch.nn.functional)[name]
        words = eval(f"dict({arguments})")
        return lambda x, *given: function(
            x, **dict(zip(NAMED[name], (each[0] for each in given), strict=False)), **words
        )
    if name.startswith("fractional"):
        chance = torch.full((*tensors[0].shape[:2], int(name[-2])), CHANCE)
        text = text.replace(")", ", _random_samples=chance)") if "(" not in text.partition("(")[2] else text
        names = {**vars(torch.nn.functional), "chance": chance}
        return lambda *given: eval(text.replace("(", "(*tensors, ", 1), {**names, "tensors": given})
    if name == "gather":
        return lambda *given: torch.gather(given[0], eval(arguments), given[1])
    if name == "einsum":
        return lambda *given: torch.einsum(eval(arguments), *given)
    names = {**vars(torch.nn.functional), **vars(torch), **(vars(torch.nn.functional) if name in WEIGHTED else {})}
    names["fft"] = torch.fft
    names["expand"] = lambda tensor, sizes: tensor.expand(sizes)
    if name in WEIGHTED:
        own = 2 if name == "bilinear" else 1
        return lambda *given: eval(
            text.replace("(", "(*tensors, ", 1),
            {**names, "tensors": [*given[:own], *(each[0] for each in given[own:])]},
        )
    return lambda *given: eval(text.replace("(", "(*tensors, ", 1), {**names, "tensors": given})


def prepared(name: str, text: str, shapes: list[tuple[int, ...]]) -> tuple[Callable[..., Any], list[Any], Any]:
    """What to call with which tensors, and the module behind it; None for a function."""
    import timm.layers
    import torch
    import torchvision
    from torch import nn

    tensors = [torch.rand(shape) for shape in shapes]
    if name[0].islower() and ("_norm" not in name or name in WEIGHTED or name in NAMED):
        return prepared_function(name, text, tensors), tensors, None
    names = {**vars(timm.layers), **vars(torchvision.ops), **vars(nn), **vars(nn.utils), "nn": nn}
    size = None
    if "output_size=" in text and name.startswith(("MaxUnpool", "ConvTranspose")):
        size = eval(text.partition("output_size=")[2].rstrip(")"))
        text = text.partition(", output_size=")[0] + ")"
    module = eval(text, names).eval()
    if name.startswith("Embedding"):
        tensors = [torch.zeros(shape, dtype=torch.int64) for shape in shapes]
    if name.startswith("MaxUnpool"):
        tensors[1] = torch.zeros(shapes[1], dtype=torch.int64)
        return lambda *given: module(*given, output_size=size), tensors, module
    if name.startswith("ConvTranspose"):
        return lambda *given: module(*given, output_size=size), tensors, module
    if name in ("RNN", "GRU", "RNNCell", "GRUCell"):
        return module, tensors, module
    if name in ("LSTM", "LSTMCell"):
        return lambda first, *states: module(first, *([states] if states else [])), tensors, module
    if name == "FeaturePyramidNetwork":
        return lambda *given: module({str(number): each for number, each in enumerate(given)}), tensors, module
    if "RoI" in name:
        if tensors[-1].dim() == 2:
            tensors[-1].index_fill_(1, torch.tensor(0), 0)

        def pool(*given: Any) -> Any:
            *maps, boxes = given
            boxes = list(boxes) if boxes.dim() == 3 else boxes
            if name.startswith("Multi"):
                return module({str(number): each for number, each in enumerate(maps)}, boxes, [(64, 64)] * 2)
            return module(maps[0], boxes)

        return pool, tensors, module
    return module, tensors, module


def run_pytorch(name: str, text: str, shapes: list[tuple[int, ...]]) -> tuple[Any, int, int]:
    """The output shapes, parameters and buffers."""
    function, tensors, module = prepared(name, text, shapes)
    outputs = shapes_of(function(*tensors))
    if module is None:
        return outputs, 0, 0
    counts = [sum(each.numel() for each in found) for found in (module.parameters(), module.buffers())]
    return outputs, *counts


def record(framework: str, cases: dict[str, Callable[[Draw], Case]], run: Callable[..., Any], only: list[str]) -> None:
    """Draw, run and write the rows of all layers of a framework, or of `only` some, the others as they were."""
    path = DATA / f"{framework}_modules.jsonl.gz"
    kept: dict[str, list[str]] = {}
    for line in gzip.decompress(path.read_bytes()).decode().splitlines() if only else ():
        kept.setdefault(json.loads(line)["layer"], []).append(line)
    lines = []
    for name, make in cases.items():
        lines += kept[name] if only and name not in only and name in kept else rows_of(name, make, run)
    with path.open("wb") as file, gzip.GzipFile("", "wb", 9, file, 0) as packed:
        packed.write("".join(f"{line}\n" for line in lines).encode())
    print(framework, len(lines), "rows of", len(cases), "layers")


def rows_of(name: str, make: Callable[[Draw], Case], run: Callable[..., Any]) -> list[str]:
    """The rows of a layer, as they are written."""
    rows, draw, seen = [], random.Random(name), set()
    for _ in range(20 * ROWS):
        text, shapes = make(draw)
        if len(seen) == ROWS or (text, str(shapes)) in seen:
            continue
        seen.add((text, str(shapes)))
        try:
            answer = run(name, text, shapes)
        except Exception as error:
            print(name, text, shapes, str(error)[:90])
            answer = None, None, None
        rows.append(json.dumps({"layer": name, "call": text, "inputs": shapes, "answer": answer}))
    return rows


if __name__ == "__main__":
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    words = sys.argv[1:]
    if not words or not all(word.startswith("ops.") or word in KERAS for word in words):
        record("pytorch", PYTORCH, run_pytorch, words)
    if not words or any(word in KERAS for word in words):
        record("keras", KERAS, run_keras, words)
