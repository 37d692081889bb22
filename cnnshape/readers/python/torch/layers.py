"""The layers of the vocabulary as classes of ``torch.nn``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache, lru_cache
from typing import Any

from cnnshape.arithmetic.sizes import Shape
from cnnshape.diagnostics import Fault
from cnnshape.network.answers import Lowered
from cnnshape.operations.operation import Weight
from cnnshape.readers.python.language.values import Opaque, Parameter, Stop, Tensor, Value, now, pairs, words
from cnnshape.readers.python.rows.applying import certain, folded, is_unknown, lower, refused, unable, weights_among
from cnnshape.readers.python.rows.trace import shape_of
from cnnshape.readers.python.torch.module import HELD, Module, held
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.declaration import declared
from cnnshape.vocabularies.layer import Faults, model_of, positional_arguments
from cnnshape.vocabularies.vocabulary import LayerType, vocabulary

CONVOLUTIONS = ("Conv", "LazyConv", "LayerNorm")
HOOKED = {"forward", "_forward_hooks", "_forward_pre_hooks"}
"""What a module has of its own that a plain layer has not."""
UNREAD = words("input1 input2 x1 x2 offsets per_sample_weights target targets rois boxes")
"""What some layer of PyTorch takes by name, and none here."""
NAMES = dict.fromkeys(("embeddings", "kernel", "scale", "alpha"), "weight") | pairs(
    "offset bias mean running_mean variance running_var"
)
"""PyTorch's names of weights; a kernel lies there with its output first, its input second."""


class Form(NamedTuple):
    """What a layer of some arguments is, besides its weights' identity.

    Attributes:
        lowered: the layer as the vocabulary understands it.
        fields: its attributes.
        weights: what it has at once; none where they hang on its inputs, too (`open`).
    """

    lowered: Lowered
    fields: Mapping[str, Value]
    weights: tuple[Weight, ...]
    open: bool


PLAIN = frozenset({int, bool, float, str, type(None)})
"""The types of arguments that say all about themselves by their texts."""


def formed(kind: LayerType, positional: tuple[Value, ...], keywords: dict[str, Value], given: dict[str, Value]) -> Form:
    """What a layer of these arguments is; those of the same numbers and texts are one. Raises `Faults`."""
    if not PLAIN.issuperset(map(type, (*positional, *keywords.values()))):
        return form(kind, positional, keywords, given)
    known, key = now().trace.forms, (kind, repr(positional), repr(keywords))
    if key not in known:
        known[key] = form(kind, positional, keywords, given)
    found: Form = known[key]
    return found


def form(kind: LayerType, positional: tuple[Value, ...], keywords: dict[str, Value], given: dict[str, Value]) -> Form:
    """As `formed`, whatever the arguments are."""
    lowered = lower(kind, positional, keywords)
    trace, is_convolution = now().trace, kind.name.startswith(CONVOLUTIONS)
    fields: dict[str, Value] = {}
    for name in declared(type(lowered.bound.layer)):
        value = trace.field(lowered, name)
        stated = given.get(name, value)
        pair = isinstance(value, tuple) and is_convolution
        fields[name] = (tuple(stated) if isinstance(stated, list) else value) if pair else stated
    if "stride" in fields and fields["stride"] is None:
        fields["stride"] = fields.get("kernel_size")
    if kind.name.startswith("Conv"):
        fields["transposed"] = kind.name.startswith("ConvTranspose")
        fields.setdefault("output_padding", (0,) * (kind.rank or 1))
    fields.pop("bias", None)
    weights = weights_of(lowered)
    if weights and trace.builder.framework == "keras":
        why = f"this makes a {kind.name} of PyTorch, and the file is read as one of Keras, which it imports, too"
        raise Stop("CS604", why, fix="add --framework pytorch to plan a network of PyTorch")
    return Form(lowered, fields, weights or (), weights is None)


class Layer(Module):
    """A layer: what it takes is bound by the vocabulary, its weights are registered, and it makes one row."""

    def __init__(self, *positional: Value, **keywords: Value) -> None:
        super().__init__()
        own = vars(self)
        kind: LayerType = self._layer_type
        given = {**dict(zip(positional_arguments(model_of(kind)), positional, strict=False)), **keywords}
        own["_given"] = given
        made: Form | None = None
        unknown = next((value for value in (*positional, *keywords.values()) if is_unknown(value)), None)
        if unknown is not None:
            own["_fault"] = unknown if isinstance(unknown, Opaque) else now().opaque("an argument of this layer")
        else:
            try:
                made = formed(kind, positional, keywords, given)
            except Faults as faults:
                own["_fault"] = refused(faults, own["_place"])
                own["_certain"] = certain(kind, given, faults.faults[0])
        if made is None:
            own.update({name: given.get(name) for name in declared(model_of(kind)) if name not in NAMES.values()})
            own.update(dict.fromkeys(("weight", "bias"), now().opaque(f"a weight of a {kind.name} that is not known")))
            return
        own.update(made.fields, _lowered=made.lowered, _open=made.open)
        self._register(made.lowered, made.weights)

    def _register(self, lowered: Lowered, weights: Iterable[Weight]) -> None:
        for name in ("weight", "bias") if "bias" in declared(type(lowered.bound.layer)) else ():
            self._parameters[name] = None
        for weight in weights:
            kind = "buffer" if weight.kind == "buffer" else "parameter"
            shape = weight.shape
            if weight.name == "kernel" and lowered.bound.kind.name != "Bilinear":
                shape = (shape[-1], shape[-2], *shape[:-2])
            held = Parameter(now().trace.weight(lowered, shape), kind=kind, trains=kind == "parameter")
            held.name = weight.name
            name = NAMES.get(weight.name, weight.name)
            vars(self).pop(name, None)
            vars(self)["_buffers" if kind == "buffer" else "_parameters"][name] = held
            if name == "weight":
                vars(self)["_shape"] = held.shape

    def __setattr__(self, name: str, value: Value) -> None:
        super().__setattr__(name, value)
        if "_given" in vars(self) and name in declared(model_of(self._layer_type)):
            vars(self).setdefault("_changed", set()).add(name)

    def __call__(self, *positional: Value, **keywords: Value) -> Value:
        """A layer makes its row itself; what is derived of one, or has hooks, runs as other modules do."""
        if type(self).forward is Layer.forward and not vars(self).keys() & HOOKED:
            return self.forward(*positional, **keywords)
        return super().__call__(*positional, **keywords)

    def forward(self, *tensors: Value, **keywords: Value) -> Value:
        """The layer on its inputs: one row."""
        m = now()
        kind: LayerType = self._layer_type
        if len(tensors) == 2 and kind.name.startswith("ConvTranspose") and not isinstance(tensors[1], Tensor):
            keywords["output_size"], tensors = tensors[1], tensors[:1]
        if "input" in keywords:
            tensors = (keywords.pop("input"), *tensors)
        if "indices" in keywords:  # of unpooling
            tensors = (*tensors, keywords.pop("indices"))
        if kind.module == "recurrent":
            begun = [each for each in (*tensors, keywords.pop("hx", None)) if each is not None]
            tensors = tuple(each for one in begun for each in (one if type(one) is tuple else (one,)))
        size = keywords.pop("output_size", None)
        strange = next(iter(keywords), None)
        if strange in UNREAD:
            raise Stop("CS601", f"{kind.name} is called with {strange}=, which is not read")
        if strange is not None:
            raise TypeError(f"{kind.name}.forward() got an unexpected keyword argument {strange!r}")
        failed = unable(self, kind.name, tensors)
        if failed is not None:
            return failed
        lowered: Lowered = vars(self)["_lowered"]
        try:
            changed = vars(self).pop("_changed", set()) - {"bias"}
            weight = self._parameters.get("weight")
            told = vars(self).get("_shape")
            refitted = told is not None and weight is not None and weight.shape is not told and weight.shape != told
            if changed or refitted:
                sizes = {name: vars(self)[name] for name in sorted(changed)}
                if refitted:
                    vars(self)["_shape"] = weight.shape
                    sizes |= sizes_by(kind, weight.shape, vars(self))
                vars(self)["_given"] = given = {**self._given, **sizes}
                lowered = vars(self)["_lowered"] = lower(kind, (), given)
            if size is not None:
                lowered = self._of_size(lowered, tensors[0], size)
        except Faults as faults:
            for each in faults.faults:
                m.report(each, m.place(), vars(self)["_place"])
            return m.trace.fail(kind.name, tensors, faults.faults[0], module=self)
        if vars(self).get("_open") and all(each.shape for each in tensors):  # as of lazy layers
            vars(self)["_open"] = False
            with suppress(Fault):  # which is found again where it is applied
                if lowered.operation.apply(*map(shape_of, tensors)).weights:  # else nobody looks
                    self._register(lowered, lowered.operation.apply(*(tuple(each.shape) for each in tensors)).weights)
        read = [*self._parameters.values(), *self._buffers.values()]
        if "parametrizations" in self._modules:
            read += [each for kind in HELD[:2] for _, each in held(self._modules["parametrizations"], kind)]
        weights = weights_among(*read)
        outputs = m.trace.apply(kind.name, folded(lowered, tensors), tensors, weights, module=self)
        if kind.name == "LSTM" and len(outputs) == 3:
            return outputs[0], outputs[1:]
        return outputs[0] if len(outputs) == 1 else outputs

    def flatten_parameters(self) -> None:
        """Where the weights of a recurrent layer lie changes no number."""

    def _of_size(self, lowered: Lowered, tensor: Tensor, size: Value) -> Lowered:
        """A transposed convolution whose output padding follows from the size that is asked for."""
        if tensor.shape is None or is_unknown(size):
            raise Faults([Fault("CS312", f"{type(self).__name__} is asked for an output size that is not known")])
        if self._layer_type.name.startswith("MaxUnpool"):
            return lower(self._layer_type, (), {**vars(self)["_given"], "output_size": tuple(size)})
        least = lowered.operation.apply(tensor.shape).output[2:]
        wanted = tuple(size)[-(self._layer_type.rank or 1) :]
        padding = tuple(one - other for one, other in zip(wanted, least, strict=True))
        return lower(self._layer_type, (), {**vars(self)["_given"], "output_padding": padding})

    def reset_parameters(self) -> None:
        """Weights anew: their values do not matter."""

    _reset_parameters = reset_parameters


def sizes_by(kind: LayerType, shape: Any, own: dict[str, Value]) -> dict[str, Value]:
    """What a layer computes with a weight of another shape than it was made with."""
    if kind.name == "Linear" and len(shape or ()) == 2:
        return {"out_features": shape[0], "in_features": shape[1]}
    if kind.name.startswith("Conv") and not own["transposed"] and len(shape or ()) == 2 + (kind.rank or 0):
        return {"out_channels": shape[0], "in_channels": shape[1] * own["groups"], "kernel_size": tuple(shape[2:])}
    raise Stop("CS601", f"a {kind.name} whose weight was given another shape is not read")


def private_base(name: str, base: type = Layer, kind: str = "") -> type:
    """A class that PyTorch's layers derive from, and networks ask for; of some layer where it is one itself."""
    return type(name, (base,), {"__module__": "torch.nn", "_layer_type": vocabulary("pytorch").types.get(kind)})


class ConvNd(Layer):
    """The base of convolutions, whose arguments are told in full by what derives from it directly."""

    def __init__(self, *positional: Value, **keywords: Value) -> None:
        if self._layer_type is not None:
            super().__init__(*positional, **keywords)
            return
        Module.__init__(self)
        given = {"padding_mode": "zeros", **dict(zip(TOLD_TO_CONVOLUTIONS, positional, strict=False)), **keywords}
        vars(self).update({name: each for name, each in given.items() if name != "bias"})
        inputs, outputs, groups = (given[name] for name in ("in_channels", "out_channels", "groups"))
        channels = (inputs, outputs // groups) if given["transposed"] else (outputs, inputs // groups)
        self._parameters["weight"] = Parameter((*channels, *given["kernel_size"]))
        self._parameters["bias"] = Parameter((outputs,)) if given["bias"] else None

    def _conv_forward(self, input: Value, weight: Value, bias: Value = None) -> Value:
        options = {name: getattr(self, name) for name in ("stride", "padding", "dilation", "groups")}
        return now().framework.function(f"conv{len(self.kernel_size)}d", [input, weight, bias], options)


TOLD_TO_CONVOLUTIONS = (
    *("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation"),
    *("transposed", "output_padding", "groups", "bias", "padding_mode"),
)
CONV, NORM, DROPOUT = private_base("_ConvNd", ConvNd), private_base("_NormBase"), private_base("_DropoutNd")
TRANSPOSED, BATCH_NORM = private_base("_ConvTransposeNd", CONV), private_base("_BatchNorm", NORM, "SyncBatchNorm")
INSTANCE_NORM = private_base("_InstanceNorm", NORM)
PRIVATE = {cls.__name__: cls for cls in (CONV, TRANSPOSED, NORM, BATCH_NORM, INSTANCE_NORM, DROPOUT)}
BASES = {
    "ConvTranspose": TRANSPOSED,
    "LazyConv": CONV,
    "Conv": CONV,
    "BatchNorm": BATCH_NORM,
    "SyncBatchNorm": BATCH_NORM,
    "InstanceNorm": INSTANCE_NORM,
    "Dropout": DROPOUT,
}
"""What classes derive from, by how their names begin."""


@cache
def class_for(kind: LayerType) -> type:
    """The class of a layer of the vocabulary."""
    base = next((each for prefix, each in BASES.items() if kind.name.startswith(prefix)), Layer)
    if kind.name == "ReLU6":
        base = class_for(vocabulary("pytorch").types["Hardtanh"])
    return type(kind.name, (base,), {"_layer_type": kind, "__module__": "torch.nn"})


@lru_cache(maxsize=4096)
def weights_of(lowered: Lowered) -> tuple[Weight, ...] | None:
    """The weights of a layer; None where they hang on more than its arguments."""
    shapes = sample(lowered)
    return None if shapes is None else lowered.operation.apply(*shapes).weights


def sample(lowered: Lowered) -> tuple[Shape, ...] | None:
    """Input shapes of which a layer's weights follow, sizes that do not matter unknown; None where none do."""
    kind: LayerType = lowered.bound.kind
    layer: Any = lowered.bound.layer
    rank = (None,) * (1 if kind.name == "BatchNorm1d" else kind.rank or 1)
    for name in ("in_channels", "num_features", "num_channels", "num_parameters"):
        size = getattr(layer, name, None)
        if size is not None:
            return ((1, size, *(() if name == "num_parameters" else rank)),)
    if getattr(layer, "in_features", None) is not None:
        return ((1, layer.in_features),)
    if getattr(layer, "input_size", None) is not None:
        return ((1, layer.input_size) if kind.name.endswith("Cell") else (1, 1, layer.input_size),)
    if hasattr(layer, "num_embeddings"):
        return ((1, 1),)
    if hasattr(layer, "num_heads"):
        width = layer.embed_dim
        return (1, 1, width), (1, 1, layer.kdim or width), (1, 1, layer.vdim or width)
    if hasattr(layer, "in1_features"):
        return (1, layer.in1_features), (1, layer.in2_features)
    shape = getattr(layer, "normalized_shape", None)
    behind = (None,) * (kind.rank or 0)  # as of torchvision's LayerNorm2d
    return None if shape is None else ((1, *((shape,) if isinstance(shape, int) else shape), *behind),)
