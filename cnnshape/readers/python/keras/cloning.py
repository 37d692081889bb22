"""Models made anew, layer by layer: their graphs again, with weights of their own."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

from cnnshape.readers.python.keras.layers import Layer, cloned
from cnnshape.readers.python.keras.models import Model, Sequential, make_input, rows_of
from cnnshape.readers.python.language.guard import call
from cnnshape.readers.python.language.values import Tensor, Value, changing, now
from cnnshape.readers.python.rows.applying import one, tensors_in


def clone_model(model: Value, input_tensors: Value = None, clone_function: Value = None, **_: Value) -> Value:
    """``clone_model``: each layer as its own configuration makes it, or as a function of the source does."""
    twins: dict[int, Value] = {}

    def twin(layer: Layer) -> Value:
        if id(layer) not in twins:
            twins[id(layer)] = cloned(layer) if clone_function is None else call(now(), clone_function, [layer], {})
        return twins[id(layer)]

    own = vars(model)
    if isinstance(model, Sequential):
        start = [make_input((own["_start"].shape or ())[1:])] if "_start" in own else []
        return Sequential([*start, *map(twin, own["_layers"])], name=own["name"])
    if "outputs" not in own:
        raise changing("only graphs and stacks of layers are cloned here")
    given = tensors_in(input_tensors) or tuple(make_input(each.shape[1:]) for each in own["inputs"])
    outputs = graph_again(model, given, twin)
    return Model(list(given), one(tuple(outputs)) if isinstance(own["_outputs"], Tensor) else outputs, own["name"])


def graph_again(model: Model, inputs: tuple[Tensor, ...], twin: Callable[[Layer], Value]) -> list[Tensor]:
    """What the layers that stand for those of a graph make of other inputs."""
    trace = now().trace
    numbers = rows_of(model)
    ends = [(each.row, each.output) for each in vars(model)["outputs"]]
    known = {(old.row, old.output): new for old, new in zip(vars(model)["inputs"], inputs, strict=True)}
    readers = [(each.row, each.output, number) for number in numbers for each in trace.rows[number].reads]
    if any(trace.rows[number].masks for number in numbers):
        raise changing("a layer that is called with a mask is not cloned here")
    readers += [(*end, -1) for end in ends]
    for _, group in groupby(
        numbers, lambda number: id(trace.rows[number].runs[0]) if trace.rows[number].runs else number
    ):
        within = list(group)
        row = trace.rows[within[0]]
        read = [(each.row, each.output) for number in within for each in trace.rows[number].tensors]
        leaving = sorted({(made, output) for made, output, by in readers if made in within and by not in within})
        if not row.runs:
            tensors = [known[each] for each in read]
            if row.module is not None:
                results = tensors_in(call(now(), twin(row.module), tensors, {}))
            elif row.layer is not None:
                results = trace.apply(row.name, row.layer, tuple(tensors), row.parameters)
            known.update({(within[0], output): each for output, each in enumerate(results)})
            continue
        given = {each for each in read if each[0] not in within}
        if len(given) != 1 or len(leaving) != 1:
            raise changing(f"a {type(row.runs[0].module).__name__} of several tensors is not cloned here")
        known[leaving[0]] = call(now(), twin(row.runs[0].module), [known[given.pop()]], {})
    return [known[end] for end in ends]
