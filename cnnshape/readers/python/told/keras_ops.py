"""Functions of ``keras.ops`` that are made of others: read by the interpreter, never run."""

from keras import ops


def hstack(xs):
    return ops.concatenate(xs, 0 if len(xs[0].shape) == 1 else 1)


def vstack(xs):
    return ops.stack(xs, 0) if len(xs[0].shape) == 1 else ops.concatenate(xs, 0)


def ravel(x):
    return ops.reshape(x, (-1,))


def ndim(x):
    return len(x.shape)


def get_item(x, key):
    return x[key]


def diff(a, n=1, axis=-1):
    for _ in range(n):
        rest = [slice(None)] * (axis % len(a.shape))
        a = ops.subtract(a[(*rest, slice(1, None))], a[(*rest, slice(None, -1))])
    return a


def fori_loop(lower, upper, body_fun, init_val):
    for number in range(lower, upper):
        init_val = body_fun(number, init_val)
    return init_val
