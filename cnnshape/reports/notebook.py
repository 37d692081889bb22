"""What a notebook shows of a plan, a difference and sizes: HTML without a script, in the notebook's own colours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from cnnshape.network.plan import Plan
from cnnshape.reports import sizes as sizes_report
from cnnshape.reports.diagnostics.full import render as excerpts
from cnnshape.reports.diagnostics.text import flat
from cnnshape.reports.diffs.wording import change_texts, headline, total_texts, worth_telling
from cnnshape.reports.graphs.families import COLORS, FAULT, family_of_all
from cnnshape.reports.graphs.graph import own_name
from cnnshape.reports.page.document import source
from cnnshape.reports.plans.columns import COLUMNS
from cnnshape.reports.plans.lines import Line, inside, lines
from cnnshape.reports.plans.view import footer, heading
from cnnshape.reports.windows_svg import xml
from cnnshape.studies.diff import Difference
from cnnshape.studies.sizes.study import Sizes

MOST_LINES = 600
"""Lines of a table; blocks stay closed, and more layers are left out."""

KEYS = ("type", "output_shape", "params", "macs", "output_bytes")


def html(value: Plan | Difference | Sizes) -> str:
    """What a notebook shows of the value."""
    if isinstance(value, Plan):
        parts = plan_parts(value)
    elif isinstance(value, Difference):
        parts = difference_parts(value)
    else:
        parts = iter((f"<p><strong>{xml(value.name)}</strong></p>", labelled(sizes_report.facts(value))))
    return f'<div class="cnnshape"><style>{style()}</style>{"".join(parts)}</div>'


def style() -> str:
    """How it looks."""
    families = "".join(f".cnnshape .{family}{{--own:{color}}}" for family, color in COLORS.items())
    return f"{source('notebook.css')}.cnnshape{{--fault:{FAULT}}}{families}"


def text(plan: Plan) -> str:
    """A plan in at most ten lines."""
    errors = plan.errors
    wrong = [f"{len(errors)} error{'s' * (len(errors) > 1)}, first: {errors[0].message}"] if errors else []
    totals = [f"{label.strip()}: {value}" for label, value in footer(plan) if label != "  of which"]
    return "\n".join(
        flat(line) for line in (f"Plan of {heading(plan)}", f"{len(plan.layers)} layers", *wrong, *totals)[:10]
    )


def plan_parts(plan: Plan) -> Iterator[str]:
    """The heading, what is wrong, the table with its blocks folded, and the totals."""
    name, _, about = heading(plan).partition(": ")
    yield f"<p><strong>{xml(name)}</strong> {xml(about)}</p>"
    if plan.diagnostics:
        told = excerpts(plan.diagnostics, plan.sources).splitlines()
        yield f"<pre>{'<br>'.join(map(xml, told))}</pre>"
    yield row("h", "Layer", [COLUMNS[key].title for key in KEYS])
    faulty = frozenset(finding.layer for finding in plan.errors if finding.layer)
    left = [MOST_LINES]
    yield from table(lines(plan.layers), 0, faulty, left)
    if left[0] <= 0:
        yield "<p>…</p>"
    yield labelled(footer(plan))


def table(shown: Sequence[Line], level: int, faulty: frozenset[str], left: list[int]) -> Iterator[str]:
    """The lines, each block with what it opens into; of several equal uses of a block what one opens into."""
    for line in shown:
        left[0] -= 1
        if left[0] < 0:
            return
        cells = [COLUMNS[key].text(line) for key in KEYS]
        wrong = any(each.name in faulty for each in line.rows)
        if line.block is None:
            yield row("f" if wrong else family_of_all(line.rows), own_name(line.label), cells)
            continue
        parts = inside(inside(line, level)[0] if line.uses > 1 else line, level)
        head = f"<b>{xml(own_name(line.label))}</b>{''.join(map(cell, KEYS, cells))}"
        opened = "".join(table(parts, level + 1, faulty, left))
        yield f"<details{' open' * wrong}><summary>{head}</summary>{opened}</details>"


def row(kind: str, name: str, cells: Iterable[str]) -> str:
    """One line."""
    return f'<div class="r {kind}"><i>{xml(name)}</i>{"".join(map(cell, KEYS, cells))}</div>'


def cell(key: str, content: str) -> str:
    """One cell; numbers stand on the right."""
    tag = "u" if COLUMNS[key].align == "right" else "span"
    return f"<{tag}>{xml(content)}</{tag}>"


def labelled(facts: Iterable[tuple[str, str]]) -> str:
    """Labels and values below each other."""
    return f"<dl>{''.join(f'<dt>{xml(label.strip())}</dt><dd>{xml(value)}</dd>' for label, value in facts)}</dl>"


def difference_parts(difference: Difference) -> Iterator[str]:
    """What changed: the totals, then the layers by what happened to them."""
    yield f"<p><strong>{xml(difference.plan.name)}</strong> {xml(headline(difference))}</p>"
    yield labelled((key, f"{old} → {new} ({delta})") for key, old, new, delta in total_texts(difference))
    order = ("added", "removed", "changed", "affected")
    told = sorted(worth_telling(difference), key=lambda change: order.index(change.status))
    for status, changes in groupby(told, key=lambda change: change.status):
        several = list(changes)
        facts = [
            (change.row.name, "; ".join((change.row.type, *change_texts(change)))) for change in several[:MOST_LINES]
        ]
        opened = " open" * (status != "affected")
        yield f"<details{opened}><summary><b>{len(several)} {status}</b></summary>{labelled(facts)}</details>"
