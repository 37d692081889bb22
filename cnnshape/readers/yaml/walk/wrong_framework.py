"""Whose words a file is written in, asked where a layer has a name of the other framework."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cnnshape.diagnostics import Fault, Span
from cnnshape.readers.yaml.program import Apply, Body, For, If, Program, Repeat
from cnnshape.vocabularies.vocabulary import FRAMEWORKS, title, vocabulary


def words_of(program: Program) -> Mapping[str, Mapping[str, Span]]:
    """The names in a file that only one framework has, letter by letter, by framework, and where each stands first."""
    known: Mapping[str, Mapping[str, Span]] | None = program.memo.get("words")
    if known is not None:
        return known
    words: dict[str, dict[str, Span]] = {framework: {} for framework in FRAMEWORKS}
    for name, span in names_in(program):
        owners = [framework for framework in FRAMEWORKS if vocabulary(framework).find_exact(name)]
        if len(owners) == 1 and name not in program.blocks:
            words[owners[0]].setdefault(name, span)
    program.memo["words"] = words
    return words


def names_in(program: Program) -> Iterator[tuple[str, Span]]:
    """The name of every layer and block that a file applies."""
    yield from names_of(program.body)
    for block in program.blocks.values():
        yield from names_of(block.body)


def names_of(body: Body) -> Iterator[tuple[str, Span]]:
    """The name of every layer and block that a body applies."""
    for statement in body:
        if isinstance(statement, Apply):
            yield statement.call.callee, statement.callee_span
        elif isinstance(statement, If):
            yield from names_of(statement.then)
            yield from names_of(statement.otherwise)
        elif isinstance(statement, For | Repeat):
            yield from names_of(statement.body)


def foreign_file(program: Program, framework: str) -> Fault | None:
    """The refusal of a file in which several names are the other framework's, and none is its own framework's alone.

    It corrects no name: what is wrong is the framework.
    """
    words = words_of(program)
    other = next(each for each in FRAMEWORKS if each != framework)
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
