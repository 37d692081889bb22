"""The modules of Keras and TensorFlow by their names."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import cache, partial
from typing import Any

from cnnshape.readers.python.keras.cloning import clone_model
from cnnshape.readers.python.keras.datasets import DATASETS, load_data, one_hot
from cnnshape.readers.python.keras.functions import function_of, is_function
from cnnshape.readers.python.keras.layers import Layer, class_for
from cnnshape.readers.python.keras.models import Functional, InputLayer, Model, Sequential, make_input
from cnnshape.readers.python.keras.weights import variable
from cnnshape.readers.python.keras.wrapping import Lambda, TimeDistributed, Wrapper
from cnnshape.readers.python.language.importing import told
from cnnshape.readers.python.language.values import MISSING, Namespace, Opaque, Symbol, Tensor, Value, named, now, words
from cnnshape.readers.python.library.arrays import array
from cnnshape.readers.python.library.builtin import answers, decorator, quiet, same
from cnnshape.readers.python.rows.applying import tensors_in
from cnnshape.readers.python.torch.making import MAKERS, of_values
from cnnshape.vocabularies.objects import kept, object_text
from cnnshape.vocabularies.vocabulary import vocabulary

MERGES = words("add subtract multiply average maximum minimum concatenate dot")


def layer_class(name: str) -> Value:
    """A class of ``keras.layers``, or what has the same name in lower case (``concatenate``)."""
    known = vocabulary("keras")
    kind = known.types.get(name) or known.types.get(known.aliases.get(name, ""))
    if kind is not None and not kind.operator:
        return class_for(kind)
    if name not in MERGES:
        return MISSING
    cls = class_for(known.types[name.capitalize()])
    return lambda inputs, *positional, **keywords: cls(*positional, **keywords)(inputs)


def below(prefix: str, name: str) -> Value:
    """A function of a module of TensorFlow."""
    if name.startswith("random_"):
        return random(name)
    word = f"{prefix}{name}" if is_function(f"{prefix}{name}") else name
    return function_of(name, word) if is_function(word) else MISSING


def told_or(file: str, prefix: str) -> Callable[[str], Value]:
    """The functions of a module: those that are told in source, before those of the vocabulary."""

    def find(name: str) -> Value:
        found = MISSING if name in OF_A_FILE else told(file).get(name)
        return below(prefix, name) if found is MISSING else found

    return find


OF_A_FILE = words("ops layers list len range slice __name__ __file__")
"""Names of a file in ``told`` that are none of its functions."""


def linear(x: Value) -> Value:
    """``activations.linear``."""
    return x


@cache
def activation(name: str) -> Value:
    """A function of ``keras.activations``: by its name, or called."""
    if name == "swish":
        return activation("silu")
    return linear if name == "linear" else below("nn.", name)


def get_activation(name: Value = None) -> Value:
    """``activations.get``."""
    if not isinstance(name, str):
        return linear if name is None else name
    found = activation(name)
    return now().opaque(f"the activation {name}") if found is MISSING else found


def sources(tensor: Value) -> Value:
    """``get_source_inputs``: the inputs that a tensor comes from."""
    trace = now().trace
    found: dict[int, Tensor] = {}
    pending = list(tensors_in(tensor))
    seen: set[int] = set()
    while pending:
        each = pending.pop()
        if each.row == -1:
            found[each.output] = trace.inputs[each.output][1]
        elif each.row is not None and each.row not in seen:
            seen.add(each.row)
            pending.extend(trace.rows[each.row].reads)
    return [found[output] for output in sorted(found)]


def uid(prefix: str = "") -> int:
    """``get_uid``: the next number of a name, from 1."""
    counts = now().counts
    counts[f"uid {prefix}"] = counts.get(f"uid {prefix}", 0) + 1
    return counts[f"uid {prefix}"]


def set_image_format(data_format: Value) -> None:
    """``set_image_data_format``: layers that are told none have this from here."""
    now().image_format = data_format


def loss(name: str) -> Value:
    """A class or a function of losses or metrics: what it answers is unknown, and no part of a model."""
    return lambda *_, **__: now().opaque(f"what {name} answers")


def constant(value: Value, dtype: Value = None, shape: Value = None, name: Value = None) -> Value:
    """``tf.constant``."""
    known = value if isinstance(value, Tensor) else array(value)
    if isinstance(known, Opaque):
        return Tensor(None, unknown=known)
    made = of_values(value)
    if shape is not None or dtype not in (None, "tf.float32", "tf.int32", "tf.int64", "float32", "int32", "int64"):
        return Tensor(made.shape if shape is None else tuple(shape))
    return made


def changeable(initial_value: Value = None, *_: Value, **__: Value) -> Value:
    """``tf.Variable``: its values may change, its shape does not."""
    now().note("Keras 3 counts no `tf.Variable` among the weights of a layer or of a model")
    return deepcopy(constant(initial_value))


def random(name: str) -> Value:
    """A function of random values, of a shape."""
    known = name.rpartition("_")[2] in ("normal", "uniform")
    return (lambda shape=(), *_, **__: Tensor(tuple(shape))) if known else MISSING


def of_shape(_: Value, shape: Value = (), *__: Value, **___: Value) -> Value:
    """What an initializer makes of a shape; of a weight a constraint makes one like it."""
    return Tensor(tuple(shape)) if isinstance(shape, list | tuple) else shape


@cache
def numberless(name: str) -> Value:
    """A class that changes no number of a network, or a function that makes an object of one: of that it has a text."""

    def begin(self: Value, *positional: Value, **keywords: Value) -> None:
        self._text = object_text(name, keywords, positional) if type(self) is cls else None

    def get(identifier: Value = None, *_: Value, **__: Value) -> Value:
        if not isinstance(identifier, str | dict):
            return identifier
        made = cls()
        made._text = kept(identifier)
        return made

    cls: Any = type(name, (), {"__init__": begin, "__call__": of_shape, "_text": None})
    if name in ("get", "deserialize"):
        return get
    return cls


FOLDERS = words(
    "layers core convolutional pooling normalization merge merging advanced_activations activation recurrent rnn "
    "embeddings wrappers experimental preprocessing noise regularization reshaping attention"
)
"""Modules below ``keras.layers`` from which people import layers."""
ENGINE = words("base_layer functional input_layer input_spec keras_tensor network sequential topology training")
"""Modules below ``keras.engine``, where models and layers were until Keras 3."""
Missing = Callable[[str], Value] | None
MODELS = named(Model, Sequential, Functional)
EXPORT = dict.fromkeys(("keras_export", "register_keras_serializable"), decorator)
CONSTANTS = {"backend": "tensorflow", "floatx": "float32", "epsilon": 1e-7}
BACKEND = {name: answers(value) for name, value in CONSTANTS.items()} | {
    "KerasTensor": Tensor,
    "get_uid": uid,
    "constant": constant,
    "variable": changeable,
    "learning_phase": answers(False),
    "set_image_data_format": set_image_format,
    "image_data_format": lambda: now().image_format or "channels_last",
    "name_scope": quiet,
    "clear_session": lambda *_, **__: now().counts.clear(),
    "is_keras_tensor": lambda value: isinstance(value, Tensor),
}
UTILITIES = {
    "clear_session": BACKEND["clear_session"],
    **EXPORT,
    **dict.fromkeys(("plot_model", "set_random_seed"), quiet),
    "to_categorical": one_hot,
    "get_source_inputs": sources,
}
LAYERS = {
    **named(Layer, InputLayer, Lambda, TimeDistributed, Wrapper),
    "Input": make_input,
    "StackedRNNCells": lambda cells, **_: list(cells),
}
OF_ENGINE = MODELS | LAYERS | {"get_source_inputs": sources}
OF_KERAS = {"Input": make_input, "Layer": Layer, "KerasTensor": Tensor, "Variable": variable}
KERAS: dict[str, tuple[dict[str, Value], Missing]] = {
    "": (
        {
            **MODELS,
            "Input": make_input,
            "Layer": Layer,
            "__version__": "3.15.1",
            "KerasTensor": Tensor,
            "Variable": variable,
        },
        None,
    ),
    "layers": (LAYERS, layer_class),
    "layers.layer": ({"Layer": Layer}, None),
    "models": (MODELS | named(clone_model) | {"model_from_json": Model.from_config}, None),
    **dict.fromkeys(("engine", *(f"engine.{name}" for name in ENGINE)), (OF_ENGINE, layer_class)),
    "backend": (BACKEND, told_or("keras_backend", "")),
    "config": (BACKEND, None),
    **dict.fromkeys(words("ops ops.numpy ops.linalg ops.math ops.core"), ({}, told_or("keras_ops", ""))),
    "ops.image": ({}, partial(below, "image.")),
    "ops.nn": ({}, partial(below, "nn.")),
    "activations": ({"get": get_activation}, activation),
    **dict.fromkeys(words("initializers regularizers constraints callbacks"), ({}, numberless)),
    **dict.fromkeys(words("optimizers mixed_precision"), ({}, lambda name: answers(None))),
    **dict.fromkeys(("losses", "metrics"), ({}, loss)),
    "random": ({}, random),
    "datasets": ({}, None),
    **{f"datasets.{name}": ({"load_data": load_data(name)}, None) for name in DATASETS},
    **dict.fromkeys(("utils", "utils.np_utils"), (UTILITIES, None)),
    **dict.fromkeys(("saving", "api_export"), (EXPORT, None)),
    **dict.fromkeys(("ops.operation_utils", "utils.layer_utils"), ({"get_source_inputs": sources}, None)),
    "utils.file_utils": ({"get_file": lambda *_, **__: now().opaque("a file")}, None),
    **dict.fromkeys(words("testing preprocessing"), ({}, None)),
}
TENSORFLOW: dict[str, tuple[dict[str, Value], Missing]] = {
    "": (
        {
            **{name: Symbol(f"tf.{name}") for name in words("float32 float16 int32 int64 bool Tensor Module")},
            "newaxis": None,
            "__version__": "2.19.0",
            "function": decorator,
            "identity": same,
            "constant": constant,
            "Variable": changeable,
            "linspace": MAKERS["linspace"],
        },
        told_or("tensorflow", ""),
    ),
    "nn": ({}, told_or("tensorflow", "nn.")),
    "math": ({}, told_or("tensorflow", "math.")),
    "image": ({"ResizeMethod": Symbol("ResizeMethod")}, told_or("tensorflow", "image.")),
    "linalg": ({}, told_or("tensorflow", "")),
    "random": ({}, random),
    "compat": ({}, None),
}
ROOTS = ("tensorflow.keras", "tensorflow.python.keras", "tf_keras", "keras.src", "keras.api", "keras", "tensorflow")
"""Where Keras and TensorFlow are found, the longest name first."""


def find(name: str) -> Namespace | None:
    """The module of that name."""
    root = next((each for each in ROOTS if name == each or name.startswith(f"{each}.")), "")
    rest = name[len(root) + 1 :]
    if root == "tensorflow":
        told = TENSORFLOW.get(rest)
    elif rest.partition(".")[0] == "applications":
        told_here = root != "keras.src" and rest.islower()
        return Namespace(name, {}, partial(application, rest.partition(".")[2])) if told_here else None
    else:
        within = rest.startswith("layers.") and FOLDERS.issuperset(rest.split("."))
        told = KERAS.get(rest) or (KERAS["layers"] if within else None)
    return Namespace(name, dict(told[0]), told[1]) if told else None


PREPROCESSING = {
    **dict.fromkeys(words("resnet resnet50 vgg16 vgg19"), "caffe"),
    **dict.fromkeys(words("inception_resnet_v2 inception_v3 mobilenet mobilenet_v2 nasnet resnet_v2 xception"), "tf"),
    "densenet": "torch",
}
"""How the files of ``keras.applications`` prepare images; the others do it within their models."""


def application(file: str, name: str) -> Value:
    """A name of ``keras.applications``: the source of an installed Keras, found by the name of the model."""
    importer, package = now().importer, "keras.src.applications"
    if not importer.has(package):
        if name == "preprocess_input":
            return told("keras_preprocessing").get(PREPROCESSING.get(file, "plain"))
        from cnnshape.readers.python.library import zoo  # only where a package is missing

        return zoo.application(name) if name[:1].isupper() else MISSING
    if importer.path_of(f"{package}.{name}"):
        return importer.dotted(f"{package}.{name}")
    return importer.defining(package, name, file)
