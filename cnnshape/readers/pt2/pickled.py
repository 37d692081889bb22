"""The list of tensors that `torch.save` pickles, read as data: no code of it is run, and no tensor is opened.

Source: Python's `pickletools` for the opcodes; `torch/_utils.py`, `_rebuild_tensor_v2` and `_rebuild_parameter`.
"""

from __future__ import annotations

import pickletools
from itertools import islice
from typing import Any

MOST_OPCODES = 1_000_000
"""Opcodes of a list of tensors; each tensor takes about fifty."""

SCALAR_TYPES = {
    **{f"torch {name}Storage": number for number, name in enumerate(("Byte", "Char", "Short", "Int", "Long"), start=1)},
    **{f"torch {name}Storage": number for number, name in enumerate(("Half", "Float", "Double"), start=6)},
    "torch BoolStorage": 12,
    "torch BFloat16Storage": 13,
}
"""`ScalarType` of the schema by the class of a storage."""

CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}

SILENT = frozenset({"PROTO", "FRAME", "STOP"})


class NoListError(ValueError):
    """The pickle is none of tensors."""


def stated_tensors(raw: bytes) -> dict[str, Any]:
    """What a pickled dictionary states of each of its tensors, as `model_weights_config.json` would.

    Raises `NoListError` where it is none, or too long.
    """
    try:
        found = value_of(raw)
    except (IndexError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise NoListError(f"{type(error).__name__}: {error}") from None
    if not isinstance(found, dict):
        raise NoListError("it holds no dictionary")
    return {name: each for name, each in found.items() if isinstance(name, str) and isinstance(each, dict) and each}


def value_of(raw: bytes) -> Any:
    """What a pickle holds, objects that are no tensors being None."""
    stack: list[Any] = []
    marks: list[int] = []
    memo: dict[Any, Any] = {}
    for number, (opcode, given, _) in enumerate(islice(pickletools.genops(raw), MOST_OPCODES + 1)):
        if number == MOST_OPCODES:
            raise NoListError(f"it has more than {MOST_OPCODES:,} opcodes")
        match opcode.name:
            case name if name in SILENT:
                continue
            case name if name in CONSTANTS:
                stack.append(CONSTANTS[name])
            case "EMPTY_DICT":
                stack.append({})
            case "MARK":
                marks.append(len(stack))
            case "BINPUT" | "LONG_BINPUT":
                memo[given] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                stack.append(memo[given])
            case "TUPLE":
                at = marks.pop()
                stack[at:] = [tuple(stack[at:])]
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                stack[-int(opcode.name[-1]) :] = [tuple(stack[-int(opcode.name[-1]) :])]
            case "BINPERSID":
                pass  # what says which storage: a tuple
            case "REDUCE":
                stack[-2:] = [made(*stack[-2:])]
            case "SETITEM" | "SETITEMS":
                at = marks.pop() if opcode.name == "SETITEMS" else len(stack) - 2
                stack[at - 1].update(zip(stack[at::2], stack[at + 1 :: 2], strict=True))
                del stack[at:]
            case "BUILD":
                stack.pop()  # what the object says of itself
            case "GLOBAL" | "BINUNICODE" | "BININT" | "BININT1" | "BININT2" | "LONG1" | "BINFLOAT":
                stack.append(given)
            case other:
                raise NoListError(f"it has an opcode {other}")
    return stack.pop()


def made(function: Any, arguments: Any) -> Any:
    """What calling a function would make: of a tensor all that is stated."""
    match function, arguments:
        case "collections OrderedDict", _:
            return {}
        case "torch._utils _rebuild_tensor_v2", ((_, kind, place, *_), offset, sizes, strides, trains, *_):
            meta = {
                "dtype": SCALAR_TYPES.get(kind),
                "sizes": [{"as_int": each} for each in sizes],
                "strides": [{"as_int": each} for each in strides],
                "storage_offset": {"as_int": offset},
                "requires_grad": trains,
            }
            return {"path_name": place, "is_param": False, "tensor_meta": meta}
        case "torch._utils _rebuild_parameter", (dict(tensor), trains, *_) if tensor:
            return tensor | {"is_param": True, "tensor_meta": tensor["tensor_meta"] | {"requires_grad": trains}}
    return None
