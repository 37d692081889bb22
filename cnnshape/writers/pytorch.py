"""PyTorch: a module, whose layers are made in `__init__` and applied in `forward`."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.network.plan import Plan
from cnnshape.translation.calls import Call
from cnnshape.vocabularies.vocabulary import lookup
from cnnshape.writers.network import (
    Written,
    applications,
    arguments,
    block_of,
    call_lines,
    comment_lines,
    written,
)

TORCH = frozenset(
    {
        "abs", "add", "amax", "amin", "bmm", "cat", "chunk", "clamp", "concat", "concatenate", "div", "divide", "exp",
        "flatten", "flip", "log", "matmul", "maximum", "mean", "minimum", "mul", "multiply", "narrow", "neg", "norm",
        "permute", "pow", "repeat_interleave", "reshape", "rsqrt", "sigmoid", "split", "sqrt", "square", "squeeze",
        "stack", "std", "sub", "subtract", "sum", "swapaxes", "swapdims", "tanh", "tile", "transpose", "true_divide",
        "unflatten", "unsqueeze", "var",
    }
)  # fmt: skip
"""Functions of `torch`; all others are those of `torch.nn.functional`."""

LISTED = frozenset({"cat", "concat", "concatenate", "stack"})
"""Functions that take their tensors as one list."""

TORCHVISION = {
    "FrozenBatchNorm2d": "torchvision.ops.FrozenBatchNorm2d",
    "LayerNorm2d": "torchvision.models.convnext.LayerNorm2d",
    "Permute": "torchvision.ops.Permute",
}
"""Modules that torchvision has."""


def write(plan: Plan) -> str:
    """The file. Raises `Unwritable`."""
    network = written(plan, "pytorch")
    made, applied = list(constructor(network)), list(forward(network))
    code = "\n".join([*made, *applied])
    imports = [
        "import torch",
        *(["import torch.nn.functional as F"] if " F." in code or "(F." in code else []),
        *(["import torchvision"] if "torchvision." in code else []),
        "from torch import nn",
    ]
    init = "\n".join(["    def __init__(self) -> None:", "        super().__init__()", *made])
    several = len(network.outputs) > 1
    returned = "tuple[torch.Tensor, ...]" if several else "torch.Tensor"
    given = [f"{name}: torch.Tensor" for name in network.inputs]
    signature = call_lines("    ", "def forward", ["self", *given], f" -> {returned}:")
    sizes = [", ".join(str(size or 1) for size in shape) for shape in network.inputs.values()]
    zeros = ", ".join(f"torch.zeros({each})" for each in sizes)
    return "\n".join(
        [
            *imports,
            "",
            "",
            f"class {network.name}(nn.Module):",
            init,
            "",
            signature,
            *applied,
            f"        return {', '.join(network.outputs)}",
            "",
            "",
            'if __name__ == "__main__":',
            f"    print({network.name}().eval()({zeros}))",
            "",
        ]
    )


def is_module(each: Call) -> bool:
    """Whether it is a module and no function."""
    return not lookup("pytorch", each.name).operator


def constructor(network: Written) -> Iterator[str]:
    """The modules."""
    block = ""
    for line in network.statements:
        if line.again or not any(map(is_module, line.calls)):
            continue
        if block_of(line) != block:
            block = block_of(line)
            yield from comment_lines("        ", block)
        yield from comment_lines("        ", line.comment)
        for at, each in enumerate(line.calls):
            if is_module(each):
                module = TORCHVISION.get(each.name, f"nn.{each.name}")
                yield call_lines("        ", f"self.{line.layers[at]} = {module}", arguments(each))
                if not line.row.trainable and line.row.params:
                    yield f"        self.{line.layers[at]}.requires_grad_(False)"


def forward(network: Written) -> Iterator[str]:
    """What is applied to what."""
    block = ""
    for line in network.statements:
        if block_of(line) != block:
            block = block_of(line)
            yield from comment_lines("        ", block)
        for at, each, tensors, made in applications(line):
            if is_module(each):
                yield call_lines("        ", f"{made} = self.{line.layers[at]}", tensors)
                continue
            function = f"torch.{each.name}" if each.name in TORCH else f"F.{each.name}"
            taken = [f"[{', '.join(tensors)}]"] if each.name in LISTED else list(tensors)
            yield call_lines("        ", f"{made} = {function}", [*taken, *arguments(each)])
