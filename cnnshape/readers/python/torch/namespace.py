"""The modules of PyTorch by their names."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from cnnshape.readers.python.calls import bind_arguments, call
from cnnshape.readers.python.classes import is_instance, new_instance
from cnnshape.readers.python.importing import told
from cnnshape.readers.python.iterating import iterate
from cnnshape.readers.python.library import BUILTINS, quiet
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.modules.standard import decorator_or_factory, natives, same
from cnnshape.readers.python.scopes import MISSING
from cnnshape.readers.python.torch.containers import CONTAINERS
from cnnshape.readers.python.torch.functional import ELEMENTWISE, SAME, SECOND_NAMES, TOGETHER, function
from cnnshape.readers.python.torch.layers import PRIVATE, class_for
from cnnshape.readers.python.torch.making import parameter
from cnnshape.readers.python.torch.module import MODULE
from cnnshape.readers.python.torch.shaped import SPECTRA
from cnnshape.readers.python.torch.special import SPECIAL
from cnnshape.readers.python.torch.tensors import CPU, PARAMETER, TENSOR
from cnnshape.readers.python.torch.weights import spectral_norm, weight_norm
from cnnshape.readers.python.values import (
    Class,
    Descriptor,
    Function,
    Instance,
    Method,
    Namespace,
    Native,
    Opaque,
    Symbol,
    Tensor,
    Value,
    words,
)
from cnnshape.vocabularies.vocabulary import vocabulary

DTYPES = words(
    "float32 float64 float16 bfloat16 float half double int8 int16 int32 int64 int long short uint8 bool "
    "complex64 channels_last channels_first contiguous_format preserve_format strided per_tensor_affine "
    "qint8 quint8"
)


def named_function(name: str) -> Value:
    """A function of `torch` or ``torch.nn.functional``, or `MISSING`."""
    words = vocabulary("pytorch")
    plain = name.rstrip("_")
    kind = words.find_exact(SECOND_NAMES.get(plain, plain))
    known = (kind is not None and kind.operator) or any(
        each in names for each in (name, plain) for names in (ELEMENTWISE, SAME, TOGETHER, SPECIAL)
    )
    if not known:
        return MISSING
    return Native(name, lambda m, *values, **words: function(m, name, list(values), dict(words)))


def of_torch(name: str) -> Value:
    """A function of `torch`, which has modules of the same names as methods of tensors: ``torch.cuda``."""
    return MISSING if f"torch.{name}" in MODULES else named_function(name)


def layer_class(name: str) -> Value:
    """A class of ``torch.nn``, or `MISSING`."""
    kind = vocabulary("pytorch").types.get(name)
    if kind is None or kind.operator:
        return PRIVATE.get(name, MISSING)
    return class_for(kind)


NN_TOLD = frozenset(
    words(
        "Embedding MultiheadAttention TransformerEncoderLayer TransformerEncoder RNN GRU LSTM RNNCell GRUCell LSTMCell "
        "MaxUnpool1d MaxUnpool2d MaxUnpool3d"
    )
)
"""Modules that are made of others: ``told/torch_nn.py`` is their source."""


def told_class(m: Machine, name: str) -> Value:
    """A class of ``torch.nn`` that is told in source, or `MISSING`."""
    return told(m, "torch_nn").get(name) if name in NN_TOLD else MISSING


def ntuple(count: int) -> Callable[..., Value]:
    """``_pair`` and its like."""

    def run(m: Machine, value: Value) -> Value:
        return tuple(iterate(m, value)) if isinstance(value, list | tuple) else (value,) * count

    return run


def checkpointed(m: Machine, run: Value, *positional: Value, use_reentrant: Value = None, **keywords: Value) -> Value:
    """``checkpoint``: the function is run."""
    for word in ("preserve_rng_state", "context_fn", "determinism_check", "debug"):
        keywords.pop(word, None)
    return call(m, run, list(positional), keywords)


def checkpointed_sequence(m: Machine, functions: Value, segments: Value, value: Value, **_: Value) -> Value:
    """``checkpoint_sequential``."""
    for each in iterate(m, functions):
        value = call(m, each, [value], {})
    return value


def first(m: Machine, value: Value = None, *_: Value, **__: Value) -> Value:
    """A function that changes only values of its first argument."""
    return value


def fans(m: Machine, tensor: Tensor) -> Value:
    """The numbers of inputs and outputs that a weight connects."""
    if not tensor.shape or len(tensor.shape) < 2:
        raise m.error("ValueError", "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    window = prod(each or 1 for each in tensor.shape[2:])
    return (tensor.shape[1] or 1) * window, (tensor.shape[0] or 1) * window


def limits(m: Machine, kind: Value = None) -> Instance:
    """``torch.finfo``."""
    return Instance(
        Class("finfo"), {"bits": 32, "eps": 2.0**-23, "max": 3.4028235e38, "min": -3.4028235e38, "tiny": 1.2e-38}
    )


def differentiated(m: Machine, cls: Class, *positional: Value) -> Value:
    """``Function.apply``: the function's own `forward`, with a context that keeps nothing."""
    forward = cls.find("forward")
    if forward is None:
        return call(m, m.opaque("a function with a gradient of its own"), list(positional), {})
    context = Class("FunctionCtx")
    for name in ("save_for_backward", "mark_dirty", "mark_non_differentiable", "set_materialize_grads"):
        context.namespace[name] = Native(name, quiet)
    return call(m, forward, [Instance(context), *positional], {})


FUNCTION = Class("Function", module="torch.autograd")
FUNCTION.namespace["apply"] = Descriptor("class", Native("apply", differentiated))


CONTEXTS = ("no_grad", "enable_grad", "inference_mode", "set_grad_enabled", "autocast")
SYMBOLS = ("device", "Size", "Generator", "memory_format", "dtype")
FALSE = (
    "is_available is_grad_enabled is_scripting is_tracing is_autocast_enabled is_in_onnx_export is_compiling "
    "is_exporting is_initialized device_count is_inference_mode_enabled is_autocast_cpu_enabled"
)


def size_tuple(m: Machine, values: Value = ()) -> Value:
    """``torch.Size``."""
    return tuple(iterate(m, values))


def torch(m: Machine) -> dict[str, Value]:
    """``import torch``."""
    return {
        **{name: Symbol(f"torch.{name}") for name in DTYPES},
        **{name: Native(name, decorator_or_factory) for name in CONTEXTS},
        **{name: Native(name, lambda m, *_: False) for name in FALSE.split()},
        **{name: Symbol(f"torch.{name}") for name in SYMBOLS},
        **natives(
            manual_seed=quiet,
            set_default_dtype=quiet,
            _assert=quiet,
            finfo=limits,
            iinfo=limits,
            save=quiet,
            compile=decorator_or_factory,
            is_tensor=lambda m, value: value_is_tensor(value),
            numel=lambda m, tensor: m.tensors.elements(m, tensor),
            is_floating_point=lambda m, tensor: True,
            get_default_dtype=lambda m: Symbol("torch.float32"),
        ),
        "Size": BUILTINS["tuple"],
        "Tensor": TENSOR,
        "FloatTensor": TENSOR,
        "__version__": "2.14.1",
        "inf": float("inf"),
        "pi": 3.141592653589793,
        "strided": Symbol("torch.strided"),
    }


def value_is_tensor(value: Value) -> bool:
    """``torch.is_tensor``."""

    return isinstance(value, Tensor)


TENSOR.converts = None
TENSOR.namespace["__new__"] = Native("Tensor", lambda m, cls, *sizes, **words: SPECIAL["zeros"](m, *sizes, **words))
PARAMETER.namespace["__new__"] = Native("Parameter", lambda m, cls, *values, **words: parameter(m, *values, **words))

NN: dict[str, Value] = {
    "Module": MODULE,
    "Parameter": PARAMETER,
    **CONTAINERS,
    **natives(factory_kwargs=lambda m, words: {}),
}
UTILS = natives(
    weight_norm=weight_norm,
    spectral_norm=spectral_norm,
    remove_weight_norm=first,
    remove_spectral_norm=first,
    clip_grad_norm_=first,
)
MODULES: dict[str, tuple[Callable[[Machine], dict[str, Value]], Callable[[str], Value] | None]] = {
    "torch": (torch, of_torch),
    "torch.nn": (lambda m: NN, layer_class),
    "torch.nn.functional": (lambda m: {}, named_function),
    "torch.nn.init": (
        lambda m: natives(_calculate_fan_in_and_fan_out=fans, calculate_gain=lambda m, *_: 1.0),
        lambda name: Native(name, first),
    ),
    "torch.nn.parameter": (lambda m: {"Parameter": PARAMETER}, None),
    "torch.nn.common_types": (lambda m: {}, lambda name: Symbol(f"torch.{name}")),
    "torch.nn.modules.utils": (
        lambda m: natives(
            _single=ntuple(1),
            _pair=ntuple(2),
            _triple=ntuple(3),
            _quadruple=ntuple(4),
            _ntuple=lambda m, count: Native("ntuple", ntuple(count)),
        ),
        None,
    ),
    "torch.nn.utils": (lambda m: UTILS, None),
    "torch.nn.utils.weight_norm": (lambda m: UTILS, None),
    "torch.nn.utils.spectral_norm": (lambda m: UTILS, None),
    "torch.nn.utils.parametrizations": (lambda m: UTILS, None),
    "torch.nn.attention": (lambda m: {}, None),
    "torch.utils": (lambda m: {}, None),
    "torch.utils.checkpoint": (
        lambda m: natives(checkpoint=checkpointed, checkpoint_sequential=checkpointed_sequence),
        None,
    ),
    "torch.utils.model_zoo": (lambda m: {}, None),
    "torch.hub": (lambda m: {}, None),
    "torch.autograd": (lambda m: {"Function": FUNCTION, "Variable": Native("Variable", first)}, None),
    "torch.autograd.variable": (lambda m: {"Variable": Native("Variable", first)}, None),
    "torch.jit": (
        lambda m: {
            "Final": Symbol("torch.jit.Final"),
            "ScriptModule": MODULE,
            **{
                name: Native(name, decorator_or_factory)
                for name in words(
                    "script ignore unused export interface trace script_if_tracing script_method _overload "
                    "_overload_method is_scripting"
                )
            },
            **natives(
                isinstance=is_instance,
                is_scripting=lambda m: False,
                is_tracing=lambda m: False,
                annotate=lambda m, kind, value: value,
            ),
        },
        None,
    ),
    "torch.jit.annotations": (lambda m: {}, lambda name: Symbol(name)),
    "torch.fx": (lambda m: natives(wrap=same), None),
    "torch.onnx": (lambda m: natives(is_in_onnx_export=lambda m: False), None),
    "torch.onnx.operators": (lambda m: natives(shape_as_tensor=lambda m, tensor: m.tensors.size(m, tensor)), None),
    "torch.cuda": (lambda m: natives(is_available=lambda m: False, device_count=lambda m: 0), None),
    "torch.cuda.amp": (lambda m: {"autocast": Native("autocast", decorator_or_factory)}, None),
    "torch.amp": (
        lambda m: natives(
            autocast=decorator_or_factory, custom_fwd=decorator_or_factory, custom_bwd=decorator_or_factory
        ),
        None,
    ),
    "torch.backends": (lambda m: {}, None),
    "torch.distributed": (lambda m: natives(is_available=lambda m: False, is_initialized=lambda m: False), None),
    "torch.compiler": (lambda m: natives(is_compiling=lambda m: False, disable=decorator_or_factory), None),
    "torch._jit_internal": (lambda m: {}, lambda name: Native(name, decorator_or_factory)),
    "torch.types": (lambda m: {}, lambda name: Symbol(name)),
    "torch.fft": (lambda m: natives(**SPECTRA), None),
    "torch.special": (lambda m: {}, named_function),
    "torch.linalg": (lambda m: {}, named_function),
    "torch.overrides": (lambda m: natives(has_torch_function=lambda m, *_: False), None),
}


def within(m: Machine, find_class: Callable[[str], Value]) -> Callable[[str], Value]:
    """Classes that are told in source, then those of the vocabulary."""

    def run(name: str) -> Value:
        found = told_class(m, name)
        return find_class(name) if found is MISSING else found

    return run


LIGHTNING_MODULE = Class("LightningModule", (MODULE,), module="pytorch_lightning")
LIGHTNING_MODULE.namespace["device"] = CPU
HYPERPARAMETERS = Class("AttributeDict", module="pytorch_lightning")


def new_with_hyperparameters(m: Machine, cls: Class, *positional: Value, **keywords: Value) -> Instance:
    """A module that has its arguments as ``self.hparams``."""
    self = new_instance(m, cls, [])
    names: dict[str, Value] = {}
    start = cls.find("__init__")
    if isinstance(start, Function):
        bind_arguments(m, start, [self, *positional], dict(keywords), names)
        names.pop(next(iter(names)))
    self.attributes["hparams"] = Instance(HYPERPARAMETERS, names, payload=names)
    return self


LIGHTNING_MODULE.namespace["__new__"] = Native("__new__", new_with_hyperparameters)
LIGHTNING = {"LightningModule": LIGHTNING_MODULE}


def find(m: Machine, name: str) -> Namespace | None:
    """The module of that name."""
    if name.startswith(("pytorch_lightning", "lightning")):
        names = {"pytorch": Namespace(name, dict(LIGHTNING))} if name == "lightning" else {}
        return Namespace(name, {**LIGHTNING, **names})
    if name.startswith("torch.nn.modules") and name not in MODULES:
        return Namespace(name, dict(NN), within(m, layer_class))
    if name not in MODULES:
        return None
    names_of, missing = MODULES[name]
    return Namespace(name, dict(names_of(m)), within(m, missing) if missing is layer_class else missing)


__all__ = ["Function", "Method", "Opaque", "find"]
