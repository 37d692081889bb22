"""CS517: a convolution that passes on so few values that most of what it reads is lost."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.arithmetic.sizes import Dim, product
from cnnshape.checks.advice_view import LINEAR, Advice, AdviceView, suspicion
from cnnshape.network.windows import known_axes
from cnnshape.operations.convolution import Convolution

FACTOR = 16
"""No convolution that all of a built-in network passes through narrows its map by more."""


def check(view: AdviceView) -> Iterator[Advice]:
    """The only reader of a map, a convolution that others build on, gives fewer than a sixteenth of its values.

    A narrow branch beside others (the reductions of GoogLeNet) loses nothing: the others carry the rest.
    """
    narrowing = view.suspects(narrows)
    built = built_on(view) if narrowing else ()
    for number in narrowing:
        if number in built and all(len(view.read_by(source)) == 1 for source in view.reads(number)):
            row, (read, given) = view.row(number), values(view, number)
            assert read is not None
            assert given is not None
            yield Advice(
                row,
                f"{row.type} gives {given:,} values for the {read:,} that it reads, {read / given:.0f} times fewer: "
                "what is lost here, no later layer can restore",
                f"narrow in steps of at most {FACTOR} times: at least {-(-read // FACTOR):,} values here",
            )


@suspicion(Convolution)
def narrows(view: AdviceView, number: int) -> bool:
    """Whether a convolution, of more than the one position that it reads, gives so few values."""
    read, given = values(view, number)
    if read is None or given is None or given * FACTOR >= read:
        return False
    return not all(axis.size == 1 for axis in known_axes(view.result(number).windows))


def values(view: AdviceView, number: int) -> tuple[Dim, Dim]:
    """How many values of a sample a row reads and gives."""
    shape = view.read(number)[0]
    return None if shape is None else product(shape[1:]), product(view.result(number).output[1:])


def built_on(view: AdviceView) -> set[int]:
    """The numbers of the rows that a layer with weights reads, at once or through others."""
    found: set[int] = set()
    linear = {*view.numbers(*LINEAR)}
    for number, _ in reversed([*enumerate(view)]):
        if any(reader in found or reader in linear for reader in view.read_by(number)):
            found.add(number)
    return found
