"""What other counters print for the same network, and of what their numbers consist.

fvcore, ptflops, thop and torchinfo all print "MACs", "mult-adds" or "FLOPs", and mean different sums: some count
biases, some normalization, some pooling, and two of them count transposed convolutions on the wrong grid. The rules
here were read off what fvcore 0.1.5, ptflops 0.7.5 (its default backend), thop 0.1.1 and torchinfo 1.8.0 answer for
single layers, and hold for whole networks (`tests/data/counters.json`). Numbers are per sample.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from cnnshape.arithmetic.sizes import Dim, product, times, total
from cnnshape.network.plan import Plan, Row
from cnnshape.operations.activation import Activation, PRelu
from cnnshape.operations.adaptive import AdaptivePooling
from cnnshape.operations.convolution import Convolution, DepthwiseConvolution
from cnnshape.operations.dense import Dense
from cnnshape.operations.normalization import BatchNormalization, GroupNormalization, LayerNormalization
from cnnshape.operations.pooling import GlobalPooling, Pooling
from cnnshape.operations.resampling import Interpolate, Resize, Upsample
from cnnshape.operations.separable import SeparableConvolution
from cnnshape.operations.transposed import TransposedConvolution

TOOLS = ("fvcore", "ptflops", "thop", "torchinfo")

PRODUCTS, BIAS, TRANSPOSED = "products", "biases", "products of transposed convolutions on the output grid"
NORMALIZATION, ACTIVATIONS, POOLING, UPSAMPLING = "normalization", "activations", "pooling", "upsampling"
PARAMETERS = "parameters of other layers, once each"


class Counted(NamedTuple):
    """The total that the tool prints, by what it consists of."""

    tool: str
    total: Dim
    parts: dict[str, Dim]

    def to_dict(self) -> dict[str, Any]:
        """The count as JSON states it."""
        return {"tool": self.tool, "total": self.total, "parts": self.parts}


class Sizes(NamedTuple):
    """What the rules need of a row: elements in and out, products, and its weights, per sample."""

    row: Row
    inputs: Dim
    outputs: Dim

    @property
    def affine(self) -> bool:
        """Whether a normalization scales by weights."""
        return bool(self.row.trainable_params) or bool(self.row.params)

    @property
    def bias(self) -> Dim:
        """Additions of a bias, one an output element."""
        return self.outputs if getattr(self.row.operation, "bias", False) else 0


Part = tuple[str, Dim]
Rule = Callable[[Sizes], list[Part]]


def count_like(plan: Plan, tool: str) -> Counted:
    """What `tool` prints for a plan, in evaluation mode."""
    rules = RULES[tool]
    parts: dict[str, Dim] = {}
    for row in plan.layers:
        if row.operation is None or row.training_only or not row.live:
            continue
        inputs = row.input_shapes[0] if row.input_shapes else ()
        sizes = Sizes(row, None if inputs is None else product(inputs[1:]), product((row.output_shape or ())[1:]))
        rule = rules.get(type(row.operation))
        for name, count in rule(sizes) if rule else rules[object](sizes):
            parts[name] = total((parts.get(name, 0), count))
    kept = {name: count for name, count in parts.items() if count != 0}
    return Counted(tool, total(kept.values()), kept)


def nothing(_: Sizes) -> list[Part]:
    """Not counted."""
    return []


def products(sizes: Sizes) -> list[Part]:
    """Products alone."""
    return [(PRODUCTS, sizes.row.macs)]


def products_and_biases(sizes: Sizes) -> list[Part]:
    """Products, and one for every output element with a bias."""
    return [(PRODUCTS, sizes.row.macs), (BIAS, sizes.bias)]


def on_output_grid(sizes: Sizes) -> list[Part]:
    """A transposed convolution as if every output element had a whole window: thop's, and torchinfo's with a bias."""
    operation: Any = sizes.row.operation
    per_output = times(product(operation.kernel), operation.layout.channels(sizes.row.input_shapes[0] or ()))
    return [(TRANSPOSED, times(sizes.outputs, per_output))]


def each(name: str, factor: int, *, of: str = "outputs") -> Rule:
    """So many for every output (or input) element."""
    return lambda sizes: [(name, times(factor, getattr(sizes, of)))]


def affine(with_weights: int, without: int) -> Rule:
    """So many for every element of a normalization, with and without weights."""
    return lambda sizes: [(NORMALIZATION, times(with_weights if sizes.affine else without, sizes.outputs))]


# fvcore traces operators and counts some of them.


def fvcore_convolution(sizes: Sizes) -> list[Part]:
    """Products; none where PyTorch's padding is a word, which fvcore does not know."""
    pytorch = sizes.row.type.endswith("d")
    return [] if pytorch and isinstance(sizes.row.arguments.get("padding"), str) else products(sizes)


def fvcore_upsampling(sizes: Sizes) -> list[Part]:
    """1 for nearest, 4 for bilinear, an output element."""
    return [(UPSAMPLING, times(4 if smooth(sizes) else 1, sizes.outputs))]


def smooth(sizes: Sizes) -> bool:
    """Whether an upsampling interpolates."""
    return getattr(sizes.row.operation, "mode", "nearest") not in {"nearest", "nearest-exact", "repeat"}


def fvcore_adaptive(sizes: Sizes) -> list[Part]:
    """1 an input element of average pooling."""
    average = getattr(sizes.row.operation, "kind", "") == "average"
    return [(POOLING, sizes.inputs)] if average else []


# ptflops hooks modules and also patches functions; what is both counts twice.

TWICE = frozenset({"relu", "gelu"})
ONCE = frozenset({"relu6", "leaky_relu", "silu", "elu", "softmax"})


def ptflops_activation(sizes: Sizes) -> list[Part]:
    """2 for ReLU and GELU as modules, 1 for their functions and some others, nothing for the rest."""
    name = getattr(sizes.row.operation, "name", "prelu")
    if name in TWICE or name == "prelu":
        return [(ACTIVATIONS, times(1 if sizes.row.operator else 2, sizes.outputs))]
    return [(ACTIVATIONS, sizes.outputs)] if name in ONCE else []


def ptflops_pooling(sizes: Sizes) -> list[Part]:
    """2 an input element for modules, 1 for functions."""
    return [(POOLING, times(1 if sizes.row.operator else 2, sizes.inputs))]


def ptflops_upsampling(sizes: Sizes) -> list[Part]:
    """2 an output element for modules, 1 for functions."""
    return [(UPSAMPLING, times(1 if sizes.row.operator else 2, sizes.outputs))]


def ptflops_group(sizes: Sizes) -> list[Part]:
    """1 an element, and for GroupNorm's weights 1 more."""
    several = sizes.affine and sizes.row.type.startswith("Group")
    return [(NORMALIZATION, times(2 if several else 1, sizes.outputs))]


# thop hooks modules only.


def of_modules(rule: Rule) -> Rule:
    """The rule for modules; functions are not seen."""
    return lambda sizes: [] if sizes.row.operator else rule(sizes)


def thop_group(sizes: Sizes) -> list[Part]:
    """InstanceNorm as a batch norm; GroupNorm is not seen."""
    return affine(4, 2)(sizes) if "InstanceNorm" in sizes.row.type else []


def thop_pooling(sizes: Sizes) -> list[Part]:
    """1 an output element of average pooling, nothing for maxima."""
    return [(POOLING, sizes.outputs)] if getattr(sizes.row.operation, "kind", "") == "average" else []


def thop_adaptive(sizes: Sizes) -> list[Part]:
    """The window and 1 more for every output element of average pooling."""
    if getattr(sizes.row.operation, "kind", "") != "average" or not sizes.outputs or sizes.inputs is None:
        return []
    return [(POOLING, (sizes.inputs // sizes.outputs + 1) * sizes.outputs)]


def thop_activation(sizes: Sizes) -> list[Part]:
    """Softmax alone: an exponential and an addition each, less one, and a division."""
    name = getattr(sizes.row.operation, "name", "prelu")
    if name == "prelu":
        return [(ACTIVATIONS, sizes.outputs)]
    return [(ACTIVATIONS, times(3, sizes.outputs)), (ACTIVATIONS, -1)] if name == "softmax" else []


def thop_upsampling(sizes: Sizes) -> list[Part]:
    """1 for nearest, 11 for bilinear, an output element."""
    return [(UPSAMPLING, times(11 if smooth(sizes) else 1, sizes.outputs))]


# torchinfo multiplies the parameters of a convolution by its output grid, and adds those of other modules once.


def torchinfo_transposed(sizes: Sizes) -> list[Part]:
    """Kernel and bias for every output position."""
    return [*on_output_grid(sizes), (BIAS, sizes.bias)]


def parameters(sizes: Sizes) -> list[Part]:
    """As many as there are parameters."""
    return [(PARAMETERS, sizes.row.params)]


def torchinfo_dense(sizes: Sizes) -> list[Part]:
    """Its parameters, however many rows go through it."""
    return [(PRODUCTS, sizes.row.params)]


RULES: dict[str, dict[type, Rule]] = {
    "fvcore": {
        **dict.fromkeys((DepthwiseConvolution, SeparableConvolution, TransposedConvolution, Dense), products),
        Convolution: fvcore_convolution,
        BatchNormalization: affine(2, 1),
        LayerNormalization: affine(5, 4),
        GroupNormalization: affine(5, 4),
        **dict.fromkeys((AdaptivePooling, GlobalPooling), fvcore_adaptive),
        **dict.fromkeys((Upsample, Resize, Interpolate), fvcore_upsampling),
        object: nothing,
    },
    "ptflops": {
        **dict.fromkeys(
            (Convolution, DepthwiseConvolution, SeparableConvolution, TransposedConvolution, Dense),
            products_and_biases,
        ),
        BatchNormalization: affine(2, 1),
        LayerNormalization: each(NORMALIZATION, 1),
        GroupNormalization: ptflops_group,
        **dict.fromkeys((Activation, PRelu), ptflops_activation),
        **dict.fromkeys((Pooling, AdaptivePooling, GlobalPooling), ptflops_pooling),
        **dict.fromkeys((Upsample, Resize, Interpolate), ptflops_upsampling),
        object: nothing,
    },
    "thop": {
        **dict.fromkeys((Convolution, DepthwiseConvolution, SeparableConvolution, Dense), of_modules(products)),
        TransposedConvolution: of_modules(on_output_grid),
        BatchNormalization: of_modules(affine(4, 2)),
        LayerNormalization: of_modules(affine(4, 2)),
        GroupNormalization: of_modules(thop_group),
        **dict.fromkeys((Activation, PRelu), of_modules(thop_activation)),
        Pooling: of_modules(thop_pooling),
        **dict.fromkeys((AdaptivePooling, GlobalPooling), of_modules(thop_adaptive)),
        **dict.fromkeys((Upsample, Resize, Interpolate), of_modules(thop_upsampling)),
        object: nothing,
    },
    "torchinfo": {
        **dict.fromkeys((Convolution, DepthwiseConvolution, SeparableConvolution), of_modules(products_and_biases)),
        TransposedConvolution: of_modules(torchinfo_transposed),
        Dense: of_modules(torchinfo_dense),
        object: of_modules(parameters),
    },
}
