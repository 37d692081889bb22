"""JSON, YAML and literals in texts of the source: the parsers of the host read them, as far as they are bounded."""

from __future__ import annotations

import ast
import json
import string

from cnnshape.readers.python.language.values import Value, now

LONGEST = 50_000
"""Characters of a text that is read: Python's own parser of YAML takes a second for them."""
MOST_BRACKETS = 1_000
"""Of a text of YAML: that parser looks at all that are open again for each word."""


def json_in(text: Value, **options: Value) -> Value:
    """``json.loads``."""
    if not isinstance(text, str) or len(text) > LONGEST or options:
        return now().opaque("what `json.loads` answers")
    now().cell(len(text))
    return json.loads(text)


def json_of(value: Value, **options: Value) -> Value:
    """``json.dumps``, of plain data: lists and maps that occur twice are written twice."""
    left, plain = [value], options.get("indent") in (None, *range(9)) and options.keys() <= {"indent", "sort_keys"}
    while left and plain:
        now().cell()
        each = left.pop()
        plain = type(each) in (dict, list, tuple, str, int, float, bool, type(None))
        left += [*each, *each.values()] if isinstance(each, dict) else each if isinstance(each, list | tuple) else []
    return json.dumps(value, **options) if plain else now().opaque("what `json.dumps` answers")


def yaml_in(text: Value, *_: Value, **__: Value) -> Value:
    """``yaml.safe_load`` and its like, of plain data; what has anchors may double without an end."""
    if isinstance(text, str) and len(text) <= LONGEST and "&" not in text and brackets(text) <= MOST_BRACKETS:
        import yaml  # its own parser: libyaml overflows the stack on nesting

        now().cell(len(text))
        try:
            return yaml.SafeLoader(text).get_single_data()
        except (yaml.YAMLError, ValueError):
            pass  # it may have tags that another loader knows
    return now().opaque("what `yaml.load` answers")


def literal_in(text: Value) -> Value:
    """``ast.literal_eval``, of plain data."""
    if isinstance(text, str) and len(text) <= LONGEST and sum(map(text.count, "[{(-+~")) <= MOST_BRACKETS:
        now().cell(len(text))
        value: Value = ast.literal_eval(text)
        tree = ast.parse(text.lstrip(" \t"), mode="eval")
        kinds = {type(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant)}
        if kinds <= {str, int, float, bool, type(None)}:
            return value
    return now().opaque("what `ast.literal_eval` answers")


def brackets(text: str) -> int:
    """How many brackets a text opens, at most."""
    return text.count("[") + text.count("{")


MODULES: dict[str, dict[str, Value]] = {
    "ast": {"literal_eval": literal_in},
    "json": {"loads": json_in, "dumps": json_of, "JSONDecodeError": json.JSONDecodeError},
    "string": {name: value for name, value in vars(string).items() if isinstance(value, str) and name[0] != "_"},
    "yaml": dict.fromkeys(("load", "safe_load", "full_load", "unsafe_load"), yaml_in),
}
