"""Of an installed file definitions are parsed when they are wanted: it stays the same file."""

from __future__ import annotations

import ast

import pytest

from cnnshape.readers.python.language import outline

TEXTS = {
    "plain": "import a\n\n\ndef f(x):\n    return x\n\n\nclass C:\n    y = 1\n\n\nz = f(C)\n",
    "decorated": "@d\n@e(\n    1,\n)\ndef f():\n    pass\n\n\ndef g(\n    a,\n) -> int:\n    return a\n",
    "decorated by torch": "@torch.no_grad()\n@torch.jit.ignore\ndef f():\n    pass\n\n\n"
    "@torch.no_grad()\n@d\ndef g():\n    pass\n\n\n@d\n@torch.no_grad()\ndef h():\n    pass\n",
    "literals that go on": "x = 'a\\\ndef f(): b'\ny = \"\\\\\"\ndef g(): return '''\\'''''', \"\"\nz = '', \"\"\n",
    "comments with quotes": "def f():\n    a = 1\n# it's \"\"\" at the left\n    return a\n# '''\ndef g(): pass\n",
    "text at the left": 'def f():\n    """What\ndef g(): is\n"""\n    return 1\n\n\nx = """\nclass D:\n"""\n',
    "comments": "def f():\n    a = 1\n# at the left\n    return a  # it's\n\n# def g():\nasync def h(): pass\n",
    "quotes": "def f(): return '\"\"\"', \"it's\", '\\'', r'\\\\'\ndef g(): pass\nA = '''x''' \"#\"\n",
    "within brackets": "def f():\n    return [\n1,\n]\n\n\ndef g():\n    pass\n",
    "within others": "if a:\n    def f():\n        pass\nelse:\n    class C: pass\ntry:\n    pass\nfinally:\n    pass\n",
    "without an end": "x = 1\ndef f():\n    return x",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_the_definitions_and_the_rest_are_the_file(text: str) -> None:
    tree, deferred = outline.outlined(text)
    found = sorted([*tree.body, *(each.statement for each in deferred)], key=lambda each: each.lineno)
    assert [ast.dump(each, include_attributes=True) for each in found] == [
        ast.dump(each, include_attributes=True) for each in ast.parse(text).body
    ]
    assert [each.name for each in deferred] == [getattr(each.statement, "name", None) for each in deferred]


def test_most_definitions_wait() -> None:
    assert [each.name for each in outline.outlined(TEXTS["plain"])[1]] == ["f", "C"]
    assert [each.name for each in outline.outlined(TEXTS["decorated"])[1]] == ["g"]
    assert [each.name for each in outline.outlined(TEXTS["decorated by torch"])[1]] == ["f"]
