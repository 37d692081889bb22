"""A configuration to a network: each layer where its inputs are there, models inside models as scopes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cnnshape.arithmetic.sizes import Shape
from cnnshape.diagnostics import ArchitectureError, Diagnostic, Fault
from cnnshape.network.answers import Lowered
from cnnshape.network.builder import NetworkBuilder
from cnnshape.network.network import Network
from cnnshape.network.node import Node
from cnnshape.network.plan import Scope
from cnnshape.network.tensor import Tensor
from cnnshape.operations.operation import Weight
from cnnshape.readers.archives import MalformedError
from cnnshape.readers.keras import operators, tensorflow
from cnnshape.readers.keras.calling import read_call
from cnnshape.readers.keras.config import Call, LayerConfig, Reference, ends, layer_config
from cnnshape.readers.keras.layers import UnknownLayerError, lower
from cnnshape.readers.keras.types import KERNELS, computed_in, given_by, kept_in, kernel_of, mode_of, more_weights
from cnnshape.readers.requests import Settings, UsageError
from cnnshape.readers.unknown import Unknown
from cnnshape.value import field, record, replace

MOST_NODES = 50_000
"""Calls of layers in a model; one that is called often may hold one that is called often."""
DEEPEST = 50
"""Models inside models."""

HOLDING = frozenset({"Bidirectional", "RNN", "SpectralNormalization", "TimeDistributed"})
"""Layers whose weights are those of layers within, each of which says itself whether it trains."""

HANDED_ON = frozenset({"key_mask", "mask", "query_mask", "value_mask"})
SAID = HANDED_ON | {"attention_mask", "training", "use_causal_mask"}
"""What a layer is called with that changes its values, and no shape."""

LAYOUTS = ("channels_last", "channels_first")
FLOATING = ("float64", "float32", "float16", "bfloat16")
"""The types that weights may have."""

Outputs = tuple[Tensor, ...]


class Walk:
    """The state of reading one model."""

    def __init__(self, model: LayerConfig, filename: str, settings: Settings) -> None:
        self.model = model
        batches = (batch_shape(layer)[0] for layer in leaves(model) if layer.type == "InputLayer")
        formats = (layer.config.get("data_format") for layer in leaves(model))
        kept = (kept_in(layer) for layer in leaves(model) if layer.type != "InputLayer")
        self.builder = NetworkBuilder(
            "keras",
            name=str(model.config.get("name") or model.name),
            filename=filename,
            dtype=next((each for each in kept if each in FLOATING), "float32"),
            batch=settings.batch or next(batches, None) or 1,
            data_format=next((each for each in formats if each in LAYOUTS), "channels_last"),
        )
        self.unknown = Unknown(self.builder)
        self.owners: dict[tuple[str, ...], Node] = {}
        self.masks: list[Tensor] = []
        self.asked = dict(settings.inputs)

    def network(self) -> Network:
        """The network of the model."""
        if not self.model.is_model:
            return self.closed()
        outputs = self.run(self.model, None, (), (), trainable=True, timed=0)
        if self.asked and "" not in self.asked:
            known = ", ".join(self.builder.inputs) or "none"
            raise UsageError(f"the model has no input {next(iter(self.asked))!r}; it has {known}")
        self.unknown.report()
        return self.builder.finish(outputs, written=self.masks)

    def closed(self) -> Network:
        """A model of a class of its own, of which a file has the constructor's arguments, and no layers."""
        stated = self.model.config.get("build_config")
        built = stated.get("input_shape") if isinstance(stated, dict) else None
        inputs: tuple[Tensor, ...] = ()
        if isinstance(built, list) and built and not isinstance(built[0], list | dict):
            inputs = (self.input("input", shape_of(built, "input")),)
        self.unknown.add(self.model.type, self.model.name)
        self.unknown.report()
        return self.builder.finish(self.builder.fail(self.model.type, inputs, name=self.model.name).outputs)

    # -- models

    def run(
        self,
        model: LayerConfig,
        given: Sequence[Tensor] | None,
        path: tuple[str, ...],
        scopes: tuple[Scope, ...],
        *,
        trainable: bool,
        timed: int,
    ) -> Outputs:
        """The outputs of a model for the tensors it is given (None: it is the outermost, which has inputs).

        `path`: the models around what it holds, without the numbers of calls; `timed`: how often it is TimeDistributed.
        """
        if len(path) > DEEPEST:
            raise MalformedError(f"more than {DEEPEST} models inside each other")
        layers = [layer_config(each) for each in model.config["layers"]]
        old = any(call.old for layer in layers for call in layer.calls)
        if given is None or old:  # Keras 3 asks the outermost model and the layers, and no model between
            trainable = trainable and model.config.get("trainable") is not False
        frame = Frame(self, layers, {layer.name: layer for layer in layers}, path, scopes, trainable, timed, old)
        if model.type == "Sequential":
            return frame.sequence(given, model)
        return frame.graph(given, model)

    def input(self, name: str, shape: Shape, dtype: str | None = None) -> Tensor:
        """An input of the model, with the size that the caller asks for."""
        asked = self.asked.pop(name, None) if name in self.asked else None
        if asked is None and "" in self.asked and not self.builder.inputs:
            asked = self.asked.pop("")
        sizes = shape[1:] if asked is None else asked
        if asked is not None and len(asked) != len(shape) - 1:
            raise UsageError(f"the input {name} has {len(shape) - 1} axes besides the batch, got {len(asked)}")
        return self.builder.input(name, (self.builder.batch, *sizes), dtype=dtype)


@record
class Frame:
    """The layers of one use of a model; `old`: as Keras 2 writes them, and `made`: by their names and calls."""

    walk: Walk
    layers: Sequence[LayerConfig]
    by_name: Mapping[str, LayerConfig]
    path: tuple[str, ...]
    scopes: tuple[Scope, ...]
    trainable: bool
    timed: int
    old: bool
    made: dict[tuple[str, int], Outputs] = field(factory=dict)

    # -- the two kinds of models

    def sequence(self, given: Sequence[Tensor] | None, model: LayerConfig) -> Outputs:
        """One layer after the other."""
        layers = self.layers
        if layers and layers[0].type == "InputLayer":
            first, layers = layers[0], layers[1:]
            given = given or (self.walk.input(first.name, batch_shape(first), computed_in(first)),)
        if given is None:
            stated = stated_input(model, layers[0] if layers else None)
            asked = self.walk.asked.get("") or next(iter(self.walk.asked.values()), None)
            if stated is None and asked is None:
                filename, name = self.walk.builder.filename, self.walk.model.name
                message = f"{name} was never built: the file does not say what its input is"
                fix = "state it: --input 224x224x3"
                raise ArchitectureError((Diagnostic("CS010", message, filename, fix=fix),))
            given = (self.walk.input("input", (None, *asked) if stated is None and asked else stated or ()),)
        outputs = tuple(given)
        for layer in layers:
            outputs = self.apply(layer, 0, Call((Reference("", 0, 0),), {}), outputs[:1])
        return outputs

    def graph(self, given: Sequence[Tensor] | None, model: LayerConfig) -> Outputs:
        """Every call of every layer, after those that it reads."""
        inputs = ends(model.config.get("input_layers"))
        by_name = self.by_name
        if len(by_name) < len(self.layers):
            raise MalformedError("two layers of one name")
        for number, each in enumerate(inputs):
            if each.layer not in by_name:
                raise MalformedError(f"the input {each.layer} is no layer")
            if given is None:
                stated = by_name[each.layer]
                tensor = self.walk.input(each.layer, batch_shape(stated), computed_in(stated))
            elif number < len(given):
                tensor = given[number]
            else:
                raise MalformedError(f"{model.name} has {len(inputs)} inputs and is given {len(given)}")
            self.made[each.layer, 0] = (tensor,)
        for layer in self.layers:
            for number in range(len(layer.calls)):
                self.visit(layer, number)
        return tuple([self.tensor(each, is_end=True) for each in ends(model.config.get("output_layers"))])

    def key(self, reference: Reference, *, is_end: bool = False) -> tuple[str, int]:
        """The layer and the number of its call, from 0.

        A functional model has a call of its own besides, which Keras 2 counts, as does Keras 3 in `output_layers`.
        """
        layer = self.by_name.get(reference.layer)
        has_own = layer is not None and layer.is_model and (self.old or (is_end and layer.type != "Sequential"))
        if layer is not None and is_end and reference.call == len(layer.calls):
            has_own = True  # a functional model of a user's class, of which the file says no more
        return reference.layer, reference.call - (1 if has_own and reference.call else 0)

    def visit(self, layer: LayerConfig, number: int) -> None:
        """Add a call and, before it, all that it needs."""
        stack = [(layer, number)]
        on_the_way = {(layer.name, number)}
        while stack:
            layer, number = stack[-1]
            if (layer.name, number) in self.made:
                stack.pop()
                continue
            needed = next(
                (key for key in map(self.key, layer.calls[number].references()) if key not in self.made), None
            )
            if needed is None:
                call = layer.calls[number]
                tensors = tuple([self.tensor(each) for each in call.references()])
                self.made[layer.name, number] = self.apply(layer, number, call, tensors)
                stack.pop()
                continue
            source = self.by_name.get(needed[0])
            if source is None or needed[1] >= len(source.calls):
                raise MalformedError(f"{layer.name} reads {needed[0]}, call {needed[1]}, which is not there")
            if needed in on_the_way:
                raise MalformedError(f"the graph is a circle: {layer.name} reads {needed[0]}, which reads it")
            on_the_way.add(needed)
            stack.append((source, needed[1]))

    def tensor(self, reference: Reference, *, is_end: bool = False) -> Tensor:
        """The tensor that a reference means."""
        outputs = self.made.get(self.key(reference, is_end=is_end))
        if outputs is None:
            raise MalformedError(f"{reference.layer}, call {reference.call}, is not there")
        if len(outputs) == 1 and outputs[0].shape is None:
            return outputs[0]
        if reference.output >= len(outputs):
            raise MalformedError(f"{reference.layer} has no output {reference.output}")
        return outputs[reference.output]

    # -- one call of one layer

    def apply(self, layer: LayerConfig, number: int, call: Call, tensors: Outputs) -> Outputs:
        """The outputs of a call."""
        walk, builder = self.walk, self.walk.builder
        if len(builder.nodes) > MOST_NODES:
            raise MalformedError(f"more than {MOST_NODES:,} calls of layers")
        local = layer.name if number == 0 else f"{layer.name}[{number}]"
        name = "/".join([*(scope.name for scope in self.scopes[-1:]), local])
        held = held_model(layer)
        if held is not None:
            scope = Scope(name, held.name)
            return walk.run(
                held,
                tensors,
                (*self.path, layer.name),
                (*self.scopes, scope),
                trainable=self.trainable,
                timed=self.timed + (held is not layer),
            )
        trainable = self.trainable and (layer.config.get("trainable") is not False or layer.type in HOLDING)
        operator = operators.operator_name(layer)
        more: tuple[Weight, ...] = ()
        quantized: str | None = None
        try:
            lowered, tensors = self.lowered(layer, operator, call, tensors)
            if lowered and (said := self.said(call)):
                bound = lowered.bound
                lowered = Lowered(bound._replace(extra={**bound.extra, "call": said}), lowered.operation)
            for _ in range(self.timed):
                lowered = lowered and builder.at_every_step(lowered)
            if lowered and (layer.config.get("lora_rank") or mode_of(layer)):
                more, quantized = more_weights(layer, kernel_of(lowered, tensors))
        except UnknownLayerError as error:
            walk.unknown.add(layer.type, name, str(error))
            return builder.fail(layer.type, tensors, name=name, scopes=self.scopes).outputs
        except ValueError as error:
            fault = Fault("CS305", f"ops.{operator}: {error}")
            return self.fail(layer, tensors, name, fault)
        if lowered is None:
            return builder.fail(f"ops.{operator}", tensors, name=name, scopes=self.scopes).outputs
        key = (*self.path, layer.name)
        read = (tensor.dtype or builder.dtype for tensor in tensors)
        try:
            node = builder.add(
                lowered,
                tensors,
                name=name,
                scopes=self.scopes,
                trainable=trainable,
                owner=self.walk.owners.get(key),
                dtype=given_by(operator, layer, read) if operator else computed_in(layer),
                kept_in={"": kept_in(layer), **(dict.fromkeys(KERNELS, quantized) if quantized else {})},
                own=more,
                frozen=KERNELS if more else frozenset(),
            )
        except Fault as fault:
            return self.fail(layer, tensors, name, fault)
        if node.answer is not None:
            self.walk.owners.setdefault(key, node)
        return node.outputs

    def lowered(
        self, layer: LayerConfig, operator: str | None, call: Call, tensors: Outputs
    ) -> tuple[Lowered | None, Outputs]:
        """The layer with its operation (None: a function of tensors without shapes), and the tensors it reads."""
        builder = self.walk.builder
        if operator is not None and (layer.type in tensorflow.WRITTEN or not layer.custom):
            if not operators.is_known(operator):
                raise UnknownLayerError("no function that is read")
            if any(tensor.shape is None for tensor in tensors):
                return None, tensors
            return operators.lower(builder, operator, layer, call, tensors), tensors
        lowered = lower(builder, layer)
        wanted, switched = read_call(layer.type, call)
        known = dict(zip(call.references(), tensors, strict=True))
        tensors = tuple([known[each] for each in wanted])
        self.walk.masks += [tensor for each, tensor in known.items() if each not in wanted]
        if switched:
            lowered = Lowered(lowered.bound, replace(lowered.operation, **switched))
        return lowered, tensors

    def said(self, call: Call) -> dict[str, Any]:
        """What a call says beside the tensors that shapes depend on: True, an input of the model by its name, or None.

        None is any other tensor. Masks that a layer before hands on are in a file, too, and nothing that anybody said.
        """
        handed_on = any(each.type == "Masking" or each.config.get("mask_zero") is True for each in self.layers)
        found: dict[str, Any] = {}
        for name in SAID.intersection(call.keywords):
            value = call.keywords[name]
            if isinstance(value, Reference):
                tensor, source = self.tensor(value), self.by_name[value.layer]
                if tensor.row == -1:
                    found[name] = tensor.name
                elif not (handed_on and name in HANDED_ON and source.type in ("Any", "NotEqual")):
                    found[name] = None
            elif value is not None and value is not False:
                found[name] = True if value is True else None
        return dict(sorted(found.items()))

    def fail(self, layer: LayerConfig, tensors: Outputs, name: str, fault: Fault) -> Outputs:
        """A layer that is wrong for what it reads."""
        builder = self.walk.builder
        builder.report(Diagnostic(fault.code, fault.message, builder.filename, None, name, fault.fix))
        return builder.fail(layer.type, tensors, name=name, scopes=self.scopes).outputs


def held_model(layer: LayerConfig) -> LayerConfig | None:
    """The model that a layer is, or that TimeDistributed has inside."""
    if layer.is_model:
        return layer
    if layer.type == "TimeDistributed" and not layer.custom:
        inner = layer_config(layer.config.get("layer"))
        return inner if inner.is_model else None
    return None


def batch_shape(layer: LayerConfig) -> Shape:
    """The shape that an InputLayer states, batch first. Raises `MalformedError`."""
    return shape_of(layer.config.get("batch_shape", layer.config.get("batch_input_shape")), layer.name)


def shape_of(raw: Any, name: str) -> Shape:
    """A list of sizes. Raises `MalformedError`."""
    match raw:
        case [_, *_] if all(size is None or (type(size) is int and 0 < size < 2**63) for size in raw):
            return tuple(raw)
    raise MalformedError(f"the shape of the input {name} is no list of sizes: {str(raw)[:80]}")


def stated_input(model: LayerConfig, first: LayerConfig | None) -> Shape | None:
    """The input of a Sequential without InputLayer: where it was built, or its first layer's ``batch_input_shape``."""
    raw = model.config.get("build_input_shape")
    if raw is None and first is not None:
        raw = first.config.get("batch_input_shape", first.config.get("batch_shape"))
    return None if raw is None else shape_of(raw, "input")


def leaves(model: LayerConfig) -> Iterator[LayerConfig]:
    """The layers of a model, and of those inside it."""
    for layer in map(layer_config, model.config.get("layers", ()) if model.is_model else ()):
        yield from leaves(layer) if layer.is_model else (layer,)
