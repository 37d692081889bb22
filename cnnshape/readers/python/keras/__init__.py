"""Keras as networks use it: layers called on tensors, functional and sequential models, subclasses, functions."""
