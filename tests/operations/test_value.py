"""Values behave as frozen dataclasses with slots do, and records as those that change and are like nothing else."""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from cnnshape.value import field, record, replace, value


class Base:
    __slots__ = ()
    most: ClassVar[int] = 1


@dataclass(frozen=True, slots=True)
class Expected(Base):
    """A pair."""

    first: int
    second: tuple[int, ...] = (1, 2)
    most: ClassVar[int] = 2

    @property
    def total(self) -> int:
        return self.first + sum(self.second)


@value
class Pair(Base):
    """A pair."""

    first: int
    second: tuple[int, ...] = (1, 2)
    most: ClassVar[int] = 2

    @property
    def total(self) -> int:
        return self.first + sum(self.second)


@value
class Nothing(Base):
    """No field."""


CLASSES = pytest.mark.parametrize("make", [Expected, Pair])


@CLASSES
@pytest.mark.parametrize(
    ("positional", "named"),
    [((1,), {}), ((1, (3,)), {}), ((), {"first": 1}), ((1,), {"second": (4,)}), ((), {"second": (), "first": 0})],
)
def test_fields_by_position_by_name_and_by_default(
    make: Any, positional: tuple[Any, ...], named: dict[str, Any]
) -> None:
    made = make(*positional, **named)
    assert (made.first, made.second) == (made.first, named.get("second", positional[1] if positional[1:] else (1, 2)))
    assert made.total == made.first + sum(made.second)


@CLASSES
@pytest.mark.parametrize(
    ("positional", "named"), [((), {}), ((1, (), 3), {}), ((1,), {"first": 2}), ((1,), {"third": 3})]
)
def test_what_does_not_fit_is_refused(make: Any, positional: tuple[Any, ...], named: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        make(*positional, **named)


@CLASSES
def test_never_changes(make: Any) -> None:
    made = make(1)
    with pytest.raises(AttributeError):
        made.first = 2
    with pytest.raises(AttributeError):
        del made.first
    with pytest.raises((AttributeError, TypeError)):
        made.other = 2
    assert not hasattr(made, "__dict__")


@CLASSES
def test_equal_by_class_and_fields(make: Any) -> None:
    assert make(1) == make(1, (1, 2))
    assert hash(make(1)) == hash(make(1, (1, 2)))
    assert make(1) != make(2)
    assert make(1) != (1, (1, 2))
    assert Pair(1) != Expected(1)


@CLASSES
def test_shown_as_written(make: Any) -> None:
    assert repr(make(1)) == f"{make.__name__}(first=1, second=(1, 2))"


@CLASSES
def test_copied_and_pickled(make: Any) -> None:
    made = make(1, (5,))
    assert copy.copy(made) == copy.deepcopy(made) == pickle.loads(pickle.dumps(made)) == made


@CLASSES
def test_matched_by_position(make: Any) -> None:
    match make(1):
        case Pair(first, second) | Expected(first, second):
            assert (first, second) == (1, (1, 2))
        case _:
            pytest.fail("no match")


@CLASSES
def test_class_variables_are_no_fields_and_the_class_keeps_its_name(make: Any) -> None:
    assert make.most == 2
    assert make.__doc__ == "A pair."
    assert make.__module__ == __name__
    assert make.__qualname__ == make.__name__
    assert issubclass(make, Base)


def test_a_value_without_fields() -> None:
    assert Nothing() == Nothing()
    assert repr(Nothing()) == "Nothing()"


def test_messages_say_what_is_missing_and_what_there_is() -> None:
    with pytest.raises(TypeError, match=r"^Pair also needs first$"):
        Pair(second=(1,))  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"^Pair takes first, second, each once; got \(1,\) and \{'third': 3\}$"):
        Pair(1, third=3)  # type: ignore[call-arg]


@value
class Named:
    """A name, made short, and what it owns."""

    name: str
    owned: dict[str, int] = field(factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name[:3])


@record
class Place:
    """Where something stands."""

    row: int
    column: int = 1


def test_a_default_that_can_change_is_made_anew() -> None:
    one, other = Named("a"), Named("a")
    one.owned["x"] = 1
    assert other.owned == {}


def test_a_value_can_look_at_its_fields_when_it_is_made() -> None:
    assert Named("abcdef").name == "abc"


def test_replaced_fields_leave_the_others() -> None:
    assert replace(Pair(1, (3,)), first=2) == Pair(2, (3,))
    with pytest.raises(TypeError, match="takes first, second"):
        replace(Pair(1), third=3)


def test_a_record_changes_and_equals_itself_alone() -> None:
    place = Place(1)
    place.column = 4
    assert (place.row, place.column) == (1, 4)
    assert place == place
    assert place != Place(1, 4)
    assert len({place, Place(1, 4)}) == 2
    assert repr(place) == "Place(row=1, column=4)"
    with pytest.raises(AttributeError):
        place.other = 2  # type: ignore[attr-defined]
