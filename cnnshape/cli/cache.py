"""``cnnshape cache``: where answers are kept for the next time, and to forget them."""

from __future__ import annotations

from cnnshape.cache.store import clear, distrusted, folder, kept
from cnnshape.cli.option_parser import argument, declared
from cnnshape.cli.output import write
from cnnshape.reports.diagnostics.text import visible
from cnnshape.reports.units import binary_bytes


@declared
def command(
    action: str = argument(
        "[show|clear]",
        "Where they lie and how many, or forget them.",
        required=False,
        default="show",
        choices=("show", "clear"),
    ),
) -> None:
    """The answers that `plan` and `check` keep in your cache folder, for files that stay the same.

    They are in $XDG_CACHE_HOME/cnnshape, by default ~/.cache/cnnshape, never more than 128 MiB, the oldest making room;
    nothing is kept where that folder could hold another's answers.
    """
    place = folder()
    distrust = distrusted(place) if place else None
    entries = clear() if action == "clear" else kept()
    count = f"{len(entries)} answer{'s' * (len(entries) != 1)}, {binary_bytes(sum(size for _, size in entries))}"
    why = f"; not used: it {distrust}" if distrust else ""
    write(visible(f"{place or 'no cache folder'}: {count}{' removed' * (action == 'clear')}{why}"))
