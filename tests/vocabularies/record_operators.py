"""Record what shapes functions of `keras.ops` give. Run by hand with Keras's own Python: `python record_operators.py`.

Writes `../data/keras_operators.jsonl.gz`: a row is one function called on one input, or on a list of them.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROWS_PER_OPERATOR = 60
Drawn = tuple[dict[str, Any], list[list[int]]]


def shape(draw: random.Random, rank: int) -> list[int]:
    return [2, *(draw.randint(1, 6) for _ in range(rank - 1))]


def axes(draw: random.Random, rank: int) -> Any:
    some = draw.sample(range(1, rank), draw.randint(1, min(2, rank - 1)))
    some = [axis - rank if draw.random() < 0.4 else axis for axis in some]
    return some[0] if len(some) == 1 and draw.random() < 0.7 else some


def reduction(draw: random.Random) -> Drawn:
    rank = draw.randint(2, 5)
    config = {"axis": axes(draw, rank)}
    return config | ({"keepdims": True} if draw.random() < 0.4 else {}), [shape(draw, rank)]


def over_axes(draw: random.Random) -> Drawn:
    rank = draw.randint(2, 5)
    return {"axis": axes(draw, rank)}, [shape(draw, rank)]


def matmul(draw: random.Random) -> Drawn:
    rank, inner = draw.randint(3, 5), draw.randint(1, 4)
    batch = shape(draw, rank - 2)
    other = [size if draw.random() < 0.6 else 1 for size in batch]
    fits = inner if draw.random() < 0.8 else inner + 1
    return {}, [[*batch, draw.randint(1, 4), inner], [*batch[:1], *other[1:], fits, draw.randint(1, 4)]]


def tile(draw: random.Random) -> Drawn:
    rank = draw.randint(2, 4)
    return {"repeats": [1, *(draw.randint(1, 3) for _ in range(rank - 1))][-draw.randint(1, rank) :]}, [
        shape(draw, rank)
    ]


def pad(draw: random.Random) -> Drawn:
    rank = draw.randint(2, 4)
    config = {
        "pad_width": [[0, 0], *([draw.randint(0, 4), draw.randint(0, 4)] for _ in range(rank - 1))],
        "mode": draw.choice(["constant", "reflect", "symmetric"]),
    }
    return config, [shape(draw, rank)]


def pair(draw: random.Random, least: int, most: int) -> Any:
    return draw.randint(least, most) if draw.random() < 0.5 else [draw.randint(least, most) for _ in range(2)]


def unfold(draw: random.Random) -> Drawn:
    config = {"kernel_size": pair(draw, 1, 3), "dilation": pair(draw, 1, 2), "padding": pair(draw, 0, 2)}
    return config | {"stride": pair(draw, 1, 3)}, [[2, draw.randint(1, 3), draw.randint(3, 9), draw.randint(3, 9)]]


def fold(draw: random.Random) -> Drawn:
    kernel, size, stride = (
        [draw.randint(1, 3) for _ in range(2)],
        [draw.randint(4, 8) for _ in range(2)],
        [draw.randint(1, 2) for _ in range(2)],
    )
    windows = [(whole - one) // step + 1 for whole, one, step in zip(size, kernel, stride, strict=True)]
    columns = windows[0] * windows[1] + (draw.random() < 0.1)
    rows = kernel[0] * kernel[1] * draw.randint(1, 3) + (draw.random() < 0.1)
    return {"output_size": size, "kernel_size": kernel, "stride": stride}, [[2, rows, columns]]


OPERATORS: dict[str, Callable[[random.Random], Drawn]] = {
    **dict.fromkeys(("ops.var", "ops.std", "ops.amax", "ops.amin", "ops.norm"), reduction),
    "ops.normalize": over_axes,
    "ops.flip": over_axes,
    "ops.matmul": matmul,
    "ops.tile": tile,
    "ops.pad": pad,
    "ops.unfold": unfold,
    "ops.fold": fold,
}


def main() -> None:
    from keras import ops

    draw = random.Random(11)
    lines = []
    for name, drawn in OPERATORS.items():
        for _ in range(ROWS_PER_OPERATOR):
            config, inputs = drawn(draw)
            row = {"layer": name, "config": config, "input": inputs if len(inputs) > 1 else inputs[0]}
            try:
                output = getattr(ops, name[4:])(*(np.ones(each, np.float32) for each in inputs), **config)
                lines.append(row | {"output": list(output.shape), "params": 0, "error": None})
            except Exception as error:
                lines.append(row | {"output": None, "params": None, "error": str(error).splitlines()[0][:120]})
    path = Path(__file__).parents[1] / "data" / "keras_operators.jsonl.gz"
    with gzip.GzipFile(path, "wb", mtime=0) as file:
        file.write("".join(json.dumps(line) + "\n" for line in lines).encode())
    print(len(lines), sum(line["error"] is not None for line in lines))


if __name__ == "__main__":
    main()
