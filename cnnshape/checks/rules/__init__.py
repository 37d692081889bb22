"""Advice on a planned network: one module a rule, and its page of the same code in the book.

A rule is a pure function `check` of a `AdviceView`; it states its numbers and its threshold in every message, and
stays silent where it does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from cnnshape.checks.advice_view import AdviceView
from cnnshape.checks.rules import (
    across_batch,
    activation_on_logits,
    backends_differ,
    bias_before_batch_norm,
    channels_elsewhere,
    channels_not_multiple_of_8,
    deep_without_normalization,
    dense_holds_most_parameters,
    dense_on_map,
    dropout_before_batch_norm,
    duplicate_layer,
    even_kernel_same,
    feature_map_exhausted,
    gridding,
    kernel_reads_only_padding,
    linear_after_linear,
    misplaced_argument,
    one_value_to_normalize,
    overwritten_before_read,
    receptive_field_too_small,
    representational_bottleneck,
    stride_skips_input,
    uneven_same_padding,
    unproductive_layers,
    unread_border,
)
from cnnshape.diagnostics import Diagnostic

RULES: Mapping[str, Callable[[AdviceView], Iterator[Diagnostic]]] = {
    "CS501": unread_border.check,
    "CS502": stride_skips_input.check,
    "CS503": uneven_same_padding.check,
    "CS504": even_kernel_same.check,
    "CS505": bias_before_batch_norm.check,
    "CS506": linear_after_linear.check,
    "CS507": activation_on_logits.check,
    "CS508": deep_without_normalization.check,
    "CS509": dropout_before_batch_norm.check,
    "CS510": receptive_field_too_small.check,
    "CS511": unproductive_layers.check,
    "CS512": dense_holds_most_parameters.check,
    "CS513": kernel_reads_only_padding.check,
    "CS514": feature_map_exhausted.check,
    "CS515": channels_not_multiple_of_8.check,
    "CS516": duplicate_layer.check,
    "CS517": representational_bottleneck.check,
    "CS518": across_batch.check,
    "CS519": overwritten_before_read.check,
    "CS520": misplaced_argument.check,
    "CS521": dense_on_map.check,
    "CS522": channels_elsewhere.check,
    "CS523": one_value_to_normalize.check,
    "CS524": backends_differ.check,
    "CS525": gridding.check,
}
"""The rules by code."""
