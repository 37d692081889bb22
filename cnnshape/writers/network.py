"""A plan as the statements of a framework: which layers are applied to which variables, and what is said of them."""

from __future__ import annotations

import keyword
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from cnnshape.arithmetic.sizes import Shape
from cnnshape.network.plan import Plan
from cnnshape.network.spelled import spelled
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.vocabulary import Framework, free_name
from cnnshape.writers.folding import Block, Item, folded
from cnnshape.writers.holding import layers_in
from cnnshape.writers.layers import in_order, refuse_overwritten, steps_of

LISTS = frozenset({"chunk", "ops.split", "ops.unstack", "split", "unbind"})
"""Functions that make a list, even of one tensor."""


class Variables(NamedTuple):
    """Items with the names that their tensors and layers have in the code where they stand.

    Attributes:
        inputs: the variables of what is read from outside; `tensors` of all tensors.
        layers: an identifier for the layer of each item that is none of functions, by the first tensor that it makes;
            where items share weights that of the owner.
    """

    items: list[Item]
    inputs: tuple[str, ...]
    tensors: Mapping[str, str]
    layers: Mapping[str, str]

    def read(self, item: Item) -> list[str]:
        """The variables that an item is applied to."""
        return [self.tensors[tensor] for tensor in item.reads]

    def made(self, item: Item) -> str:
        """The variable, or variables, for what it makes."""
        names = ", ".join(self.tensors[tensor] for tensor in item.makes)
        return f"({names},)" if item.head in LISTS and len(item.makes) == 1 else names

    def layer(self, item: Item) -> str:
        """The identifier of its layer; a function has none."""
        return self.layers.get(item.makes[0], "")


class Written(NamedTuple):
    """A network in the terms of one framework. `shapes` are those of the inputs, in its axis order."""

    name: str
    network: Variables
    shapes: tuple[Shape, ...]
    outputs: tuple[str, ...]
    blocks: tuple[tuple[Block, Variables], ...]

    @property
    def heads(self) -> set[str]:
        """The names of all layers and blocks that are used."""
        bodies = (self.network, *(variables for _, variables in self.blocks))
        items = [item for body in bodies for item in body.items]
        held = layers_in([list(item.arguments.values()) for item in items])
        return {each.head for each in (*items, *held)}


def written(plan: Plan, framework: Framework, inline: Inline | None = None) -> Written:
    """The plan's live rows as layers of a framework, and what repeats as blocks.

    Args:
        inline: how a weight by itself is written where it is read; None where it has a variable.

    Raises:
        Unwritable: a layer has no equal in the framework.
    """
    plan = spelled(plan)
    refuse_overwritten(plan, framework)
    items = [item for _, item in steps_of(plan, framework)]
    said: set[str] = set()  # each reason once
    for at, item in enumerate(items):
        items[at] = item._replace(comment="" if item.comment in said else item.comment)
        said.add(item.comment)
    network, blocks = folded(items, frozenset(plan.returned), framework)
    called = {block.name for block in blocks}
    top = variables(network, tuple(plan.inputs), plan.returned, called, path=True, inline=inline)

    def inside(block: Block) -> Variables:
        taken = called.union(block.parameters)
        return variables(block.items, block.inputs, (block.output,), taken, inline=inline)

    return Written(
        class_name(plan.name),
        top,
        tuple(in_order(plan, shape, framework) for shape in plan.inputs.values()),
        tuple(top.tensors[name] for name in plan.returned),
        tuple((block, inside(block)) for block in blocks),
    )


Inline = Callable[[Item, Variables], str]
"""What stands for a weight by itself where it is read."""

INPUTS = {1: ("inputs",), 2: ("left", "right"), 3: ("first", "second", "third")}
"""What a block calls the tensors that it reads, by their number."""


def variables(
    items: list[Item],
    inputs: Sequence[str],
    outputs: Sequence[str],
    taken: Collection[str] = (),
    *,
    path: bool = False,
    inline: Inline | None = None,
) -> Variables:
    """A variable for every tensor: ``x`` where the next item alone reads it, else one by its name.

    With `path`, names are those of the plan with the blocks around them, else the last part of them. What is `inline`
    is an expression of the layer's name where it is read, and no variable.
    """
    items = [item._replace(name=short_name(item, path)) for item in items]
    steps = [item for item in items if inline is None or item.head != "Parameter"]
    readers = defaultdict[str, list[int]](list)
    for at, item in enumerate(steps):
        for tensor in item.reads:
            readers[tensor].append(at)
    said = inputs if path else INPUTS[len(inputs)]
    names = dict(zip(inputs, distinct(said, taken), strict=True))
    own: dict[str, str] = {}
    for at, item in enumerate(steps):
        for name in item.makes:
            passing = readers[name] == [at + 1] and name not in outputs
            last = at == len(steps) - 1 and list(outputs) == [name]
            if (passing or last) and len(item.makes) == 1 and item.head != "Parameter":
                names[name] = "x"
            else:
                own[name] = name.partition("#")[0] if path else item.name
    given = tuple(names[name] for name in inputs)
    names |= dict(zip(own, distinct(own.values(), (*taken, *given)), strict=True))
    layers: dict[str, str] = {}
    found = Variables(items, given, names, layers)
    owners = [item for item, _ in turns(found) if not item.shares and (item.block or item.makes_layer)]
    called = distinct([item.name for item in owners], taken)
    layers |= {item.makes[0]: name for item, name in zip(owners, called, strict=True)}
    by_name = {item.name: layers[item.makes[0]] for item in owners}
    layers |= {item.makes[0]: by_name[item.shares] for item in items if item.shares}
    if inline is not None:
        names |= {item.makes[0]: inline(item, found) for item in items if item.head == "Parameter"}
    return found


def short_name(item: Item, path: bool) -> str:
    """What a layer is called: its name in the plan, or within a block its last part; a block without one by its own."""
    if item.block and item.is_automatic:
        return re.sub(r"_\d+$", "", item.head)
    return item.name if path else re.split(r"[/.](?=[A-Za-z_])", item.name)[-1]


RESERVED = frozenset({*keyword.kwlist, "x", "F", "keras", "layers", "nn", "ops", "self", "torch", "torchvision"})


def distinct(names: Iterable[str], taken: Iterable[str]) -> list[str]:
    """A Python identifier for each name, all different, and other than those that are taken."""
    found: list[str] = []
    used = {*RESERVED, *taken}
    for name in names:
        plain = "inputs" if name in ("input", "x") else name
        plain = re.sub(r"\W", "_", re.sub(r" \((\d+)\)$", r"_\1", plain))  # ``relu (2)``: of a module called again
        plain = f"layer_{plain}" if not plain[:1].isalpha() else plain
        found.append(free_name(plain, used))
        used.add(found[-1])
    return found


def class_name(name: str) -> str:
    """The network's name as a class: ``my-net`` is ``MyNet``."""
    joined = "".join(part[:1].upper() + part[1:] for part in re.split(r"\W+|_", name))
    return joined if joined.isidentifier() else f"Net{joined}"


def headings(variables: Variables) -> Iterator[tuple[Item, int, str]]:
    """`turns`, each with the blocks of the plan that it lies in where these begin; they are no blocks of the code."""
    path = ""
    for item, times in turns(variables):
        own = path if item.block else item.name.rpartition("/")[0]
        yield item, times, own if own != path else ""
        path = own


FEWEST_LAYERS = 4
"""Equal layers one after the other that are worth a loop; of blocks two are."""


def turns(variables: Variables) -> Iterator[tuple[Item, int]]:
    """The items; of uses of a block, or of layers, that follow one another and are equal the first, with their number.

    All but the last of them make ``x``, as the last one does.
    """
    items = variables.items
    at = 0
    while at < len(items):
        end = at + 1
        while end < len(items) and follows(items[end - 1], items[end], variables):
            end += 1
        if not items[at].block and end - at < FEWEST_LAYERS:
            end = at + 1
        yield items[at]._replace(makes=items[end - 1].makes), end - at
        at = end


def follows(one: Item, other: Item, variables: Variables) -> bool:
    """Whether an item is the same block or layer with the same arguments on what another, and no one else, makes."""
    if one.makes != other.reads or "Parameter" in (one.head, other.head):
        return False
    plain = one.makes_layer and not (one.alone or other.alone or one.comment or other.comment or one.values)
    alike = one.head == other.head and one.constant == other.constant and repr(one.arguments) == repr(other.arguments)
    passed = variables.made(one) == variables.made(other) == "x"
    return (one.block or plain) and alike and passed
