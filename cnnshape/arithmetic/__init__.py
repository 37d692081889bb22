"""The arithmetic of convolutional networks: integers in, integers out, standard library only.

One formula is one function whose docstring is the formula. A size that is not known is None, and what
follows from it is None.
"""
