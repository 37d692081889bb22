"""Record what PyTorch's backward pass keeps of every layer and function, for ``tests/data/saved_tensors.jsonl``.

Needs torch, torchvision and timm::

    python -m scripts.record_saved_tensors            # all
    python -m scripts.record_saved_tensors rsub ...   # these words alone, behind the others

A line is one call: ``layer``, ``config``, the shapes of its ``input``, and what `saved_tensors_hooks` of
`torch.autograd.graph` saw in each setting, each storage once, parameters and buffers apart: ``input0``, ``output0`` (a
view of either counts as it), or the type and size of a tensor that nobody else has. Settings that keep the same as
``train`` are left out; those that PyTorch refuses are listed with what it says.

train, eval: inputs and weights need gradients · frozen: the weights need none · first: the inputs need none · one: the
first of several inputs alone · others: all but the first · amp, amp_frozen, amp_first: under autocast to bfloat16 ·
half: so, with bfloat16 inputs. Of the first call of each word, too: eval_frozen, amp_eval, amp_eval_frozen, and fp16,
under autocast to float16, which is left out where it is as under autocast to bfloat16.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import timm
import torch
import torchvision
from torch import nn

from tests.vocabularies.record_modules import flat, prepared

DATA = Path(__file__).parent.parent / "tests" / "data"
TARGET = DATA / "saved_tensors.jsonl"
LISTS = ("cat", "concat", "concatenate", "stack")
CASES_OF_A_LAYER = 5
SETTINGS = ("train", "eval", "frozen", "first", "one", "others", "amp", "amp_frozen", "amp_first", "half")
OF_THE_FIRST = ("eval_frozen", "amp_eval", "amp_eval_frozen", "fp16")
"""Further settings, of the first call of each word."""
STATISTICS = {"batch_norm": (1, 2), "instance_norm": (1, 2)}
"""Inputs that no gradient flows to."""
PADDED = {"in_channels": 4, "out_channels": 6, "kernel_size": 3, "padding": 1}
MORE: tuple[tuple[str, dict[str, Any], list[int]], ...] = (
    ("rsub", {"other": 2}, [3, 5, 5]),
    ("SyncBatchNorm", {"num_features": 4}, [2, 4, 5, 5]),
    *((name, {"other": 2}, [2, 4, 5]) for name in ("multiply", "divide", "subtract")),
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

CALLS: tuple[tuple[str, list[list[int]], tuple[int, ...] | None], ...] = (
    *((f"MultiheadAttention(12, 3, batch_first={first}, dropout={rate})", shapes, reads)
        for first in (False, True) for rate in (0.0, 0.1)
        for shapes, reads in (
            ([[2, 2, 12]], (0, 0, 0)), ([[5, 2, 12]], (0, 0, 0)), ([[4, 3, 12], [4, 3, 12]], (0, 1, 1)),
            ([[4, 3, 12], [4, 3, 12], [4, 3, 12]], None),
        )),
    *((f"MultiheadAttention(12, 3, batch_first=True, {more}=True)", [[2, 5, 12]], (0, 0, 0))
        for more in ("add_bias_kv", "add_zero_attn")),
    *((f"scaled_dot_product_attention({words})", [[2, 3, 5, 4], [2, 3, 7, 4], [2, 3, 7, 4]], None)
        for words in ("", "is_causal=True", "dropout_p=0.1")),
    ("scaled_dot_product_attention()", [[6, 5, 4], [6, 7, 4], [6, 7, 4]], None),
    *((f"{name}(6, 5, {layers}, batch_first={first}, bidirectional={both}, dropout={rate})", [[3, 7, 6]], None)
        for name in ("RNN", "GRU", "LSTM") for layers, rate in ((1, 0.0), (2, 0.0), (3, 0.2))
        for first in (False, True) for both in (False, True)),
    ("LSTM(6, 5, 2, batch_first=True, bidirectional=True, proj_size=2)", [[3, 7, 6]], None),
    ("LSTM(6, 5, 2, batch_first=True)", [[3, 7, 6], [2, 3, 5], [2, 3, 5]], None),
    ("gumbel_softmax(hard=True)", [[3, 5]], None),
    *((f"{name}()", [[2, 4, 5], [2, 1, 5]], None) for name in ("multiply", "divide", "subtract")),
    ("batch_norm(training=True)", [[2, 4, 5], [1, 4], [1, 4], [1, 4], [1, 4]], None),
    ("batch_norm()", [[2, 4, 5], [1, 4], [1, 4]], None),
    ("instance_norm()", [[2, 4, 5]], None),
    ("instance_norm()", [[2, 4, 5], [1, 4], [1, 4], [1, 4], [1, 4]], None),
    *((f"MultiheadAttention(12, 3, batch_first={first})", [[4, 3, 12], [4, 3, 12]], (0, 0, 1))
        for first in (False, True)),
    ("einsum('bij,bjk->bik')", [[2, 3, 4], [2, 4, 5]], None),
    *((f"TransformerEncoderLayer(12, 3, 20, dropout={rate}, batch_first={first}, norm_first={norm})",
        [[5, 4, 12]], None) for rate in (0.0, 0.1) for first in (False, True) for norm in (False, True)),
    *((f"TransformerDecoderLayer(12, 3, 20, dropout={rate}, batch_first={first}, norm_first=True)",
        [[5, 4, 12], [5, 4, 12]], None) for rate in (0.0, 0.1) for first in (False, True)),
    ("TransformerEncoder(TransformerEncoderLayer(12, 3, 20, batch_first=True), 2)", [[5, 4, 12]], None),
    ("SqueezeExcitation(8, 2)", [[2, 8, 5, 5]], None),
    ("Conv2dNormActivation(4, 6, 3)", [[2, 4, 7, 7]], None),
    ("Conv2dNormActivation(4, 6, 3, activation_layer=nn.SiLU)", [[2, 4, 7, 7]], None),
    ("Sequential(Conv2d(4, 6, 3), BatchNorm2d(6), ReLU(inplace=True), Conv2d(6, 4, 1), Flatten())",
        [[2, 4, 7, 7]], None),
    ("MLP(6, [5, 4], dropout=0.2)", [[3, 6]], None),
)  # fmt: skip
"""Likewise, as an architecture file writes them."""


class Case(NamedTuple):
    """A layer on inputs of these shapes: with arguments, or as an architecture file calls it.

    `reads` are the numbers of the inputs that it is called with, where one is given several times.
    """

    layer: str
    shapes: list[list[int]]
    arguments: dict[str, Any] | None = None
    call: str | None = None
    reads: tuple[int, ...] | None = None


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


class Prepared(NamedTuple):
    """What is called, with which tensors, and the module behind it; None for a function."""

    function: Callable[..., Any]
    tensors: list[torch.Tensor]
    module: nn.Module | None = None


def prepare(case: Case) -> Prepared:
    """A call, ready."""
    if case.call is not None:
        return Prepared(*prepared(case.layer, case.call, [tuple(shape) for shape in case.shapes]))
    arguments = json.loads(json.dumps(case.arguments))
    made = module(case.layer, arguments)
    tensors = [torch.rand(*shape) * 0.8 + 0.1 for shape in case.shapes]
    return Prepared(made, tensors, made if isinstance(made, nn.Module) else None)


def kept(case: Case, setting: str) -> list[str]:
    """What is kept in a setting."""
    call, leaves, owner = prepare(case)
    said = setting.split("_")
    half = torch.bfloat16 if setting == "half" else torch.float32
    leaves = [leaf.to(half) if leaf.is_floating_point() else leaf for leaf in leaves]
    if owner is not None:
        owner.train("eval" not in said)
        with torch.no_grad():
            tried = [leaf.float() if leaf.is_floating_point() else leaf for leaf in map(torch.clone, leaves)]
            call(*(tried if case.reads is None else [tried[number] for number in case.reads]))
        for weight in owner.parameters():  # lazy modules have become what they are
            weight.requires_grad_("frozen" not in said)
    elif "dropout" in case.layer and "eval" in said:
        train, call = call, lambda *inputs: train(*inputs, training=False)
    for number, leaf in enumerate(leaves):
        asked = "first" not in said and (setting != "one" or number == 0) and (setting != "others" or number > 0)
        asked = asked and number not in STATISTICS.get(case.layer, ())
        leaf.requires_grad_(asked and leaf.is_floating_point())
    inputs = [leaf.clone() for leaf in leaves]  # no leaf, which nothing may overwrite
    read = inputs if case.reads is None else [inputs[number] for number in case.reads]
    own = [*owner.parameters(), *owner.buffers()] if owner is not None else []
    saved: list[torch.Tensor] = []

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        saved.append(tensor)
        return tensor

    lower = {"amp": torch.bfloat16, "half": torch.bfloat16, "fp16": torch.float16}.get(said[0])
    amp = contextlib.nullcontext() if lower is None else torch.autocast("cpu", lower)
    kernels = torch.backends.mkldnn.flags(enabled=case.layer != "LSTM")  # of oneDNN's LSTM the workspace is its own
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor), amp, kernels:
        result = call(*read)
    outputs = [each for each in flat(result) if isinstance(each, torch.Tensor)]
    names = {place(each): "" for each in own}
    for kind, tensors in (("output", outputs), ("input", inputs)):
        names |= {place(each): f"{kind}{number}" for number, each in enumerate(tensors)}
    found = {place(each): names.get(place(each), typed(each)) for each in saved if each.untyped_storage().nbytes()}
    if setting in ("amp", "half", "fp16"):
        return [*sorted(filter(None, found.values())), f"-> {str(outputs[0].dtype).removeprefix('torch.')}"]
    return sorted(filter(None, found.values()))


def place(tensor: torch.Tensor) -> int:
    """Where the storage lies."""
    return tensor.untyped_storage().data_ptr()


def typed(tensor: torch.Tensor) -> str:
    """The type and the number of elements of the storage of a tensor that nobody else has."""
    name = str(tensor.dtype).removeprefix("torch.")
    return f"{name} {tensor.untyped_storage().nbytes() // tensor.element_size()}"


def cases() -> Iterator[Case]:
    """The chosen calls, then some of every observed layer, and some of every word that is called otherwise."""
    for name, arguments, shape in MORE:
        yield Case(name, [shape], arguments)
    for name in LISTS[1:3]:
        yield Case(name, [[2, 4, 5], [2, 3, 5]], {"dim": 1})
    for call, shapes, reads in CALLS:
        yield Case(call.partition("(")[0], shapes, call=call, reads=reads)
    number: dict[str, int] = {}
    for file in ("pytorch_layers", "pytorch_more_layers", "pytorch_modules"):
        with gzip.open(DATA / f"{file}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                name = row["layer"]
                given = row.get("inputs", row.get("input"))
                if not given:  # a constant
                    continue
                shapes = given if isinstance(given[0], list) else [given]
                if row.get("error") or row.get("answer", [1])[0] is None or "batch" in row:
                    continue
                if name in ("LayerScale", "SyncBatchNorm") or (name in LISTS and len(shapes) == 1):
                    continue
                number[name] = number.get(name, 0) + 1
                if number[name] <= CASES_OF_A_LAYER:
                    yield Case(name, shapes, row.get("config"), row.get("call"))


def record(words: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Every call, or those of some words, with what is kept in each setting."""
    begun: set[str] = set()
    for case in cases():
        if words and case.layer not in words:
            continue
        settings = SETTINGS if case.layer in begun else (*SETTINGS, *OF_THE_FIRST)
        found, refused = observed(case, settings)
        if "train" not in found:
            print(f"{case}: {refused.get('train')}")
            continue
        begun.add(case.layer)
        called = {"config": case.arguments} if case.call is None else {"call": case.call}
        if case.reads is not None:
            called["reads"] = list(case.reads)
        if whole := [number for number, each in enumerate(prepare(case).tensors) if not each.is_floating_point()]:
            called["integers"] = whole
        row = {"layer": case.layer, **called, "input": case.shapes, "kept": found}
        yield {**row, "refused": refused} if refused else row


def observed(case: Case, settings: Sequence[str]) -> tuple[dict[str, list[str]], dict[str, str]]:
    """What is kept in each setting where that differs from training; and what PyTorch says where it refuses."""
    found: dict[str, list[str]] = {}
    refused: dict[str, str] = {}
    for setting in settings:
        if setting in ("one", "others") and len(case.shapes) == 1:
            continue
        try:
            torch.manual_seed(0)
            found[setting] = kept(case, setting)
        except (RuntimeError, ValueError, TypeError) as error:
            refused[setting] = str(error).splitlines()[0]
    as_bfloat16 = sorted(each.replace("bfloat16", "float16") for each in found.get("amp", ()))
    if sorted(found.get("fp16", ())) == as_bfloat16:
        found.pop("fp16", None)
    same = found.get("train")
    return {key: value for key, value in found.items() if key == "train" or value != same}, refused


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    versions = {each.__name__: each.__version__.split("+")[0] for each in (torch, torchvision, timm)}
    recorded = TARGET.read_text(encoding="utf-8").splitlines()[1:] if sys.argv[1:] else []
    others = [line for line in recorded if json.loads(line)["layer"] not in sys.argv[1:]]
    with TARGET.open("w", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in (json.dumps(versions), *others)))
        for line in record(sys.argv[1:]):
            file.write(f"{json.dumps(line, separators=(',', ':'))}\n")
