"""Record what fvcore, ptflops, thop, ultralytics-thop and torchinfo answer, for ``tests/data/counters.jsonl.gz``.

Needs torch, torchvision, fvcore, ptflops, thop and torchinfo; ultralytics-thop is imported as ``thop``, too, and is
therefore asked by a process of its own, which finds it in a folder::

    pip install --no-deps --target FOLDER ultralytics-thop==2.2.3
    python scripts/record_counters.py FOLDER            # all
    python scripts/record_counters.py FOLDER WORD...    # these words alone, behind the others

A line is one case: its calls, the shape of its inputs, and what each tool answers; null where the tool fails. A call is
``[layer, arguments]``, or the number of an earlier call whose module is used again.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import logging
import operator
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
import torchvision
from torch import nn

sys.path.insert(0, str(Path(__file__).parent.parent))

from cnnshape.studies.counting import NOT_COUNTED
from tests.vocabularies import record_modules as modules

DATA = Path(__file__).parent.parent / "tests" / "data"
TARGET = DATA / "counters.jsonl.gz"
TOOLS = ("fvcore", "ptflops", "thop", "torchinfo", "ultralytics-thop")
NETWORKS = (
    *("alexnet", "vgg11", "vgg11_bn", "resnet18", "resnet50", "squeezenet1_0", "densenet121", "mobilenet_v2"),
    *("mobilenet_v3_small", "shufflenet_v2_x0_5", "mnasnet0_5", "efficientnet_b0", "googlenet", "regnet_x_400mf"),
    *("convnext_tiny", "efficientnet_v2_s", "regnet_y_400mf", "resnext50_32x4d", "wide_resnet50_2"),
)
OPERATORS = {"add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv}
"""What is written as an operator in the networks that people have."""
LISTS = ("cat", "concat", "concatenate", "stack")
MOST_OF_A_LAYER = 25
"""Random cases of one layer that are asked about."""

Call = list[Any]

SAME = {"in_channels": 4, "out_channels": 4, "kernel_size": 3, "padding": 1}

STACKS: tuple[tuple[tuple[Any, ...], tuple[int, ...]], ...] = (
    ((["Conv2d", SAME], 0, ["ReLU", {}]), (1, 4, 9, 9)),
    ((["Conv2d", {**SAME, "groups": 2}], 0, 0), (1, 4, 9, 7)),
    ((["ConvTranspose2d", {"in_channels": 4, "out_channels": 4, "kernel_size": 2, "stride": 2}], 0), (1, 4, 5, 5)),
    ((["Linear", {"in_features": 8, "out_features": 8}], ["ReLU", {}], 0, 1, 0, 1), (1, 8)),
    ((["Linear", {"in_features": 8, "out_features": 8, "bias": False}], 0), (1, 3, 8)),
    ((["BatchNorm2d", {"num_features": 4}], 0), (1, 4, 5, 5)),
    ((["FrozenBatchNorm2d", {"num_features": 4}],), (1, 4, 5, 5)),
    ((["LayerNorm", {"normalized_shape": [4, 5, 5]}], 0), (1, 4, 5, 5)),
    ((["GroupNorm", {"num_groups": 2, "num_channels": 4}], 0), (1, 4, 5, 5)),
    ((["PReLU", {}], 0), (1, 4, 5, 5)),
    ((["ReLU", {}], 0, 0), (1, 4, 5, 5)),
    ((["Softmax", {"dim": 1}], 0), (1, 4, 5, 5)),
    ((["AvgPool2d", {"kernel_size": 2}], 0), (1, 4, 8, 8)),
    ((["MaxPool2d", {"kernel_size": 2}], 0), (1, 4, 8, 8)),
    ((["Upsample", {"scale_factor": 2, "mode": "bilinear"}], 0), (1, 4, 8, 8)),
    ((["RMSNorm", {"normalized_shape": [8]}], 0), (1, 3, 8)),
    (
        (
            ["Conv2d", {"in_channels": 3, "out_channels": 16, "kernel_size": 3, "stride": 2, "padding": 1}],
            ["GroupNorm", {"num_groups": 4, "num_channels": 16}],
            ["ELU", {}],
            ["ConvTranspose2d", {"in_channels": 16, "out_channels": 8, "kernel_size": 3, "stride": 2, "groups": 4}],
            ["InstanceNorm2d", {"num_features": 8, "affine": True}],
            ["LeakyReLU", {}],
            ["AdaptiveAvgPool2d", {"output_size": 5}],
            ["flatten", {"start_dim": 1}],
            ["LazyLinear", {"out_features": 10}],
            ["Softmax", {"dim": 1}],
        ),
        (1, 3, 33, 41),
    ),
    (
        (
            ["LazyConv1d", {"out_channels": 8, "kernel_size": 5, "groups": 2, "padding": "same"}],
            ["LazyBatchNorm1d", {}],
            ["gelu", {}],
            ["max_pool1d", {"kernel_size": 3, "stride": 2}],
            ["LocalResponseNorm", {"size": 3}],
            ["adaptive_avg_pool1d", {"output_size": 4}],
            ["Upsample", {"scale_factor": 3}],
            ["LPPool1d", {"norm_type": 2, "kernel_size": 3}],
            ["log_softmax", {"dim": 1}],
        ),
        (1, 4, 101),
    ),
)  # fmt: skip
"""Stacks of layers, and modules that are called several times."""

MORE: tuple[tuple[Any, ...], ...] = (
    ("Identity", {}),
    ("dropout", {"p": 0.5}),
    ("dropout1d", {}),
    ("dropout2d", {}),
    ("dropout3d", {}),
    ("alpha_dropout", {}),
    ("feature_alpha_dropout", {}),
    ("log", {}),
    ("pow", {"exponent": 2}),
    ("rms_norm", {"normalized_shape": [5]}),
    ("rsqrt", {}),
    ("swapaxes", {"axis0": 1, "axis1": 2}),
    ("swapdims", {"dim0": 1, "dim1": 2}),
    ("true_divide", {"other": 2}),
)
"""Words that the random cases leave out."""


class Written(nn.Module):
    """A single call as an architecture file writes it."""

    def __init__(self, name: str, text: str, shapes: list[list[int]]) -> None:
        super().__init__()
        self.function, like, self.module = modules.prepared(name, text, shapes)
        self.types = [tensor.dtype for tensor in like]

    def forward(self, *inputs: torch.Tensor) -> Any:
        """The first tensor of what it gives; of a pyramid all, as what nobody reads is not traced."""
        tensors = [tensor.to(kind) for tensor, kind in zip(inputs, self.types, strict=True)]
        found = tuple(modules.flat(self.function(*tensors)))
        return found if "Pyramid" in type(self.module).__name__ else found[0]


class Called(nn.Module):
    """The calls, one after the other: modules, and functions of `torch` and `torch.nn.functional`."""

    def __init__(self, calls: list[Call | int]) -> None:
        super().__init__()
        self.calls: list[tuple[str, Any]] = []
        for number, call in enumerate(calls):
            if isinstance(call, int):
                self.calls.append(self.calls[call])
            elif call[0][0].isupper():
                setattr(self, f"module{number}", module(*call))
                self.calls.append((f"module{number}", None))
            else:
                self.calls.append((call[0], call[1]))

    def forward(self, *inputs: torch.Tensor) -> Any:
        """The last call's result."""
        for name, arguments in self.calls:
            if arguments is None:
                result = getattr(self, name)(*inputs)
            else:
                written = OPERATORS.get(name) if arguments.get("alpha", 1) == 1 else None
                found = written or getattr(nn.functional, name, None) or getattr(torch, name)
                if written:
                    result = found(inputs[0], *inputs[1:], *[arguments[name] for name in arguments if name == "other"])
                else:
                    result = found(inputs, **arguments) if name in LISTS else found(*inputs, **arguments)
            inputs = result if isinstance(result, tuple) else (result,)
        return inputs[0]


def module(name: str, arguments: dict[str, Any]) -> nn.Module:
    """A module of torch or torchvision."""
    kind = getattr(nn, name, None) or getattr(torchvision.ops, name, None) or torchvision.models.convnext.LayerNorm2d
    found: nn.Module = kind(**arguments)
    return found


def quiet(answer: Callable[[], Any]) -> int | None:
    """What a tool answers; None where it fails. Tools print, and one does so instead of raising."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            found = answer()
        except Exception:  # whatever a tool raises is its failure
            return None
    return None if found is None else int(found)


def counts(make: Callable[[], nn.Module], shapes: list[list[int]], tools: list[str]) -> dict[str, int | None]:
    """What each tool answers; every tool gets a model of its own, as they leave marks on it."""
    samples = tuple(torch.rand(*shape) for shape in shapes)
    build = {"fvcore": fvcore, "ptflops": ptflops, "thop": thop, "torchinfo": torchinfo, "ultralytics-thop": thop}
    answers = {}
    for tool in tools:
        model = make().eval()
        with torch.no_grad():
            model(*samples)  # lazy modules become what they are
        answers[tool] = quiet(lambda tool=tool, model=model: build[tool](model, samples))
    return answers


def fvcore(model: nn.Module, samples: tuple[torch.Tensor, ...]) -> Any:
    from fvcore.nn import FlopCountAnalysis

    traced = FlopCountAnalysis(model, samples)
    traced.unsupported_ops_warnings(False)
    traced.uncalled_modules_warnings(False)
    traced.tracer_warnings("none")
    return traced.total()


def ptflops(model: nn.Module, samples: tuple[torch.Tensor, ...]) -> Any:
    from ptflops import get_model_complexity_info

    names = ("a", "b", "c", "d", "e", "f")
    if len(samples) > 1:  # it hands several tensors over by name
        inner = model

        class Named(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.inner = inner

            def forward(self, **inputs: torch.Tensor) -> Any:
                return self.inner(*inputs.values())

        model = Named().eval()
    made = None if len(samples) == 1 else (lambda _: dict(zip(names, samples, strict=False)))
    return get_model_complexity_info(
        model,
        tuple(samples[0].shape[1:]),
        as_strings=False,
        print_per_layer_stat=False,
        input_constructor=made,
        backend="pytorch",
    )[0]


def thop(model: nn.Module, samples: tuple[torch.Tensor, ...]) -> Any:
    import thop as profiler

    return profiler.profile(model, inputs=samples, verbose=False)[0]


def torchinfo(model: nn.Module, samples: tuple[torch.Tensor, ...]) -> Any:
    from torchinfo import summary

    return summary(model, input_data=samples, verbose=0).total_mult_adds


def cases() -> Iterator[tuple[list[Call | int], list[list[int]]]]:
    """Every layer and function of the vocabulary, most with random arguments, one sample each; then the stacks."""
    seen: set[str] = set()
    number: dict[str, int] = {}
    for name in ("pytorch_layers", "pytorch_more_layers"):
        with gzip.open(DATA / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                if row.get("error") or "batch" in row or row["layer"] == "LayerScale":
                    continue
                shapes = row["input"] if isinstance(row["input"][0], list) else [row["input"]]
                if row["layer"] in LISTS and len(shapes) == 1:
                    continue
                if row["layer"] not in ("reshape", "tile"):
                    shapes = [[1, *shape[1:]] for shape in shapes]
                case = [[[row["layer"], row["config"]]], shapes]
                text = json.dumps(case)
                if (
                    text in seen
                    or (row["layer"] in LISTS and len(shapes) == 1)
                    or any(shape[0] != 1 for shape in shapes)
                ):
                    continue
                seen.add(text)
                number[row["layer"]] = number.get(row["layer"], 0) + 1
                if number[row["layer"]] <= MOST_OF_A_LAYER:
                    yield case[0], shapes
    yield from written()
    yield [["affine_grid", "affine_grid([1, 3, 4, 5], align_corners=False)"]], [[1, 2, 3]]
    for name, arguments in MORE:
        yield [[name, arguments]], [[1, 4, 5]]
    for calls, shape in STACKS:
        yield list(calls), [list(shape)]


MOST_OF_A_WORD = 6
"""Recorded calls of one word that are asked about."""


def written() -> Iterator[tuple[list[Call | int], list[list[int]]]]:
    """Calls of the words whose arguments are layers, or whose inputs are not alike, as they were recorded."""
    counted: dict[str, int] = {}
    with gzip.open(DATA / "pytorch_modules.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            shapes = [[1, *shape[1:]] for shape in row["inputs"]]
            if not shapes:  # a constant
                continue
            if row["layer"] == "Embedding" and shapes == [[1, 1]]:  # ptflops reads memory that nobody has filled
                continue
            if row["answer"][0] is None or "batch_first=False" in row["call"] or row["layer"] in UNASKED:
                continue
            try:
                with torch.no_grad():
                    Written(row["layer"], row["call"], shapes).eval()(*(torch.zeros(shape) for shape in shapes))
            except (RuntimeError, ValueError, IndexError, AssertionError):  # not with one sample
                continue
            counted[row["layer"]] = counted.get(row["layer"], 0) + 1
            if counted[row["layer"]] <= MOST_OF_A_WORD and all(len(shape) > 1 for shape in shapes):
                yield [[row["layer"], row["call"]]], shapes


UNASKED = {*NOT_COUNTED, "MultiScaleRoIAlign", "FrozenBatchNorm2d"}
"""What counters count in ways of their own, what a plan cannot say of, and what is asked about above."""


def network(name: str) -> nn.Module:
    """A torchvision network without weights."""
    more = {"init_weights": False} if name == "googlenet" else {}
    return torchvision.models.get_model(name, weights=None, **more)


def made_of(calls: list[Call | int], shapes: list[list[int]]) -> nn.Module:
    """The model of a case."""
    first = calls[0]
    if not isinstance(first, int) and isinstance(first[1], str):
        return Written(*first, shapes)
    return Called(json.loads(json.dumps(calls)))


def record(tools: list[str], words: list[str]) -> Iterator[list[Any]]:
    """Every case, or those of some words, with what the tools answer."""
    for calls, shapes in cases():
        if words and not (len(calls) == 1 and calls[0][0] in words):
            continue
        try:
            answers = counts(lambda calls=calls, shapes=shapes: made_of(calls, shapes), shapes, tools)
        except Exception as error:  # the framework refuses the case with one sample
            print(f"left out {calls} on {shapes}: {error}", file=sys.stderr)
            continue
        yield [calls, shapes, answers]
    for name in NETWORKS if not words else ():
        yield [name, [[1, 3, 224, 224]], counts(lambda name=name: network(name), [[1, 3, 224, 224]], tools)]


def main(folder: str, words: list[str]) -> None:
    """Ask the four here and the fifth in a process that finds it first."""
    ours = [tool for tool in TOOLS if tool != "ultralytics-thop"]
    asked = subprocess.run(
        [sys.executable, __file__, "--ask", "ultralytics-thop", *words],
        env={**os.environ, "PYTHONPATH": folder},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    theirs = [json.loads(line) for line in asked.stdout.splitlines()]
    versions = {tool: version(tool) for tool in ("torch", "torchvision", *ours)} | {"ultralytics-thop": "2.2.3"}
    before = gzip.decompress(TARGET.read_bytes()).decode().splitlines()[1:] if words else []
    kept = [line for line in before if not (len(each := json.loads(line)[0]) == 1 and each[0][0] in words)]
    with gzip.GzipFile(TARGET, "wb", mtime=0) as file:
        file.write("".join(f"{line}\n" for line in (json.dumps(versions), *kept)).encode())
        for one, other in zip(record(ours, words), theirs, strict=True):
            line = [*one[:2], [{**one[2], **other[2]}[tool] for tool in TOOLS]]
            file.write(f"{json.dumps(line, separators=(',', ':'))}\n".encode())


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    torch.manual_seed(0)
    if sys.argv[1] == "--ask":
        for line in record(sys.argv[2:3], sys.argv[3:]):
            print(json.dumps(line))
    else:
        main(sys.argv[1], sys.argv[2:])
