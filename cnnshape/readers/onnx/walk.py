"""A graph of ONNX to a network: values folded, functions and branches opened, weights counted where they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from onnx.numpy_helper import to_array

from cnnshape.arithmetic.sizes import product
from cnnshape.arithmetic.symbols import Size, Sizes, dim, dims, named
from cnnshape.arithmetic.tensors import written
from cnnshape.diagnostics import Diagnostic, Fault
from cnnshape.network.builder import NetworkBuilder
from cnnshape.network.network import Network
from cnnshape.network.plan import Scope
from cnnshape.network.tensor import Tensor
from cnnshape.operations.operation import Weight, WeightKind
from cnnshape.operations.views import Identity
from cnnshape.readers.exported import Exported, Meaning, agree, asked_sizes, refuse_unknown_inputs
from cnnshape.readers.onnx import moves, products, windows
from cnnshape.readers.onnx.folding import array, fold
from cnnshape.readers.onnx.operator import LARGEST_VALUE, Operator, UnknownSizeError, Value
from cnnshape.readers.requests import Settings, UsageError
from cnnshape.readers.unknown import Unknown

RULES = {**windows.RULES, **products.RULES, **moves.RULES}
"""What every known operator is."""

OWN_DOMAINS = frozenset({"", "ai.onnx", "com.microsoft"})
"""Domains whose operators the rules are about: ONNX's own, and ONNX Runtime's."""

MOST_NODES = 50_000
"""Operators, those of functions and loops each time."""
DEEPEST = 30
"""Functions and branches inside each other."""

FLOATS = {1: "float32", 10: "float16", 11: "float64", 16: "bfloat16"}
QUANTIZED = {
    **dict.fromkeys((2, 3), "int8"),
    **dict.fromkeys((17, 18, 19, 20), "float8"),
    **dict.fromkeys((21, 22, 23), "int4"),
}
"""TensorProto's numbers of types of 8 bits and fewer, whole or floating, and types as wide as they are."""

NOT_WEIGHTS: dict[str, frozenset[int]] = {
    "BatchNormalization": frozenset({3, 4}),
}
"""Inputs that hold statistics: buffers."""

NOT_DATA: dict[str, frozenset[int]] = {
    "Clip": frozenset({1, 2}),
    "ConstantOfShape": frozenset({0}),
    "ConvInteger": frozenset({2, 3}),
    "DequantizeLinear": frozenset({1, 2}),
    "Dropout": frozenset({1, 2}),
    "Expand": frozenset({1}),
    "MatMulInteger": frozenset({2, 3}),
    "OneHot": frozenset({1, 2}),
    "Pad": frozenset({1, 2, 3}),
    "QLinearConv": frozenset({1, 2, 4, 5, 6, 7}),
    "QLinearMatMul": frozenset({1, 2, 4, 5, 6, 7}),
    "QuantizeLinear": frozenset({1, 2}),
    "Range": frozenset({0, 1, 2}),
    "Reshape": frozenset({1}),
    "Resize": frozenset({1, 2, 3}),
    "Slice": frozenset({1, 2, 3, 4}),
    "Split": frozenset({1}),
    "Squeeze": frozenset({1}),
    "Tile": frozenset({1}),
    "TopK": frozenset({1}),
    "Unsqueeze": frozenset({1}),
    "Upsample": frozenset({1}),
}
"""Inputs that say how, scales and zero points: no tensors of the network."""

FEW = 8
"""Elements of a tensor that factors of sizes are computed from."""

ALIASES = frozenset({"Cast", "DequantizeLinear", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze"})
"""Operators whose output, of a weight, is that weight in another form."""


class MalformedError(ValueError):
    """The graph is not what ONNX describes."""


class Names:
    """The names inside a function: its inputs and outputs are those of the call, all others its own."""

    def __init__(self, known: dict[str, str], prefix: str, attributes: dict[str, Any]) -> None:
        self.known = known
        self.prefix = prefix
        self.attributes = attributes

    def __call__(self, name: str) -> str:
        """The name outside. Raises `MalformedError` where it is no text, which the library gives as bytes."""
        if not isinstance(name, str):
            raise MalformedError(f"a name that is no text: {name!r:.80}")
        return name and self.known.get(name, self.prefix + name)


OUTSIDE = Names({}, "", {})


class Walk:
    """The state of reading one model."""

    def __init__(self, model: Any, filename: str, settings: Settings) -> None:
        self.model = model
        self.opsets = {each.domain: each.version for each in model.opset_import}
        self.functions = {(each.domain, each.name): each for each in model.functions}
        self.values: dict[str, Value] = {}
        self.roots: dict[str, str] = {}
        self.late: dict[str, Any] = {}
        self.stated: list[str] = []
        self.steps = 0
        graph = model.graph
        stored = {each.name for each in graph.initializer}
        inputs = [each for each in graph.input if each.name not in stored]
        refuse_unknown_inputs(settings, [each.name for each in inputs])
        shapes = input_sizes(inputs, settings)
        batch: Size = next((sizes[0] for sizes in shapes.values() if sizes), 1)
        types = [FLOATS[each.data_type] for each in graph.initializer if each.data_type in FLOATS]
        self.builder = NetworkBuilder(
            "pytorch",
            name=graph.name or filename.rpartition("/")[2].partition(".")[0],
            filename=filename,
            dtype=max(types, key=types.count) if types else "float32",
            batch=dim(batch),
            data_format="channels_first",
        )
        self.graph = Exported(self.builder, batch)
        self.unknown = Unknown(self.builder)
        for name, sizes in shapes.items():
            self.graph.input(name, sizes)
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
            if each.name not in self.graph.tensors and not self.graph.knows(each.name):
                raise MalformedError(f"nothing makes the output {each.name}")
            if each.name in self.graph.tensors:
                outputs.append(self.output(each.name))
        self.compare(graph.value_info)
        self.compare(graph.output)
        self.report_differences()
        self.unknown.report()
        read = {name for node in graph.node for name in node.input}
        unread = [
            weight for name, weight in self.graph.stored.items() if name not in self.graph.counted and name not in read
        ]
        return self.builder.finish(outputs, unrun=tuple([each for each in unread if each.kind != "buffer"]))

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
            name = names(tensor.name)
            self.keep(name, tensor, shape)

    def keep(self, name: str, tensor: Any, shape: tuple[int, ...]) -> None:
        """One tensor of the file, as a weight where it may be one."""
        self.graph.sizes[name] = shape
        self.late[name] = tensor
        if shape and (tensor.data_type in FLOATS or tensor.data_type in QUANTIZED):
            dtype = FLOATS.get(tensor.data_type) or QUANTIZED[tensor.data_type]
            self.graph.store(name, Weight(name, shape, dtype=None if dtype == self.builder.dtype else dtype))

    def value(self, name: str) -> Value | None:
        """What a tensor holds, where it is small and known."""
        if name in self.late:
            tensor = self.late.pop(name)
            count = 1
            for size in tensor.dims:
                count *= size
            if count <= LARGEST_VALUE and not tensor.data_location:
                try:
                    found = to_array(tensor)
                    self.values[name] = array([each.item() for each in found.reshape(-1)], found.shape)
                except (ValueError, TypeError, AttributeError, KeyError, NotImplementedError):  # damaged
                    pass
        return self.values.get(name)

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
        function = self.functions.get((node.domain, node.op_type))
        inputs, outputs = tuple(map(names, node.input)), tuple(map(names, node.output))
        while outputs and not outputs[-1]:
            outputs = outputs[:-1]
        if not outputs or not outputs[0]:
            outputs = (f"{node.op_type}.{self.steps}", *outputs[1:])
        missing = next((name for name in inputs if name and not self.graph.knows(name)), None)
        if missing is not None:
            raise MalformedError(f"{outputs[0]} ({node.op_type}) reads {missing}, which nothing above it makes")
        if function is not None:
            self.call(function, node, names, inputs, outputs, scopes)
            return
        special = SPECIAL.get(node.op_type) if not node.domain else None
        attributes = {each.name: attribute(each, names) for each in node.attribute}
        if special is not None:
            special(self, node, attributes, names, inputs, outputs, scopes, opsets)
            return
        operator = Operator(
            node.op_type,
            "" if node.domain in ("", "ai.onnx") else node.domain,
            opsets.get(node.domain, opsets.get("ai.onnx", 1)),
            inputs,
            outputs,
            attributes,
            tuple([self.graph.sizes.get(name) if name else None for name in inputs]),
            tuple([self.value(name) if name else None for name in inputs]),
        )
        self.place(operator, scopes)

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
        rule = RULES.get(operator.type) if operator.domain in OWN_DOMAINS else None
        values = fold(operator) or ()
        for name, value in zip(outputs, values, strict=False):
            self.values[name] = value
        if values and not self.is_of_weights(operator, data):
            for name, value in zip(outputs, values, strict=False):
                self.graph.sizes[name] = value.shape
            return
        if rule is None:
            self.unknown.add(operator.type, outputs[0])
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
        if self.is_another_form(operator, outputs, data, meaning):
            return
        self.mark_buffers(operator)
        self.graph.place(
            meaning, [self.roots.get(name, name) for name in data], outputs[: len(meaning.outputs)], scopes
        )

    def is_of_weights(self, operator: Operator, data: Sequence[str]) -> bool:
        """Whether what is computed may be a weight, and not a size: weights have more elements than tensors axes."""
        if operator.type == "ConstantOfShape":
            filling = operator.attribute("value")
            return filling is None or isinstance(filling.reshape(-1)[0], float)
        read = [self.graph.stored.get(self.roots.get(name, name)) for name in data]
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
                self.graph.store(outputs[0], Weight(outputs[0], shape))
                return True
            self.graph.sizes[outputs[0]] = meaning.outputs[0]
            return True
        if operator.type in ALIASES and data and not any(name in self.graph.tensors for name in data):
            self.mark_buffers(operator)
            self.graph.sizes[outputs[0]] = meaning.outputs[0]
            self.roots[outputs[0]] = self.roots.get(data[0], data[0])
            return True
        return False

    def mark_buffers(self, operator: Operator) -> None:
        """Statistics do not count as parameters."""
        for number in NOT_WEIGHTS.get(operator.type, ()):
            if operator.has(number):
                name = self.roots.get(operator.inputs[number], operator.inputs[number])
                weight = self.graph.stored.get(name)
                kind: WeightKind = "buffer"
                if weight is not None and name not in self.graph.counted:
                    self.graph.stored[name] = weight._replace(kind=kind)

    # -- functions and branches

    def call(
        self,
        function: Any,
        node: Any,
        names: Names,
        inputs: tuple[str, ...],
        outputs: tuple[str, ...],
        scopes: tuple[Scope, ...],
    ) -> None:
        """The operators of a function of the model, under the names of this call."""
        given = {each.name: attribute(each, names) for each in node.attribute}
        defaults = {each.name: attribute(each, OUTSIDE) for each in getattr(function, "attribute_proto", ())}
        known = dict(zip(function.input, [*inputs, *[""] * len(function.input)], strict=False))
        known |= dict(zip(function.output, outputs, strict=False))
        inside = Names(known, f"{outputs[0]}/", {**defaults, **given})
        opsets = {each.domain: each.version for each in function.opset_import}
        self.run(function.node, inside, (*scopes, Scope(outputs[0], function.name)), opsets)
        missing = next((name for name in outputs if name and not self.graph.knows(name)), None)
        if missing is not None:
            raise MalformedError(f"the function {function.name} does not make {missing}")

    def body(
        self, graph: Any, names: Names, outputs: tuple[str, ...], scopes: tuple[Scope, ...], opsets: Mapping[str, int]
    ) -> list[str]:
        """The operators of a graph inside an operator; the names of its outputs."""
        own = [
            *(each.name for each in graph.initializer),
            *(each for node in graph.node for each in node.output if each),
        ]
        known = dict(names.known)
        known |= {name: f"{outputs[0]}/{name}" for name in own}
        inside = Names(known, names.prefix, names.attributes)
        self.store(graph.initializer, inside)
        self.run(graph.node, inside, (*scopes, Scope(outputs[0], graph.name or "branch")), opsets)
        return [inside(each.name) for each in graph.output]

    def branch(
        self,
        node: Any,
        attributes: dict[str, Any],
        names: Names,
        inputs: tuple[str, ...],
        outputs: tuple[str, ...],
        scopes: tuple[Scope, ...],
        opsets: Mapping[str, int],
    ) -> None:
        """If: the branch that runs, where that is known; else both, whose outputs may have the same shape."""
        condition = self.value(inputs[0])
        branches = attributes.get("then_branch"), attributes.get("else_branch")
        if None in branches:
            raise MalformedError(f"{outputs[0]} (If) has not both branches")
        if condition is not None and condition.size == 1:
            chosen = branches[0 if condition.reshape(-1)[0] else 1]
            self.same(self.body(chosen, names, outputs, scopes, opsets), outputs)
            return
        then, other = (self.tried(each, names, outputs, opsets) for each in branches)
        shapes = [self.merged(*pair) for pair in zip(then[0], other[0], strict=False)]
        read = [*inputs, *then[1], *other[1]]
        differ = len(shapes) < len(outputs) or any(shape is None for shape in shapes)
        self.unknown.add("If", outputs[0], "which branch runs is not known", cost_alone=not differ)
        if differ:
            self.graph.fail("If", read, outputs, scopes)
            return
        meaning = Meaning("If", tuple([shape for shape in shapes if shape is not None]), macs=None, flops=None)
        self.graph.place(meaning, read, outputs, scopes)

    def tried(
        self, graph: Any, names: Names, outputs: tuple[str, ...], opsets: Mapping[str, int]
    ) -> tuple[list[Sizes | None], list[str]]:
        """The shapes that a branch would give, and what of the network it reads; nothing of it stays."""
        before = len(self.builder.nodes)
        findings = len(self.builder.diagnostics)
        counted, tensors = dict(self.graph.counted), dict(self.graph.tensors)
        found = self.body(graph, names, outputs, (), opsets)
        shapes = [self.graph.sizes.get(name) for name in found]
        read = [name for name, node in self.graph.counted.items() if name not in counted and node is not None]
        read += [
            tensor.name
            for node in self.builder.nodes[before:]
            for tensor in node.inputs
            if tensor.row < before and tensor.name in tensors
        ]
        del self.builder.nodes[before:]
        del self.builder.diagnostics[findings:]
        self.graph.counted, self.graph.tensors = counted, tensors
        return shapes, read

    @staticmethod
    def merged(one: Sizes | None, other: Sizes | None) -> Sizes | None:
        """What two branches have in common; None where they differ in their axes."""
        if one is None or other is None or len(one) != len(other):
            return None
        return tuple([a if a == b else named(f"either {a} or {b}") for a, b in zip(one, other, strict=True)])

    def loop(
        self,
        node: Any,
        attributes: dict[str, Any],
        names: Names,
        inputs: tuple[str, ...],
        outputs: tuple[str, ...],
        scopes: tuple[Scope, ...],
        opsets: Mapping[str, int],
    ) -> None:
        """Loop: its body as often as it is known to run."""
        trips = self.value(inputs[0]) if inputs and inputs[0] else None
        going = self.value(inputs[1]) if len(inputs) > 1 and inputs[1] else array(True)
        graph = attributes.get("body")
        carried = list(inputs[2:])
        count = trips.reshape(-1)[0] if trips is not None and trips.size == 1 else None
        if graph is None or not isinstance(count, int) or going is None or count > 1_000:
            self.give_up(node.op_type, inputs, outputs, scopes, "how often it runs is not known")
            return
        scans: list[list[str]] = []
        turn = 0
        while turn < count and going is not None and bool(going.reshape(-1)[0]):
            place = (f"{outputs[0]}[{turn}]",)
            known = {**names.known, **dict(zip([each.name for each in graph.input[2:]], carried, strict=False))}
            known |= {each.name: f"{place[0]}/{each.name}" for each in graph.input[:2]}
            inside = Names(known, names.prefix, names.attributes)
            for name, value in zip([inside(each.name) for each in graph.input[:2]], (turn, True), strict=False):
                self.values[name] = array(value)
                self.graph.sizes[name] = ()
            found = self.body(graph, inside, place, scopes, opsets)
            going = self.value(found[0])
            carried = found[1 : 1 + len(carried)]
            scans.append(found[1 + len(carried) :])
            turn += 1
        if going is None:
            self.give_up(node.op_type, inputs, outputs, scopes, "when it ends is not known")
            return
        self.same(carried, outputs[: len(carried)])
        for number, name in enumerate(outputs[len(carried) :]):
            parts = [each[number] for each in scans]
            first = self.graph.sizes.get(parts[0]) if parts else None
            if first is None:
                self.graph.fail("Loop", parts, (name,), scopes)
            else:
                self.graph.place(Meaning("stack", ((len(parts), *first),)), parts, (name,), scopes)

    def scan(
        self,
        node: Any,
        attributes: dict[str, Any],
        names: Names,
        inputs: tuple[str, ...],
        outputs: tuple[str, ...],
        scopes: tuple[Scope, ...],
        opsets: Mapping[str, int],
    ) -> None:
        """Scan, and what makes sequences: nothing is known of it."""
        self.give_up(node.op_type, inputs, outputs, scopes, "")

    def constant(
        self,
        node: Any,
        attributes: dict[str, Any],
        names: Names,
        inputs: tuple[str, ...],
        outputs: tuple[str, ...],
        scopes: tuple[Scope, ...],
        opsets: Mapping[str, int],
    ) -> None:
        """Constant: a tensor of the file."""
        (raw,) = node.attribute or (None,)
        if raw is None:
            raise MalformedError(f"{outputs[0]} (Constant) has no value")
        if raw.name == "value" and not raw.ref_attr_name:
            self.keep(outputs[0], raw.t, tuple(raw.t.dims))
            if self.is_filling(outputs[0]):
                self.graph.stored.pop(outputs[0], None)
        elif raw.name == "sparse_value":
            self.graph.sizes[outputs[0]] = tuple(raw.sparse_tensor.dims)
        else:
            value = attributes[raw.name]
            self.values[outputs[0]] = value if hasattr(value, "reshape") else array(value)
            self.graph.sizes[outputs[0]] = self.values[outputs[0]].shape

    def is_filling(self, name: str) -> bool:
        """Whether all elements are the same number, as in a normalization without weights: no parameters."""
        value = self.value(name)
        return value is not None and value.size > 0 and len(set(value.reshape(-1))) == 1

    def give_up(
        self, type: str, inputs: Iterable[str], outputs: tuple[str, ...], scopes: tuple[Scope, ...], why: str
    ) -> None:
        """An operator of which nothing is known."""
        self.unknown.add(type, outputs[0], why)
        named_outputs = tuple([name or f"{outputs[0]}:{number}" for number, name in enumerate(outputs)])
        self.graph.fail(type, [name for name in inputs if name], named_outputs, scopes)

    def same(self, found: Sequence[str], outputs: Sequence[str]) -> None:
        """Outputs that are what others are."""
        for source, name in zip(found, outputs, strict=False):
            if source in self.graph.tensors:
                self.graph.tensors[name] = self.graph.tensors[source]
            if source in self.graph.sizes:
                self.graph.sizes[name] = self.graph.sizes[source]
            if source in self.values:
                self.values[name] = self.values[source]
            if source in self.graph.stored or source in self.roots:
                self.roots[name] = self.roots.get(source, source)

    # -- what the file says itself

    def compare(self, stated: Iterable[Any]) -> None:
        """Remember where the shapes that the file states for its tensors are others than ours."""
        for info in stated:
            ours = self.graph.sizes.get(info.name)
            kind = info.type.tensor_type
            if ours is None or not info.type.HasField("tensor_type") or not kind.HasField("shape"):
                continue
            theirs = tuple([each.dim_value if each.HasField("dim_value") else None for each in kind.shape.dim])
            if not agree([dims(ours)], [theirs]):
                shown = written(["?" if size is None else size for size in theirs])  # type: ignore[misc]
                self.stated.append(f"{info.name} {shown}, which is {written(ours)}")

    def report_differences(self) -> None:
        """One finding for all of them."""
        if self.stated:
            found = list(dict.fromkeys(self.stated))
            more = f" (and {len(found) - 3} more)" if len(found) > 3 else ""
            message = f"the file states {'; '.join(found[:3])}{more}"
            fix = "run `onnx.shape_inference` on it anew"
            self.builder.report(Diagnostic("CS317", message, self.builder.filename, fix=fix))


def attribute(raw: Any, names: Names) -> Any:
    """The value of an attribute; one that refers to an attribute of the function is that of the call."""
    if raw.ref_attr_name:
        return names.attributes.get(raw.ref_attr_name)
    match raw.type:
        case 1:
            return raw.f
        case 2:
            return raw.i
        case 3:
            return raw.s.decode("utf-8", errors="replace")
        case 4:
            count = 1
            for size in raw.t.dims:
                count *= size
            if count > LARGEST_VALUE or raw.t.data_location:
                return None
            try:
                found = to_array(raw.t)
                return array([each.item() for each in found.reshape(-1)], found.shape)
            except (ValueError, TypeError, AttributeError, KeyError, NotImplementedError):  # damaged
                return None
        case 5:
            return raw.g
        case 6:
            return list(raw.floats)
        case 7:
            return list(raw.ints)
        case 8:
            return [each.decode("utf-8", errors="replace") for each in raw.strings]
    return None


Special = Callable[..., None]

SPECIAL: dict[str, Special] = {
    "If": Walk.branch,
    "Loop": Walk.loop,
    "Constant": Walk.constant,
    **dict.fromkeys(
        (
            *("Scan", "SequenceConstruct", "SequenceEmpty", "SequenceInsert", "SequenceErase", "SequenceAt"),
            *("SequenceLength", "SequenceMap", "SplitToSequence", "ConcatFromSequence", "Optional"),
            *("OptionalGetElement", "OptionalHasElement"),
        ),
        Walk.scan,
    ),
}
"""Operators that hold graphs, constants or sequences."""


def input_sizes(inputs: Iterable[Any], settings: Settings) -> dict[str, Sizes]:
    """The sizes of the inputs, as far as the file or the caller states them.

    Raises:
        UsageError: the caller asks for another size than the file fixes, or for two values of one name.
    """
    found: dict[str, Sizes] = {}
    values: dict[str, int] = {}
    for number, info in enumerate(inputs):
        kind = info.type.tensor_type
        if not info.type.HasField("tensor_type") or not kind.HasField("shape"):
            asked = settings.inputs.get(info.name, settings.inputs.get("") if not number else None)
            batch: Size = settings.batch or named(f"{info.name}.0")
            found[info.name] = (
                (batch, *[named(f"{info.name}.{axis}") if size is None else size for axis, size in enumerate(asked, 1)])
                if asked is not None
                else ()
            )
            continue
        stated: list[Size] = []
        for axis, each in enumerate(kind.shape.dim):
            known = each.HasField("dim_value") and each.dim_value > 0
            stated.append(each.dim_value if known else named(each.dim_param or f"{info.name}.{axis}"))
        for axis, asked_size in asked_sizes(settings, info.name, tuple(stated), first=not number).items():
            size = stated[axis]
            if isinstance(size, int):
                if size != asked_size:
                    raise UsageError(f"the model fixes {size} on axis {axis} of {info.name}, got {asked_size}")
            elif values.setdefault(str(size), asked_size) != asked_size:
                raise UsageError(f"{size} is {values[str(size)]} and {asked_size}")
        found[info.name] = tuple(stated)
    return {
        name: tuple([values.get(str(size), size) if not isinstance(size, int) else size for size in sizes])
        for name, sizes in found.items()
    }
