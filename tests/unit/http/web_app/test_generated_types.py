"""The types that are generated from the API's description, compared with the web app's."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from tests.support.providers.application import InMemoryApplication
from tests.unit.http.web_app.test_contract import SHAPES, Shape

TYPES: Final = {
    "num": {"number", "integer"},
    "int": {"integer"},
    "bool": {"boolean"},
    "text": {"string"},
}


@pytest.fixture(scope="module")
def description(application: InMemoryApplication) -> Mapping[str, Any]:
    found: Mapping[str, Any] = application.app.openapi_schema.to_schema()
    return found


def alternatives(schema: Any, description: Mapping[str, Any]) -> Iterator[Any]:
    """Yield what a schema may be, without references and null."""
    if ref := schema.get("$ref"):
        named = description["components"]["schemas"][ref.rsplit("/", 1)[-1]]
        yield from alternatives(named, description)
    elif several := schema.get("oneOf") or schema.get("anyOf"):
        for each in several:
            yield from alternatives(each, description)
    elif schema.get("type") != "null":
        yield schema


def differences(
    schema: Any, shape: Shape, description: Mapping[str, Any], at: str = "answer"
) -> list[str]:
    """Return where no alternative of a generated type is of the web app's."""
    possible = list(alternatives(schema, description))
    if isinstance(shape, list):
        items = [each["items"] for each in possible if "items" in each]
        if not items:
            return [f"{at} is no array"]
        return differences(items[0], shape[0], description, f"{at}[]")
    if isinstance(shape, dict):
        objects = [each for each in possible if "properties" in each]
        if any("properties" not in each for each in possible if each.get("type") == "object"):
            return []  # the client chooses the members
        if not objects:
            return [f"{at} is no object"]
        return [
            difference
            for name, of in shape.items()
            for difference in _member(objects, name.removesuffix("?"), of, description, at)
        ]
    wanted = TYPES.get(shape.removesuffix("?"))
    kinds = {
        kind
        for each in possible
        for kind in ([each["type"]] if isinstance(each.get("type"), str) else each.get("type", ()))
    } - {"null"}
    return [] if wanted is None or kinds <= wanted else [f"{at} is {kinds}, no {shape}"]


def _member(
    objects: list[Any], name: str, of: Shape, description: Mapping[str, Any], at: str
) -> list[str]:
    found = [each["properties"][name] for each in objects if name in each["properties"]]
    if not found:
        return [f"{at}.{name} is missing"]
    return differences(found[0], of, description, f"{at}.{name}")


@pytest.mark.parametrize("path", SHAPES)
def test_the_generated_type_of_an_answer_is_the_web_apps(
    path: str, description: Mapping[str, Any]
) -> None:
    asked = f"/api/v1{path.split('?', maxsplit=1)[0]}"
    paths = [
        each
        for each in description["paths"]
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", each), asked)
    ]
    operation = description["paths"][min(paths, key=lambda each: each.count("{"))]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]

    assert differences(schema, SHAPES[path], description) == []
