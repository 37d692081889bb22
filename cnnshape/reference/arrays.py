"""What everything here computes with: arrays of float32."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float32]


def axes_of(axis: Any) -> Any:
    """A list of axes as NumPy takes it."""
    return tuple(axis) if isinstance(axis, (list, tuple)) else axis
