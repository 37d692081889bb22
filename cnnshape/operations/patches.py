"""Windows of an image as vectors. No weights."""

from __future__ import annotations

from math import prod

from cnnshape.arithmetic.sizes import Shape, times
from cnnshape.operations.operation import EVERYTHING, Layout, Operation, Result, require_rank
from cnnshape.operations.sliding import PaddingRule, counts, slide, window_maps
from cnnshape.value import value


@value
class Patches(Operation):
    """Each window's elements in the place of the channels."""

    window: tuple[int, ...]
    strides: tuple[int, ...]
    dilation: tuple[int, ...]
    padding: PaddingRule
    layout: Layout

    def apply(self, shape: Shape) -> Result:
        """``out = windows per axis x channels * window``."""
        require_rank(shape, len(self.window), self.layout)
        windows = slide(self.layout.spatial(shape), self.window, self.strides, self.dilation, self.padding)
        output = self.layout.join(shape[0], counts(windows), times(self.layout.channels(shape), prod(self.window)))
        return Result((output,), windows=windows, paths=(self.layout.paths(window_maps(windows), EVERYTHING),))
