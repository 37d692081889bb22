"""The layers of the vocabulary as classes of ``torch.nn``."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from cnnshape.arithmetic.sizes import Shape
from cnnshape.diagnostics import Fault
from cnnshape.network.answers import Lowered
from cnnshape.network.batch import again
from cnnshape.operations.applied import Applied
from cnnshape.operations.operation import Weight
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.torch.module import MODULE, MODULE_LAYER, start
from cnnshape.readers.python.values import Class, Instance, Native, Opaque, Parameter, Stop, Tensor, Value
from cnnshape.vocabularies.declaration import declared
from cnnshape.vocabularies.layer import Faults, arguments_of, bind, model_of, positional_arguments
from cnnshape.vocabularies.vocabulary import LayerType, vocabulary


def private_base(name: str, base: Class = MODULE) -> Class:
    """A class that PyTorch's layers derive from, and networks ask for."""
    return Class(name, (base,), module="torch.nn")


CONV = private_base("_ConvNd")
CONV_TRANSPOSE = private_base("_ConvTransposeNd", CONV)
NORM = private_base("_NormBase")
BATCH_NORM = private_base("_BatchNorm", NORM)
INSTANCE_NORM = private_base("_InstanceNorm", NORM)
DROPOUT = private_base("_DropoutNd")
PRIVATE = {cls.name: cls for cls in (CONV, CONV_TRANSPOSE, NORM, BATCH_NORM, INSTANCE_NORM, DROPOUT)}
BASES = (
    ("ConvTranspose", CONV_TRANSPOSE),
    ("LazyConv", CONV),
    ("Conv", CONV),
    ("BatchNorm", BATCH_NORM),
    ("SyncBatchNorm", BATCH_NORM),
    ("InstanceNorm", INSTANCE_NORM),
    ("Dropout", DROPOUT),
)
"""What classes derive from, by how their names begin."""


@cache
def class_for(kind: LayerType) -> Class:
    """The class of a layer of the vocabulary."""
    base = next((each for prefix, each in BASES if kind.name.startswith(prefix)), MODULE)
    if kind.name == "ReLU6":
        base = class_for(vocabulary("pytorch").types["Hardtanh"])
    cls = Class(kind.name, (base,), module="torch.nn")
    cls.layer = kind
    cls.namespace["__init__"] = Native("__init__", start_layer)
    cls.namespace["forward"] = FORWARD
    if kind.name.startswith("Conv"):
        cls.namespace["_conv_forward"] = Native("_conv_forward", conv_forward)
    cls.namespace["reset_parameters"] = Native("reset_parameters", lambda m, self: None)
    return cls


def start_layer(m: Machine, self: Instance, *positional: Value, **keywords: Value) -> None:
    """A layer with its arguments: what it takes is bound by the vocabulary, its weights are registered."""
    start(m, self)
    kind: LayerType = self.cls.layer
    self.place = self.place or m.place()
    model = model_of(kind)
    names = positional_arguments(model)
    given = dict(zip(names, positional, strict=False))
    given.update(keywords)
    self.attributes["__given__"] = given
    unknown = next((value for value in (*positional, *keywords.values()) if is_unknown(value)), None)
    if unknown is not None:
        self.attributes["__fault__"] = unknown if isinstance(unknown, Opaque) else m.opaque("an argument of this layer")
        remember(self, kind, given)
        return
    try:
        lowered = lower(m, kind, positional, keywords)
    except Faults as faults:
        refused = next((each for each in faults.faults if each.code in ("CS103", "CS104", "CS106")), None)
        if refused is not None:
            error = m.error("TypeError", refused.message)
            error.fault = refused
            raise error from None
        for fault in faults.faults:
            m.report(fault, self.place, self.place)
        self.attributes["__fault__"] = faults.faults[0]
        remember(self, kind, given)
        return
    self.attributes["__lowered__"] = lowered
    layer = lowered.bound.layer
    for name, field in arguments_of(type(layer)).items():
        value = getattr(layer, field)
        kept = given.get(name, value)
        self.attributes[name] = value if isinstance(value, tuple) and kind.name.startswith(CONVOLUTIONS) else kept
    if "stride" in self.attributes and self.attributes["stride"] is None:
        self.attributes["stride"] = self.attributes.get("kernel_size")
    if kind.name.startswith("Conv"):
        self.attributes["transposed"] = kind.name.startswith("ConvTranspose")
        self.attributes.setdefault("output_padding", (0,) * (kind.rank or 1))
    self.attributes.pop("bias", None)
    register(self, lowered, weights_of(lowered))


CONVOLUTIONS = ("Conv", "LazyConv", "LayerNorm")


def remember(self: Instance, kind: LayerType, given: dict[str, Value]) -> None:
    """The attributes of a layer that could not be made: those that were given."""
    for name in arguments_of(model_of(kind)):
        if name not in ("weight", "bias"):
            self.attributes[name] = given.get(name)


def is_unknown(value: Value) -> bool:
    """Whether an argument is not known, or holds what is not."""
    if isinstance(value, list | tuple):
        return any(is_unknown(each) for each in value)
    return isinstance(value, Opaque | Tensor)


def lower(m: Machine, kind: LayerType, positional: Any, keywords: dict[str, Value]) -> Lowered:
    """The layer as the vocabulary understands it, with what PyTorch's own types make of arguments.

    Truth decides where a bool is wanted, and a float is never a size.
    """
    model = model_of(kind)
    names = positional_arguments(model)
    fields = arguments_of(model)
    flags = {name for name, field in fields.items() if declared(model)[field].annotation is bool}
    first = [plain(bool(each) if name in flags else each) for name, each in zip(names, positional, strict=False)]
    first += map(plain, positional[len(names) :])
    rest = {
        model.second_names.get(name, name): plain(
            bool(value) if name in flags and not isinstance(value, str) else value
        )
        for name, value in keywords.items()
    }
    if kind.name in ("Linear", "Bilinear") or kind.name.startswith("Conv"):
        required = names[0]
        if not first and required not in rest:
            raise Faults([Fault("CS104", f"{kind.name} needs {required}", argument=required)])
    lowered = m.trace.builder.layer(kind.name, first, rest)
    layer = lowered.bound.layer
    for name, value in (*zip(names, first, strict=False), *rest.items()):
        if name in fields and name != "scale_factor" and floats_made_whole(value, getattr(layer, fields[name])):
            fault = Fault(
                "CS105", f"{kind.name}'s {name} must be a whole number, got {value!r}, a float", argument=name
            )
            raise Faults([fault])
    return lowered


def plain(value: Value) -> Value:
    """The number or list that an object also is."""
    return value.payload if isinstance(value, Instance) and value.payload is not None else value


def floats_made_whole(value: Value, taken: Value) -> bool:
    """Whether a float was taken for an integer, as no layer of PyTorch does."""
    if isinstance(value, list | tuple):
        return isinstance(taken, tuple) and any(map(floats_made_whole, value, taken))
    taken = taken[0] if isinstance(taken, tuple) and taken else taken
    return isinstance(value, float) and isinstance(taken, int) and not isinstance(taken, bool)


def sample(lowered: Lowered) -> tuple[Shape, ...] | None:
    """Input shapes of which a layer's weights follow, sizes that do not matter unknown; None where none do."""
    kind, layer = lowered.bound.kind, lowered.bound.layer
    rank = (None,) * (kind.rank or 1)
    for name in ("in_channels", "num_features", "num_channels", "num_parameters"):
        size = getattr(layer, name, None)
        if size is not None:
            if kind.name == "BatchNorm1d":
                rank = (None,)
            return ((1, size, *(() if name == "num_parameters" else rank)),)
    if getattr(layer, "in_features", None) is not None:
        return ((1, layer.in_features),)  # type: ignore[attr-defined]  # just asked for
    if hasattr(layer, "in1_features"):
        return (1, layer.in1_features), (1, layer.in2_features)  # type: ignore[attr-defined]
    shape = getattr(layer, "normalized_shape", None)
    if shape is not None:
        return ((1, *((shape,) if isinstance(shape, int) else shape)),)
    return None


def weights_of(lowered: Lowered) -> tuple[Weight, ...]:
    """The weights of a layer before it runs."""
    shapes = sample(lowered)
    return () if shapes is None else lowered.operation.apply(*shapes).weights


def register(self: Instance, lowered: Lowered, weights: Iterable[Weight]) -> None:
    """Register a layer's weights as its parameters and buffers."""
    for name in ("weight", "bias") if "bias" in arguments_of(type(lowered.bound.layer)) else ():
        self.attributes["_parameters"][name] = None
    for weight in weights:
        kind = "buffer" if weight.kind == "buffer" else "parameter"
        shape = weight.shape
        if weight.name == "kernel" and lowered.bound.kind.name != "Bilinear":
            shape = (shape[-1], shape[-2], *shape[:-2])
        held = Parameter(shape, kind=kind, trains=kind == "parameter")
        held.name = weight.name
        name = NAMES.get(weight.name, weight.name)
        self.attributes.pop(name, None)
        self.attributes["_buffers" if kind == "buffer" else "_parameters"][name] = held


NAMES = {
    "kernel": "weight",
    "scale": "weight",
    "alpha": "weight",
    "offset": "bias",
    "mean": "running_mean",
    "variance": "running_var",
}
"""PyTorch's names of weights; a kernel lies there with its output first, its input second."""


def changed(m: Machine, self: Instance) -> Lowered:
    """The layer after the source has set arguments of it anew (``conv.stride = 1``)."""
    changed_names = self.attributes.pop("__changed__") - {"bias"}
    given = {**self.attributes["__given__"], **{name: self.attributes[name] for name in sorted(changed_names)}}
    lowered = lower(m, self.cls.layer, (), given)
    self.attributes["__given__"], self.attributes["__lowered__"] = given, lowered
    return lowered


def run_layer(m: Machine, self: Instance, *tensors: Value, **keywords: Value) -> Value:
    """A layer on its inputs: one row."""
    kind: LayerType = self.cls.layer
    if len(tensors) == 2 and kind.name.startswith("ConvTranspose") and not isinstance(tensors[1], Tensor):
        keywords["output_size"], tensors = tensors[1], tensors[:1]
    if "input" in keywords:
        tensors = (keywords.pop("input"), *tensors)
    size = keywords.pop("output_size", None)
    if keywords:
        raise Stop("CS601", f"{kind.name} is called with {next(iter(keywords))}=, which is not read")
    unknown = next((each for each in tensors if isinstance(each, Opaque)), None)
    if unknown is not None:
        return m.trace.fail(m, kind.name, (), unknown, module=self)
    for each in tensors:
        if not isinstance(each, Tensor):
            raise m.error("TypeError", f"{kind.name}'s input must be a Tensor, not {type(each).__name__}")
    fault = self.attributes.get("__fault__")
    if fault is not None:
        return m.trace.fail(m, kind.name, tensors, fault, module=self)
    lowered: Lowered = self.attributes["__lowered__"]
    try:
        if self.attributes.get("__changed__"):
            lowered = changed(m, self)
        if size is not None:
            lowered = with_output_size(m, self, lowered, tensors[0], size)
    except Faults as faults:
        for each in faults.faults:
            m.report(each, m.place(), self.place)
        return m.trace.fail(m, kind.name, tensors, faults.faults[0], module=self)
    if (
        kind.name.startswith("Lazy")
        and all(each.shape for each in tensors)
        and not any(self.attributes["_parameters"].values())
    ):
        register(self, lowered, lowered.operation.apply(*(each.shape for each in tensors)).weights)
    weights = tuple(
        each
        for kind in ("_parameters", "_buffers")
        for each in self.attributes[kind].values()
        if isinstance(each, Tensor)
    )
    outputs = m.trace.apply(m, kind.name, folded(m, lowered, tensors), tensors, weights, module=self)
    return outputs[0] if len(outputs) == 1 else outputs


def folded(m: Machine, lowered: Lowered, tensors: tuple[Tensor, ...], weightless: bool = False) -> Lowered:
    """The layer as it is applied: patches that were folded into the batch cost each time."""
    batch = m.trace.builder.batch
    first = (tensors[0].shape or ())[lowered.operation.batch_axis :] if tensors else ()
    constant = any(each.row is None for each in tensors)
    operands = tuple(None if each.row is not None else each.shape for each in tensors) if constant else ()
    if not (constant or weightless or (first and first[0] != batch)):
        return lowered
    return again(lowered, Applied(lowered.operation, operands, False, batch, weightless))


def with_output_size(m: Machine, self: Instance, lowered: Lowered, tensor: Tensor, size: Value) -> Lowered:
    """A transposed convolution whose output padding follows from the size that is asked for."""
    if tensor.shape is None or is_unknown(size):
        raise Faults([Fault("CS312", f"{self.cls.name} is asked for an output size that is not known")])
    rank = self.cls.layer.rank or 1
    least = lowered.operation.apply(tensor.shape).output[2:]
    wanted = tuple(size)[-rank:]
    padding = tuple(one - other for one, other in zip(wanted, least, strict=True))
    given = {**self.attributes["__given__"], "output_padding": padding}
    return lower(m, self.cls.layer, (), given)


def conv_forward(m: Machine, self: Instance, tensor: Value, weight: Value, bias: Value = None) -> Value:
    """``self._conv_forward(x, weight, bias)``."""
    from cnnshape.readers.python.torch.functional import function

    words = {name: self.attributes[name] for name in ("stride", "padding", "dilation", "groups")}
    return function(m, f"conv{self.cls.layer.rank}d", [tensor, weight, bias], words)


FORWARD = Native("forward", run_layer)
MODULE_LAYER["forward"] = FORWARD


__all__ = ["bind", "class_for"]
