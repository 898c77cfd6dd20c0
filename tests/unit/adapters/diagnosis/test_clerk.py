"""What Clerk answers when it is another instance, another server, or none."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from sigmasight.adapters.clerk.client import ClerkClient
from sigmasight.adapters.diagnosis.clerk import BackendApiAnswers, IssuerAnswers, KeysUsable
from sigmasight.domain.diagnosis import Finding, Verdict
from tests.support.builders import signing
from tests.support.builders.instants import NOON
from tests.support.fakes.kernel import FixedClock

ISSUER = signing.ISSUER
JWKS = f"{ISSUER}/.well-known/jwks.json"
API = "https://api.clerk.test/v1"
OTHER = signing.jwks(signing.an_rsa_key())
Answer = Callable[[httpx.Request], httpx.Response]


@asynccontextmanager
async def clerk(answer: Answer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        yield client


def with_keys(api: bytes, issuer: bytes) -> Answer:
    return lambda request: httpx.Response(
        200, content=api if request.url.host == "api.clerk.test" else issuer
    )


def dead(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectTimeout("no answer")


async def backend_api(answer: Answer) -> Finding:
    async with clerk(answer) as client:
        backend = ClerkClient(client, API, "sk_test", FixedClock(NOON))
        return await BackendApiAnswers(backend, client, JWKS).run()


async def test_a_secret_key_of_another_instance_is_named() -> None:
    finding = await backend_api(with_keys(OTHER, signing.jwks(signing.KEY)))

    assert finding.verdict is Verdict.FAILED
    assert "another Clerk instance" in finding.detail


async def test_a_secret_key_of_the_instance_is_right() -> None:
    ours = signing.jwks(signing.KEY)

    assert (await backend_api(with_keys(ours, ours))).verdict is Verdict.OK


async def test_a_dead_backend_api_is_named_after_one_try() -> None:
    finding = await backend_api(dead)

    assert finding.verdict is Verdict.FAILED
    assert "does not answer" in finding.detail


@pytest.mark.parametrize(
    ("body", "detail"),
    [(b"<html>", "no key set"), (b'{"keys": []}', "no usable key"), (OTHER[:-1], "no key set")],
)
async def test_what_is_no_key_set_is_named(body: bytes, detail: str) -> None:
    async with clerk(with_keys(b"", body)) as client:
        finding = await KeysUsable(client, JWKS, None).run()

    assert finding.verdict is Verdict.FAILED
    assert detail in finding.detail


@pytest.mark.parametrize(("needs_network", "verdict"), [(True, "failed"), (False, "skipped")])
async def test_a_dead_issuer_is_a_fault_unless_a_key_is_configured(
    *, needs_network: bool, verdict: str
) -> None:
    async with clerk(dead) as client:
        issuer = IssuerAnswers(client, ISSUER, None, needs_network=needs_network)

        assert (await issuer.run()).verdict == verdict


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (404, b"", "ok"),
        (200, b'{"issuer": "https://clerk.sigmasight.test"}', "ok"),
        (200, b'{"issuer": "https://other.example.com"}', "failed"),
        (200, b"<html>", "failed"),
    ],
)
async def test_the_issuer_is_what_clerk_says_of_itself(
    status: int, body: bytes, verdict: str
) -> None:
    async with clerk(lambda _: httpx.Response(status, content=body)) as client:
        assert (await IssuerAnswers(client, ISSUER, None).run()).verdict == verdict
