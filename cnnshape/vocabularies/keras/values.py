"""Types of arguments that only Keras's layers have."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

DataFormat = Literal["channels_last", "channels_first"] | None
"""Where the channels lie; None: as the file (or Keras's default) says."""


def activation_name(value: Any) -> Any:
    """``None`` and ``"linear"`` are the same activation."""
    return None if value == "linear" else value


ActivationName = Annotated[str | None, BeforeValidator(activation_name)]
"""A name of `keras.activations`."""
