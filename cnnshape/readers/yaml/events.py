"""The events of libyaml: what kinds there are, which belong together, and where what they say ends."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any

from cnnshape.readers.yaml.libyaml import yaml

AliasEvent, ScalarEvent = yaml.events.AliasEvent, yaml.events.ScalarEvent
DocumentStartEvent, StreamEndEvent = yaml.events.DocumentStartEvent, yaml.events.StreamEndEvent
SequenceStartEvent, SequenceEndEvent = yaml.events.SequenceStartEvent, yaml.events.SequenceEndEvent
MappingStartEvent, MappingEndEvent = yaml.events.MappingStartEvent, yaml.events.MappingEndEvent
LEVELS = {SequenceStartEvent: 1, MappingStartEvent: 1, SequenceEndEvent: -1, MappingEndEvent: -1}
"""How many levels deeper what follows an event lies."""


def events_of(first: Any, events: Iterator[Any], most: float = inf) -> list[Any]:
    """The events of the node that begins with an event, and no more than so many of them."""
    own, level, deeper = [first], LEVELS.get(type(first), 0), LEVELS.get
    if level and most > 1:
        for event in events:
            own.append(event)
            level += deeper(type(event), 0)
            if not level or len(own) >= most:
                break
    return own


def last_written(events: list[Any]) -> Any:
    """The last of the events that has a text; None where none has."""
    for event in reversed(events):
        if event.end_mark.index > event.start_mark.index:
            return event
    return None


def count_plain(events: list[Any]) -> int:
    """How many nodes an item is whose text says all that it means; 0 of another."""
    return 0 if end_of(events) is None else sum(LEVELS.get(type(each), 0) >= 0 for each in events)


def end_of(events: list[Any]) -> int | None:
    """Where the last value of a node ends; None where the text up to there is not all that the node means.

    What ends in block style stands where the next thing begins.
    """
    end = 0
    for event in events:
        kind = type(event)
        if LEVELS.get(kind, 0) < 0:
            end = event.end_mark.index if event.end_mark.index > event.start_mark.index else end
        elif kind is AliasEvent or event.anchor is not None or event.tag is not None:
            return None
        elif kind is ScalarEvent:
            if event.style in ("|", ">"):
                return None
            end = event.end_mark.index
    return end


def is_bare_list(event: Any) -> bool:
    """Whether a list begins that nothing refers to."""
    return type(event) is SequenceStartEvent and event.anchor is None and event.tag is None


def is_nothing(event: Any) -> bool:
    """Whether nothing stands in the place of a value."""
    return type(event) is ScalarEvent and event.end_mark.index == event.start_mark.index
