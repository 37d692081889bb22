"""The words that an argument takes: what a word without quotes may have meant."""

from __future__ import annotations

from functools import cache
from typing import Any

from cnnshape.spelling import nearest
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.layer import ACCEPTED, model_of
from cnnshape.vocabularies.objects import KEPT_FOR_EXPORT
from cnnshape.vocabularies.vocabulary import LayerType, fold


class Words(NamedTuple):
    """What an argument takes beside numbers: words (`free`: any), and whether null."""

    choices: tuple[str, ...] = ()
    free: bool = False
    null: bool = False

    def meant(self, written: str) -> str | None:
        """The choice that is certainly the written word: but for its case, underscores and dots in front."""
        if self.free:
            return written
        return next((choice for choice in self.choices if fold(choice) == fold(written)), None)

    def near(self, written: str) -> str | None:
        """The choice that the written word may be a slip of."""
        return nearest(written.lower(), self.choices)


@cache
def words_for(kind: LayerType, argument: str) -> Words:
    """What an argument of a layer takes beside numbers, as its model's schema says."""
    if argument in ACCEPTED[kind.framework] or argument.endswith(KEPT_FOR_EXPORT):
        return Words(free=True, null=True)
    from cnnshape.vocabularies.validation import pydantic_model  # only for a message

    schema = pydantic_model(model_of(kind)).model_json_schema()["properties"].get(argument, {})
    kinds: list[dict[str, Any]] = schema.get("anyOf", [schema])
    choices = [word for each in kinds for word in each.get("enum", [each["const"]] if "const" in each else [])]
    return Words(
        tuple(choices),
        any(each.get("type") == "string" and not {"enum", "const"} & each.keys() for each in kinds),
        any(each.get("type") == "null" for each in kinds),
    )
