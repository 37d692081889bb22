"""Whose words a file is written in, asked where a layer has a name of the other framework."""

from __future__ import annotations

from collections.abc import Mapping

from cnnshape.diagnostics import Fault, Span
from cnnshape.readers.yaml.calls import Call
from cnnshape.readers.yaml.environments import NOTHING
from cnnshape.readers.yaml.program import Apply, Program, statements_in
from cnnshape.vocabularies.declaration import declared
from cnnshape.vocabularies.layer import SYNONYMS, Faults, bind, model_of, positional_arguments
from cnnshape.vocabularies.vocabulary import (
    FRAMEWORKS,
    Framework,
    LayerType,
    lookup,
    title,
    translated,
    vocabulary,
)


def words_of(program: Program) -> Mapping[str, Mapping[str, Span | None]]:
    """The names in a file that only one framework has, letter by letter, by framework, and where each stands first."""
    if "words" in program.memo:
        return program.memo["words"]  # type: ignore[no-any-return]
    words: dict[str, dict[str, Span | None]] = {framework: {} for framework in FRAMEWORKS}
    program.memo["words"] = words
    bodies = (program.body, *(block.body for block in program.blocks.values()))
    applied = (each for body in bodies for each in statements_in(body) if isinstance(each, Apply))
    for name, span in ((each.call.callee, each.callee_span) for each in applied):
        owners = [framework for framework in FRAMEWORKS if vocabulary(framework).find_exact(name)]
        if len(owners) == 1 and name not in program.blocks:
            words[owners[0]].setdefault(name, span)
    return words


def written_here(call: Call, framework: Framework) -> str | None:
    """A call in the other framework's words as it is written in this one's, where these take the same arguments."""
    foreign = lookup(other_than(framework), call.callee)
    order = positional_arguments(model_of(foreign))
    given = dict(zip(order, call.positional, strict=False)) | {each.name: each.value for each in call.keywords}
    fixed = translated(
        f"{foreign.name}({', '.join(each.text for each in call.positional)})".replace("'", '"'), framework
    )
    if fixed:
        return fixed
    name = foreign.name.removeprefix("Lazy")
    ours = translated(name, framework) or name
    if "(" in ours:
        return None if given else ours
    kind = vocabulary(framework).find(ours)
    if kind is None or len(call.positional) > len(order):
        return None
    names = {name: argument_here(name, kind) for name in given if name not in INFERRED_HERE[framework]}
    arguments = {ours: given[name] for name, ours in names.items() if ours}
    try:
        values = {name: each.evaluate(NOTHING) for name, each in arguments.items() if each.constant}
        bind(kind, (), values).operation()
    except (Fault, Faults):
        return None
    if len(arguments) < len(names):
        return None
    return f"{kind.name}({', '.join(f'{name}={each.text}' for name, each in arguments.items())})"


INFERRED_HERE: dict[str, tuple[str, ...]] = {
    "keras": ("in_channels", "in_features", "num_features", "num_channels"),
    "pytorch": (),
}
"""Arguments of the other framework's layers that this one's learn from their input."""


def argument_here(name: str, kind: LayerType) -> str | None:
    """What a layer calls the argument that the other framework's layer calls `name`."""
    there = SYNONYMS[other_than(kind.framework)]
    renamed = [SYNONYMS[kind.framework].get(name), *(ours for ours, theirs in there.items() if theirs == name), name]
    return next((each for each in renamed if each in declared(model_of(kind))), None)


def other_than(framework: str) -> Framework:
    """The other framework."""
    return next(each for each in FRAMEWORKS if each != framework)


def foreign_file(program: Program, framework: str) -> Fault | None:
    """The refusal of a file in which several names are the other framework's, and none is its own framework's alone.

    It corrects no name: what is wrong is the framework.
    """
    words = words_of(program)
    other = other_than(framework)
    names = list(words[other])
    if words[framework] or len(names) < 2:
        return None
    quoted = " and ".join(names) if len(names) == 2 else f"{', '.join(names[:2])} and others"
    fault = Fault(
        "CS102",
        f"{quoted} are {title(other)}'s names, and no name here is {title(framework)}'s alone; "
        f"this file's framework is {title(framework)}",
        fix=f"set `framework: {other}`, or write {title(framework)}'s names",
    )
    fault.span = words[other][names[0]]
    return fault
