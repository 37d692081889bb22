"""``check --fix`` and ``--write-expect``: what becomes of every file, and what ``--diff`` shows instead."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from cnnshape.api import examine
from cnnshape.checks.configuration import Configuration
from cnnshape.checks.promises import record_promises
from cnnshape.cli import exits
from cnnshape.cli.check import is_file
from cnnshape.cli.output import say, width_for, write, write_findings, write_text
from cnnshape.cli.saving import ChangedError, save
from cnnshape.cli.terminal import is_terminal, use_color
from cnnshape.diagnostics import ArchitectureError, Diagnostic, Source
from cnnshape.mending.edits import read_text
from cnnshape.mending.fixes import fix_file
from cnnshape.network.plan import Plan
from cnnshape.readers.files import LARGEST_FILE, is_zoo
from cnnshape.readers.registry import model_in, read
from cnnshape.readers.yaml import architecture
from cnnshape.reports.diagnostics.full import render
from cnnshape.reports.diagnostics.text import visible_lines
from cnnshape.reports.patch import unified_diff
from cnnshape.value import NamedTuple


class Outcome(NamedTuple):
    """What becomes of one file.

    Attributes:
        told: what is said of it.
        code: the exit code, were it the only file.
        before, after: its text; the same where nothing changes.
        errors, sources: what is wrong with it, and the texts that this is about.
    """

    file: str
    told: str
    code: int = exits.WELL
    before: str = ""
    after: str = ""
    errors: Sequence[Diagnostic] = ()
    sources: Mapping[str, Source] = {}


def carry_out(outcomes: Iterable[Outcome], show_only: bool, output: str | None) -> int:
    """Write the files, or show as a patch what would be written; a file that cannot be written hides no other."""
    codes = []
    patch = ""
    for outcome in outcomes:
        if show_only:
            patch += unified_diff(outcome.before, outcome.after, outcome.file)
            codes.append(exits.WRONG if outcome.before != outcome.after else outcome.code)
        else:
            outcome = saved(outcome)
            codes.append(outcome.code)
        if outcome.errors and show_only:
            write_findings(outcome.errors, outcome.sources)
        elif outcome.errors:
            write_text(render(outcome.errors, outcome.sources, color=use_color(sys.stdout), terminal=width_for(output)))
        if not show_only or outcome.code:
            say(f"{outcome.file}: {outcome.told}")
    if show_only:
        on_screen = output is None and is_terminal(sys.stdout)  # elsewhere it has to stay a patch that applies
        write("\n".join(visible_lines(patch)) if on_screen else patch, output)
    return code_of(codes)


def code_of(codes: Sequence[int]) -> int:
    """2 where nothing could be carried out; 1 where something is wrong."""
    if codes and all(code == exits.FAILED for code in codes):
        return exits.FAILED
    return exits.WRONG if any(codes) else exits.WELL


def saved(outcome: Outcome) -> Outcome:
    """The outcome, once the file is written if it changes."""
    if outcome.before == outcome.after:
        return outcome
    try:
        save(outcome.file, outcome.after, read=outcome.before)
    except ChangedError as error:
        return outcome._replace(told=f"left as it is; {error.strerror}", code=exits.FAILED)
    except OSError as error:
        return outcome._replace(told=f"not changed; {error.strerror or error}", code=exits.FAILED)
    return outcome


def fixes(files: Iterable[str], configuration: Configuration) -> Iterator[Outcome]:
    """The files that have safe fixes; the check reports those that cannot be read."""
    for target in files:
        file, model = model_in(target)
        if not is_file(file):
            continue
        try:
            if os.path.getsize(file) > LARGEST_FILE:
                continue
            asked, _ = configuration.model(target)
            fixed = fix_file(file, partial(examine_source, model=model, asked=asked) if model else examine_text)
        except (OSError, UnicodeDecodeError):
            continue
        if fixed.before != fixed.after:
            yield Outcome(file, f"{fixed.mended} fixed", before=fixed.before, after=fixed.after)


def promises(files: Iterable[str]) -> Iterator[Outcome]:
    """The files with today's numbers as their promises."""
    for file in files:
        reason = unwritable(file)
        try:
            yield Outcome(file, f"not changed; {reason}", exits.FAILED) if reason else promised(file)
        except ArchitectureError as error:
            yield Outcome(file, "not changed; it cannot be read", exits.FAILED, errors=error.diagnostics)


def unwritable(file: str) -> str:
    """Why a FILE that can be read cannot be written, if it cannot."""
    if file == "-":
        return "standard input cannot be written to"
    if is_zoo(file):
        return "a built-in network cannot be written to"
    return "it is no ordinary file" if os.path.exists(file) and not os.path.isfile(file) else ""


def promised(file: str) -> Outcome:
    """One file with today's numbers. Raises `ArchitectureError` where it cannot be read."""
    if not isinstance(read(file), architecture.Architecture):
        return Outcome(file, "not changed; only an architecture file has promises", exits.FAILED)
    plan = examine(file)
    before = after = read_text(file)
    errors = [finding for finding in plan.errors if finding.code != "CS401"]
    if any(finding.code != "CS402" for finding in errors):
        told = "not changed; only the numbers of a sound file can be promised"
    else:
        after, plan = record_promises(before, plan, examine_text)
        errors = [*plan.errors]
        told = "written" if before != after else "nothing to change"
        if before == after and any(finding.code == "CS401" for finding in errors):
            told = "not changed; today's numbers do not fit into its promises as they are written"
    return Outcome(file, told, exits.WRONG if errors else exits.WELL, before, after, errors, plan.sources)


def examine_source(text: str, path: str, *, model: str, asked: Mapping[str, Any]) -> Plan:
    """The plan of a model in a text of Python source."""
    from cnnshape.readers.python.reader import PythonFile  # only where a model in source is guarded

    return examine(PythonFile(Source(path, text), str(Path(path).resolve()), model), **asked)


def examine_text(text: str, path: str) -> Plan:
    """The plan of a text as the file it is to become: includes are looked for beside it."""
    return examine(architecture.read_text(text, path, str(Path(path).resolve())))
