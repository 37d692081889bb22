"""How a command line is refused."""

from __future__ import annotations


class Misuse(ValueError):  # noqa: N818  # it is about how the program is used, not an error of it
    """A command line that cannot be carried out; `option` is how the option at fault is written, if one is."""

    def __init__(self, message: str, option: str = "") -> None:
        super().__init__(message)
        self.option = option


class Refusing:
    """Makes a misuse of an option of what refuses its value, with these errors, in the block that it is for."""

    def __init__(self, option: str = "", *errors: type[Exception]) -> None:
        self.option, self.errors = option, errors or (ValueError,)

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, self.errors) and not isinstance(error, Misuse):
            raise Misuse(str(error), self.option) from None
