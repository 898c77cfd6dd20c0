"""What an operator reads in the log when Clerk does not answer as it should."""

import httpx
import pytest

from sigmasight.adapters.clerk.client import (
    BATCH,
    MAX_BYTES,
    ClerkRequest,
    translate_decode_errors,
)
from sigmasight.domain.identity.sessions import IdentityProviderUnavailableError
from tests.support.builders import signing
from tests.unit.adapters.clerk.jwks_endpoint import ADDRESS, Jwks, an_entry, serving_entries
from tests.unit.adapters.clerk.scripted_clerk import Answer, ScriptedClerk, answer, asking

SLOW = httpx.ReadTimeout("no answer")
UNREACHED = httpx.ConnectError("no route")
LARGE = httpx.Response(200, content=bytes(MAX_BYTES + 1))


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (SLOW, f"Clerk did not answer GET /things: {SLOW!r}"),
        (UNREACHED, f"Clerk did not answer GET /things: {UNREACHED!r}"),
        (LARGE, f"Clerk did not answer GET /things: over {MAX_BYTES} bytes"),
        (answer({}, 503), "Clerk did not answer GET /things: status 503"),
        (
            answer({}, 429, Retry_After="600"),
            "Clerk did not answer GET /things: status 429, Retry-After 600 s",
        ),
        (answer({}, 400), "Clerk answered GET /things with 400"),
        (answer({}, 401), "Clerk answered GET /things with 401"),
    ],
)
async def test_a_failed_request_is_named_with_its_cause(
    given: Answer, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    asked = ClerkRequest("GET", "/things", BATCH)

    with pytest.raises(IdentityProviderUnavailableError):
        await asking(ScriptedClerk(given), lambda backend: backend.send(asked))

    assert _lines(caplog) == [line]


def test_an_answer_that_cannot_be_read_is_logged_with_why(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(IdentityProviderUnavailableError), translate_decode_errors():
        raise ValueError("no JSON")

    assert _lines(caplog) == ["Clerk's answer cannot be read: no JSON"]


async def test_keys_that_cannot_be_fetched_are_logged_with_their_address_and_why(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with Jwks() as clerk:
        with pytest.raises(IdentityProviderUnavailableError):
            await clerk.keys.get("ins_test")

    [line] = _lines(caplog)
    assert line.startswith(f"Clerk's keys could not be fetched from {ADDRESS}: ")
    assert "('no usable key in it')" in line


async def test_a_key_that_cannot_verify_is_named_by_its_id(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with Jwks() as clerk:
        clerk.answer = lambda: serving_entries(
            an_entry(kid="ins_odd", use="enc"), signing.KEY.as_dict(private=False)
        )
        await clerk.keys.get(signing.KID)

    assert _lines(caplog) == ["Skipped a key of Clerk's that cannot verify: kid 'ins_odd'"]


def _lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]
