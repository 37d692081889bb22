"""The one model of a finding; every report only formats it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from cnnshape.diagnostics.codes import CODES, Severity
from cnnshape.diagnostics.source import Position, Span
from cnnshape.value import NamedTuple, value

LAYER = "{layer}"
"""How the message of an operation's fault speaks of the layer, whose name whoever applies it knows."""
FAMILY = "{family}"
"""How a fix speaks of its name without the number of axes at the end, as of `BatchNorm` in BatchNorm2d."""
SPATIAL = ("1d", "2d", "3d")


class Fault(Exception):  # noqa: N818 - it is the field's and this code's word
    """A broken rule, raised where the rule lives, without a position.

    Attributes:
        code: the code of the code book, such as ``CS301``.
        message: what is wrong, with the numbers.
        fix: what to write instead, or None where it does not follow.
        argument: the argument at fault, where one is, so that its text can be pointed at.
        replacement: the text the argument's value should have, where it follows safely.
        span: where it is, where whoever raises it knows.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        fix: str | None = None,
        argument: str | None = None,
        replacement: str | None = None,
        span: Span | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fix = fix
        self.argument = argument
        self.replacement = replacement
        self.span = span

    def named(self, layer: str, words: Mapping[str, str] = {}) -> Self:  # never written to
        """The fault, about the layer of that name, with its words in place of an operation's."""
        for mark, word in words.items():
            self.message = self.message.replace(mark, word)
            self.fix = self.fix and self.fix.replace(mark, word)
        self.argument = words.get(self.argument or "", self.argument)
        self.message = self.message.replace(LAYER, layer)
        if self.fix:
            known = FAMILY not in self.fix or layer.endswith(SPATIAL)
            self.fix = self.fix.replace(LAYER, layer).replace(FAMILY, layer[:-2]) if known else None
        self.args = (self.message,)
        return self


@value
class Edit:
    """Replace the text of `span` in the diagnostic's file by `text`."""

    span: Span
    text: str


class Use(NamedTuple):
    """The place that used the block (or included the file) in which the finding lies."""

    filename: str
    span: Span


class DidYouMean(str):
    """The fix that asks for the name most like the written one, and knows that name."""

    name: str

    def __new__(cls, name: str, kind: str = "") -> DidYouMean:
        """``did you mean relu?``, ``did you mean the block stem?``"""
        self = super().__new__(cls, f"did you mean {kind}{name}?")
        self.name = name
        return self

    def __getnewargs__(self) -> tuple[str]:
        return (self.name,)


def did_you_mean(close: str | None, otherwise: str | None = None) -> str | None:
    """The fix that asks for a name, where one is close; else another one."""
    return DidYouMean(close) if close else otherwise


LONGEST_MESSAGE = 2000
"""Characters; a message that quotes more of a file than that helps nobody."""


@value
class Diagnostic:
    """A finding about one architecture file."""

    code: str
    message: str
    filename: str
    span: Span | None = None
    layer: str | None = None
    fix: str | None = None
    used_at: tuple[Use, ...] = ()
    edits: tuple[Edit, ...] = ()

    def __post_init__(self) -> None:
        if len(self.message) > LONGEST_MESSAGE:
            object.__setattr__(self, "message", f"{self.message[:LONGEST_MESSAGE]}…")
        if self.fix and len(self.fix) > LONGEST_MESSAGE:
            object.__setattr__(self, "fix", f"{self.fix[:LONGEST_MESSAGE]}…")

    @property
    def name(self) -> str:
        """The human name of the code, such as ``kernel-larger-than-input``."""
        return CODES[self.code].name

    @property
    def severity(self) -> Severity:
        """``error``, ``warning`` or ``advice``."""
        return CODES[self.code].severity

    @property
    def sort_key(self) -> tuple[str, Position, str, str]:
        """File, position, code, message: the order of every report."""
        return (self.filename, self.span.start if self.span else Position(0, 0), self.code, self.message)

    def to_dict(self) -> dict[str, Any]:
        """The diagnostic as the JSON of ``check --format json`` states it."""
        start, end = self.span or (None, None)
        result: dict[str, Any] = {
            "filename": self.filename,
            "code": self.code,
            "name": self.name,
            "severity": self.severity,
            "message": self.message,
            "layer": self.layer,
            "location": start and start._asdict(),
            "end_location": end and end._asdict(),
            "fix": self.fix,
        }
        if self.used_at:
            result["used_at"] = [{"filename": use.filename, **use.span.start._asdict()} for use in self.used_at]
        if self.edits:
            places = [(edit.span.start._asdict(), edit.span.end._asdict(), edit.text) for edit in self.edits]
            result["edits"] = [{"location": start, "end_location": end, "content": text} for start, end, text in places]
        return result


class ArchitectureError(ValueError):
    """An architecture that is wrong.

    Attributes:
        diagnostics: all findings, in the order of the text.
        plan: the plan with the rows up to and around the fault, or None where nothing could be planned.
        sources: the texts that findings show lines of, by the names of their files.
        framework: whose network it is, where that is known of what could not be planned.
    """

    framework: str | None = None

    def __init__(
        self, diagnostics: tuple[Diagnostic, ...], plan: Any = None, sources: Mapping[str, Any] | None = None
    ) -> None:
        errors = [finding for finding in diagnostics if finding.severity == "error"]
        first = errors[0] if errors else diagnostics[0]
        place = f"{first.filename}:{first.span.start.row}:{first.span.start.column}" if first.span else first.filename
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(f"{place}: {first.code} {first.message}{more}")
        self.diagnostics = diagnostics
        self.plan = plan
        self.sources: Mapping[str, Any] = sources or getattr(plan, "sources", {})
