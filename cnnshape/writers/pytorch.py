"""PyTorch: modules, one for the network and one for each block."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.network.plan import Plan
from cnnshape.vocabularies.vocabulary import lookup
from cnnshape.writers.folding import Item
from cnnshape.writers.network import (
    FROZEN,
    Variables,
    arguments,
    call_lines,
    class_name,
    comment_lines,
    headings,
    parameters,
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
    classes = [
        module(class_name(block.name), parameters(block), variables, (variables.tensors[block.output],))
        for block, variables in network.blocks
    ]
    code = "\n\n\n".join([*classes, module(network.name, [], network.network, network.outputs)])
    imports = [
        "import torch",
        *(["import torch.nn.functional as F"] if " F." in code or "(F." in code else []),
        *(["import torchvision"] if "torchvision." in code else []),
        "from torch import nn",
    ]
    sizes = [", ".join(str(size or 1) for size in shape) for shape in network.shapes]
    zeros = ", ".join(f"torch.zeros({each})" for each in sizes)
    main = ['if __name__ == "__main__":', f"    print({network.name}().eval()({zeros}))"]
    return "\n".join([*imports, "", "", code, "", "", *main, ""])


def module(name: str, parameters: list[str], variables: Variables, outputs: tuple[str, ...]) -> str:
    """A class, whose layers are made in ``__init__`` and applied in ``forward``."""
    returned = "tuple[torch.Tensor, ...]" if len(outputs) > 1 else "torch.Tensor"
    given = [f"{each}: torch.Tensor" for each in variables.inputs]
    made = list(constructor(variables))
    return "\n".join(
        [
            f"class {name}(nn.Module):",
            call_lines("    ", "def __init__", ["self", *parameters], " -> None:"),
            "        super().__init__()",
            *made,
            "",
            call_lines("    ", "def forward", ["self", *given], f" -> {returned}:"),
            *forward(variables),
            f"        return {', '.join(outputs)}",
        ]
    )


def is_module(item: Item) -> bool:
    """Whether it is a module and no function."""
    return item.block or not lookup("pytorch", item.head).operator


def constructor(variables: Variables) -> Iterator[str]:
    """The modules."""
    for item, times, heading in headings(variables):
        if item.shares or not is_module(item):
            continue
        yield from comment_lines("        ", heading)
        yield from comment_lines("        ", item.comment)
        name = variables.layer(item)
        head = class_name(item.head) if item.block else TORCHVISION.get(item.head, f"nn.{item.head}")
        if times > 1:
            made = f"{head}({', '.join(arguments(item))}) for _ in range({times})"
            yield call_lines("        ", f"self.{name} = nn.Sequential", [f"*({made})"])
        else:
            yield call_lines("        ", f"self.{name} = {head}", arguments(item))
        if item.constant == FROZEN:
            yield f"        self.{name}.requires_grad_(False)"


def forward(variables: Variables) -> Iterator[str]:
    """What is applied to what."""
    for item, _, heading in headings(variables):
        yield from comment_lines("        ", heading)
        tensors, made = variables.read(item), variables.made(item)
        if is_module(item):
            yield call_lines("        ", f"{made} = self.{variables.layer(item)}", tensors)
            continue
        function = f"torch.{item.head}" if item.head in TORCH else f"F.{item.head}"
        taken = [f"[{', '.join(tensors)}]"] if item.head in LISTED else tensors
        yield call_lines("        ", f"{made} = {function}", [*taken, *arguments(item)])
