"""Attention: every position of one tensor reads all positions of another, weighed by how well they agree."""

from __future__ import annotations

from cnnshape.arithmetic.sizes import Dim, Shape, agree, product, show, times, total
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.operation import (
    EVERYTHING,
    Operation,
    Path,
    Result,
    Weight,
    check_size,
    distinct_axes,
    require_known,
)
from cnnshape.value import NamedTuple, value

FLOPS_OF_SOFTMAX = 3
"""Per score, as everywhere in the convention."""


class Mask(NamedTuple):
    """What hides some of the scores.

    Attributes:
        elements: of the mask that is made for the scores; None where that is not known.
        given: whether the scores get it as it is, and nothing is made.
        flash: whether flash attention takes it: none that needs a gradient, or has three axes.
    """

    elements: Dim
    given: bool = False
    flash: bool = True


def attention_flops(macs: Dim, scores: Dim) -> Dim:
    """Two per product, and scaling and softmax of every score."""
    return total([times(2, macs), times(1 + FLOPS_OF_SOFTMAX, scores)])


def require_tokens(inputs: tuple[Shape, ...]) -> None:
    """Refuse what has not (batch, positions..., features)."""
    for shape in inputs:
        if len(shape) < 3:
            raise Fault("CS302", f"{LAYER} needs at least 3 axes (batch, positions, features), but got {show(shape)}")


def require_same(inputs: tuple[Shape, ...], apart: tuple[int, ...]) -> None:
    """Refuse a query that differs from the value along axes that are no positions, and a key along any but its last."""
    query, value, key = *inputs[:2], inputs[-1]
    same = len(query) == len(value) and agree(*(tuple(shape[axis] for axis in apart) for shape in (query, value)))
    if not same or not agree(value[:-1], key[:-1]):
        raise Fault("CS305", f"{LAYER} cannot combine {' and '.join(map(show, inputs))}")


@value
class MultiHeadAttention(Operation):
    """Keras's MultiHeadAttention of query, value and key: projections, scaled dot products, a projection.

    Attributes:
        key_heads: heads of keys and values (GroupQueryAttention has fewer of them than of queries).
        features: the axes of the output behind the positions; None: as many features as the query has.
        gated: whether a further projection of the query gates what the heads give.
        axes: those of the positions that are compared; along the others each has its own scores. None: all are.
        with_scores: whether the scores are an output too.
    """

    heads: int
    key_heads: int
    key_size: int
    value_size: int
    bias: bool = True
    features: tuple[int, ...] | None = None
    gated: bool = False
    axes: tuple[int, ...] | None = None
    with_scores: bool = False

    def apply(self, query: Shape, value: Shape, key: Shape | None = None) -> Result:
        """The query's positions with `features` each; the scores have the axes that are not compared before heads."""
        inputs = (query, value) if key is None else (query, value, key)
        require_tokens(inputs)
        key = inputs[-1]
        for shape in inputs:
            require_known(shape[-1], "features")
        features = self.features or query[-1:]
        apart, compared = self.positions(len(query))
        require_same(inputs, apart)
        asked = product(query[1:-1])
        projections = [
            ("query", query, self.heads, self.key_size),
            ("key", key, self.key_heads, self.key_size),
            ("value", value, self.key_heads, self.value_size),
        ]
        if self.gated:
            projections.append(("gate", query, self.heads, self.value_size))
        weights: list[Weight] = []
        macs: list[Dim] = []
        sums: list[Dim] = []
        for name, shape, heads, size in projections:
            weights += self._weights(name, (shape[-1], heads, size), (heads, size))
            macs.append(times(product(shape[1:]), heads, size))
            sums.append(times(product(shape[1:-1]), heads, size) if self.bias else 0)
        weights += self._weights("output", (self.heads, self.value_size, *features), features)
        macs.append(times(asked, self.heads, self.value_size, *features))
        sums.append(times(asked, *features) if self.bias else 0)
        scores = times(self.heads, asked, *(key[axis] for axis in compared))
        macs.append(times(scores, self.key_size + self.value_size))
        products = total(macs)
        flops = total([attention_flops(products, scores), *sums])
        outputs = [(*query[:-1], *features)]
        if self.with_scores:
            own, pairs = (query[axis] for axis in apart), (shape[axis] for shape in (query, key) for axis in compared)
            outputs.append((query[0], *own, self.heads, *pairs))
        path = tuple(Path(axis) if axis in (0, *apart) else EVERYTHING for axis in range(len(query)))
        return Result(tuple(outputs), tuple(weights), products, flops, paths=(path,) * len(inputs))

    def positions(self, rank: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The axes of a tensor along which each position has its own scores, and those that are compared."""
        every = tuple(range(1, rank - 1))
        if self.axes is None:
            return (), every
        compared = distinct_axes(self.axes, rank, argument="attention_axes")
        if outside := [given for given, axis in zip(self.axes, compared, strict=True) if axis not in every]:
            message = f"{LAYER} compares positions, which are the axes 1 to {rank - 2}, and not axis {outside[0]}"
            raise Fault("CS309", message, argument="attention_axes")
        return tuple(axis for axis in every if axis not in compared), compared

    def _weights(self, name: str, kernel: Shape, bias: Shape) -> list[Weight]:
        return [Weight(f"{name}_kernel", kernel), *([Weight(f"{name}_bias", bias)] if self.bias else [])]


@value
class ProjectedAttention(Operation):
    """PyTorch's MultiheadAttention of query, key and value: projections to `width` features, scaled dot products of
    heads, a projection.

    Attributes:
        key_width, value_width: features of keys and values, where they are not `width`; then each projection has a
            weight of its own.
        trained_key: whether a trained key and value are added to those that are given, `zero_key`: one of zeros.
        with_scores: whether the scores are an output too, `averaged` as the mean of all heads.
        features: of the output, where they are not `width`.
    """

    width: int
    heads: int
    bias: bool = True
    key_width: int | None = None
    value_width: int | None = None
    trained_key: bool = False
    zero_key: bool = False
    with_scores: bool = True
    averaged: bool = True
    features: int | None = None
    mask: Mask | None = None

    def apply(self, query: Shape, key: Shape, values: Shape) -> Result:
        """The query's positions with as many features each, and the scores ``(batch, queries, keys)``."""
        inputs = (query, key, values)
        for shape in inputs:
            if len(shape) != 3:
                raise Fault("CS302", f"{LAYER} needs 3 axes (batch, positions, features), but got {show(shape)}")
        width, widths = self.width, (self.width, self.key_width or self.width, self.value_width or self.width)
        for name, shape, features in zip(("embed_dim", "kdim", "vdim"), inputs, widths, strict=True):
            check_size(shape[-1], features, name, "feature")
        if not agree(query[:1], key[:1]) or not agree(key[:2], values[:2]):
            raise Fault("CS305", f"{LAYER} cannot combine {show(query)}, {show(key)} and {show(values)}")
        weights = [Weight("in_proj_weight", (3 * width, width))]
        if self.key_width or self.value_width:
            names = ("q_proj_weight", "k_proj_weight", "v_proj_weight")
            weights = [Weight(name, (width, features)) for name, features in zip(names, widths, strict=True)]
        if self.bias:
            weights.append(Weight("in_proj_bias", (3 * width,)))
        made = self.features or width
        weights.append(Weight("out_proj.weight", (made, width)))
        if self.bias:
            weights.append(Weight("out_proj.bias", (made,)))
        if self.trained_key:
            weights += [Weight("bias_k", (1, 1, width)), Weight("bias_v", (1, 1, width))]
        asked, given = query[1], key[1]
        read = total([given, self.trained_key + self.zero_key])
        pairs = times(asked, read)
        projected = [times(asked, width, made + widths[0]), times(given, width, widths[1] + widths[2])]
        macs = total([*projected, times(pairs, 2 * width)])
        sums = total([times(asked, width + made), times(2, given, width)]) if self.bias else 0
        flops = total([attention_flops(macs, times(self.heads, pairs)), sums])
        heads = () if self.averaged else (self.heads,)
        scores = [(query[0], *heads, asked, read)] if self.with_scores else []
        paths = tuple((Path(0), EVERYTHING, EVERYTHING) for _ in inputs)
        return Result(((*query[:2], made), *scores), tuple(weights), macs, flops, paths=paths)


@value
class DotAttention(Operation):
    """Keras's Attention and AdditiveAttention of query, value and key, without projections.

    Attributes:
        additive: scores by ``sum(scale * tanh(query + key))`` instead of dot products.
        scale: whether the scores have trained weights: one in all, or (additive) one a feature.
        offset: one more of them (``score_mode="concat"``).
        with_scores: whether the scores are an output too.
    """

    additive: bool = False
    scale: bool = False
    offset: bool = False
    with_scores: bool = False

    def apply(self, query: Shape, value: Shape, key: Shape | None = None) -> Result:
        """The query's positions with the value's features."""
        inputs = (query, value) if key is None else (query, value, key)
        require_tokens(inputs)
        key = inputs[-1]
        if not agree(query[:-2], key[:-2]) or not agree(key[:-1], value[:-1]):
            raise Fault("CS305", f"{LAYER} cannot combine {' and '.join(map(show, inputs))}")
        if not agree(query[-1:], key[-1:]):
            raise Fault(
                "CS305",
                f"{LAYER} compares features, but its query {show(query)} and its key {show(key)} have "
                f"{query[-1]} and {key[-1]}",
            )
        weights = [Weight("scale", (query[-1],) if self.additive else ())] if self.scale else []
        if self.offset:
            weights.append(Weight("concat_score_weight", ()))
        scores = times(product(query[1:-1]), key[-2])
        macs = times(scores, total([query[-1], value[-1]]))
        paths = tuple((*map(Path, range(len(shape) - 2)), EVERYTHING, EVERYTHING) for shape in inputs)
        outputs = ((*query[:-1], value[-1]), *([(*query[:-1], key[-2])] if self.with_scores else []))
        return Result(outputs, tuple(weights), macs, attention_flops(macs, scores), paths=paths)


@value
class HeadedAttention(Operation):
    """Scaled dot products of ``(batch, positions, heads, features)``; heads of queries may share those of keys.

    A single head of keys is not shared, as Keras fails at that.
    """

    def apply(self, query: Shape, key: Shape, values: Shape) -> Result:
        """The query's positions and heads with the value's features."""
        if any(len(shape) != 4 for shape in (query, key, values)):
            raise Fault("CS302", f"{LAYER} needs 4 axes (batch, positions, heads, features), but got {show(query)}")
        same = agree((query[0], query[0], query[3], *key[1:]), (key[0], values[0], key[3], *values[1:]))
        asked, given = query[2], key[2]
        shared = asked is None or given is None or asked == given or (given > 1 and asked % given == 0)
        if not shared or not same:
            raise Fault("CS305", f"{LAYER} cannot combine {show(query)}, {show(key)} and {show(values)}")
        scores = times(query[2], query[1], key[1])
        macs = times(scores, total([query[3], values[3]]))
        paths = ((Path(0), EVERYTHING, Path(2), EVERYTHING),) * 3
        return Result(((*query[:3], values[3]),), (), macs, attention_flops(macs, scores), paths=paths)
