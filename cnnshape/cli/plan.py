"""``cnnshape plan``: the shape, parameters and cost of every layer."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cnnshape.cli import exits
from cnnshape.cli.misuse import Misuse, Refusing
from cnnshape.cli.option_parser import argument, declared, flag, option
from cnnshape.cli.output import keep_files, style_for, width_for, write, write_findings, write_json, write_text
from cnnshape.cli.progress import progress
from cnnshape.cli.settings import (
    AMP,
    FRAMEWORKS,
    NO_CACHE,
    OPTIMIZER,
    OUTPUT,
    SETTINGS,
    Settings,
    at_least_one,
    at_least_zero,
)

if TYPE_CHECKING:
    from cnnshape.network.plan import Plan
    from cnnshape.reports.plans.view import View

DRAWN = {
    "html": "cnnshape.reports.page.plan",
    "svg": "cnnshape.reports.graphs.svg",
    "dot": "cnnshape.reports.graphs.dot",
    "mermaid": "cnnshape.reports.graphs.mermaid",
}
"""The formats that draw one network, and their modules."""
FORMATS = ("table", "json", "csv", "markdown", "latex", *DRAWN)
FORMAT = option("--format --output-format", "How to show it.", default="table", choices=FORMATS)
COLUMNS = option("--columns", "Other columns, such as name,params,flops,line.", "KEY,...")
EXACT = flag("--exact", "Every digit of every number.")


@declared
def command(
    files: Sequence[str] = argument("FILE...", "Paths, - for standard input, or zoo:NAME.", several=True),
    format: str = FORMAT,
    output: str | None = OUTPUT,
    columns: str | None = COLUMNS,
    sort: str | None = option("--sort", "Order the layers by a column, largest first.", "KEY"),
    top: int | None = option("--top", "Only the first N layers.", "N", at_least_one),
    depth: int | None = option(
        "--depth", "Open blocks N deep; by default not at all, in a drawing as far as fits.", "N", at_least_zero
    ),
    expand: bool = flag("--expand", "Open all blocks."),
    exact: bool = EXACT,
    against: str | None = option("--against", "Beside the layers of the other framework.", choices=FRAMEWORKS),
    count_like: str | None = option(
        "--count-like",
        "Also what another counter prints, and why.",
        choices=("fvcore", "ptflops", "thop", "torchinfo", "ultralytics-thop"),
    ),
    watch: bool = flag("--watch", "Plan again whenever a file changes."),
    settings: Settings = SETTINGS,
    optimizer: str = OPTIMIZER,
    amp: str | None = AMP,
    no_cache: bool = NO_CACHE,
) -> int:
    """The shape, the parameters and the cost of every layer of FILE.

    Exit code 1 where the architecture is wrong or breaks one of its expectations.
    """
    settings |= {"optimizer": optimizer, "amp": amp}
    if against is not None:
        for name, value in (("--columns", columns), ("--sort", sort), ("--top", top), ("--depth", depth)):
            if value is not None:
                raise Misuse("has no meaning beside --against, which has columns and an order of its own", name)
    if format in DRAWN:
        refuse_beside(format, files, {"--columns": columns, "--sort": sort, "--top": top, "--exact": exact or None})
        refuse_beside(format, files, {"--against": against, "--count-like": count_like})
    view = view_of(columns, sort, top, depth, expand, exact)._replace(count_like=count_like)

    def run_once() -> list[Plan]:
        plans = plan_all(files, settings)
        keep_files([name for plan in plans for name in plan.sources], output)
        show(plans, format, view, output, against)
        return plans

    if not watch:
        return exit_code(run_once())
    from cnnshape.cli.watching import watch as keep_watching  # only where asked for

    return keep_watching(files, lambda: [name for plan in run_once() for name in plan.sources])


def refuse_beside(format: str, files: Sequence[str], given: dict[str, Any]) -> None:
    """Refuse what a drawing of one network has no use for. Raises `Misuse`."""
    for name, value in given.items():
        if value is not None:
            raise Misuse(f"has no meaning beside --format {format}", name)
    if len(files) > 1:
        raise Misuse(f"{format} draws one FILE, got {len(files)}", "--format")


def view_of(
    columns: str | None, sort: str | None, top: int | None, depth: int | None, expand: bool, exact: bool
) -> View:
    """What to show. Raises a usage error that names the option."""
    from cnnshape.reports.plans.columns import chosen, column  # they need the plan
    from cnnshape.reports.plans.lines import EXPANDED
    from cnnshape.reports.plans.view import View

    with Refusing("--columns"):
        picked = chosen(columns.split(",")) if columns else None
    with Refusing("--sort"):
        key = column(sort).key if sort else None
    return View(picked, EXPANDED if expand else depth, key, top, exact)


def plan_all(files: Sequence[str], settings: dict[str, Any]) -> list[Plan]:
    """A plan for every file; of one that cannot be read it has nothing but the reason."""
    from cnnshape.api import examine
    from cnnshape.diagnostics import ArchitectureError
    from cnnshape.network.plan import unread

    plans = []
    for file in files:
        try:
            with progress(f"planning {file}"):
                plans.append(examine(file, **settings))
        except ArchitectureError as error:
            plans.append(unread(file, settings["framework"], error))
    return plans


def exit_code(plans: Sequence[Plan]) -> int:
    """1 where some plan is wrong, 2 where not one could be read."""
    from cnnshape.diagnostics.codes import NOTHING_READ

    unreadable = [bool(plan.errors) and all(finding.code in NOTHING_READ for finding in plan.errors) for plan in plans]
    if all(unreadable):
        return exits.FAILED
    return exits.WRONG if any(plan.errors for plan in plans) else exits.WELL


def show(plans: Sequence[Plan], format: str, view: View, output: str | None, against: str | None) -> None:
    """The plans on standard output (or in the file), the findings about them on standard error."""
    if against is not None:
        show_against(plans, against, format, output)
    elif format == "json":
        from cnnshape.reports.plans.json import documents

        write_json(documents(plans, view), output)
    elif format in DRAWN:
        write("\n".join(render(plan, format, view, output) for plan in plans), output)
    elif format == "csv":
        from cnnshape.reports.plans.csv import render as csv

        write(csv(plans, view), output)
    else:
        text = "\n\n".join(document for plan in plans if (document := render(plan, format, view, output)))
        put = write_text if format == "table" else write
        put(f"{text}\n\n" if text and output is None and any(plan.diagnostics for plan in plans) else text, output)
    for plan in plans:
        if plan.diagnostics:
            write_findings(plan.diagnostics, plan.sources)


def render(plan: Plan, format: str, view: View, output: str | None) -> str:
    """One plan as text; nothing of a plan that has no row with a shape."""
    if plan.errors and all(row.failed for row in plan.layers):
        return ""
    if format == "table":
        from cnnshape.reports.plans.table import render as table

        return table(plan, view, style_for(output), width=width_for(output))
    module = import_module(DRAWN.get(format) or f"cnnshape.reports.plans.{format}")
    return str(module.render(plan, view.depth if format in DRAWN else view))


def show_against(plans: Sequence[Plan], against: str, format: str, output: str | None) -> None:
    """The plans beside what the other framework would make of them."""
    from cnnshape.reports import against as report

    if format not in {"table", "json"}:
        raise Misuse(f"is printed as table or json, not as {format}", "--against")
    for plan in plans:
        if plan.framework == against:
            message = f"must be the other framework: {plan.filename} is written for {against}"
            raise Misuse(message, "--against")
    if format == "json":
        documents = [report.to_dict(plan) for plan in plans]
        write_json(documents[0] if len(documents) == 1 else documents, output)
    else:
        style, width = style_for(output), width_for(output)
        write_text("\n\n".join(report.render(plan, style, width=width) for plan in plans if plan.layers), output)
