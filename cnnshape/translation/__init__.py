"""What the other framework would give for the same layer, and why.

A counterpart is the layer that people write when they move between Keras and PyTorch. The shape is often the
same where the values are not, as both pad differently; the verdict says so. Every counterpart is planned in the
vocabulary of its own framework, and refused where that refuses it.
"""

from cnnshape.translation.answer import Counterpart
from cnnshape.translation.conversion import counterpart, counterpart_of
from cnnshape.translation.wording import counterpart_step

__all__ = ["Counterpart", "counterpart", "counterpart_of", "counterpart_step"]
