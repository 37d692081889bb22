"""Activations: one output element per input element."""

from __future__ import annotations

from typing import ClassVar

from cnnshape.arithmetic.fields import IDENTITY
from cnnshape.arithmetic.sizes import Dim, Shape, divided, product, show, times
from cnnshape.diagnostics import LAYER, Fault
from cnnshape.operations.operation import Memory, Operation, Path, Result, Weight, normalize_axis, sample_axis
from cnnshape.value import value

ACTIVATIONS = frozenset(
    {
        "celu", "elu", "exponential", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish",
        "hard_tanh", "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu",
        "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid",
        "sparsemax", "squareplus", "swish", "tanh", "tanh_shrink",
    }
)  # fmt: skip
"""What `keras.activations.get` accepts and a layer can call by its name alone, Keras 3.15: all but ``threshold``."""

KEEPING_SHAPE = ACTIVATIONS - {"glu"}
"""Those that a layer can have without another output shape."""

NO_ACTIVATION = frozenset({"linear", "identity"})
FLOPS_PER_ELEMENT = {"softmax": 3, "log_softmax": 3, "softmin": 3}
"""Activations that cost more than the one operation per element that the convention counts."""


def activation_flops(name: str | None, elements: Dim) -> Dim:
    """Floating-point operations of an activation over `elements` outputs: 3 for softmax, 0 for linear, else 1."""
    if name is None or name in NO_ACTIVATION:
        return 0
    return times(FLOPS_PER_ELEMENT.get(name, 1), elements)


OVER_THE_LAST_AXIS = frozenset({"softmax", "log_softmax", "sparsemax"})
"""Activations that are taken over an axis. As the argument of a layer of Keras, that is the last one: the width, where
channels come first."""


def with_activation(paths: tuple[Path, ...], name: str | None) -> tuple[Path, ...]:
    """The paths of a layer's input with the activation behind it, whose axes are those of the layer's output."""
    if name not in OVER_THE_LAST_AXIS:
        return paths
    return tuple(path._replace(whole=True) if path.axis == len(paths) - 1 else path for path in paths)


@value
class Activation(Operation):
    """An activation as a row of its own.

    Attributes:
        in_place: it overwrites its input (PyTorch's ``inplace=True``).
        axes: the axes that it is taken over (softmax), batch counted; none: each element by itself. None: the axis
            that PyTorch chooses.
    """

    per_sample: ClassVar[bool] = True

    name: str
    in_place: bool = False
    axes: tuple[int, ...] | None = ()

    def taken_over(self, shape: Shape) -> frozenset[int]:
        """The axes of an input that it is taken over, counted from 0, the batch.

        PyTorch chooses the first of 1 or 3 axes, and the second of any other number (`_get_softmax_dim` of
        `torch.nn.functional`).
        """
        rank = len(shape)
        axes = (int(rank not in (1, 3)),) if self.axes is None else self.axes
        return frozenset(normalize_axis(axis, rank) for axis in axes)

    def apply(self, shape: Shape) -> Result:
        """The shape of the input."""
        axes = self.taken_over(shape)
        if self.name in NO_ACTIVATION:
            return Result((shape,), memory="view")
        flops = activation_flops(self.name, product(shape[1:]))
        paths = (tuple(Path(axis, whole=axis in axes) for axis in range(len(shape))),) if axes else None
        real = False if self.name == "abs" else None
        memory: Memory = "in_place" if self.in_place else "new"
        return Result((shape,), flops=flops, paths=paths, memory=memory, complex=real)


@value
class GatedLinearUnit(Operation):
    """GLU: the first half of an axis times the sigmoid of its second half."""

    per_sample: ClassVar[bool] = True

    axis: int = -1

    def apply(self, shape: Shape) -> Result:
        """Half the size along the axis; FLOPs: one for the sigmoid, one for the product."""
        axis = sample_axis(self.axis, len(shape), "halve")
        size = shape[axis]
        if size is not None and size % 2:
            raise Fault(
                "CS313",
                f"{LAYER} halves axis {axis} of {show(shape)}, but 2 does not divide {size}",
                fix=f"give it {size - 1} or {size + 1}" if size > 1 else "give it 2",
            )
        output = (*shape[:axis], divided(size, 2), *shape[axis + 1 :])
        paths = tuple(Path(each, None if each == axis else IDENTITY) for each in range(len(shape)))
        return Result((output,), flops=times(2, product(output[1:])), paths=(paths,))


@value
class PRelu(Operation):
    """A leaky ReLU whose slopes are trained.

    Attributes:
        count: PyTorch's number of slopes: 1, or one per channel (axis 1). None: one per element of a sample,
            as in Keras, where the axes of `shared` (batch counted) have one in common.
    """

    per_sample: ClassVar[bool] = True

    count: int | None = None
    shared: tuple[int, ...] = ()

    def apply(self, shape: Shape) -> Result:
        """The shape of the input; one FLOP per element."""
        slopes = self._slopes(shape) if self.count is None else self._counted(shape, self.count)
        return Result((shape,), (Weight("alpha", slopes),), flops=product(shape[1:]))

    def _slopes(self, shape: Shape) -> Shape:
        slopes = list(shape[1:])
        for axis in self.shared:
            if not 1 <= axis < len(shape):
                raise Fault(
                    "CS309",
                    f"{LAYER} cannot share axis {axis} of {show(shape)}",
                    fix=f"use axes from 1 to {len(shape) - 1}",
                    argument="shared_axes",
                )
            slopes[axis - 1] = 1
        if None in slopes:
            axis = slopes.index(None) + 1
            raise Fault(
                "CS312",
                f"{LAYER} has a slope for each element along axis {axis} of {show(shape)}, which is unknown",
                fix=f"share it: shared_axes={sorted({*self.shared, axis})}",
                argument="shared_axes",
            )
        return tuple(slopes)

    def _counted(self, shape: Shape, count: int) -> Shape:
        channels = shape[1] if len(shape) > 1 else 1
        if count != 1 and channels not in (None, count):
            raise Fault(
                "CS303",
                f"{LAYER} declares num_parameters={count}, but its input has {channels} channels",
                fix=f"use num_parameters={channels}, or 1 for all",
                argument="num_parameters",
                replacement=str(channels),
            )
        return (count,)
