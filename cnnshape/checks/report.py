"""What checking found: in one file, and in many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cnnshape.diagnostics import SEVERITIES, Diagnostic, Severity, Source
from cnnshape.value import NamedTuple


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
