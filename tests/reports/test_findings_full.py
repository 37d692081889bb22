"""The report for people, excerpt by excerpt."""

from __future__ import annotations

import unicodedata

import pytest

from cnnshape.diagnostics import Diagnostic, Position, Source, Span, Use
from cnnshape.reports.diagnostics.full import WIDTH, render


def span(row: int, column: int, end_row: int, end_column: int) -> Span:
    return Span(Position(row, column), Position(end_row, end_column))


def report(text: str, where: Span | None, **more: object) -> str:
    """One finding CS301 with the message "too large" in a.yaml."""
    diagnostic = Diagnostic("CS301", "too large", "a.yaml", where, **more)  # type: ignore[arg-type]
    return render([diagnostic], {"a.yaml": Source("a.yaml", text)})


def test_a_finding_states_severity_code_message_place_excerpt_layer_fix_and_page() -> None:
    text = "input: [5, 5, 3]\nlayers:\n  - Conv2D(32, 7)\n"
    assert report(text, span(3, 5, 3, 18), layer="conv2d", fix="use at most 5") == (
        "error[CS301]: too large\n"
        " --> a.yaml:3:5\n"
        "  |\n"
        "3 |   - Conv2D(32, 7)\n"
        "  |     ^^^^^^^^^^^^^ in conv2d\n"
        "  |\n"
        "help: use at most 5\n"
        "more: cnnshape rule CS301\n"
    )


def test_two_findings_are_separated_by_an_empty_line_and_none_is_nothing() -> None:
    first = Diagnostic("CS001", "cannot read: no such file", "a.yaml")
    second = Diagnostic("CS002", "not UTF-8", "b.yaml")
    assert render([first, second], {}) == (
        "error[CS001]: cannot read: no such file\n --> a.yaml\nmore: cnnshape rule CS001\n\n"
        "error[CS002]: not UTF-8\n --> b.yaml\nmore: cnnshape rule CS002\n"
    )
    assert render([], {}) == ""


def test_the_page_of_a_code_is_named_once() -> None:
    findings = [Diagnostic(code, "too large", "a.yaml") for code in ("CS301", "CS306", "CS301")]
    assert [line for line in render(findings, {}).splitlines() if line.startswith("more")] == [
        "more: cnnshape rule CS301",
        "more: cnnshape rule CS306",
    ]


@pytest.mark.parametrize(
    ("line", "start", "end", "shown", "carets"),
    [
        pytest.param("abc def", 5, 8, "abc def", "    ^^^", id="plain"),
        pytest.param("日本 def", 4, 7, "日本 def", "     ^^^", id="wide glyphs before"),
        pytest.param("日本", 1, 3, "日本", "^^^^", id="wide glyphs pointed at"),
        pytest.param("e\u0301 def", 4, 7, "e\u0301 def", "  ^^^", id="combining mark before"),
        pytest.param("\tdef", 2, 5, "    def", "    ^^^", id="tab before"),
        pytest.param("a\tb", 2, 3, "a    b", " ^^^^", id="tab pointed at"),
        pytest.param("a\x1b[31mb", 2, 3, "a\u241b[31mb", " ^", id="escape sequence"),
        pytest.param("a\u202eb", 3, 4, "a<U+202E>b", "         ^", id="text direction override"),
        pytest.param("a\u200bb", 2, 3, "a<U+200B>b", " ^^^^^^^^", id="invisible space"),
        pytest.param("abc", 4, 4, "abc", "   ^", id="after the last character"),
        pytest.param("abc", 2, 2, "abc", " ^", id="empty range"),
        pytest.param("abc", 9, 12, "abc", "   ^", id="past the end of the line"),
        pytest.param("", 1, 1, "", "^", id="empty line"),
    ],
)
def test_carets_stand_below_what_they_point_at(line: str, start: int, end: int, shown: str, carets: str) -> None:
    lines = report(line, span(1, start, 1, end)).splitlines()
    assert lines[3:-1] == [f"1 | {shown}".rstrip(), f"  | {carets}", "  |"]


@pytest.mark.parametrize("end_of_line", ["\n", "\r\n", "\r"])
def test_every_line_end_is_known(end_of_line: str) -> None:
    text = end_of_line.join(["a", "b", "c d"])
    assert report(text, span(3, 3, 3, 4)).splitlines()[3:-1] == ["3 | c d", "  |   ^", "  |"]


def test_a_form_feed_ends_no_line() -> None:
    assert report("a\x0cb\nc", span(2, 1, 2, 2)).splitlines()[3] == "2 | c"


def test_a_row_past_the_end_of_the_text_points_behind_its_last_character() -> None:
    assert report("a\nbc", span(9, 1, 9, 4)).splitlines()[1:-1] == [
        " --> a.yaml:9:1",
        "  |",
        "2 | bc",
        "  |   ^",
        "  |",
    ]


def test_a_span_over_several_lines_is_marked_where_it_begins_and_where_it_ends() -> None:
    text = "layers:\n  - Conv2D(5,\n      3)\nb: 1"
    assert report(text, span(2, 5, 3, 9), layer="conv2d").splitlines()[3:-1] == [
        "2 |   - Conv2D(5,",
        "  |     ^^^^^^^^^",
        "3 |       3)",
        "  |       ^^ in conv2d",
        "  |",
    ]


def test_a_span_that_ends_before_a_line_begins_ends_on_the_line_before() -> None:
    assert report("abc\nd", span(1, 2, 2, 1)).splitlines()[3:-1] == ["1 | abc", "  |  ^^", "  |"]


def test_a_long_span_shows_its_beginning_and_its_end() -> None:
    text = "\n".join(f"line {row}" for row in range(1, 21))
    assert report(text, span(2, 1, 12, 8)).splitlines()[3:-1] == [
        " 2 | line 2",
        "   | ^^^^^^",
        " 3 | line 3",
        " 4 | line 4",
        "...",
        "11 | line 11",
        "12 | line 12",
        "   | ^^^^^^^",
        "   |",
    ]


@pytest.mark.parametrize(("start", "end"), [(1, 4), (300, 304), (598, 601), (250, 550), (1, 601)])
def test_a_long_line_is_cut_around_what_is_pointed_at(start: int, end: int) -> None:
    line = "".join(chr(ord("a") + index % 26) for index in range(600))
    shown, carets = report(line, span(1, start, 1, end)).splitlines()[3:5]
    assert len(shown) - len("1 | ") <= WIDTH
    low = carets.index("^")
    marked = shown[low : low + carets.count("^")]
    assert line[start - 1 : end - 1].startswith(marked)
    assert len(marked) >= min(end - start, WIDTH - 2)
    assert shown.startswith("1 | …") == (start > WIDTH)
    assert shown.endswith("…") == (end < 600 - WIDTH or end - start > WIDTH)


@pytest.mark.parametrize(
    ("line", "start", "end", "columns", "shown"),
    [
        pytest.param(
            "  - Conv2D(8, 3, padding=1)",
            20,
            29,
            60,
            ["1 |   - Conv2D(8, 3, padding=1)", "  |                    ^^^^^^^^ in x"],
            id="it fits",
        ),
        pytest.param(
            "  - Conv2D(filters=8, kernel_size=3)",
            23,
            36,
            32,
            ["1 |   - Conv2D(filters=8,", "  |     kernel_size=3)", "  |     ^^^^^^^^^^^^^ in x"],
            id="broken between words, marked where it stands",
        ),
        pytest.param(
            "  - Conv2D(filters=8, kernel_size=3)",
            5,
            37,
            30,
            [
                "1 |   - Conv2D(filters=8,",
                "  |     ^^^^^^^^^^^^^^^^^^",
                "  |     kernel_size=3)",
                "  |     ^^^^^^^^^^^^^^ in x",
            ],
            id="marked on both",
        ),
        pytest.param(
            "a: 日本語日本語日本語日本語日本語",
            4,
            19,
            30,
            [
                "1 | a:",
                "  |   日本語日本語日本語日本語",
                "  |   ^^^^^^^^^^^^^^^^^^^^^^^^",
                "  |   日本語",
                "  |   ^^^^^^ in x",
            ],
            id="a word wider than the room is cut",
        ),
        pytest.param(
            "  - Dense(units=8, use_bias=no)",
            20,
            31,
            24,
            ["1 |   - Dense(units=8,", "  |     use_bias=no)", "  |     ^^^^^^^^^^^", "  |     in a/very/long/name"],
            id="the label below the marks",
        ),
    ],
)
def test_a_source_line_is_broken_as_a_terminal_would_break_it_but_between_words(
    line: str, start: int, end: int, columns: int, shown: list[str]
) -> None:
    layer = shown[-1].rpartition("in ")[2]
    finding = Diagnostic("CS301", "too large", "a.yaml", span(1, start, 1, end), layer=layer)
    lines = render([finding], {"a.yaml": Source("a.yaml", line)}, terminal=columns).splitlines()
    assert lines[3:-2] == shown


def test_a_line_of_a_megabyte_is_no_burden() -> None:
    report_ = report("日" * 1_000_000, span(1, 500_000, 1, 900_000))
    assert len(report_) < 400


def test_a_message_that_quotes_a_megabyte_is_cut() -> None:
    finding = Diagnostic("CS105", "é" * 1_000_000, "a.yaml", fix="é" * 1_000_000)
    assert (
        render([finding], {})
        == f"error[CS105]: {'é' * 2000}…\n --> a.yaml\nhelp: {'é' * 2000}…\nmore: cnnshape rule CS105\n"
    )


def test_the_places_that_use_a_block_are_shown_innermost_first() -> None:
    text = "blocks:\n  b(f):\n    - Conv2D(f, 7)\nlayers:\n  - c(1)\n  - b(2)\n"
    uses = (Use("a.yaml", span(5, 5, 5, 9)), Use("other.yaml", span(1, 3, 1, 7)))
    diagnostic = Diagnostic("CS301", "too large", "a.yaml", span(3, 7, 3, 19), used_at=uses)
    sources = {"a.yaml": Source("a.yaml", text), "other.yaml": Source("other.yaml", "- b(2)\n")}
    assert render([diagnostic], sources) == (
        "error[CS301]: too large\n"
        " --> a.yaml:3:7\n"
        "  |\n"
        "3 |     - Conv2D(f, 7)\n"
        "  |       ^^^^^^^^^^^^\n"
        "  |\n"
        " ::: other.yaml:1:3\n"
        "  |\n"
        "1 | - b(2)\n"
        "  |   ---- used here\n"
        "  |\n"
        " ::: a.yaml:5:5\n"
        "  |\n"
        "5 |   - c(1)\n"
        "  |     ---- used here\n"
        "  |\n"
        "more: cnnshape rule CS301\n"
    )


def test_a_finding_about_a_text_that_is_not_at_hand_has_no_excerpt() -> None:
    finding = Diagnostic("CS301", "too large", "b.yaml", span(3, 7, 3, 19))
    assert render([finding], {}) == "error[CS301]: too large\n --> b.yaml:3:7\nmore: cnnshape rule CS301\n"


def test_nothing_from_a_file_reaches_the_terminal_as_a_command() -> None:
    hostile = "\x1b[2J\x9b1m\x07\u2028\u202e\ud800\r"
    finding = Diagnostic(
        "CS105", f"bad {hostile}", f"{hostile}.yaml", span(1, 1, 1, 3), layer=hostile, fix=f"use {hostile}"
    )
    shown = render([finding], {f"{hostile}.yaml": Source("x", hostile)})
    assert [
        character
        for character in shown
        if character != "\n" and unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    ] == []


def test_further_lines_of_a_message_look_neither_like_a_finding_nor_like_a_workflow_command() -> None:
    finding = Diagnostic("CS105", "one\n::add-mask::two", "a.yaml", fix="three\n##[add-mask]four")
    assert render([finding], {}) == (
        "error[CS105]: one\n  | ::add-mask::two\n --> a.yaml\nhelp: three\n    | #♯[add-mask]four\n"
        "more: cnnshape rule CS105\n"
    )


def test_colour_marks_severity_frame_help_and_page() -> None:
    coloured = render(
        [Diagnostic("CS204", "reaches no output", "a.yaml", span(1, 1, 1, 2), fix="remove it")],
        {"a.yaml": Source("a.yaml", "x")},
        color=True,
    )
    assert coloured == (
        "\x1b[1;33mwarning[CS204]\x1b[0m\x1b[1m: reaches no output\x1b[0m\n"
        " \x1b[1;34m-->\x1b[0m a.yaml:1:1\n"
        "  \x1b[1;34m|\x1b[0m\n"
        "\x1b[1;34m1\x1b[0m \x1b[1;34m|\x1b[0m x\n"
        "  \x1b[1;34m|\x1b[0m \x1b[1;33m^\x1b[0m\n"
        "  \x1b[1;34m|\x1b[0m\n"
        "\x1b[1;36mhelp\x1b[0m: remove it\n"
        "\x1b[1;36mmore\x1b[0m: cnnshape rule CS204\n"
    )
