"""Record what fvcore, ptflops, thop and torchinfo answer, for `counters.json` beside this file.

pip install torch torchvision fvcore ptflops thop torchinfo
python record_counters.py
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import thop
import torch
import torchinfo
import torchvision
from fvcore.nn import FlopCountAnalysis
from ptflops import get_model_complexity_info
from torch import nn

LAYERS = {
    "Conv2d(3, 64, 7, 2, 3, bias=False)": (3, 224, 224),
    "Conv2d(3, 64, 7, 2, 3)": (3, 224, 224),
    'Conv2d(32, 64, 3, padding="same")': (32, 32, 32),
    "Conv2d(32, 32, 3, 1, 1, groups=32)": (32, 56, 56),
    "Conv1d(8, 16, 3)": (8, 100),
    "Conv3d(4, 8, 3)": (4, 10, 10, 10),
    "ConvTranspose2d(64, 32, 4, 2, 1)": (64, 16, 16),
    "ConvTranspose2d(64, 32, 4, 2, 1, bias=False)": (64, 16, 16),
    "Linear(64, 128)": (64,),
    "Linear(64, 128, bias=False)": (64,),
    "BatchNorm2d(64)": (64, 56, 56),
    "BatchNorm2d(64, affine=False)": (64, 56, 56),
    "GroupNorm(8, 64)": (64, 56, 56),
    "LayerNorm([64, 56, 56])": (64, 56, 56),
    "InstanceNorm2d(64)": (64, 56, 56),
    "ReLU()": (64, 56, 56),
    "ReLU6()": (64, 56, 56),
    "PReLU()": (64, 56, 56),
    "LeakyReLU()": (64, 56, 56),
    "SiLU()": (64, 56, 56),
    "GELU()": (64, 56, 56),
    "Hardswish()": (64, 56, 56),
    "Sigmoid()": (64, 56, 56),
    "Softmax(1)": (100,),
    "MaxPool2d(3, 2)": (64, 56, 56),
    "AvgPool2d(3, 2)": (64, 56, 56),
    "AdaptiveAvgPool2d(1)": (64, 56, 56),
    "AdaptiveAvgPool2d(7)": (64, 56, 56),
    "AdaptiveMaxPool2d(1)": (64, 56, 56),
    "Upsample(scale_factor=2)": (64, 56, 56),
    'Upsample(scale_factor=2, mode="bilinear")': (64, 56, 56),
    "Dropout()": (64, 56, 56),
    "Flatten()": (64, 56, 56),
}
NETWORKS = (
    *("alexnet", "vgg11", "vgg11_bn", "resnet18", "resnet50", "squeezenet1_0", "densenet121", "mobilenet_v2"),
    *("mobilenet_v3_small", "shufflenet_v2_x0_5", "mnasnet0_5", "efficientnet_b0", "googlenet", "regnet_x_400mf"),
)


def counts(make: Callable[[], nn.Module], shape: tuple[int, ...]) -> dict[str, int]:
    """What each tool answers for one sample; every tool gets a model of its own, as they leave marks on it."""
    sample = torch.zeros(1, *shape)
    traced = FlopCountAnalysis(make().eval(), sample)
    traced.unsupported_ops_warnings(False)
    traced.uncalled_modules_warnings(False)
    traced.tracer_warnings("none")
    with contextlib.redirect_stdout(io.StringIO()):
        hooked, _ = get_model_complexity_info(
            make().eval(), shape, as_strings=False, print_per_layer_stat=False, backend="pytorch"
        )
        profiled, _ = thop.profile(make().eval(), inputs=(sample,), verbose=False)
        summarized = torchinfo.summary(make().eval(), input_size=(1, *shape), verbose=0).total_mult_adds
    return {
        "fvcore": int(traced.total()),
        "ptflops": int(hooked),
        "thop": int(profiled),
        "torchinfo": int(summarized),
    }


def network(name: str) -> nn.Module:
    """A torchvision network without weights."""
    more = {"init_weights": False} if name == "googlenet" else {}
    return torchvision.models.get_model(name, weights=None, **more)


def record() -> dict[str, object]:
    """Everything that the tools answered."""
    tools = ("torch", "torchvision", "fvcore", "ptflops", "thop", "torchinfo")
    layers = {
        text: {"input": list(shape)} | counts(lambda text=text: nn.Sequential(eval(f"nn.{text}")), shape)
        for text, shape in LAYERS.items()
    }
    networks = {name: counts(lambda name=name: network(name), (3, 224, 224)) for name in NETWORKS}
    return {"versions": {tool: version(tool) for tool in tools}, "layers": layers, "networks": networks}


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    text = json.dumps(record(), indent=1)
    Path(__file__).with_name("counters.json").write_text(f"{text}\n", encoding="utf-8")
