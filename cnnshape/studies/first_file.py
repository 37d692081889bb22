"""What a person starts from: a small commented network, or one of the built-in ones."""

from __future__ import annotations

from cnnshape.readers.files import find_in_zoo, read_zoo

KERAS = """\
# A small image classifier. Look at it with:  cnnshape plan {path}
# Every layer is written as in Keras, with its names, order and defaults.
framework: keras
input: [32, 32, 3]                # one sample: height, width, channels; the batch is extra
batch: 1

variables: {{width: 16, classes: 10}}  # change them with --set width=32

blocks:
  conv_bn(filters, strides=1):    # used below like a layer
    - Conv2D(filters, 3, strides=strides, padding="same", use_bias=False)
    - BatchNormalization
    - Activation("relu")

layers:
  - conv_bn(width)
  - conv_bn(2 * width, strides=2)
  - conv_bn(2 * width) * 2        # the same block twice more
  - conv_bn(4 * width, strides=2)
  - GlobalAveragePooling2D
  - Dropout(0.5)
  - Dense(classes, activation="softmax")

expect:                           # promises; `cnnshape check` fails where one is broken
  output: [10]
  params: <= 100k
"""

PYTORCH = """\
# A small image classifier. Look at it with:  cnnshape plan {path}
# Every layer is written as in PyTorch, with its names, order and defaults; input channels may be left out.
framework: pytorch
input: [3, 32, 32]                # one sample: channels, height, width; the batch is extra
batch: 1

variables: {{width: 16, classes: 10}}  # change them with --set width=32

blocks:
  conv_bn(filters, stride=1):     # used below like a layer
    - Conv2d(out_channels=filters, kernel_size=3, stride=stride, padding=1, bias=False)
    - BatchNorm2d
    - ReLU(inplace=True)

layers:
  - conv_bn(width)
  - conv_bn(2 * width, stride=2)
  - conv_bn(2 * width) * 2        # the same block twice more
  - conv_bn(4 * width, stride=2)
  - AdaptiveAvgPool2d(1)
  - Flatten
  - Dropout(0.5)
  - Linear(out_features=classes)

expect:                           # promises; `cnnshape check` fails where one is broken
  output: [10]
  params: <= 100k
"""


def first_file(framework: str | None = None, like: str | None = None, path: str = "model.yaml") -> tuple[str, str]:
    """The text of a first file, and what to add to ``cnnshape plan FILE`` to see it as asked for.

    Raises:
        Fault: CS001 where there is no built-in network `like`.
    """
    if like is None:
        return (PYTORCH if framework == "pytorch" else KERAS).format(path=path), ""
    member = find_in_zoo(like, framework)
    source, _ = read_zoo(member)
    return source.text, f" --preset {member.preset}" if member.preset else ""
