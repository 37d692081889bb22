"""The rows of a plan, from the nodes of a network."""

from __future__ import annotations

from collections.abc import Sequence

from cnnshape.arithmetic.sizes import Dim, Shape, product, total
from cnnshape.diagnostics import Span, Use
from cnnshape.network.answers import Answer
from cnnshape.network.dtypes import bytes_of_output
from cnnshape.network.network import Network
from cnnshape.network.node import Node, Weights, Wiring
from cnnshape.network.plan import ReceptiveField, Row, Rows


def rows_of(network: Network, reached: Sequence[int], training: Sequence[int]) -> Rows:
    """A row for every node.

    Args:
        reached: the numbers of the nodes that an output depends on.
        training: those that an output or a head of training depends on.
    """
    nodes, live, run = network.nodes, set(training), set(reached)

    def row(number: int) -> Row:
        is_live = number in live
        return row_of(nodes[number], network, live=is_live, training_only=is_live and number not in run)

    return Rows(
        lambda: [node.answer.result if node.answer else None for node in nodes],
        lambda number: read(nodes[number]),
        lambda number: field_of(nodes[number]),
        row,
    )


def read(node: Node) -> tuple[Shape | None, ...]:
    """The shapes that a node reads."""
    return tuple([tensor.shape for tensor in node.inputs])


def field_of(node: Node) -> ReceptiveField | None:
    """What a node that is known sees of the model's input."""
    return node.outputs[0].sight.field if node.answer and node.layer else None


def row_of(node: Node, network: Network, *, live: bool = True, training_only: bool = False) -> Row:
    """What a plan says of a node."""
    answer, layer, origin = node.answer, node.layer, node.origin
    filename = origin.filename if origin else network.filename
    span, used_at = (origin.span, origin.used_at) if origin else (None, ())
    if node.row is not None and live and not training_only:
        return told_at(node.row, filename, span, used_at)
    wiring = node.wiring = node.wiring or wiring_of(node)
    inputs, makers, names = wiring
    shapes = read(node)
    if answer is None or layer is None:
        return Row(
            node.name,
            node.type,
            {},
            inputs,
            shapes,
            (),
            (node.name,),
            *(None,) * 10,
            trainable=node.trainable,
            shared_with=None,
            operator=False,
            live=live,
            training_only=training_only,
            filename=filename,
            span=span,
            used_at=used_at,
            scopes=node.scopes,
            operation=None,
            result=None,
            extra={},
            makers=makers,
        )
    result, bound = answer.result, layer.bound
    weights = NO_WEIGHTS if node.owner is not None else weights_of(node)
    padding, leftover = answer.margins = answer.margins or (result.padding, result.leftover)
    row = Row._make(
        (
            node.name,
            node.type,
            bound.arguments,
            inputs,
            shapes,
            result.outputs,
            names,
            weights.params,
            weights.trainable,
            weights.non_trainable,
            weights.buffers,
            result.macs,
            result.flops,
            output_bytes(node, network.dtype),
            padding,
            leftover,
            field_of(node),
            node.trainable,
            node.owner.name if node.owner else None,
            bound.kind.operator,
            live,
            training_only,
            filename,
            span,
            used_at,
            node.scopes,
            layer.operation,
            result,
            bound.extra,
            makers,
            node.operands,
            node.own,
        )
    )
    if live and not training_only:
        node.row = row
    return row


def wiring_of(node: Node) -> Wiring:
    """The names of what a node reads and makes."""
    return Wiring(
        tuple([tensor.name for tensor in node.inputs]),
        tuple([tensor.row for tensor in node.inputs]),
        tuple([tensor.name for tensor in node.outputs]),
    )


def row_alike(
    model: Row,
    answer: Answer,
    shapes: tuple[Shape, ...],
    weights: Weights,
    output_bytes: Dim,
    field: ReceptiveField | None,
    filename: str,
    used_at: tuple[Use, ...],
) -> Row:
    """The row of what differs from another, the `model`, in sizes and in its place alone."""
    result = answer.result
    margins = answer.margins = answer.margins or (result.padding, result.leftover)
    return Row._make(
        (
            *model[:SHAPES],
            shapes,
            result.outputs,
            model.output_names,
            *weights[:COUNTERS],
            result.macs,
            result.flops,
            output_bytes,
            *margins,
            field,
            *model[BEHIND_FIELD:PLACE],
            filename,
            model.span,
            used_at,
            *model[BEHIND_PLACE:RESULT],
            result,
            *model[RESULT + 1 :],
        )
    )


COUNTERS = Weights._fields.index("counters")
SHAPES, RESULT = Row._fields.index("input_shapes"), Row._fields.index("result")
BEHIND_FIELD = Row._fields.index("receptive_field") + 1
PLACE, BEHIND_PLACE = Row._fields.index("filename"), Row._fields.index("used_at") + 1


def told_at(row: Row, filename: str, span: Span | None, used_at: tuple[Use, ...]) -> Row:
    """The row at another place."""
    if row.used_at is used_at and row.filename == filename:
        return row
    return Row._make((*row[:PLACE], filename, span, used_at, *row[BEHIND_PLACE:]))


NO_WEIGHTS = Weights(0, 0, 0, 0, 0)


def weights_of(node: Node) -> Weights:
    """The elements of a node's own weights; they are counted once."""
    answer = node.answer
    if node.weights is None:
        if answer is None:
            node.weights = NO_WEIGHTS
        elif node.own or node.frozen:
            node.weights = count_weights(node, answer)
        else:  # as those of any other node with this answer
            node.weights = answer.weights.get(node.trainable)
            if node.weights is None:
                node.weights = answer.weights[node.trainable] = count_weights(node, answer)
    return node.weights


def count_weights(node: Node, answer: Answer) -> Weights:
    """The elements of the weights of a node that has an answer."""
    weights = (*answer.result.weights, *node.own)
    kept = [(product(each.shape), each.kind == "buffer") for each in weights]
    params = total([size for size, is_buffer in kept if not is_buffer])
    buffers = total([size for size, is_buffer in kept if is_buffer])
    counters = sum([each.name == "num_batches_tracked" for each in answer.result.weights])
    trainable = total([product(each.shape) for each in node.trained])
    return Weights(
        params, trainable, None if params is None or trainable is None else params - trainable, buffers, counters
    )


def output_bytes(node: Node, dtype: str) -> Dim:
    """Bytes of all that a node makes."""
    answer = node.answer
    if answer is None:
        return None
    if node.tally is not None:
        sizes = node.tally.outputs
        return sizes[0] if len(sizes) == 1 else total(sizes)
    outputs = enumerate(node.outputs)
    return total([bytes_of_output(answer.result, number, tensor.dtype or dtype) for number, tensor in outputs])
