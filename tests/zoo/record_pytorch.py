"""Record what torchvision builds, for `test_pytorch_zoo.py`: needs torchvision, writes `tests/data/zoo_pytorch.json`.

    python tests/zoo/record_pytorch.py

Each convolutional classifier of torchvision (LeNet-5 is built here) runs in eval mode on the meta device, at the
crop of its weights. `layers` are rows of [times, class, output shape, params, MACs without bias], one for each call
of a leaf module; params and buffers count the auxiliary heads, which eval mode does not run. `features` and
`feature_params` are those of the network without its head.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import torch
import torchvision
from torch import nn
from torchvision.models import regnet

OTHER_KINDS = ("maxvit", "swin", "vit")
HEADS = ("classifier", "fc", "aux1", "aux2", "AuxLogits")
LAST_FEATURES = ("features", "layer4", "trunk_output", "conv5", "layers", "inception5b", "Mixed_7c")


def lenet5() -> nn.Module:
    """LeNet-5 as it is taught, 61,706 weights."""
    model = nn.Module()
    convolutions = [(nn.Conv2d(1, 6, 5), True), (nn.Conv2d(6, 16, 5), True), (nn.Conv2d(16, 120, 5), False)]
    features = [
        module
        for convolution, pooled in convolutions
        for module in (convolution, nn.Tanh(), *([nn.AvgPool2d(2)] if pooled else []))
    ]
    model.features = nn.Sequential(*features)
    model.classifier = nn.Sequential(nn.Flatten(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10))
    model.forward = lambda images: model.classifier(model.features(images))
    return model


def build(name: str) -> nn.Module:
    """The model with random weights, in eval mode."""
    if name == "lenet5":
        return lenet5().eval()
    arguments = {"init_weights": False} if name in {"googlenet", "inception_v3"} else {}
    return torchvision.models.get_model(name, weights=None, **arguments).eval()


def documented(name: str) -> tuple[list[int], int]:
    """The input and the smallest side that torchvision states with the weights."""
    if name == "lenet5":
        return [1, 32, 32], 32
    weights = next(iter(torchvision.models.get_model_weights(name)))
    side = weights.transforms.keywords["crop_size"]
    return [3, side, side], weights.meta["min_size"][0]


def macs(module: nn.Module, output: torch.Tensor) -> int:
    """Products of a convolution or dense layer for one sample."""
    if isinstance(module, nn.Conv2d):
        return output.numel() * module.in_channels // module.groups * math.prod(module.kernel_size)
    return output.numel() * module.in_features if isinstance(module, nn.Linear) else 0


def count(tensors: Any) -> int:
    return sum(tensor.numel() for tensor in tensors)


def accepts(model: nn.Module, channels: int, side: int) -> bool:
    """Whether the model runs on a square image of this side; an empty output is a refusal."""
    try:
        return model(torch.zeros(1, channels, side, side)).numel() > 0
    except RuntimeError:
        return False


def record(name: str) -> dict[str, Any]:
    """One model: totals, shapes and the multiset of calls of leaf modules."""
    shape, minimum = documented(name)
    model = build(name)
    calls: Counter[tuple[str, str, int, int]] = Counter()
    features: list[list[int]] = []

    def leaf(module: nn.Module, _: Any, output: torch.Tensor) -> None:
        size = "x".join(map(str, output.shape[1:]))
        calls[type(module).__name__, size, count(module.parameters()), macs(module, output)] += 1

    hooks = [module.register_forward_hook(leaf) for module in model.modules() if not list(module.children())]
    hooks += [
        child.register_forward_hook(lambda _, __, output: features.append(list(output.shape[1:])))
        for child_name, child in model.named_children()
        if child_name in LAST_FEATURES
    ]
    output = model(torch.zeros(1, *shape))
    for hook in hooks:
        hook.remove()

    heads = (child for child_name, child in model.named_children() if child_name in HEADS)
    params = count(model.parameters())
    found = {
        "input": shape,
        "output": list(output.shape[1:]),
        "params": params,
        "buffers": count(model.buffers()),
        "macs": sum(times * products for (*_, products), times in calls.items()),
        "features": features[-1],
        "feature_params": params - sum(count(head.parameters()) for head in heads),
        "minimum_input": minimum,
        "tight": minimum > 1 and not accepts(model, shape[0], minimum - 1),
        "layers": [[times, *call] for call, times in calls.items()],
    }
    print(name, shape, found["params"], found["macs"], flush=True)
    return found


def on_the_cpu(method: Any) -> classmethod[Any, Any, Any]:
    """RegNet computes its widths with tensors, which need values: not on the meta device."""

    def compute(cls: type, *arguments: Any, **keywords: Any) -> Any:
        with torch.device("cpu"):
            return method.__func__(cls, *arguments, **keywords)

    return classmethod(compute)


def main() -> None:
    regnet.BlockParams.from_init_params = on_the_cpu(regnet.BlockParams.from_init_params)
    names = [
        name for name in torchvision.models.list_models(module=torchvision.models) if not name.startswith(OTHER_KINDS)
    ]
    with torch.device("meta"), torch.no_grad():
        models = {name: record(name) for name in sorted([*names, "lenet5"])}
    lines = ",\n".join(f' "{name}": {json.dumps(model, separators=(",", ":"))}' for name, model in models.items())
    path = Path(__file__).parents[1] / "data" / "zoo_pytorch.json"
    path.write_text(
        f'{{"torchvision": "{torchvision.__version__.partition("+")[0]}", "models": {{\n{lines}\n}}}}\n',
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
