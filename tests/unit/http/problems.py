"""Reading problems (RFC 9457) from responses."""

from typing import Any

import httpx


def problem_of(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Return a refusal's members, once those that all of them have are as they should be."""
    payload: dict[str, Any] = answer.json()
    assert (answer.status_code, payload["code"]) == (status, code), payload
    assert answer.headers["Content-Type"] == "application/json"
    assert "Accept" in answer.headers["Vary"]
    assert payload["error"] == code or payload["error"]["code"] == code
    assert payload["type"] == f"urn:sigmasight:error:{code}"
    assert payload["status"] == status
    assert payload["title"]
    assert payload["detail"] == payload["message"]
    assert payload["detail"].endswith((".", "”"))
    assert payload["instance"] == answer.headers["X-Request-ID"]
    assert ("WWW-Authenticate" in answer.headers) == (
        status == 401 and code != "webhook_signature_invalid"
    )
    assert ("Retry-After" in answer.headers) == (status in {429, 503})
    return payload


def extra_members(payload: dict[str, Any]) -> dict[str, Any]:
    always = {"type", "title", "status", "detail", "instance", "error", "code", "message"}
    return {member: value for member, value in payload.items() if member not in always}


BODY = {"name": "Savings", "account_name": "Broker 1"}
