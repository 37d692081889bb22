"""Reading `.pt2`: the archive's JSON, node by node, to a network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cnnshape.arithmetic.symbols import Polynomial, Size, Sizes, dim
from cnnshape.network.builder import NetworkBuilder
from cnnshape.network.network import Network
from cnnshape.network.tensor import Tensor
from cnnshape.operations.operation import Weight
from cnnshape.readers.archives import MalformedError, StoredModel, damaged, inner, read_json, read_member
from cnnshape.readers.exported import Exported, Meaning, asked_sizes, refuse_unknown_inputs
from cnnshape.readers.files import Opened
from cnnshape.readers.pt2.arguments import Arguments, base_name, writes_in_place
from cnnshape.readers.pt2.operators import meaning_of
from cnnshape.readers.pt2.program import Call, Named, Program, Symbolic, read_program, size, tensors_of
from cnnshape.readers.pt2.recomposed import recomposed
from cnnshape.readers.requests import FixedSizeError, Settings, UsageError
from cnnshape.readers.unknown import Unknown

GRAPH = r"(\A|/)(models/[^/]+\.json|serialized_exported_program\.json)\Z"
"""The member with the graph: of PyTorch 2.8 and later, and of earlier ones."""

STORED = r"(\A|/)data/weights/[^/]*weights_config\.json\Z"
"""The member that lists all weights, also those that the graph does not read."""

PICKLED = r"(\A|/)serialized_state_dict\.pt\Z"
"""The archive in which versions before PyTorch 2.8 keep all weights; its list of them is a pickle."""


class ExportedProgram(StoredModel):
    """A program, ready to be planned."""

    kind = "program that PyTorch writes"

    def walked(self, settings: Settings) -> Network:
        """The network. Raises `MalformedError`."""
        return Walk(self.model, self.filename, settings).network()


class Walk:
    """The state of reading one program."""

    def __init__(self, program: Program, filename: str, settings: Settings) -> None:
        self.program = program
        refuse_unknown_inputs(settings, program.inputs)
        self.values = bound_symbols(program, settings)
        shapes = {name: program.sizes(name, self.values) or () for name in program.inputs}
        batch: Size = next((sizes[0] for sizes in shapes.values() if sizes), 1)
        dtype = next((program.dtype(name) for name, _, kind in program.weights if kind == "trainable"), "float32")
        name = filename.rpartition("/")[2].removesuffix(".pt2")
        self.builder = NetworkBuilder("pytorch", name=name, filename=filename, dtype=dtype, batch=dim(batch))
        self.graph = Exported(self.builder, batch)
        self.unknown = Unknown(self.builder)
        self.written: list[Tensor] = []
        self.misstated: set[str] = set()
        for name, sizes in shapes.items():
            self.graph.input(name, sizes, program.dtype(name))
        for name, stored, kind in program.weights:
            found = program.sizes(name, self.values)
            if found is None:
                raise MalformedError(f"the size of {stored} is not stated")
            own = None if program.dtype(name) == dtype or kind == "buffer" else program.dtype(name)
            self.graph.store(name, Weight(stored, tuple(map(dim, found)), kind, own))
        for name in program.constants:
            self.graph.sizes[name] = program.sizes(name, self.values) or ()

    def network(self) -> Network:
        """The network of the program."""
        parameters = {name for name, _, kind in self.program.weights if kind != "buffer"}
        for call in recomposed(self.program.calls, self.program.outputs, parameters):
            self.place(call)
        outputs, also_written = map(self.made, (self.program.outputs, self.program.written))
        self.unknown.report()
        return self.builder.finish(outputs, written=[*self.written, *also_written], unrun=self.graph.unread())

    def made(self, names: Iterable[str]) -> list[Tensor]:
        """The tensors of these names, those that are none left out."""
        found = [self.program.aliases.get(name, name) for name in names]
        return [self.graph.tensors[name] for name in found if name in self.graph.tensors]

    def place(self, call: Call) -> None:
        """The row of a node; one that computes numbers, and no tensors, has none."""
        names = [name for name in call.outputs if name is not None]
        read = [self.program.aliases.get(name, name) for name in tensors_of(call.arguments)]
        if not names:
            self.written += self.made(read)
            return
        stored = [self.graph.stored[each].name for each in read if each in self.graph.stored]
        counters = [each for each in stored if each.endswith("num_batches_tracked")]
        if read and len(counters) == len(read):  # counted on by training, read by nobody
            self.graph.sizes |= dict.fromkeys(names, ())
            return
        missing = next((each for each in read if not self.graph.knows(each)), None)
        if missing is not None:
            raise MalformedError(f"{names[0]} reads {missing}, which nothing above it makes")
        if self.misstated.intersection(read):
            self.unknown.add(call.target.removeprefix("torch.ops."), names[0], "the file is wrong about what it reads")
            self.graph.fail(base_name(call.target), read, names, call.scopes)
            return
        stated = [self.program.sizes(name, self.values) for name in names]
        outputs: tuple[Sizes, ...] = tuple([sizes for sizes in stated if sizes is not None])
        if len(outputs) < len(names):
            raise MalformedError(f"the size of {names[0]} is not stated")
        arguments = Arguments(call.target, {key: self.filled(value) for key, value in call.arguments.items()})
        counter = self.counter(call)
        if counter is not None:
            arguments.given["num_batches_tracked"] = True
            read.append(counter)
        meaning = meaning_of(arguments, outputs)
        if meaning is None:
            target = call.target.removeprefix("torch.ops.")
            self.unknown.add(target, names[0], cost_alone=True)
            meaning = Meaning(base_name(call.target), outputs, macs=None, flops=None)
        self.misstated |= {
            name for name, own, theirs in zip(names, meaning.outputs, outputs, strict=True) if own != theirs
        }
        self.graph.place(meaning, read, names, call.scopes, call.name, self.program.dtype(names[0]))
        if writes_in_place(call.target):
            self.written += self.made(names)

    def counter(self, call: Call) -> str | None:
        """The counter of batches beside moving statistics, which inference does not read but the layer holds."""
        mean = call.arguments.get("running_mean")
        stored = self.graph.stored.get(mean.name) if isinstance(mean, Named) else None
        wanted = stored and stored.name.removesuffix("running_mean") + "num_batches_tracked"
        found = (name for name, weight in self.graph.stored.items() if weight.name == wanted)
        return next(found, None) if wanted else None

    def filled(self, value: Any) -> Any:
        """An argument with sizes in the place of tensors, and of numbers that nodes compute."""
        if isinstance(value, Named):
            return self.program.sizes(value.name, self.values) or ()
        if isinstance(value, Symbolic):
            raw = self.program.symbols.get(value.name)
            return None if raw is None else size(raw, self.values)
        if isinstance(value, list):
            return [self.filled(each) for each in value]
        return value


def bound_symbols(program: Program, settings: Settings) -> Mapping[str, int]:
    """The values of symbols that the caller's sizes mean. Raises `UsageError` for one out of its range."""
    values: dict[str, int] = {}
    for number, name in enumerate(program.inputs):
        stated = program.sizes(name, {}) or ()
        for axis, asked in asked_sizes(settings, name, stated, first=not number).items():
            found = stated[axis]
            if isinstance(found, Polynomial) and len(found.terms) == 1 and len(found.terms[0][0]) == 1:
                (((symbol,), factor),) = found.terms
                least, most = program.ranges.get(symbol, (None, None))
                value, rest = divmod(asked, factor)
                if rest or (least or 0) > value or (most is not None and most < value):
                    span = f"{least or 0} to {'any size' if most is None else most}"
                    multiple = "" if factor == 1 else f"{factor} times "
                    raise UsageError(f"axis {axis} of {name} is {multiple}{symbol}, {span}; got {asked}")
                if values.setdefault(symbol, value) != value:
                    raise UsageError(f"axis {axis} of {name} has to be the same as others: {values[symbol]}")
            elif isinstance(found, int) and found != asked:
                fixed = f"the program was exported for {found} on axis {axis} of {name}"
                raise FixedSizeError(fixed, asked, "export it with `dynamic_shapes` to vary it")
    return values


def read(file: Opened) -> ExportedProgram:
    """The program that was opened. Raises `UnreadableError` where it is damaged."""
    raw = read_json(file.filename, read_member(file, GRAPH))
    try:
        program = read_program(raw, listed_weights(file))
    except MalformedError as error:
        raise damaged(file.filename, f"{file.filename} is no {ExportedProgram.kind}: {error}") from None
    return ExportedProgram(file.filename, program)


def listed_weights(file: Opened) -> Any:
    """What the file states of all its weights. Raises `UnreadableError` where it is damaged."""
    raw = read_member(file, STORED, b"")
    weights = None if raw else inner(file, PICKLED)
    if weights is None:
        return read_json(file.filename, raw or b"{}")
    from cnnshape.readers.pt2.pickled import NoListError, stated_tensors  # only for files of earlier versions

    pickled = read_member(weights, r"/data\.pkl\Z", b"")
    try:
        return {"config": stated_tensors(pickled) if pickled else {}}
    except NoListError as error:
        raise damaged(file.filename, f"{file.filename} lists no weights as PyTorch does: {error}") from None
