"""Dense layers and dot products."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnshape.reference.activation import activate
from cnnshape.reference.arrays import Array, axes_of
from cnnshape.reference.channels import add_bias
from cnnshape.reference.compiled import compiled
from cnnshape.reference.execution import Execution


@compiled
def dot_directly(rows: Array, columns: Array, output: Array) -> int:
    """The oracle: a matrix product, one product after the other; returns their number."""
    products = 0
    for row in range(rows.shape[0]):
        for column in range(columns.shape[1]):
            total = 0.0
            for index in range(rows.shape[1]):
                total += rows[row, index] * columns[index, column]
                products += 1
            output[row, column] = total
    return products


def multiply(execution: Execution, rows: Array, columns: Array) -> Array:
    """A matrix product (m, k) x (k, n), counted."""
    output = np.empty((rows.shape[0], columns.shape[1]), np.float32)
    if execution.is_direct(output.size * rows.shape[1]):
        execution.multiplications += dot_directly(np.ascontiguousarray(rows), np.ascontiguousarray(columns), output)
    else:
        np.matmul(rows, columns, out=output)
        execution.multiplications += output.size * rows.shape[1]
    return output


def project(execution: Execution, tensor: Array, weight: Array, bias: Array | None) -> Array:
    """A linear layer over the last axis; the weight is (outputs, features)."""
    result = multiply(execution, tensor.reshape(-1, tensor.shape[-1]), weight.T)
    if bias is not None:
        add_bias(result, bias)
    return result.reshape(*tensor.shape[:-1], len(weight))


def keras_dense(
    execution: Execution, tensor: Array, *, units: int, activation: Any = None, use_bias: bool = True
) -> Array:
    """Dense, over the last axis. Weights: kernel (features, units), bias."""
    features = tensor.shape[-1]
    kernel = execution.kernel("kernel", (features, units), features)
    return activate(activation, project(execution, tensor, kernel.T, execution.bias(units) if use_bias else None))


def pytorch_linear(execution: Execution, tensor: Array, *, out_features: int, bias: bool = True) -> Array:
    """Linear, over the last axis. Weights: weight (out_features, in_features), bias."""
    features = tensor.shape[-1]
    weight = execution.kernel("weight", (out_features, features), features)
    return project(execution, tensor, weight, execution.bias(out_features) if bias else None)


def pytorch_bilinear(
    execution: Execution,
    left: Array,
    right: Array,
    *,
    out_features: int,
    bias: bool = True,
) -> Array:
    """Bilinear: left x weight x right per output. Weights: weight (outputs, left features, right features), bias."""
    first, second = left.shape[-1], right.shape[-1]
    weight = execution.kernel("weight", (out_features, first, second), first * second)
    rows, columns = left.reshape(-1, first), right.reshape(-1, second)
    sums = multiply(execution, columns, weight.reshape(-1, second).T)
    pairs = sums.reshape(-1, out_features, first) * rows[:, None, :]
    execution.multiplications += pairs.size
    result: Array = pairs.sum(axis=2).reshape(*left.shape[:-1], out_features)
    if bias:
        add_bias(result, execution.bias(out_features))
    return result


def matrix_product(execution: Execution, left: Array, right: Array) -> Array:
    """`torch.matmul`, `torch.bmm`: over the last two axes, the axes before them broadcast."""
    batch = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    rows = np.broadcast_to(left, (*batch, *left.shape[-2:])).reshape(-1, *left.shape[-2:])
    columns = np.broadcast_to(right, (*batch, *right.shape[-2:])).reshape(-1, *right.shape[-2:])
    matrices = [multiply(execution, row, column) for row, column in zip(rows, columns, strict=True)]
    return np.stack(matrices).reshape(*batch, left.shape[-2], right.shape[-1])


def keras_dot(execution: Execution, left: Array, right: Array, *, axes: Any, normalize: bool = False) -> Array:
    """Dot: per sample, all products along one axis of each input; a single number becomes a vector of one."""
    first, second = (axes, axes) if isinstance(axes, int) else axes
    rows, columns = np.moveaxis(left, first, -1), np.moveaxis(right, second, 1)
    if normalize:
        rows, columns = to_unit_length(rows, -1), to_unit_length(columns, 1)
    length = rows.shape[-1]
    matrices = [
        multiply(execution, row.reshape(-1, length), column.reshape(length, -1))
        for row, column in zip(rows, columns, strict=True)
    ]
    shape = (*rows.shape[1:-1], *columns.shape[2:])
    return np.stack(matrices).reshape(len(rows), *(shape or (1,)))


def to_unit_length(tensor: Array, axis: Any) -> Array:
    """The tensor divided by its Euclidean length along an axis or several, which is taken to be at least 1e-12."""
    length: Array = np.sqrt(np.sum(np.square(tensor), axis=axes_of(axis), keepdims=True))
    return np.divide(tensor, np.maximum(length, np.float32(1e-12)))
