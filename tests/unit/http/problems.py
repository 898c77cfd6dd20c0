"""Reading problems (RFC 9457) from responses."""

from typing import Any

import httpx


def problem_of(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Return a refusal's members, once those that all of them have are as they should be."""
    said: dict[str, Any] = answer.json()
    assert (answer.status_code, said["error"]) == (status, code), said
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert said["type"] == f"urn:sigmasight:error:{code}"
    assert said["status"] == status
    assert said["title"]
    assert said["detail"] == said["message"]
    assert said["detail"].endswith((".", "”"))
    assert said["instance"] == answer.headers["X-Request-ID"]
    assert ("WWW-Authenticate" in answer.headers) == (
        status == 401 and code != "webhook_signature_invalid"
    )
    assert ("Retry-After" in answer.headers) == (status in {429, 503})
    return said


def extra_members(said: dict[str, Any]) -> dict[str, Any]:
    always = {"type", "title", "status", "detail", "instance", "error", "message"}
    return {member: value for member, value in said.items() if member not in always}


BODY = {"name": "Savings", "account_name": "Broker 1"}
