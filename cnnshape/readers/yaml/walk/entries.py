"""One entry that applies a layer, a block or an alias: how often, to which tensors, and the names that it binds."""

from __future__ import annotations

from cnnshape.diagnostics import Fault
from cnnshape.network.tensor import Tensor, failed_tensor
from cnnshape.readers.yaml.calls import Call, Target
from cnnshape.readers.yaml.paths import NAME_FIX, invalid_name
from cnnshape.readers.yaml.placeholders import FailedTensor
from cnnshape.readers.yaml.program import Apply, NodePlace
from cnnshape.readers.yaml.syntax import ExpressionFault
from cnnshape.readers.yaml.unknown_names import UnknownVariable
from cnnshape.readers.yaml.walk.blocks import apply_block, apply_shared
from cnnshape.readers.yaml.walk.findings import meant, report, report_fault
from cnnshape.readers.yaml.walk.frames import Binding, Entry, Frame, Meaning, Tensors
from cnnshape.readers.yaml.walk.layers import apply_layer, failed_row, input_layer
from cnnshape.readers.yaml.walk.run import Run
from cnnshape.readers.yaml.walk.steps import step
from cnnshape.readers.yaml.walk.values import element_name, reference_name, repeat_count, truth, value_of
from cnnshape.vocabularies.vocabulary import lookup, snake_case, vocabulary


def apply(run: Run, statement: Apply, frame: Frame, previous: Tensors) -> Tensors:
    """Run one entry, as often as it says, or find what it is another name of; and bind its names."""
    call, wanted = statement.call, None
    try:
        if call.alias is not None and is_alias(run, call, frame):
            step(run, frame, statement.span)
            binding = frame.find(reference_name(call.alias, frame))
        else:
            repeat = call.repeat
            count = 1 if repeat is None else repeat_count(run, repeat, frame, statement.place.extent(repeat.extent))
            wanted = wanted_name(statement, frame)
            inputs = inputs_of(run, statement, frame, previous)
            if frame.done is not None:
                frame.done.append((statement, count, wanted))
            for left in reversed(range(count)):
                step(run, frame, statement.span)
                binding = apply_once(run, statement, frame, inputs, None if left else wanted)
                inputs = binding.tensors
            if not count:
                step(run, frame, statement.span)
                binding = Binding(inputs or ())
    except (Fault, FailedTensor) as failure:
        report_fault(run, frame, failure, statement)
        return frame.fail(call.failing)
    bind_targets(run, statement, frame, binding)
    if statement.name is not None and wanted not in [target.name for target in call.targets]:
        try:
            frame.bind(str(wanted), binding)
        except Fault as fault:
            report_fault(run, frame, fault, statement)
    return binding.tensors


def is_alias(run: Run, call: Call, frame: Frame) -> bool:
    """Whether ``x = other`` names a tensor: blocks and exact layer names come first, then tensors."""
    if call.alias is None or call.callee in frame.program.blocks:
        return False
    if not call.alias.is_name:
        return True
    if vocabulary(run.framework).find_exact(call.callee):
        return False
    return frame.lookup(call.callee) is not None


def bind_targets(run: Run, statement: Apply, frame: Frame, binding: Binding) -> None:
    targets = statement.call.targets
    if not targets:
        return
    try:
        if len(targets) == 1:
            bind_target(statement, targets[0], frame, binding)
            return
        tensors = binding.tensors
        if any(tensor.shape is None for tensor in tensors) and len(tensors) != len(targets):
            tensors = tensors[:1] * len(targets)
        if len(tensors) != len(targets):
            frame.fail(statement.call.failing)
            one = len(tensors) == 1
            fix = "give it one name" if one else f"give {len(tensors)} names, or one for all of them"
            raise Fault("CS209", f"{len(targets)} names for {len(tensors)} output{'s' * (not one)}", fix=fix)
        for target, tensor in zip(targets, tensors, strict=True):
            bind_target(statement, target, frame, Binding((tensor,), None))
    except (Fault, FailedTensor) as failure:
        report_fault(run, frame, failure, statement)


def bind_target(statement: Apply, target: Target, frame: Frame, binding: Binding) -> None:
    """Bind one name of an entry. Raises `Fault`."""
    if target.subscript is not None:
        frame.bind_element(target.name, element_name(target.name, target.subscript, frame), binding)
    elif target.name in statement.call.again:
        frame.layer_of(target.name)[target.name] = binding  # what was made of what it stood for
    else:
        frame.bind(target.name, binding)


def wanted_name(statement: Apply, frame: Frame) -> str | None:
    """The name that an entry gives its row. Its targets have names from here on. Raises as `value_of`."""
    if not statement.call.targets and statement.name is None:
        return None
    targets = [element_name(name, index, frame) for name, index, _ in statement.call.targets]
    if statement.name is not None:
        try:
            name = value_of(statement.name, frame, statement.span)
        except UnknownVariable as fault:
            quoted = fault.quoted(fault.name)
            quoted.span = fault.span
            raise quoted from None
        if not isinstance(name, str) or not name:
            raise Fault("CS210", f"name has to be a text, got {name!r}", span=statement.span)
        if wrong := invalid_name(name):
            raise Fault("CS210", wrong, fix=NAME_FIX, span=statement.span)
        return name
    target, *others = statement.call.targets
    named = not others and (target.subscript is not None or target.name in frame.explicit)
    return targets[0] if named else None


def inputs_of(run: Run, statement: Apply, frame: Frame, previous: Tensors) -> Tensors:
    """The tensors an entry reads: those it names, else what the entry before gives."""
    references = statement.call.inputs
    if references is None:
        return previous
    tensors: list[Tensor] = []
    for reference in references:
        try:
            name = reference_name(reference, frame)
            if reference.part is None:
                tensors += frame.find(name).tensors
            else:
                part: slice = reference.part.evaluate(frame)
                if frame.done is not None:
                    frame.done.append(repr(part))
                tensors += frame.all_of(name)[part]
        except Fault as fault:
            extent = fault.extent if isinstance(fault, ExpressionFault) else None
            span = statement.place.extent(extent or reference.extent)
            if isinstance(statement.place, NodePlace):
                span = statement.place.value("inputs", span)
            report(run, frame, fault, span)
            tensors.append(failed_tensor(reference.text))
    step(run, frame, statement.span, len(tensors) // 2)
    return tuple(tensors)


def is_checkpointed(run: Run, statement: Apply, frame: Frame) -> bool:
    """Whether a block is to be run again in the backward pass instead of keeping what that needs."""
    if statement.checkpoint is None:
        return False
    checkpoint = truth("checkpoint", statement.checkpoint, frame, statement.span)
    if frame.done is not None:
        frame.done.append(checkpoint)
    of_block = statement.call.callee in frame.program.blocks or statement.call.shared is not None
    if not of_block or run.framework != "pytorch":
        other = f"{statement.call.callee} is none" if not of_block else "this network is of Keras"
        what = f"beside a block of PyTorch, and {other}"
        message = f"checkpoint stands {what}: its layers run again in the backward pass, which keeps its inputs alone"
        report(run, frame, Fault("CS105", message, fix="leave out `checkpoint`"), statement.span)
    return checkpoint


def apply_once(run: Run, statement: Apply, frame: Frame, inputs: Tensors, wanted: str | None) -> Binding:
    call = statement.call
    try:
        trainable = frame.trainable
        if statement.trainable is not None:
            trainable = truth("trainable", statement.trainable, frame, statement.span) and trainable
            if frame.done is not None:
                frame.done.append(trainable)
        checkpoint = is_checkpointed(run, statement, frame)
    except (Fault, FailedTensor) as failure:
        trainable, checkpoint = frame.trainable, False
        report_fault(run, frame, failure, statement)
    entry = Entry._make((statement, frame, inputs, wanted, trainable, checkpoint))
    if call.shared is not None:
        return apply_shared(run, entry, call.shared)
    block = frame.program.blocks.get(call.callee)
    if block is not None:
        return apply_block(run, entry, block)
    if call.callee in frame.program.broken_blocks:
        return unknown_row(run, entry)
    try:
        meaning = statement.memo.get(run.dialect)
        if meaning is None:
            meaning = statement.memo[run.dialect] = Meaning(lookup(run.framework, call.callee))
    except Fault as fault:
        fault.argument = ""
        return unknown_row(run, entry, meant(run, fault, statement, frame))
    if meaning.kind.model == "InputLayer":
        return input_layer(run, entry, meaning.kind)
    return apply_layer(run, entry, meaning)


def unknown_row(run: Run, entry: Entry, fault: Fault | None = None) -> Binding:
    """The row of what is neither a layer nor a block, or of a block that could not be read."""
    frame, callee = entry.frame, entry.statement.call.callee
    local = frame.local_name(entry.wanted, snake_case(callee) or "layer")
    if fault:
        report_fault(run, frame, fault, entry.statement, frame.prefix + local)
    return failed_row(run, entry, local, callee)
