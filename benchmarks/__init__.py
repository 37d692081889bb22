"""How fast cnnshape is, beside what people use instead: ``python -m benchmarks``."""
