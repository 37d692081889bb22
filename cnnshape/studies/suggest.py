"""Which built-in network suits a task: those that fit its limits, ranked, each with reasons and their sources.

Every candidate is planned as the file that would be written for it, so its numbers are those of that file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from cnnshape.api import examine
from cnnshape.arithmetic.sizes import Shape
from cnnshape.network.plan import Plan, plain
from cnnshape.operations.adaptive import AdaptivePooling
from cnnshape.operations.normalization import BatchNormalization, GroupNormalization, LayerNormalization
from cnnshape.operations.pooling import GlobalPooling
from cnnshape.operations.reduction import Reduce
from cnnshape.operations.views import Flatten
from cnnshape.studies.advice import (
    CAPACITY,
    FIELDS,
    RESNET,
    TRANSFER,
    Advice,
    Regime,
    augmentation,
    deepest,
    normalization,
    regime,
    regularization,
)
from cnnshape.studies.scale import Budget, costs_of
from cnnshape.studies.zoo import DEVICE_LIMITS, Entry, depth
from cnnshape.value import NamedTuple

CATALOGUE = "cnnshape zoo"
"""The source of what is known of the members themselves."""

UNPUBLISHED = frozenset({"LeNet5", "lenet5"})
"""Members for which neither framework publishes weights."""

AUXILIARY = frozenset({"googlenet", "inception_v3"})
"""Members whose heads for training need a larger input than the rest."""


class Task(NamedTuple):
    """What the network is for.

    Attributes:
        shape: one sample, in the framework's axis order.
        images: how many there are to train on; None: not said.
        device: the class of device that has to carry it; None: any.
        batch: images a step, for the advice about normalization.
    """

    framework: str
    shape: tuple[int, ...]
    classes: int
    budget: Budget = Budget()
    images: int | None = None
    device: str | None = None
    batch: int | None = None

    @property
    def channels(self) -> int:
        """The channels of an image."""
        return self.shape[-1] if self.framework == "keras" else self.shape[0]

    @property
    def side(self) -> int:
        """The shorter side of an image."""
        return min(self.shape[:-1] if self.framework == "keras" else self.shape[1:])


class Reason(NamedTuple):
    """Why a candidate stands where it stands. `points` count for it; 0 is a caution."""

    text: str
    source: str
    points: int


class Candidate(NamedTuple):
    """A network that fits.

    Attributes:
        cost: its figures.
        text: the architecture file that uses it.
        last_map: the spatial sizes of the last feature map before pooling.
    """

    entry: Entry
    cost: Mapping[str, Any]
    depth: int
    last_map: tuple[int | None, ...]
    reasons: tuple[Reason, ...]
    text: str

    @property
    def points(self) -> int:
        """What speaks for it."""
        return sum(reason.points for reason in self.reasons)

    def to_dict(self) -> dict[str, Any]:
        """The candidate as JSON states it."""
        keys = ("params", "macs", "peak_activation_bytes", "weight_bytes", "receptive_field")
        return {
            "network": self.entry.target,
            "points": self.points,
            **{key: plain(self.cost[key]) for key in keys},
            "last_map": list(self.last_map),
            "depth": self.depth,
            "year": self.entry.year,
            "reasons": [reason._asdict() for reason in self.reasons],
        }


class Excluded(NamedTuple):
    """A network that does not fit, and why."""

    entry: Entry
    why: str


class Suggestion(NamedTuple):
    """The answer: candidates from the best, the rest from the smallest, how to train, and what goes with the best."""

    task: Task
    regime: Regime
    candidates: tuple[Candidate, ...]
    excluded: tuple[Excluded, ...]
    advice: tuple[Advice, ...]

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON states it."""
        return {
            "input": list(self.task.shape),
            "classes": self.task.classes,
            "training": self.regime,
            "candidates": [candidate.to_dict() for candidate in self.candidates],
            "excluded": [{"network": entry.target, "why": why} for entry, why in self.excluded],
            "advice": [advice._asdict() for advice in self.advice],
        }


def suggest(
    task: Task, entries: Iterable[Entry], watch: Callable[[Sequence[Entry]], Iterable[Entry]] = lambda each: each
) -> Suggestion:
    """Rank the networks that fit the task.

    Args:
        entries: the networks to choose from.
        watch: wraps the list that is planned one by one, for a progress bar.
    """
    how, why = regime(task.images, task.classes)
    excluded: list[Excluded] = []
    planned: list[Entry] = []
    for entry in entries:
        # Where its backbone alone is over a limit, nothing has to be planned.
        problem = excess({"params": entry.backbone_params}, task, " without its head")
        if problem:
            excluded.append(Excluded(entry, problem))
        else:
            planned.append(entry)
    outcomes = [judged(entry, task, how) for entry in watch(planned)]
    excluded += [each for each in outcomes if isinstance(each, Excluded)]
    candidates = [each for each in outcomes if isinstance(each, Candidate)]
    few = how != "scratch"
    told = with_size_reasons(candidates, task.images) if few else candidates
    size = 1 if few else -1  # the best first: by points, then the newest, then the largest; of few images the smallest
    ranked = tuple(sorted(told, key=lambda each: (-each.points, -each.entry.year, size * (each.cost["params"] or 0))))
    if ranked and ranked[0].entry.name in UNPUBLISHED:
        how, why = "scratch", Advice("training", "from scratch: no weights of the best one are published", CATALOGUE)
    advice = [why, *(advice_for(ranked[0], task, how) if ranked else ())]
    nearest = tuple(sorted(excluded, key=lambda each: each.entry.params))
    return Suggestion(task, how, ranked, nearest, tuple(advice))


def with_size_reasons(candidates: Sequence[Candidate], images: int | None) -> Iterator[Candidate]:
    """The candidates with what their size means where images are few, or nobody said how many: small ones overfit less.

    Those without published weights train all of theirs, so their size is no point for them.
    """
    published = [each for each in candidates if each.entry.name not in UNPUBLISHED]
    published.sort(key=lambda each: each.cost["params"] or 0)
    for candidate in candidates:
        if candidate not in published or len(published) == 1:
            yield candidate
            continue
        third = 3 * published.index(candidate) // len(published)
        which = ("smallest", "middle", "largest")[third]
        overfitted = "few images" if images is None else f"{images:,} images"
        text = f"in the {which} third by parameters of what fits: the fewer, the less {overfitted} are overfitted"
        yield candidate._replace(reasons=(*candidate.reasons, Reason(text, CAPACITY, 2 - third)))


def judged(entry: Entry, task: Task, how: Regime) -> Candidate | Excluded:
    """The network planned for the task, with its reasons; or why it does not fit."""
    text = file_for(entry, task, how)
    plan = examine(text=text, filename=entry.target)
    if plan.errors and entry.name in AUXILIARY:
        text = file_for(entry, task, how, auxiliary=False)
        plan = examine(text=text, filename=entry.target)
    if plan.errors:
        return Excluded(entry, f"it does not take this input: {plan.errors[0].message}")
    cost = costs_of(plan)
    over = excess(cost, task)
    if over:
        return Excluded(entry, over)
    final = last_map(plan)
    layers = depth(plan)
    reasons = tuple(reasons_for(entry, task, how, cost, final, layers))
    return Candidate(entry, cost, layers, final, reasons, text)


def excess(cost: Mapping[str, Any], task: Task, part: str = "") -> str | None:
    """Which limit the network is over, or the part of it of which the `cost` is known."""
    device = DEVICE_LIMITS.get(task.device or "", (None, None))
    limits = (
        ("params", "params", task.budget.params, "--max-params"),
        ("MACs", "macs", task.budget.macs, "--max-macs"),
        ("bytes of activations", "peak_activation_bytes", task.budget.memory, "--max-memory"),
        ("bytes of weights", "weight_bytes", task.budget.weights, "--max-weights"),
        ("params", "params", device[0], f"a {task.device} device"),
        ("MACs", "macs", device[1], f"a {task.device} device"),
    )
    for what, key, most, name in limits:
        actual = cost.get(key, 0)
        if most is not None and (actual is None or actual > most):
            shown = "?" if actual is None else f"{actual:,}"
            return f"{shown} {what}{part}, more than the {most:,} of {name}"
    return None


HEADS = (GlobalPooling, AdaptivePooling, Flatten, Reduce)
"""What ends the feature maps of a classifier."""


def last_map(plan: Plan) -> tuple[int | None, ...]:
    """The spatial sizes of the last feature map, which the head pools or flattens."""
    layout = plan.layout
    shapes = [
        row.input_shapes[0]
        for row in plan.layers
        if row.live
        and isinstance(row.operation, HEADS)
        and not any(isinstance(maker.operation, HEADS) for maker in plan.makers_of(row)[:1])  # what it reads is no map
    ]
    maps = [shape for shape in shapes if shape is not None and len(shape) > 2]
    return layout.spatial(maps[-1]) if maps else ()


def reasons_for(
    entry: Entry, task: Task, how: Regime, cost: Mapping[str, Any], final: tuple[int | None, ...], layers: int
) -> Iterator[Reason]:
    """What speaks for a network, and what against."""
    yield from map_reason(final)
    if cost["receptive_field"]:
        field = min(cost["receptive_field"])
        text = f"no element of the last feature map sees more than {field} of the input's {task.side} pixels"
        if field >= task.side:
            text = f"each element of the last feature map sees up to {field} pixels: all {task.side} of the input"
        yield Reason(text, FIELDS, int(field >= task.side))
    yield from training_reason(entry, task, how, layers)
    text = f"{task.side} pixels a side are no less than the {entry.minimum_input} documented"
    if task.side < entry.minimum_input:
        text = f"the smallest input documented has {entry.minimum_input} pixels a side, this one {task.side}"
    yield Reason(text, entry.target, int(task.side >= entry.minimum_input))


def map_reason(final: tuple[int | None, ...]) -> Iterator[Reason]:
    """How much of the image's layout is left for the head."""
    sizes = [size for size in final if size is not None]
    if not sizes:
        return
    shown = "x".join(map(str, sizes))
    usual = "; the papers' networks end with 7x7 or 8x8"
    source = f"{RESNET}, table 1 and section 4.2"
    if min(sizes) >= 4:
        yield Reason(f"the last feature map is {shown}{usual}", source, 2)
    elif min(sizes) >= 2:
        yield Reason(f"the last feature map is only {shown}{usual}: larger images would help", source, 1)
    else:
        lost = f"the last feature map is {shown}: where things lie is lost{usual}"
        yield Reason(f"{lost}; larger images would keep it", source, 0)


def training_reason(entry: Entry, task: Task, how: Regime, layers: int) -> Iterator[Reason]:
    """Whether it can be trained as the data asks."""
    if how == "scratch":
        if task.images is None:
            return
        most = deepest(task.images)
        known = f": up to {most} are" if layers <= most else f", where {most} are the most"
        text = f"{layers} layers with weights{known} known to train from scratch on so many images"
        yield Reason(text, f"{RESNET}, sections 4.1 and 4.2", 2 * (layers <= most))
        return
    if entry.name in UNPUBLISHED:
        yield Reason("no published weights: it would have to be trained from scratch", entry.target, 0)
    elif task.channels != 3:
        text = f"its published weights take 3 channels, the images have {task.channels}: repeat them"
        yield Reason(text, TRANSFER, 1)
    else:
        yield Reason("published weights to start from; better ones on ImageNet transfer better", TRANSFER, 2)


def advice_for(candidate: Candidate, task: Task, how: Regime) -> Iterator[Advice]:
    """What goes with the best candidate."""
    plan = examine(text=candidate.text, filename=candidate.entry.target)
    yield from normalization(normalizations(plan), how, task.batch)
    yield from regularization(how, task.images)
    yield from augmentation(how, task.side, task.channels)


def normalizations(plan: Plan) -> frozenset[str]:
    """The kinds of normalization in a network."""
    kinds = {BatchNormalization: "batch", LayerNormalization: "layer", GroupNormalization: "group"}
    return frozenset(kinds[type(row.operation)] for row in plan.layers if type(row.operation) in kinds)


def file_for(entry: Entry, task: Task, how: Regime, *, auxiliary: bool = True) -> str:
    """The architecture file that uses a network for a task.

    From scratch it is the whole network with other classes; else its backbone, frozen or not, under a new head.
    Without `auxiliary` its heads for training are left out.
    """
    keras = entry.framework == "keras"
    lines = [
        f"# {entry.summary}.",
        f"# {entry.paper}",
        f"name: {entry.name.lower()}",
        f"framework: {entry.framework}",
        f"input: [{', '.join(map(str, task.shape))}]",
        *([f"batch: {task.batch}"] if task.batch else []),
        "layers:",
        f"  - include: {entry.target}",
    ]
    if how == "scratch" or entry.name in UNPUBLISHED:
        heads = "" if auxiliary else ", aux_logits: false"
        lines += [f"    variables: {{classes: {task.classes}{heads}}}"]
        return "\n".join(lines) + "\n"
    rate = 0.5 if how == "frozen" else 0.2
    if task.channels == 1:  # as the published weights take three
        lines.insert(-1, "  - Concatenate()(input, input, input)" if keras else "  - cat(dim=1)(input, input, input)")
    lines += ["    name: backbone", "    variables: {include_top: false}"]
    lines += ["    trainable: false"] if how == "frozen" else []
    if keras:
        lines += [
            "  - GlobalAveragePooling2D",
            f"  - Dropout({rate})",
            f'  - Dense({task.classes}, activation="softmax")',
        ]
    else:
        lines += [
            "  - AdaptiveAvgPool2d(1)",
            "  - Flatten(1)",
            f"  - Dropout({rate})",
            f"  - Linear(out_features={task.classes})",
        ]
    return "\n".join(lines) + "\n"


def read_task_shape(shape: Shape, framework: str) -> tuple[int, ...]:
    """An image's shape with all sizes known.

    Raises:
        ValueError: it has not three known sizes, or clearly those of the other framework's order.
    """
    sizes = tuple(size for size in shape if size is not None)
    order = "height, width, channels" if framework == "keras" else "channels, height, width"
    if len(sizes) != 3 or len(shape) != 3:
        raise ValueError(f"must be three sizes ({order}) such as {'96x96x3' if framework == 'keras' else '3x96x96'}")
    here, there = (sizes[-1], sizes[0]) if framework == "keras" else (sizes[0], sizes[-1])
    if there in (1, 3) and here > 4:
        turned = (*sizes[1:], sizes[0]) if framework == "keras" else (sizes[-1], *sizes[:-1])
        raise ValueError(f"must be {order} for {framework}: with {there} channels, {'x'.join(map(str, turned))}")
    return sizes
