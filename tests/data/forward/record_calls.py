"""Record what a framework computes where a layer is written as a call, for `tests/reference`:

    python tests/data/forward/record_calls.py keras|pytorch [WORD...]

The calls are those of `tests/vocabularies/record_modules.py` that the framework accepts, a few of each word, and the
further ones below; with words, the others stay as they were. Writes `called_keras.jsonl` and `.npz` (or `called_pytorch`), as `record.py` writes its own.
"""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2]))

from tests.vocabularies import record_modules as modules  # noqa: E402

CASES = 5
LEFT_OUT = {
    "MultiScaleRoIAlign",  # takes the sizes of the images besides
    "FrozenBatchNorm2d",  # recorded by `record.py`
    "gumbel_softmax",  # random
    "CutMix",  # the identity, in inference
    "MixUp",
}

MORE: dict[str, list[tuple[str, list[tuple[int, ...]]]]] = {
    "keras": [
        *((f"{name}(3)", [(2, 4, 5)]) for name in ("SimpleRNN", "LSTM", "GRU")),
        *(
            (f"{name}(3, activation='relu', use_bias=False, return_sequences=True, go_backwards=True)", [(2, 4, 5)])
            for name in ("SimpleRNN", "LSTM", "GRU")
        ),
        ("LSTM(3, recurrent_activation='hard_sigmoid', return_state=True)", [(2, 4, 5)]),
        ("GRU(3, reset_after=False, return_state=True, return_sequences=True)", [(2, 4, 5)]),
        ("ConvLSTM1D(3, 2)", [(2, 3, 7, 2)]),
        ("ConvLSTM2D(3, 3, padding='same', return_sequences=True)", [(1, 3, 5, 6, 2)]),
        ("ConvLSTM2D(2, (2, 3), strides=2, return_state=True, use_bias=False)", [(1, 2, 7, 6, 2)]),
        ("ConvLSTM3D(2, 2, go_backwards=True)", [(1, 2, 3, 4, 3, 2)]),
        ("MultiHeadAttention(2, 3)", [(2, 4, 5), (2, 6, 7)]),
        ("MultiHeadAttention(2, 3, 4, output_shape=5, use_bias=False)", [(2, 4, 5), (2, 6, 7), (2, 6, 3)]),
        ("MultiHeadAttention(2, 3, use_gate=True)", [(2, 4, 5), (2, 6, 7)]),
        ("GroupQueryAttention(3, 4, 2)", [(2, 4, 5), (2, 6, 7)]),
        ("GroupQueryAttention(3, 4, 1, use_bias=False)", [(2, 4, 5), (2, 6, 7), (2, 6, 3)]),
        ("Attention()", [(2, 4, 5), (2, 6, 5)]),
        ("Attention(True, 'concat')", [(2, 4, 5), (2, 6, 3), (2, 6, 5)]),
        ("AdditiveAttention()", [(2, 4, 5), (2, 6, 5)]),
        ("AdditiveAttention(False)", [(2, 4, 5), (2, 6, 3), (2, 6, 5)]),
        ("Embedding(9, 4)", [(2, 5)]),
        ("Masking(0.5)", [(2, 4, 3)]),
        *((f"CategoryEncoding(6, {mode!r})", [(2, 5)]) for mode in ("multi_hot", "count", "one_hot")),
        *((f"Discretization([-1.0, 0.0, 0.5], output_mode={mode!r})", [(2, 5)]) for mode in ("int", "one_hot")),
        ("Discretization([-1.0, 0.0, 0.5], output_mode='multi_hot')", [(2, 5)]),
        ("RNN([LSTMCell(3), GRUCell(2)], return_sequences=True)", [(2, 4, 5)]),
    ],
    "pytorch": [
        ("RNN(4, 3, 2, nonlinearity='relu')", [(4, 2, 4)]),
        ("Embedding(9, 4, max_norm=1.0)", [(2, 5)]),
        ("EmbeddingBag(9, 4, padding_idx=2)", [(3, 12)]),
        ("scaled_dot_product_attention(is_causal=True)", [(2, 4, 3), (2, 4, 3), (2, 4, 5)]),
        ("scaled_dot_product_attention(scale=0.3)", [(2, 4, 3), (2, 5, 3), (2, 5, 5)]),
        ("grid_sample(mode='bicubic', padding_mode='border')", [(2, 3, 5, 6), (2, 3, 4, 2)]),
        ("grid_sample(mode='bicubic', padding_mode='reflection', align_corners=True)", [(2, 3, 5, 6), (2, 3, 4, 2)]),
        *(
            (f"grid_sample(padding_mode={mode!r}, align_corners={corners})", [(2, 3, 5, 6), (2, 3, 4, 2)])
            for mode in ("border", "reflection")
            for corners in (False, True)
        ),
        ("EmbeddingBag(9, 4, mode='max', padding_idx=2)", [(3, 12)]),
        ("cosine_similarity(1)", [(2, 3, 4), (2, 3, 4)]),
        ("topk(2, largest=False)", [(2, 5)]),
        ("masked_fill(2.0)", [(2, 3, 4), (2, 3, 4)]),
        ("nan_to_num(1.0)", [(2, 3)]),
        ("CrossMapLRN2d(3, 0.1, 0.5, 2.0)", [(2, 5, 3, 4)]),
        ("SqueezeExcitation(4, 2, activation=nn.SiLU, scale_activation=nn.Hardsigmoid)", [(2, 4, 3, 3)]),
        ("FeaturePyramidNetwork([2, 3], 4, norm_layer=nn.BatchNorm2d)", [(1, 2, 8, 8), (1, 3, 4, 4)]),
        ("RoIAlign(3, 0.5, 2, aligned=True)", [(2, 3, 9, 9), (4, 5)]),
        ("TransformerEncoderLayer(4, 2)", [(5, 2, 4)]),
        ("MultiheadAttention(4, 2, batch_first=True)", [(2, 3, 4), (2, 5, 4), (2, 5, 4)]),
    ],
}


def calls(framework: str) -> list[tuple[str, str, list[tuple[int, ...]]]]:
    """Words, calls and the shapes of their inputs."""
    makers = modules.KERAS if framework == "keras" else modules.PYTORCH
    found = []
    for name, make in makers.items():
        if name in LEFT_OUT:
            continue
        draw, seen = random.Random(f"values of {name}"), set()
        for _ in range(20 * CASES):
            text, shapes = make(draw)
            key = text if "(" in text.rstrip("()") else (text, str(shapes))
            if key not in seen and len(seen) < 3 * CASES:
                seen.add(key)
                found.append((name, text, shapes))
    return found + [(text.partition("(")[0], text, shapes) for text, shapes in MORE[framework]]


def inputs_of(name: str, text: str, shapes: list[tuple[int, ...]], draw: np.random.Generator) -> list[Any]:
    """Values that suit the word: indices, boxes, conditions, else normally distributed numbers."""
    tensors = [draw.normal(size=shape).astype(np.float32) for shape in shapes]
    if name in ("where", "ops.where", "gather", "masked_fill") or "logical" in name:
        places = {"gather": [1], "masked_fill": [1], "where": [0], "ops.where": [0]}.get(name, range(len(tensors)))
        for place in places:
            most = shapes[0][eval(text.partition("(")[2].rstrip(")"))] if name == "gather" else 2
            tensors[place] = draw.integers(0, most, shapes[place]).astype(np.float32)
    if name.startswith(("Embedding", "ReversibleEmbedding", "CategoryEncoding")) or "one_hot" in name:
        most = (
            2
            if "one_hot" in name
            else int("".join(each for each in text.partition("(")[2].split(",")[0] if each.isdigit()))
        )
        tensors = [draw.integers(0, most, shape).astype(np.float32) for shape in shapes]
    if "Embedding(" in text and name == "SpectralNormalization":
        tensors = [draw.integers(0, 9, shape).astype(np.float32) for shape in shapes]
    if name in ("batch_norm", "ops.batch_normalization", "instance_norm") and len(tensors) > 2:
        tensors[2] = np.abs(tensors[2]) + np.float32(0.3)
    if name in ("embedding", "embedding_bag"):
        tensors[0] = draw.integers(0, shapes[1][1], shapes[0]).astype(np.float32)
    if name == "Masking":
        tensors[0][0, 1] = 0.5
    if name.lower().startswith(("maxunpool", "max_unpool")):
        count = int(np.prod(shapes[0][2:]))
        order = [draw.permutation(count) for _ in range(shapes[0][0] * shapes[0][1])]
        tensors[1] = np.stack(order).reshape(shapes[0]).astype(np.float32)
    if "RoI" in name:
        boxes = np.sort(draw.uniform(0, 16, (*shapes[-1][:-1], 2, 2)), -2).reshape(*shapes[-1][:-1], 4)
        if shapes[-1][-1] == 5:
            boxes = np.concatenate([draw.integers(0, 2, (*shapes[-1][:-1], 1)), boxes], -1)
        tensors[-1] = boxes.astype(np.float32)
    if name in ("acos", "asin", "erfinv", "ops.arccos", "ops.arcsin", "ops.erfinv"):
        tensors = [np.tanh(tensor) for tensor in tensors]
    if name == "ops.image.affine_transform":
        tensors[1] = tensors[1] * np.float32(0.1) + np.float32([1, 0, 0, 0, 1, 0, 0, 0][: shapes[1][1]])
        tensors[1][:, 6:] *= np.float32(0.1)
    if name in ("ops.power",):
        tensors = [np.abs(tensor) for tensor in tensors]
    return tensors


def weights_like(name: str, shape: Any, draw: np.random.Generator) -> Any:
    """Random values that suit the weight's part: variances are positive."""
    values = draw.normal(size=tuple(shape)).astype(np.float32)
    return np.asarray(np.abs(values) + 0.3 if "var" in name or name.endswith("_g") else values, np.float32)


def run_pytorch(
    name: str, text: str, tensors: list[Any], draw: np.random.Generator
) -> tuple[dict[str, Any], list[Any]]:
    """The weights and the outputs."""
    import torch

    function, like, module = modules.prepared(name, text, [tensor.shape for tensor in tensors])
    given = [torch.from_numpy(tensor).to(one.dtype) for tensor, one in zip(tensors, like, strict=True)]
    if module is None:
        found = modules.flat(function(*given))
        return {}, [each.resolve_conj().numpy() if each.is_complex() else each.float().numpy() for each in found]
    state = {
        each: value if value.dtype == torch.int64 else torch.from_numpy(weights_like(each, value.shape, draw))
        for each, value in module.state_dict().items()
    }
    module.load_state_dict(state)
    if name.startswith("Fractional"):
        module._random_samples = torch.full((*given[0].shape[:2], len(given[0].shape) - 2), modules.CHANCE)
    torch.backends.mha.set_fastpath_enabled(False)
    with torch.no_grad():
        output = function(*given)
    weights = {
        each: value.numpy()
        for each, value in module.state_dict().items()
        if value.dtype != torch.int64 and each != "_random_samples"
    }
    return weights, [each.float().numpy() for each in modules.flat(output)]


def run_keras(name: str, text: str, tensors: list[Any], draw: np.random.Generator) -> tuple[dict[str, Any], list[Any]]:
    """The weights, numbered where several have one name, and the outputs."""
    import keras

    if name.startswith("ops."):
        given: list[Any] = list(tensors)
        if name in ("ops.where",) or "logical" in name:
            given = [
                each.astype(bool) if name != "ops.where" or not place else each for place, each in enumerate(given)
            ]
        if name == "ops.one_hot":
            given[0] = given[0].astype("int32")
        output = modules.keras_function(name, text, given)
        return {}, [np.asarray(each).astype(np.float32) for each in modules.flat(output)]
    layer = eval(text, {**vars(keras.layers), "keras": keras, "Sequential": keras.Sequential})
    integers = name in ("Embedding", "ReversibleEmbedding", "CategoryEncoding") or "Embedding(" in text
    integers = integers and name != "SpectralNormalization"  # which makes its outputs integers, too
    given = [each.astype("int32") if integers else each for each in tensors]

    def run() -> Any:
        if name == "Pipeline":
            return layer(given[0], training=False)
        if name in ("SimpleRNNCell", "LSTMCell", "GRUCell"):
            return layer(given[0], given[1:])
        if name in ("MultiHeadAttention", "GroupQueryAttention"):
            return layer(*given)
        return layer(given[0] if len(given) == 1 else given)

    run()
    held = [weight for weight in layer.weights if "seed_generator" not in weight.path]
    for weight in held:
        if name not in ("STFTSpectrogram", "MelSpectrogram") and not (
            name == "SpectralNormalization" and weight.name == "vector_u"
        ):
            weight.assign(weights_like(weight.name, weight.shape, draw))
    weights = {f"{number}.{weight.name}": np.asarray(weight) for number, weight in enumerate(held)}
    return weights, [np.asarray(each).astype(np.float32) for each in modules.flat(run())]


def kept(framework: str, only: list[str]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """What was recorded of other words than these, with its arrays."""
    if not only:
        return
    arrays = np.load(HERE / f"called_{framework}.npz")
    of_case: dict[str, dict[str, Any]] = {}
    for key in arrays.files:
        case, _, name = key.partition("/")
        of_case.setdefault(case, {})[name] = arrays[key]
    for line in map(json.loads, (HERE / f"called_{framework}.jsonl").read_text().splitlines()):
        if line["layer"] not in only:
            yield line, of_case[str(line["case"])]


def main() -> None:
    framework = sys.argv[1]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    run = run_keras if framework == "keras" else run_pytorch
    counts: dict[str, int] = {}
    arrays: dict[str, Any] = {}
    lines = []
    further = {text for text, _ in MORE[framework]}
    only = sys.argv[2:]
    for line, values in kept(framework, only):
        counts[line["layer"]] = counts.get(line["layer"], 0) + 1
        arrays |= {f"{len(lines)}/{name}": value for name, value in values.items()}
        lines.append({**line, "case": len(lines)})
    for name, text, shapes in calls(framework):
        if only and name not in only:
            continue
        if text not in further and counts.get(name, 0) == CASES:
            continue
        draw = np.random.default_rng([7, *text.encode()])
        try:
            inputs = inputs_of(name, text, shapes, draw)
            weights, outputs = run(name, text, inputs, draw)
            modules.shapes_of(outputs)
        except Exception as error:
            if text in further:
                print(f"refused: {text} on {shapes}: {str(error)[:150]}")
            continue
        counts[name] = counts.get(name, 0) + 1
        case = len(lines)
        for letter, values in (("x", inputs), ("w", weights.values()), ("y", outputs)):
            arrays |= {f"{case}/{letter}{index}": value for index, value in enumerate(values)}
        line = {"layer": name, "call": text, "inputs": shapes, "outputs": modules.shapes_of(outputs)}
        more = {"more": {"_random_samples": modules.CHANCE}} if name.lower().startswith("fractional") else {}
        lines.append({**line, "weights": list(weights), "case": case, **more})
    (HERE / f"called_{framework}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    np.savez_compressed(HERE / f"called_{framework}.npz", **arrays)
    few = [name for name in counts if counts[name] < 3]
    print(f"{len(lines)} cases of {len(counts)} words; of fewer than 3: {few}")


if __name__ == "__main__":
    main()
