"""Calls as modules make them, of what a decomposition (`run_decompositions`) has put in their places.

A normalization, a dropout or a maximum also gives what the backward pass alone reads; a linear layer has become its
weight, transposed, and a product with it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from cnnshape.readers.pt2.arguments import base_name
from cnnshape.readers.pt2.program import Call, Named, tensors_of

MORE_THAN_ASKED = ("native_", "_native_", "_fused_rms_norm", "cudnn_batch_norm", "max_pool", "adaptive_max_pool")
"""Operators that give more than the first output, whether it is asked for or not."""

PRODUCTS = {"addmm": "mat1", "mm": "self"}
"""Products with a matrix, by the name of what is multiplied."""


def recomposed(calls: Sequence[Call], outputs: Collection[str], weights: Collection[str]) -> tuple[Call, ...]:
    """The calls of a program; `weights` are the names of its parameters."""
    turned = {str(call.outputs[0]): name for call in calls if (name := turned_by(call)) in weights}
    modules = [as_linear(call, turned, weights) for call in calls]
    read = {name for call in modules for name in tensors_of(call.arguments)} | {*outputs}
    unread = turned.keys() - read
    return tuple([asked(call, read) for call in modules if unread.isdisjoint(map(str, call.outputs))])


def turned_by(call: Call) -> str | None:
    """The name of the matrix that a call transposes."""
    name, matrix = base_name(call.target), call.arguments.get("self")
    turns = name == "t" or (name == "permute" and call.arguments.get("dims") == [1, 0])
    return matrix.name if turns and isinstance(matrix, Named) else None


def as_linear(call: Call, turned: Mapping[str, str | None], weights: Collection[str]) -> Call:
    """The product with a transposed weight, and the sum with a bias, as the layer that it was."""
    given, multiplied = call.arguments, PRODUCTS.get(base_name(call.target))
    weight, bias = given.get("mat2"), given.get("self") if multiplied == "mat1" else None
    plain = {given.get("alpha", 1), given.get("beta", 1)} == {1}
    if not multiplied or not plain or not isinstance(weight, Named) or weight.name not in turned:
        return call
    if isinstance(bias, Named) and bias.name not in weights:
        return call
    arguments = {"input": given[multiplied], "weight": Named(str(turned[weight.name])), "bias": bias}
    return call._replace(target="torch.ops.aten.linear.default", arguments=arguments)


def asked(call: Call, read: Collection[str]) -> Call:
    """A call without the outputs that come unasked."""
    more = base_name(call.target).startswith(MORE_THAN_ASKED) and not any(name in read for name in call.outputs[1:])
    return call._replace(outputs=call.outputs[:1]) if more else call
