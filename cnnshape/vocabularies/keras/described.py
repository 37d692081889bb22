"""Words for what no layer stands for: see `cnnshape.vocabularies.described`."""

from cnnshape.vocabularies.described import Described, Lambda, Parameter

__all__ = ["Described", "Lambda", "Parameter"]
