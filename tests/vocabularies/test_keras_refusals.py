"""What a refused Keras layer says: the whole message, its code, and what to write instead."""

from __future__ import annotations

import pytest

from cnnshape.diagnostics import Fault
from cnnshape.vocabularies.layer import Faults
from tests.vocabularies.observed import apply

IMAGE = (1, 8, 8, 4)

REFUSALS = [
    # arguments
    ("ops.image.extract_patches", [IMAGE], {"size": [2, 2], "strides": [1, 1, 1]},
     "CS105", "ops.image.extract_patches's strides are 3, but its window has 2 axes", None),
    ("ops.image.extract_patches", [IMAGE], {"size": [2, 2], "dilation_rate": [1, 1, 1]},
     "CS105", "ops.image.extract_patches's dilation is 3, but its window has 2 axes", None),
    ("ops.image.resize", [IMAGE], {"size": [3, 3, 3]},
     "CS105", "ops.image.resize's size has 3 numbers: an image has a height and a width", None),
    ("Conv2D", [IMAGE], {"filters": 0, "kernel_size": 3},
     "CS105", "Conv2D's filters must be at least 1, got 0", None),
    ("Conv2D", [IMAGE], {"filters": 4, "kernel_size": [3]},
     "CS105", "Conv2D's kernel_size must be one whole number or 2, one per axis, got [3]", None),
    ("Conv2D", [IMAGE], {"filters": 4, "kernel_size": 3, "padding": "full"},
     "CS105", "Conv2D's padding must be 'valid' or 'same', got 'full'", None),
    ("Conv2D", [IMAGE], {"filters": 4, "kernel_size": 3, "padding": "causal"},
     "CS105", "Conv2D has no causal padding; only Conv1D has", 'use padding="valid" or padding="same"'),
    ("Conv2D", [IMAGE], {"filters": 4, "kernel_size": 3, "strides": 2, "dilation_rate": [1, 2]},
     "CS108", "Conv2D cannot have strides=[2, 2] together with dilation_rate=[1, 2]: "
     "Keras allows only one of them above 1", "use strides=1 or dilation_rate=1"),
    ("Conv2D", [IMAGE], {"filters": 6, "kernel_size": 3, "activation": "rleu"},
     "CS105", "Keras has no activation 'rleu'", 'did you mean "relu"?'),
    ("Conv2D", [IMAGE], {"filters": 6, "kernel_size": 3, "activation": "glu"},
     "CS105", 'the activation "glu" halves the channels, so the output would not be as wide as the layer says',
     'write Activation("glu") as a row of its own'),
    ("Conv2DTranspose", [IMAGE], {"filters": 6, "kernel_size": 3, "strides": [2, 3], "output_padding": [1, 3]},
     "CS108", "Conv2DTranspose's output_padding=[1, 3] has to be below strides=[2, 3]: 3 is not below 3",
     "use an output_padding of at most 2 on axis 2, or leave it out"),
    ("MaxPooling2D", [IMAGE], {"padding": "SAME"},
     "CS105", "MaxPooling2D's padding must be 'valid' or 'same', got 'SAME'", None),
    ("AveragePooling2D", [IMAGE], {},
     "CS104", "AveragePooling2D needs pool_size", "add pool_size=..."),
    ("ZeroPadding2D", [IMAGE], {"padding": [[1, 2, 3], 1]},
     "CS105", "ZeroPadding2D's padding must have two numbers per axis: before and after, got [[1, 2, 3], 1]", None),
    ("Reshape", [IMAGE], {"target_shape": 256},
     "CS105", "Reshape's target_shape is a list of sizes without the batch, got 256", "write [256]"),
    ("Permute", [IMAGE], {"dims": [0, 1, 2]},
     "CS105", "Permute's dims must name each axis from 1 to 3 once (the batch, axis 0, stays), got [0, 1, 2]", None),
    ("Dropout", [IMAGE], {"rate": 1.5},
     "CS105", "Dropout's rate must be from 0 to 1, got 1.5", None),
    ("ReLU", [IMAGE], {"max_value": -1},
     "CS105", "ReLU's max_value must be at least 0, got -1", None),
    ("GroupNormalization", [IMAGE], {"groups": 0},
     "CS105", "GroupNormalization's groups must be at least 1, or -1 for one group a channel, got 0", None),
    ("Normalization", [IMAGE], {"mean": [1.0, 2.0]},
     "CS108", "Normalization has mean without variance: Keras takes both or neither",
     "add variance=..., or leave mean out to learn both from data"),
    ("ops.add", [IMAGE], {"x1": 1, "x2": 2},
     "CS108", "ops.add has two numbers and no place for a tensor", "keep x1 or x2"),
    # shapes
    ("Conv2D", [IMAGE], {"filters": 4, "kernel_size": 9},
     "CS301", "Conv2D's window of 9 is larger than its input along the height: 8",
     'use a window of at most 8, an input of at least 9, or padding="same"'),
    ("Conv2D", [(1, 8, 4, 3)], {"filters": 4, "kernel_size": 3, "dilation_rate": 2},
     "CS301", "Conv2D's window of 5 (3 dilated by 2) is larger than its input along the width: 4",
     'use a window of at most 4, an input of at least 5, or padding="same"'),
    ("Conv2D", [(1, 8, 4)], {"filters": 4, "kernel_size": 3},
     "CS302", "Conv2D needs 4 axes (batch, height, width, channels), but its input (1, 8, 4) has 3", None),
    ("Conv2D", [(1, 8, 8, None)], {"filters": 4, "kernel_size": 3},
     "CS312", "Conv2D has weights for each of its input's channels, but their number is unknown",
     "state the number of channels in `input:`"),
    ("Conv2D", [IMAGE], {"filters": 6, "kernel_size": 3, "groups": 3},
     "CS307", "Conv2D: groups=3 does not divide its 4 input channels", "use groups=2"),
    ("Conv2D", [IMAGE], {"filters": 6, "kernel_size": 3, "groups": 4},
     "CS307", "Conv2D: groups=4 does not divide its 6 filters", "use groups=2"),
    ("Conv2DTranspose", [(1, 1, 1, 3)],
     {"filters": 6, "kernel_size": 2, "strides": 1, "padding": "same", "output_padding": 0},
     "CS308", "Conv2DTranspose leaves nothing along the height: its windows cover 2, of which 2 are cropped",
     "use less padding, more output_padding, or a larger kernel"),
    ("Cropping2D", [IMAGE], {"cropping": 4},
     "CS308", "Cropping2D takes 4 + 4 from the height of 8, which leaves nothing",
     "crop at most 7 in all, or use an input of at least 9"),
    ("Dense", [(1, None)], {"units": 3},
     "CS312", "Dense has weights for each of its input's features, but their number is unknown",
     "state the unknown sizes in `input:`, or pool them away before (GlobalAveragePooling2D)"),
    ("Reshape", [IMAGE], {"target_shape": [8, 8, 5]},
     "CS306", "Reshape to (8, 8, 5) needs 320 elements, but its input (8, 8, 4) has 256 per sample",
     "use (8, 8, 4)"),
    ("Permute", [IMAGE], {"dims": [2, 1]},
     "CS302", "Permute orders 2 axes besides the batch, but its input (1, 8, 8, 4) has 3", "name all axes from 1 to 3"),
    ("PReLU", [(1, None, None, 3)], {},
     "CS312", "PReLU has a slope for each element along axis 1 of (1, ?, ?, 3), which is unknown",
     "share it: shared_axes=[1]"),
    ("Activation", [(1, 5)], {"activation": "glu"},
     "CS313", "Activation halves axis 1 of (1, 5), but 2 does not divide 5", "give it 4 or 6"),
    ("Normalization", [(4, 8)], {"axis": 0},
     "CS310", "Normalization along axis 0 would have statistics for each sample of a batch", "use the channel axis"),
    ("Normalization", [IMAGE], {"mean": [1.0, 2.0], "variance": [1.0, 2.0]},
     "CS303", "Normalization has a mean for 2 elements of axis 3, but its input (1, 8, 8, 4) has 4",
     "give 4 means and variances"),
    ("LayerScale", [IMAGE], {"init_values": 1e-6, "projection_dim": 3},
     "CS303", "LayerScale declares projection_dim=3, but its input has 4 channels", "use projection_dim=4"),
    # several inputs
    ("Add", [IMAGE, (1, 8, 8, 3)], {},
     "CS305", "Add cannot merge input 1 (1, 8, 8, 4) with input 2 (1, 8, 8, 3): axis 3 has 4 and 3",
     "make both 4 or both 3, or one of them 1"),
    ("Add", [IMAGE, (3, 8, 8, 4)], {},
     "CS305", "Add cannot merge batches of 1 and 3", None),
    ("Subtract", [IMAGE], {},
     "CS203", "Subtract takes exactly 2 inputs, got 1", "name them: Subtract()(a, b)"),
    ("ops.add", [IMAGE, (1, 4)], {},
     "CS310", "ops.add would align the batch axis of (1, 8, 8, 4) or (1, 4) with another axis: "
     "input 1 has 4 axes, input 2 has 2", "reshape the smaller one, with sizes of 1, to as many axes"),
    ("Concatenate", [IMAGE, (1, 8, 4, 4)], {},
     "CS305", "Concatenate along axis=-1 cannot join input 1 (1, 8, 8, 4) with input 2 (1, 8, 4, 4): "
     "axis 2 has 8 and 4", "make both 8 or both 4, or join along axis=2"),
    ("Concatenate", [IMAGE, IMAGE], {"axis": 0},
     "CS310", "Concatenate along axis=0 would join batches", "use axis=-1 for the last axis"),
    ("Concatenate", [IMAGE, IMAGE], {"axis": 4},
     "CS309", "axis=4 is outside the input's 4 axes", "use axis from -4 to 3"),
    ("Dot", [(1, 5), (1, 6)], {"axes": 1},
     "CS305", "Dot cannot sum over axis 1 of (1, 5) and axis 1 of (1, 6): they have 5 and 6", None),
    ("Dot", [(1, 5), (1, 5)], {"axes": 0},
     "CS310", "Dot cannot sum over axis 0, the batch", "use axes from 1"),
    # what would move the batch
    ("ops.mean", [IMAGE], {},
     "CS310", "ops.mean without axis would reduce the batch axis too",
     "name the axes: axis=[1, 2] are the height and width of an image"),
    ("ops.concatenate", [IMAGE, IMAGE], {},
     "CS310", "ops.concatenate along axis=0 would join batches", "use axis=-1 for the last axis"),
    ("ops.transpose", [IMAGE], {},
     "CS310", "ops.transpose without axes would reverse them all and so move the batch axis",
     "name the axes: axes=[0, 2, 1]"),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "inputs", "arguments", "code", "message", "fix"), REFUSALS)
def test_a_refusal_states_the_numbers_and_what_to_write_instead(layer, inputs, arguments, code, message, fix):
    with pytest.raises((Fault, Faults)) as refusal:
        apply("keras", layer, *inputs, **arguments)
    (fault,) = getattr(refusal.value, "faults", (refusal.value,))
    assert (fault.code, fault.message, fault.fix) == (code, message, fix)


def test_every_wrong_argument_is_named_at_once():
    with pytest.raises(Faults) as refusal:
        apply("keras", "Conv2D", IMAGE, filters=0, kernel_size=-1, strde=2, padding="full")
    assert [fault.argument for fault in refusal.value.faults] == ["strde", "filters", "kernel_size", "padding"]
    assert refusal.value.faults[0].replacement == "strides"
