"""What Keras's layers take for each of their weights: kept for export, it changes no number."""

from __future__ import annotations

from collections.abc import Callable

from cnnshape.vocabularies.layer import Declaration, noted


def keeps(behind: str | None, *, activity: bool = False, **initializers: str) -> Callable[[Declaration], Declaration]:
    """Let a layer take initializers, regularizers and constraints of its weights, in Keras's order.

    Args:
        behind: the argument that these come behind; None: they come first.
        activity: whether a regularizer of the output is among them.
        initializers: the weights, with the default of the initializer; moving statistics take no more than that.
    """
    trained = [name for name in initializers if not name.startswith("moving_")]
    regularized = [*trained, "activity"] if activity else trained
    kept = {f"{name}_initializer": initializer for name, initializer in initializers.items()}
    others = [f"{name}_regularizer" for name in regularized] + [f"{name}_constraint" for name in trained]
    return noted(kept=(behind, kept | dict.fromkeys(others)))
