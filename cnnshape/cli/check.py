"""``cnnshape check``: the gate for CI."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cnnshape.cli import exits
from cnnshape.cli.options import OutputOption
from cnnshape.cli.output import write, write_error
from cnnshape.cli.terminal import use_color

if TYPE_CHECKING:
    from cnnshape.checks.check import Report
    from cnnshape.checks.configuration import Configuration
    from cnnshape.planning.plan import Plan

Format = Literal["full", "concise", "json", "json-lines", "github", "gitlab", "junit", "sarif"]
Severity = Literal["error", "warning", "advice"]


def command(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH]...", help="Files, folders, - or zoo:NAME; by default this folder.", show_default=False
        ),
    ] = None,
    format: Annotated[
        Format | None,
        typer.Option("--format", "--output-format", envvar="CNNSHAPE_OUTPUT_FORMAT", help="How to show the findings."),
    ] = None,
    output: OutputOption = None,
    select: Annotated[
        list[str] | None,
        typer.Option("--select", metavar="CODE", help="Only these warnings and advices (code, CS5, or name)."),
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", metavar="CODE", help="Not these warnings and advices.")
    ] = None,
    fail_on: Annotated[
        Severity | None, typer.Option("--fail-on", help="The mildest finding that fails the check: error by default.")
    ] = None,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 whatever is found.")] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Make the safe fixes in the files.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show what --fix would change, and change nothing.")] = False,
    write_expect: Annotated[
        bool, typer.Option("--write-expect", help="Write today's numbers into the files as their promises.")
    ] = False,
    config: Annotated[
        str | None,
        typer.Option("--config", metavar="PATH", envvar="CNNSHAPE_CONFIG", help="The configuration to use."),
    ] = None,
    isolated: Annotated[bool, typer.Option("--isolated", help="Use no configuration.")] = False,
    stdin_filename: Annotated[
        str | None, typer.Option("--stdin-filename", metavar="NAME", help="How to name standard input.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", min=1, metavar="N", help="Processes; by default as many as pay.")
    ] = None,
) -> int:
    """Find what is wrong with architecture files, and with what they promise.

    Exit code 0 where nothing is, 1 where a finding is as bad as --fail-on, 2 where nothing could be checked.
    """
    # Everything that only this command needs is loaded here: other commands start without it.
    from cnnshape.api import examine
    from cnnshape.checks.check import check_files
    from cnnshape.checks.configuration import ConfigurationError
    from cnnshape.checks.discovery import discover
    from cnnshape.cli.failures import say_error
    from cnnshape.reports.diagnostics import renderer

    try:
        settings = configure(config, isolated, select, ignore)
    except ConfigurationError as error:
        say_error(str(error))
        return exits.FAILED
    files = discover(paths or ["."], settings)
    if not files:
        write_error(f"no architecture files in {', '.join(paths or ['.'])} (see `cnnshape check --help`)")
        return exits.WELL
    if write_expect:
        return write_expectations(files)
    if fix or diff:
        changed = mend(files, diff, output)
        if diff:
            return exits.WRONG if changed and not exit_zero else exits.WELL
    names = {"-": stdin_filename} if stdin_filename else {}
    report = check_files(files, settings, examine, jobs=jobs, names=names)
    chosen = format or settings.output_format
    colored = output is None and use_color(sys.stdout)
    write(renderer(chosen)(report.findings, report.sources, color=colored), output)
    write_error(summary(report))
    for filename, crash in report.crashes:
        write_error(f"internal error in {filename!a}: {crash!a}\n  This is a bug in cnnshape. Please report it.")
    if report.crashes or not report.readable:
        return exits.FAILED
    return exits.WRONG if report.fails(fail_on or settings.fail_on) and not exit_zero else exits.WELL


def configure(config: str | None, isolated: bool, select: list[str] | None, ignore: list[str] | None) -> Configuration:
    """The project's configuration with the command line's rules on top.

    Raises:
        ConfigurationError: the file cannot be used. A usage error: the options name what no rule has.
    """
    from cnnshape.checks.configuration import find_configuration, select_codes

    found = find_configuration(Path.cwd(), config=Path(config) if config else None, isolated=isolated)
    codes = found.codes
    for option, written in (("--select", select), ("--ignore", ignore)):
        if written:
            try:
                chosen = select_codes([code for each in written for code in each.split(",")])
            except ValueError as error:
                raise typer.BadParameter(str(error), param_hint=f"'{option}'") from None
            codes = chosen if option == "--select" else codes - chosen
    return found._replace(codes=codes)


def summary(report: Report) -> str:
    """``12 files checked: 1 error, 2 warnings, 5 advices``."""
    files = len(report.filenames)
    counts = [
        f"{count} {word}{'s' * (count != 1)}"
        for word, count in (
            ("error", report.count("error")),
            ("warning", report.count("warning")),
            ("advice", report.count("advice")),
        )
        if count
    ]
    return f"{files} file{'s' * (files != 1)} checked: {', '.join(counts) or 'all well'}"


def mend(files: list[str], show_only: bool, output: str | None) -> int:
    """Make the safe fixes, or show them as a diff; the number of files that change."""
    from cnnshape.api import Architecture, examine
    from cnnshape.architecture.reader import read_program
    from cnnshape.checks.edits import unified_diff
    from cnnshape.checks.fixes import fix_file
    from cnnshape.diagnostics import Source
    from cnnshape.reports.diagnostics.text import visible_lines

    def examine_text(text: str, path: str) -> Plan:
        # As the file it is to become: includes are looked for beside it.
        return examine(Architecture(read_program(Source(path, text), str(Path(path).resolve()))))

    diffs = []
    for file in files:
        if file == "-" or file.startswith("zoo:") or not Path(file).is_file():
            continue
        try:
            fixed = fix_file(file, examine_text)
        except UnicodeDecodeError:
            continue  # the check reports it
        if fixed.before == fixed.after:
            continue
        if show_only:
            diffs.append(unified_diff(fixed.before, fixed.after, file))
        else:
            Path(file).write_bytes(fixed.after.encode("utf-8"))
            write_error(f"{file}: {fixed.mended} fixed")
            diffs.append("")
    if show_only:
        write("\n".join(visible_lines("".join(diffs))), output)
    return len(diffs)


def write_expectations(files: list[str]) -> int:
    """Record today's numbers as promises."""
    from cnnshape.api import examine
    from cnnshape.checks.edits import read_text
    from cnnshape.checks.promises import write_promises
    from cnnshape.reports.diagnostics import renderer

    code = exits.WELL
    for file in files:
        plan = examine(file)
        broken = [finding for finding in plan.errors if finding.code not in ("CS401", "CS402")]
        if broken or not Path(file).is_file():
            write(renderer("full")(broken, plan.sources, color=use_color(sys.stdout)))
            write_error(f"{file}: not changed; only the numbers of a sound file can be promised")
            code = exits.WRONG
            continue
        before = read_text(file)
        after = write_promises(before, plan)
        if before != after:
            Path(file).write_bytes(after.encode("utf-8"))
        write_error(f"{file}: {'written' if before != after else 'nothing to change'}")
    return code
