"""What repeats in a network, found: equal runs of layers become blocks with the arguments in which they differ.

A run may become a block where its uses are alike but for argument values, read at most three tensors from outside, and
give one tensor to the outside, that of their last layer. The run that saves most lines is folded first, short ones
before long ones, until nothing is saved; blocks are folded like the network itself.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, pairwise, takewhile
from math import inf
from typing import Any

from cnnshape.translation.calls import default_of
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.vocabulary import Framework, free_name, snake_case

MOST_INPUTS = 3
"""Tensors that a block reads."""

MOST_PARAMETERS = 5
"""Arguments in which the uses of a block differ; with more it says less than the layers themselves."""

LEAST_SAVED = 3
"""Lines that a block has to save."""

LENGTHS = (16, 32, 64)
"""The longest run that becomes a block, tried in this order: what is small is found before what is made of it."""


class Parameter:
    """A block's parameter, or a multiple of it, in the place of a value."""

    __slots__ = ("factor", "name")

    def __init__(self, name: str, factor: int = 1) -> None:
        self.name = name
        self.factor = factor

    def __repr__(self) -> str:
        return self.name if self.factor == 1 else f"{self.factor} * {self.name}"


class Item(NamedTuple):
    """A layer, or the use of a block.

    Attributes:
        head: the name of the layer or block; `positional` of its `arguments` are written without their names.
        reads, makes: tensors, by the names that they have in the plan.
        name: the one that it has in the plan; shares: the layer whose weights it uses.
        scopes: the modules or blocks of the plan around it, outermost first: the name of the use, and of the block.
        alone: whether it is never part of a block, since others use its weights, or it those of others.
        merges: whether it is for several tensors, so that one has to be named. `block`: whether it is a block's use.
        constant: what else has to be the same in all uses of a block.
        comment: why it is not what the plan's file says; "" where it is. `told`: what it is called with beside tensors.
        values: of weights of the layer, by their names, that are given.
    """

    head: str
    positional: int
    arguments: Mapping[str, Any]
    reads: tuple[str, ...]
    makes: tuple[str, ...]
    name: str
    scopes: tuple[tuple[str, str], ...] = ()
    shares: str | None = None
    alone: bool = False
    merges: bool = False
    block: bool = False
    constant: str = ""
    comment: str = ""
    values: Mapping[str, tuple[float, ...]] = {}  # never written to
    told: Mapping[str, Any] = {}

    @property
    def makes_layer(self) -> bool:
        """Whether it is a layer, and no function of tensors: those of PyTorch around a module make one, too."""
        return self.head[0].isupper() or self.head in ("spectral_norm", "weight_norm")

    @property
    def is_automatic(self) -> bool:
        """Whether its name says nothing: the one that it would get without, a number, or none."""
        base = re.escape(re.sub(r"_\d+$", "", snake_case(self.head)))
        last = re.split(r"[./]", self.name)[-1]
        return re.fullmatch(rf"{base}(_?\d+)?|\d*", last) is not None


class Block(NamedTuple):
    """A run of items under a name.

    Attributes:
        parameters: those without a default first, each with its values by use; `defaults` of those that have one.
        inputs: the tensors that it reads, as its first use calls them.
    """

    name: str
    parameters: Mapping[str, tuple[Any, ...]]
    defaults: Mapping[str, Any]
    inputs: tuple[str, ...]
    items: list[Item]

    @property
    def output(self) -> str:
        """The tensor that it gives."""
        return self.items[-1].makes[0]


class Run(NamedTuple):
    """Items that stand one after the other: of which list, from where to where, and what they read from outside."""

    items: list[Item]
    start: int
    end: int
    inputs: tuple[str, ...]

    @property
    def inner(self) -> list[Item]:
        """The items."""
        return self.items[self.start : self.end]


def folded(items: list[Item], outputs: frozenset[str], framework: Framework) -> tuple[list[Item], list[Block]]:
    """The network of a framework's layers with its repeats as blocks, each above those that use it.

    Args:
        outputs: tensors that are read from outside.
    """
    network, blocks = list(items), dict[str, Block]()

    def default(head: str, name: str) -> Any:
        if head in blocks:
            return blocks[head].defaults[name]
        return name == "trainable" or default_of(framework, head, name)

    for longest in LENGTHS:
        while runs := best_run([network, *(block.items for block in blocks.values())], outputs, longest, default):
            block = block_of(runs, default, {*blocks, "input"})
            replace(runs, block)
            blocks[block.name] = block
    return network, in_order(network, blocks)


def best_run(lists: Sequence[list[Item]], outputs: frozenset[str], longest: int, default: Default) -> list[Run] | None:
    """The uses of the run that saves most lines; None where none saves any."""
    best: tuple[float, list[Run]] | None = None
    for alike in repeated(lists, outputs, longest):
        if is_repetition(alike[0].inner):
            continue
        runs = [run for run in alike if not cuts(run)]
        saved = (len(runs) - 1) * (len(alike[0].inner) - 1) - 4.0
        worth = (2 if all(map(scope_of, runs)) else 1) / len(runs[0].inputs) if runs and runs[0].inputs else 0
        if saved <= 0 or (best and saved * worth <= best[0]):
            continue
        parameters = len(parameters_of(given(runs, default))[0])
        if parameters > MOST_PARAMETERS:
            continue
        gain = (saved - parameters) * worth
        if gain >= LEAST_SAVED and (best is None or gain > best[0]):
            best = gain, runs
    return best and best[1]


def repeated(lists: Sequence[list[Item]], outputs: frozenset[str], longest: int) -> Iterator[list[Run]]:
    """Runs that are alike and may become a block, short ones first: two or more, none over another."""
    made = [{tensor: at for at, item in enumerate(items) for tensor in item.makes} for items in lists]
    outside = dict.fromkeys(outputs, inf)
    last = [{tensor: at for at, item in enumerate(items) for tensor in item.reads} | outside for items in lists]
    alike: dict[tuple[int, int], int] = {
        (number, at): 0 for number, items in enumerate(lists) for at in range(len(items))
    }
    read: dict[tuple[int, int], tuple[str, ...]] = dict.fromkeys(alike, ())
    until: dict[tuple[int, int], float] = dict.fromkeys(alike, 0)
    for length in range(1, longest + 1):
        groups: dict[Any, list[tuple[int, int]]] = defaultdict(list)
        for (number, start), before in alike.items():
            end = start + length - 1
            if end >= len(lists[number]) or lists[number][end].alone:
                continue
            item = lists[number][end]
            inputs = dict.fromkeys(read[number, start])
            shape = []
            for tensor in item.reads:
                at = made[number].get(tensor, -1)
                if at < start:
                    inputs.setdefault(tensor)
                    shape.append(-1 - list(inputs).index(tensor))
                else:
                    shape.append((end - at) * 16 + lists[number][at].makes.index(tensor))
            if len(inputs) > MOST_INPUTS:
                continue
            read[number, start] = tuple(inputs)
            needed = tuple(item.arguments)[: item.positional]
            key = (before, item.head, item.constant, needed, tuple(shape), len(item.makes))
            groups[key].append((number, start))
        alike = {}
        for identity, places in enumerate(each for each in groups.values() if len(each) > 1):
            runs, free = [], (-1, 0)
            for number, start in places:
                alike[number, start] = identity
                end = start + length - 1
                inside = until[number, start]
                until[number, start] = max(inside, *(last[number].get(each, 0) for each in lists[number][end].makes))
                closed = inside <= end and len(lists[number][end].makes) == 1
                if closed and (number, start) >= free:
                    runs.append(Run(lists[number], start, end + 1, read[number, start]))
                    free = (number, end + 1)
            if length > 1 and len(runs) > 1:
                yield runs


def cuts(run: Run) -> bool:
    """Whether a module or block of the plan lies partly in the run and partly outside."""
    around = len(common_scopes(run.inner))
    borders = ((run.start - 1, run.start), (run.end - 1, run.end))
    return any(
        len(common_scopes([run.items[one], run.items[other]])) > around
        for one, other in borders
        if one >= 0 and other < len(run.items)
    )


def is_repetition(items: list[Item]) -> bool:
    """Whether a run is a shorter one, or most of it, again and again on what was made before: that needs no block."""
    if any(other.reads != one.makes for one, other in pairwise(items)):
        return False
    kinds = [(each.head, repr(each.arguments)) for each in items]
    return any(kinds[period:] == kinds[:-period] for period in range(1, 2 * len(items) // 3 + 1))


def common_scopes(items: Sequence[Item]) -> tuple[tuple[str, str], ...]:
    """The modules or blocks of the plan around all of these."""
    levels = zip(*(item.scopes for item in items), strict=False)
    return tuple(level[0] for level in takewhile(lambda level: len(set(level)) == 1, levels))


def scope_of(run: Run) -> tuple[str, str] | None:
    """The module or block of the plan that holds these items and no others."""
    around = [run.items[at] for at in (run.start - 1, run.end) if 0 <= at < len(run.items)]
    common = common_scopes(run.inner)
    return next((scope for scope in common if not any(scope in item.scopes for item in around)), None)


Default = Callable[[str, str], Any]
"""What an argument of a layer is where nobody gives it."""


def given(runs: Sequence[Run], default: Default) -> list[dict[str, tuple[Any, ...]]]:
    """For each item of the runs its arguments, with the value of each run; what a run leaves out has its default.

    The order of the arguments is the layer's, as the item with the most of them has it.
    """
    return [
        {
            name: tuple(each.arguments[name] if name in each.arguments else default(each.head, name) for each in column)
            for name in dict.fromkeys(chain(*sorted((each.arguments for each in column), key=len, reverse=True)))
        }
        for column in zip(*(run.inner for run in runs), strict=True)
    ]


def parameters_of(
    arguments: Sequence[Mapping[str, tuple[Any, ...]]],
) -> tuple[dict[str, tuple[Any, ...]], list[dict[str, Any]]]:
    """The values of each parameter by run, and what each item's arguments are in terms of them."""
    different = [
        (vector, name)
        for each in arguments
        for name, vector in each.items()
        if len(set(map(repr, vector))) > 1 or any(isinstance(value, Parameter) for value in vector)
    ]
    found: dict[str, tuple[str, int]] = {}  # for each vector the one that it is a multiple of, and how many times
    bases: dict[str, tuple[Any, ...]] = {}
    for vector, _ in sorted(different, key=lambda each: size(each[0])):
        factors = ((known, multiple(vector, base)) for known, base in bases.items())
        known, factor = next(((known, factor) for known, factor in factors if factor), (repr(vector), 1))
        bases.setdefault(known, vector)
        found[repr(vector)] = known, factor
    named: dict[str, str] = {}
    for vector, name in different:
        known, _ = found[repr(vector)]
        if known not in named:
            named[known] = free_name(name, named.values())

    def standing(vector: tuple[Any, ...]) -> Any:
        if repr(vector) not in found:
            return vector[0]
        known, factor = found[repr(vector)]
        return Parameter(named[known], factor)

    places = [{name: standing(vector) for name, vector in each.items()} for each in arguments]
    return {name: bases[known] for known, name in named.items()}, places


def usual(vector: tuple[Any, ...]) -> list[Any]:
    """The value that more than half of the uses give, if there is one: a default."""
    texts = [repr(each) for each in vector if not isinstance(each, Parameter)]
    text, times = Counter(texts).most_common(1)[0] if texts else ("", 0)
    return [next(each for each in vector if repr(each) == text)] if 2 * times > len(vector) else []


def size(vector: tuple[Any, ...]) -> int:
    """Small numbers first: larger ones may be their multiples."""
    return sum(each if type(each) is int else getattr(each, "factor", 0) for each in vector)


def multiple(vector: tuple[Any, ...], base: tuple[Any, ...]) -> int | None:
    """How many times another vector a vector of whole numbers or parameters is; None where it is not."""
    if repr(vector) == repr(base):
        return 1
    factors = {times(one, other) for one, other in zip(vector, base, strict=True)}
    return (
        factors.pop() if len(factors) == 1 and len(set(map(repr, base))) + isinstance(base[0], Parameter) > 1 else None
    )


def times(one: Any, other: Any) -> int | None:
    """How many times another a whole number or a parameter is; None where that is no whole number."""
    if isinstance(one, Parameter) and isinstance(other, Parameter) and one.name == other.name:
        one, other = one.factor, other.factor
    if type(one) is not int or type(other) is not int or not other or one % other:
        return None
    return one // other if one > other else None


def block_of(runs: list[Run], default: Default, taken: set[str]) -> Block:
    """The block that these runs are uses of, as the first of them."""
    vectors, places = parameters_of(given(runs, default))
    defaults = {name: usual(vector) for name, vector in vectors.items()}
    parameters = {name: vectors[name] for name in sorted(vectors, key=lambda name: bool(defaults[name]))}
    first = runs[0]
    items = [item._replace(arguments=arguments) for item, arguments in zip(first.inner, places, strict=True)]
    scope = scope_of(first) if all(map(scope_of, runs)) else None
    name = free_name(re.sub(r"\W+", "_", snake_case(scope[1])) if scope else name_for(items), taken)
    return Block(name, parameters, {name: each[0] for name, each in defaults.items() if each}, first.inputs, items)


def name_for(items: Sequence[Item]) -> str:
    """What a block is about: what it merges, or the first layers that are no activations."""
    heads = [re.sub(r"_?[123]d$|_\d+$", "", snake_case(item.head.removeprefix("ops."))) for item in items]
    if "add" in heads:
        return "residual"
    if {"cat", "concatenate"}.intersection(heads):
        return "branches"
    shown = [SHORT.get(head, head) for head in heads if head not in ACTIVATIONS]
    return "_".join(list(dict.fromkeys(shown))[:2]) or "block"


SHORT = {"batch_normalization": "bn", "batch_norm": "bn", "depthwise_conv": "depthwise", "separable_conv": "separable"}
"""Names of layers as a part of a block's."""

ACTIVATIONS = frozenset({"activation", "re_lu", "relu", "hardswish", "si_lu", "leaky_re_lu"})
"""Layers that say nothing of what a block is."""


def replace(runs: list[Run], block: Block) -> None:
    """Put uses of a block in the place of the runs, the last first, so that the others stay where they are."""
    for number in range(len(runs) - 1, -1, -1):
        run = runs[number]
        scopes, around = scope_of(run), common_scopes(run.inner)
        kept = around[: around.index(scopes)] if scopes else around
        arguments = {
            name: vector[number]
            for name, vector in block.parameters.items()
            if name not in block.defaults or repr(block.defaults[name]) != repr(vector[number])
        }
        needed = len(block.parameters) - len(block.defaults)
        use = Item(
            block.name,
            needed,
            arguments,
            run.inputs,
            run.inner[-1].makes,
            scopes[0] if scopes else "",
            kept,
            block=True,
        )
        run.items[run.start : run.end] = [use]


def in_order(network: list[Item], known: Mapping[str, Block]) -> list[Block]:
    """The blocks, each after those that it uses, numbered in this order where they are named alike."""
    names: dict[str, str] = {}
    placed: list[Block] = []

    def place(items: list[Item]) -> None:
        for at, item in enumerate(items):
            if item.head not in known:
                continue
            if item.head not in names:
                place(known[item.head].items)
                names[item.head] = free_name(re.sub(r"_\d+$", "", item.head), {"input", *names.values()})
                placed.append(known[item.head]._replace(name=names[item.head]))
            items[at] = item._replace(head=names[item.head])

    place(network)
    return placed
