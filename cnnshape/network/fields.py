"""Receptive fields carried along the graph: per model input and per axis of it, what an element sees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from operator import is_

from cnnshape.arithmetic.fields import IDENTITY, LONGEST_PERIOD, SHORT_PERIOD, AxisMap, LaterMap, compose, unite
from cnnshape.arithmetic.sizes import Shape
from cnnshape.network.plan import ReceptiveField
from cnnshape.operations.operation import Path
from cnnshape.value import NamedTuple, remember


class AxisView(NamedTuple):
    """How a tensor sees one spatial axis of a model input.

    Attributes:
        axis: the tensor axis whose index moves over that input axis; None where none does any more.
        map: what each index sees; kept as it was last known once the index is lost.
        is_global: some path sees all of the input axis.
        exact: no map was lost on the way.
        merged: the index has no regular meaning any more, although each output still sees one place.
    """

    axis: int | None
    map: AxisMap
    is_global: bool = False
    exact: bool = True
    merged: bool = False


class View(NamedTuple):
    """How a tensor sees one model input."""

    of: str
    axes: tuple[AxisView, ...]


Views = tuple[View, ...]
"""One per model input that a tensor depends on, in the order in which they are met; beyond `MOST_INPUTS`, `OTHERS`."""

MOST_INPUTS = 32
OTHERS = View("\0", ())
"""Any other model inputs: it is not known which a tensor sees, nor what of them."""

Paths = tuple[tuple[Path, ...], ...] | None


def view_of_input(name: str, shape: Shape, channels_last: bool) -> Views:
    """A model input sees itself; an input without spatial axes has no receptive field."""
    spatial = range(1, len(shape) - 1) if channels_last else range(2, len(shape))
    if not spatial:
        return ()
    return (View(name, tuple(AxisView(axis, IDENTITY) for axis in spatial)),)


MOST_PHASES = 400_000
"""Phases of long maps that the fields of one plan are worked out for; some microseconds each."""


class FieldWork:
    """The work that the fields of one plan take: once they have taken `MOST_PHASES`, long maps are lost."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MOST_PHASES

    def advance(self, views: tuple[Views, ...], paths: Paths, *, narrowest: bool = False) -> Views:
        """The views of an operation's output from those of its inputs: the union, or of several the `narrowest`.

        `paths` is the operation's answer; None keeps every axis of every input.
        """
        if paths is None and len(views) == 1:
            return views[0]
        if self.left <= 0:
            return _advance(views, paths, narrowest, SHORT_PERIOD)
        result = _advance(views, paths, narrowest, LONGEST_PERIOD)
        self.left -= _phases_looked_at(views, paths, result)
        return result

    def sight(self, inputs: tuple[Sight, ...], paths: Paths, known: Sights, *, narrowest: bool = False) -> Sight:
        """What the output of an operation sees; `known` is what its paths hand on, and remembers what took no work."""
        found = known.get(inputs)
        if found is None:
            left = self.left
            views = self.advance(tuple([each.views for each in inputs]), paths, narrowest=narrowest)
            same = [each for each in inputs if each.views is views]
            found = same[0] if same else sight_of(views)
            if left == self.left > 0 and not any(each.is_long for each in (found, *inputs)):
                remember(known, inputs, found)
        return found


def _phases_looked_at(views: tuple[Views, ...], paths: Paths, result: Views) -> int:
    """The phases of the long maps that were made, and of those that were compared."""
    if not (_promises(paths) or is_long(result) or any(map(is_long, views))):  # as nearly always
        return 0
    read = {id(each): each.period for view in views for each in _long_maps(view)}
    made = sum(each.period for each in _long_maps(result) if id(each) not in read)
    promised = sum(path.told.longest for each in paths or () for path in each if isinstance(path.told, LaterMap))
    return made + promised + (sum(read.values()) if len(views) > 1 else 0)


def _promises(paths: Paths) -> bool:
    """Whether maps are promised, which are long ones."""
    for each in paths or ():
        for path in each:
            if type(path.told) is LaterMap:
                return True
    return False


def is_long(views: Views) -> bool:
    """Whether there are long maps."""
    for view in views:
        for axis in view.axes:
            if axis.map.period > SHORT_PERIOD:
                return True
    return False


def _long_maps(views: Views) -> Iterator[AxisMap]:
    return (axis.map for view in views for axis in view.axes if axis.map.period > SHORT_PERIOD)


def _advance(views: tuple[Views, ...], paths: Paths, narrowest: bool, longest: int) -> Views:
    moved = (
        views if paths is None else [_move_all(each, path, longest) for each, path in zip(views, paths, strict=False)]
    )
    if len(moved) == 1:
        return moved[0]
    join = _narrower_axis if narrowest else partial(_unite_axis, longest=longest)
    result = moved[0] if moved else ()
    for other in moved[1:]:
        if other != result or any(axis.merged for view in other for axis in view.axes):
            result = _merge(result, other, join)
    return result


def _move_all(views: Views, paths: tuple[Path, ...], longest: int) -> Views:
    """The views of what an input becomes; its own where all goes on as it was."""
    moved = tuple([_move(view, paths, longest) for view in views])
    return views if all(map(is_, moved, views)) else moved


def _move(view: View, paths: tuple[Path, ...], longest: int) -> View:
    axes = tuple([_move_axis(axis, paths, longest) for axis in view.axes])
    return view if all(map(is_, axes, view.axes)) else View(view.of, axes)


def _move_axis(view: AxisView, paths: tuple[Path, ...], longest: int) -> AxisView:
    if view.axis is None:
        return view
    path = paths[view.axis]
    if path.whole and not view.is_global:
        view = AxisView(view.axis, view.map, True, view.exact, view.merged)
    if path.axis is None and path.lost:
        return view._replace(axis=None, exact=False)
    if path.axis is None:
        exact = view.exact and (path.told is None or view.is_global)
        return view._replace(axis=None, is_global=True, exact=exact)
    if path.told is None:
        return view._replace(axis=path.axis, merged=True, exact=view.exact and not path.lost)
    if view.merged:
        return view._replace(axis=path.axis, exact=view.exact and path.told == IDENTITY)
    if path.told is IDENTITY:
        return view if path.axis == view.axis else AxisView(path.axis, *view[1:])
    told: AxisMap | LaterMap | None = path.told
    if isinstance(told, LaterMap):
        told = None if told.longest > longest else told.map
    composed = told and compose(told, view.map, longest)
    if composed is None:
        return view._replace(axis=path.axis, merged=True, exact=False)
    return AxisView(path.axis, composed, *view[2:])


def _merge(one: Views, other: Views, join: Callable[[AxisView, AxisView], AxisView]) -> Views:
    by_input = {view.of: view for view in one}
    for view in other:
        known = by_input.get(view.of)
        if known:
            by_input[view.of] = View(view.of, tuple(map(join, known.axes, view.axes)))
        else:
            by_input[view.of] = _vague(view) if OTHERS in one else view
    if OTHERS in other:
        met = {view.of for view in other}
        by_input |= {name: _vague(view) for name, view in by_input.items() if name not in met}
    views = [view for view in by_input.values() if view != OTHERS]
    return tuple(views) if len(views) == len(by_input) <= MOST_INPUTS else (*views[:MOST_INPUTS], OTHERS)


def _vague(view: View) -> View:
    """A view beside one that may see the same input."""
    return View(view.of, tuple([axis._replace(exact=False) for axis in view.axes]))


def _unite_axis(one: AxisView, other: AxisView, longest: int) -> AxisView:
    """A branch whose index is gone (global pooling) adds `is_global` and does not widen the size.

    Where indices have no regular meaning (an axis reversed, or cut in parts), what lies side by side is not known.
    """
    is_global = one.is_global or other.is_global
    exact = one.exact and other.exact
    if one.axis is None and other.axis is not None:
        return other._replace(is_global=is_global, exact=exact)
    if other.axis is None and one.axis is not None:
        return one._replace(is_global=is_global, exact=exact)
    merged = one.merged or other.merged
    united = unite(one.map, other.map, longest) if one.axis == other.axis and not merged else None
    if united is None:
        larger = one if one.map.size >= other.map.size else other
        known = exact and is_global and merged and one.axis == other.axis
        return larger._replace(is_global=is_global, exact=known, merged=merged)
    return AxisView(one.axis, united, is_global, exact)


def _narrower_axis(one: AxisView, other: AxisView) -> AxisView:
    """The branch that sees less; one whose index is gone sees everything."""
    return min(one, other, key=lambda view: (view.axis is None, view.map.size))


def receptive_field(views: Views) -> ReceptiveField | None:
    """The field as a plan states it: that of the first model input with spatial axes.

    It is global where all of every axis is seen. Where that is so of some axes only (a softmax over the rows), the size
    is a lower bound.
    """
    if not views:
        return None
    of, axes = views[0]
    maps, whole = [axis.map for axis in axes], [axis.is_global for axis in axes]
    return ReceptiveField(
        tuple([each.size for each in maps]),
        tuple([each.jump for each in maps]),
        tuple([each.start for each in maps]),
        all(whole),
        all(axis.exact and axis.map.exact for axis in axes) and any(whole) == all(whole),
        of,
        any(axis.axis is not None for axis in axes),
    )


def field_of_all(fields: Iterable[ReceptiveField | None]) -> ReceptiveField | None:
    """What several outputs see of the first one's input: the largest size along each axis, the first start.

    The jump is None where theirs differ: there is no one distance between neighbours.
    """
    known = [field for field in fields if field is not None]
    alike = [field for field in known if field.of == known[0].of]
    if len(alike) < 2:
        return alike[0] if alike else None
    starts = [
        [start for start in axis if start is not None] for axis in zip(*(each.start for each in alike), strict=True)
    ]
    return ReceptiveField(
        tuple(max(axis) for axis in zip(*(each.size for each in alike), strict=True)),
        tuple(axis[0] if len(set(axis)) == 1 else None for axis in zip(*(each.jump for each in alike), strict=True)),
        tuple(min(axis) if axis else None for axis in starts),
        any(each.is_global for each in alike),
        all(each.exact for each in alike),
        known[0].of,
        all(each.local for each in alike),
    )


class Sight:
    """What a tensor sees of the model's inputs: its views, and the receptive field that a plan states for them.

    Equal sights are one object (see `sight_of`), so that they are compared and hashed by identity; those with long
    maps are kept by nobody but their tensors.
    """

    __slots__ = ("field", "is_long", "views")

    def __init__(self, views: Views) -> None:
        self.views = views
        self.field = receptive_field(views)
        self.is_long = is_long(views)


def sight_of(views: Views) -> Sight:
    """The one `Sight` of these views."""
    return Sight(views) if is_long(views) else short_sight_of(views)


@lru_cache(maxsize=65536)
def short_sight_of(views: Views) -> Sight:
    """The one `Sight` of views without long maps."""
    return Sight(views)


Sights = dict[tuple[Sight, ...], Sight]
"""What the output of an operation sees, by what its inputs see."""


class Handing(NamedTuple):
    """What was found out of operations with certain paths: they hand on fields alike, whatever the sizes are.

    Attributes:
        paths: those of all that have equal ones.
        sights: by the union of branches, and `narrowest` by the one that sees least.
    """

    paths: Paths
    sights: Sights
    narrowest: Sights


_handing: dict[Paths, Handing] = {}


def handing_of(paths: Paths) -> Handing:
    """What was found out of operations with these paths, which is one object as long as somebody may ask."""
    known = _handing.get(paths)
    return remember(_handing, paths, Handing(paths, {}, {})) if known is None else known


NOTHING_SEEN = sight_of(())
"""The sight of a tensor that depends on no model input with spatial axes, or that failed."""
