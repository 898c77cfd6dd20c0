"""A client that hangs up in the middle of its body is no error of ours."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.support.builders.users import ANN
from tests.support.providers.application import InMemoryApplication


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x"])
async def test_hanging_up_within_a_body_is_logged_as_the_clients_departure(
    api: InMemoryApplication, kind: str
) -> None:
    path = "/api/v1/portfolios" if "json" in kind else "/api/v1/onboarding/import-preview"
    messages = iter(
        [
            {"type": "http.request", "body": b'{"name":', "more_body": True},
            {"type": "http.disconnect"},
        ]
    )
    sent: list[Any] = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    headers = {
        "authorization": f"Bearer {api.token(ANN)}",
        "content-type": kind,
        "content-length": "999",
    }
    scope: Any = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("api.test", 80),
        "scheme": "http",
    }
    with capture_logs() as logged:
        await api.app(scope, receive, send)

    [line] = [each for each in logged if each["event"] == "request"]
    assert line["status"] == 499
    assert [each for each in logged if each["log_level"] == "error"] == []
    assert sent[0]["status"] == 499
