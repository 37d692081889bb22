"""What Keras's applications do to images first, each by its mode: read by the interpreter, never run."""


def tf(x, data_format=None):
    return x / 127.5 - 1.0


def caffe(x, data_format=None):
    return x[..., ::-1] + 1.0


def torch(x, data_format=None):
    return (x / 255.0 + 1.0) / 1.0


def plain(x, data_format=None):
    return x
