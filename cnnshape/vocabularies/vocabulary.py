"""Looking a layer up by the name somebody wrote."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache, lru_cache
from importlib import import_module
from itertools import chain, count
from typing import Literal

from cnnshape.diagnostics import Fault
from cnnshape.spelling import alike, correction
from cnnshape.value import NamedTuple, value

Framework = Literal["keras", "pytorch"]
FRAMEWORKS: tuple[Framework, ...] = ("keras", "pytorch")
Backend = Literal["tensorflow", "jax", "torch"]
BACKENDS: tuple[Backend, ...] = ("tensorflow", "jax", "torch")
"""What runs Keras's layers."""


class LayerType(NamedTuple):
    """One word of a vocabulary.

    Attributes:
        framework: whose word it is.
        name: the framework's class (or function) name.
        module, model: where its pydantic model lives, below the framework's package.
        rank: the number of spatial axes that the name states (``Conv2D``: 2), or None.
        operator: whether it is a function or operator rather than a layer class.
    """

    framework: Framework
    name: str
    module: str
    model: str
    rank: int | None
    operator: bool = False


@value
class Vocabulary:
    """All words of one framework, and the prefixes that pasted code may carry; below some there are functions only."""

    framework: Framework
    types: Mapping[str, LayerType]
    aliases: Mapping[str, str]
    prefixes: tuple[str, ...]
    of_functions: tuple[str, ...]
    _folded: dict[str, str]
    _folded_functions: dict[str, str]

    def find(self, written: str) -> LayerType | None:
        """The type for a name as written: exact, then an alias, then without regard to case and underscores.

        A function of weights is meant below a prefix of functions alone: ``conv2d`` is how some write ``Conv2d``.
        """
        exact = self.find_exact(written)
        if exact is not None and exact.module == "weighted" and not self.is_function(written):
            return self.find_folded(written) or exact
        return exact or self.find_folded(written)

    def find_folded(self, written: str) -> LayerType | None:
        """The type whose name is this but for case and underscores: a layer if there is one, else a function.

        Below a prefix of functions it is the other way round.
        """
        key = fold(self.strip(written))
        name = (self.is_function(written) and self._folded_functions.get(key)) or self._folded.get(key)
        return self.types[name] if name else None

    def is_function(self, written: str) -> bool:
        """Whether the prefix says that it is a function: ``F.conv2d`` is not ``Conv2d``."""
        prefix = written[: len(written) - len(self.strip(written))]
        return prefix in self.of_functions

    def find_exact(self, written: str) -> LayerType | None:
        """The type whose class name or alias is exactly this."""
        bare = self.strip(written)
        name = bare if bare in self.types else self.aliases.get(bare)
        return self.types[name] if name else None

    def strip(self, written: str) -> str:
        """The name without ``nn.``, ``layers.``, ``tf.keras.layers.`` and the like."""
        for prefix in self.prefixes:
            if written.startswith(prefix):
                return written[len(prefix) :]
        return written


def fold(name: str) -> str:
    """A name without case and underscores: ``max_pooling2d`` is ``MaxPooling2D``."""
    return name.replace("_", "").lower()


def over_axes(*names: str) -> tuple[str, ...]:
    """Every name for one, two and three spatial axes: ``Conv`` is Conv1d, Conv2d, Conv3d."""
    return tuple(f"{name}{rank}d" for name in names for rank in (1, 2, 3))


Table = Mapping[str, Mapping[str, Sequence[str]]]
"""The names of layers by the module and the model that declare them."""


def table(text: str, prefix: str = "") -> Table:
    """The table of a text such as ``convolution.Conv: Conv?D``: the model, then names; ``?`` is 1, 2 and 3.

    Behind a module alone each name has a model of its own: that of ``expand_dims`` is ExpandDims.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for word in text.split():
        if word.endswith(":"):
            module, _, model = word[:-1].partition(".")
            continue
        own = model or "".join(part[0].upper() + part[1:] for part in word.split("_"))
        names = [prefix + word.replace("?", rank) for rank in ("123" if "?" in word else "1")]
        found.setdefault(module, {}).setdefault(own, []).extend(names)
    return found


def build(
    framework: Framework,
    layers: Table,
    operators: Table,
    aliases: Mapping[str, str],
    prefixes: tuple[str, ...],
    of_functions: tuple[str, ...] = (),
) -> Vocabulary:
    """A vocabulary from tables; the rank is the digit in a name."""
    types: dict[str, LayerType] = {}
    find_digit = re.compile(r"([123])[dD]").search
    for table, operator in ((layers, False), (operators, True)):
        for module, models in table.items():
            for model, names in models.items():
                for name in names:
                    digit = find_digit(name)
                    rank = int(digit[1]) if digit else None
                    types[name] = LayerType(framework, name, module, model, rank, operator)
    functions = {fold(name): name for name, kind in types.items() if kind.operator}
    folded = {fold(alias): name for alias, name in aliases.items()}
    exactly = [name for name, kind in types.items() if kind.module != "described"]  # `layer:` is a key of other formats
    folded |= {fold(name): name for name in reversed(exactly)}  # layers, which come first, win over functions
    return Vocabulary(framework, types, aliases, prefixes, of_functions, folded, functions)


@cache
def vocabulary(framework: Framework) -> Vocabulary:
    """The vocabulary of a framework."""
    words: Vocabulary = import_module(f"cnnshape.vocabularies.{framework}").VOCABULARY
    return words


def lookup(framework: Framework, written: str) -> LayerType:
    """The layer that `written` names in a file of `framework`.

    Raises:
        Fault: CS102 where it is exactly the other framework's class, CS101 where nobody has it.
    """
    words = vocabulary(framework)
    found = words.find_exact(written) and words.find(written)
    if found:
        return found
    other = next(vocabulary(each) for each in FRAMEWORKS if each != framework)
    foreign = other.find_exact(written)
    near = words.find(written)
    if foreign and not (near and foreign.operator):
        same = words.find(other.strip(written))
        ours = same.name if same else translated(foreign.name, framework)
        change = f", or write {title(framework)}'s {ours} with its own arguments" if ours else ""
        raise Fault(
            "CS102",
            f"{foreign.name} is {title(foreign.framework)}'s name; this file's framework is {title(framework)}",
            fix=f"set `framework: {foreign.framework}`{change}",
            replacement=same.name if same else None,
        )
    if near:
        if words.is_function(written) and not near.operator:
            raise Fault(
                "CS101",
                f"cnnshape knows no {title(framework)} function named {written!r}, only the layer {near.name}",
                fix=f"write {near.name}, with a layer's arguments",
            )
        return near
    from cnnshape.vocabularies.not_yet import not_known_yet  # only for a message

    for each, owner in ((words, framework), (other, other.framework)):
        if fault := not_known_yet(owner, each.strip(written), title(owner)):
            raise fault
    close = names_like(framework, written)
    raise Fault(
        "CS101",
        f"cnnshape knows no {title(framework)} layer named {written!r}, and this file defines no block of that name",
        fix=f"did you mean {' or '.join(close)}?" if close else None,
        replacement=correction(words.strip(written), close[0]) if len(close) == 1 else None,
    )


@lru_cache(maxsize=1000)  # as in `spelling`: a repeat asks for the same name in each round
def names_like(framework: Framework, written: str) -> list[str]:
    """The layers whose names are like the written one, best first."""
    words = vocabulary(framework)
    names = [*(name for name, kind in words.types.items() if kind.module != "described"), *words.aliases]
    close = alike(words.strip(written), names) or [words._folded[key] for key in alike(fold(written), words._folded)]
    return likeliest(words.strip(written), list(dict.fromkeys(words.aliases.get(name, name) for name in close)))


def likeliest(written: str, names: list[str]) -> list[str]:
    """Of names like the written one, best first, only the best where no other comes near it: a slip of the finger."""
    from difflib import SequenceMatcher  # only for a message

    first, second, *_ = [*(SequenceMatcher(None, name, written).ratio() for name in names), 0, 0]
    return names[:1] if first >= 0.9 and second <= first - 0.1 else names


TRANSLATED = """
    Dense/Linear BatchNormalization/BatchNorm2d LayerNormalization/LayerNorm GroupNormalization/GroupNorm
    RMSNormalization/RMSNorm MaxPooling{}D/MaxPool{}d AveragePooling{}D/AvgPool{}d
    AdaptiveMaxPooling{}D/AdaptiveMaxPool{}d AdaptiveAveragePooling{}D/AdaptiveAvgPool{}d
    GlobalMaxPooling{}D/AdaptiveMaxPool{}d(1) GlobalAveragePooling{}D/AdaptiveAvgPool{}d(1)
    Conv{}DTranspose/ConvTranspose{}d ZeroPadding{}D/ZeroPad{}d SpatialDropout{}D/Dropout{}d UpSampling2D/Upsample
    Concatenate/cat Add/add Multiply/mul BatchNormalization/BatchNorm1d BatchNormalization/BatchNorm3d
    Activation("sigmoid")/Sigmoid Activation("tanh")/Tanh Activation("gelu")/GELU Activation("silu")/SiLU
    Activation("selu")/SELU Activation("celu")/CELU Activation("mish")/Mish Activation("relu")/ReLU
    Activation("relu6")/ReLU6 Activation("softplus")/Softplus Activation("softsign")/Softsign
    Activation("hard_silu")/Hardswish Activation("hard_sigmoid")/Hardsigmoid Activation("hard_tanh")/Hardtanh
    Activation("log_sigmoid")/LogSigmoid Activation("tanh_shrink")/Tanhshrink Activation("softmax")/Softmax(dim=-1)
    Activation("log_softmax")/LogSoftmax(dim=-1)
"""
TRANSLATIONS = [pair.split("/") for pair in TRANSLATED.split()]
"""Keras's and PyTorch's names of one layer, where they differ in more than case; ``{}`` is the number of axes."""


def translated(name: str, into: Framework) -> str | None:
    """What `into` calls the other framework's layer, or None."""
    for keras, pytorch in TRANSLATIONS:
        foreign, ours = (keras, pytorch) if into == "pytorch" else (pytorch, keras)
        for rank in "123":
            if foreign.format(rank) == name:
                return ours.format(rank)
    return None


def title(framework: str) -> str:
    """The framework's name as it writes itself."""
    return {"keras": "Keras", "pytorch": "PyTorch"}[framework]


@lru_cache(maxsize=1024)
def snake_case(name: str) -> str:
    """Keras's automatic name of a class: ``MaxPooling2D`` is ``max_pooling2d``, ``ReLU`` is ``re_lu``.

    Source: ``keras.src.utils.naming.to_snake_case``.
    """
    name = re.sub(r"\W+", "", name.rpartition(".")[2])
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def free_name(wanted: str, taken: Collection[str]) -> str:
    """The name, with a number from 2 where it is taken."""
    return next(each for each in chain([wanted], (f"{wanted}_{number}" for number in count(2))) if each not in taken)
