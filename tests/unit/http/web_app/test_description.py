"""Any request that the OpenAPI description allows is answered as it describes."""

from typing import Any

import pytest
import schemathesis
from hypothesis import given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.builders.session_tokens import a_token
from tests.support.providers.application import InMemoryApplication
from tests.unit.http.test_routes import OURS

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
PREFIXES = ("/data", "/analytics", "/equity-search", "/onboarding/status", "/chat/me")
OPERATIONS = sorted(
    (method, path.removeprefix("/api/v1"))
    for method, path in OURS
    if path.removeprefix("/api/v1").startswith(PREFIXES)
)


@pytest.fixture(scope="module")
def description(application: InMemoryApplication) -> Any:
    return schemathesis.openapi.from_asgi("/schema/openapi.json", application.app)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_operation_of_the_web_app_is_as_described(
    paid_api: InMemoryApplication, description: Any, method: str, path: str
) -> None:
    del paid_api
    plain = path.replace(":uuid", "").replace(":str", "")
    operation = description[f"/api/v1{plain}"][method]
    headers = {"Authorization": f"Bearer {a_token()}"}

    @settings(max_examples=10)
    @given(case=operation.as_strategy())
    def is_as_described(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)

    is_as_described()
