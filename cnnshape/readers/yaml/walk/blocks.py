"""Entries that apply a block, or ``Shared``: what a block is given."""

from __future__ import annotations

from typing import Any

from cnnshape.diagnostics import Fault, did_you_mean
from cnnshape.network.node import Node
from cnnshape.network.tensor import failed_tensor
from cnnshape.readers.yaml.calls import Reference
from cnnshape.readers.yaml.environments import FileEnvironment
from cnnshape.readers.yaml.expression_budget import pay, weight
from cnnshape.readers.yaml.placeholders import FailedTensor
from cnnshape.readers.yaml.program import Apply, Block
from cnnshape.readers.yaml.walk.findings import meant, report, report_fault
from cnnshape.readers.yaml.walk.frames import Binding, BlockUse, Entry, Frame, use_of
from cnnshape.readers.yaml.walk.layers import share_row
from cnnshape.readers.yaml.walk.run import Run
from cnnshape.readers.yaml.walk.uses import run_use
from cnnshape.readers.yaml.walk.values import reference_name
from cnnshape.spelling import correction, nearest
from cnnshape.value import replace
from cnnshape.vocabularies.layer import Faults
from cnnshape.vocabularies.vocabulary import snake_case


def apply_block(run: Run, entry: Entry, block: Block) -> Binding:
    """Run a block: a frame of its own with its parameters and inputs."""
    statement, frame, signature = entry.statement, entry.frame, block.signature
    local = frame.local_name(entry.wanted, signature.name)
    try:
        parameters = arguments(run, statement, block, frame)
    except (Faults, FailedTensor) as failure:
        for fault in failure.faults if isinstance(failure, Faults) else ():
            report_fault(run, frame, fault, statement, frame.prefix + local)
        return Binding((failed_tensor(frame.prefix + local),))
    if frame.done is not None:
        frame.done.append(repr(parameters))
    place, names = use_of(frame, statement.span), (signature.name, signature.inputs)
    weights = entry.trainable, entry.checkpoint
    use = BlockUse(statement, place, frame.program, block, *names, parameters, frame.file, *weights)
    return run_use(run, use, frame, entry.inputs, local)


def arguments(run: Run, statement: Apply, block: Block, frame: Frame) -> dict[str, Any]:
    """The values of a block's parameters: as given, else their defaults, which see the parameters before them."""
    call, signature = statement.call, block.signature
    names = [name for name, _ in signature.parameters]
    faults: list[Fault] = []
    given: dict[str, Any] = {}
    if len(call.positional) > len(names):
        tensors = [each.text for each in call.positional if frame.is_tensor(each.text)]
        if tensors:
            fault = Fault("CS205", f"{tensors[0]!r} is a tensor, not a value")
            raise Faults([meant(run, fault, statement, frame)])
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
            faults.append(meant(run, fault, statement, frame, value=expression, default=default))
        except FailedTensor:
            failed = True
    values = dict(frame.file.values)
    environment = FileEnvironment(values, run.work)
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


def apply_shared(run: Run, entry: Entry, reference: Reference) -> Binding:
    """``Shared(a)(x)``: row or block `a` again, with the same weights."""
    frame, place = entry.frame, entry.statement.place
    try:
        name = reference_name(reference, frame)
        shared = frame.find(name)
        if shared.origin is None:
            what = "a model input" if shared.tensors and shared.tensors[0].row == -1 else "no row or block"
            if any(tensor.shape is None for tensor in shared.tensors):
                raise FailedTensor
            raise Fault("CS206", f"Shared takes a row or a block; {name!r} is {what}")
    except (Fault, FailedTensor) as failure:
        report(run, frame, failure, place.extent(reference.extent))
        return Binding((failed_tensor(),))
    if isinstance(shared.origin, Node):
        local = frame.local_name(entry.wanted, snake_case(shared.origin.type))
        return share_row(run, entry, local, shared.origin)
    local = frame.local_name(entry.wanted, shared.origin.frame.scopes[-1].block)
    again = replace(shared.origin.block_use, use=use_of(frame, entry.statement.span))
    return run_use(run, again, frame, entry.inputs, local, shared.origin.frame)
