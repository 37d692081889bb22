"""The modules of PyTorch by their names."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from types import SimpleNamespace
from typing import Any

from cnnshape.network.node import NO_GRADIENT
from cnnshape.readers.python.language.classes import is_instance
from cnnshape.readers.python.language.functions import Function as SourceFunction
from cnnshape.readers.python.language.guard import CONVERTED, call
from cnnshape.readers.python.language.importing import told
from cnnshape.readers.python.language.values import (
    MISSING,
    Namespace,
    Parameter,
    Stop,
    Symbol,
    Tensor,
    Value,
    named,
    now,
    words,
)
from cnnshape.readers.python.library.builtin import answers, decorator, quiet, same
from cnnshape.readers.python.torch.attention import _detect_is_causal_mask, generate_square_subsequent_mask
from cnnshape.readers.python.torch.containers import CONTAINERS
from cnnshape.readers.python.torch.functions import TYPES, function, is_function
from cnnshape.readers.python.torch.layers import PRIVATE, class_for
from cnnshape.readers.python.torch.making import Size, parameter, refilled, typed
from cnnshape.readers.python.torch.module import Module, as_buffer
from cnnshape.readers.python.torch.tensors import CPU, elements, size
from cnnshape.vocabularies.vocabulary import vocabulary

CONVERTED |= {Tensor: typed, Parameter: parameter}


def named_function(name: str) -> Value:
    """A function of `torch` or ``torch.nn.functional``, or `MISSING`."""
    if not is_function(name):
        return MISSING

    def run(*positional: Value, **keywords: Value) -> Value:
        return function(name, list(positional), keywords)

    run.__name__ = name
    return run


def of_torch(name: str) -> Value:
    """A function of `torch`, which has modules of the same names as methods of tensors: ``torch.cuda``."""
    if f"torch.{name}" in MODULES:
        return MISSING
    return named_function(name)


def layer_class(name: str) -> Value:
    """A class of ``torch.nn``: of the vocabulary, or made of others; or `MISSING`."""
    if name in NN_TOLD:
        return told("torch_nn").get(name)
    kind = vocabulary("pytorch").types.get(name)
    return class_for(kind) if kind is not None and not kind.operator else PRIVATE.get(name, MISSING)


def from_told(name: str) -> Callable[[str], Value]:
    """The names of a module of PyTorch that is told in source."""
    return lambda each: told(f"torch_{name}").get(each)


NN_TOLD = words(
    "TransformerEncoder TransformerDecoder Transformer FloatFunctional QuantStub DeQuantStub SyncBatchNorm "
    "DataParallel DistributedDataParallel MSELoss L1Loss SmoothL1Loss HuberLoss BCELoss BCEWithLogitsLoss KLDivLoss "
    "CrossEntropyLoss NLLLoss"
)
"""Modules and functions that are made of others: ``told/torch_nn.py`` is their source."""


def ntuple(count: int) -> Callable[[Value], Value]:
    """``_pair`` and its like."""
    return lambda value: tuple(value) if isinstance(value, list | tuple) else (value,) * count


def checkpointed(run: Value, *positional: Value, **keywords: Value) -> Value:
    """``checkpoint``: the function is run, and once more in the backward pass; the outermost one counts."""
    told = words("use_reentrant preserve_rng_state context_fn determinism_check debug early_stop")
    given = {name: each for name, each in keywords.items() if name not in told}
    trace = now().trace
    around = trace.checkpoint
    trace.checkpoint = around or f"checkpoint {len(trace.rows)}"
    try:
        return call(now(), run, list(positional), given)
    finally:
        trace.checkpoint = around


def functional_call(module: Value, weights: Value, args: Value = None, kwargs: Value = None, **_: Value) -> Value:
    """``functional_call``: the module with other weights in the place of its own."""
    given = weights if isinstance(weights, dict) else {name: each for part in weights for name, each in part.items()}
    positional = list(args) if isinstance(args, list | tuple) else [] if args is None else [args]
    before = []
    for path, tensor in given.items():
        above, _, name = path.rpartition(".")
        own = vars(module.get_submodule(above))
        held = own["_parameters" if name in own["_parameters"] else "_buffers"]
        if not isinstance(tensor, Tensor) or tensor.row is not None:
            raise Stop("CS601", "weights that depend on an input take no place of others here")
        before.append((held, name, held[name]))
        held[name] = tensor
    try:
        return call(now(), module, positional, dict(kwargs or {}))
    finally:
        for held, name, old in before:
            held[name] = old


class Gradients:
    """``torch.no_grad()`` and its like around statements; as decorators they change nothing here."""

    def __init__(self, mark: str | None) -> None:
        self.mark = self.around = mark

    def __enter__(self) -> None:
        self.around, now().trace.checkpoint = now().trace.checkpoint, self.mark

    def __exit__(self, *_: object) -> None:
        now().trace.checkpoint = self.around

    def __call__(self, function: Value) -> Value:
        return function


def gradients(default: bool) -> Value:
    """A function that switches gradients on or off, as its argument says or by `default`."""

    def switched(value: Value = default, mode: Value = None) -> Value:
        wanted = value if mode is None else mode
        return wanted if callable(wanted) else Gradients(None if wanted is True else NO_GRADIENT)

    return switched


def checkpointed_sequence(functions: Value, segments: Value, value: Value, **_: Value) -> Value:
    """``checkpoint_sequential``: as many segments, each run once more in the backward pass but the last."""
    layers = list(functions)
    size = len(layers) // segments
    for number in range(segments - 1):
        value = checkpointed(in_turn, layers[number * size : (number + 1) * size], value)
    return in_turn(layers[(segments - 1) * size :], value)


def in_turn(layers: list[Value], value: Value) -> Value:
    """Layers one after the other."""
    for each in layers:
        value = call(now(), each, [value], {})
    return value


def fans(tensor: Tensor) -> Value:
    """The numbers of inputs and outputs that a weight connects."""
    if not tensor.shape or len(tensor.shape) < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    window = prod(each or 1 for each in tensor.shape[2:])
    return (tensor.shape[1] or 1) * window, (tensor.shape[0] or 1) * window


class Function:
    """``torch.autograd.Function``: its own `forward`, with a context that keeps nothing."""

    @classmethod
    def apply(cls, *positional: Value) -> Value:
        """Run it."""
        forward = getattr(cls, "forward", None) or now().opaque("a function with a gradient of its own")
        return call(now(), forward, [Namespace("context", {}, lambda name: quiet), *positional], {})


class Hyperparameters(dict[str, Value]):
    """The arguments of a module, as a dict and as attributes."""

    __getattr__ = dict.__getitem__


class LightningModule(Module):
    """A module of PyTorch Lightning, which has its arguments as ``self.hparams``."""

    device = CPU

    def freeze(self) -> None:
        """Nothing of it trains."""
        self.requires_grad_(False).eval()

    def unfreeze(self) -> None:
        """All of it trains."""
        self.requires_grad_(True).train()

    def __new__(cls, *positional: Value, **keywords: Value) -> Any:
        """The module, before it is made."""
        self = super().__new__(cls)
        start: Any = cls.__init__
        names = start.bind((self, *positional), keywords) if isinstance(start, SourceFunction) else {}
        vars(self)["hparams"] = Hyperparameters({name: each for name, each in names.items() if each is not self})
        return self


# ---------------------------------------------------------------------- modules

DTYPES = words(
    "float32 float64 float16 bfloat16 float half double int8 int16 int32 int64 int long short uint8 bool complex64 "
    "channels_last channels_first contiguous_format preserve_format strided per_tensor_affine qint8 quint8 device "
    "Generator memory_format dtype"
)
FALSE = words(
    "is_available is_grad_enabled is_scripting is_tracing is_autocast_enabled is_in_onnx_export is_compiling "
    "is_exporting is_initialized device_count is_inference_mode_enabled is_autocast_cpu_enabled has_torch_function"
)
ABSENT = dict.fromkeys(FALSE, answers(False))
MATH = {"inf": float("inf"), "pi": 3.141592653589793}
LIMITS = {
    "float16": (16, 2.0**-10, 65504.0, 6.1035e-05),
    "bfloat16": (16, 2.0**-7, 3.3895314e38, 1.1755e-38),
    "float64": (64, 2.0**-52, 1.7976931348623157e308, 2.2250738585072014e-308),
    "float32": (32, 2.0**-23, 3.4028235e38, 1.1754943508222875e-38),
}
"""The bits, the step above one, the largest and the smallest number of types."""


def limits(dtype: Value = None) -> Value:
    """``torch.finfo``."""
    name = dtype.name.rpartition(".")[2] if isinstance(dtype, Symbol) else str(dtype)
    bits, eps, most, tiny = LIMITS.get(name, LIMITS["float32"])
    return SimpleNamespace(bits=bits, eps=eps, max=most, min=-most, tiny=tiny)


def integer_limits(dtype: Value) -> Value:
    """``torch.iinfo``."""
    name = dtype.name.rpartition(".")[2] if isinstance(dtype, Symbol) else str(dtype)
    bits = "".join(filter(str.isdigit, name))
    if not bits or "int" not in name:
        return now().opaque("the limits of this type")
    signed = not name.startswith("u")
    return SimpleNamespace(bits=int(bits), max=2 ** (int(bits) - signed) - 1, min=-signed * 2 ** (int(bits) - 1))


DECORATORS = dict.fromkeys(words("autocast compile custom_fwd custom_bwd"), decorator)
GRADIENTS = {
    "no_grad": gradients(False),
    "enable_grad": gradients(True),
    "set_grad_enabled": gradients(False),
    "inference_mode": lambda mode=True: gradients(not mode)() if isinstance(mode, bool) else mode,
}
TORCH: dict[str, Value] = {
    **{name: Symbol(f"torch.{TYPES.get(name, name)}") for name in DTYPES},
    **(ABSENT | DECORATORS | GRADIENTS | named(Tensor) | MATH),
    "finfo": limits,
    "iinfo": integer_limits,
    **dict.fromkeys(words("manual_seed set_default_dtype _assert save"), quiet),
    "FloatTensor": Tensor,
    "Size": Size,
    "numel": elements,
    "is_floating_point": answers(True),
    "is_tensor": lambda value: isinstance(value, Tensor),
    "get_default_dtype": answers(Symbol("torch.float32")),
    "__version__": "2.14.1",
}
NN = named(Module, Parameter, generate_square_subsequent_mask, _detect_is_causal_mask) | CONTAINERS
NN |= {"factory_kwargs": answers({}), "Buffer": lambda data=None, *, persistent=True: as_buffer(data)}
CHECKPOINT = {"checkpoint": checkpointed, "checkpoint_sequential": checkpointed_sequence}
NTUPLES = {f"_{name}": ntuple(count) for count, name in enumerate(("single", "pair", "triple", "quadruple"), 1)}
JIT = words("script ignore unused export interface trace script_if_tracing script_method _overload _overload_method")
MODULES: dict[str, dict[str, Value]] = {
    "torch": TORCH,
    "torch.nn.init": {"_calculate_fan_in_and_fan_out": fans, "calculate_gain": answers(1.0)},
    "torch.nn.parameter": {"Parameter": Parameter},
    "torch.nn.modules.utils": {**NTUPLES, "_ntuple": ntuple},
    "torch.nn.utils": {"clip_grad_norm_": same},
    "torch.utils.checkpoint": CHECKPOINT,
    "torch.autograd": {"Function": Function, "Variable": Tensor},
    "torch.autograd.function": {"Function": Function, "once_differentiable": decorator},
    "torch.autograd.variable": {"Variable": Tensor},
    **dict.fromkeys(("torch.func", "torch.nn.utils.stateless"), named(functional_call)),
    "torch.jit": {
        "Final": Symbol("torch.jit.Final"),
        "ScriptModule": Module,
        **dict.fromkeys(JIT, decorator),
        **ABSENT,
        "isinstance": is_instance,
        "annotate": lambda kind, value: value,
    },
    "torch.fx": {"wrap": same},
    "torch._C": {"_get_tracing_state": quiet},
    "torch.onnx.operators": {"shape_as_tensor": size},
    **dict.fromkeys(("torch.amp", "torch.cuda.amp"), DECORATORS),
    "torch.compiler": {**ABSENT, "disable": decorator},
    **dict.fromkeys(("torch.onnx", "torch.cuda", "torch.distributed", "torch.overrides"), ABSENT),
    "torch.accelerator": {**ABSENT, "current_accelerator": quiet},
    **{f"torch.{name}": {} for name in words("ao ao.nn utils utils.model_zoo hub backends nn.attention")},
}
MISSED: dict[str, Callable[[str], Value]] = {
    **dict.fromkeys(("torch.nn.functional", "torch.special", "torch.linalg"), named_function),
    "torch": of_torch,
    "torch.fft": lambda name: named_function(f"fft.{name}"),
    **dict.fromkeys(("torch.nn", "torch.nn.parallel", "torch.nn.quantized", "torch.ao.nn.quantized"), layer_class),
    **dict.fromkeys(("torch.ao.quantization", "torch.quantization"), layer_class),
    "torch.nn.init": lambda name: refilled,
    **dict.fromkeys(("torch.nn.common_types", "torch.jit.annotations", "torch.types"), Symbol),
    "torch._jit_internal": lambda name: decorator,
    **{f"torch.nn.utils{name}": from_told("norms") for name in ("", ".weight_norm", ".spectral_norm")},
    **{f"torch.nn.utils.{name}": from_told(name) for name in words("parametrize parametrizations prune fusion")},
    **{f"torch.{name}": from_told(name.rpartition(".")[2]) for name in ("fx", "optim.swa_utils")},
    **{f"torch.distributions{part}": from_told("distributions") for part in ("", ".normal", ".kl", ".categorical")},
    "torch.optim": lambda name: told("torch_optim").get("Optimizer") if name[:1].isupper() else MISSING,
}
"""What modules say of names that are not listed."""


def find(name: str) -> Namespace | None:
    """The module of that name."""
    if name.startswith(("pytorch_lightning", "lightning")):
        return Namespace(name, {"LightningModule": LightningModule})
    file = name.rpartition(".")[2].islower()
    if name == "torch.nn" or (name.startswith("torch.nn.modules") and name not in MODULES and file):
        return Namespace(name, dict(NN), layer_class)
    if name not in MODULES and name not in MISSED:
        return None
    return Namespace(name, dict(MODULES.get(name, {})), MISSED.get(name))
