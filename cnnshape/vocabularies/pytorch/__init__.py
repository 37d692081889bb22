"""PyTorch's modules: the table of names. Arguments, defaults and refusals are in the modules beside it."""

from __future__ import annotations

from cnnshape.vocabularies.vocabulary import build

LAYERS: dict[str, dict[str, tuple[str, ...]]] = {}
"""Module classes: ``{module: {model: names}}``."""

OPERATORS: dict[str, dict[str, tuple[str, ...]]] = {}
"""Functions of `torch` and `torch.nn.functional`, which make operator rows."""

ALIASES: dict[str, str] = {}

PREFIXES = ("torch.nn.functional.", "torch.nn.", "torch.", "nn.functional.", "nn.", "F.")

VOCABULARY = build("pytorch", LAYERS, OPERATORS, ALIASES, PREFIXES)
