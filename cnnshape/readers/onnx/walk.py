"""A graph of ONNX to a network: values folded, weights counted where they are read, every operator placed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from cnnshape.arithmetic.sizes import agree, product
from cnnshape.arithmetic.symbols import Size, dim, dims
from cnnshape.arithmetic.tensors import written
from cnnshape.diagnostics import Diagnostic, Fault
from cnnshape.network.builder import NetworkBuilder
from cnnshape.network.network import Network
from cnnshape.network.plan import Scope
from cnnshape.network.tensor import Tensor
from cnnshape.operations.operation import Weight
from cnnshape.operations.views import Identity
from cnnshape.readers.archives import MalformedError
from cnnshape.readers.exported import Exported, Meaning, refuse_unknown_inputs
from cnnshape.readers.onnx import control, elements, moves, products, windows
from cnnshape.readers.onnx.folding import array, fold
from cnnshape.readers.onnx.inputs import (
    ALIASES,
    BIASES,
    FEW,
    FEWEST,
    NOT_DATA,
    NOT_WEIGHTS,
    READ_WEIGHTS,
    REORDERING,
    STATES,
)
from cnnshape.readers.onnx.model import (
    FLOATS,
    OUTSIDE,
    QUANTIZED,
    TYPES,
    Names,
    Step,
    attribute,
    input_sizes,
    stated_sizes,
    value_of,
)
from cnnshape.readers.onnx.operator import MICROSOFT, Operator, UnknownSizeError, Value
from cnnshape.readers.onnx.sequences import SEQUENCES
from cnnshape.readers.onnx.types import type_made
from cnnshape.readers.requests import Settings
from cnnshape.readers.unknown import Unknown

RULES = {**windows.RULES, **products.RULES, **elements.RULES, **moves.RULES}
"""What every known operator is."""

MOST_NODES = 50_000
"""Operators, those of functions and loops each time."""
DEEPEST = 30
"""Functions and branches inside each other."""


class Walk:
    """The state of reading one model."""

    def __init__(self, model: Any, filename: str, settings: Settings) -> None:
        self.model = model
        self.opsets = {each.domain: each.version for each in model.opset_import}
        self.functions = {(each.domain, each.name): each for each in model.functions}
        self.values: dict[str, Value] = {}
        self.roots: dict[str, tuple[str, ...]] = {}  # the weights that a name is another form of
        self.computed: dict[str, str] = {}  # by a name that is not a weight itself, the operator that makes it of one
        self.late: dict[str, Any] = {}
        self.types: dict[str, str] = {}
        self.sequences: dict[str, list[str]] = {}
        self.made: set[str] = set()  # what may be a weight, and is no initializer; `filled`: of one number
        self.filled: set[str] = set()
        self.steps = 0
        graph = model.graph
        stored = {each.name for each in graph.initializer}
        inputs = [each for each in graph.input if each.name not in stored]
        refuse_unknown_inputs(settings, [each.name for each in inputs])
        shapes = input_sizes(inputs, settings)
        batch: Size = next((sizes[0] for sizes in shapes.values() if sizes), 1)
        types = [FLOATS[each.data_type] for each in graph.initializer if each.data_type in FLOATS]
        name = graph.name or filename.rpartition("/")[2].partition(".")[0]
        dtype = max(types, key=types.count) if types else "float32"
        self.builder = NetworkBuilder("pytorch", name=name, filename=filename, dtype=dtype, batch=dim(batch))
        self.graph = Exported(self.builder, batch)
        self.unknown = Unknown(self.builder)
        self.types |= {each.name: TYPES.get(each.type.tensor_type.elem_type, "float32") for each in inputs}
        for name, sizes in shapes.items():
            self.graph.input(name, sizes, self.types[name])
            if sizes is None:
                self.unknown.add("input", name, "the file does not say how many axes it has; --input does")
        self.store(graph.initializer, OUTSIDE)
        self.store([each.values for each in graph.sparse_initializer], OUTSIDE)

    def network(self) -> Network:
        """The network of the model."""
        graph = self.model.graph
        if not graph.output:
            raise MalformedError("the graph has no outputs")
        self.run(graph.node, OUTSIDE, (), self.opsets)
        outputs = []
        for each in graph.output:
            if not self.knows(each.name):
                raise MalformedError(f"nothing makes the output {each.name}")
            if each.name in self.graph.tensors:
                outputs.append(self.output(each.name))
        self.compare([*graph.value_info, *graph.output])
        self.unknown.report()
        read = {name for node in graph.node for name in node.input}
        unread = [
            weight
            for name, weight in self.graph.stored.items()
            if name not in self.graph.counted and name not in read and weight.kind != "buffer"
        ]
        return self.builder.finish(outputs, unrun=tuple(unread))

    def output(self, name: str) -> Tensor:
        """An output of the model, under its own name also where another operator's output is handed on."""
        tensor = self.graph.tensors[name]
        if tensor.name != name and tensor.shape is not None:
            sizes = self.graph.sizes[name]
            meaning = Meaning("Identity", (sizes,), Identity(), view=True)
            tensor = self.graph.place(meaning, [name], (name,)).outputs[0]
        return tensor

    # -- what the file holds

    def store(self, tensors: Iterable[Any], names: Names) -> None:
        """Weights and constants of the file; the values of small ones are there when somebody asks."""
        for tensor in tensors:
            shape = tuple(tensor.dims)
            if any(size < 0 for size in shape) or len(shape) > 64:
                raise MalformedError(f"{tensor.name} has the shape {list(shape)[:8]}")
            self.keep(names(tensor.name), tensor, shape)

    def keep(self, name: str, tensor: Any, shape: tuple[int, ...]) -> None:
        """One tensor of the file, as a weight where it may be one."""
        self.graph.sizes[name] = shape
        self.late[name] = tensor
        self.types[name] = TYPES.get(tensor.data_type, "float32")
        if shape and (tensor.data_type in FLOATS or tensor.data_type in QUANTIZED):
            dtype = FLOATS.get(tensor.data_type) or QUANTIZED[tensor.data_type]
            self.graph.store(name, Weight(name, shape, dtype=None if dtype == self.builder.dtype else dtype))

    def value(self, name: str) -> Value | None:
        """What a tensor holds, where it is small and known."""
        if name in self.late:
            found = value_of(self.late.pop(name))
            if found is not None:
                self.values[name] = found
        return self.values.get(name)

    def knows(self, name: str) -> bool:
        """Whether there is a tensor, a weight, a constant or a sequence of that name so far."""
        return self.graph.knows(name) or name in self.sequences

    # -- operators

    def run(self, nodes: Sequence[Any], names: Names, scopes: tuple[Scope, ...], opsets: Mapping[str, int]) -> None:
        """All operators of a graph, in the file's order, which is the order in which they run."""
        if len(scopes) > DEEPEST:
            raise MalformedError(f"more than {DEEPEST} functions and branches inside each other")
        for node in nodes:
            self.steps += 1
            if self.steps > MOST_NODES:
                raise MalformedError(f"more than {MOST_NODES:,} operators")
            self.step(node, names, scopes, opsets)

    def step(self, node: Any, names: Names, scopes: tuple[Scope, ...], opsets: Mapping[str, int]) -> None:
        """One operator."""
        inputs, outputs = tuple(map(names, node.input)), tuple(map(names, node.output))
        while outputs and not outputs[-1]:
            outputs = outputs[:-1]
        if not outputs or not outputs[0]:
            outputs = (f"{node.op_type}.{self.steps}", *outputs[1:])
        missing = next((name for name in inputs if name and not self.knows(name)), None)
        if missing is not None:
            raise MalformedError(f"{outputs[0]} ({node.op_type}) reads {missing}, which nothing above it makes")
        domain = "" if node.domain in ("", "ai.onnx") else node.domain
        attributes = {each.name: attribute(each, names) for each in node.attribute}
        step = Step(node.op_type, domain, attributes, names, inputs, outputs, scopes, opsets)
        function = self.functions.get((node.domain, node.op_type))
        special = SPECIAL.get(node.op_type) if not domain else None
        if function is not None:
            control.call(self, function, step)
        elif special is not None:
            if len(inputs) < FEWEST.get(node.op_type, 0):
                raise MalformedError(f"{outputs[0]} ({node.op_type}) has too few inputs")
            special(self, step)
        elif node.op_type == "Constant" and not domain:
            self.constant(node, step)
        else:
            self.place(self.operator(step), scopes)

    def operator(self, step: Step) -> Operator:
        """An operator with what is known of its inputs."""
        return Operator(
            step.type,
            step.domain,
            step.opsets.get(step.domain, step.opsets.get("ai.onnx", 1)),
            step.inputs,
            step.outputs,
            step.attributes,
            tuple([self.graph.sizes.get(name) if name else None for name in step.inputs]),
            tuple([self.value(name) if name else None for name in step.inputs]),
        )

    def place(self, operator: Operator, scopes: tuple[Scope, ...]) -> None:
        """An operator as a row, as a value, or as another form of a weight."""
        outputs = tuple([name or f"{operator.outputs[0]}:{number}" for number, name in enumerate(operator.outputs)])
        data = [
            name
            for number, name in enumerate(operator.inputs)
            if name and number not in NOT_DATA.get(operator.type, frozenset())
        ]
        if any(name in self.graph.tensors and self.graph.tensors[name].shape is None for name in operator.inputs):
            self.graph.fail(operator.type, [name for name in operator.inputs if name], outputs, scopes)
            return
        own = not operator.domain or (operator.domain == "com.microsoft" and operator.type in MICROSOFT)
        rule = RULES.get(operator.type) if own else None
        self.keep_bias(operator)
        dtype = type_made(operator, self.types)
        if dtype:
            self.types |= dict.fromkeys(outputs, dtype)
        values, of_weights = fold(operator) or (), self.is_of_weights(operator, data)
        if not of_weights or operator.type in ALIASES or operator.type == "ConstantOfShape":
            self.values |= zip(outputs, values, strict=False)
        roots = self.weights_in(data)
        if values and not of_weights:
            self.graph.sizes |= {name: value.shape for name, value in zip(outputs, values, strict=False)}
            if operator.type not in ("Shape", "Size"):
                self.roots |= dict.fromkeys(outputs, tuple([name for name in roots if name in self.graph.stored]))
                self.computed |= dict.fromkeys(outputs, operator.type)
            return
        if rule is None:
            self.unknown.add(operator.type, outputs[0], operator.domain and f"of the domain {operator.domain}")
            self.graph.fail(operator.type, data, outputs, scopes)
            return
        try:
            meaning = rule(operator)
        except UnknownSizeError:
            self.unknown.add(operator.type, outputs[0], "its shape depends on values that only a run computes")
            self.graph.fail(operator.type, data, outputs, scopes)
            return
        except (ValueError, TypeError, IndexError, KeyError, ZeroDivisionError, AttributeError) as error:
            fault = Fault("CS305", f"{operator.type}: {error}")
            self.graph.wrong(fault, operator.type, data, outputs, scopes)
            return
        meaning = meaning._replace(outputs=meaning.outputs[: len(outputs)])  # of optional ones those that are there
        if self.is_another_form(operator, outputs, data, meaning):
            return
        self.leave_out(operator, roots)
        if data and not any(name in self.graph.tensors or name in self.graph.stored for name in roots):
            self.graph.sizes |= zip(outputs, meaning.outputs, strict=False)  # what constants give
            return
        self.mark_buffers(operator)
        made = outputs[: len(meaning.outputs)]
        computed = {
            root: (self.computed[name], dims(self.graph.sizes[name]))
            for name in data
            if name in self.computed
            for root in self.weights_in([name])
        }
        self.graph.place(meaning, roots, made, scopes, dtype=dtype, made=computed)

    def weights_in(self, names: Iterable[str]) -> list[str]:
        """The names, those that are other forms of weights as these."""
        return [root for name in names for root in self.roots.get(name) or (name,)]

    def keep_bias(self, operator: Operator) -> None:
        """A bias in int32 is a weight where a quantized model reads it; other tensors of that type are sizes."""
        place = BIASES.get(operator.type)
        name = operator.inputs[place] if place is not None and operator.has(place) else ""
        if self.types.get(name) == "int32" and name not in self.graph.tensors and name not in self.graph.stored:
            self.graph.store(name, Weight(name, dims(self.graph.sizes[name]), dtype="int32"))

    def leave_out(self, operator: Operator, roots: Sequence[str]) -> None:
        """Constants that are no weights where they are read first: masks, tables, beginnings."""
        beside = [self.graph.tensors[name] for name in roots if name in self.graph.tensors]
        is_weight = bool(beside) and operator.type in READ_WEIGHTS
        is_bias = operator.type == "Add" and any(
            each.row >= 0 and self.builder.nodes[each.row].type == "matmul" for each in beside
        )
        states = self.weights_in(
            [operator.inputs[each] for each in STATES.get(operator.type, ()) if operator.has(each)]
        )
        held = {name: self.value(name) for name in states if name in self.graph.stored}
        zeros = {name for name, value in held.items() if value is not None and not any(value.reshape(-1))}
        for name in (self.made | zeros).difference(self.graph.counted).intersection(roots):
            if name in states or not (is_weight or (is_bias and name not in self.filled)):
                self.made.discard(name)
                self.graph.stored.pop(name)

    def is_of_weights(self, operator: Operator, data: Sequence[str]) -> bool:
        """Whether what is computed may be a weight, and not a size: weights have more elements than tensors axes."""
        if operator.type in ("Shape", "Size"):
            return False
        if operator.type == "ConstantOfShape":
            filling = operator.attribute("value")
            return filling is None or isinstance(filling.reshape(-1)[0], float)
        read = [self.graph.stored.get(name) for name in self.weights_in(data)]
        return any(
            weight is not None and (operator.type in ALIASES or (product(weight.shape) or 0) > FEW) for weight in read
        )

    def is_another_form(
        self, operator: Operator, outputs: tuple[str, ...], data: Sequence[str], meaning: Meaning
    ) -> bool:
        """Whether the output is no tensor of the network: a weight in another form, or filled with one number."""
        if operator.type == "ConstantOfShape":
            filling = operator.attribute("value")
            shape = dims(meaning.outputs[0])
            if None not in shape and shape and (filling is None or isinstance(filling.reshape(-1)[0], float)):
                self.filled.add(outputs[0])
                self.made.add(outputs[0])
                self.graph.store(outputs[0], Weight(outputs[0], shape))
                return True
            self.graph.sizes[outputs[0]] = meaning.outputs[0]
            return True
        if operator.type in ALIASES and data and not any(name in self.graph.tensors for name in data):
            self.mark_buffers(operator)
            self.graph.sizes[outputs[0]] = meaning.outputs[0]
            self.roots[outputs[0]] = tuple(self.weights_in(data[:1]))
            by = operator.type if operator.type in REORDERING else self.computed.get(data[0])
            self.computed |= {outputs[0]: by} if by else {}
            return True
        return False

    def mark_buffers(self, operator: Operator) -> None:
        """Statistics do not count as parameters."""
        for number in NOT_WEIGHTS.get(operator.type, ()):
            for name in self.weights_in(operator.inputs[number : number + 1]):
                weight = self.graph.stored.get(name)
                if weight is not None and name not in self.graph.counted:
                    self.graph.stored[name] = weight._replace(kind="buffer")

    # -- constants, and what is like something else

    def constant(self, node: Any, step: Step) -> None:
        """Constant: a tensor of the file."""
        (name,) = step.outputs[:1]
        if len(node.attribute) != 1:
            raise MalformedError(f"{name} (Constant) has {'several values' if node.attribute else 'no value'}")
        (raw,) = node.attribute
        if raw.name == "value" and not raw.ref_attr_name:
            self.keep(name, raw.t, tuple(raw.t.dims))
            value = self.value(name)
            if value is not None and value.size > 0 and len(set(value.reshape(-1))) == 1:
                self.graph.stored.pop(name, None)  # one number, as in a normalization without weights: no parameters
            elif name in self.graph.stored:
                self.made.add(name)
        elif raw.name == "sparse_value":
            self.graph.sizes[name] = tuple(raw.sparse_tensor.dims)
        else:
            given = step.attributes[raw.name]
            self.values[name] = given if hasattr(given, "reshape") else array(given)
            self.graph.sizes[name] = self.values[name].shape

    def give_up(self, step: Step, why: str) -> None:
        """An operator of which nothing is known."""
        outputs = step.outputs
        self.unknown.add(step.type, outputs[0], why)
        named_outputs = tuple([name or f"{outputs[0]}:{number}" for number, name in enumerate(outputs)])
        self.graph.fail(step.type, [name for name in step.inputs if name], named_outputs, step.scopes)

    def same(self, found: Sequence[str], outputs: Sequence[str]) -> None:
        """Outputs that are what others are."""
        graph = self.graph
        tables: list[dict[str, Any]] = [graph.tensors, graph.sizes, self.values, self.types, self.sequences]
        for source, name in zip(found, outputs, strict=False):
            for known in (*tables, self.computed):
                if source in known:
                    known[name] = known[source]
            if source in graph.stored or source in self.roots:
                self.roots[name] = tuple(self.weights_in([source]))

    # -- what the file says itself

    def compare(self, stated: Iterable[Any]) -> None:
        """Report where the shapes that the file states for its tensors are others than ours: one finding for all."""
        differ: dict[str, None] = {}
        for info in stated:
            ours, found = self.graph.sizes.get(info.name), stated_sizes(info)
            if ours is None or found is None:
                continue
            theirs = tuple([size if isinstance(size, int) else None for size in found])
            if not agree(dims(ours), theirs):
                shown = written(["?" if size is None else size for size in theirs])  # type: ignore[misc]
                differ[f"{info.name} {shown}, which is {written(ours)}"] = None
        if differ:
            more = f" (and {len(differ) - 3} more)" if len(differ) > 3 else ""
            message = f"the file states {'; '.join([*differ][:3])}{more}"
            fix = "run `onnx.shape_inference` on it anew"
            self.builder.report(Diagnostic("CS317", message, self.builder.filename, fix=fix))


SPECIAL: dict[str, Callable[[Walk, Step], None]] = {**control.CONTROL, **SEQUENCES}
"""Operators that hold graphs or sequences."""
