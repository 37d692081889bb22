"""Blocks, includes and shared weights: pieces of network run in a frame of their own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable
from typing import Any

from cnnshape.diagnostics import Fault, Span, did_you_mean
from cnnshape.network.node import Node
from cnnshape.network.plan import Scope
from cnnshape.network.tensor import Tensor, failed_tensor
from cnnshape.readers.yaml.calls import Reference
from cnnshape.readers.yaml.expression_budget import pay, weight
from cnnshape.readers.yaml.placeholders import FailedTensor
from cnnshape.readers.yaml.program import Apply, Block, Body
from cnnshape.readers.yaml.walk.file_header import FileEnvironment
from cnnshape.readers.yaml.walk.frames import (
    Binding,
    BlockCall,
    BlockUse,
    Frame,
    Tensors,
    UseOrigin,
    snake_case,
    use_of,
)
from cnnshape.readers.yaml.walk.known import USES, HangsOnMoreError, KnownUse
from cnnshape.readers.yaml.walk.layers import Layers, Reached
from cnnshape.readers.yaml.walk.run import COPIED, MOST_STEPS
from cnnshape.spelling import correction, nearest
from cnnshape.value import Deferred, replace
from cnnshape.vocabularies.layer import Faults

NO_COUNTS: dict[str, int] = {}
NO_NAMES: set[str] = set()

DEEPEST_BLOCKS = 64
"""Blocks within blocks. A use costs as many steps as the square of how deep it lies, and at least the one of a row: a
network's blocks lie two or three deep, and those that double on each level give nothing but uses that lie deep."""


class Recursion(Exception):  # noqa: N818 - a signal, its diagnostic is recorded
    """A block inside itself; the diagnostic is recorded."""


class Blocks(Layers):
    """What a run does with blocks, includes and `Shared`."""

    @abstractmethod
    def body(self, body: Body, frame: Frame, previous: Tensors) -> Tensors:
        """Run the entries of a body (the walk itself)."""

    def fail_names(self, names: Iterable[str], frame: Frame) -> tuple[Tensor, ...]:
        """Names that an entry would have bound, or bound anew, stand for failed tensors; see `Target.failing`."""
        failed = (failed_tensor(),)
        for name in names:
            layer = frame.layers[0] if name.endswith("[") else frame.layer_of(name)
            layer[name] = Binding(failed)
        return failed

    def apply_block(
        self,
        statement: Apply,
        block: Block,
        frame: Frame,
        inputs: Tensors,
        wanted: str | None,
        trainable: bool,
        checkpoint: bool,
    ) -> Binding:
        """Run a block: a frame of its own with its parameters and inputs."""
        signature = block.signature
        local = frame.local_name(wanted, signature.name)
        try:
            parameters = self.arguments(statement, block, frame)
        except (Faults, FailedTensor) as failure:
            for fault in failure.faults if isinstance(failure, Faults) else ():
                self.report_fault(frame, fault, statement, frame.prefix + local)
            return Binding((failed_tensor(frame.prefix + local),))
        if frame is self.noted:
            self.done.append(repr(parameters))
        use, names = use_of(frame, statement.span), (signature.name, signature.inputs)
        return self.run_use(
            BlockUse(statement, use, frame.program, block, *names, parameters, frame.file, trainable, checkpoint),
            frame,
            inputs,
            local,
        )

    def run_use(
        self, block_use: BlockUse, frame: Frame, inputs: Tensors, local: str, sharing: Frame | None = None
    ) -> Binding:
        """Check the inputs of a block or include and run it; `sharing` is the frame whose weights it uses, if any."""
        tensors = inputs or ()
        if len(tensors) != len(block_use.inputs):
            if not any(tensor.shape is None for tensor in tensors):
                self.wrong_inputs(block_use, frame, tensors, local)
            return Binding((failed_tensor(frame.prefix + local),))
        if sharing is None and frame.sharing is not None:
            twin = frame.sharing.members.get(local)
            if twin and isinstance(twin.origin, UseOrigin):
                sharing = twin.origin.frame
        try:
            binding = self.run_or_recall(block_use, tensors, local, frame, sharing)
        except Recursion:
            return Binding((failed_tensor(frame.prefix + local),))
        frame.members[local] = binding
        if self.until and frame.prefix + local in self.until:
            raise Reached(frame.prefix + local, binding)
        return binding

    def wrong_inputs(self, block_use: BlockUse, frame: Frame, tensors: tuple[Tensor, ...], local: str) -> None:
        """Report that a block or include gets more or fewer inputs than it has."""
        names, statement = block_use.inputs, block_use.statement
        fault = Fault(
            "CS203",
            f"{block_use.name} takes {len(names)} input{'s' * (len(names) != 1)} ({', '.join(names)}), "
            f"got {len(tensors) or 'none'}",
        )
        if isinstance(statement, Apply):
            fault = self.meant(fault, statement, frame, inputs=tensors, fewest=len(names), apply=lambda *shapes: shapes)
            self.report_fault(frame, fault, statement, frame.prefix + local)
        else:
            fix = f"name them under `inputs:`, {len(names)} in all"
            self.report(frame, fault.code, fault.message, block_use.span, fix=fix)

    def run_or_recall(
        self, block_use: BlockUse, tensors: tuple[Tensor, ...], local: str, into: Frame, sharing: Frame | None
    ) -> Binding:
        """A use that has run, or was recalled.

        What a use of a block gives depends on the parts of `key` alone, and on what `Shared`, ``until:`` and
        ``trainable: {from: ...}`` do to it from outside: a use that they touch is run every time, as an include.
        """
        if block_use.block is None or sharing is not None or into.gates or self.until:
            return self.run_piece(block_use, tensors, local, into, sharing)
        key = (
            block_use.block,
            into.scopes,
            local,
            repr(block_use.parameters),
            block_use.file.text,
            block_use.trainable,
            block_use.checkpoint,
            into.checkpoint,
        )
        return self.recalled(
            key, block_use, into, tensors, lambda: self.run_piece(block_use, tensors, local, into, None)
        )

    def recalled(
        self,
        key: tuple[Any, ...],
        to: BlockUse,
        into: Frame,
        tensors: tuple[Tensor, ...],
        run: Callable[[], Binding],
    ) -> Binding:
        """What a use gives that is what it was before, in this file or in another; it is run where none was.

        A use that includes a file, that has something to report or whose fields take work is run every time.
        """
        builder, work, fields = self.builder, self.work, self.builder.field_work
        phases = fields.left
        first, steps, reports, left, shapes = len(builder.nodes), self.steps, self.reports, work.left, len(work.shapes)
        inputs = tuple([(each.name, each.row, each.dtype) for each in tensors])
        key = (*key, self.dialect, builder.dtype, builder.batch, len(into.uses), inputs, first)
        known = USES.find(key, tensors)
        if known is not None and steps + known.steps <= MOST_STEPS and left >= known.spent:
            try:
                use = known.at(to, into, tensors, builder.batch, fields)
            except (Fault, HangsOnMoreError):
                fields.left = phases
            else:
                builder.nodes += use.nodes
                work.shapes += use.shapes
                self.steps += use.steps
                work.left -= use.spent
                if to.block is not None and fields.left == phases > 0:
                    USES.keep(key, use)
                return use.binding
        stated, batch = len(builder.inputs), builder.batch
        binding = run()
        unchanged = (self.reports, len(builder.inputs), builder.batch) == (reports, stated, batch)
        if unchanged and fields.left == phases > 0:
            nodes, read = builder.nodes[first:], work.shapes[shapes:]
            cost = self.steps - steps, left - work.left
            USES.keep(key, KnownUse(to.program, (*into.uses, *to.use), tensors, binding, nodes, *cost, read, []))
        return binding

    def run_piece(
        self, block_use: BlockUse, tensors: tuple[Tensor, ...], local: str, into: Frame, sharing: Frame | None
    ) -> Binding:
        """Run a block or an included file in a frame of its own."""
        prefix = f"{into.prefix}{local}/"
        explicit = block_use.program.explicit_names if block_use.block is None else block_use.block.explicit_names
        inner = Frame(
            block_use.program,
            {**block_use.file.values, **block_use.parameters},
            block_use.file,
            explicit,
            into.work,
            into.channels_last,
            prefix,
            scopes=(*into.scopes, Scope(local, block_use.name)),
            uses=(*into.uses, *block_use.use),
            trainable=block_use.trainable,
            checkpoint=into.checkpoint or (prefix if block_use.checkpoint else None),
            gates=into.gates,
            sharing=sharing,
        )
        for name, tensor in zip(block_use.inputs, tensors, strict=True):
            inner.layers[0][name] = Binding((tensor,))
        self.enter(BlockCall(block_use.program, block_use.block), into, block_use.span)
        depth = len(self.stack)
        self.step(into, block_use.span, depth**2 - 1 + len(inner.values) // COPIED)
        try:
            if block_use.block is None:
                self.run_file(block_use, inner, into, tensors)
            else:
                inner.outputs = self.body(block_use.block.body, inner, tensors[:1]) or ()
        finally:
            del self.stack[depth - 1 :]
        inner.values = block_use.file.values  # what has run is read by its names alone
        inner.counters, inner.repeats, inner.taken = NO_COUNTS, NO_COUNTS, NO_NAMES
        return Binding(inner.outputs, UseOrigin(Deferred(lambda: inner), block_use))

    @abstractmethod
    def run_file(self, block_use: BlockUse, inner: Frame, into: Frame, tensors: tuple[Tensor, ...]) -> None:
        """Run an included file in its frame."""

    def enter(self, call: BlockCall, frame: Frame, span: Span | None) -> None:
        """Refuse recursion: a block (or file) inside itself."""
        name = call.block.signature.name if call.block else call.program.source.filename
        if call in self.stack:
            message = f"{name} uses itself; recursion cannot be expanded"
            self.report(frame, "CS207", message, span, fix="use `repeat:` or `for:`")
            raise Recursion
        if len(self.stack) >= DEEPEST_BLOCKS:
            self.report(frame, "CS007", f"blocks nested more than {DEEPEST_BLOCKS} deep", span)
            raise Recursion
        self.stack.append(call)

    def arguments(self, statement: Apply, block: Block, frame: Frame) -> dict[str, Any]:
        """The values of a block's parameters: as given, else their defaults, which see the parameters before them."""
        call, signature = statement.call, block.signature
        names = [name for name, _ in signature.parameters]
        faults: list[Fault] = []
        given: dict[str, Any] = {}
        if len(call.positional) > len(names):
            tensors = [each.text for each in call.positional if frame.is_tensor(each.text)]
            if tensors:
                fault = Fault("CS205", f"{tensors[0]!r} is a tensor, not a value")
                raise Faults([self.meant(fault, statement, frame)])
            faults.append(
                Fault(
                    "CS106",
                    f"{signature.name} takes at most {len(names)} argument{'s' * (len(names) != 1)} "
                    f"({', '.join(names) or 'none'}), got {len(call.positional)}",
                )
            )
        failed = False
        for name, expression in [
            *zip(names, call.positional, strict=False),
            *[(each.name, each.value) for each in call.keywords],
        ]:
            if name not in names:
                close = nearest(name, names)
                if close in given or any(each.name == close for each in call.keywords):
                    close = None
                faults.append(
                    Fault(
                        "CS103",
                        f"the block {signature.name} has no parameter {name!r}; it has {', '.join(names) or 'none'}",
                        fix=did_you_mean(close),
                        argument=name,
                        replacement=correction(name, close),
                    )
                )
                continue
            if name in given:
                faults.append(Fault("CS106", f"{signature.name} gets {name} twice", argument=name))
                continue
            try:
                given[name] = expression.evaluate(frame)
            except Fault as fault:
                default = signature.parameters[names.index(name)][1]
                faults.append(self.meant(fault, statement, frame, value=expression, default=default))
            except FailedTensor:
                failed = True
        values = dict(frame.file.values)
        environment = FileEnvironment(values, self.work)
        missing = []
        for name, default in signature.parameters:
            if name in given:
                values[name] = given[name]
            elif default is not None:
                try:
                    values[name] = default.evaluate(environment)
                except Fault as fault:
                    fault.span = fault.span or block.span
                    faults.append(fault)
            else:
                missing.append(name)
        if missing and not failed and not faults:
            faults.append(
                Fault("CS104", f"the block {signature.name} needs {', '.join(missing)}", fix=f"add {missing[0]}=...")
            )
        try:
            pay(sum(weight(values[name]) for name in names if name in values), frame)
        except Fault as fault:
            faults.append(fault)
        if faults:
            raise Faults(faults)
        if failed:
            raise FailedTensor
        return {name: values[name] for name in names}

    def apply_shared(
        self, statement: Apply, reference: Reference, frame: Frame, inputs: Tensors, wanted: str | None
    ) -> Binding:
        """``Shared(a)(x)``: row or block `a` again, with the same weights."""
        try:
            name = self.reference_name(reference, frame)
            shared = frame.find(name)
            if shared.origin is None:
                what = "a model input" if shared.tensors and shared.tensors[0].row == -1 else "no row or block"
                if any(tensor.shape is None for tensor in shared.tensors):
                    raise FailedTensor
                raise Fault("CS206", f"Shared takes a row or a block; {name!r} is {what}")
        except (Fault, FailedTensor) as failure:
            if isinstance(failure, Fault):
                span = statement.place.extent(reference.extent)
                self.report(frame, failure.code, failure.message, span, fix=failure.fix)
            return Binding((failed_tensor(),))
        if isinstance(shared.origin, Node):
            owner = shared.origin
            local = frame.local_name(wanted, snake_case(owner.type))
            return self.share_row(statement, owner, frame, inputs or (), local)
        local = frame.local_name(wanted, shared.origin.frame.scopes[-1].block)
        again = replace(shared.origin.block_use, use=use_of(frame, statement.span))
        return self.run_use(again, frame, inputs, local, shared.origin.frame)
