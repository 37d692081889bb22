"""PyTorch's linear layers and matrix products."""

from __future__ import annotations

from cnnshape.operations.dense import Bilinear as BilinearForm
from cnnshape.operations.dense import Dense
from cnnshape.operations.merging import MatrixProduct
from cnnshape.vocabularies.layer import layer_of
from cnnshape.vocabularies.pytorch.values import Declared
from cnnshape.vocabularies.values import Positive
from cnnshape.vocabularies.vocabulary import LayerType


def Linear(in_features: Declared, out_features: Positive, bias: bool = True) -> Dense:
    """Linear."""
    return Dense(out_features, bias, in_features=in_features)


LazyLinear = layer_of(Linear, "in_features", "LazyLinear: the input's features are inferred.")


def Bilinear(in1_features: Positive, in2_features: Positive, out_features: Positive, bias: bool = True) -> BilinearForm:
    """Bilinear: every output sums over all pairs of features of two inputs. A bilinear form over the last axes."""
    return BilinearForm(in1_features, in2_features, out_features, bias)


def MatMul(kind: LayerType) -> MatrixProduct:
    """matmul and bmm: a matrix product over the last two axes; bmm takes three axes and does not broadcast."""
    return MatrixProduct(batched=kind.name == "bmm")
