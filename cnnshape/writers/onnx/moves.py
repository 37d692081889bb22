"""Products, merges, reductions, and what moves elements about, as operators of ONNX."""

from __future__ import annotations

from onnx import TensorProto

from cnnshape.writers.onnx.step import Step


def parameter(step: Step) -> None:
    """A weight by itself, which is read where it lies unless its shape is another, or each sample has it."""
    (name,) = step.weights.values()
    given = step.item.arguments
    if view := given.get("view"):
        name = step.add("Reshape", [name, step.graph.constant(view, "int64")])
    if "each_sample" in given:
        sizes = step.graph.constant(step.made[1:], "int64")
        bounds = [step.graph.constant([each], "int64") for each in (0, 1)]
        samples = step.add("Slice", [step.add("Shape", step.inputs), *bounds])
        name = step.add("Expand", [name, step.add("Concat", [samples, sizes], axis=0)])
    step.graph.called[step.outputs[0]] = name


def linear(step: Step) -> None:
    """Gemm over a matrix, MatMul over more axes."""
    weight, *bias = step.weights.values()
    if step.rank == 2:
        step.end("Gemm", [step.inputs[0], weight, *bias], transB=1)
        return
    product = [step.inputs[0], step.add("Transpose", [weight], perm=[1, 0])]
    if bias:
        step.end("Add", [step.add("MatMul", product), *bias])
    else:
        step.end("MatMul", product)


def merge(type: str, step: Step, *, exchanged: bool = False) -> None:
    """Two tensors or more, or one and a number; `exchanged` where the second comes first (``rsub``)."""
    read = step.inputs
    if len(read) == 1:
        number = next((step.given(name) for name in ("other", "value") if step.given(name) is not None), None)
        if number is None or not isinstance(number, int | float):
            raise step.refusal("an operand that is no number")
        read = [*read, step.graph.constant(float(number))]
    if step.given("rounding_mode") is not None:
        raise step.refusal("rounding_mode")
    read = read[::-1] if exchanged else read
    factor = step.given("alpha", 1)
    if factor not in (1, None):
        read = [read[0], step.add("Mul", [read[1], step.graph.constant(float(factor))])]
    step.end(type, read)


def stack(step: Step) -> None:
    """Along a new axis."""
    axis = step.given("dim", 0) % (step.rank + 1)
    made = [step.add("Unsqueeze", [each, step.graph.constant([axis], "int64")]) for each in step.inputs]
    step.end("Concat", made, axis=axis)


def reduce(type: str, step: Step) -> None:
    """Over some axes."""
    keep = int(bool(step.given("keepdim", False)))
    step.reduced(type, step.inputs[0], step.axes(step.given("dim")), step.outputs, keep)


def narrow(step: Step) -> None:
    """A part of one axis."""
    axis = step.axes(step.layer.dim)[0]
    start = step.layer.start % step.shapes[0][axis]
    bounds = [step.graph.constant([each], "int64") for each in (start, start + step.layer.length, axis)]
    step.end("Slice", [*step.inputs, *bounds])


def gather(step: Step) -> None:
    """One index of an axis, or several."""
    axis = step.axes(step.layer.dim)[0]
    step.end("Gather", [*step.inputs, step.graph.constant(step.layer.index, "int64")], axis=axis)


def unbind(step: Step) -> None:
    """Every index of an axis as a tensor."""
    axis = step.axes(step.given("dim", 0))[0]
    for number, output in enumerate(step.outputs):
        step.add("Gather", [*step.inputs, step.graph.constant(number, "int64")], [output], axis=axis)


def look_up(step: Step) -> None:
    """A vector for each number."""
    (weight,) = step.weights.values()
    step.end("Gather", [weight, step.add("Cast", step.inputs, to=TensorProto.INT64)], axis=0)


def attention(step: Step) -> None:
    """Scores of queries and keys as shares of one, and the sum of values by them."""
    if step.given("is_causal") or step.given("enable_gqa"):
        raise step.refusal("a mask")
    query, key, value = step.inputs
    order = [*range(step.rank - 2), step.rank - 1, step.rank - 2]
    scores = step.add("MatMul", [query, step.add("Transpose", [key], perm=order)])
    factor = step.given("scale") or step.shapes[0][-1] ** -0.5
    shares = step.add("Softmax", [step.add("Mul", [scores, step.graph.constant(float(factor))])], axis=-1)
    step.end("MatMul", [shares, value])


EXCHANGED = ("dim0", "dim1", "axis0", "axis1")
"""What functions call the two axes that they exchange."""


def transpose(step: Step) -> None:
    """Two axes exchanged."""
    order = list(range(step.rank))
    first, second = step.axes([value for name in EXCHANGED if (value := step.given(name)) is not None])
    order[first], order[second] = order[second], order[first]
    step.end("Transpose", step.inputs, perm=order)


def split(step: Step) -> None:
    """Parts along an axis."""
    axis = step.axes(step.given("dim", 0))[0]
    sizes = step.graph.constant([shape[axis] for shape in step.result.outputs], "int64")
    step.end("Split", [step.inputs[0], sizes], axis=axis)


def pixel_shuffle(step: Step) -> None:
    """Channels to space, as PyTorch orders them."""
    if step.rank != 4:
        raise step.refusal(f"{step.rank} axes")
    step.end("DepthToSpace", step.inputs, blocksize=step.layer.upscale_factor, mode="CRD")


def pixel_unshuffle(step: Step) -> None:
    """Space to channels, as PyTorch orders them."""
    batch, channels, height, width = step.shapes[0]
    factor = step.layer.downscale_factor
    cut = (batch, channels, height // factor, factor, width // factor, factor)
    parts = step.add("Reshape", [step.inputs[0], step.sizes(cut)])
    step.end("Reshape", [step.add("Transpose", [parts], perm=[0, 1, 3, 5, 2, 4]), step.sizes(step.result.output)])


def channel_shuffle(step: Step) -> None:
    """Groups of channels interleaved."""
    batch, channels, *spatial = step.shapes[0]
    groups = step.layer.groups
    parts = step.add("Reshape", [step.inputs[0], step.sizes((batch, groups, channels // groups, *spatial))])
    moved = step.add("Transpose", [parts], perm=[0, 2, 1, *range(3, step.rank + 1)])
    step.end("Reshape", [moved, step.sizes(step.shapes[0])])
