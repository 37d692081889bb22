"""The weights of Keras's layers: those that they are given, and those that their rows have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnshape.arithmetic.sizes import show
from cnnshape.readers.python.keras.parts import PARTS, frozen_of
from cnnshape.readers.python.language.values import Parameter, Placed, Stop, Tensor, Value, now, pairs, words
from cnnshape.readers.python.library.arrays import array

if TYPE_CHECKING:
    from cnnshape.readers.python.keras.layers import Layer


def keep(self: Layer, weight: Parameter) -> None:
    """A weight as one of a layer's: those that train are switched with it."""
    weight.kind = "parameter"
    weights = vars(self).setdefault("_weights", [])
    if not any(each is weight for each in weights):
        weight.name = weight.name or f"weight_{len(weights)}"
        weights.append(weight)
        if weight.trains:
            vars(self).setdefault("_switched", []).append(weight)


def variable(
    initializer: Value = None,
    shape: Value = None,
    dtype: Value = None,
    trainable: Value = True,
    autocast: Value = True,
    aggregation: Value = None,
    synchronization: Value = None,
    name: Value = None,
) -> Value:
    """``keras.Variable``: a weight of the layer whose attribute it becomes, of the shape of its first value."""
    first = initializer if isinstance(initializer, Tensor) else array(initializer)
    sizes = shape if shape is not None else () if isinstance(first, int | float) else getattr(first, "shape", None)
    if not isinstance(sizes, list | tuple) or any(not isinstance(each, int) for each in sizes):
        return now().opaque("the shape of a variable")
    made = Parameter(tuple(sizes), kind="variable", trains=bool(trainable))
    made.name = name if isinstance(name, str) else ""
    return made


def agreed(self: Layer, stated: Value, made: Tensor) -> None:
    """Doubt the reading where a layer states another shape than it makes: Keras goes by what is stated."""
    sizes, found = stated if isinstance(stated, list | tuple) else (), made.shape
    if not sizes or not found or not all(each is None or isinstance(each, int) for each in sizes):
        return
    pairs = zip(sizes[1:], found[1:], strict=False)
    if len(sizes) != len(found) or any(one != other and None not in (one, other) for one, other in pairs):
        wrong = f"{type(self).__name__} answers {show(found)}, where it states {show(tuple(sizes))}"
        now().doubt = now().doubt or Stop("CS601", f"{wrong} as its output's shape", place=now().place())


NORMALIZATIONS = words("BatchNormalization LayerNormalization GroupNormalization")
OF_NORMALIZATIONS = pairs("scale gamma offset beta mean moving_mean variance moving_variance")


def name_of(kind: str, weight: str) -> str:
    """What Keras calls a weight: in a layer within another it has its name there."""
    if kind in NORMALIZATIONS:
        return OF_NORMALIZATIONS.get(weight, weight)
    begins = next((each for each in PARTS.get(kind, {}).values() if each and weight.startswith(each)), "")
    return weight.removeprefix(f"{begins}_")


def weights_of(self: Layer, rows: dict[int, Any] | None = None, seen: set[int] | None = None) -> list[Parameter]:
    """The weights of a layer that has run, and of the layers in it: those that it adds, or those of its first row."""
    now().step()
    inner: list[Layer] = self.layers if "_start" in vars(self) else held(self)
    rows = {id(each.module): each for each in reversed(now().trace.rows) if each.outputs} if rows is None else rows
    seen = set() if seen is None else seen
    seen.add(id(self))
    found: list[Parameter] = list(vars(self).get("_weights", ()))
    row = rows.get(id(self))
    told = row.layer.answer(tuple(each.shape for each in row.tensors)).result.weights if row else ()
    still = frozen_of(self, [each.name for each in told])
    for weight in told:
        made = Parameter(weight.shape, kind="told", trains=weight.kind == "trainable" and weight.name not in still)
        made.name, made.layer = name_of(self._layer_type.name, weight.name), self
        found.append(made)
    return found + [weight for each in inner if id(each) not in seen for weight in weights_of(each, rows, seen)]


def held(self: Layer) -> list[Layer]:
    """The layers that a layer or model holds: of its graph, in its list, among its attributes."""
    if isinstance(vars(self).get("_layers"), list):
        return list(vars(self)["_layers"])
    if "outputs" in vars(self):
        return list(self.layers)
    found: dict[int, Any] = {}
    pending = [each for name, each in vars(self).items() if name != "_told"]
    while pending:
        each = pending.pop(0)
        if isinstance(each, dict):
            each = list(each.values())
        if isinstance(each, list | tuple):
            pending = [*each, *pending]
        elif isinstance(each, Placed):
            found[id(each)] = each
    return list(found.values())
