"""What plans of many variants have in common: what an entry of the file, or a round of a loop there, does.

The values that its text names come to its doings: which layers with which arguments, on which tensors. What these add
to a network hangs on how that is wired so far, not on its layers and sizes. So doings are looked up by values (a width
and a width that is rounded alike do the same), and what they add by doings and the state that they find.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any

from cnnshape.network.network import Network
from cnnshape.network.outline import Outline, is_plain
from cnnshape.network.tensor import Tensor
from cnnshape.readers.requests import Settings
from cnnshape.readers.yaml.program import Program
from cnnshape.readers.yaml.walk.frames import Binding, Frame, Tensors, UseOrigin
from cnnshape.readers.yaml.walk.known import size_at
from cnnshape.readers.yaml.walk.run import Loader
from cnnshape.readers.yaml.walk.searched import Part, Parts, Searched, State, Stated, stated
from cnnshape.readers.yaml.walk.walker import Kind, Walker
from cnnshape.value import Deferred

MOST_ALIKE = 16
"""Parts that are told apart by nothing but sizes within them."""


class Telling(Walker):
    """A run that tells others what it does, where many variants are asked for.

    Attributes:
        searched: what runs have told.
        top: the file's own frame; None where nothing is told.
        state: how the network is wired so far; None where that cannot be told.
        places: the numbers of tensors.
        trail: the numbers of what was done so far.
    """

    top: Frame | None = None
    state: State | None = None
    places: dict[Tensor, int]
    trail: tuple[int, ...] = ()

    def __init__(self, program: Program, settings: Settings, load: Loader, searched: dict[str, Searched]) -> None:
        super().__init__(program, settings, load, {})
        self.searched = searched.setdefault(self.framework, Searched())
        self.known = self.searched.known

    def run(self) -> Network:
        network = super().run()
        if self.state is not None and not self.reports and not network.diagnostics:
            self.state.outline = self.state.outline or Outline(network)
        return network

    def run_whole(self, frame: Frame, previous: Tensors) -> tuple[Tensors, Deferred[Frame]]:
        """Run the entries of the file, each of which tells what it does."""
        return self.body(self.program.body, frame, previous), Deferred(lambda: frame)

    def bind_inputs(self, frame: Frame, values: dict[str, Any]) -> Tensors:
        """The model inputs, with which the network begins."""
        previous = super().bind_inputs(frame, values)
        inputs = [each.tensor for each in self.builder.inputs.values()]
        self.top, self.places = frame, {tensor: place for place, tensor in enumerate(inputs)}
        if not self.reports and None not in [tensor.shape for tensor in inputs]:
            self.state = self.searched.begin(self.builder.batch, inputs)
        return previous

    def doing(
        self,
        run: Callable[[Kind, Frame, Tensors, dict[str, Any]], Tensors],
        statement: Kind,
        frame: Frame,
        previous: Tensors,
        names: dict[str, Any],
    ) -> Tensors:
        """Run an entry, or a round with these values of its own names, and tell what it did."""
        state = self.state if frame is self.top and not frame.in_loop else None
        words = self.searched.words_of(statement, self.program) if state else None
        if state is None or words is None:
            self.state = self.state if frame.in_loop or frame is not self.top else None
            return run(statement, frame, previous, names)
        said = stated(statement, words, frame, names)
        first, steps, inputs = len(self.builder.nodes), self.steps, len(self.builder.inputs)
        seen = len(self.work.shapes)
        self.done, self.noted = [], frame
        result = run(statement, frame, previous, names)
        self.noted = None
        if self.reports or len(self.builder.inputs) != inputs:
            self.state = None
        else:
            try:
                self.state = self.tell(state, said, frame, result, first, self.steps - steps, seen)
            except KeyError:  # it reads what an earlier fault left, or hangs on more than shapes
                self.state = None
        return result

    def tell(
        self, state: State, said: Stated, frame: Frame, result: Tensors, first: int, steps: int, seen: int
    ) -> State:
        """Tell what an entry did in a state, and which it left. Raises `KeyError` where it cannot be repeated."""
        places, before = self.places, len(self.places)
        links, wires = [], []
        for node in self.builder.nodes[first:]:
            if not is_plain(node, self.builder.batch):
                raise KeyError(node.name)
            read = [places[tensor] for tensor in node.inputs]
            places.update(zip(node.outputs, range(len(places), len(places) + len(node.outputs)), strict=True))
            links.append((itemgetter(*read), self.searched.step_of(node, self.builder.dtype)))
            owner = node.owner and places[node.owner.outputs[0]]
            wires.append((node.name, node.type, *read, len(node.outputs), node.trainable, node.checkpoint, owner))
        wiring = (said[0], *wires, self.placed(result or ()), self.named(frame))
        after = state.after.setdefault(wiring, State())
        guards = tuple(
            [(places[tensor], axis, size_at(tensor.shape or (), axis)) for tensor, axis in self.work.shapes[seen:]]
        )
        doings = self.searched.doings_of(said, self.done)
        shares = any(node.owner is not None for node in self.builder.nodes[first:])
        asked = tuple([(place, axis) for place, axis, _ in guards if place < before])
        parts = state.parts.setdefault((doings, self.trail) if shares else doings, Parts(asked))
        self.trail += (doings,)
        alike = parts.of([tensor.shape or () for tensor in places])
        if len(alike) < MOST_ALIKE and all(part.guards != guards for part in alike):
            alike.append(Part(tuple(links), guards, steps, len(places), after))
            self.searched.held += 1 + len(links)
        return after

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
