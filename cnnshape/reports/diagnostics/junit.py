"""JUnit's XML, which nearly every CI system shows: a suite a file, a case a finding.

Errors are failures. Warnings and advice are passed cases with their text as output, so that a system that
counts failures says what the exit code says; a file without findings is one passed case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from cnnshape.diagnostics import Diagnostic, Source
from cnnshape.reports.diagnostics.concise import place
from cnnshape.reports.diagnostics.paths import relative
from cnnshape.reports.diagnostics.text import flat, visible


def render(diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source], *, color: bool = False) -> str:
    """The document; with nothing checked at all, one passed case."""
    by_file: dict[str, list[Diagnostic]] = {filename: [] for filename in sources}
    for each in diagnostics:
        by_file.setdefault(each.filename, []).append(each)
    root = Element("testsuites", {"name": "cnnshape", **counts(diagnostics, max(len(by_file), 1))})
    for filename, findings in by_file.items() or [("cnnshape", [])]:
        name = visible(relative(filename))
        suite = SubElement(root, "testsuite", {"name": name, **counts(findings, 1)})
        for each in findings:
            add_case(suite, name, each)
        if not findings:
            SubElement(suite, "testcase", name="no findings", classname=name)
    indent(root)
    document = tostring(root, encoding="unicode").replace("##", "#&#35;")  # ``##[`` is a command in any line of a log
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{document}\n'


def counts(findings: Sequence[Diagnostic], fewest: int) -> dict[str, str]:
    """How many cases there are, and how many of them failed."""
    failures = sum(each.severity == "error" for each in findings)
    return {"tests": str(max(len(findings), fewest)), "failures": str(failures), "errors": "0"}


def add_case(suite: Element, filename: str, diagnostic: Diagnostic) -> None:
    """One finding as a case of its file."""
    case = SubElement(suite, "testcase", name=f"{diagnostic.code} {diagnostic.name}", classname=filename, file=filename)
    if diagnostic.span:
        case.set("line", str(diagnostic.span.start.row))
        case.set("column", str(diagnostic.span.start.column))
    text = f"{place(diagnostic.filename, diagnostic.span)}: {flat(diagnostic.message)}"
    if diagnostic.fix:
        text += f"\n{flat(diagnostic.fix)}"
    if diagnostic.severity == "error":
        SubElement(case, "failure", message=flat(diagnostic.message), type=diagnostic.code).text = text
    else:
        SubElement(case, "system-out").text = f"{diagnostic.severity}: {text}"
