"""Blocks, includes and shared weights: pieces of network run in a frame of their own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any

from cnnshape.architecture.calls import Reference
from cnnshape.architecture.expressions import FailedTensor
from cnnshape.architecture.program import Apply, Block, Body, Include, Program
from cnnshape.diagnostics import Diagnostic, Fault, Span, Use
from cnnshape.planning.findings import with_tensor_hint
from cnnshape.planning.frames import (
    Binding,
    BlockCall,
    Frame,
    Gate,
    RowOrigin,
    Tensor,
    UseOrigin,
    failed_tensor,
    snake_case,
)
from cnnshape.planning.head import FileEnvironment
from cnnshape.planning.layers import Layers, Reached
from cnnshape.planning.plan import Scope
from cnnshape.vocabularies.layer import Faults
from cnnshape.vocabularies.vocabulary import title

DEEPEST_BLOCKS = 64
"""Blocks within blocks."""


class Recursion(Exception):  # noqa: N818 - a signal, its diagnostic is recorded
    """A block inside itself; the diagnostic is recorded."""


class Blocks(Layers):
    """What a run does with blocks, includes and `Shared`."""

    @abstractmethod
    def body(self, body: Body, frame: Frame, previous: tuple[Tensor, ...] | None) -> tuple[Tensor, ...] | None:
        """Run the entries of a body (the walk itself)."""

    def fail_names(self, names: Iterable[str], frame: Frame) -> tuple[Tensor, ...]:
        """Names that an entry would have bound stand for failed tensors."""
        failed = (failed_tensor(),)
        for name in names:
            frame.layers[-1].setdefault(name, Binding(failed))
        return failed

    def apply_block(
        self,
        statement: Apply,
        block: Block,
        frame: Frame,
        inputs: tuple[Tensor, ...] | None,
        wanted: str | None,
        trainable: bool,
    ) -> Binding:
        """Run a block: a frame of its own with its parameters and inputs."""
        program = frame.program
        signature = block.signature
        local = frame.local_name(wanted, signature.name)
        try:
            values = self.arguments(statement, block, frame)
        except Faults as faults:
            for fault in faults.faults:
                self.report_fault(frame, fault, statement, frame.prefix + local)
            return Binding((failed_tensor(frame.prefix + local),))
        except FailedTensor:
            return Binding((failed_tensor(frame.prefix + local),))
        use = Use(program.source.filename, statement.span)

        def run(tensors: tuple[Tensor, ...], local_name: str, into: Frame, sharing: Frame | None) -> Frame:
            inner = Frame(
                program,
                dict(values),
                block.explicit_names,
                prefix=f"{into.prefix}{local_name}/",
                scopes=(*into.scopes, Scope(local_name, signature.name)),
                uses=(*into.uses, use),
                trainable=trainable,
                gates=into.gates,
                sharing=sharing,
                channels_last=into.channels_last,
                file_values=frame.file_values,
            )
            for name, tensor in zip(signature.inputs, tensors, strict=True):
                inner.layers[0][name] = Binding((tensor,))
            self.enter(BlockCall(program, block), into, statement.span)
            try:
                inner.outputs = self.body(block.body, inner, tensors[:1]) or ()
            finally:
                self.stack.pop()
            return inner

        return self.run_use(statement, frame, inputs, local, signature.inputs, signature.name, run)

    def run_use(
        self,
        statement: Apply | Include,
        frame: Frame,
        inputs: tuple[Tensor, ...] | None,
        local: str,
        names: tuple[str, ...],
        what: str,
        run: Callable[[tuple[Tensor, ...], str, Frame, Frame | None], Frame],
        sharing: Frame | None = None,
    ) -> Binding:
        """Check the inputs of a block or include, run it, and remember how to run it again."""
        failed = Binding((failed_tensor(frame.prefix + local),))
        tensors = inputs or ()
        if len(tensors) != len(names):
            if any(tensor.shape is None for tensor in tensors):
                return failed
            given = "none" if not tensors else str(len(tensors))
            fault = Fault(
                "CS203",
                f"{what} takes {len(names)} input{'s' * (len(names) != 1)} ({', '.join(names)}), got {given}",
                fix=f"name {'them' if len(names) > 1 else 'it'}: `{what}(...)({', '.join(names)})`",
            )
            if isinstance(statement, Apply):
                self.report_fault(frame, fault, statement, frame.prefix + local)
            else:
                self.report(frame, fault.code, fault.message, statement.span, fix=fault.fix)
            return failed
        if sharing is None and frame.sharing is not None:
            twin = frame.sharing.members.get(local)
            if twin and isinstance(twin.origin, UseOrigin):
                sharing = twin.origin.frame
        try:
            inner = run(tensors, local, frame, sharing)
        except Recursion:
            return failed

        def again(other: tuple[Tensor, ...], other_local: str, into: Frame) -> Binding:
            return self.run_use(statement, into, other, other_local, names, what, run, inner)

        binding = Binding(inner.outputs, UseOrigin(inner, again))
        frame.members[local] = binding
        if self.until and frame.prefix + local in self.until:
            raise Reached(frame.prefix + local, binding)
        return binding

    def enter(self, call: BlockCall, frame: Frame, span: Span) -> None:
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
        """The values inside a block: the file's variables and the block's parameters."""
        call, signature = statement.call, block.signature
        names = [name for name, _ in signature.parameters]
        faults: list[Fault] = []
        given: dict[str, Any] = {}
        if len(call.positional) > len(names):
            faults.append(
                Fault(
                    "CS106",
                    f"{signature.name} takes at most {len(names)} argument{'s' * (len(names) != 1)} "
                    f"({', '.join(names) or 'none'}), got {len(call.positional)}",
                )
            )
        failed = False
        for number, (name, expression) in enumerate(
            [*zip(names, call.positional, strict=False), *((each.name, each.value) for each in call.keywords)]
        ):
            if number >= len(call.positional) and name not in names:
                close = get_close_matches(name, names, n=1)
                faults.append(
                    Fault(
                        "CS103",
                        f"the block {signature.name} has no parameter {name!r}; it has {', '.join(names) or 'none'}",
                        fix=f"did you mean {close[0]}?" if close else None,
                        argument=name,
                        replacement=close[0] if close else None,
                    )
                )
                continue
            if name in given:
                faults.append(Fault("CS106", f"{signature.name} gets {name} twice", argument=name))
                continue
            try:
                given[name] = expression.evaluate(frame)
            except Fault as fault:
                faults.append(with_tensor_hint(fault, call, frame))
            except FailedTensor:
                failed = True
        values = dict(frame.file_values)
        environment = FileEnvironment(values)
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
        if faults:
            raise Faults(faults)
        if failed:
            raise FailedTensor
        return values

    def apply_shared(
        self,
        statement: Apply,
        reference: Reference,
        frame: Frame,
        inputs: tuple[Tensor, ...] | None,
        wanted: str | None,
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
        except Fault as fault:
            span = statement.place.extent(reference.extent)
            self.report(frame, fault.code, fault.message, span, fix=fault.fix)
            return Binding((failed_tensor(),))
        except FailedTensor:
            return Binding((failed_tensor(),))
        if isinstance(shared.origin, RowOrigin):
            owner = self.drafts[shared.origin.row]
            local = frame.local_name(wanted, snake_case(owner.row.type))
            return self.share_row(statement, owner, frame, inputs or (), local)
        local = frame.local_name(wanted, shared.origin.frame.scopes[-1].block)
        return shared.origin.again(inputs or (), local, frame)

    def run_include(
        self, statement: Include, frame: Frame, previous: tuple[Tensor, ...] | None
    ) -> tuple[Tensor, ...] | None:
        """Another file as a block, up to `until:` where that is given."""
        failed = (failed_tensor(),)
        self.step(frame, statement.span)
        try:
            program = self.load(statement.target, frame.program, self.framework)
        except Fault as fault:
            self.report(frame, fault.code, fault.message, statement.target_span, fix=fault.fix)
            return self.fail_names([statement.name] if statement.name else (), frame)
        self.sources.setdefault(program.source.filename, program.source)
        if program.framework and program.framework != self.framework:
            self.report(
                frame,
                "CS015",
                f"{statement.target} is a {title(program.framework)} file; this one is {title(self.framework)}'s",
                statement.target_span,
                fix=f"set `framework: {program.framework}`, or include a {title(self.framework)} file",
            )
            return self.fail_names([statement.name] if statement.name else (), frame)
        known = {(each.code, each.filename, each.span) for each in self.diagnostics}
        use = Use(frame.program.source.filename, statement.span)
        for finding in program.diagnostics:
            if (finding.code, finding.filename, finding.span) not in known:
                self.diagnostics.append(
                    Diagnostic(
                        finding.code,
                        finding.message,
                        finding.filename,
                        finding.span,
                        finding.layer,
                        finding.fix,
                        (*frame.uses, use),
                    )
                )
        try:
            values = self.include_values(statement, program, frame)
            trainable = frame.trainable
            if statement.trainable is not None:
                trainable = bool(self.evaluate(statement.trainable, frame, statement.span)) and trainable
            inputs = self.include_inputs(statement, frame, previous)
        except FailedTensor:
            return self.fail_names([statement.name] if statement.name else (), frame)
        local = frame.local_name(statement.name, program.name)
        names = tuple(name for name, _, _ in program.inputs) or ("input",)

        def run(tensors: tuple[Tensor, ...], local_name: str, into: Frame, sharing: Frame | None) -> Frame:
            prefix = f"{into.prefix}{local_name}/"
            gates = into.gates
            if statement.trainable_from is not None:
                gates = (*gates, Gate(prefix + statement.trainable_from.path))
            inner = Frame(
                program,
                dict(values),
                program.explicit_names,
                prefix=prefix,
                scopes=(*into.scopes, Scope(local_name, program.name)),
                uses=(*into.uses, use),
                trainable=trainable,
                gates=gates,
                sharing=sharing,
                channels_last=into.channels_last,
            )
            for name, tensor in zip(names, tensors, strict=True):
                inner.layers[0][name] = Binding((tensor,))
            self.enter(BlockCall(program, None), into, statement.span)
            depth = len(self.stack)
            until = prefix + statement.until.path if statement.until is not None else None
            if until is not None:
                self.until.add(until)
            try:
                inner.outputs = self.body(program.body, inner, tensors[:1]) or ()
                inner.outputs = self.included_outputs(statement, program, inner, until)
            except Reached as reached:
                if reached.path != until:
                    raise
                inner.outputs = reached.binding.tensors
            finally:
                self.until.discard(until or "")
                del self.stack[depth - 1 :]
            for gate in gates[len(into.gates) :]:
                if not gate.is_open:
                    self.no_such_layer(statement, inner, gate.path[len(prefix) :], into)
            return inner

        binding = self.run_use(statement, frame, inputs, local, names, program.name, run)
        if statement.name:
            try:
                frame.bind(statement.name, binding)
            except Fault as fault:
                self.report(frame, fault.code, fault.message, statement.span, fix=fault.fix)
        return binding.tensors or failed

    def include_values(self, statement: Include, program: Program, frame: Frame) -> dict[str, Any]:
        """The variables of an included file: its own, its preset's, then those the include sets."""
        overrides = {name: self.evaluate(expression, frame, span) for name, expression, span in statement.variables}
        preset = self.evaluate(statement.preset, frame, statement.span) if statement.preset is not None else None
        stated = self.program_preset(program)
        return self.file_values(
            program, str(preset) if preset is not None else stated, overrides, frame, statement.span
        )

    @staticmethod
    def program_preset(program: Program) -> str | None:
        """The preset that a zoo name stands for."""
        preset = program.memo.get("preset")
        return preset if isinstance(preset, str) else None

    def include_inputs(
        self, statement: Include, frame: Frame, previous: tuple[Tensor, ...] | None
    ) -> tuple[Tensor, ...] | None:
        if statement.inputs is None:
            return previous
        tensors: list[Tensor] = []
        for reference in statement.inputs:
            try:
                tensors += frame.find(self.reference_name(reference, frame)).tensors
            except Fault as fault:
                self.report(frame, fault.code, fault.message, statement.span, fix=fault.fix)
                raise FailedTensor from None
        return tuple(tensors)

    def included_outputs(
        self, statement: Include, program: Program, inner: Frame, until: str | None
    ) -> tuple[Tensor, ...]:
        """The outputs an included file declares, else its last entry's; its heads of training stay such heads."""
        if until is not None and statement.until is not None:
            self.no_such_layer(statement, inner, statement.until.path, inner)
        self.included_training_outputs += self.declared(program.training_outputs, inner)
        return tuple(self.declared(program.outputs, inner)) if program.outputs else inner.outputs

    def no_such_layer(self, statement: Include, inner: Frame, path: str, where: Frame) -> None:
        close = get_close_matches(path, [*inner.members, *inner.layers[0]], n=1)
        self.report(
            where if where is not inner else None,
            "CS201",
            f"{statement.target} has no layer {path!r}",
            statement.span,
            fix=f"did you mean {close[0]}?" if close else None,
        )
