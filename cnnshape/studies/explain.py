"""How each number of a plan came about: the rows of a plan, explained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cnnshape.arithmetic.sizes import Shape, product, total
from cnnshape.arithmetic.windows import AxisWindows
from cnnshape.explanations import explain as explain_operation
from cnnshape.explanations.registry import term
from cnnshape.explanations.steps import Step, kernel_words, number, per_axis, sum_step
from cnnshape.network.plan import Plan, ReceptiveField, Row, plain
from cnnshape.operations.normalization import BatchNormalization
from cnnshape.operations.operation import Layout, axis_names
from cnnshape.spelling import alike
from cnnshape.translation.answer import Counterpart
from cnnshape.translation.conversion import counterpart_of
from cnnshape.translation.wording import counterpart_step
from cnnshape.value import NamedTuple


class UnknownLayer(ValueError):  # noqa: N818 - reads as what it is
    """The plan has no row of that name."""


class Explanation(NamedTuple):
    """One row explained.

    Attributes:
        name, type: of the row.
        call: the row as one would write it, arguments by name.
        filename, line: where it stands.
        input_shapes, output_shapes: batch first.
        steps: the arithmetic, receptive field included.
        windows: per spatial axis, for drawings; empty where no window slides.
        written: the windows that a transposed convolution writes into its output, likewise.
        other: what the other framework would give; None where nothing is known of it.
    """

    name: str
    type: str
    call: str
    filename: str
    line: int | None
    input_shapes: tuple[Shape | None, ...]
    output_shapes: tuple[Shape, ...]
    steps: tuple[Step, ...]
    windows: tuple[AxisWindows, ...]
    written: tuple[AxisWindows, ...]
    other: Counterpart | None

    @property
    def all_steps(self) -> tuple[Step, ...]:
        """The steps, and the other framework's answer as the last one."""
        return (*self.steps, counterpart_step(self.other)) if self.other else self.steps

    def to_dict(self) -> dict[str, Any]:
        """The explanation as JSON states it."""
        keys = ("name", "type", "call", "filename", "line", "input_shapes", "output_shapes")
        return {
            **{key: plain(getattr(self, key)) for key in keys},
            "steps": [step._asdict() for step in self.steps],
            "other_framework": self.other and self.other.to_dict(),
        }


def explain(plan: Plan, layer: str | None = None) -> tuple[Explanation, ...]:
    """The rows of a plan that have a shape, explained: all, or one row, or all rows of one block.

    Raises:
        UnknownLayer: the plan has no row and no block of that name.
    """
    rows = plan.layers if layer is None else find_rows(plan, layer)
    return tuple(explain_row(plan, row) for row in rows if not row.failed)


def find_rows(plan: Plan, name: str) -> tuple[Row, ...]:
    """The row of that name, or with an output of it, or the rows of the block; a last part that is unique will do."""
    exact = tuple(row for row in plan.layers if name in names_of(row))
    inside = tuple(row for row in plan.layers if row.name.startswith(f"{name}/"))
    ending = tuple(row for row in plan.layers if any(each.endswith(f"/{name}") for each in names_of(row)))
    if exact or inside:
        return exact or inside
    if len(ending) == 1:
        return ending
    names = [row.name for row in ending] or [each for row in plan.layers for each in names_of(row)]
    close = names[:3] if ending else alike(name, names, cutoff=0.4)
    known = f"did you mean {' or '.join(close)}?" if close else f"it has {', '.join(names[:5])}"
    raise UnknownLayer(f"{plan.name} has {'several layers' if ending else 'no layer'} named {name!r}: {known}")


def names_of(row: Row) -> tuple[str, ...]:
    """The name of the row, and those of its outputs where they have their own."""
    return tuple(dict.fromkeys((row.name, *row.output_names)))


def explain_row(plan: Plan, row: Row) -> Explanation:
    """One row that has a shape."""
    shapes = tuple(shape for shape in row.input_shapes if shape is not None)
    steps: tuple[Step, ...] = ()
    windows: tuple[AxisWindows, ...] = ()
    written: tuple[AxisWindows, ...] = ()
    other = None
    if row.operation is not None and row.result is not None and len(shapes) == len(row.input_shapes):
        steps = tuple(
            along_another_axis(step, row, plan.layout) for step in explain_operation(row.operation, row.result, *shapes)
        )
        windows, written = row.result.windows, row.result.written
        other = counterpart_of(plan, row)
    steps = (
        *(counted_elsewhere(step, row) for step in steps),
        *own_steps(steps, row),
        *field_steps(row, windows, fields_read(plan, row)),
    )
    return Explanation(
        *(row.name, row.type, call(row), row.filename, row.line, row.input_shapes, row.output_shapes),
        *(steps, windows, written, other),
    )


def own_steps(steps: Sequence[Step], row: Row) -> Iterator[Step]:
    """The parameters, and the buffers, that a row has beside those of its operation."""
    told = {step.subject for step in steps}
    for subject, is_buffer in (("parameters", False), ("buffers", True)):
        own = [weight for weight in row.own if (weight.kind == "buffer") == is_buffer]
        if own:
            sizes = total([product(weight.shape) for weight in own])
            yield sum_step(f"further {subject}" if subject in told else subject, map(term, own), sizes)


def counted_elsewhere(step: Step, row: Row) -> Step:
    """The parameters of a row that uses another row's weights, or that does not train."""
    if step.subject != "parameters" or step.result == "0":
        return step
    if row.shared_with:
        return step._replace(note=f"the weights of {row.shared_with}, counted there and not here")
    if not row.trainable:
        return step._replace(note="; ".join(filter(None, (step.note, "frozen: none of them train"))))
    return step


def along_another_axis(step: Step, row: Row, layout: Layout) -> Step:
    """The parameters of a normalization that goes along another axis than that of the channels."""
    operation = row.operation
    if step.subject != "parameters" or not isinstance(operation, BatchNormalization):
        return step
    shape = row.input_shapes[0] or ()
    axis = operation.axis % len(shape)
    if axis == layout.channel_axis(len(shape)):
        return step
    spatial = layout.spatial_axes(len(shape))
    name = f" ({axis_names(len(spatial))[spatial.index(axis)]})" if axis in spatial else ""
    return step._replace(formula=step.formula.replace("per channel", f"along axis {operation.axis}{name}"))


def call(row: Row) -> str:
    """The row as one would write it: ``Conv2D(filters=5, kernel_size=3)``."""
    given = ", ".join(f"{name}={argument(value)}" for name, value in row.arguments.items())
    return f"{row.type}({given})"


def argument(value: Any) -> str:
    """A value as a call states it; equal sizes of all axes as one number."""
    if isinstance(value, list | tuple):
        sizes = list(value)
        if len(sizes) > 1 and all(isinstance(each, int) and each == sizes[0] for each in sizes):
            return str(sizes[0])
        return f"({', '.join(argument(each) for each in sizes)}{',' if len(sizes) == 1 else ''})"
    return f'"{value}"' if isinstance(value, str) else str(value)


def fields_read(plan: Plan, row: Row) -> list[ReceptiveField | None]:
    """The receptive field of each tensor that a row reads, by the rows that make them; one element at the inputs."""
    return [
        plan.layers[maker].receptive_field if maker >= 0 else field_of_input(name, plan.inputs.get(name, ()))
        for name, maker in zip(row.inputs, row.makers, strict=True)
    ]


def field_of_input(name: str, shape: Shape) -> ReceptiveField | None:
    """What an element of an input of the model sees: itself."""
    rank = len(shape) - 2
    return ReceptiveField((1,) * rank, (1,) * rank, (0,) * rank, False, True, name) if rank > 0 else None


def field_steps(
    row: Row, windows: tuple[AxisWindows, ...], before: Sequence[ReceptiveField | None]
) -> tuple[Step, ...]:
    """How the receptive field grew, per axis; nothing where it stayed as it was."""
    field = row.receptive_field
    if field is None or list(before) == [field]:
        return ()
    if field.is_global and not all(each and each.is_global for each in before):
        note = f"every output sees everything of {field.of}"
        return (Step("receptive field", "", "", f"all of {field.of}", note),)
    names = axis_names(len(field.size))
    steps = per_axis(names, ((grown(field, before, windows, axis),) for axis in range(len(names))))
    return tuple(step._replace(subject=f"receptive field, {step.subject}") for step in steps)


def grown(
    field: ReceptiveField, before: Sequence[ReceptiveField | None], windows: tuple[AxisWindows, ...], axis: int
) -> Step:
    """The receptive field along one axis: the recurrence where it holds, else from where to where."""
    size, jump, start = field.size[axis], field.jump[axis], field.start[axis]
    where = [f"jump {jump}"] if jump is not None else []
    where += [f"output 0 begins at {start}"] if start is not None else []
    note = ", ".join(where)
    previous = before[0] if len(before) == 1 else None
    recurrence = growth(previous, windows[axis], axis) if previous and len(windows) == len(field.size) else None
    if recurrence and recurrence.result == number(size):
        return recurrence._replace(note=note)
    sizes = [number(each.size[axis]) if each and axis < len(each.size) else "?" for each in before]
    least = "" if field.exact else "at least "
    if set(sizes) == {number(size)}:
        return Step("", "as before", "", f"{least}{number(size)}", note)
    return Step("", f"from {' and '.join(dict.fromkeys(sizes))}", "", f"{least}{number(size)}", note)


def growth(previous: ReceptiveField, window: AxisWindows, axis: int) -> Step | None:
    """The recurrence ``size + (kernel - 1) x jump``; None where neighbours have no regular distance."""
    jump = previous.jump[axis]
    if not isinstance(jump, int):
        return None
    return Step(
        "",
        f"size + ({kernel_words(window)} - 1) x jump",
        f"{number(previous.size[axis])} + ({window.extent} - 1) x {jump}",
        number(previous.size[axis] + (window.extent - 1) * jump),
    )
