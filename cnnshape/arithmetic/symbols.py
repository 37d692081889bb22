"""Sizes with names in them: ``4*batch`` is known to be four times the batch before anybody says how large that is.

A size is a whole number, or a polynomial of names with whole coefficients. What is no polynomial (a quotient that
leaves a rest, a maximum) is a name of its own, written as it is computed: two such sizes are equal where they are
computed alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Union

from cnnshape.arithmetic.sizes import Dim, Shape

Size = Union[int, "Polynomial"]
"""A size in elements, with names in it or without."""

Sizes = tuple[Size, ...]

MOST_TERMS = 32
"""A polynomial of more terms becomes a name of its own, so that no graph makes sizes that take long to compute."""
MOST_NAMES = 16
"""Names in one product, likewise."""
LARGEST_FACTOR = 2**63
"""A larger factor likewise: what is multiplied by itself over and over soon has more digits than fit any memory."""
LONGEST_NAME = 200
"""A longer name is replaced by a short one; two sizes that are computed alike keep the same."""


class Polynomial:
    """A sum of products of names; never a plain number. Immutable, compared by value."""

    __slots__ = ("terms",)

    def __init__(self, terms: tuple[tuple[tuple[str, ...], int], ...]) -> None:
        self.terms = terms

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Polynomial) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(self.terms)

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return " + ".join(
            "*".join(([str(factor)] if factor != 1 or not names else []) + list(names)) for names, factor in self.terms
        )

    def __add__(self, other: Size) -> Size:
        terms = dict(self.terms)
        for names, factor in terms_of(other):
            terms[names] = terms.get(names, 0) + factor
        return polynomial(terms)

    __radd__ = __add__

    def __neg__(self) -> Size:
        return polynomial({names: -factor for names, factor in self.terms})

    def __sub__(self, other: Size) -> Size:
        return self + -other

    def __rsub__(self, other: Size) -> Size:
        return -self + other

    def __mul__(self, other: Size) -> Size:
        if len(self.terms) * len(terms_of(other)) > MOST_TERMS * MOST_TERMS:
            return named(f"({self})*({other})")
        terms: dict[tuple[str, ...], int] = {}
        for names, factor in self.terms:
            for more, times in terms_of(other):
                key = tuple(sorted(names + more))
                terms[key] = terms.get(key, 0) + factor * times
        return polynomial(terms)

    __rmul__ = __mul__

    def __floordiv__(self, other: Size) -> Size:
        return divided(self, other)

    def __rfloordiv__(self, other: Size) -> Size:
        return divided(other, self)

    def __mod__(self, other: Size) -> Size:
        return rest(self, other)

    def __rmod__(self, other: Size) -> Size:
        return rest(other, self)


def named(name: str) -> Polynomial:
    """The size of this name."""
    if len(name) > LONGEST_NAME:
        import hashlib  # only sizes that no network of people has are written that long

        name = f"size-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    return Polynomial((((name,), 1),))


def terms_of(size: Size) -> tuple[tuple[tuple[str, ...], int], ...]:
    """The terms of a size; a number is one without names."""
    return size.terms if isinstance(size, Polynomial) else (((), int(size)),)


def polynomial(terms: Mapping[tuple[str, ...], int]) -> Size:
    """The size with these terms: a number where no name is left."""
    kept = tuple(sorted((names, factor) for names, factor in terms.items() if factor))
    if not kept:
        return 0
    if kept[0][0] == () and len(kept) == 1:
        return kept[0][1]
    made = Polynomial(kept)
    is_small = len(kept) <= MOST_TERMS and all(
        len(names) <= MOST_NAMES and abs(factor) <= LARGEST_FACTOR for names, factor in kept
    )
    return made if is_small else named(str(made))


def divided(size: Size, by: Size) -> Size:
    """``size // by``; exact where every term divides, else a name of its own."""
    if isinstance(size, int) and isinstance(by, int):
        return size // by
    quotient = exactly(size, by)
    return named(f"({size})//({by})") if quotient is None else quotient


def exactly(size: Size, by: Size) -> Size | None:
    """``size / by`` where that leaves no rest, else None."""
    if by == 0:
        return None
    if size == by:
        return 1
    if isinstance(size, int) and isinstance(by, int):
        return None if size % by else size // by
    divisor = terms_of(by)
    if len(divisor) != 1:
        return None
    ((names, factor),) = divisor
    terms: dict[tuple[str, ...], int] = {}
    for more, times in terms_of(size):
        left = list(more)
        for name in names:
            if name not in left:
                return None
            left.remove(name)
        if times % factor:
            return None
        terms[tuple(left)] = times // factor
    return polynomial(terms)


def rest(size: Size, by: Size) -> Size:
    """``size % by``."""
    if isinstance(size, int) and isinstance(by, int):
        return size % by
    return 0 if exactly(size, by) is not None else named(f"({size})%({by})")


def chosen(choose: Callable[..., int], *sizes: Size) -> Size:
    """The largest (`max`) or the smallest (`min`) of some sizes."""
    numbers = [size for size in sizes if isinstance(size, int)]
    if len(numbers) == len(sizes):
        return choose(numbers)
    if all(size == sizes[0] for size in sizes):
        return sizes[0]
    return named(f"{choose.__name__}({', '.join(sorted(map(str, sizes)))})")


def product_of(sizes: Iterable[Size]) -> Size:
    """The product of the sizes."""
    result: Size = 1
    for size in sizes:
        result = result * size
    return result


def dim(size: Size | None) -> Dim:
    """The size as a plan states it: None where it has a name in it."""
    return size if isinstance(size, int) else None


def dims(sizes: Iterable[Size]) -> Shape:
    """A shape as a plan states it."""
    return tuple([size if isinstance(size, int) else None for size in sizes])


def evaluated(size: Size, values: Mapping[str, int]) -> Dim:
    """What a polynomial is with these values of its names; None where one is missing."""
    total = 0
    for names, factor in terms_of(size):
        for name in names:
            if name not in values:
                return None
            factor *= values[name]
        total += factor
    return total
