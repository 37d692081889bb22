"""A program's JSON as what a reader needs of it: nodes, the sizes of its tensors, its weights.

Source: `torch/_export/serde/schema.py`, schema versions 7 (PyTorch 2.5) to 8 (2.14).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from cnnshape.arithmetic.symbols import Size, Sizes
from cnnshape.network.plan import Scope
from cnnshape.operations.operation import WeightKind
from cnnshape.readers.archives import MalformedError
from cnnshape.readers.pt2.expressions import size_of
from cnnshape.value import NamedTuple

OPENED = ("torch.ops.higher_order.wrap_with_set_grad_enabled", "torch.ops.higher_order.wrap_with_autocast")
"""Nodes that run a graph of their own as it is: `torch.no_grad()` and `torch.autocast()` around modules."""

CONTAINERS = ("Sequential", "ModuleList", "ModuleDict")


class Named(NamedTuple):
    """A tensor among the arguments of a node."""

    name: str


class Symbolic(NamedTuple):
    """A number among the arguments that another node computes."""

    name: str


class Call(NamedTuple):
    """A node: an operator with its arguments by name, and what it makes.

    `outputs` has a name for every tensor, None for what is none; `scopes` are the modules around it.
    """

    name: str | None
    target: str
    arguments: dict[str, Any]
    outputs: tuple[str | None, ...]
    scopes: tuple[Scope, ...]


class Program(NamedTuple):
    """What a file holds.

    Attributes:
        tensors: what it states of each tensor; `symbols` of each number that a node computes.
        weights: the name in the graph, the name in the module, and the kind of every parameter and buffer.
        constants: tensors that are stored and are neither.
        inputs, outputs: names of the user's tensors.
        written: names of what is written into buffers.
        aliases: names of tensors that are others, whose names they stand for.
        ranges: the least and the largest value of each symbol.
    """

    calls: tuple[Call, ...]
    tensors: Mapping[str, Any]
    symbols: Mapping[str, Any]
    weights: tuple[tuple[str, str, WeightKind], ...]
    constants: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    written: tuple[str, ...]
    aliases: Mapping[str, str]
    ranges: Mapping[str, tuple[int | None, int | None]]

    def sizes(self, name: str, values: Mapping[str, int]) -> Sizes | None:
        """The sizes that the file states for a tensor. Raises `MalformedError`."""
        meta = self.tensors.get(name)
        if not isinstance(meta, dict) or not isinstance(meta.get("sizes"), list):
            return None
        return tuple([size(each, values) for each in meta["sizes"]])

    def dtype(self, name: str) -> str:
        """The type of a tensor's elements."""
        meta = self.tensors.get(name)
        return DTYPES.get(meta.get("dtype") if isinstance(meta, dict) else None, "float32")


DTYPES: dict[Any, str] = {
    **dict.fromkeys((1, 2), "int8"),
    3: "int16",
    4: "int32",
    5: "int64",
    6: "float16",
    7: "float32",
    8: "float64",
    12: "bool",
    13: "bfloat16",
}
"""`ScalarType` of the schema, those without a sign as wide as those with one."""


def size(raw: Any, values: Mapping[str, int]) -> Size:
    """A size: a number, or an expression. Raises `MalformedError`."""
    match raw:
        case {"as_int": int() as number} if 0 <= number < 2**63:
            return number
        case {"as_expr": {"expr_str": str() as text}}:
            return size_of(text, values)
    raise MalformedError(f"no size: {str(raw)[:80]}")


def read_program(raw: Any, stored: Any) -> Program:
    """The program in a JSON, with the weights that another one lists. Raises `MalformedError`."""
    try:
        graph, signature = raw["graph_module"]["graph"], raw["graph_module"]["signature"]
        listed = stored.get("config", {})
        weights: list[tuple[str, str, WeightKind]] = []
        inputs, constants = [], []
        for spec in signature["input_specs"]:
            ((kind, given),) = spec.items()
            match kind, given.get("arg"):
                case "parameter", {"name": str() as name}:
                    trains = graph["tensor_values"].get(name, {}).get("requires_grad", True)
                    weights.append((name, given["parameter_name"], "trainable" if trains else "non_trainable"))
                case "buffer", {"name": str() as name}:
                    weights.append((name, given["buffer_name"], "buffer"))
                case "tensor_constant", {"name": str() as name}:
                    constants.append(name)
                case "user_input", {"as_tensor": {"name": str() as name}}:
                    inputs.append(name)
        left_out = {name: each for name, each in listed.items() if name not in {stored for _, stored, _ in weights}}
        weights += [(f"stored {name}", name, kind_of(each)) for name, each in left_out.items()]
        part = Part([], {}, {}, tied(weights, listed))
        read_graph(graph, part, str)
        part.tensors.update({f"stored {name}": each["tensor_meta"] for name, each in left_out.items()})
        outputs, written = [], []
        for spec in signature["output_specs"]:
            match spec:
                case {"user_output": {"arg": {"as_tensor": {"name": str() as name}}}}:
                    outputs.append(name)
                case {"buffer_mutation": {"arg": {"name": str() as name}}}:
                    written.append(name)
        return Program(
            tuple(part.calls),
            part.tensors,
            part.symbols,
            tuple([weight for weight in weights if weight[0] not in part.aliases]),
            tuple(constants),
            tuple(inputs),
            tuple(outputs),
            tuple(written),
            part.aliases,
            {name: (each.get("min_val"), each.get("max_val")) for name, each in raw["range_constraints"].items()},
        )
    except MalformedError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise MalformedError(f"{type(error).__name__}: {error}") from None


def tied(weights: Sequence[tuple[str, str, WeightKind]], listed: Mapping[str, Any]) -> dict[str, str]:
    """The weights that are others under a second name, with the name of the first: they lie at the same place."""
    first: dict[str, str] = {}
    found = {}
    for name, stored, kind in weights:
        each = listed.get(stored, {})
        meta = each.get("tensor_meta", {})
        place = repr((kind, each.get("path_name"), *map(meta.get, ("sizes", "strides", "storage_offset"))))
        if each and first.setdefault(place, name) != name:
            found[name] = first[place]
    return found


def kind_of(stored: Mapping[str, Any]) -> WeightKind:
    """The kind of a weight that the list states."""
    trains = stored["tensor_meta"].get("requires_grad", True)
    return "buffer" if not stored["is_param"] else "trainable" if trains else "non_trainable"


class Part(NamedTuple):
    """What was read of a program's graphs so far."""

    calls: list[Call]
    tensors: dict[str, Any]
    symbols: dict[str, Any]
    aliases: dict[str, str]


def read_graph(graph: Any, part: Part, renamed: Callable[[str], str]) -> None:
    """The nodes of a graph, those of the graphs in it that run as they are in their places.

    Raises `KeyError`, `TypeError`, `ValueError` or `AttributeError` where it is none.
    """
    for tensors, found in ((graph["tensor_values"], part.tensors), (graph.get("sym_int_values"), part.symbols)):
        found.update({renamed(name): each for name, each in (tensors or {}).items()})
    for node in graph["nodes"]:
        call = read_call(node, renamed)
        if call.target not in OPENED:
            part.calls.append(call)
            continue
        given = list(call.arguments.values())
        at = next(number for number, each in enumerate(given) if isinstance(each, dict))
        name, inner = renamed(given[at]["name"]), given[at]["graph"]
        names = [next(iter(each.values()))["name"] for each in inner["inputs"]]
        known = {own: operand.name for own, operand in zip(names, given[at + 1 :], strict=True)}
        inside = renaming(known, name)
        read_graph(inner, part, inside)
        for outer, (own,) in zip(call.outputs, map(dict.values, inner["outputs"]), strict=True):
            made = inside(own["name"])
            part.aliases[str(outer)] = part.aliases.get(made, made)


def renaming(known: Mapping[str, str], graph: str) -> Callable[[str], str]:
    """The names of a graph in another: its inputs are `known`, all others are below its own name."""
    return lambda name: known.get(name, f"{graph}/{name}")


def read_call(node: Any, renamed: Callable[[str], str]) -> Call:
    """One node. Raises `KeyError`, `TypeError`, `ValueError` or `AttributeError` where it is none."""
    arguments = {
        each["name"] or str(number): argument(each["arg"], renamed) for number, each in enumerate(node["inputs"])
    }
    outputs: list[str | None] = []
    for each in node["outputs"]:
        match each:
            case {"as_tensor": {"name": str() as name}}:
                outputs.append(renamed(name))
            case {"as_tensors": list() as tensors}:
                outputs += [renamed(tensor["name"]) for tensor in tensors]
            case _:
                outputs.append(None)
    stack = node.get("metadata", {}).get("nn_module_stack")
    name = node.get("name")  # since PyTorch 2.7
    return Call(
        renamed(name) if isinstance(name, str) else None, str(node["target"]), arguments, tuple(outputs), scopes(stack)
    )


def tensors_of(value: Any) -> Iterator[str]:
    """The names of the tensors in arguments."""
    if isinstance(value, Named):
        yield value.name
    elif isinstance(value, dict):
        yield from tensors_of(list(value.values()))
    elif isinstance(value, list):
        for each in value:
            yield from tensors_of(each)


def argument(raw: Any, renamed: Callable[[str], str]) -> Any:
    """An argument: tensors as `Named`, numbers that nodes compute as `Symbolic`."""
    ((kind, value),) = raw.items()
    match kind:
        case "as_none":
            return None
        case "as_tensor":
            return Named(renamed(value["name"]))
        case "as_tensors":
            return [Named(renamed(each["name"])) for each in value]
        case "as_optional_tensors":
            return [Named(renamed(each["as_tensor"]["name"])) if "as_tensor" in each else None for each in value]
        case "as_sym_int" | "as_sym_bool" | "as_sym_float":
            return symbolic(value, renamed)
        case "as_sym_ints" | "as_sym_floats":
            return [symbolic(each, renamed) for each in value]
    return value


def symbolic(raw: Any, renamed: Callable[[str], str]) -> Any:
    """A number, or the name of the node that computes it."""
    return Symbolic(renamed(raw["as_name"])) if "as_name" in raw else raw.get("as_int", raw.get("as_float"))


def scopes(stack: Any) -> tuple[Scope, ...]:
    """The modules around a node, outermost first, without the model and without a layer of `torch.nn` itself.

    The stack is written ``key,path,class;key,path,class``.
    """
    found = []
    for part in str(stack or "").split(";"):
        _, _, rest = part.partition(",")
        path, _, kind = rest.rpartition(",")
        name = kind.rpartition(".")[2]
        is_layer = kind.startswith("torch.nn.modules.") and name not in CONTAINERS
        if path and not is_layer and not path.startswith("_empty"):
            found.append(Scope(path, name))
    return tuple(found)
