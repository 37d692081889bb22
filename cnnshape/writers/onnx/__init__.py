"""ONNX: a plan as a model. `model` writes it, by the rules of `operators`."""
