"""``cnnshape diff``: what changed between two architectures."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cnnshape.cli import exits
from cnnshape.cli.misuse import Misuse, Refusing
from cnnshape.cli.option_parser import argument, declared, flag, option
from cnnshape.cli.output import color_for, say, write, write_findings, write_text
from cnnshape.cli.settings import BOTH_SPELLINGS, OUTPUT, SETTINGS, Settings, shown_as
from cnnshape.value import replace

if TYPE_CHECKING:
    from cnnshape.network.plan import Plan
    from cnnshape.studies.diff import Difference
    from cnnshape.studies.versions import Version


@declared
def command(
    files: list[str] = argument("OLD NEW", "Two FILEs, or two folders; with --git, one.", several=True),
    git: str | None = option("--git", "Compare with what it was at this revision.", "REV"),
    format: str = shown_as("table", "json", "markdown", "html", spellings=BOTH_SPELLINGS),
    output: str | None = OUTPUT,
    exit_code: bool = flag("--exit-code", "Exit with 1 where they differ."),
    max_growth: list[str] | None = option(
        "--max-growth", "Exit with 1 where a total grows by more.", "KEY=5%,...", several=True
    ),
    settings: Settings = SETTINGS,
) -> int:
    """Layers added, removed and changed, and the difference of every total.

    The options that change a plan (--input, --preset, ...) hold for both. A file that --git REV does not have is new:
    all its layers are added. Of folders, the files of one name are compared.
    """
    from cnnshape.studies.diff import compare  # with it comes the planner
    from cnnshape.studies.growth import excesses, parse_limits
    from cnnshape.studies.revisions import RevisionError
    from cnnshape.studies.versions import versions

    if len(files) != (1 if git else 2):
        needed = "one FILE beside --git REV" if git else "two FILEs, or one and --git REV"
        raise Misuse(f"a comparison needs {needed}, got {len(files)}")
    in_folders = os.path.isdir(files[-1])
    if in_folders and format == "html":
        raise Misuse("a page is about two FILEs, not about folders", "--format")
    with Refusing("--max-growth"):
        limits = [limit for text in max_growth or () for limit in parse_limits(text)]
    differences: dict[str, Difference] = {}
    unsound = False
    with Refusing("--git", RevisionError), versions(files, git) as pairs:
        for pair in pairs:
            old = read(pair.old, settings) if pair.old else None
            new = read(pair.new, settings) if pair.new else None
            if bool(old) == bool(pair.old) and bool(new) == bool(pair.new):
                differences[pair.name] = compare(old, new)
            else:
                unsound = True
    if in_folders and not (differences or unsound):
        say(f"no architecture files in {', '.join(files)}")
        return exits.FAILED
    if in_folders or differences:
        renderer = import_module(f"cnnshape.reports.diffs.{format}")
        color = color_for(output)
        only = next(iter(differences.values()), None)
        (write_text if format == "table" else write)(
            renderer.render_folders(differences, color=color) if in_folders else renderer.render(only, color=color),
            output,
        )
    grown = [(name, excess) for name, each in differences.items() for excess in excesses(each, limits)]
    say(*(f"{name}: {excess}" for name, excess in grown))
    differ = exit_code and not all(each.identical for each in differences.values())
    return exits.WRONG if unsound or grown or differ else exits.WELL


def read(version: Version, settings: dict[str, Any]) -> Plan | None:
    """The plan of a file under its name; None where it is wrong, with its findings on standard error.

    A broken promise is no obstacle: by how much it is broken is what the difference tells.
    """
    from cnnshape.api import examine

    file, name = version
    plan = examine(file, filename=None if file == name else name, **settings)
    errors = [finding for finding in plan.errors if not finding.code.startswith("CS4")]
    if errors:
        write_findings(errors, plan.sources)
        say("", f"{name}: only sound architectures can be compared")
        return None
    return replace(plan, filename=name)
