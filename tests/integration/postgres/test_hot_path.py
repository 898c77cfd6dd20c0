"""What a request costs in statements, counted on the wire between a server and Postgres."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import a_person
from tests.support.servers.api_client import Api, client_of
from tests.support.servers.api_servers import running
from tests.support.servers.postgres_proxy import PostgresProxy

ANN = a_person("ann")


@pytest.fixture
async def legacy(proxy: PostgresProxy, tmp_path: Path) -> AsyncIterator[Api]:
    """The same for a server that takes passwords too."""
    key = "a secret of the tests, long enough"
    settings = {"LEGACY_AUTH_ENABLED": "true", "SECRET_KEY": key}
    with running(1, proxy.dsn, tmp_path, **settings) as servers:
        async with client_of(*servers) as api:
            yield api


@pytest.fixture
async def api(proxy: PostgresProxy, rows: Rows, tmp_path: Path) -> AsyncIterator[Api]:
    """A warm server whose statements are counted."""
    await rows.add_user(ANN)
    with running(1, proxy.dsn, tmp_path) as servers:
        async with client_of(*servers) as api:
            yield api


async def test_auth_me_is_one_statement_in_one_round_trip(api: Api, proxy: PostgresProxy) -> None:
    token = ANN.token()
    await api.get("/auth/me", token)
    proxy.sent.clear()

    answers = [await api.get("/auth/me", token) for _ in range(10)]

    assert [answer.status_code for answer in answers] == [200] * 10
    assert (proxy.statements, proxy.round_trips) == (10, 10)


async def test_auth_me_is_one_statement_for_those_who_signed_in_with_a_password(
    legacy: Api, proxy: PostgresProxy
) -> None:
    ann = {"email": ANN.email, "password": "correct horse", "full_name": "Ann"}
    await legacy.post_as_stranger("/auth/register", ann)
    token = (await legacy.post_as_stranger("/auth/login", ann)).json()["access_token"]
    await legacy.get("/auth/me", token)
    proxy.sent.clear()

    answers = [await legacy.get("/auth/me", token) for _ in range(10)]

    assert [answer.status_code for answer in answers] == [200] * 10
    assert (proxy.statements, proxy.round_trips) == (10, 10)


async def test_auth_me_is_one_statement_with_an_api_key(
    api: Api, proxy: PostgresProxy, rows: Rows
) -> None:
    created = await api.post("/auth/api-keys", ANN.token(), {"name": "Notebook"})
    key = created.json()["key"]
    await api.get("/auth/me", key)
    proxy.sent.clear()

    answers = [await api.get("/auth/me", key) for _ in range(10)]

    assert [answer.status_code for answer in answers] == [200] * 10
    assert (proxy.statements, proxy.round_trips) == (10, 10)
    assert await rows.count("FROM api_keys WHERE last_used_at IS NULL") == 1


async def test_the_use_of_a_key_is_stored_at_the_latest_when_the_server_stops(
    proxy: PostgresProxy, rows: Rows, tmp_path: Path
) -> None:
    await rows.add_user(ANN)
    with running(1, proxy.dsn, tmp_path) as servers:
        async with client_of(*servers) as api:
            created = await api.post("/auth/api-keys", ANN.token(), {"name": "Notebook"})
            await api.get("/auth/me", created.json()["key"])

    assert await rows.count("FROM api_keys WHERE last_used_at IS NOT NULL") == 1
