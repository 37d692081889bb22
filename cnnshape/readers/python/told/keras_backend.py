"""Functions of the backend of Keras 2 that take other arguments than those of ``keras.ops``: read by the interpreter,
never run.
"""

from keras import ops


def concatenate(tensors, axis=-1):
    return ops.concatenate(tensors, axis)


def stack(x, axis=0):
    return list(x) if all(isinstance(each, int) for each in x) else ops.stack(x, axis)


def argmax(x, axis=-1):
    return ops.argmax(x, axis)


def argmin(x, axis=-1):
    return ops.argmin(x, axis)


def cumsum(x, axis=0):
    return ops.cumsum(x, axis)


def cumprod(x, axis=0):
    return ops.cumprod(x, axis)


def expand_dims(x, axis=-1):
    return ops.expand_dims(x, axis)


def repeat(x, n):
    return ops.repeat(ops.expand_dims(x, 1), n, axis=1)


def reverse(x, axes):
    return ops.flip(x, axes)


def gather(reference, indices):
    return ops.take(reference, indices, 0)


def ndim(x):
    return len(x.shape)


def flatten(x):
    return ops.reshape(x, (-1,))


def relu(x, alpha=0.0, max_value=None, threshold=0.0):
    return ops.relu(x)


def dropout(x, level, noise_shape=None, seed=None):
    return x


def bias_add(x, bias, data_format=None):
    return ops.add(x, bias)


def resize_images(x, height_factor, width_factor, data_format, interpolation="nearest"):
    height, width = x.shape[1:3] if data_format == "channels_last" else x.shape[2:]
    return ops.image.resize(x, (height * height_factor, width * width_factor), interpolation, data_format=data_format)


def pool2d(x, pool_size, strides=(1, 1), padding="valid", data_format=None, pool_mode="max"):
    pool = ops.max_pool if pool_mode == "max" else ops.average_pool
    return pool(x, pool_size, strides, padding, data_format)


def conv2d(x, kernel, strides=(1, 1), padding="valid", data_format=None, dilation_rate=(1, 1)):
    return ops.conv(x, kernel, strides, padding, data_format, dilation_rate)


def depthwise_conv2d(x, depthwise_kernel, strides=(1, 1), padding="valid", data_format=None, dilation_rate=(1, 1)):
    return ops.depthwise_conv(x, depthwise_kernel, strides, padding, data_format, dilation_rate)


def temporal_padding(x, padding=(1, 1)):
    return ops.pad(x, ((0, 0), padding, (0, 0)))


def spatial_2d_padding(x, padding=((1, 1), (1, 1)), data_format=None):
    return ops.pad(x, ((0, 0), *padding, (0, 0)) if data_format != "channels_first" else ((0, 0), (0, 0), *padding))


def switch(condition, then_expression, else_expression):
    return ops.where(condition, then_expression, else_expression)


def batch_dot(x, y, axes=None):
    first, second = (axes, axes) if isinstance(axes, int) else axes or (len(x.shape) - 1, max(len(y.shape) - 2, 1))
    left, right = list("abcdefg"[: len(x.shape)]), list("ahijklm"[: len(y.shape)])
    shared = right[second] = left[first]
    kept = [each for each in left + right[1:] if each != shared]
    found = ops.einsum("".join(left) + "," + "".join(right) + "->" + "".join(kept), x, y)
    return found if len(kept) > 1 else ops.expand_dims(found, 1)
