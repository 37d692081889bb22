"""PyTorch: modules, one for the network and one for each block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cnnshape.network.plan import Plan
from cnnshape.translation.calls import text
from cnnshape.vocabularies import own_classes
from cnnshape.vocabularies.vocabulary import lookup
from cnnshape.writers.code import arguments, call_lines, comment_lines, parameters, subscript
from cnnshape.writers.folding import Block, Item
from cnnshape.writers.holding import ELSEWHERE, class_of
from cnnshape.writers.layers import FROZEN, OF_HEADS
from cnnshape.writers.network import Variables, class_name, headings, written
from cnnshape.writers.weight_names import PYTORCH

FUNCTIONAL = frozenset(
    {
        "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "adaptive_max_pool1d",
        "adaptive_max_pool2d", "adaptive_max_pool3d", "alpha_dropout", "avg_pool1d", "avg_pool2d", "avg_pool3d",
        "celu", "channel_shuffle", "cosine_similarity", "dropout", "dropout1d", "dropout2d", "dropout3d", "elu",
        "feature_alpha_dropout", "fold", "gelu", "glu", "grid_sample", "group_norm", "gumbel_softmax", "hardshrink",
        "hardsigmoid", "hardswish", "hardtanh", "interpolate", "layer_norm", "leaky_relu", "local_response_norm",
        "log_softmax", "logsigmoid", "lp_pool1d", "lp_pool2d", "lp_pool3d", "max_pool1d", "max_pool2d", "max_pool3d",
        "max_unpool1d", "max_unpool2d", "max_unpool3d", "mish", "normalize", "one_hot", "pad", "pairwise_distance",
        "pixel_shuffle", "pixel_unshuffle", "relu", "relu6", "rms_norm", "rrelu", "scaled_dot_product_attention",
        "selu", "silu", "softmax", "softmin", "softplus", "softshrink", "softsign", "tanhshrink", "threshold",
        "unfold",
    }
)  # fmt: skip
"""Functions that people take from `torch.nn.functional`; all others are those of `torch`."""

IN_TRAINING = frozenset(
    {
        "alpha_dropout", "drop_block2d", "drop_block3d", "dropout", "dropout1d", "dropout2d", "dropout3d",
        "feature_alpha_dropout", "rrelu", "stochastic_depth",
    }
)  # fmt: skip
"""Functions that have to be told whether the module trains."""

LISTED = frozenset({"cat", "concat", "concatenate", "stack"})
"""Functions that take their tensors as one list."""

PAIRED = frozenset({"LSTM", "LSTMCell"})
"""Modules that take their two states as one pair; an LSTM returns them so as well."""

EMBEDDINGS = frozenset({"Embedding", "EmbeddingBag", "one_hot"})
"""What takes whole numbers alone."""

SOME = 64
"""A size that any will do for, where the module is tried."""


def write(plan: Plan) -> str:
    """The file. Raises `Unwritable`."""
    network = written(plan, "pytorch", weight)
    classes = [
        module(class_name(block.name), parameters(block), variables, (variables.tensors[block.output],))
        for block, variables in network.blocks
    ]
    own = own_classes.used(own_classes.PYTORCH, network.heads)
    code = "\n\n\n".join([*own, *classes, module(network.name, [], network.network, network.outputs)])
    imports = [
        "import torch",
        *(["import torch.nn.functional as F"] if " F." in code or "(F." in code else []),
        *(["import torchvision"] if "torchvision." in code else []),
        "from torch import nn",
    ]
    shapes = [(shape[0] or 1, *(size or SOME for size in shape[1:])) for shape in network.shapes]
    whole = set(indices(network.network.items, network.blocks))
    types = [", dtype=torch.long" if tensor in whole else "" for tensor in plan.inputs]
    zeros = ", ".join(f"torch.zeros({sizes(shape)}{kind})" for shape, kind in zip(shapes, types, strict=True))
    main = ['if __name__ == "__main__":', f"    print({network.name}().eval()({zeros}))"]
    return "\n".join([*imports, "", "", code, "", "", *main, ""])


def indices(items: Sequence[Item], blocks: Sequence[tuple[Block, Variables]]) -> Iterator[str]:
    """The tensors whose elements are numbers of things: those that an embedding reads, also one within a block."""
    bodies = {block.name: block for block, _ in blocks}
    for item in items:
        if item.block:
            body = bodies[item.head]
            within = set(indices(body.items, blocks))
            yield from (tensor for tensor, name in zip(item.reads, body.inputs, strict=True) if name in within)
        elif item.head in EMBEDDINGS:
            yield item.reads[0]


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


def weight(item: Item, variables: Variables) -> str:
    """A weight by itself where it is read: it may be in another shape, and one for each sample of what it joins."""
    name = f"self.{variables.layer(item)}"
    if view := item.arguments.get("view"):
        name = f"{name}.view({sizes(view)})"
    if "each_sample" in item.arguments:
        rank = item.arguments["each_sample"]
        name = f"{name}.expand({', '.join([f'{variables.read(item)[0]}.shape[0]', *['-1'] * (rank - 1)])})"
    return name


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
        if item.head == "Parameter":
            yield held(item, name)
            continue
        head = class_name(item.head) if item.block else class_of("pytorch", item.head)
        if times > 1:
            made = f"{head}({', '.join(arguments(item))}) for _ in range({times})"
            yield call_lines("        ", f"self.{name} = nn.Sequential", [f"*({made})"])
        else:
            yield call_lines("        ", f"self.{name} = {head}", arguments(item))
        if FROZEN in item.constant:
            yield f"        self.{name}.requires_grad_(False)"
        for weight, values in item.values.items():
            yield call_lines("        ", f"self.{name}.{PYTORCH[weight]}.copy_", [f"torch.tensor({text(values)})"])


VALUES = {"ones": "ones", "random_normal": "randn", "zeros": "zeros"}
"""PyTorch's functions of a shape."""


def sizes(shape: Any) -> str:
    """Sizes one by one; those that a block is given as they are."""
    return text(shape)[1:-1].removesuffix(",") or "()" if isinstance(shape, tuple) else text(shape)


def held(item: Item, name: str) -> str:
    """A weight by itself as the module holds it."""
    values = f"torch.{VALUES[item.arguments['initializer']]}({sizes(item.arguments['shape'])})"
    if item.constant == "buffer":
        return call_lines("        ", "self.register_buffer", [f'"{name}"', values])
    more = ["requires_grad=False"] if item.constant == "non_trainable" else []
    return call_lines("        ", f"self.{name} = nn.Parameter", [values, *more])


def forward(variables: Variables) -> Iterator[str]:
    """What is applied to what."""
    for item, _, heading in headings(variables):
        yield from comment_lines("        ", heading)
        if item.head == "Parameter":
            continue
        tensors, made = variables.read(item), variables.made(item)
        if is_module(item):
            if item.head == "MultiheadAttention" and len(item.makes) == 1:  # it returns its weights, too
                made, tensors = f"{made}, _", [*tensors, "need_weights=False"]
            elif OF_HEADS in item.constant:
                tensors = [*tensors, "average_attn_weights=False"]
            if item.head in PAIRED:
                tensors = with_pair(tensors)
                made = ", ".join(with_pair(made.split(", ")))
            yield call_lines("        ", f"{made} = self.{variables.layer(item)}", tensors)
            continue
        yield from comment_lines("        ", item.comment)
        if behind := subscript(item):
            yield f"        {made} = {tensors[0]}{behind}"
            continue
        given = {name: value for name, value in item.arguments.items() if name != "training"}
        told = ["training=self.training"] if item.head in IN_TRAINING else []
        taken = [f"[{', '.join(tensors)}]"] if item.head in LISTED else tensors
        rest = arguments(item._replace(arguments=given))
        call = [*rest, *taken] if item.head == "einsum" else [*taken, *rest, *told]
        yield call_lines("        ", f"{made} = {function_of(item)}", call)


def with_pair(names: list[str]) -> list[str]:
    """Variables, of three the last two as a pair: what has two alone makes the states themselves."""
    return names if len(names) < 3 else [names[0], f"({', '.join(names[1:])})"]


def function_of(item: Item) -> str:
    """The function, with the module that has it."""
    if item.head == "expand":
        return "torch.Tensor.expand"
    return ELSEWHERE.get(item.head) or f"{'F' if item.head in FUNCTIONAL else 'torch'}.{item.head}"
