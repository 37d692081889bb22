"""A random graph as it grows: the architecture file that says it, and what the framework says of every entry."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

Shape = tuple[int, ...]
Arguments = dict[str, Any]


@dataclass
class Entry:
    """One line of `layers:`. `owner` names the entry whose weights it uses."""

    name: str
    layer: str
    arguments: Arguments
    inputs: tuple[str, ...]
    owner: str | None = None
    trainable: bool = True

    def __str__(self) -> str:
        call = f"Shared({self.owner})" if self.owner else f"{self.layer}({self.written()})"
        return f"  - {self.name} = {call}({', '.join(self.inputs)})"

    def written(self) -> str:
        """The arguments as a file has them."""
        stated = dict(self.arguments) | ({} if self.trainable else {"trainable": False})
        return ", ".join(f"{name}={value!r}" for name, value in stated.items())


@dataclass
class Graph:
    """The entries that the framework accepts, with the shapes that it gave them, batch first."""

    framework: str
    input: Shape
    entries: list[Entry] = field(default_factory=list)
    shapes: dict[str, Shape] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()

    def text(self, more: Entry | None = None) -> str:
        """The architecture file, with one more entry at its end if there is one."""
        entries = [*self.entries, *([more] if more else [])]
        outputs = (more.name,) if more else self.outputs
        lines = [
            f"framework: {self.framework}",
            f"input: {list(self.input[1:])}",
            f"batch: {self.input[0]}",
            "layers:",
            *map(str, entries),
            f"outputs: [{', '.join(outputs)}]",
        ]
        return "\n".join(lines) + "\n"

    def reached(self) -> list[Entry]:
        """The entries that an output depends on, and the owners of the weights that these use."""
        by_name = {entry.name: entry for entry in self.entries}
        live: set[str] = set()
        waiting = [name for name in self.outputs if name in by_name]
        while waiting:
            name = waiting.pop()
            if name not in live:
                live.add(name)
                waiting += [each for each in by_name[name].inputs if each in by_name]
        return [entry for entry in self.entries if entry.name in live]


def choose(draw: random.Random, **choices: list[Any]) -> Arguments:
    """One value of each argument; None leaves it out."""
    picked = {name: draw.choice(values) for name, values in choices.items()}
    return {name: value for name, value in picked.items() if value is not None}
