"""PyTorch as networks use it: modules, layers and functions of the vocabulary, tensors that are shapes."""
