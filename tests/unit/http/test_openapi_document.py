"""The API's description as a strict linter and a generator of clients read it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.status_codes import HTTP_400_BAD_REQUEST
from openapi_spec_validator import OpenAPIV31SpecValidator

from sigmasight.entrypoints.http.chat_events import EVENTS
from tests.support.providers.application import InMemoryApplication

REFERENCE = re.compile(r'"\$ref": "#/components/(\w+)/([^"]+)"')


@pytest.fixture(scope="module")
def document(password_application: InMemoryApplication) -> dict[str, Any]:
    described = password_application.app.openapi_schema.to_schema()
    decoded: dict[str, Any] = json.loads(json.dumps(described))
    return decoded


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in document["paths"].values():
        yield from methods.values()


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Yield each object of the document."""
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value:
        if isinstance(each, dict | list):
            yield from parts(each)


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    errors = OpenAPIV31SpecValidator(document).iter_errors()

    assert [(list(error.absolute_path), error.message) for error in errors] == []


def test_everything_that_is_named_is_described_and_nothing_else(document: dict[str, Any]) -> None:
    named = set(REFERENCE.findall(json.dumps(document)))

    components = document["components"]
    described = {(kind, name) for kind in ("schemas", "examples") for name in components[kind]}
    assert named == described
    assert [name for name in components["schemas"] if "sigmasight" in name] == []


def test_operations_have_ids_of_their_own_and_described_tags(document: dict[str, Any]) -> None:
    ids = [each["operationId"] for each in operations(document)]
    tags = {tag for each in operations(document) for tag in each["tags"]}

    assert len(set(ids)) == len(ids)
    assert [each for each in ids if not re.fullmatch(r"[a-z]+(_[a-z]+)+", each)] == []
    assert {"chat_send", "portfolios_create", "equity_changes_record", "web_app_read_overview"} <= {
        *ids
    }
    assert tags == {tag["name"] for tag in document["tags"]}
    assert all(tag["description"] for tag in document["tags"])
    assert {"title", "version", "description", "contact", "license"} <= document["info"].keys()


def test_every_answer_without_a_body_says_so_and_every_other_has_a_schema(
    document: dict[str, Any],
) -> None:
    answers = [item for each in operations(document) for item in each["responses"].items()]

    assert [
        (status, answer)
        for status, answer in answers
        if bool(answer.get("content")) == (status == "204")
        or not all(media["schema"] for media in answer.get("content", {}).values())
        or "URL follows" in answer["description"]
    ] == []


def test_every_example_of_a_problem_is_one(document: dict[str, Any]) -> None:
    required = set(document["components"]["schemas"]["Problem"]["required"])

    examples = document["components"]["examples"]
    for code, example in examples.items():
        problem = example["value"]
        assert required <= problem.keys()
        assert problem["code"] == code
        assert problem["status"] >= HTTP_400_BAD_REQUEST
        assert problem["detail"] == problem["message"] != ""


def test_patterns_are_those_of_ecma_and_decimals_have_one(document: dict[str, Any]) -> None:
    found = list(parts(document))
    patterns = {each["pattern"] for each in found if isinstance(each.get("pattern"), str)}
    decimals = [each for each in found if each.get("format") == "decimal"]

    assert [each for each in patterns if re.search(r"\\[AZz]|\(\?[^:=!]", each)] == []
    assert len(decimals) > 1
    assert [each for each in decimals if "pattern" not in each] == []


def test_limits_of_integers_are_integers(document: dict[str, Any]) -> None:
    integers = [each for each in parts(document) if each.get("type") == "integer"]
    limits = [value for each in integers for key, value in each.items() if "imum" in key]

    assert 0 in limits
    assert [each for each in limits if not isinstance(each, int)] == []


@pytest.mark.parametrize(
    "path",
    ["admin/fix/clear-calculations", "admin/fix/run-batch", "data/positions/restore-sector-tags"],
)
def test_an_optional_body_is_described_as_one(document: dict[str, Any], path: str) -> None:
    assert document["paths"][f"/api/v1/{path}"]["post"]["requestBody"]["required"] is False


@pytest.mark.parametrize(
    ("method", "path", "kinds"),
    [
        ("get", "onboarding/csv-template", ["text/csv"]),
        ("get", "portfolios/{portfolio_id}/equity-changes/export", ["text/csv"]),
        ("post", "target-prices/{portfolio_id}/export", ["application/json", "text/csv"]),
        ("get", "onboarding/status/{portfolio_id}/logs", ["application/json", "text/plain"]),
        ("post", "chat/send", ["text/event-stream"]),
    ],
)
def test_an_answer_is_described_in_each_of_its_media_types(
    document: dict[str, Any], method: str, path: str, kinds: list[str]
) -> None:
    responses = document["paths"][f"/api/v1/{path}"][method]["responses"]

    assert [status for status in responses if status < "400"] == ["200"]
    assert list(responses["200"]["content"]) == kinds


def test_each_event_of_a_streamed_answer_is_described(document: dict[str, Any]) -> None:
    stream = document["paths"]["/api/v1/chat/send"]["post"]["responses"]["200"]["content"]
    described = stream["text/event-stream"]["schema"]["anyOf"]

    assert [
        f"`{name}`" in each["description"] for name, each in zip(EVENTS, described, strict=True)
    ]


def test_fields_of_forms_have_no_null(document: dict[str, Any]) -> None:
    bodies = [each.get("requestBody", {"content": {}})["content"] for each in operations(document)]
    forms = [
        body["multipart/form-data"]["schema"]["$ref"]
        for body in bodies
        if len(body) == 1 and "multipart/form-data" in body
    ]

    assert len(forms) > 1
    for form in forms:
        schema = document["components"]["schemas"][form.rsplit("/", 1)[-1]]
        assert [each for each in parts(schema) if each.get("type") == "null"] == []
