"""An outage of Clerk's key set."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import nullcontext
from pathlib import Path

import httpx
import pytest

from tests.integration.database_rows import Rows
from tests.integration.outages.key_server import KeyServer
from tests.integration.polling import until
from tests.support.builders import signing
from tests.support.builders.clerk_users import a_person
from tests.support.servers.api_client import (
    Api,
    all_unavailable,
    at_once,
    client_of,
    outcomes,
    statuses,
)
from tests.support.servers.api_servers import running

UNAVAILABLE = "identity_provider_unavailable"

ANN = a_person("ann")
TRIES = 100
ROTATED = signing.an_rsa_key("ins_rotated")


@pytest.fixture
def clerk() -> KeyServer:
    return KeyServer(signing.KEY)


@pytest.fixture
async def api(clerk: KeyServer, dsn: str, rows: Rows, tmp_path: Path) -> AsyncIterator[Api]:
    """A server that fetches its keys from Clerk and has not yet."""
    await rows.add_user(ANN)
    settings = {"CLERK_JWT_KEY": "", "CLERK_JWKS_URL": clerk.url}
    with running(1, dsn, tmp_path, **settings) as servers:
        async with client_of(*servers) as api:
            yield api


async def ask(api: Api, number: int) -> httpx.Response:
    """Send a request with a token that is not cached."""
    return await api.get("/auth/me", ANN.token(sid=f"sess_{number}"))


async def is_served(api: Api, token: str) -> bool:
    return (await api.get("/auth/me", token)).is_success


async def until_signed_in(api: Api) -> httpx.Response:
    for number in range(TRIES):
        answer = await ask(api, -number)
        if answer.is_success:
            return answer
        await asyncio.sleep(0.1)
    raise AssertionError("Nobody could sign in again.")


async def test_without_any_key_every_request_is_a_retryable_503_until_clerk_is_back(
    api: Api, clerk: KeyServer
) -> None:
    refused: list[httpx.Response] = []
    for state in (
        nullcontext(),
        clerk.up(status=500),
        clerk.up(instead=b"<html>Sign in to the hotel's network</html>"),
        clerk.up(instead=signing.jwks(signing.KEY) + bytes(10 << 20)),
        clerk.unresponsive(),
    ):
        with state:
            refused += await at_once(ask(api, number) for number in range(20))
    with clerk.up():
        back = await until_signed_in(api)

    assert len(refused) == 100
    assert all_unavailable(refused, UNAVAILABLE)
    assert back.json()["email"] == ANN.email


async def test_keys_fetched_once_for_many_callers_serve_through_an_outage(
    api: Api, clerk: KeyServer
) -> None:
    with clerk.up():
        crowd = await at_once(ask(api, number) for number in range(50))

    answers = await at_once(ask(api, number) for number in range(50, 70))
    strange = signing.a_token(sub=ANN.id, head=signing.header(kid="ins_other"))
    unknown = await api.get("/auth/me", strange)

    assert statuses(crowd) == {200: 50}
    assert statuses(answers) == {200: 20}
    assert (unknown.status_code, unknown.json()["error"]) == (401, "token_key_unknown")
    assert clerk.fetches == 1


async def test_a_key_rotated_in_is_found_and_the_one_before_is_out(
    api: Api, clerk: KeyServer
) -> None:
    head = signing.header(kid="ins_rotated")
    rotated = signing.a_token(sub=ANN.id, key=ROTATED, head=head)
    with clerk.up():
        before = await ask(api, 0)
    clerk.keys = (ROTATED,)
    with clerk.up():
        await until(lambda: is_served(api, rotated), "the new key", tries=400)
        after = await ask(api, 1)

    assert before.status_code == 200
    assert (after.status_code, after.json()["error"]) == (401, "token_key_unknown")


async def test_whatever_needs_no_token_works_without_clerk(api: Api) -> None:
    bob = a_person("bob")
    await ask(api, 0)

    webhook = await api.deliver(bob.created())
    probes = await at_once(map(api.probe, ("/health/live", "/health/ready", "/health")))

    assert outcomes([webhook]) == {"received": 1}
    assert statuses(probes) == {200: 3}
    health = probes[2].json()
    assert (health["status"], health["checks"]["clerk"]["status"]) == ("degraded", "failing")
    assert health["checks"]["database"]["status"] == "ok"
