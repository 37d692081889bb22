"""A program's JSON as what a reader needs of it: nodes, the sizes of its tensors, its weights.

Source: `torch/_export/serde/schema.py`, schema versions 7 (PyTorch 2.5) to 8 (2.14).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from cnnshape.arithmetic.symbols import Size, Sizes
from cnnshape.network.plan import Scope
from cnnshape.operations.operation import WeightKind
from cnnshape.readers.pt2.expressions import size_of
from cnnshape.value import NamedTuple

CONTAINERS = ("Sequential", "ModuleList", "ModuleDict")


class MalformedError(ValueError):
    """The JSON is not what PyTorch writes."""


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
        ranges: the least and the largest value of each symbol.
    """

    calls: tuple[Call, ...]
    tensors: Mapping[str, Any]
    symbols: Mapping[str, Any]
    weights: tuple[tuple[str, str, WeightKind], ...]
    constants: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
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
        left_out = unread(stored, {name for _, name, _ in weights})
        weights += [(f"stored {name}", name, kind_of(each)) for name, each in left_out.items()]
        tensors = graph["tensor_values"] | {f"stored {name}": each["tensor_meta"] for name, each in left_out.items()}
        outputs = []
        for spec in signature["output_specs"]:
            match spec:
                case {"user_output": {"arg": {"as_tensor": {"name": str() as name}}}}:
                    outputs.append(name)
        return Program(
            tuple([read_call(node) for node in graph["nodes"]]),
            tensors,
            graph.get("sym_int_values") or {},
            tuple(weights),
            tuple(constants),
            tuple(inputs),
            tuple(outputs),
            {name: (each.get("min_val"), each.get("max_val")) for name, each in raw["range_constraints"].items()},
        )
    except MalformedError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise MalformedError(f"{type(error).__name__}: {error}") from None


def unread(stored: Any, read: Collection[str]) -> dict[str, Any]:
    """What a list of weights states of those that the graph does not read."""
    return {name: each for name, each in stored.get("config", {}).items() if name not in read}


def kind_of(stored: Mapping[str, Any]) -> WeightKind:
    """The kind of a weight that the list states."""
    trains = stored["tensor_meta"].get("requires_grad", True)
    return "buffer" if not stored["is_param"] else "trainable" if trains else "non_trainable"


def read_call(node: Any) -> Call:
    """One node. Raises `KeyError`, `TypeError`, `ValueError` or `AttributeError` where it is none."""
    arguments = {each["name"] or str(number): argument(each["arg"]) for number, each in enumerate(node["inputs"])}
    outputs: list[str | None] = []
    for each in node["outputs"]:
        match each:
            case {"as_tensor": {"name": str() as name}}:
                outputs.append(name)
            case {"as_tensors": list() as tensors}:
                outputs += [tensor["name"] for tensor in tensors]
            case _:
                outputs.append(None)
    stack = node.get("metadata", {}).get("nn_module_stack")
    name = node.get("name")  # since PyTorch 2.7
    return Call(name if isinstance(name, str) else None, str(node["target"]), arguments, tuple(outputs), scopes(stack))


def argument(raw: Any) -> Any:
    """An argument: tensors as `Named`, numbers that nodes compute as `Symbolic`."""
    ((kind, value),) = raw.items()
    match kind:
        case "as_none":
            return None
        case "as_tensor":
            return Named(value["name"])
        case "as_tensors":
            return [Named(each["name"]) for each in value]
        case "as_optional_tensors":
            return [Named(each["as_tensor"]["name"]) if "as_tensor" in each else None for each in value]
        case "as_sym_int" | "as_sym_bool" | "as_sym_float":
            return symbolic(value)
        case "as_sym_ints" | "as_sym_floats":
            return [symbolic(each) for each in value]
    return value


def symbolic(raw: Any) -> Any:
    """A number, or the name of the node that computes it."""
    return Symbolic(raw["as_name"]) if "as_name" in raw else raw.get("as_int", raw.get("as_float"))


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
