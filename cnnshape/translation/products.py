"""Sums of products: by a formula, whose letters go where the axes lie in the other framework."""

from __future__ import annotations

from cnnshape.arithmetic.sizes import Shape
from cnnshape.operations.merging import MatrixProduct
from cnnshape.operations.tensors import Attention, Einsum
from cnnshape.translation.answer import Counterpart, Request
from cnnshape.translation.calls import Call, call

LETTERS = "abcdefgh"
"""Axes before the matrices of a product."""


def product(operation: MatrixProduct, request: Request) -> Counterpart | None:
    """A product of matrices, the last two axes of either."""
    if not request.moves or max(map(len, request.inputs)) < 3:
        return request.answer(call("ops.matmul" if request.other == "keras" else "matmul"))
    terms = matrices(*request.inputs)
    if terms is None:
        return request.nothing("its axes lie elsewhere, and one of its tensors is stretched along some")
    return request.answer(by_formula(request, *terms))


def matrices(left: Shape, right: Shape) -> tuple[str, str, str] | None:
    """The axes of both matrices and of their product; None where an axis is stretched, which no formula says."""
    batch = LETTERS[: max(len(left), len(right)) - 2]
    before = [batch[len(batch) - (len(shape) - 2) :] for shape in (left, right)]
    sizes = [dict(zip(letters, shape, strict=False)) for letters, shape in zip(before, (left, right), strict=True)]
    if any(sizes[0][each] != sizes[1][each] for each in sizes[0].keys() & sizes[1].keys()):
        return None
    return f"{before[0]}nk", f"{before[1]}km", f"{batch}nm"


def by_formula(request: Request, *terms: str) -> Call:
    """A sum of products; the last of the terms is that of the output."""
    *read, made = ("".join(term[axis] for axis in request.order_there(len(term))) for term in terms)
    name = "ops.einsum" if request.other == "keras" else "einsum"
    return call(name, f"{','.join(read)}->{made}")


def formula(operation: Einsum, request: Request) -> Counterpart | None:
    """A formula in the letters of the file."""
    left, arrow, right = operation.equation.replace(" ", "").partition("->")
    if not arrow or "." in left:
        return request.nothing("a formula with dots, or without its output, is not told for axes that lie elsewhere")
    return request.answer(by_formula(request, *left.split(","), right))


def attention(operation: Attention, request: Request) -> Counterpart | None:
    """Scores of queries and keys, as shares of one, and the sum of values by them."""
    query, key, value = request.inputs
    if operation.mask is not None or request.argument("is_causal") or request.argument("enable_gqa"):
        return request.nothing("it has a mask")
    scores, mixed = matrices(query, (*key[:-2], key[-1], key[-2])), matrices((*query[:-1], key[-2]), value)
    if scores is None or mixed is None or query[-1] is None or request.other == "pytorch":
        return None
    rank = len(query)
    first, second, made = scores
    factor = request.argument("scale") or query[-1] ** -0.5
    return request.answer(
        by_formula(request, first, f"{second[:-2]}mk", made),
        call("ops.multiply", x2=factor),
        call("ops.softmax", axis=request.axis_there(rank - 1, rank)),
        by_formula(request, *mixed),
        note="Keras has no function of attention",
    )
