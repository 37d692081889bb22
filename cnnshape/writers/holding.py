"""Arguments that are layers, classes of layers, or objects of the framework, as code makes them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cnnshape.network.spelled import Unwritable
from cnnshape.translation.calls import Coded, text
from cnnshape.vocabularies import own_classes
from cnnshape.vocabularies.declaration import declared, is_marked
from cnnshape.vocabularies.held import Held
from cnnshape.vocabularies.layer import DECLARED, model_of
from cnnshape.vocabularies.objects import KEPT_FOR_EXPORT, Gathered, NamesLayer
from cnnshape.vocabularies.vocabulary import Framework, LayerType

ELSEWHERE = {
    **{name: name for name in own_classes.PYTORCH},
    **{
        name: f"torchvision.ops.{name}"
        for name in (
            *("Conv2dNormActivation", "Conv3dNormActivation", "DeformConv2d", "DropBlock2d", "DropBlock3d"),
            *("FeaturePyramidNetwork", "MLP", "MultiScaleRoIAlign", "PSRoIAlign", "PSRoIPool", "Permute", "RoIAlign"),
            *("RoIPool", "SqueezeExcitation"),
            *("deform_conv2d", "drop_block2d", "drop_block3d", "ps_roi_align", "ps_roi_pool", "roi_align", "roi_pool"),
            "stochastic_depth",
        )
    },
    "spectral_norm": "nn.utils.spectral_norm",
    "weight_norm": "nn.utils.weight_norm",
}
"""What is not a class of `torch.nn`, nor a function of `torch`: the code has it itself, or another module."""

OUTSIDE = {**{name: name for name in own_classes.KERAS}, "Sequential": "keras.Sequential"}
"""What is not in `keras.layers`."""


def class_of(framework: Framework, name: str) -> str:
    """The class of a layer as code names it."""
    return ELSEWHERE.get(name, f"nn.{name}") if framework == "pytorch" else OUTSIDE.get(name, f"layers.{name}")


class Named(Coded, str):
    """An expression: the class of a layer, or an object."""

    @property
    def head(self) -> str:
        """What it names."""
        return self.rpartition(".")[2]

    def __repr__(self) -> str:
        return str(self)


class Spread(Coded, tuple[Any, ...]):
    """Arguments that are given one by one."""

    def __repr__(self) -> str:
        return ", ".join(map(text, self))


class Made(Coded, Held):
    """A layer that another one holds."""

    __slots__ = ()

    @property
    def head(self) -> str:
        """The name of its class."""
        return self.bound.kind.name

    @property
    def arguments(self) -> Mapping[str, Any]:
        """As code states them; the name of a layer is none of the network."""
        given = self.bound.arguments | {name: value for name, value in self.bound.extra.items() if name != "name"}
        return as_code(self.bound.kind, given)

    def __repr__(self) -> str:
        given = (
            text(value) if isinstance(value, Spread) else f"{name}={text(value)}"
            for name, value in self.arguments.items()
        )
        return f"{class_of(self.bound.kind.framework, self.head)}({', '.join(given)})"


def as_code(kind: LayerType, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a layer, each as code states it."""
    known = declared(model_of(kind))
    return {
        name: coded(kind, name, value, known[name].annotation if name in known else Any)
        for name, value in arguments.items()
    }


def coded(kind: LayerType, name: str, value: Any, annotation: Any) -> Any:
    """An argument: what is neither a layer nor an object stays as it is."""
    if isinstance(value, Held):
        return Made(value.bound)
    if isinstance(value, tuple) and value and all(isinstance(each, Held) for each in value):
        several = [Made(each.bound) for each in value]
        if is_marked(annotation, Gathered):
            return Spread(several)
        return several[0] if name == "cell" and len(several) == 1 else several
    if isinstance(value, str) and is_marked(annotation, NamesLayer):
        return Named(class_of(kind.framework, value))
    if (
        isinstance(value, str)
        and (made := re.fullmatch(r"[\w.]*?(\w+\(.*\))", value))
        and name.endswith(KEPT_FOR_EXPORT)
    ):
        return Named(f"keras.{name.rpartition('_')[2]}s.{made[1]}")
    return value


def layers_in(value: Any) -> Iterator[Made | Named]:
    """All layers, classes and objects that an argument is made of, or several are."""
    if isinstance(value, Made | Named):
        yield value
    if isinstance(value, Made):
        value = list(value.arguments.values())
    if isinstance(value, list | tuple):
        for each in value:
            yield from layers_in(each)


def refuse_unsaid(name: str, arguments: Mapping[str, Any]) -> None:
    """Refuse (`Unwritable`) a held layer of which the file does not say what code has to."""
    for each in layers_in(list(arguments.values())):
        if isinstance(each, Made) and not each.head.startswith("Lazy"):
            known = declared(model_of(each.bound.kind))
            needed = {argument for argument in known if argument in DECLARED or known[argument].required}
            if missing := sorted(needed - each.bound.arguments.keys()):
                raise Unwritable(f"{name}: the file does not say the {missing[0]} of {each.head}")
