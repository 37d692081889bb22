"""The authority over what a layer takes: a pydantic model of its declaration. Imported where something is not plain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from cnnshape.vocabularies.declaration import Info, declared, remembered

if TYPE_CHECKING:
    from cnnshape.vocabularies.layer import Layer

CONFIG = ConfigDict(
    strict=True, frozen=True, extra="forbid", defer_build=True, validate_default=True, protected_namespaces=()
)


@remembered
def pydantic_model(layer: type[Layer]) -> type[BaseModel]:
    """The pydantic model that a layer declares."""
    fields: dict[str, Any] = {}
    for name, argument in declared(layer).items():
        checked: dict[str, Any] = {"validate_default": False} if argument.inferred else {}
        fields[name] = (argument.annotation, Field(... if argument.required else argument.default, **checked))
    return create_model(layer.__name__, __config__=CONFIG, __doc__=layer.__doc__, **fields)


def validate(layer: type[Layer], given: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a layer from arguments by name.

    Raises:
        Fault: a check knows what to write instead.
        ValidationError: everything else that is wrong.
    """
    given = layer.look_over(dict(given), Info(None, context))
    return dict(pydantic_model(layer).model_validate(given, context=context))
