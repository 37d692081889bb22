"""Functions of TensorFlow that take other arguments than those of ``keras.ops``: read by the interpreter, never run."""

from math import prod as _product

from keras import ops

from cnnshape.told import refuse as _refuse
from cnnshape.told import unknown as _unknown


def _sides(sizes):
    return list(sizes)[1:3] if isinstance(sizes, (list, tuple)) and len(sizes) == 4 else sizes


def _last(data_format):
    if data_format not in (None, "NHWC", "NWC"):
        _refuse(f"data_format={data_format!r} is not read")


def split(value, num_or_size_splits, axis=0, num=None, name=None):
    if isinstance(num_or_size_splits, int):
        return ops.split(value, num_or_size_splits, axis)
    sizes, whole = list(num_or_size_splits), value.shape[axis]
    if -1 in sizes:
        sizes[sizes.index(-1)] = whole - sum(sizes) - 1
    if sum(sizes) != whole:
        raise ValueError(f"the parts {sizes} are not the {whole} elements of the axis")
    return ops.split(value, [sum(sizes[: number + 1]) for number in range(len(sizes) - 1)], axis)


def _numbers(values):
    return all(isinstance(each, int) for each in values)


def concat(values, axis, name=None):
    if all(isinstance(each, (list, tuple)) and _numbers(each) for each in values):
        return [number for each in values for number in each]
    return ops.concatenate(values, axis)


def stack(values, axis=0, name=None):
    return list(values) if isinstance(values, (list, tuple)) and _numbers(values) else ops.stack(values, axis)


def argmax(input, axis=0, output_type=None, name=None):
    return ops.argmax(input, axis)


def argmin(input, axis=0, output_type=None, name=None):
    return ops.argmin(input, axis)


def cumsum(x, axis=0, exclusive=False, reverse=False, name=None):
    return ops.cumsum(x, axis)


def cumprod(x, axis=0, exclusive=False, reverse=False, name=None):
    return ops.cumprod(x, axis)


def gather(params, indices, validate_indices=None, axis=0, batch_dims=0, name=None):
    if batch_dims:
        _refuse("batch_dims of gather is not read")
    return ops.take(params, indices, axis)


def embedding_lookup(params, ids, max_norm=None, name=None):
    return ops.take(params, ids, 0)


def reverse(tensor, axis, name=None):
    return ops.flip(tensor, axis)


def bias_add(value, bias, data_format=None, name=None):
    _last(data_format)
    return ops.add(value, bias)


def max_pool(input, ksize, strides, padding, data_format=None, name=None):
    _last(data_format)
    return ops.max_pool(input, _sides(ksize), _sides(strides), padding.lower())


def avg_pool(input, ksize, strides, padding, data_format=None, name=None):
    _last(data_format)
    return ops.average_pool(input, _sides(ksize), _sides(strides), padding.lower())


max_pool2d = max_pool
avg_pool2d = avg_pool


def max_pool_with_argmax(input, ksize, strides, padding, data_format="NHWC", *options, **named):
    pooled = max_pool(input, ksize, strides, padding, data_format)
    return pooled, pooled


def conv2d(input, filters, strides, padding, data_format="NHWC", dilations=1, name=None):
    _last(data_format)
    return ops.conv(input, filters, _sides(strides), padding.lower(), dilation_rate=_sides(dilations or 1))


def conv1d(input, filters, stride, padding, data_format="NWC", dilations=1, name=None):
    _last(data_format)
    return ops.conv(input, filters, stride, padding.lower(), dilation_rate=dilations or 1)


def depthwise_conv2d(input, filter, strides, padding, data_format=None, dilations=1, name=None):
    _last(data_format)
    return ops.depthwise_conv(input, filter, _sides(strides), padding.lower(), dilation_rate=_sides(dilations or 1))


def reduce_prod(input_tensor, axis=None, keepdims=False, name=None):
    return ops.prod(input_tensor, axis, keepdims)


def reduce_any(input_tensor, axis=None, keepdims=False, name=None):
    return ops.any(input_tensor, axis, keepdims)


def reduce_all(input_tensor, axis=None, keepdims=False, name=None):
    return ops.all(input_tensor, axis, keepdims)


def reduce_logsumexp(input_tensor, axis=None, keepdims=False, name=None):
    return ops.logsumexp(input_tensor, axis, keepdims)


def reduce_std(input_tensor, axis=None, keepdims=False, name=None):
    return ops.std(input_tensor, axis, keepdims)


def reduce_variance(input_tensor, axis=None, keepdims=False, name=None):
    return ops.var(input_tensor, axis, keepdims)


def pad(tensor, paddings, mode="CONSTANT", constant_values=0, name=None):
    return ops.pad(tensor, paddings, mode.lower())


def size(input, out_type=None, name=None):
    return _unknown("the size of a tensor") if None in input.shape else _product(input.shape)


def rank(input, name=None):
    return len(input.shape)


def dropout(x, rate, *options, **named):
    return x


def flip_left_right(image):
    return ops.flip(image, -2)


def flip_up_down(image):
    return ops.flip(image, -3)


def crop_to_bounding_box(image, offset_height, offset_width, target_height, target_width):
    height, width = offset_height + target_height, offset_width + target_width
    if height > image.shape[-3] or width > image.shape[-2]:
        raise ValueError("the box is not within the image")
    return image[..., offset_height:height, offset_width:width, :]


def pad_to_bounding_box(image, offset_height, offset_width, target_height, target_width):
    height, width = image.shape[-3:-1]
    sides = [
        (offset_height, target_height - offset_height - height),
        (offset_width, target_width - offset_width - width),
    ]
    return ops.pad(image, [(0, 0)] * (len(image.shape) - 3) + sides + [(0, 0)])
