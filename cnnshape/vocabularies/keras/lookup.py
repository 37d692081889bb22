"""Keras's layers that read numbers of things, and masks. Source: the constructors of keras.layers, Keras 3.15."""

from __future__ import annotations

from typing import Literal

from cnnshape.diagnostics import Fault
from cnnshape.operations.lookup import Categories, Lookup
from cnnshape.operations.operation import Operation
from cnnshape.operations.views import Identity
from cnnshape.vocabularies.keras.kept import keeps
from cnnshape.vocabularies.values import Extended, Kept, Nested, Positive
from cnnshape.vocabularies.vocabulary import LayerType


@keeps("output_dim", embeddings="uniform")
def Embedding(input_dim: Positive, output_dim: Positive, mask_zero: bool = False, weights: Kept = None) -> Operation:
    """Embedding: a vector for each number."""
    return Lookup(input_dim, output_dim)


@keeps("tie_weights", embeddings="uniform")
def ReversibleEmbedding(
    input_dim: Positive,
    output_dim: Positive,
    tie_weights: bool = True,
    mask_zero: bool = False,
    reverse_dtype: Kept = None,
    logit_soft_cap: Extended | None = None,
) -> Operation:
    """ReversibleEmbedding: a vector for each number, and the way back, with weights of its own unless they are tied."""
    return Lookup(input_dim, output_dim, apart=not tie_weights, capped=logit_soft_cap is not None)


def Masking(mask_value: Extended = 0.0) -> Operation:
    """Masking: the input itself, with the masked steps zeroed."""
    return Identity()


OutputMode = Literal["int", "one_hot", "multi_hot", "count"]


def CategoryEncoding(num_tokens: Positive, output_mode: OutputMode = "multi_hot", sparse: bool = False) -> Operation:
    """CategoryEncoding: one vector for all numbers of the last axis, or one for each (``one_hot``)."""
    return Categories(num_tokens, output_mode == "one_hot")


def Discretization(
    kind: LayerType,
    bin_boundaries: Nested = None,
    num_bins: Positive | None = None,
    epsilon: Extended = 0.01,
    output_mode: OutputMode = "int",
    sparse: bool = False,
) -> Operation:
    """Discretization: the number of the bin that a value lies in.

    Numbers keep the shape; other modes are vectors over the bins.
    """
    if output_mode == "int":
        return Identity()
    bins = len(bin_boundaries) + 1 if bin_boundaries is not None else num_bins
    if bins is None:
        raise Fault("CS104", f"{kind.name} needs bin_boundaries or num_bins", argument="num_bins")
    return Categories(bins, output_mode == "one_hot", first=True)
