"""Checking files: each by itself, so that a bad one hides no other; many of them on several cores."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from functools import partial

from cnnshape.cache import evidence
from cnnshape.cache.evidence import Evidence
from cnnshape.checks.advice_view import AdviceView
from cnnshape.checks.budgets import check_budgets, check_model
from cnnshape.checks.configuration import Configuration
from cnnshape.checks.kept import Answers
from cnnshape.checks.report import Checked, Report, combine
from cnnshape.checks.rules import RULES
from cnnshape.checks.suppression import is_suppressed
from cnnshape.diagnostics import ArchitectureError, Diagnostic, Source
from cnnshape.network.backends import refused
from cnnshape.network.plan import Plan
from cnnshape.readers.requests import UsageError
from cnnshape.value import replace
from cnnshape.workers import begin_worker

Examine = Callable[..., Plan]
"""`cnnshape.api.examine`: a FILE (and its `filename`, where it is named otherwise) to a plan with its findings."""

FILES_PER_PROCESS = 100
"""Starting a process takes as long as checking about this many files of ordinary size."""

FILES_PER_PIECE = 16
"""What a process is given at a time: the one that ends last is behind the others by no more than that."""

UNREADABLE = frozenset({"CS001", "CS002", "CS006", "CS016"})


def check_files(
    files: Sequence[str],
    configuration: Configuration,
    examine: Examine,
    *,
    jobs: int | None = None,
    names: Mapping[str, str] | None = None,
    keeping: bool = False,
) -> Report:
    """Check files, each once.

    Args:
        files: paths, ``-``, or names of the zoo.
        configuration: rules, budgets and ignores.
        examine: reads and plans one of them; it has to be importable by name, for other processes.
        jobs: the number of processes; None: as many as pay, at most one a core.
        names: how to name a file in the findings, where that is not its path (standard input).
        keeping: whether what is found is kept for the next time, and what was found the last time is taken.
    """
    answers = Answers(configuration) if keeping else None
    known = {file: found for file in files if answers and (found := answers.recall(file))}
    rest = [file for file in files if file not in known]
    one = partial(check_file, configuration=configuration, examine=examine, names=names or {}, answers=answers)
    if jobs is None:
        jobs = min(os.cpu_count() or 1, len(rest) // FILES_PER_PROCESS)
    jobs = min(jobs, len(rest))
    fresh = iter(in_processes(one, rest, jobs) if jobs > 1 else map(one, rest))
    return combine(known[file] if file in known else next(fresh) for file in files)


def in_processes(one: Callable[[str], Checked], files: Sequence[str], jobs: int) -> Iterator[Checked]:
    """`one` of each file, in the order of the files, on several cores; a process that dies takes one file with it."""
    from concurrent.futures import ProcessPoolExecutor  # 25 ms, which a few files do not need
    from concurrent.futures.process import BrokenProcessPool

    evidence.incomplete()  # what the others ask of the file system is not known here
    size = max(1, min(FILES_PER_PIECE, len(files) // (4 * jobs)))
    done = 0
    try:
        with ProcessPoolExecutor(jobs, initializer=begin_worker) as pool:
            for checked in pool.map(one, files, chunksize=size):
                yield checked
                done += 1
    except BrokenProcessPool:  # nobody knows by which file: go on with one process and one file at a time
        while done < len(files):
            with ProcessPoolExecutor(1, initializer=begin_worker) as pool:
                try:
                    while done < len(files):
                        yield pool.submit(one, files[done]).result()
                        done += 1
                except BrokenProcessPool:
                    yield unchecked(files[done], "its process was ended, perhaps for want of memory")
                    done += 1


def check_file(
    file: str, configuration: Configuration, examine: Examine, names: Mapping[str, str], answers: Answers | None = None
) -> Checked:
    """Check one file, and keep among the `answers` what is found. Whatever goes wrong stays with it."""
    if answers is None:
        return check_anew(file, configuration, examine, names)
    with Evidence() as seen:
        checked = check_anew(file, configuration, examine, names)
    answers.keep(file, checked, seen)
    return checked


def check_anew(file: str, configuration: Configuration, examine: Examine, names: Mapping[str, str]) -> Checked:
    """Check one file, whatever was found before."""
    filename = names.get(file, file)
    try:
        asked, _ = configuration.model(file)
        plan = examine(file, filename=names.get(file), **asked)
    except ArchitectureError as error:
        found = [in_configuration(each, configuration.relative(file)) for each in error.diagnostics]
        return Checked(filename, tuple(found), error.sources, readable=False)
    except UsageError as error:
        evidence.incomplete()  # what is missing may be installed, and what is asked is no part of the file
        found = [Diagnostic("CS001", f"{filename} cannot be checked: {error}", filename)]
        return Checked(filename, tuple(found), {}, readable=False)
    except Exception as error:
        return unchecked(filename, f"{type(error).__name__}: {error}")
    readable = not any(finding.code in UNREADABLE and finding.span is None for finding in plan.diagnostics)
    findings = findings_of(plan, configuration)
    if not plan.errors:
        findings = (*findings, *check_model(plan, file, configuration))
    sources = plan.sources if findings else {name: Source(name, "") for name in plan.sources}  # nobody quotes them
    return Checked(filename, findings, sources, readable)


def in_configuration(finding: Diagnostic, name: str) -> Diagnostic:
    """A finding whose advice is an option of `plan`, with what to write into the configuration instead."""
    given = re.findall(r"--input (?:(\w+)=)?(\w+)", finding.fix or "") if finding.code == "CS607" else ()
    if not given:
        return finding
    stated = [f'{argument} = "{shape}"' if argument else f'"{shape}"' for argument, shape in given]
    shapes = f"{{{', '.join(stated)}}}" if given[0][0] else stated[0]
    models = f'[tool.cnnshape.models] "{name}" = {{input = {shapes}}}'
    return replace(finding, fix=f"state it in the configuration, {models}")


def unchecked(filename: str, reason: str) -> Checked:
    """A file at which this program fails: that is its finding, and hides no other file's."""
    evidence.incomplete()  # the next version knows more
    fix = "this is a bug in cnnshape: please report it, with the file"
    return Checked(filename, (Diagnostic("CS017", f"this file could not be checked: {reason}", filename, fix=fix),), {})


def findings_of(plan: Plan, configuration: Configuration) -> tuple[Diagnostic, ...]:
    """The findings about a plan that the configuration wants to hear, in the order of the text."""
    findings = [*plan.diagnostics]
    if configuration.backend and not plan.backend:
        plan = replace(plan, backend=configuration.backend)
        findings += refused(plan, configuration.backend)
    if not plan.errors:
        findings += check_budgets(plan, configuration)
        findings += advise(plan, configuration.codes)
    wanted = {filename: configuration.codes_for(filename) for filename in {each.filename for each in findings}}
    return tuple(
        sorted(
            (
                finding
                for finding in findings
                if finding.severity == "error"
                or (finding.code in wanted[finding.filename] and not is_suppressed(finding, plan.sources))
            ),
            key=lambda finding: finding.sort_key,
        )
    )


def advise(plan: Plan, wanted: Container[str]) -> Iterator[Diagnostic]:
    """What the rules say, once a line of text: a block that is used 16 times gets its advice once.

    Lines of the zoo are left alone, unless the zoo's network is what is checked: nobody can change them here.
    """
    network = AdviceView(plan)
    for code, rule in RULES.items():
        if code not in wanted:
            continue
        told = [
            Diagnostic(code, message, row.filename, row.span, row.name, fix, row.used_at)
            for row, message, fix in rule(network)
        ]
        if not told:
            continue
        found = [finding for finding in told if not is_suppressed(finding, plan.sources)]
        times = Counter((finding.filename, finding.span) for finding in found)
        for finding in found:
            place = (finding.filename, finding.span)
            count = times.pop(place, 0)
            if not count or (finding.filename.startswith("zoo:") and finding.filename != plan.filename):
                continue
            more = f" (the first of {count} rows from this line)" if count > 1 else ""
            yield replace(finding, message=finding.message + more)
