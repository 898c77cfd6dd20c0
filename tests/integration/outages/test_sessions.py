"""Signing out and refreshing with a Clerk that is there, that fails, and that is gone."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from sigmasight.entrypoints.local.clerk.named_accounts import ensure_account
from tests.integration.local_clerk import *  # noqa: F403  a fixture
from tests.support.fakes.clerk import FakeClerk
from tests.support.servers.api_client import Api, client_of
from tests.support.servers.api_servers import running


@pytest.fixture
async def api(clerk: FakeClerk, dsn: str, tmp_path: Path) -> AsyncIterator[Api]:
    """A server that has the secret key of the local Clerk."""
    settings = {
        "CLERK_ISSUER": clerk.url,
        "CLERK_API_URL": f"{clerk.url}/v1",
        "CLERK_SECRET_KEY": clerk.clerk.secret_key,
    }
    with running(1, dsn, tmp_path, **settings) as servers:
        async with client_of(*servers) as api:
            yield api


def error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


async def test_a_session_is_refreshed_until_it_is_logged_out_of(api: Api, clerk: FakeClerk) -> None:
    ann = ensure_account(clerk.instance, "ann")
    token = clerk.clerk.signed_in(ann.id)

    fresh = (await api.post("/auth/refresh", token, {})).json()
    me = await api.get("/auth/me", fresh["access_token"])
    goodbye = await api.post("/auth/logout", fresh["access_token"], {})
    refused = await api.post("/auth/refresh", token, {})
    signed_in_again = await api.post("/auth/refresh", clerk.clerk.signed_in(ann.id), {})

    assert fresh["access_token"] != token
    assert fresh["expires_in"] == 60
    assert me.json()["email"] == "ann@demo.example"
    assert goodbye.json()["success"] is True
    assert error(refused) == (401, "session_ended")
    assert signed_in_again.is_success


async def test_a_failure_of_clerk_is_retried_once_and_then_reported(
    api: Api, clerk: FakeClerk
) -> None:
    token = clerk.clerk.signed_in(ensure_account(clerk.instance, "ann").id)
    await api.get("/auth/me", token)

    clerk.failures.inject(500, 500)
    failed = await api.post("/auth/logout", token, {})
    clerk.failures.inject(429, retry_after="20")
    busy = await api.post("/auth/refresh", token, {})
    clerk.failures.inject(500)
    done = await api.post("/auth/logout", token, {})

    assert error(failed) == error(busy) == (503, "identity_provider_unavailable")
    assert "Set-Cookie" not in failed.headers
    assert busy.headers["Retry-After"] == "20"
    assert done.is_success
    assert clerk.instance.session("sess_demo_ann").status == "revoked"
