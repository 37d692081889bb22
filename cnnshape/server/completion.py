"""What may stand at a place of an architecture file: layers, arguments, names, blocks, variables, the zoo."""

from __future__ import annotations

from collections.abc import Iterator

from cnnshape.diagnostics import Position, Span
from cnnshape.readers.files import ZOO, zoo_index
from cnnshape.readers.yaml.entries import INCLUDE_KEYS, failing_names
from cnnshape.readers.yaml.mappings import BESIDE_A_LAYER
from cnnshape.server.documents import Document
from cnnshape.server.positions import Json
from cnnshape.server.words import Spot, kind_of, layer_help, parameters, scope_of, spot_at, values_in, written
from cnnshape.vocabularies.vocabulary import vocabulary

FUNCTION, VARIABLE, CLASS, MODULE, PROPERTY, VALUE, KEYWORD, FILE = 3, 6, 7, 9, 10, 12, 14, 17
"""The protocol's numbers for kinds of words."""
GROUPS = ("if", "for", "repeat", "let", "include")
"""The keys that begin an entry which is no layer."""


def complete(document: Document, place: Position) -> list[Json]:
    """The words for a place, those of Python source aside: other servers know Python."""
    if document.is_python:
        return []
    spot = spot_at(document, place)
    range = document.places.range(Span(Position(place.row, place.column - len(spot.begun)), place))
    return [
        {
            "label": text,
            "kind": kind,
            "detail": detail,
            "sortText": f"{number:04}",
            "filterText": text,
            "textEdit": {"range": range, "newText": text},
            **({"documentation": help} if help else {}),
            **({"data": {"framework": document.framework, "name": text}} if kind in (CLASS, FUNCTION) else {}),
        }
        for number, (text, kind, detail, help) in enumerate(words(document, place, spot))
    ]


def resolve(item: Json) -> Json:
    """A word with what is shown beside it; a layer's is looked up only when the word is chosen."""
    data = item.get("data")
    text = layer_help(data["framework"], data["name"]) if data else None
    return {**item, "documentation": {"kind": "markdown", "value": text}} if text else item


Word = tuple[str, int, str, str]
"""A word, its kind, what it is, what it means."""


def words(document: Document, place: Position, spot: Spot) -> Iterator[Word]:
    """The words for what is being written, the likeliest first."""
    if spot.kind == "include":
        members = (member for member in zoo_index() if member.framework == document.framework)
        yield from ((f"{ZOO}{each.framework}/{each.name}", FILE, each.framework, "") for each in members)
    elif spot.kind in ("key", "promise"):
        from cnnshape.reports.schema import top_level  # with pydantic: only when asked

        keys = top_level() if spot.kind == "key" else top_level()["expect"]["properties"]
        for key, stated in keys.items():
            yield f"{key}: ", KEYWORD, "", str(stated.get("description", ""))
    elif spot.kind == "beside":
        yield from ((f"{key}: ", KEYWORD, "", "") for key in dict.fromkeys((*BESIDE_A_LAYER, *INCLUDE_KEYS)))
    elif spot.kind == "tensor":
        yield from tensors(document, place)
    elif spot.kind == "argument":
        between = ": " if spot.mapping else "="
        for name, (shown, text) in parameters(document, spot.callee).items():
            if name not in spot.given:
                yield f"{name}{between}", PROPERTY, shown, text
        yield from () if spot.mapping else values(document, place, spot)
    elif spot.kind == "value":
        in_quotes = spot.callee and not spot.mapping and not spot.quoted  # in a call, where there are none yet
        yield from ((f'"{word}"' if in_quotes else word, VALUE, "", "") for word in choices(document, spot))
        yield from () if spot.quoted else values(document, place, spot)
    elif spot.kind == "entry":
        blocks = document.program.blocks.items()
        yield from ((name, MODULE, written(block.signature), "") for name, block in blocks)
        yield from layers(document, spot)
        yield from ((f"{key}: ", KEYWORD, "", "") for key in GROUPS)
        yield from tensors(document, place)


def choices(document: Document, spot: Spot) -> list[str]:
    """The words of which a key of the file, or an argument of a layer, takes one."""
    from cnnshape.reports.schema import arguments_schema, top_level  # with pydantic: only when asked

    kind = kind_of(document, spot.callee)
    keys = arguments_schema(kind)["anyOf"][0]["properties"] if kind else {} if spot.callee else top_level()
    return list(dict.fromkeys(enumerated(keys.get(spot.keyword, {}))))


def enumerated(schema: Json) -> Iterator[str]:
    """The words that a schema lists."""
    yield from (word for word in (*schema.get("enum", ()), schema.get("const")) if isinstance(word, str))
    for each in schema.get("anyOf", ()):
        yield from enumerated(each)


def values(document: Document, place: Position, spot: Spot) -> Iterator[Word]:
    """The names of values: a block's parameters, those of loops, the file's variables."""
    block, body = scope_of(document, place)
    given = {name: "" if value is None else value.text for name, value in (block.signature.parameters if block else ())}
    given |= dict.fromkeys(values_in(body), "")
    given |= {name: value.text for name, value, _ in document.program.variables if name not in given}
    for name, text in given.items():
        yield f"$({name})" if spot.mapping else name, VARIABLE, text, ""


def tensors(document: Document, place: Position) -> Iterator[Word]:
    """The names of the entries above, nearest first, and of the inputs."""
    block, body = scope_of(document, place)
    above = [each for each in body if each.span and each.span.start.row < place.row]
    names = [name for name in failing_names(tuple(above)) if not name.endswith("[")]
    inputs = block.signature.inputs if block else [name for name, *_ in document.program.inputs]
    shapes = {row.name: str(row.output_shape or "") for _, row in document.rows}
    for name in dict.fromkeys((*reversed(names), *inputs)):
        yield name, VARIABLE, shapes.get(name, ""), ""


def layers(document: Document, spot: Spot) -> Iterator[Word]:
    """The layers and functions of the file's framework, below the prefix that is written already."""
    vocabulary_ = vocabulary(document.framework)
    prefix = spot.begun[: len(spot.begun) - len(vocabulary_.strip(spot.begun))]
    for name, kind in vocabulary_.types.items():
        yield prefix + name, FUNCTION if kind.operator else CLASS, "", ""
