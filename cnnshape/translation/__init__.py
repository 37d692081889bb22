"""What the other framework would give for the same layer, and why.

A counterpart is the layer that people write when they move between Keras and PyTorch. The shape is often the
same where the values are not, as both pad differently; the verdict says so. Every counterpart is planned in the
vocabulary of its own framework, and refused where that refuses it.
"""
