"""CS517: a convolution that passes on so few values that most of what it reads is lost."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.arithmetic.sizes import product
from cnnshape.checks.advice_view import LINEAR, Advice, AdviceView
from cnnshape.network.windows import known_axes
from cnnshape.operations.convolution import Convolution

FACTOR = 16
"""No convolution that all of a built-in network passes through narrows its map by more."""


def check(view: AdviceView) -> Iterator[Advice]:
    """The only reader of a map, a convolution that others build on, gives fewer than a sixteenth of its values.

    A narrow branch beside others (the reductions of GoogLeNet) loses nothing: the others carry the rest.
    """
    narrowing = [*narrowed(view)]
    built = built_on(view) if narrowing else ()
    for number, read, given in narrowing:
        row = view.row(number)
        if number in built:
            yield Advice(
                row,
                f"{row.type} gives {given:,} values for the {read:,} that it reads, {read / given:.0f} times fewer: "
                "what is lost here, no later layer can restore",
                f"narrow in steps of at most {FACTOR} times: at least {-(-read // FACTOR):,} values here",
            )


def narrowed(view: AdviceView) -> Iterator[tuple[int, int, int]]:
    """The convolutions that alone read a map and narrow it by so much, with the values that they read and give."""
    for (number,) in view.once(only_readers):
        (shape,), result = view.read(number), view.result(number)
        read, given = None if shape is None else product(shape[1:]), product(result.output[1:])
        if read is None or given is None or given * FACTOR >= read:
            continue
        if not all(axis.size == 1 for axis in known_axes(result.windows)):
            yield number, read, given


def only_readers(view: AdviceView) -> Iterator[tuple[int]]:
    """The convolutions that alone read what they read."""
    for number in view.numbers(Convolution):
        if all(len(view.read_by(source)) == 1 for source in view.reads(number)):
            yield (number,)


def built_on(view: AdviceView) -> set[int]:
    """The numbers of the rows that a layer with weights reads, at once or through others."""
    found: set[int] = set()
    linear = {*view.numbers(*LINEAR)}
    for number, _ in reversed([*enumerate(view)]):
        if any(reader in found or reader in linear for reader in view.read_by(number)):
            found.add(number)
    return found
