"""One call of a layer as a counter sees it, and the rules that several counters share.

A counter knows PyTorch's modules by class and its functions by name, so that is what rules are looked up by. Numbers
are per sample.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cnnshape.arithmetic.sizes import Dim, Shape, product, times
from cnnshape.arithmetic.windows import Padding
from cnnshape.operations.operation import CHANNELS_FIRST, Layout, Operation, Weight
from cnnshape.value import NamedTuple

PRODUCTS, BIAS, TRANSPOSED = "products", "biases", "products of transposed convolutions on the output grid"
NORMALIZATION, ACTIVATIONS, POOLING, UPSAMPLING = "normalization", "activations", "pooling", "upsampling"
PARAMETERS = "parameters of other layers, once a call"


class Call(NamedTuple):
    """One call of a module or function.

    Attributes:
        name: PyTorch's class or function; lazy modules are what they become.
        inputs, output: shapes, batch first.
        macs: its products.
        weights: its weights, also where they are another call's.
        arguments: those that differ from the defaults, by PyTorch's names; none of a layer of Keras.
        operation: what it lowered to.
        padding: low and high along each spatial axis, where the notion applies.
        normalized: whether its weight is a function of parameters (`weight_norm`, `spectral_norm`).
    """

    name: str
    inputs: tuple[Shape, ...]
    output: Shape
    macs: Dim
    weights: tuple[Weight, ...]
    arguments: Mapping[str, Any]
    operation: Operation
    padding: tuple[Padding | None, ...] | None
    normalized: bool = False

    @property
    def read(self) -> Dim:
        """Elements of the first input."""
        return product(self.inputs[0][1:])

    @property
    def made(self) -> Dim:
        """Elements of the output."""
        return product(self.output[1:])

    @property
    def affine(self) -> bool:
        """Whether a normalization scales by weights, its own or those that it is called with."""
        return len(self.inputs) > 1 or any(weight.kind != "buffer" for weight in self.weights)

    @property
    def tracks(self) -> bool:
        """Whether a batch normalization has the statistics of training."""
        return any(weight.kind != "trainable" for weight in self.weights)

    @property
    def bias(self) -> Dim:
        """Additions of a bias, one an output element."""
        return self.made if any(weight.name == "bias" for weight in self.weights) else 0

    @property
    def layout(self) -> Layout:
        """Where the channels are."""
        found: Layout = getattr(self.operation, "layout", CHANNELS_FIRST)
        return found

    @property
    def mode(self) -> str:
        """How an upsampling interpolates, in PyTorch's word."""
        mode = str(self.arguments.get("mode", getattr(self.operation, "mode", "nearest")))
        if self.name == "UpsamplingBilinear2d":
            return "bilinear"
        return OF_KERAS.get(mode, mode)


OF_KERAS = {"repeat": "nearest", "linear": "bilinear", "cubic": "bicubic"}
"""Modes of the operations that Keras's layers lower to."""

Count = int | float | None
Part = tuple[str, Count]
Rule = Callable[[Call], list[Part]]
Rules = Mapping[str, Rule]


def rules(by_names: Mapping[str, Rule]) -> Rules:
    """A table of rules by name, from names with their rule: ``Conv?d Linear`` are Conv1d, Conv2d, Conv3d and Linear."""
    return {
        name.replace("?", rank): rule for names, rule in by_names.items() for name in names.split() for rank in "123"
    }


def products(call: Call) -> list[Part]:
    """Products alone."""
    return [(PRODUCTS, call.macs)]


def products_and_biases(call: Call) -> list[Part]:
    """Products, and one for every output element with a bias."""
    return [(PRODUCTS, call.macs), (BIAS, call.bias)]


def of_matrices(call: Call) -> list[Part]:
    """The first operand's elements times the second's columns, whatever is broadcast."""
    return [(PRODUCTS, times(call.read, call.inputs[1][-1]))]


def each(name: str, factor: int, *, of: str = "made") -> Rule:
    """So many for every element that the call made (or read)."""
    return lambda call: [(name, times(factor, getattr(call, of)))]


def affine(with_weights: int, without: int) -> Rule:
    """So many for every element of a normalization, with and without weights."""
    return lambda call: [(NORMALIZATION, times(with_weights if call.affine else without, call.made))]


def by_mode(factors: Mapping[str, int]) -> Rule:
    """So many for every output element of an upsampling, by its mode; other modes are not counted."""
    return lambda call: [(UPSAMPLING, times(factors.get(call.mode, 0), call.made))]
