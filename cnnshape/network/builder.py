"""The one door into a network: every reader adds its layers here, and learns their shapes at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cnnshape.arithmetic.sizes import Dim, Shape
from cnnshape.diagnostics import Diagnostic, Fault, Source
from cnnshape.network.answers import Lowered, Refusal, require_count
from cnnshape.network.constants import Constant
from cnnshape.network.dtypes import COMPLEX, is_complex
from cnnshape.network.fields import NOTHING_SEEN, FieldWork
from cnnshape.network.network import ModelInput, Network
from cnnshape.network.node import Node, Origin
from cnnshape.network.plan import Scope
from cnnshape.network.tensor import Tensor, model_input
from cnnshape.operations.operation import Layout, Weight
from cnnshape.value import Memo, remember
from cnnshape.vocabularies.layer import Defaults, Faults, bind
from cnnshape.vocabularies.vocabulary import Framework, LayerType, lookup

if TYPE_CHECKING:
    from cnnshape.network.flow import Nodes

Written = tuple[str, str, str]
"""The type of a layer, and its arguments by position and by name, as they are written."""

_lowered: dict[tuple[Defaults, Framework], dict[Written, Lowered]] = {}
"""Every layer that some network of this process has, with all that it has answered: other networks have it too."""


class NetworkBuilder:
    """A network that grows node by node.

    Attributes:
        layout: where the channels lie, unless a layer says otherwise.
        nodes: those added so far; a tensor's `row` is the number of its node.
        alike: those of the whole network, where it differs from another in sizes alone.
        calls: how many nodes bear a name: a module that is called twice has two, ``relu`` and ``relu``, whose outputs
            are ``relu`` and ``relu (2)``.
        inputs: the model's, in the order in which they were stated.
        diagnostics: what was found so far.
        fields: whether it is told what tensors see of the model's inputs.
    """

    def __init__(
        self,
        framework: Framework,
        *,
        name: str,
        filename: str,
        dtype: str = "float32",
        batch: Dim = 1,
        data_format: str = "channels_last",
        fields: bool = True,
    ) -> None:
        self.framework = framework
        self.name = name
        self.filename = filename
        self.dtype = dtype
        self.batch = batch
        self.defaults = Defaults(data_format)
        self.layout = Layout(framework == "keras" and data_format == "channels_last")
        self.known = _lowered.setdefault((self.defaults, framework), {})
        self.refused: dict[Written, Refusal] = {}
        self.inputs: dict[str, ModelInput] = {}
        self.nodes: list[Node] = []
        self.alike: Nodes | None = None
        self.calls: dict[str, int] = {}
        self.diagnostics: list[Diagnostic] = []
        self.field_work = FieldWork()
        self.fields = fields

    def input(self, name: str, shape: Shape | None, origin: Origin | None = None, dtype: str | None = None) -> Tensor:
        """An input of the model; `shape` has the batch first, and is None where an earlier fault leaves none."""
        tensor = model_input(
            name, shape, self.layout.channels_last, None if dtype == self.dtype else dtype, fields=self.fields
        )
        self.inputs[name] = ModelInput(tensor, origin)
        return tensor

    def layer(self, name: str, positional: Sequence[Any] = (), keywords: Mapping[str, Any] | None = None) -> Lowered:
        """A layer or function by its name in the framework, with its arguments.

        Raises:
            Faults: it does not take them.
            Fault: CS101 or CS102, there is none of that name.
        """
        return self.layer_of(lookup(self.framework, name), positional, keywords or {})

    def layer_of(self, kind: LayerType, positional: Sequence[Any], keywords: Mapping[str, Any]) -> Lowered:
        """A layer or function that was found in the vocabulary, with its arguments. Raises `Faults`."""
        lowered = self.lower(kind, positional, keywords)
        if isinstance(lowered, Refusal):
            raise Faults(lowered.faults)
        return lowered

    def lower(self, kind: LayerType, positional: Sequence[Any], keywords: Mapping[str, Any]) -> Lowered | Refusal:
        """The layer with its operation, or why it means nothing; those with the same arguments are one."""
        key = (kind.name, repr(positional), repr(keywords))  # 1, 1.0 and True are equal, but not the same argument
        known = self.known.get(key) or self.refused.get(key)
        if known is not None:
            return known
        try:
            bound = bind(kind, positional, keywords)
            return remember(self.known, key, Lowered(bound, bound.operation(self.defaults)))
        except Faults as faults:
            refusal = Refusal(faults.faults)
        except Fault as fault:
            refusal = Refusal([fault])
        return remember(self.refused, key, refusal)

    def at_every_step(self, layer: Lowered) -> Lowered:
        """A layer of Keras at every step of axis 1, as TimeDistributed around it; a function has no such word."""
        from cnnshape.operations.wrapping import PerStep  # which few networks have

        bound = layer.bound if layer.bound.kind.operator else self.layer("TimeDistributed", (layer.bound,)).bound
        return Lowered(bound, PerStep(layer.operation))

    def add(
        self,
        layer: Lowered,
        inputs: tuple[Tensor, ...],
        *,
        name: str,
        scopes: tuple[Scope, ...] = (),
        origin: Origin | None = None,
        trainable: bool = True,
        checkpoint: str | None = None,
        owner: Node | None = None,
        own: tuple[Weight, ...] = (),
        frozen: frozenset[str] = frozenset(),
        operands: tuple[Constant | None, ...] = (),
        read: tuple[Constant, ...] = (),
        names: tuple[str, ...] = (),
        dtype: str | None = None,
        kept_in: Mapping[str, str | None] | None = None,
    ) -> Node:
        """The layer for these inputs, below all that was added before.

        Args:
            checkpoint: what is run again in the backward pass, where this is part of something.
            owner: the node whose weights it uses.
            own: weights beside those of the operation.
            frozen: the names of weights that do not train.
            operands, read: what it is called with that depends on no input (`Node`).
            names: of its outputs, where it has several; there may be fewer where the operation says so.
            dtype: the type of what it makes; None: the network's. `kept_in`: those of its weights by
                their names, "" for all others.

        Raises:
            Fault: there are too few or too many inputs, or their shapes do not fit, also what is certain of them where
                an earlier fault leaves no more; nothing was added.
        """
        kind = layer.bound.kind
        shapes = tuple([tensor.shape for tensor in inputs])
        if None in shapes:
            require_fit(layer, inputs)
            return self.fail(kind.name, inputs, name=name, scopes=scopes, origin=origin, layer=layer)
        known: tuple[Shape, ...] = shapes  # type: ignore[assignment]  # None was just excluded
        if owner is None:
            answer = layer.answer(known)
        else:
            from cnnshape.network.sharing import answer_again  # few layers have the weights of another

            answer = answer_again(layer, known, owner, name)
        made = answer.result.outputs
        if answer.result.at_most and 1 < len(names) < len(made):
            answer = answer.with_outputs(len(names))
            made = answer.result.outputs
        calls = self.calls[name] = self.calls.get(name, 0) + 1
        name_of_call = name if calls == 1 else f"{name} ({calls})"
        if len(made) == 1:
            names = (name_of_call,)
        elif len(names) != len(made):
            names = tuple([f"{name_of_call}:{number}" for number in range(len(made))])
        if kept_in and answer.result.weights:
            answer = answer.with_types({name: None if each == self.dtype else each for name, each in kept_in.items()})
        sight = answer.sight(tuple([tensor.sight for tensor in inputs]), self.field_work)
        if dtype is None and is_complex(answer.result, [tensor.dtype for tensor in inputs]):
            dtype = COMPLEX
        number, apart = len(self.nodes), None if dtype == self.dtype else dtype
        node = Node(
            name,
            kind.name,
            inputs,
            tuple([Tensor(each, shape, sight, number, None, apart) for each, shape in zip(names, made, strict=True)]),
            layer,
            answer,
            trainable=trainable,
            checkpoint=checkpoint,
            owner=(owner.owner or owner) if owner else None,
            scopes=scopes,
            origin=origin,
            own=own,
            frozen=frozen,
            operands=operands,
            read=read,
        )
        self.nodes.append(node)
        return node

    def fail(
        self,
        type: str,
        inputs: tuple[Tensor, ...],
        *,
        name: str,
        scopes: tuple[Scope, ...] = (),
        origin: Origin | None = None,
        layer: Lowered | None = None,
        fault: Fault | None = None,
    ) -> Node:
        """A node without a shape: it is wrong, or something it reads is.

        Args:
            layer: tells what is certain all the same, where it could be made.
            fault: what is wrong with it.
        """
        declared = layer.bound.arguments.get(fault.argument) if layer and fault and fault.argument else None
        certain = outline(layer, inputs, self.layout, declared) if layer else None
        outputs = (Tensor(name, None, NOTHING_SEEN, len(self.nodes), certain),)
        node = Node(name, type, inputs, outputs, None, None, scopes=scopes, origin=origin)
        self.nodes.append(node)
        return node

    def report(self, finding: Diagnostic) -> None:
        """Record what was found."""
        self.diagnostics.append(finding)

    def finish(
        self,
        outputs: Sequence[Tensor],
        training_outputs: Sequence[Tensor] = (),
        *,
        written: Sequence[Tensor] = (),
        unrun: tuple[Weight, ...] = (),
        sources: Mapping[str, Source] | None = None,
        promises: Any = None,
        backend: str | None = None,
        named_until: Mapping[Tensor, int] | None = None,
        in_common: Memo | None = None,
    ) -> Network:
        """The network that was built."""
        return Network(
            self.name,
            self.framework,
            self.layout,
            self.dtype,
            self.batch,
            self.filename,
            tuple(self.inputs.values()),
            tuple(self.nodes) if self.alike is None else self.alike,
            tuple(outputs),
            tuple(training_outputs),
            tuple(written),
            unrun,
            tuple(self.diagnostics),
            sources or {},
            promises,
            backend,
            named_until,
            in_common,
        )


def require_fit(layer: Lowered, inputs: tuple[Tensor, ...]) -> None:
    """Refuse what cannot fit whatever the sizes are that an earlier fault leaves open. Raises `Fault`."""
    require_count(layer.operation, len(inputs), layer.bound.kind.name)
    shapes = [tensor.known_shape for tensor in inputs]
    if None not in shapes:
        try:
            layer.answer(tuple(shapes))  # type: ignore[arg-type]  # just excluded
        except Fault as fault:
            if fault.code != "CS312":  # a size that has to be known may well be, once the fault is mended
                raise


def outline(layer: Lowered, inputs: tuple[Tensor, ...], layout: Layout, declared: Any = None) -> Shape | None:
    """What is certain of a layer's output: what it gives whatever the sizes of its inputs are.

    Their channels are left out only where they are wrong themselves. A size that the layer has `declared` and is wrong
    about is not certain.
    """
    shapes = [tensor.known_shape for tensor in inputs if tensor.known_shape is not None]
    if len(shapes) < len(inputs):
        return None
    for known in (
        shapes,
        [layout.only_channels(shape) for shape in shapes],
        [unknown_sizes(shape) for shape in shapes],
    ):
        with suppress(Fault):
            require_count(layer.operation, len(known), layer.bound.kind.name)
            outputs = layer.answer(tuple(known)).result.outputs
            return tuple(None if size == declared else size for size in outputs[0]) if len(outputs) == 1 else None
    return None


def unknown_sizes(shape: Shape) -> Shape:
    """A shape of which the batch alone is known."""
    return (*shape[:1], *(None for _ in shape[1:]))
