"""One execution of one layer: the weights that its kernel asks for, and the multiplications that it executes.

A kernel is a function `kernel(execution, *tensors, **arguments)` with the framework's argument names and
defaults. It states what it needs (`execution.parameter("kernel", (3, 3, 3, 64), scale)`) instead of being told:
the number of parameters is thereby a result of the run. Values come from the user, in the framework's own
order and layout, or are drawn from a seed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from inspect import Parameter, Signature, signature
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from cnnshape.reference.arrays import Array
from cnnshape.reference.drawing import draw

Given: TypeAlias = Sequence[npt.ArrayLike] | Mapping[str, npt.ArrayLike]
Method: TypeAlias = Literal["auto", "direct", "blocked"]
Kernel: TypeAlias = Callable[..., Array | tuple[Array, ...]]
"""`kernel(execution, *tensors, **arguments)`: the layer's output, or its outputs."""

SMALL = 2**18
"""Products up to which the plain loops are as fast as a matrix product, and are used."""


class ForwardError(ValueError):
    """The reference pass cannot run what it was given: wrong weights, wrong inputs, or an unknown layer."""


class NotRunError(ForwardError):
    """A layer is right, but the reference pass has no way to run it with these arguments."""


@dataclass(frozen=True, slots=True)
class Weight:
    """One weight that a kernel asked for."""

    name: str
    shape: tuple[int, ...]
    buffer: bool = False
    """A PyTorch buffer: part of the state, not of the parameters."""
    listed: bool = True
    """Whether the user gives it: all but PyTorch's `num_batches_tracked`."""
    innermost: int = -1
    """The axis along which its kernel reads it one value after the other."""

    @property
    def size(self) -> int:
        """The number of values; a scalar has one."""
        return math.prod(self.shape)


@dataclass(slots=True)
class Execution:
    """What one run of one layer has at hand, and what it did."""

    layer: str = "layer"
    given: Given | None = None
    """The user's weights: a list in the framework's order, or a mapping by the framework's names."""
    seed: int = 0
    drawn: dict[str, Array] | None = None
    """Keeps drawn weights for the next run; without it every run draws its own, and lets them go."""
    method: Method = "auto"
    """`direct`: plain loops, the oracle. `blocked`: matrix products over tiles. `auto`: by the layer's size."""
    disposable: bool = False
    """Whether the kernel may overwrite its first tensor: nobody reads it, or a view of it, any more."""
    shared: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """The shapes of the weights, by name, where another layer has them: those of size 1 along an axis are stretched."""
    drawn_inputs: bool = False
    """Whether what the network reads was drawn, not given: numbers that are indices then wrap around."""
    asked: tuple[int, ...] | None = None
    """The numbers of axes of the outputs that are asked for, of a layer whose call says so; None: as by default."""
    words: Callable[..., Any] | None = None
    """`words(execution, name, *tensors, **arguments)` runs another layer of the framework."""
    prefix: str = ""
    """What the names of the weights of the part that is running begin with."""
    multiplications: int = 0
    """Products of convolutions, dense layers and dot products executed so far, in the whole batch."""
    weights: list[Weight] = field(default_factory=list)

    @property
    def parameters(self) -> int:
        """The values of all parameters asked for."""
        return sum(weight.size for weight in self.weights if not weight.buffer)

    @property
    def buffers(self) -> int:
        """The values of all buffers asked for."""
        return sum(weight.size for weight in self.weights if weight.buffer)

    @contextmanager
    def part(self, prefix: str) -> Iterator[None]:
        """A part of the layer is running, whose weights' names begin so."""
        before, self.prefix = self.prefix, f"{self.prefix}{prefix}"
        disposable, self.disposable = self.disposable, False
        yield
        self.prefix, self.disposable = before, disposable

    def word(self, name: str, *tensors: Array, part: str = "", **arguments: Any) -> Any:
        """What another layer of the framework gives, its weights' names beginning with `part`."""
        assert self.words is not None
        with self.part(part):
            return self.words(self, name, *tensors, **arguments)

    def inner(self, given: Given | None = None) -> Execution:
        """Another layer runs beside this one, on weights that this one makes."""
        return Execution(
            self.layer, given, self.seed, method=self.method, drawn_inputs=self.drawn_inputs, words=self.words
        )

    def beside(self, given: Given, word: str, *tensors: Array, **arguments: Any) -> Array:
        """What another layer gives on weights that this one makes; its products are this one's."""
        inner = self.inner(given)
        result: Array = inner.word(word, *tensors, **arguments)
        self.multiplications += inner.multiplications
        return result

    def indices(self, tensor: Array, count: int) -> npt.NDArray[np.intp]:
        """Numbers of `count` things, counted from 0; drawn numbers are made such.

        Raises:
            ForwardError: one is outside.
        """
        if self.drawn_inputs:
            tensor = np.floor(np.abs(np.nan_to_num(tensor)) * 1000) % count
        found = tensor.astype(np.intp)
        if found.size and not (found.min() >= 0 and found.max() < count):
            outside = found.min() if found.min() < 0 else found.max()
            raise ForwardError(f"`{self.layer}` reads number {outside} of {count}, which are counted from 0")
        return found

    def is_direct(self, products: int) -> bool:
        """Whether plain loops run a piece of work of so many products."""
        return self.method == "direct" or (self.method == "auto" and products <= SMALL)

    def kernel(self, name: str, shape: Sequence[int], fan_in: int, innermost: int = -1) -> Array:
        """A weight that is summed over `fan_in` inputs: drawn so that values keep their magnitude.

        One that is drawn and kept lies in memory with the axis `innermost` at the end, so that no run has to copy it.
        """
        bound = math.sqrt(3 / max(fan_in, 1))
        return self._take(Weight(name, tuple(shape), innermost=innermost), -bound, bound)

    def parameter(self, name: str, shape: Sequence[int], low: float = 0.5, high: float = 1.5) -> Array:
        """A parameter, float32 of `shape`; drawn between `low` and `high` where the user gave none."""
        return self._take(Weight(name, tuple(shape)), low, high)

    def bias(self, size: int, name: str = "bias") -> Array:
        """A parameter that is added."""
        return self.parameter(name, (size,), -0.1, 0.1)

    def buffer(self, name: str, shape: Sequence[int], low: float = 0.5, high: float = 1.5) -> Array:
        """A PyTorch buffer, float32 of `shape`."""
        return self._take(Weight(name, tuple(shape), buffer=True), low, high)

    def counter(self, name: str) -> None:
        """A scalar buffer that inference never reads (PyTorch's `num_batches_tracked`): counted, not given."""
        self.weights.append(Weight(f"{self.prefix}{name}", (), buffer=True, listed=False))

    def check_all_used(self) -> None:
        """Refuse what the user gave and the layer never asked for."""
        if self.given is None:
            return
        needed = [weight.name for weight in self.weights if weight.listed]
        if isinstance(self.given, Mapping):
            known = {weight.name for weight in self.weights}
            unknown = [name for name in self.given if name not in known]
            if unknown:
                raise ForwardError(f"`{self.layer}` has no weight `{unknown[0]}`: it needs {listing(needed)}")
        elif len(self.given) > len(needed):
            raise ForwardError(
                f"`{self.layer}` got {len(self.given)} weights and needs {len(needed)}: {listing(needed)}"
            )

    def _take(self, weight: Weight, low: float, high: float) -> Array:
        weight = replace(weight, name=f"{self.prefix}{weight.name}")
        owned = self.shared.get(weight.name, weight.shape)
        if owned == weight.shape:
            return self._owned(weight, low, high)
        value = self._owned(replace(weight, shape=owned), low, high)
        if len(owned) != len(weight.shape) or any(
            one not in (1, size) for one, size in zip(owned, weight.shape, strict=True)
        ):
            raise ForwardError(f"`{self.layer}`'s `{weight.name}` {owned} cannot be {weight.shape} where it is shared")
        return np.broadcast_to(value, weight.shape)

    def _owned(self, weight: Weight, low: float, high: float) -> Array:
        position = sum(earlier.listed for earlier in self.weights)
        self.weights.append(weight)
        if self.given is None:
            return self._draw(weight, low, high)
        value = self._given(weight.name, position)
        if value.shape != weight.shape:
            raise ForwardError(f"`{self.layer}` needs `{weight.name}` of shape {weight.shape}, given {value.shape}")
        return value

    def _draw(self, weight: Weight, low: float, high: float) -> Array:
        key = f"{self.seed}/{self.layer}/{weight.name}"
        if self.drawn is None:
            return draw(weight.shape, low, high, key)
        if key not in self.drawn:
            value = draw(weight.shape, low, high, key)
            if weight.innermost != -1:
                value = np.moveaxis(
                    np.ascontiguousarray(np.moveaxis(value, weight.innermost, -1)), -1, weight.innermost
                )
            self.drawn[key] = value
        return self.drawn[key]

    def _given(self, name: str, position: int) -> Array:
        values: Any
        if isinstance(self.given, Mapping):
            if name not in self.given:
                raise ForwardError(f"`{self.layer}` needs a weight `{name}`, given {listing(self.given)}")
            values = self.given[name]
        else:
            assert self.given is not None
            if position >= len(self.given):
                raise ForwardError(f"`{self.layer}` needs `{name}` as weight {position + 1}, given {len(self.given)}")
            values = self.given[position]
        return np.asarray(values, np.float32)


def listing(names: Sequence[str] | Mapping[str, Any]) -> str:
    """Names for a message: "`gamma`, `beta`", or "nothing"."""
    return ", ".join(f"`{name}`" for name in names) or "nothing"


NEEDED: Any = Parameter.empty
"""In place of the default of an argument that has none."""


def plain(function: Callable[..., Any], **arguments: Any) -> Kernel:
    """A function of arrays as a kernel: behind them it takes these arguments, in their order, with these defaults."""
    stated = Signature([Parameter(name, Parameter.KEYWORD_ONLY, default=each) for name, each in arguments.items()])

    def kernel(execution: Execution, *tensors: Array, **given: Any) -> Any:
        values = {**arguments, **given}
        if len(values) > len(arguments):
            stated.bind(**given)  # names what it does not take
        return function(*tensors, *values.values())

    kernel.__signature__ = stated  # type: ignore[attr-defined]
    return kernel


def again(kernel: Kernel, model: Kernel | None = None, **defaults: Any) -> Kernel:
    """A kernel with other defaults; `model` is the one that states the arguments which it passes on."""
    parameters = signature(model or kernel).parameters
    stated = {name: each for name, each in parameters.items() if each.kind is not Parameter.VAR_KEYWORD}
    stated |= {name: Parameter(name, Parameter.KEYWORD_ONLY, default=each) for name, each in defaults.items()}

    def run(execution: Execution, *tensors: Array, **given: Any) -> Any:
        return kernel(execution, *tensors, **{**defaults, **given})

    run.__signature__ = Signature([*stated.values()])  # type: ignore[attr-defined]
    return run


def by_rank(names: Mapping[str, Kernel], ranks: Sequence[int], mark: str) -> dict[str, Kernel]:
    """A family of layers whose names end in their number of axes: `Conv` for ranks 1 to 3 and `D` is `Conv1D` ..."""
    return {f"{name}{rank}{mark}": kernel for name, kernel in names.items() for rank in ranks}
