"""Record what PyTorch's backward pass keeps of every layer and function, for ``tests/data/saved_tensors.jsonl``.

Needs torch and torchvision::

    python scripts/record_saved_tensors.py

A line is one call: ``layer``, ``config``, the shapes of its ``input``, and what `saved_tensors_hooks` of
`torch.autograd.graph` saw in each setting, each storage once, parameters and buffers apart: ``input0``, ``output0`` (a
view of either counts as it), or the type and size of a tensor that nobody else has. Settings that keep the same as
``train`` are left out.

train, eval: inputs and weights need gradients · frozen: the weights need none · first: the inputs need none · one: the
first of several inputs alone · amp, amp_frozen, amp_first: under autocast to bfloat16 · half: so, with bfloat16 inputs.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
import torchvision
from torch import nn

DATA = Path(__file__).parent.parent / "tests" / "data"
TARGET = DATA / "saved_tensors.jsonl"
LISTS = ("cat", "concat", "concatenate", "stack")
CASES_OF_A_LAYER = 5
SETTINGS = ("train", "eval", "frozen", "first", "one", "amp", "amp_frozen", "amp_first", "half")
PADDED = {"in_channels": 4, "out_channels": 6, "kernel_size": 3, "padding": 1}
MORE: tuple[tuple[str, dict[str, Any], list[int]], ...] = (
    ("Conv2d", {"in_channels": 4, "out_channels": 6, "kernel_size": 3}, [2, 4, 7, 7]),
    ("Conv2d", {"in_channels": 4, "out_channels": 6, "kernel_size": 3, "groups": 2, "bias": False}, [2, 4, 7, 7]),
    ("Conv2d", {"in_channels": 4, "out_channels": 6, "kernel_size": 4, "padding": "same"}, [2, 4, 7, 7]),
    ("Conv2d", {"in_channels": 4, "out_channels": 6, "kernel_size": 3, "padding": "same"}, [2, 4, 7, 7]),
    *(
        ("Conv2d", {**PADDED, "padding_mode": mode}, [2, 4, 7, 7])
        for mode in ("circular", "reflect", "replicate")
    ),
    *((name, {"inplace": True}, [2, 4, 5, 5]) for name in (
        *("ReLU", "ReLU6", "SELU", "SiLU", "Mish", "Hardswish", "Hardsigmoid", "LeakyReLU", "ELU", "CELU", "Hardtanh"),
        *("RReLU", "Dropout", "Dropout2d", "AlphaDropout", "FeatureAlphaDropout"),
        *("relu", "relu6", "selu", "silu", "mish", "hardswish", "hardsigmoid", "leaky_relu", "elu", "hardtanh"),
        "dropout",
    )),
    ("Threshold", {"threshold": 0.1, "value": 0.0, "inplace": True}, [2, 4, 5, 5]),
    *((name, {}, [2, 4, 5, 5]) for name in (
        *("Identity", "dropout", "dropout2d", "alpha_dropout", "feature_alpha_dropout"),
    )),
    *((name, {"p": p}, [2, 4, 5, 5]) for name in ("Dropout", "Dropout2d", "AlphaDropout") for p in (0.0, 0.3, 1.0)),
    *((f"dropout{rank}d", {}, [2, 4, *(5,) * rank]) for rank in (1, 3)),
    *((name, {}, [2, 4, 5]) for name in ("log", "rsqrt", "ReLU", "GELU", "Tanh", "Sigmoid")),
    *(("pow", {"exponent": exponent}, [2, 4, 5]) for exponent in (2, 0.5, 3, 1, 0)),
    ("rms_norm", {"normalized_shape": [5]}, [2, 4, 5]),
    ("swapaxes", {"axis0": 1, "axis1": 2}, [2, 4, 5]),
    ("swapdims", {"dim0": 1, "dim1": 2}, [2, 4, 5]),
    ("true_divide", {"other": 2}, [2, 4, 5]),
    ("Linear", {"in_features": 6, "out_features": 5}, [3, 6]),
    ("Linear", {"in_features": 6, "out_features": 5}, [3, 4, 6]),
    ("Linear", {"in_features": 6, "out_features": 5, "bias": False}, [3, 4, 6]),
    *(
        ("interpolate", {"scale_factor": 2, "mode": mode}, [2, 3, *(4,) * rank])
        for rank, modes in (
            (1, ("nearest", "linear")),
            (2, ("nearest", "bilinear", "bicubic", "area", "nearest-exact")),
        )
        for mode in modes
    ),
    *(("AdaptiveAvgPool2d", {"output_size": size}, [2, 4, 6, 6]) for size in (1, 2, [1, 1], [1, None], 6)),
    *(("AdaptiveAvgPool1d", {"output_size": size}, [2, 4, 6]) for size in (1, 2)),
    *(("AdaptiveAvgPool3d", {"output_size": size}, [2, 4, 6, 6, 6]) for size in (1, 2)),
    *(("BatchNorm2d", {"num_features": 4, **more}, [2, 4, 5, 5]) for more in (
        {}, {"affine": False}, {"track_running_stats": False}, {"affine": False, "track_running_stats": False},
    )),
    *(("InstanceNorm2d", {"num_features": 4, **more}, [2, 4, 5, 5]) for more in (
        {}, {"affine": True}, {"track_running_stats": True}, {"affine": True, "track_running_stats": True},
    )),
    *(("LayerNorm", {"normalized_shape": [5], **more}, [2, 4, 5]) for more in (
        {}, {"elementwise_affine": False}, {"bias": False},
    )),
    *((name, {"num_groups": 2, **more}, [2, 4, 5, 5]) for name, more in (
        ("GroupNorm", {"num_channels": 4}), ("GroupNorm", {"num_channels": 4, "affine": False}), ("group_norm", {}),
    )),
    ("LayerNorm2d", {"normalized_shape": 4}, [2, 4, 5, 5]),
    ("FrozenBatchNorm2d", {"num_features": 4}, [2, 4, 5, 5]),
    ("StochasticDepth", {"p": 0.2, "mode": "row"}, [2, 4, 5, 5]),
    ("StochasticDepth", {"p": 0.2, "mode": "batch"}, [2, 4, 5, 5]),
    ("PReLU", {}, [2, 4, 5, 5]),
    ("PReLU", {"num_parameters": 4}, [2, 4, 5, 5]),
)  # fmt: skip
"""Calls whose keeping turns on an argument; the rest is drawn from the observed layers."""


def module(name: str, arguments: dict[str, Any]) -> Any:
    """A module of torch or torchvision, or a function with its arguments."""
    if name[0].isupper():
        kind = (
            getattr(nn, name, None) or getattr(torchvision.ops, name, None) or torchvision.models.convnext.LayerNorm2d
        )
        return kind(**arguments)
    function = getattr(nn.functional, name, None) or getattr(torch, name)
    if name in LISTS:
        return lambda *inputs: function(inputs, **arguments)
    if "dropout" in name and "training" not in arguments:
        return lambda *inputs, training=True: function(*inputs, training=training, **arguments)
    return lambda *inputs: function(*inputs, **arguments)


def kept(name: str, arguments: dict[str, Any], shapes: list[list[int]], setting: str) -> list[str]:
    """What is kept in a setting."""
    call = module(name, arguments)
    half = torch.bfloat16 if setting == "half" else torch.float32
    leaves = [torch.rand(*shape, dtype=half) * 0.8 + 0.1 for shape in shapes]
    if isinstance(call, nn.Module):
        call.train(setting != "eval")
        with torch.no_grad():
            call(*[leaf.float().clone() for leaf in leaves])  # lazy modules become what they are
        for weight in call.parameters():
            weight.requires_grad_("frozen" not in setting)
    elif "dropout" in name and setting == "eval":
        train, call = call, lambda *inputs: train(*inputs, training=False)
    for number, leaf in enumerate(leaves):
        leaf.requires_grad_("first" not in setting and (setting != "one" or number == 0))
    inputs = [leaf.clone() for leaf in leaves]  # no leaf, which nothing may overwrite
    own = [*call.parameters(), *call.buffers()] if isinstance(call, nn.Module) else []
    saved: list[torch.Tensor] = []

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        saved.append(tensor)
        return tensor

    amp = torch.autocast("cpu", torch.bfloat16) if setting.startswith(("amp", "half")) else contextlib.nullcontext()
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor), amp:
        result = call(*inputs)
    outputs = result if isinstance(result, tuple | list) else (result,)
    names = {place(each): "" for each in own}
    for kind, tensors in (("output", outputs), ("input", inputs)):
        names |= {place(each): f"{kind}{number}" for number, each in enumerate(tensors)}
    found = {place(each): names.get(place(each), typed(each)) for each in saved if each.untyped_storage().nbytes()}
    if setting in ("amp", "half"):
        return [*sorted(filter(None, found.values())), f"-> {str(outputs[0].dtype).removeprefix('torch.')}"]
    return sorted(filter(None, found.values()))


def place(tensor: torch.Tensor) -> int:
    """Where the storage lies."""
    return tensor.untyped_storage().data_ptr()


def typed(tensor: torch.Tensor) -> str:
    """The type and the number of elements of the storage of a tensor that nobody else has."""
    name = str(tensor.dtype).removeprefix("torch.")
    return f"{name} {tensor.untyped_storage().nbytes() // tensor.element_size()}"


def cases() -> Iterator[tuple[str, dict[str, Any], list[list[int]]]]:
    """The chosen calls, then some of every observed layer."""
    for name, arguments, shape in MORE:
        yield name, arguments, [shape]
    number: dict[str, int] = {}
    for file in ("pytorch_layers", "pytorch_more_layers"):
        with gzip.open(DATA / f"{file}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                name = row["layer"]
                shapes = row["input"] if isinstance(row["input"][0], list) else [row["input"]]
                if row.get("error") or "batch" in row or name in ("LayerScale", "SyncBatchNorm"):
                    continue
                if name in LISTS and len(shapes) == 1:
                    continue
                number[name] = number.get(name, 0) + 1
                if number[name] <= CASES_OF_A_LAYER:
                    yield name, row["config"], shapes


def record() -> Iterator[dict[str, Any]]:
    """Every call with what is kept in each setting."""
    for name, arguments, shapes in cases():
        found: dict[str, list[str] | None] = {}
        for setting in SETTINGS:
            if setting == "one" and len(shapes) == 1:
                continue
            try:
                found[setting] = kept(name, json.loads(json.dumps(arguments)), shapes, setting)
            except Exception as error:
                print(f"{name} {arguments} on {shapes}, {setting}: {str(error)[:100]}")
        if "train" in found:
            answers = {key: value for key, value in found.items() if key == "train" or value != found["train"]}
            yield {"layer": name, "config": arguments, "input": shapes, "kept": answers}


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    torch.manual_seed(0)
    versions = {each.__name__: each.__version__.split("+")[0] for each in (torch, torchvision)}
    with TARGET.open("w", encoding="utf-8") as file:
        file.write(f"{json.dumps(versions)}\n")
        for line in record():
            file.write(f"{json.dumps(line, separators=(',', ':'))}\n")
