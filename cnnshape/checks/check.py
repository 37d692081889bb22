"""Checking files: each by itself, so that a bad one hides no other; many of them on several cores."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from cnnshape.checks.advice_view import AdviceView
from cnnshape.checks.budgets import check_budgets, check_model
from cnnshape.checks.configuration import SEVERITIES, Configuration
from cnnshape.checks.rules import RULES
from cnnshape.checks.suppression import is_suppressed
from cnnshape.diagnostics import ArchitectureError, Diagnostic, Severity, Source
from cnnshape.network.backends import refused
from cnnshape.network.plan import Plan
from cnnshape.value import replace
from cnnshape.workers import begin_worker

Examine = Callable[..., Plan]
"""`cnnshape.api.examine`: a FILE (and its `filename`, where it is named otherwise) to a plan with its findings."""

FILES_PER_PROCESS = 100
"""Starting a process takes as long as checking about this many files of ordinary size."""

UNREADABLE = frozenset({"CS001", "CS002", "CS006", "CS016"})


class Checked(NamedTuple):
    """What checking one file found."""

    filename: str
    findings: tuple[Diagnostic, ...]
    sources: Mapping[str, Source]
    readable: bool = True


class Report(NamedTuple):
    """What checking many files found, in the order of the files."""

    filenames: tuple[str, ...]
    findings: tuple[Diagnostic, ...]
    sources: Mapping[str, Source]
    readable: int

    def beside(self, findings: Iterable[tuple[Diagnostic, Source]]) -> Report:
        """The report with errors that are about no file that was checked, such as the configuration."""
        more = [*findings]
        sources = {source.filename: source for _, source in more}
        return self._replace(
            findings=(*(finding for finding, _ in more), *self.findings), sources={**self.sources, **sources}
        )

    def count(self, severity: Severity) -> int:
        """The number of findings of a severity."""
        return sum(finding.severity == severity for finding in self.findings)

    def fails(self, fail_on: Severity) -> bool:
        """Whether some finding is as bad as `fail_on`, or worse."""
        failing = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
        return any(finding.severity in failing for finding in self.findings)


def check_files(
    files: Sequence[str],
    configuration: Configuration,
    examine: Examine,
    *,
    jobs: int | None = None,
    names: Mapping[str, str] | None = None,
) -> Report:
    """Check files, each once.

    Args:
        files: paths, ``-``, or names of the zoo.
        configuration: rules, budgets and ignores.
        examine: reads and plans one of them; it has to be importable by name, for other processes.
        jobs: the number of processes; None: as many as pay, at most one a core.
        names: how to name a file in the findings, where that is not its path (standard input).
    """
    one = partial(check_file, configuration=configuration, examine=examine, names=names or {})
    if jobs is None:
        jobs = min(os.cpu_count() or 1, len(files) // FILES_PER_PROCESS)
    jobs = min(jobs, len(files))
    return combine(in_processes(one, files, jobs) if jobs > 1 else map(one, files))


def in_processes(one: Callable[[str], Checked], files: Sequence[str], jobs: int) -> Iterator[Checked]:
    """`one` of each file, in the order of the files, on several cores; a process that dies takes one file with it."""
    from concurrent.futures import ProcessPoolExecutor  # 25 ms, which a few files do not need
    from concurrent.futures.process import BrokenProcessPool

    size = max(1, min(64, len(files) // (4 * jobs)))
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


def check_file(file: str, configuration: Configuration, examine: Examine, names: Mapping[str, str]) -> Checked:
    """Check one file. Whatever goes wrong stays with it."""
    filename = names.get(file, file)
    try:
        given, _ = configuration.model(file)
        plan = examine(file, filename=names.get(file), input=given)
    except ArchitectureError as error:
        return Checked(filename, error.diagnostics, {}, readable=False)
    except Exception as error:
        return unchecked(filename, f"{type(error).__name__}: {error}")
    readable = not any(finding.code in UNREADABLE and finding.span is None for finding in plan.diagnostics)
    findings = findings_of(plan, configuration)
    if not plan.errors:
        findings = (*findings, *check_model(plan, file, configuration))
    return Checked(filename, findings, plan.sources, readable)


def unchecked(filename: str, reason: str) -> Checked:
    """A file at which this program fails: that is its finding, and hides no other file's."""
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


def advise(plan: Plan, wanted: Iterable[str]) -> Iterator[Diagnostic]:
    """What the rules say, once a line of text: a block that is used 16 times gets its advice once.

    Lines of the zoo are left alone, unless the zoo's network is what is checked: nobody can change them here.
    """
    network = AdviceView(plan)
    for code in sorted(wanted):
        if code not in RULES:
            continue
        found = [finding for finding in RULES[code](network) if not is_suppressed(finding, plan.sources)]
        times = Counter((finding.filename, finding.span) for finding in found)
        for finding in found:
            place = (finding.filename, finding.span)
            count = times.pop(place, 0)
            if not count or (finding.filename.startswith("zoo:") and finding.filename != plan.filename):
                continue
            more = f" (the first of {count} rows from this line)" if count > 1 else ""
            yield replace(finding, message=finding.message + more)


def combine(results: Iterable[Checked]) -> Report:
    """The results as one report, errors first; a finding about a file that several others include stands once."""
    filenames: list[str] = []
    findings: dict[tuple[object, ...], Diagnostic] = {}
    sources: dict[str, Source] = {}
    readable = 0
    for each in results:
        filenames.append(each.filename)
        readable += each.readable
        sources.update(each.sources)
        sources.setdefault(each.filename, Source(each.filename, ""))
        for finding in each.findings:
            key = (finding.filename, finding.span, finding.code, finding.message)
            findings.setdefault(key, finding)
    worst_first = sorted(findings.values(), key=lambda finding: SEVERITIES.index(finding.severity))
    return Report(tuple(filenames), tuple(worst_first), sources, readable)
