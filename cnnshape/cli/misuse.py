"""How a command line is refused."""

from __future__ import annotations


class Misuse(ValueError):  # noqa: N818  # it is about how the program is used, not an error of it
    """A command line that cannot be carried out; `option` is how the option at fault is written, if one is."""

    def __init__(self, message: str, option: str = "") -> None:
        super().__init__(message)
        self.option = option
