"""A network, whoever has read it: its nodes, what computes their shapes, and the `Plan` of it."""
