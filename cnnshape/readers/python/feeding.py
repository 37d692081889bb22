"""What a model is given: the shapes that were asked for, those that the file itself uses, else a question."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from math import prod

from cnnshape.arithmetic.sizes import Shape
from cnnshape.diagnostics import Fault
from cnnshape.readers.python.language.functions import underlying
from cnnshape.readers.python.language.machine import Machine
from cnnshape.readers.python.language.scopes import ModuleScope
from cnnshape.readers.python.language.syntax import order_of, walk
from cnnshape.readers.python.language.values import Placed, Stop, Value
from cnnshape.readers.requests import Settings, UsageError
from cnnshape.value import NamedTuple

MAKERS = frozenset({"randn", "rand", "zeros", "ones", "empty", "normal", "uniform", "random"})
SUMMARIES = frozenset({"summary", "get_model_complexity_info", "input_size", "input_shape", "input_res"})
BUILDERS = frozenset({"build", "compute_output_shape"})
"""Methods of Keras's models that take a shape with its batch."""

RESIZERS = frozenset({"Resize", "CenterCrop", "RandomCrop", "RandomResizedCrop"})
"""Transforms of torchvision that leave pictures of the size that they are given."""
DATASETS = {
    **dict.fromkeys(("MNIST", "FashionMNIST", "KMNIST", "QMNIST", "EMNIST", "mnist", "fashion_mnist"), (28, 1)),
    "USPS": (16, 1),
    **dict.fromkeys(("CIFAR10", "CIFAR100", "SVHN", "cifar10", "cifar100"), (32, 3)),
    "STL10": (96, 3),
}
"""Height and width of the pictures of torchvision's and Keras's datasets, and their channels."""


def inputs_for(
    m: Machine, module: ModuleScope, model: Value, settings: Settings, filename: str
) -> list[tuple[str, Shape]]:
    """The inputs of a model by the names of its `forward`'s arguments, batch first.

    Raises `UsageError` where a name that was asked for is no argument, `Stop` (CS607) where no shape is known.
    """
    if m.framework.has_inputs(model):
        return []
    names, needed = argument_names(m, model)
    batch = m.trace.builder.batch
    given = dict(settings.inputs)
    if "" in given:
        if len(needed) > 1:
            example = " ".join(f"--input {name}=..." for name in needed)
            raise UsageError(f"forward takes {', '.join(needed)}: give each its shape, {example}")
        given = {(names or ["input"])[0]: given[""]}
    unknown = [name for name in given if names and name not in names]
    if unknown:
        raise UsageError(f"forward has no argument {unknown[0]!r}; it takes {', '.join(names)}")
    if given:
        missing = [name for name in needed if name not in given]
        if missing:
            raise UsageError(f"forward also takes {', '.join(missing)}: give it a shape, --input {missing[0]}=...")
        order = [name for name in names if name in given] or list(given)
        return [(name, (batch, *given[name])) for name in order]
    found = list(dict.fromkeys(shapes_in(module.tree)))
    first = first_channels(model)
    fitting = [each for each in found if first.fits(each)] or (found if first.hidden else [])
    if len(needed) <= 1 and len(set(fitting)) >= 1:
        shape = fitting[0]
        m.note(f"the input is {'x'.join(map(str, shape))}, as the file itself has it")
        return [((names or ["input"])[0], (batch, *shape))]
    size, usual, why = pictures_of(module.tree)
    sizes = (16, 112, 112) if first.rank == 3 else tuple(max(size // each, 1) * each for each in first.steps)
    last = m.trace.builder.layout.channels_last
    channels = first.channels or usual
    example = "..." if first.hidden else "x".join(map(str, (*sizes, channels) if last else (channels, *sizes)))
    typed = f"--input {example}" if len(needed) <= 1 else " ".join(f"--input {name}={example}" for name in needed)
    why = ", the shape of one sample" if first.hidden else why if first.rank == 2 else ""
    raise Stop("CS607", "the file does not say what the model's input is", fix=f"add {typed}{why}")


def argument_names(m: Machine, model: Value) -> tuple[list[str], list[str]]:
    """The names of the arguments of `forward`, and those of them that have no default."""
    forward, given = underlying(getattr(model, m.framework.FORWARD, model))
    if forward is None:
        return [], []
    arguments = forward.node.args
    order = order_of(arguments)[given:]
    needed = order[: len(order) - len(forward.defaults)] if forward.defaults else order
    only = [each.arg for each in arguments.kwonlyargs]
    return [*order, *only], needed


def shapes_in(tree: ast.Module) -> Iterator[Shape]:
    """Shapes of one sample that a file hands about: ``torch.randn(1, 3, 224, 224)``, ``summary(net, (3, 32, 32))``."""
    for node in walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = name_of(node)
        if name in MAKERS:
            sizes = literal(node.args[0]) if len(node.args) == 1 else literal(ast.Tuple(node.args, ast.Load()))
            if sizes and len(sizes) >= 2:
                yield sizes[1:]
        elif name in BUILDERS and node.args and isinstance(stated := node.args[0], ast.Tuple | ast.List):
            sizes = literal(ast.Tuple(stated.elts[1:], ast.Load()))
            if sizes:
                yield sizes
        elif name in SUMMARIES and len(node.args) > 1:
            yield from one_sample(literal(node.args[1]), batched=False)
        for keyword in node.keywords:
            if keyword.arg in ("input_size", "input_shape", "input_data") and name in (*SUMMARIES, "profile"):
                yield from one_sample(literal(keyword.value), batched=keyword.arg == "input_size")


def pictures_of(tree: ast.Module) -> tuple[int, int, str]:
    """The height and width that pictures of this file have, and their channels, for a suggestion alone, and why."""
    called = [(name_of(node), node) for node in walk(tree) if isinstance(node, ast.Call)]
    for name, node in reversed(called):
        stated = node.args[0] if name in RESIZERS and node.args else node
        if sizes := literal(stated) or literal(ast.Tuple([stated], ast.Load())):
            return sizes[0], 3, f", the size that {name} gives"
    known = ((*DATASETS[name], f", the size of {name}") for name, _ in called if name in DATASETS)
    return next(known, (224, 3, ""))


def name_of(node: ast.Call) -> str:
    """The name of what is called, without where it is found; of ``mnist.load_data()`` what is loaded."""
    called = node.func.value if isinstance(node.func, ast.Attribute) and node.func.attr == "load_data" else node.func
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def one_sample(sizes: Shape | None, *, batched: bool) -> Iterator[Shape]:
    """A shape without its batch; one of four sizes has it."""
    if sizes and len(sizes) in (2, 3, 4, 5):
        yield sizes[1:] if len(sizes) == 4 or (batched and len(sizes) > 3) else sizes


def literal(node: ast.expr) -> tuple[int, ...] | None:
    """A list of literal sizes."""
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    if isinstance(value, list | tuple) and value and all(type(each) is int and 0 < each < 2**31 for each in value):
        return tuple(value)
    return None


class First(NamedTuple):
    """What the first layer of a model says of its input.

    `channels` are None where it says nothing, `steps` are what the spatial axes are multiples of. `hidden` says that
    these are the channels of what something unknown makes of the input.
    """

    channels: int | None = None
    steps: tuple[int, ...] = (1, 1)
    hidden: bool = False

    @property
    def rank(self) -> int:
        """How many spatial axes it has."""
        return len(self.steps)

    def fits(self, shape: Shape) -> bool:
        """Whether a shape has these channels; axes before them may be folded into the batch."""
        return self.channels is None or (len(shape) > self.rank and shape[-self.rank - 1] == self.channels)


def first_channels(model: Value) -> First:
    """The first layer of a model that states its input channels.

    The first is the one that `forward` names first; where it names none, the one that was made first.
    """
    pending, before = [model], list[Value]()
    while pending:
        module = pending.pop(0)
        own = getattr(module, "__dict__", {})
        kind = getattr(type(module), "_layer_type", None)
        channels = own.get("in_channels", own.get("in_features"))
        if kind is not None and isinstance(channels, int):
            steps = () if kind.name == "Linear" else (1,) * (kind.rank or 2)
            return First(channels, steps) if steps else behind(before, First(channels, ()))
        inner = own.get("_modules", {})
        named = [inner[name] for name in called_by(module, "forward", set()) if name in inner]
        pending = [*dict.fromkeys(named), *inner.values(), *pending]
        if not inner and isinstance(module, Placed):
            before.append(module)
    return First()


def behind(modules: Sequence[Value], first: First) -> First:
    """What a model's first layer says of its input, which runs through these modules before."""
    for module in reversed(modules):
        own = vars(module)
        if type(module).__name__ == "Rearrange" and str(own.get("pattern")).count("->") == 1:
            return pictures_behind(own["pattern"], own.get("axes_lengths", {}), first.channels or 1)
        lowered = own.get("_lowered")
        try:
            kept = lowered is not None and lowered.answer(((1, first.channels),)).result.outputs[0][-1:]
        except Fault:
            kept = False
        if kept != (first.channels,) and type(module).__name__ != "Flatten":
            return first._replace(hidden=True)
    return first


def pictures_behind(pattern: str, given: Mapping[str, Value], width: int) -> First:
    """What pictures a pattern of einops cuts into patches of this width: ``b c (h p) (w q) -> b (h w) (p q c)``."""
    before, after = ([each.strip("()").split() for each in GROUP.findall(side)] for side in pattern.split("->"))
    sizes = {name: size for name, size in given.items() if type(size) is int and size > 0}
    patch = prod(sizes.get(name, 1) for name in after[-1])
    channels = [name for name in after[-1] if name not in sizes]
    if len(before) != 4 or before[1] != channels or len(channels) != 1 or width % patch:
        return First(width, (), hidden=True)
    return First(width // patch, tuple(prod(sizes.get(name, 1) for name in axis) for axis in before[2:]))


GROUP = re.compile(r"\([^()]*\)|[^\s()]+")
"""An axis of a pattern, or several that are one."""


def called_by(module: Value, method: str, seen: set[str]) -> Iterator[str]:
    """The attributes that a method of a module reads, in order, those of its other methods where it calls them."""
    seen.add(method)
    function, _ = underlying(getattr(type(module), method, None))
    for name in attributes_in(function.node) if function else ():
        yield name
        if name not in seen:
            yield from called_by(module, name, seen)


def attributes_in(node: ast.AST) -> Iterator[str]:
    """The attributes that are read, in the order in which what they hold is called: ``self.b(self.a(x))`` is a, b."""
    if isinstance(node, ast.Attribute):
        yield node.attr
    parts = list(ast.iter_child_nodes(node))
    for part in (*parts[1:], parts[0]) if isinstance(node, ast.Call) else parts:
        yield from attributes_in(part)
