"""The OpenAPI document, completed by what Litestar does not say of the schemas.

Litestar describes the operations; msgspec, which reads and writes the bodies, describes them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Final

import msgspec
from litestar import MediaType
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import OpenAPI, Schema
from litestar.plugins import OpenAPISchemaPlugin
from litestar.typing import FieldDefinition

from sigmasight.entrypoints.http.errors import PROBLEM
from sigmasight.entrypoints.http.requests import PLAIN_DECIMAL, Amount

EXAMPLES: Final = "#/components/examples/"
COMPONENTS: Final = "#/components/schemas/"
DIGITS: Final = r"^-?[0-9]+(\.[0-9]+)?$"
CUSTOM: Final[dict[type, dict[str, Any]]] = {
    Amount: {
        "anyOf": [
            {"type": "string", "format": "decimal", "pattern": f"^{PLAIN_DECIMAL.pattern}$"},
            {"type": "number"},
        ],
        "examples": ["125000.00"],
    },
    UploadFile: {"type": "string", "contentMediaType": "application/octet-stream"},
}
LIMITS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")


DESCRIBED: Final[dict[str, dict[str, Any]]] = {}


def describe(kind: Any) -> dict[str, Any]:
    """Return the schema of a type, which names its components."""
    schemas, components = msgspec.json.schema_components(
        [kind], schema_hook=CUSTOM.__getitem__, ref_template=f"{COMPONENTS}{{name}}"
    )
    DESCRIBED.update(components)
    return dict(schemas[0])


def array_of(kind: Any) -> dict[str, Any]:
    """Return the schema of an array that is read one by one, so that each error is reported."""
    return {"items": describe(kind)}


class StructPlugin(OpenAPISchemaPlugin):
    """Names msgspec's structs where Litestar would describe them."""

    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        return not field_definition.is_union and field_definition.is_subclass_of(msgspec.Struct)

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: Any) -> Schema:
        describe(field_definition.type_)
        named: Schema = schema_creator.create_component_schema(
            field_definition, required=[], property_fields={}
        )
        return named


class Document(OpenAPI):
    """Litestar's document, with the schemas that it names and no other."""

    def to_schema(self) -> dict[str, Any]:
        document: dict[str, Any] = super().to_schema()
        described = document["components"].pop("schemas") | DESCRIBED
        examples: dict[str, Any] = {}
        for response in _responses(document):
            _share_examples(response, examples)
        document["components"]["examples"] = dict(sorted(examples.items()))
        forms = set(_forms(document))
        named = set[str]()
        document = _completed(document, named)
        schemas: dict[str, Any] = {}
        while missing := named - schemas.keys():
            schemas |= {name: _completed(described[name], named) for name in missing}
        for name in forms:
            schemas[name] = _without_null(schemas[name])
        document["components"]["schemas"] = dict(sorted(schemas.items()))
        return document


@dataclass
class DocumentConfig(OpenAPIConfig):
    def to_openapi_schema(self) -> Document:
        plain = super().to_openapi_schema()
        return Document(**{field.name: getattr(plain, field.name) for field in fields(plain)})


def _responses(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for operations in document["paths"].values():
        for operation in operations.values():
            operation.setdefault("security", [])
            yield from operation["responses"].values()


def _forms(document: dict[str, Any]) -> Iterator[str]:
    """Yield the names of the schemas that are forms."""
    for operations in document["paths"].values():
        for operation in operations.values():
            body = operation.get("requestBody", {}).get("content", {})
            if form := body.get(RequestEncodingType.MULTI_PART):
                yield form["schema"]["$ref"].removeprefix(COMPONENTS)


def _without_null(form: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a form, whose fields have no value null: they are left out."""
    properties = {
        name: {
            key: [each for each in value if each.get("type") != "null"] if key == "anyOf" else value
            for key, value in field.items()
            if (key, value) != ("default", None)
        }
        for name, field in form["properties"].items()
    }
    return {**form, "properties": properties}


def _share_examples(response: dict[str, Any], shared: dict[str, Any]) -> None:
    """Name a problem's examples instead of repeating them, and add its type of RFC 9457."""
    content = response.get("content", {})
    problem = content.get(MediaType.JSON, {})
    if examples := problem.get("examples"):
        shared |= {name: {"value": example["value"]} for name, example in examples.items()}
        problem["examples"] = {name: {"$ref": f"{EXAMPLES}{name}"} for name in examples}
        content[PROBLEM] = {"schema": problem["schema"]}


def _completed(part: Any, named: set[str]) -> Any:
    """Return a part of the document with the patterns of ECMA, and note the schemas it names."""
    if isinstance(part, list):
        return [_completed(each, named) for each in part]
    if not isinstance(part, dict):
        return part
    part = {key: _completed(each, named) for key, each in part.items()}
    if isinstance(reference := part.get("$ref"), str) and reference.startswith(COMPONENTS):
        named.add(reference.removeprefix(COMPONENTS))
    if isinstance(pattern := part.get("pattern"), str):
        part["pattern"] = pattern.replace(r"\Z", "$")
    if part.get("type") == "string" and part.get("format") == "decimal":
        part.setdefault("pattern", DIGITS)
    if part.get("type") == "integer":
        part |= {key: int(part[key]) for key in LIMITS if key in part}
    return part
