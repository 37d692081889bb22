"""The modules of Keras and TensorFlow by their names."""

from __future__ import annotations

from collections.abc import Callable

from cnnshape.readers.python.keras.functions import function, known
from cnnshape.readers.python.keras.layers import LAYER, class_for, run, start
from cnnshape.readers.python.keras.models import (
    FUNCTIONAL,
    INPUT_LAYER,
    MODEL,
    SEQUENTIAL,
    make_input,
    tensors_in,
)
from cnnshape.readers.python.keras.tensors import TENSOR
from cnnshape.readers.python.keras.wrappers import WRAPPERS
from cnnshape.readers.python.library import quiet
from cnnshape.readers.python.machine import Machine
from cnnshape.readers.python.modules.standard import decorator_or_factory, natives, same
from cnnshape.readers.python.modules.zoo import application
from cnnshape.readers.python.scopes import MISSING
from cnnshape.readers.python.values import (
    Class,
    Function,
    Instance,
    Namespace,
    Native,
    Opaque,
    Symbol,
    Tensor,
    Value,
    words,
)
from cnnshape.vocabularies.vocabulary import vocabulary


def layer_class(name: str) -> Value:
    """A class of ``keras.layers``, or what has the same name in lower case (``concatenate``)."""
    vocabulary_ = vocabulary("keras")
    kind = vocabulary_.types.get(name) or vocabulary_.types.get(vocabulary_.aliases.get(name, ""))
    if kind is not None and not kind.operator:
        return class_for(kind)
    if name in MERGES:
        cls = class_for(vocabulary_.types[name.capitalize()])

        def merge(m: Machine, inputs: Value, *positional: Value, **words: Value) -> Value:
            from cnnshape.readers.python.calls import call

            return call(m, call(m, cls, list(positional), dict(words)), [inputs], {})

        return Native(name, merge)
    return MISSING


MERGES = frozenset({"add", "subtract", "multiply", "average", "maximum", "minimum", "concatenate", "dot"})


def activation(name: str) -> Value:
    """A function of ``keras.activations``: by its name, or called."""
    word = f"nn.{name}" if known(f"nn.{name}") else name
    if name == "linear":
        return Native(name, lambda m, x: x)
    if not known(word):
        return MISSING
    return Native(name, lambda m, *values, **words: function(m, word, list(values), dict(words)))


def below(prefix: str) -> Callable[[str], Value]:
    """Functions of a module of TensorFlow."""

    def find_function(name: str) -> Value:
        word = f"{prefix}{name}" if known(f"{prefix}{name}") else name
        if not known(word):
            return MISSING
        return Native(name, lambda m, *values, **words: function(m, word, list(values), dict(words)))

    return find_function


def ignored(name: str) -> Value:
    """An initializer, a regularizer, an optimizer: it changes no shape."""
    return Native(name, lambda m, *_, **__: None)


def get_activation(m: Machine, name: Value = None) -> Value:
    """``activations.get``."""
    if not isinstance(name, str):
        return name if name is not None else activation("linear")
    found = activation(name)
    return m.opaque(f"the activation {name}") if found is MISSING else found


def sources(m: Machine, tensor: Value) -> Value:
    """``get_source_inputs``: the inputs that a tensor comes from."""
    rows = m.trace.rows
    found: dict[int, Tensor] = {}
    pending = tensors_in(tensor)
    seen: set[int] = set()
    while pending:
        each = pending.pop()
        if each.row == -1:
            found[each.output] = m.trace.inputs[each.output][1]
        elif each.row is not None and each.row not in seen:
            seen.add(each.row)
            pending.extend(rows[each.row].tensors)
    return [found[output] for output in sorted(found)]


def lambda_start(
    m: Machine, self: Instance, function: Value = None, output_shape: Value = None, **words: Value
) -> None:
    """``Lambda(function)``."""
    for word in ("mask", "arguments"):
        words.pop(word, None)
    start(m, self, **words)
    self.attributes["function"] = function


def lambda_run(m: Machine, self: Instance, *inputs: Value, **_: Value) -> Value:
    """A function as a layer."""
    from cnnshape.readers.python.calls import call

    return call(m, self.attributes["function"], list(inputs), {})


LAMBDA = Class("Lambda", (LAYER,), module="keras.layers")
LAMBDA.namespace |= {"__init__": Native("__init__", lambda_start), "call": Native("call", lambda_run)}
WRAPPED = {"Layer": LAYER, "InputLayer": INPUT_LAYER, "Lambda": LAMBDA, "Input": Native("Input", make_input)}
LAYERS = {**WRAPPED, **WRAPPERS}
MODELS: dict[str, Value] = {"Model": MODEL, "Sequential": SEQUENTIAL, "Functional": FUNCTIONAL}
BACKEND = {
    "KerasTensor": TENSOR,
    **natives(
        image_data_format=lambda m: "channels_last",
        is_keras_tensor=lambda m, value: isinstance(value, Tensor),
        backend=lambda m: "tensorflow",
        floatx=lambda m: "float32",
        epsilon=lambda m: 1e-7,
        get_uid=lambda m, prefix="": uid(m, prefix),
        set_image_data_format=quiet,
        name_scope=quiet,
        clear_session=quiet,
        learning_phase=lambda m: False,
    ),
}


def uid(m: Machine, prefix: str) -> int:
    """``get_uid``: the next number of a name, from 1."""
    counts: dict[str, int] = m.counts
    counts[f"uid {prefix}"] = counts.get(f"uid {prefix}", 0) + 1
    return counts[f"uid {prefix}"]


def either(*finders: Callable[[str], Value]) -> Callable[[str], Value]:
    """The first that knows a name."""

    def run(name: str) -> Value:
        return next((found for each in finders if (found := each(name)) is not MISSING), MISSING)

    return run


EXPORT = natives(keras_export=decorator_or_factory, register_keras_serializable=decorator_or_factory)
OPERATION_UTILS = natives(get_source_inputs=sources)
KERAS: dict[str, tuple[dict[str, Value], Callable[[str], Value] | None]] = {
    "": ({**MODELS, "Input": WRAPPED["Input"], "Layer": LAYER, "__version__": "3.15.1", "KerasTensor": TENSOR}, None),
    "layers": (LAYERS, layer_class),
    "models": (MODELS, None),
    "backend": (BACKEND, below("")),
    "ops": ({}, below("")),
    "ops.image": ({}, below("image.")),
    "ops.nn": ({}, below("nn.")),
    "activations": (natives(get=get_activation), activation),
    "initializers": ({}, ignored),
    "regularizers": ({}, ignored),
    "constraints": ({}, ignored),
    "optimizers": ({}, ignored),
    "losses": ({}, ignored),
    "metrics": ({}, ignored),
    "callbacks": ({}, ignored),
    "utils": ({**EXPORT, **natives(plot_model=quiet, set_random_seed=quiet, get_source_inputs=sources)}, None),
    "saving": (EXPORT, None),
    "mixed_precision": ({}, ignored),
    "api_export": (EXPORT, None),
    "ops.operation_utils": (OPERATION_UTILS, None),
    "utils.layer_utils": (OPERATION_UTILS, None),
    "utils.file_utils": (natives(get_file=lambda m, *_, **__: m.opaque("a file")), None),
    "layers.layer": ({"Layer": LAYER}, None),
    "random": ({}, None),
    "testing": ({}, None),
    "datasets": ({}, None),
    "preprocessing": ({}, None),
}
TENSORFLOW: dict[str, tuple[dict[str, Value], Callable[[str], Value] | None]] = {
    "": (
        {
            **{
                name: Symbol(f"tf.{name}")
                for name in ("float32", "float16", "int32", "int64", "bool", "Tensor", "Module")
            },
            "newaxis": None,
            "__version__": "2.19.0",
            **natives(
                function=decorator_or_factory, constant=lambda m, *_, **__: m.opaque("a constant"), identity=same
            ),
        },
        below(""),
    ),
    "nn": ({}, below("nn.")),
    "math": ({}, below("math.")),
    "image": ({"ResizeMethod": Symbol("ResizeMethod")}, below("image.")),
    "random": ({}, None),
    "compat": ({}, None),
}
ROOTS = ("tensorflow.keras", "tensorflow.python.keras", "tf_keras", "keras.src", "keras.api", "keras")
"""Where Keras is found, the longest name first."""
FOLDERS = words(
    "layers core convolutional pooling normalization merge merging advanced_activations activation recurrent rnn "
    "embeddings wrappers experimental preprocessing noise regularization reshaping attention"
)
"""Modules below ``keras.layers`` from which people import layers."""
READ_AS_SOURCE = ("applications",)
"""Packages of Keras whose source is read, where it is installed."""


def find(m: Machine, name: str) -> Namespace | None:
    """The module of that name."""
    for root in ROOTS:
        if name == root or name.startswith(f"{root}."):
            rest = name[len(root) + 1 :]
            if rest.partition(".")[0] in READ_AS_SOURCE:
                return applications(m, name, rest) if rest.islower() else None
            told = KERAS.get(rest)
            if told is None and rest.startswith("layers.") and FOLDERS.issuperset(rest.split(".")):
                told = KERAS["layers"]
            return Namespace(name, dict(told[0]), told[1]) if told else None
    if name == "tensorflow" or name.startswith("tensorflow."):
        told = TENSORFLOW.get(name[len("tensorflow") :].lstrip("."))
        return Namespace(name, dict(told[0]), told[1]) if told else None
    return None


def applications(m: Machine, name: str, rest: str) -> Namespace | None:
    """``keras.applications``: the source of an installed Keras, found by the name of the model."""
    if name.startswith("keras.src."):
        return None

    def member(each: str) -> Value:
        folder = next(
            (
                root / "keras/src/applications"
                for root in m.importer.roots
                if (root / "keras/src/applications").is_dir()
            ),
            None,
        )
        if folder is None:
            return application(each) if each[:1].isupper() else MISSING
        if (folder / f"{each}.py").is_file():
            return m.importer.dotted(m, f"keras.src.applications.{each}")
        inner = rest.partition(".")[2]
        files = [folder / f"{inner}.py"] if inner else sorted(folder.glob("*.py"))
        for path in files:
            if path.is_file() and f"def {each}(" in path.read_text(encoding="utf-8"):
                return m.importer.dotted(m, f"keras.src.applications.{path.stem}").get(each)
        return MISSING

    return Namespace(name, {}, member)


__all__ = ["Class", "Function", "Opaque", "either", "find", "run"]
