"""Matrix products, divided by their columns among the threads."""

from __future__ import annotations

import numpy as np

from cnnshape.reference.arrays import Array
from cnnshape.reference.threads import for_each, shares

NARROW = 64
"""Columns below which a product is not divided any further."""


def multiply(rows: Array, columns: Array, output: Array) -> int:
    """`output = rows @ columns`; returns the number of products, m x k x n."""

    def multiply_share(share: slice) -> int:
        np.matmul(rows, columns[:, share], out=output[:, share])
        products: int = output[:, share].size * rows.shape[1]
        return products

    return for_each(multiply_share, shares(columns.shape[1], NARROW))
