"""Modules of networks whose source is not installed."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.readers.python.language.values import Part, Value, now, unknown_in
from cnnshape.readers.python.torch.module import Module


class Besides(Module):
    """A network of the zoo, whose package gives it more than is known of it here."""

    def _unknown(self, what: str) -> Part:
        return Part(f"{what} of {type(self).__name__}, whose source is not installed", now().place())

    def __getattr__(self, name: str) -> Value:
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name.startswith("__"):
                raise
            return self._unknown(f"`{name}`")


class Unnamed(Besides):
    """A network of the zoo: what it cannot answer by torchvision's names is not known."""

    @property
    def _modules(self) -> Value:
        """Its parts, where they are torchvision's."""
        own = vars(self)
        return own["_modules"] if own.get("_whole") else self._unknown("the parts")

    def __setattr__(self, name: str, value: Value) -> None:
        own = vars(self)
        unknown = value is None or unknown_in(value) is not None
        may_be_part = isinstance(value, Module) or (unknown and not own.get("_whole"))
        if name not in own["_modules"] and may_be_part:
            self._unknown(f"`{name}`").refuse()
        super().__setattr__(name, value)

    def __getitem__(self, key: Value) -> Value:
        return self._unknown("a part")

    def __setitem__(self, key: Value, value: Value) -> None:
        self._unknown("a part").put(key, value)

    def children(self) -> Iterator[Value]:
        """Its parts, where they are torchvision's."""
        return super().children() if vars(self).get("_whole") else iter(self._unknown("the parts"))

    def _names(self, *_: Value, **__: Value) -> Value:
        return now().opaque(f"the names within {type(self).__name__}, whose source is not installed")

    named_parameters = named_children = named_modules = named_buffers = state_dict = _names
