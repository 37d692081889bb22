"""PyTorch's modules and functions that act only in training: dropout and its kin; and Identity."""

from __future__ import annotations

from typing import Any, Literal

from cnnshape.operations.operation import Operation
from cnnshape.operations.views import Identity as Pass
from cnnshape.operations.views import OfRank
from cnnshape.vocabularies.pytorch.values import Probability
from cnnshape.vocabularies.vocabulary import LayerType


def Dropout(kind: LayerType, p: Probability = 0.5, inplace: bool = False) -> Operation:
    """Dropout and its kin: the input itself at inference; the variant for one axis takes 2 or 3 axes."""
    return OfRank(Pass(), (2, 3)) if kind.rank == 1 else Pass()


def DropoutFunction(kind: LayerType, p: Probability = 0.5, training: bool = True, inplace: bool = False) -> Operation:
    """dropout, dropout1d, dropout2d, dropout3d. `training` is accepted: plans are made for inference."""
    return Dropout(kind)


def AlphaDropoutFunction(p: Probability = 0.5, training: bool = False, inplace: bool = False) -> Operation:
    """alpha_dropout and feature_alpha_dropout, which drop nothing unless told to."""
    return Pass()


def StochasticDepth(p: Probability, mode: Literal["batch", "row"]) -> Operation:
    """torchvision's StochasticDepth. The input itself at inference."""
    return Pass()


def Identity(*anything: Any, **words: Any) -> Operation:
    """Identity, which takes any arguments and reads none."""
    return Pass()
