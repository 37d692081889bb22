"""Names while a program runs: what an entry, a block or a round of a loop can read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from cnnshape.arithmetic.sizes import Shape
from cnnshape.diagnostics import Fault, Span, Use, did_you_mean
from cnnshape.network.answers import Lowered, Refusal
from cnnshape.network.node import Node
from cnnshape.network.plan import Scope
from cnnshape.network.tensor import Tensor, failed_tensor
from cnnshape.readers.yaml.environments import FileEnvironment
from cnnshape.readers.yaml.expression_budget import Work
from cnnshape.readers.yaml.placeholders import FailedTensor
from cnnshape.readers.yaml.program import Apply, Block, Include, Program, Statement
from cnnshape.value import Deferred, NamedTuple, record
from cnnshape.vocabularies.vocabulary import LayerType

Tensors = tuple[Tensor, ...] | None
"""What an entry reads, or gives; None where there is no entry above, and several inputs."""


class Meaning(NamedTuple):
    """What an entry means in a framework: its layer, and what it lowers to where no argument reads a name."""

    kind: LayerType
    lowered: Lowered | Refusal | None = None


class Entry(NamedTuple):
    """An entry that is applied, once.

    Attributes:
        statement, frame: what is written, and where it runs.
        inputs: the tensors that it reads.
        wanted: the name that it gives its row.
        trainable: whether its weights train, as far as the entry and those around it say.
        checkpoint: whether a block runs again in the backward pass.
    """

    statement: Apply
    frame: Frame
    inputs: Tensors
    wanted: str | None
    trainable: bool
    checkpoint: bool


@record
class BlockUse:
    """A block, or a file (`block` None), with its values: ready to be run, and run again with its weights.

    Attributes:
        statement: the entry that uses it, and `use` its place; None of the file that is planned.
        program: the file that its text stands in.
        name, inputs: what it is called, and the names of its inputs.
        parameters: the values of its parameters.
        file: the values of its file's variables.
        trainable: whether its weights train, as far as the entry and those around it say.
        checkpoint: whether it runs again in the backward pass.
    """

    statement: Apply | Include | None
    use: tuple[Use, ...]
    program: Program
    block: Block | None
    name: str
    inputs: tuple[str, ...]
    parameters: dict[str, Any]
    file: FileValues
    trainable: bool
    checkpoint: bool = False

    @property
    def span(self) -> Span | None:
        """The place of the entry."""
        return self.statement.span if self.statement else None


class UseOrigin(NamedTuple):
    """What a name stands for: one use of a block or an include, with its frame."""

    deferred: Deferred[Frame]
    block_use: BlockUse

    @property
    def frame(self) -> Frame:
        """The frame that it has run in."""
        return self.deferred.given


class Binding(NamedTuple):
    """A name's tensors and the node or the use that it stands for (None for a model input or a failed entry)."""

    tensors: tuple[Tensor, ...]
    origin: Node | UseOrigin | None = None


class FileValues:
    """The values of a file's variables, for one run.

    `text` tells whether those that its blocks may read are the same in another run.
    """

    __slots__ = ("text", "values")

    def __init__(self, values: dict[str, Any], program: Program) -> None:
        self.values = dict(values)
        self.text = repr([value for name, value in values.items() if name in program.block_words])


Watch = Callable[[Statement, "Frame", dict[str, Any], Callable[[], Tensors]], Tensors]
"""Does an entry, or a round of a loop with these values of its own names, by the function that does it if need be."""


@record
class FreezeUntil:
    """``trainable: {from: LAYER}``: closed, and everything frozen, until that layer is reached."""

    path: str
    is_open: bool = False

    def passes(self, name: str) -> bool:
        """Whether the row trains; opens at the layer itself."""
        if not self.is_open and (name == self.path or name.startswith(f"{self.path}/")):
            self.is_open = True
        return self.is_open


class Frame(FileEnvironment):
    """One run of a block (or of the file itself): its values and its names.

    `layers` are the dictionaries of bound names, outermost first: a round of a loop adds one. `members` holds every
    row and use by its local name, automatic names too. `file` has the variables of the file that the frame's text
    stands in: what a block sees beside its parameters. `work` pays for lists that expressions make. `families` are
    the names of elements, ``skip[0]`` and so on, in the order in which they were bound; `previous` is what the entry
    before gives, which `previous` names where nothing else is called so. `watch` does the entries of a file that is
    searched, and notes in `done` what they do.
    """

    in_loop = 0
    previous: Tensors = None
    outputs: tuple[Tensor, ...] = ()
    watch: Watch | None = None
    done: list[Any] | None = None

    def __init__(
        self,
        program: Program,
        values: dict[str, Any],
        file: FileValues,
        explicit: frozenset[str],
        work: Work,
        channels_last: bool,
        prefix: str = "",
        scopes: tuple[Scope, ...] = (),
        uses: tuple[Use, ...] = (),
        trainable: bool = True,
        checkpoint: str | None = None,
        gates: tuple[FreezeUntil, ...] = (),
        sharing: Frame | None = None,
    ) -> None:
        super().__init__(values, work)
        self.program, self.file, self.explicit, self.channels_last = program, file, explicit, channels_last
        self.prefix, self.scopes, self.uses = prefix, scopes, uses
        self.trainable, self.checkpoint, self.gates, self.sharing = trainable, checkpoint, gates, sharing
        self.layers: list[dict[str, Binding]] = [{}]
        self.members: dict[str, Binding] = {}
        self.counters: dict[str, int] = {}
        self.repeats: dict[str, int] = {}
        self.taken: set[str] = set()
        self.families: dict[str, list[str]] = {}

    # -- what expressions see

    def shape(self, name: str) -> Shape:
        """The shape of a tensor without its batch."""
        tensor, sizes = self.only(name)
        self.work.shapes.append((tensor, None))
        return sizes

    def channels(self, name: str) -> int | None:
        """The channels of a tensor: its last axis in Keras, the first behind the batch in PyTorch."""
        tensor, sizes = self.only(name)
        if not sizes:
            raise Fault("CS302", f"{name!r} has no channels: its shape is (batch,)")
        self.work.shapes.append((tensor, -1 if self.channels_last else 1))
        return sizes[-1] if self.channels_last else sizes[0]

    def only(self, name: str) -> tuple[Tensor, Shape]:
        """The only tensor of a name, and its shape without its batch."""
        tensors = self.find(name).tensors
        if len(tensors) != 1:
            raise Fault("CS203", f"{name!r} has {len(tensors)} outputs; name one of them")
        if tensors[0].shape is None:
            raise FailedTensor
        return tensors[0], tensors[0].shape[1:]

    def is_tensor(self, name: str) -> bool:
        """Whether a tensor of that name can be read here."""
        return self.lookup(name) is not None

    # -- names

    def lookup(self, name: str) -> Binding | None:
        """What a name (or a path of names) stands for, or None."""
        for layer in reversed(self.layers):
            if name in layer:
                return layer[name]
        if name in self.members:
            return self.members[name]
        if name.endswith("]") and (family := f"{name.partition('[')[0]}[") in self.layers[0]:
            return self.layers[0][family]  # the entry that should bind it has failed
        if inner := self.within(name):
            return inner[0].lookup(inner[1])
        return Binding(self.previous) if name == "previous" and self.previous else None

    def within(self, path: str) -> tuple[Frame, str] | None:
        """The frame of the use that a path begins with, and the rest of the path."""
        head, _, rest = path.partition("/")
        outer = self.lookup(head) if rest else None
        return (outer.origin.frame, rest) if outer and isinstance(outer.origin, UseOrigin) else None

    def find(self, name: str) -> Binding:
        """What a name stands for. Raises `Fault` (CS201) with the nearest names."""
        found = self.lookup(name)
        if found is None:
            head = name.partition("/")[0]
            if within := self.within(name):
                inner, rest = within
                close = self.work.spelling.nearest(rest, inner.layers[0], inner.members)
                close = close and f"{head}/{close}"
            else:
                close = self.work.spelling.nearest(name, self.members, *self.layers)
            block = self.scopes[-1].block if self.scopes else ""
            hint = "a name can be read only below the line that binds it"
            if block in self.program.blocks:
                hint = f"a block reads its own rows and its inputs: `{block}(...)(input, {head}):`"
            fix = did_you_mean(close, hint)
            raise Fault("CS201", f"there is no layer named {name!r} above this line", fix=fix)
        return found

    def all_of(self, path: str) -> tuple[Tensor, ...]:
        """The tensors of a name: those of ``skip[0]``, ``skip[1]`` ..., or the outputs of one row. Raises `Fault`."""
        if inner := self.within(path):
            return inner[0].all_of(inner[1])
        if path not in self.families:
            return self.find(path).tensors
        self.spend(len(self.families[path]))
        if f"{path}[" in self.layers[0]:  # an entry that should bind one of them has failed
            raise FailedTensor
        return tuple(tensor for name in self.families[path] for tensor in self.layers[0][name].tensors)

    def bind(self, name: str, binding: Binding) -> None:
        """Bind a name in this scope."""
        if name in self.layers[-1]:
            again = f"; an entry that reads {name} may bind it anew: `{name} = f()({name})`"
            fix = f"choose another name{'' if name == 'input' or name in self.program.blocks else again}"
            raise Fault("CS202", f"the name {name!r} is bound already", fix=fix)
        self.layers[-1][name] = binding

    def bind_element(self, family: str, name: str, binding: Binding) -> None:
        """Bind ``skip[i]``, in the whole block."""
        if name in self.layers[0]:
            raise Fault("CS202", f"the name {name!r} is bound already", fix="choose another name")
        self.layers[0][name] = binding
        self.families.setdefault(family, []).append(name)

    def layer_of(self, name: str) -> dict[str, Binding]:
        """The scope that has a name, else this one."""
        return next((layer for layer in reversed(self.layers) if name in layer), self.layers[-1])

    def fail(self, names: Iterable[str]) -> tuple[Tensor, ...]:
        """Names that an entry would have bound, or bound anew, stand for failed tensors; see `Target.failing`."""
        failed = (failed_tensor(),)
        for name in names:
            layer = self.layers[0] if name.endswith("[") else self.layer_of(name)
            layer[name] = Binding(failed)
        return failed

    def local_name(self, wanted: str | None, automatic: str) -> str:
        """A name for a row that no other row of this frame has: as wanted, else numbered as Keras does."""
        if wanted is not None:
            name = wanted
            number = self.repeats.get(wanted, 0)
            while name in self.taken:
                number += 1
                name = f"{wanted}_{number}"
            self.repeats[wanted] = number
        else:
            count = self.counters.get(automatic, 0)
            name = f"{automatic}_{count}" if count else automatic
            while name in self.taken or name in self.explicit:
                count += 1
                name = f"{automatic}_{count}"
            self.counters[automatic] = count + 1
        self.taken.add(name)
        return name


def use_of(frame: Frame, span: Span | None) -> tuple[Use, ...]:
    """The place of an entry that uses a block, to be told with what is found in it; none where it has no place."""
    return (Use(frame.program.source.filename, span),) if span else ()
