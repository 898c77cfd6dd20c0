"""Passwords tried, and addresses registered, by a crowd over two server processes."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Final

import bcrypt
import pytest

from sigmasight.domain.access.attempts import MAX_BY_NETWORK
from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import a_person
from tests.support.servers.api_client import Answers, Api, at_once, client_of, statuses
from tests.support.servers.api_servers import Server, running

LEGACY: Final = {
    "LEGACY_AUTH_ENABLED": "true",
    "SECRET_KEY": "a secret of the races, long enough",
}
ANN = a_person("ann")
SECRET: Final = "correct horse"  # noqa: S105
WRONG: Final = "wrong horse"


@pytest.fixture(scope="module")
def legacy_servers(
    migrated: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sequence[Server]]:
    with running(2, migrated, tmp_path_factory.mktemp("legacy"), **LEGACY) as servers:
        yield servers


@pytest.fixture
async def api(legacy_servers: Sequence[Server], dsn: str) -> AsyncIterator[Api]:
    """The API behind two servers that take passwords, nothing in its database."""
    del dsn
    async with client_of(*legacy_servers) as client:
        yield client


async def log_in(api: Api, times: int, email: str = ANN.email, password: str = WRONG) -> Answers:
    body = {"email": email, "password": password}
    return await at_once(api.post_as_stranger("/auth/login", body) for _ in range(times))


async def register(api: Api, times: int, password: str = SECRET) -> Answers:
    body = {"email": ANN.email, "password": password, "full_name": "Ann Example"}
    return await at_once(
        api.post_as_stranger("/auth/register", {**body, "email": respelled(ANN.email, number)})
        for number in range(times)
    )


def respelled(email: str, number: int) -> str:
    return email.title() if number % 2 else email


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
async def test_of_40_concurrent_wrong_passwords_10_are_checked_and_30_are_limited(
    api: Api, rows: Rows, *, known: bool
) -> None:
    if known:
        await register(api, 1)

    answers = await log_in(api, 40)

    assert statuses(answers) == {401: 10, 429: 30}
    waits = [int(a.headers["Retry-After"]) for a in answers if a.status_code == 429]
    assert all(0 < wait <= 15 * 60 for wait in waits)
    assert statuses(await log_in(api, 1, password=SECRET)) == {429: 1}
    kept = await rows.all("SELECT key, cardinality(at) AS attempts FROM login_attempts")
    assert {row["key"]: row["attempts"] for row in kept} == {
        ANN.email: 10,
        "login from 127.0.0.1": MAX_BY_NETWORK,
        **({"registration from 127.0.0.1": 1} if known else {}),
    }


async def test_two_who_register_one_address_at_once_are_one_user_and_one_refusal(
    api: Api, rows: Rows
) -> None:
    answers = await register(api, 2)

    assert statuses(answers) == {200: 1, 409: 1}
    assert [a.json()["error"] for a in answers if a.status_code == 409] == ["email_conflict"]
    assert len(await rows.users()) == 1


async def test_concurrent_registrations_of_one_address_create_one_user_who_can_log_in(
    api: Api, rows: Rows
) -> None:
    answers = await register(api, 12)

    [user] = await rows.users()
    assert statuses(answers) == {200: 1, 409: 11}
    assert (user["clerk_user_id"], user["tier"], user["invite_validated"]) == (None, "free", False)
    [logged_in] = await log_in(api, 1, password=SECRET)
    me = await api.get("/auth/me", logged_in.json()["access_token"])
    assert me.json()["id"] == str(user["id"])


async def test_registering_and_signing_in_with_clerk_at_once_make_one_user(
    api: Api, rows: Rows
) -> None:
    await api.post_as_stranger("/auth/login", {"email": "warm@example.com", "password": "up"})

    answers = await at_once(
        [
            api.get("/auth/me", ANN.token()),
            api.post_as_stranger(
                "/auth/register",
                {"email": ANN.email, "password": SECRET, "full_name": "Ann Example"},
            ),
            api.get("/auth/me", ANN.token()),
        ]
    )

    [user] = await rows.users()
    assert user["clerk_user_id"] == ANN.id
    assert statuses(answers[::2]) == {200: 2}
    assert answers[1].status_code in {200, 409}
    assert statuses(await log_in(api, 1, password=SECRET)) == {401: 1}


async def test_a_password_of_the_original_system_logs_in_and_is_rehashed_as_argon2(
    api: Api, rows: Rows
) -> None:
    original = bcrypt.hashpw(SECRET.encode(), bcrypt.gensalt(6)).decode()
    await rows.put(email=ANN.email, hashed_password=original)

    answers = await log_in(api, 6, email=ANN.email.upper(), password=SECRET)

    assert statuses(answers) == {200: 6}
    [user] = await rows.users()
    assert user["hashed_password"].startswith("$argon2id$")
    assert await rows.count("FROM login_attempts") == 0
    assert statuses(await log_in(api, 1, password=SECRET)) == {200: 1}


async def test_two_servers_accept_each_others_tokens(api: Api) -> None:
    await register(api, 1)
    [logged_in] = await log_in(api, 1, password=SECRET)

    answers = await at_once(api.get("/auth/me", logged_in.json()["access_token"]) for _ in range(4))

    assert statuses(answers) == {200: 4}
