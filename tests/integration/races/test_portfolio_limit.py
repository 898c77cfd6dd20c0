"""The portfolio limit, pushed at by a crowd over two server processes."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import a_person
from tests.support.servers.api_client import Answers, Api, at_once, client_of, statuses
from tests.support.servers.api_servers import Server, running

ANN = a_person("ann")
LIVE = "FROM portfolios WHERE user_id = $1 AND deleted_at IS NULL"
CROWD = 100


def a_portfolio(account_name: str) -> dict[str, Any]:
    return {"name": "Savings", "account_name": account_name, "equity_balance": "1000.00"}


async def create_at_once(api: Api, token: str, names: list[str]) -> Answers:
    return await at_once(api.post("/portfolios", token, a_portfolio(name)) for name in names)


def refusals(answers: Answers) -> Counter[tuple[str, int, int, str]]:
    """Count the refusals by what a program reads from them."""
    return Counter(
        (body["error"], body["limit"], body["current_count"], body["tier"])
        for body in (answer.json() for answer in answers if answer.status_code == 403)
    )


@pytest.mark.parametrize(("tier", "limit"), [("free", 2), ("paid", 10)])
async def test_a_hundred_concurrent_creates_make_exactly_the_limit_of_the_tier(
    api: Api, rows: Rows, tier: str, limit: int
) -> None:
    user = await rows.add_user(ANN, tier=tier)

    answers = await create_at_once(api, ANN.token(), [f"Account {n}" for n in range(CROWD)])

    assert statuses(answers) == {201: limit, 403: CROWD - limit}
    assert refusals(answers) == {("portfolio_limit_reached", limit, limit, tier): CROWD - limit}
    assert await rows.count(LIVE, user) == limit


async def test_two_users_at_their_limits_do_not_affect_each_other(api: Api, rows: Rows) -> None:
    bob = a_person("bob")
    users = [await rows.add_user(person) for person in (ANN, bob)]
    names = [f"Account {n}" for n in range(20)]

    answers = await asyncio.gather(
        *(create_at_once(api, person.token(), names) for person in (ANN, bob))
    )

    assert [statuses(each)[201] for each in answers] == [2, 2]
    assert [await rows.count(LIVE, user) for user in users] == [2, 2]


async def test_deleting_one_frees_its_place(api: Api, rows: Rows) -> None:
    user = await rows.add_user(ANN)
    token = ANN.token()
    first, _ = await create_at_once(api, token, ["One", "Two"])

    full = await api.post("/portfolios", token, a_portfolio("Three"))
    deleted = await api.delete(f"/portfolios/{first.json()['id']}", token)
    retried = await api.post("/portfolios", token, a_portfolio("Three"))

    assert [full.status_code, deleted.status_code, retried.status_code] == [403, 200, 201]
    assert await rows.count(LIVE, user) == 2


async def test_deletes_and_creates_at_once_never_exceed_the_limit(api: Api, rows: Rows) -> None:
    user = await rows.add_user(ANN, tier="paid")
    token = ANN.token()
    made = await create_at_once(api, token, [f"Old {n}" for n in range(10)])
    deletes = [api.delete(f"/portfolios/{answer.json()['id']}", token) for answer in made]
    creates = [api.post("/portfolios", token, a_portfolio(f"New {n}")) for n in range(40)]

    answers = await at_once(chain(*zip(deletes, creates[:10], strict=True), creates[10:]))

    created = statuses(answers)[201]
    assert statuses(answers) == {200: 10, 201: created, 403: 40 - created}
    assert created <= 10
    assert await rows.count(LIVE, user) == created


async def test_no_moment_of_such_a_race_shows_more_than_the_limit(api: Api, rows: Rows) -> None:
    await rows.add_user(ANN)
    token = ANN.token()
    seen: list[int] = []

    async def delete_and_create(name: str) -> httpx.Response:
        made = await api.post("/portfolios", token, a_portfolio(name))
        seen.append((await api.get("/auth/me", token)).json()["portfolio_count"])
        if made.is_success:
            return await api.delete(f"/portfolios/{made.json()['id']}", token)
        return made

    answers = await at_once(delete_and_create(f"Account {n}") for n in range(60))

    assert set(statuses(answers)) <= {200, 403}
    assert max(seen) <= 2


async def test_of_creates_for_one_account_name_exactly_one_wins_on_an_unlimited_tier(
    two_servers: Sequence[Server], dsn: str, rows: Rows, tmp_path: Path
) -> None:
    user = await rows.add_user(ANN)
    unlimited = '{"free": {"max_portfolios": null}}'

    with running(1, dsn, tmp_path, TIER_LIMITS=unlimited) as third:
        async with client_of(*two_servers, *third) as api:
            answers = await create_at_once(api, ANN.token(), ["Broker"] * 60)
        async with client_of(*third) as api:
            others = await create_at_once(api, ANN.token(), [f"Other {n}" for n in range(30)])

    assert statuses(answers) == {201: 1, 409: 59}
    assert {a.json()["error"] for a in answers if a.status_code == 409} == {"account_name_taken"}
    assert statuses(others) == {201: 30}
    assert await rows.count(LIVE, user) == 31


async def test_renames_to_one_account_name_at_once_leave_one_of_that_name(
    api: Api, rows: Rows
) -> None:
    user = await rows.add_user(ANN, tier="paid")
    token = ANN.token()
    made = await create_at_once(api, token, [f"Account {n}" for n in range(10)])

    answers = await at_once(
        api.put(f"/portfolios/{answer.json()['id']}", token, {"account_name": "Broker"})
        for answer in made
    )

    assert statuses(answers) == {200: 1, 409: 9}
    assert await rows.count(f"{LIVE} AND account_name = 'Broker'", user) == 1
