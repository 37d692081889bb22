"""PyTorch's linear layers and matrix products."""

from __future__ import annotations

from cnnshape.operations.dense import Bilinear as BilinearForm
from cnnshape.operations.dense import Dense
from cnnshape.operations.merging import MatrixProduct
from cnnshape.vocabularies.layer import Defaults, Layer
from cnnshape.vocabularies.pytorch.values import Declared
from cnnshape.vocabularies.values import Positive
from cnnshape.vocabularies.vocabulary import LayerType


class InFeatures(Layer):
    """The first argument of a linear layer that is not lazy."""

    in_features: Declared = None


class LazyLinear(Layer):
    """LazyLinear: the input's features are inferred."""

    out_features: Positive
    bias: bool = True

    def declared_features(self) -> int | None:
        """The number of input features that the layer states."""
        return None

    def lower(self, kind: LayerType, defaults: Defaults) -> Dense:
        """A product over the last axis."""
        return Dense(self.out_features, self.bias, in_features=self.declared_features())


class Linear(LazyLinear, InFeatures):
    """Linear."""

    def declared_features(self) -> int | None:
        """``in_features``."""
        return self.in_features


def Bilinear(in1_features: Positive, in2_features: Positive, out_features: Positive, bias: bool = True) -> BilinearForm:
    """Bilinear: every output sums over all pairs of features of two inputs. A bilinear form over the last axes."""
    return BilinearForm(in1_features, in2_features, out_features, bias)


def MatMul(kind: LayerType) -> MatrixProduct:
    """matmul and bmm: a matrix product over the last two axes; bmm takes three axes and does not broadcast."""
    return MatrixProduct(batched=kind.name == "bmm")
