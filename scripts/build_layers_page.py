"""Write docs/layers.md, the layers of both vocabularies: ``python scripts/build_layers_page.py``. A test compares."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from textwrap import fill

from cnnshape.vocabularies.not_yet import why_not
from cnnshape.vocabularies.vocabulary import FRAMEWORKS, Framework, title, vocabulary

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/layers.md"
PUBLIC = ROOT / "tests/data/public_layers.json"
"""What the frameworks offer, by module; `tests/vocabularies/record_names.py` writes it."""

HEAD = """\
# Layers

What an architecture file may use, by the framework's names. Arguments have the framework's names, order and defaults;
`cnnshape schema` describes each of them, and an editor shows it (see [checks](checks.md#editors)). What is not listed
is refused (CS101), never counted as nothing: `Layer("DCNv2", output=[64, 28, 28], params=12_345, macs=9.6M)` says
what a layer gives and costs that is not listed, `Parameter(64, 1, 1)` is a weight by itself.
"""

SECTIONS = {"keras": "Keras 3.15", "pytorch": "PyTorch 2.14"}


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(part for framework in FRAMEWORKS for part in section(framework))])


def section(framework: Framework) -> Iterator[str]:
    """One framework's layers by the module that describes them, then its functions and other names."""
    words = vocabulary(framework)
    modules: dict[str, list[str]] = {}
    for name, kind in words.types.items():
        modules.setdefault("functions" if kind.operator else kind.module.replace("_", " "), []).append(name)
    yield f"## {SECTIONS[framework]}\n"
    yield from public_layers(framework)
    for module, names in sorted(modules.items(), key=lambda each: (each[0] == "functions", each[0])):
        yield paragraph(f"**{module}**: {', '.join(f'`{name}`' for name in names)}")
    others = ", ".join(f"`{alias}` for `{name}`" for alias, name in words.aliases.items())
    yield paragraph(f"**other names of {title(framework)}**: {others}")


def public_layers(framework: Framework) -> Iterator[str]:
    """How many of the layers that a framework offers are known, and why others are not."""
    words = vocabulary(framework)
    for module, names in json.loads(PUBLIC.read_text(encoding="utf-8")).items():
        if module.startswith("keras") == (framework == "keras"):
            unknown = [name for name in names if not words.find_exact(name)]
            yield paragraph(f"Of the {len(names)} classes of `{module}`, {len(names) - len(unknown)} are known.")
            if unknown:
                yield "| Not known | Instead |\n| --- | --- |"
                yield "".join(f"| `{name}` | {why_not(name)} |\n" for name in unknown)


def paragraph(text: str) -> str:
    """A paragraph within the width of the documentation."""
    return fill(text, 120, break_long_words=False, break_on_hyphens=False) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
