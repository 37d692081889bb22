"""``cnnshape check``: the gate for CI."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cnnshape.cli import exits
from cnnshape.cli.declared import Declared, Misuse, Option
from cnnshape.cli.output import replace_file, write, write_error
from cnnshape.cli.settings import OUTPUT, at_least_one
from cnnshape.cli.terminal import is_terminal, use_color

if TYPE_CHECKING:
    from cnnshape.checks.check import Report
    from cnnshape.checks.configuration import Configuration
    from cnnshape.planning.plan import Plan

Severity = Literal["error", "warning", "advice"]


FORMATS = ("full", "concise", "json", "json-lines", "github", "gitlab", "junit", "sarif")
SEVERITIES = ("error", "warning", "advice")
OPTIONS = (
    Option("paths", (), "Files, folders, - or zoo:NAME; by default this folder.", str, "PATH", several=True),
    Option(
        "format",
        ("--format", "--output-format"),
        "How to show the findings.",
        choices=FORMATS,
        environment="CNNSHAPE_OUTPUT_FORMAT",
    ),
    OUTPUT,
    Option("select", ("--select",), "Only these warnings and advices (code, CS5, or name).", str, "CODE", several=True),
    Option("ignore", ("--ignore",), "Not these warnings and advices.", str, "CODE", several=True),
    Option(
        "fail_on", ("--fail-on",), "The mildest finding that fails the check: error by default.", choices=SEVERITIES
    ),
    Option("exit_zero", ("--exit-zero",), "Exit with 0 whatever is found.", default=False),
    Option("fix", ("--fix",), "Make the safe fixes in the files.", default=False),
    Option("diff", ("--diff",), "Show what --fix would change, and change nothing.", default=False),
    Option(
        "write_expect", ("--write-expect",), "Write today's numbers into the files as their promises.", default=False
    ),
    Option("config", ("--config",), "The configuration to use.", str, "PATH", environment="CNNSHAPE_CONFIG"),
    Option("isolated", ("--isolated",), "Use no configuration.", default=False),
    Option("stdin_filename", ("--stdin-filename",), "How to name standard input.", str, "NAME"),
    Option("jobs", ("--jobs", "-j"), "Processes; by default as many as pay.", at_least_one, "N"),
)


def run(
    paths: list[str] | None,
    format: str | None,
    output: str | None,
    select: list[str] | None,
    ignore: list[str] | None,
    fail_on: Severity | None,
    exit_zero: bool,
    fix: bool,
    diff: bool,
    write_expect: bool,
    config: str | None,
    isolated: bool,
    stdin_filename: str | None,
    jobs: int | None,
) -> int:
    """Check the files, or mend them."""
    # Everything that only this command needs is loaded here: other commands start without it.
    from cnnshape.api import examine
    from cnnshape.architecture.files import files_read
    from cnnshape.checks.check import check_files
    from cnnshape.checks.configuration import ConfigurationError
    from cnnshape.checks.discovery import discover
    from cnnshape.cli.failures import say_error
    from cnnshape.reports.diagnostics import renderer
    from cnnshape.reports.diagnostics.text import visible

    try:
        settings = configure(config, isolated, select, ignore)
    except ConfigurationError as error:
        say_error(str(error))
        return exits.FAILED
    files = discover(paths or ["."], settings)
    if not files:
        write_error(f"no architecture files in {', '.join(map(visible, paths or ['.']))} (see `cnnshape check --help`)")
    if write_expect:
        if fix:
            raise Misuse("mends files, --write-expect records what they are: use one after the other", "--fix")
        return write_expectations(files, diff, output)
    if output is not None:  # other processes may read them
        files_read.update(file for file in files if is_file(file))
    if fix or diff:
        changed = mend(files, diff, output)
        if diff:
            return exits.WRONG if changed and not exit_zero else exits.WELL
    names = {"-": stdin_filename} if stdin_filename else {}
    report = check_files(files, settings, examine, jobs=jobs, names=names)
    chosen = format or settings.output_format
    colored = output is None and use_color(sys.stdout)
    write(renderer(chosen)(report.findings, report.sources, color=colored), output)
    if files:
        write_error(summary(report, [file for file in files if is_file(file)]))
    for filename, crash in report.crashes:
        write_error(f"internal error in {filename!a}: {crash!a}\n  This is a bug in cnnshape. Please report it.")
    if report.crashes or (files and not report.readable):
        return exits.FAILED
    return exits.WRONG if report.fails(fail_on or settings.fail_on) and not exit_zero else exits.WELL


command = Declared(
    """Find what is wrong with architecture files, and with what they promise.

    Exit code 0 where nothing is, 1 where a finding is as bad as --fail-on, 2 where nothing could be checked.
    """,
    OPTIONS,
    run,
)


def configure(config: str | None, isolated: bool, select: list[str] | None, ignore: list[str] | None) -> Configuration:
    """The project's configuration with the command line's rules on top.

    Raises:
        ConfigurationError: the file cannot be used. Misuse: the options name what no rule has.
    """
    from cnnshape.checks.configuration import find_configuration, select_codes

    found = find_configuration(Path.cwd(), config=Path(config) if config else None, isolated=isolated)
    codes = found.codes
    for option, written in (("--select", select), ("--ignore", ignore)):
        if written:
            try:
                chosen = select_codes([code for each in written for code in each.split(",")])
            except ValueError as error:
                raise Misuse(str(error), option) from None
            codes = chosen if option == "--select" else codes - chosen
    return found._replace(codes=codes)


def summary(report: Report, mendable: Sequence[str]) -> str:
    """``12 files checked: 1 error, 2 warnings, 5 advices; --fix mends 1``, of the `mendable` files."""
    files = len(report.filenames) - len(report.crashes)
    counts = [
        f"{count} {word}{'s' * (count != 1)}"
        for word, count in (
            ("error", report.count("error")),
            ("warning", report.count("warning")),
            ("advice", report.count("advice")),
        )
        if count
    ]
    if report.crashes:
        counts.append(f"{len(report.crashes)} could not be checked")
    names = frozenset(mendable)
    fixable = sum(bool(finding.edits) and finding.filename in names for finding in report.findings)
    hint = f"; --fix mends {fixable}" if fixable else ""
    return f"{files} file{'s' * (files != 1)} checked: {', '.join(counts) or 'all well'}{hint}"


def is_file(file: str) -> bool:
    """Whether a FILE can be written back: not standard input, nor a network of the zoo, nor one that is not there."""
    return file != "-" and not file.startswith("zoo:") and Path(file).is_file()


def examine_text(text: str, path: str) -> Plan:
    """The plan of a text as the file it is to become: includes are looked for beside it."""
    from cnnshape.api import Architecture, examine
    from cnnshape.architecture.reader import read_program
    from cnnshape.diagnostics import Source

    return examine(Architecture(read_program(Source(path, text), str(Path(path).resolve()))))


def mend(files: list[str], show_only: bool, output: str | None) -> int:
    """Make the safe fixes, or show them as a diff; the number of files that change."""
    from cnnshape.architecture.document import LARGEST_FILE
    from cnnshape.checks.edits import unified_diff
    from cnnshape.checks.fixes import fix_file
    from cnnshape.reports.diagnostics.text import visible

    diffs = []
    for file in files:
        if not is_file(file):
            continue
        try:
            if os.path.getsize(file) > LARGEST_FILE:
                continue  # the check reports it
            fixed = fix_file(file, examine_text)
        except (OSError, UnicodeDecodeError):
            continue  # the check reports it
        if fixed.before == fixed.after:
            continue
        if show_only:
            diffs.append(unified_diff(fixed.before, fixed.after, file))
        else:
            try:
                replace_file(file, fixed.after.encode("utf-8"))
            except OSError as error:
                write_error(f"{visible(file)}: not changed: {error.strerror}")
                continue
            write_error(f"{visible(file)}: {fixed.mended} fixed")
            diffs.append("")
    if show_only:
        show_patch("".join(diffs), output)
    return len(diffs)


def show_patch(patch: str, output: str | None) -> None:
    """A patch, which has to apply as it is; on a terminal with nothing in it that a terminal would obey."""
    from cnnshape.reports.diagnostics.text import visible_lines

    on_screen = output is None and is_terminal(sys.stdout)
    write("\n".join(visible_lines(patch)) if on_screen else patch, output)


def write_expectations(files: list[str], show_only: bool, output: str | None) -> int:
    """Record today's numbers as promises, or show as a diff what that would change."""
    from cnnshape.api import examine
    from cnnshape.checks.edits import read_text, unified_diff
    from cnnshape.checks.promises import record_promises
    from cnnshape.diagnostics import ArchitectureError
    from cnnshape.reports.diagnostics import renderer
    from cnnshape.reports.diagnostics.text import visible

    code = exits.WELL
    patch = ""
    for file in files:
        try:
            plan = examine(file)
        except ArchitectureError as error:
            write(renderer("full")(error.diagnostics, {}, color=use_color(sys.stdout)))
            code = exits.WRONG
            continue
        errors = [finding for finding in plan.errors if finding.code != "CS401"]
        if any(finding.code != "CS402" for finding in errors) or not is_file(file):
            outcome = "not changed; only the numbers of a sound file can be promised"
            if file == "-":
                outcome = "standard input cannot be written to; name the file"
            code = max(code, exits.WRONG)
        else:
            before = read_text(file)
            after, plan = record_promises(before, plan, examine_text)
            errors = [*plan.errors]
            outcome = "written" if before != after else "nothing to change"
            if before != after and show_only:
                patch += unified_diff(before, after, file)
                outcome = "would be written"
            elif before != after:
                try:
                    replace_file(file, after.encode("utf-8"))
                except OSError as error:
                    outcome, code = f"not changed: {error.strerror}", exits.FAILED
            elif any(finding.code == "CS401" for finding in errors):
                outcome = "not changed; today's numbers do not fit into its promises as they are written"
        if errors:
            write(renderer("full")(errors, plan.sources, color=use_color(sys.stdout)))
            code = max(code, exits.WRONG)
        write_error(f"{visible(file)}: {outcome}")
    if show_only:
        show_patch(patch, output)
    return code
