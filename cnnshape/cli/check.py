"""``cnnshape check``: the gate for CI."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import TYPE_CHECKING

from cnnshape.cli import exits
from cnnshape.cli.misuse import Misuse, Refusing
from cnnshape.cli.option_parser import argument, declared, flag, option
from cnnshape.cli.output import color_for, keep_files, say, width_for, write, write_text
from cnnshape.cli.settings import NO_CACHE, OUTPUT, at_least_one
from cnnshape.diagnostics import SEVERITIES, Severity
from cnnshape.reports.diagnostics import FORMATS, renderer

if TYPE_CHECKING:
    from cnnshape.checks.configuration import Configuration
    from cnnshape.checks.report import Report


@declared
def command(
    paths: list[str] | None = argument(
        "PATH", "Files, folders, - or zoo:NAME; by default this folder.", required=False, several=True
    ),
    format: str | None = option(
        "--format --output-format",
        "How to show the findings.",
        choices=FORMATS,
        environment="CNNSHAPE_OUTPUT_FORMAT",
    ),
    output: str | None = OUTPUT,
    select: list[str] | None = option(
        "--select", "Only these warnings and advices (code, CS5, or name).", "CODE", several=True
    ),
    ignore: list[str] | None = option("--ignore", "Not these warnings and advices.", "CODE", several=True),
    fail_on: Severity | None = option(
        "--fail-on", "The mildest finding that fails the check: error by default.", choices=SEVERITIES
    ),
    exit_zero: bool = flag("--exit-zero", "Exit with 0 whatever is found."),
    fix: bool = flag("--fix", "Make the safe fixes in the files."),
    diff: bool = flag("--diff", "Show what --fix or --write-expect would change, and change nothing."),
    write_expect: bool = flag("--write-expect", "Write today's numbers into the files as their promises."),
    config: str | None = option("--config", "The configuration to use.", "PATH", environment="CNNSHAPE_CONFIG"),
    isolated: bool = flag("--isolated", "Use no configuration."),
    stdin_filename: str | None = option("--stdin-filename", "How to name standard input.", "NAME"),
    jobs: int | None = option("--jobs -j", "Processes; by default as many as pay.", "N", at_least_one),
    no_cache: bool = NO_CACHE,
) -> int:
    """Find what is wrong with architecture files, and with what they promise.

    Exit code 0 where nothing is, 1 where a finding is as bad as --fail-on, 2 where nothing could be checked.
    """
    # Everything that only this command needs is loaded here: other commands start without it.
    from cnnshape.api import examine
    from cnnshape.checks.budgets import unkept_patterns
    from cnnshape.checks.check import check_files
    from cnnshape.checks.discovery import find, refused_links, without_files

    if fix and write_expect:
        raise Misuse("cannot be used with --write-expect: fix first, then promise", "--fix")
    settings = configure(config, isolated, select, ignore)
    paths = paths or ["."]
    files, links = find(paths, settings)
    empty = without_files(paths, files)
    if empty:
        say(f"no architecture files in {', '.join(empty)} (see `cnnshape check --help`)")
    keep_files(files, output)
    mended = exits.WELL
    if files and (write_expect or fix or diff):
        from cnnshape.cli.mending import carry_out, fixes, promises  # only where files may change

        mended = carry_out(promises(files) if write_expect else fixes(files, settings), diff, output)
        if write_expect or diff:
            return exits.WELL if exit_zero and mended == exits.WRONG else mended
    names = {"-": stdin_filename} if stdin_filename else {}
    report = check_files(files, settings, examine, jobs=jobs, names=names, keeping=not no_cache)
    report = report.beside([*refused_links(links), *unkept_patterns(settings, paths, files)])
    keep_files(report.sources, output)
    chosen = format or settings.output_format
    colored = color_for(output)
    if chosen == "full":
        from cnnshape.reports.diagnostics.full import render  # it alone goes by the terminal

        write_text(render(report.findings, report.sources, color=colored, terminal=width_for(output)), output)
    else:
        document = renderer(chosen)(report.findings, report.sources, color=colored)
        write(document, output, commands=chosen == "github")
    if files:
        say(summary(report, frozenset(files)))
    if not report.readable or mended == exits.FAILED:
        return exits.FAILED
    wrong = report.fails(fail_on or settings.fail_on) or mended == exits.WRONG
    return exits.WRONG if wrong and not exit_zero else exits.WELL


def configure(config: str | None, isolated: bool, select: list[str] | None, ignore: list[str] | None) -> Configuration:
    """The project's configuration with the command line's rules on top.

    Raises:
        ConfigurationError: the file cannot be used. Misuse: the options name what no rule has.
    """
    from cnnshape.checks.configuration import find_configuration, select_codes

    found = find_configuration(os.getcwd(), config=config or None, isolated=isolated)
    codes = found.codes
    for name, written in (("--select", select), ("--ignore", ignore)):
        if written:
            with Refusing(name):
                chosen = select_codes([code for each in written for code in each.split(",")])
            codes = chosen if name == "--select" else codes - chosen
    return found._replace(codes=codes)


def summary(report: Report, named: Collection[str]) -> str:
    """``12 files checked: 1 error, 2 warnings, 5 advices; --fix mends 1``, of the files that were `named`."""
    files = len(report.filenames)
    counts = [f"{count} {word}{'s' * (count != 1)}" for word in SEVERITIES if (count := report.count(word))]
    mendable = {name: name in named and is_file(name) for name in {each.filename for each in report.findings}}
    fixable = sum(bool(finding.edits) and mendable[finding.filename] for finding in report.findings)
    hint = f"; --fix mends {fixable}" if fixable else ""
    return f"{files} file{'s' * (files != 1)} checked: {', '.join(counts) or 'all well'}{hint}"


def is_file(file: str) -> bool:
    """Whether a FILE can be written back: not standard input, nor a network of the zoo, nor one that is not there."""
    return file != "-" and not file.startswith("zoo:") and os.path.isfile(file)
