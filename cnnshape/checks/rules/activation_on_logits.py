"""CS507: an activation where a loss or a softmax expects logits."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.checks.advice_view import Advice, AdviceView, activation_of, by_no_size, changes_no_value
from cnnshape.network.plan import Row
from cnnshape.operations.dense import Dense

SQUASHING = frozenset({"softmax", "log_softmax", "sigmoid"})
"""Activations that turn logits into probabilities."""

CUTTING = frozenset({"relu", "relu6"})
"""Activations that leave nothing of a negative logit."""


@by_no_size
def check(view: AdviceView) -> Iterator[Advice]:
    """PyTorch: the model returns a softmax, or what relu leaves of a linear layer's values.

    Both frameworks: a softmax or sigmoid of values that are activated already.
    """
    for row, name in view.activated:
        if name in CUTTING and view.plan.framework == "pytorch":
            yield from cut_logits(view, row)
        if name not in SQUASHING:
            continue
        earlier = activated_before(view, row)
        if earlier is not None:
            yield Advice(
                row,
                f"{row.type} applies {name} to what {earlier.name} has put through {activation_of(earlier)} already",
                f"remove one of them: {name} expects logits, which may be negative and of any size",
            )
        elif name == "softmax" and view.plan.framework == "pytorch" and view.is_output(row):
            yield Advice(
                row,
                "the model returns softmax; torch.nn.CrossEntropyLoss expects logits and applies it itself",
                f"remove {row.type}, and apply softmax to what the model returns when probabilities are needed",
            )


def cut_logits(view: AdviceView, row: Row) -> Iterator[Advice]:
    """The model returns nothing but the activation of a linear layer with more than one feature."""
    if not view.is_output(row) or len(view.plan.outputs) > 1:
        return
    source = beyond_views(view, row)
    if source is not None and isinstance(source.operation, Dense) and source.operation.units > 1:
        yield Advice(
            row,
            f"the model returns {activation_of(row)} of {source.name}: if these are logits, those below 0 are lost, "
            "and with them the gradients; torch.nn.CrossEntropyLoss expects logits of any sign",
            f"remove {row.type} if the model is trained as a classifier",
        )


def activated_before(view: AdviceView, row: Row) -> Row | None:
    """The row with an activation that a row of an activation alone reads, beyond rows that change no value."""
    if getattr(row.operation, "activation", None) is not None:
        return None
    source = beyond_views(view, row)
    return source if source is not None and activation_of(source) else None


def beyond_views(view: AdviceView, row: Row) -> Row | None:
    """The only row that a row reads, beyond rows that change no value."""
    sources = view.sources(row)
    while len(sources) == 1 and changes_no_value(sources[0]):
        sources = view.sources(sources[0])
    return sources[0] if len(sources) == 1 else None
