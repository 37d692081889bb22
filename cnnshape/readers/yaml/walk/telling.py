"""What plans of many variants have in common: what an entry of the file, or a round of a loop there, does.

The values that its text names come to its doings: which layers with which arguments, on which tensors. What these add
to a network hangs on how that is wired so far, not on its layers and sizes. So doings are looked up by values (a width
and a width that is rounded alike do the same), and what they add by doings and the state that they find.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from operator import itemgetter
from typing import Any

from cnnshape.network.flow import Link
from cnnshape.network.network import Network
from cnnshape.network.node import Node
from cnnshape.network.outline import Outline, is_plain
from cnnshape.network.tensor import Tensor
from cnnshape.readers.requests import Settings
from cnnshape.readers.yaml.program import Program, Statement
from cnnshape.readers.yaml.walk.bodies import run_body
from cnnshape.readers.yaml.walk.file import network_of, run_entries
from cnnshape.readers.yaml.walk.frames import Binding, Frame, Tensors, UseOrigin
from cnnshape.readers.yaml.walk.known import size_at
from cnnshape.readers.yaml.walk.run import Loader, Run
from cnnshape.readers.yaml.walk.searched import Part, Parts, Searched, State, stated
from cnnshape.value import Deferred

MOST_ALIKE = 16
"""Parts that are told apart by nothing but sizes within them."""


def read_variant(program: Program, settings: Settings, load: Loader, searched: dict[str, Searched]) -> Network:
    """Run a program once, and tell what it does to the searches of its architecture, by framework."""
    run = Run(program, settings, load, run_body)
    telling = Telling(run, searched.setdefault(run.framework, Searched()))
    return telling.network()


class Telling:
    """What a run tells others, where many variants are asked for.

    Attributes:
        state: how the network is wired so far; None where that cannot be told.
        places: the numbers of tensors.
        trail: the numbers of what was done so far.
    """

    def __init__(self, run: Run, searched: Searched) -> None:
        self.run, self.searched = run, searched
        self.state: State | None = None
        self.places: dict[Tensor, int] = {}
        self.trail: tuple[int, ...] = ()

    def network(self) -> Network:
        """The network that the program gives."""
        run = self.run
        run.before = self.searched.rows
        network = network_of(run, self.whole)
        self.searched.rows = run.rows or run.before
        if self.state is not None and not run.reports and not network.diagnostics:
            self.state.outline = self.state.outline or Outline(network)
        return network

    def whole(self, run: Run, frame: Frame, previous: Tensors) -> tuple[Tensors, Deferred[Frame]]:
        """Run the entries of the file, each of which tells what it does."""
        inputs = [each.tensor for each in run.builder.inputs.values()]
        self.places = {tensor: place for place, tensor in enumerate(inputs)}
        if not run.reports and None not in [tensor.shape for tensor in inputs]:
            self.state = self.searched.begin(run.builder.batch, inputs)
        frame.watch = self.doing
        return run_entries(run, frame, previous), Deferred(lambda: frame)

    def doing(self, statement: Statement, frame: Frame, names: dict[str, Any], work: Callable[[], Tensors]) -> Tensors:
        """Do an entry, or a round with these values of its own names, and tell what it did."""
        if frame.in_loop:
            return work()
        run, state, places = self.run, self.state, self.places
        words = self.searched.words_of(statement, run.program) if state else None
        if state is None or words is None:
            self.state = None
            return work()
        said, builder, asked = stated(statement, words, frame, names), run.builder, run.work.shapes
        first, steps, inputs, seen, before = len(builder.nodes), run.steps, len(builder.inputs), len(asked), len(places)
        done: list[Any] = []
        frame.done, self.state = done, None
        result = work()
        frame.done = None
        if run.reports or len(builder.inputs) != inputs:
            return result
        nodes = builder.nodes[first:]
        with suppress(KeyError):  # it reads what an earlier fault left, or hangs on more than shapes
            links, wires = self.links(nodes)
            guards = tuple([(places[tensor], axis, size_at(tensor.shape or (), axis)) for tensor, axis in asked[seen:]])
            wiring = (statement, *wires, self.placed(result or ()), self.named(frame))
            self.state = state.after.setdefault(wiring, State())
            doings = self.searched.doings_of(said, done)
            shares = any(node.owner is not None for node in nodes)
            old = tuple([(place, axis) for place, axis, _ in guards if place < before])
            parts = state.parts.setdefault((doings, self.trail) if shares else doings, Parts(old))
            self.trail += (doings,)
            alike = parts.of([tensor.shape or () for tensor in places])
            if len(alike) < MOST_ALIKE and all(part.guards != guards for part in alike):
                alike.append(Part(links, guards, run.steps - steps, len(places), self.state))
                self.searched.held += 1 + len(links)
        return result

    def links(self, nodes: Sequence[Node]) -> tuple[tuple[Link, ...], list[tuple[Any, ...]]]:
        """The layers that were added, and how they are wired. Raises `KeyError` where that cannot be repeated."""
        places, links, wires = self.places, [], []
        for node in nodes:
            if not is_plain(node, self.run.builder.batch):
                raise KeyError(node.name)
            read = [places[tensor] for tensor in node.inputs]
            places.update(zip(node.outputs, range(len(places), len(places) + len(node.outputs)), strict=True))
            links.append((itemgetter(*read), self.searched.step_of(node, self.run.builder.dtype)))
            owner = node.owner and places[node.owner.outputs[0]]
            wires.append((node.name, node.type, *read, len(node.outputs), node.trainable, node.checkpoint, owner))
        return tuple(links), wires

    def placed(self, tensors: tuple[Tensor, ...]) -> tuple[int, ...]:
        """The numbers of tensors."""
        return tuple([self.places[tensor] for tensor in tensors])

    def named(self, frame: Frame) -> tuple[Any, ...]:
        """All names that can be read, with the numbers of what they stand for."""
        return tuple(
            [self.stands_for(name, each) for names in (*frame.layers, frame.members) for name, each in names.items()]
        )

    def stands_for(self, name: str, binding: Binding) -> tuple[Any, ...]:
        """A name with what it stands for, and the names within that."""
        within = self.named(binding.origin.frame) if isinstance(binding.origin, UseOrigin) else ()
        return name, self.placed(binding.tensors), within
