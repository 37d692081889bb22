"""What a person starts from: a small commented network, or one of the built-in ones."""

from __future__ import annotations

from pathlib import Path

from cnnshape.readers.files import find_in_zoo, read_zoo


def first_file(framework: str | None = None, like: str | None = None, path: str = "model.yaml") -> tuple[str, str]:
    """The text of a first file, and what to add to ``cnnshape plan FILE`` to see it as asked for.

    Raises:
        Fault: CS001 where there is no built-in network `like`.
    """
    if like is None:
        own = Path(__file__).with_name(f"first_file.{framework or 'keras'}.yaml")
        return own.read_text(encoding="utf-8").replace("model.yaml", path), ""
    member = find_in_zoo(like, framework)
    source, _ = read_zoo(member)
    return source.text, f" --preset {member.preset}" if member.preset else ""
