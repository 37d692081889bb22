"""The JSON Schema of the architecture file, for editors: draft-07, made from the layers' own models.

Draft-07 is what YAML language servers support best. Every argument also takes an expression ``$(...)``; calls are
strings, whose inside no schema can see: ``cnnshape check`` does.
"""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from cnnshape.network.dtypes import DTYPE_BITS
from cnnshape.network.expectations import KEYS, ROW_KEYS
from cnnshape.readers.yaml.mappings import BESIDE_A_LAYER
from cnnshape.vocabularies.declaration import declared
from cnnshape.vocabularies.glossary import meaning
from cnnshape.vocabularies.keras.values import lower_case
from cnnshape.vocabularies.layer import ACCEPTED, model_of
from cnnshape.vocabularies.validation import pydantic_model
from cnnshape.vocabularies.vocabulary import BACKENDS, FRAMEWORKS, Framework, LayerType, title, vocabulary

Schema = dict[str, Any]

DRAFT = "http://json-schema.org/draft-07/schema#"
EXPRESSION = {"$ref": "#/definitions/expression"}
SIZE: Schema = {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}, EXPRESSION]}
SHAPE: Schema = {
    "description": "The sizes of one sample without the batch, such as [224, 224, 3]; null is unknown.",
    "anyOf": [{"type": "array", "items": SIZE, "minItems": 1}, {"type": "integer", "minimum": 1}, {"type": "string"}],
}
VALUE: Schema = {"description": "A value or an expression."}
NAMES: Schema = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
BOUND: Schema = {
    "anyOf": [
        {"type": "number"},
        {"type": "string", "pattern": r"^\s*(<=|>=|<|>|==|=)?\s*[0-9]+(\.[0-9]+)?\s*[A-Za-z]*\s*$"},
        {
            "type": "object",
            "properties": {
                "max": {"type": ["number", "string"], "description": "The largest that is accepted."},
                "min": {"type": ["number", "string"], "description": "The smallest that is accepted."},
            },
            "additionalProperties": False,
            "minProperties": 1,
        },
    ]
}
PROMISES = {
    "output": "The shape of the (first) output, one sample.",
    "params": "Trainable and non-trainable weights.",
    "trainable_params": "Weights that train.",
    "non_trainable_params": "Weights that do not train.",
    "buffers": "PyTorch's buffers, in elements.",
    "macs": "Products of convolutions and dense layers, per sample.",
    "flops": "Floating-point operations, per sample.",
    "weight_bytes": "Memory of the weights.",
    "peak_activation_bytes": "The most memory that tensors take at once, per batch.",
    "peak_training_bytes": "The most memory that a training step with Adam takes at once, per batch (PyTorch).",
    "receptive_field": "What one output element sees, per axis.",
    "output_stride": "The distance between what neighbouring outputs see, per axis.",
    "layers": "Promises of single layers, by their names.",
}


class Draft07(GenerateJsonSchema):
    """Pydantic's schema without what draft-07 lacks."""

    schema_dialect = DRAFT

    def tuple_schema(self, schema: Any) -> Schema:
        """A tuple as a list: draft-07 has no ``prefixItems``."""
        result = super().tuple_schema(schema)
        result.pop("prefixItems", None)
        return result


def schema() -> Schema:
    """The schema of an architecture file."""
    return {
        "$schema": DRAFT,
        "title": "cnnshape architecture file",
        "description": "A convolutional network, layer by layer.",
        "type": "object",
        "properties": top_level(),
        "required": ["layers"],
        "additionalProperties": False,
        "allOf": [
            {
                "if": {"properties": {"framework": {"const": "pytorch"}}, "required": ["framework"]},
                "then": bodies("pytorch"),
                "else": bodies("keras"),
            }
        ],
        "definitions": {
            "expression": {
                "description": "An expression, such as $(4 * filters).",
                "type": "string",
                "pattern": r"^\$\([\s\S]*\)$",
            },
            **{name: each for framework in FRAMEWORKS for name, each in body_definitions(framework).items()},
        },
    }


def top_level() -> Schema:
    """The keys of a file."""
    return {
        "name": {"description": "The model's name; the file's by default.", "type": ["string", "number", "boolean"]},
        "framework": {
            "description": "Whose names, defaults and rules apply: keras (default) or pytorch.",
            "enum": list(FRAMEWORKS),
        },
        "about": {"description": "Where the architecture comes from; free text.", "type": "object"},
        "input": SHAPE,
        "inputs": {
            "description": "Several inputs by name.",
            "type": "object",
            "additionalProperties": SHAPE,
            "minProperties": 1,
        },
        "batch": {"description": "The batch size, 1 by default; null is unknown.", **SIZE},
        "dtype": {"description": "The type of weights and activations, float32 by default.", "enum": list(DTYPE_BITS)},
        "data_format": {
            "description": "Where Keras's channels lie: channels_last (default) or channels_first.",
            "enum": ["channels_last", "channels_first"],
        },
        "backend": {
            "description": "What runs Keras's layers: tensorflow, jax or torch. "
            "What it refuses when it runs is an error.",
            "enum": list(BACKENDS),
        },
        "variables": {
            "description": "Named values that expressions may use.",
            "type": ["object", "null"],
            "additionalProperties": True,
        },
        "presets": {
            "description": "Named sets of variables.",
            "type": "object",
            "additionalProperties": {"type": ["object", "null"]},
        },
        "blocks": {
            "description": "Blocks by their signatures, such as conv_bn(filters, strides=1).",
            "type": "object",
        },
        "layers": {"description": "The layers, one an entry; each reads the one before it.", "type": "array"},
        "outputs": {"description": "The names of the outputs; the last layer's by default.", **NAMES},
        "training_outputs": {"description": "The names of outputs that only training computes.", **NAMES},
        "expect": {
            "description": "What the plan has to keep; `cnnshape check` fails where it does not.",
            "type": "object",
            "properties": {key: promise(key) for key in KEYS},
            "additionalProperties": False,
        },
        "search": {
            "description": "A space of variants, for `cnnshape search`.",
            "type": "object",
            "properties": {
                "vary": {
                    "description": "The values of variables: 0.25..2:0.25, or a list.",
                    "type": "object",
                    "minProperties": 1,
                },
                "when": {"description": "Conditions on variables that every variant meets.", **NAMES},
                "constraints": {
                    "description": "What a variant has to keep to fit.",
                    "type": "object",
                    "properties": {
                        **{key: promise(key) for key in KEYS if key != "layers"},
                        "pixels": {"description": "Pixels of the inputs together.", **BOUND},
                    },
                    "additionalProperties": False,
                },
                "minimize": {"description": "Figures to have as little of as possible.", **NAMES},
                "maximize": {"description": "Figures to have as much of as possible.", **NAMES},
            },
            "additionalProperties": False,
        },
    }


def promise(key: str) -> Schema:
    """What a key of `expect:` may be."""
    text = {"description": PROMISES[key]}
    if key == "layers":
        inner = {name: promise(name) for name in ROW_KEYS}
        rows = {"type": "object", "properties": inner, "additionalProperties": False}
        return {**text, "type": "object", "additionalProperties": rows}
    if key == "output":
        sizes: Schema = {"type": "array", "items": {"type": ["integer", "null"]}}
        return {**text, "anyOf": [sizes, {"type": "string"}]}
    if key in ("receptive_field", "output_stride"):
        return {**text, "anyOf": [*BOUND["anyOf"], {"type": "array", "items": BOUND}]}
    return {**text, **BOUND}


def bodies(framework: Framework) -> Schema:
    """Layers and blocks in a framework's words."""
    body = {"$ref": f"#/definitions/{framework}_body"}
    return {"properties": {"layers": body, "blocks": {"additionalProperties": body}}}


def body_definitions(framework: Framework) -> Schema:
    """The entries of a list of layers, for one framework."""
    body = {"$ref": f"#/definitions/{framework}_body"}
    entry = {"$ref": f"#/definitions/{framework}_entry"}
    types = vocabulary(framework).types
    families = {family(kind): arguments_schema(kind) for kind in types.values()}
    return {
        **families,
        f"{framework}_body": {
            "description": "Layers, one an entry.",
            "anyOf": [{"type": "array", "items": entry, "minItems": 1}],
        },
        f"{framework}_entry": {
            "anyOf": [
                {
                    "description": "A call, as written in the framework: name = Layer(arguments)(tensors) * repeat.",
                    "anyOf": [{"enum": [name for name in types if not types[name].operator]}, {"type": "string"}],
                },
                *groups(body),
                {"$ref": f"#/definitions/{framework}_layer"},
            ]
        },
        f"{framework}_layer": {
            "description": "A layer in the mapping spelling: Layer: {argument: value}.",
            "type": "object",
            "properties": {
                **{
                    name: {
                        "description": f"{signature(kind)}\n\n{describe(kind)}",
                        "allOf": [{"$ref": f"#/definitions/{family(kind)}"}],
                    }
                    for name, kind in types.items()
                },
                "name": {"type": "string", "description": "The layer's name."},
                "inputs": {**NAMES, "description": "The names of what it reads."},
                "trainable": {"type": ["boolean", "string"], "description": "Whether its weights train."},
                "checkpoint": {
                    "type": ["boolean", "string"],
                    "description": "Whether the backward pass runs the block again instead of keeping what it needs.",
                },
                "repeat": {"type": ["integer", "string"], "description": "How often; a number or an expression."},
            },
            "not": {"anyOf": [{"required": [key]} for key in ("if", "for", "let", "include", "layers", "in", "else")]},
            "minProperties": 1,
            "maxProperties": 1 + len(BESIDE_A_LAYER),
        },
    }


def groups(body: Schema) -> list[Schema]:
    """Entries that are no layer: condition, loop, repetition, values, another file."""
    text = {"type": ["string", "number", "boolean"]}
    expression: Schema = {**text, "description": "An expression, such as stage == 0."}
    return [
        group("Layers under a condition.", ("if", "layers"), {"if": expression, "layers": body, "else": body}),
        group(
            "Layers once for every value.",
            ("for", "in", "layers"),
            {
                "for": {**NAMES, "description": "The name, or the names, of the values of a round."},
                "in": {"description": "A list, or an expression such as enumerate(repeats)."},
                "layers": body,
            },
        ),
        group(
            "Layers several times.",
            ("repeat", "layers"),
            {"repeat": {"type": ["integer", "string"], "description": "How often."}, "layers": body},
        ),
        group("Named values.", ("let",), {"let": {"type": "object", "description": "Names and expressions."}}),
        group(
            "Another architecture file, or a network of the zoo, as a block.",
            ("include",),
            {
                "include": {"type": "string", "description": "A path beside this file, or zoo:keras/resnet50."},
                "name": {"type": "string", "description": "The block's name."},
                "inputs": {**NAMES, "description": "The names of what it reads."},
                "preset": {"type": "string", "description": "A preset of the included file."},
                "variables": {"type": "object", "description": "Values of the included file's variables."},
                "until": {"type": "string", "description": "The last layer to include."},
                "trainable": {
                    "description": "Whether its weights train; {from: LAYER} freezes what stands above.",
                    "anyOf": [
                        {"type": ["boolean", "string"]},
                        {
                            "type": "object",
                            "properties": {"from": {"type": "string", "description": "The first that trains."}},
                            "required": ["from"],
                            "additionalProperties": False,
                        },
                    ],
                },
            },
        ),
    ]


def group(text: str, required: tuple[str, ...], properties: Schema) -> Schema:
    """An entry with exactly these keys."""
    return {
        "description": text,
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def family(kind: LayerType) -> str:
    """The name of the definition that layers of one model share."""
    of_its_own = kind.model == "Augmentation"  # each has its own arguments
    return f"{kind.framework}_{kind.module}_{kind.name if of_its_own else kind.model}"


def arguments_schema(kind: LayerType) -> Schema:
    """A family's arguments: by name, by position in a list, or the first alone."""
    model = model_of(kind)
    made = pydantic_model(model).model_json_schema(schema_generator=Draft07)
    properties: Schema = {}
    for name, inner in made.get("properties", {}).items():
        bare = {key: value for key, value in inner.items() if key not in ("title", "description")}
        field = pydantic_model(model).model_fields.get(name)
        folds = field is not None and any(getattr(each, "check", None) is lower_case for each in field.metadata)
        described = expressive(in_any_case(bare) if folds else bare)
        properties[name] = {"description": meaning(kind.name, name), **described}
    for name in sorted(ACCEPTED[kind.framework] - set(properties)):
        properties[name] = {"description": "Accepted and kept for export; changes no number."}
    for second, name in model.second_names.items():
        properties[second] = properties[name]
    by_name: Schema = {"type": "object", "properties": properties, "additionalProperties": model.takes_anything}
    # What a file must state by that name, PyTorch's counts of inputs aside: those follow.
    elsewhere = model.second_names.values()
    required = [
        name
        for name in made.get("required", [])
        if name not in elsewhere and not name.startswith(("in_", "num_features"))
    ]
    if required:
        by_name["required"] = required
    return {"anyOf": [by_name, {"type": "array"}, {"type": ["string", "number", "boolean", "null"]}]}


def in_any_case(schema: Schema) -> Schema:
    """A schema whose words may also be written in capitals; an editor offers them as they are."""
    if "anyOf" in schema:
        return {**schema, "anyOf": [in_any_case(each) for each in schema["anyOf"]]}
    if "enum" not in schema:
        return schema
    words = [
        "".join(f"[{letter.upper()}{letter}]" if letter.isalpha() else letter for letter in word)
        for word in schema["enum"]
    ]
    choice = {key: schema[key] for key in ("enum", "type") if key in schema}
    rest = {key: value for key, value in schema.items() if key not in choice}
    return {**rest, "anyOf": [choice, {"type": "string", "pattern": f"^({'|'.join(words)})$"}]}


def describe(kind: LayerType) -> str:
    """Whose layer it is, and what."""
    return f"{title(kind.framework)}. {model_of(kind).__doc__ or ''}".rstrip()


def signature(kind: LayerType) -> str:
    """``Conv2D(filters, kernel_size, strides=1, ...)``, without what is only kept for export."""
    kept = ("initializer", "regularizer", "constraint")
    texts = [text for name, text in shown(kind).items() if name.rpartition("_")[2] not in kept]
    return f"{kind.name}({', '.join(texts)})"


def shown(kind: LayerType) -> dict[str, str]:
    """The arguments by name, each with its default if it has one: ``strides=1``."""
    return {
        name: name if argument.required else f"{name}={argument.default!r}"
        for name, argument in declared(model_of(kind)).items()
    }


def expressive(schema: Schema) -> Schema:
    """A schema in which every number, list and choice may also be an expression."""
    result = {key: value for key, value in schema.items() if key != "title"}
    if "anyOf" in result:
        result["anyOf"] = [expressive(each) for each in result["anyOf"]]
        return result
    if isinstance(result.get("items"), dict):
        result["items"] = expressive(result["items"])
    if result.get("type") in ("integer", "number", "boolean", "array") or "enum" in result or "const" in result:
        default = {"default": result.pop("default")} if "default" in result else {}
        return {**default, "anyOf": [result, EXPRESSION]}
    return result
