"""JUnit's XML, which nearly every CI system shows: a suite a file, a case a finding.

It is valid by the schema of Apache Ant's reports (JUnit.xsd of Windy Road), the strictest in use, and by Jenkins's
(junit-10.xsd of its xUnit plug-in). Errors are failures.
Warnings and advice are passed cases whose text is the suite's output, so that a system that counts failures says what
the exit code says; a file without findings is one passed case. No time is measured: what the schema asks for is 0.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from cnnshape.cache import evidence
from cnnshape.diagnostics import Diagnostic, Source
from cnnshape.reports.diagnostics.concise import place
from cnnshape.reports.diagnostics.paths import relative
from cnnshape.reports.diagnostics.text import flat, visible


def render(diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source], *, color: bool = False) -> str:
    """The document; with nothing checked at all, one passed case."""
    by_file: dict[str, list[Diagnostic]] = {filename: [] for filename in sources}
    for each in diagnostics:
        by_file.setdefault(each.filename, []).append(each)
    root = Element("testsuites")
    run = {"timestamp": timestamp(), "hostname": hostname(), "time": "0"}
    for number, (filename, findings) in enumerate(by_file.items() or [("cnnshape", [])]):
        name = visible(relative(filename))
        suite = SubElement(root, "testsuite", {"name": name, "package": "cnnshape", "id": str(number), **run})
        suite.attrib |= counts(findings)
        SubElement(suite, "properties")
        for each in findings:
            case = SubElement(suite, "testcase", name=f"{each.code} {each.name}", classname=name, time="0")
            if each.severity == "error":
                SubElement(case, "failure", message=flat(each.message), type=each.code).text = text_of(each)
        if not findings:
            SubElement(suite, "testcase", name="no findings", classname=name, time="0")
        milder = [f"{each.severity}: {text_of(each)}" for each in findings if each.severity != "error"]
        SubElement(suite, "system-out").text = "\n".join(milder)
        SubElement(suite, "system-err").text = ""
    indent(root)
    document = tostring(root, encoding="unicode").replace("##", "#&#35;")  # ``##[`` is a command in any line of a log
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{document}\n'


def counts(findings: Sequence[Diagnostic]) -> dict[str, str]:
    """How many cases there are, and how many of them failed."""
    failures = sum(each.severity == "error" for each in findings)
    return {"tests": str(max(len(findings), 1)), "failures": str(failures), "errors": "0"}


def text_of(diagnostic: Diagnostic) -> str:
    """Where it is, what is wrong, and what to write instead."""
    text = f"{place(diagnostic.filename, diagnostic.span)}: {flat(diagnostic.message)}"
    return f"{text}\n{flat(diagnostic.fix)}" if diagnostic.fix else text


def timestamp() -> str:
    """When this is, in UTC; where SOURCE_DATE_EPOCH says so, when that was, so that equal runs give equal documents."""
    evidence.incomplete()
    stated = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = datetime.fromtimestamp(int(stated), UTC) if stated.isdecimal() and len(stated) < 12 else datetime.now(UTC)
    return now.strftime("%Y-%m-%dT%H:%M:%S")


def hostname() -> str:
    """The name of this machine, as it calls itself."""
    uname = getattr(os, "uname", None)
    return visible(uname().nodename if uname else os.environ.get("COMPUTERNAME", "")) or "localhost"
