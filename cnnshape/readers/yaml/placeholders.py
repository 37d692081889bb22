"""What an earlier fault leaves without a value: reading it fails without a second finding."""

from __future__ import annotations


class FailedTensor(Exception):  # noqa: N818 - a signal, no error
    """The expression asks for something that has no shape or value because of an earlier fault."""


class FailedValue:
    """The value of a `let` that could not be computed because of an earlier fault; reading it raises `FailedTensor`."""

    def __repr__(self) -> str:
        return "?"


FAILED_VALUE = FailedValue()
