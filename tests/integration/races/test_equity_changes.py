"""Equity changes created, updated and deleted concurrently over two server processes."""

import asyncpg

from sigmasight.domain.portfolios.equity_changes.model import MAX_CHANGES
from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import a_person
from tests.support.servers.api_client import Api, at_once, statuses

ANN = a_person("ann")
CHANGE = {"change_type": "CONTRIBUTION", "amount": 1, "change_date": "2026-01-02"}
FILL = """
INSERT INTO equity_changes (user_id, id, portfolio_id, change_type, amount, change_date)
SELECT user_id, gen_random_uuid(), id, 'WITHDRAWAL', 1, '2026-01-01'
FROM portfolios, generate_series(1, $1)
"""


async def a_change(api: Api, rows: Rows) -> str:
    """Create one as Ann, and return its path."""
    await rows.add_user(ANN)
    created = await api.post("/portfolios", ANN.token(), {"name": "a", "account_name": "b"})
    way = f"/portfolios/{created.json()['id']}/equity-changes"
    response = await api.post(way, ANN.token(), CHANGE)
    return f"{way}/{response.json()['id']}"


async def test_a_change_deleted_during_updates_stays_deleted(api: Api, rows: Rows) -> None:
    way = await a_change(api, rows)
    token = ANN.token()
    corrections = [api.put(way, token, {"amount": amount}) for amount in range(2, 20)]

    answers = await at_once([*corrections[:9], api.delete(way, token), *corrections[9:]])

    corrected = [each.json()["amount"] for each in answers if each.status_code == 200]
    assert statuses(answers) == {200: len(corrected), 204: 1, 404: 18 - len(corrected)}
    [kept] = await rows.all("SELECT amount, deleted_at FROM equity_changes")
    assert kept["deleted_at"] is not None
    assert f"{kept['amount']}" in {"1.00", *corrected}


async def test_concurrent_updates_of_different_fields_are_all_stored(api: Api, rows: Rows) -> None:
    way = await a_change(api, rows)
    parts = [{"amount": 7}, {"notes": "x"}, {"change_type": "WITHDRAWAL"}]

    answers = await at_once(api.put(way, ANN.token(), part) for part in parts * 5)

    kept = (await api.get(way, ANN.token())).json()
    assert statuses(answers) == {200: 15}
    assert (kept["amount"], kept["notes"], kept["change_type"]) == ("7.00", "x", "WITHDRAWAL")


async def test_of_twenty_concurrent_creates_only_the_limit_succeeds(
    api: Api, rows: Rows, pool: asyncpg.Pool
) -> None:
    way, _, _ = (await a_change(api, rows)).rpartition("/")
    await pool.execute(FILL, MAX_CHANGES - 6)

    answers = await at_once(api.post(way, ANN.token(), CHANGE) for _ in range(20))

    assert statuses(answers) == {201: 5, 409: 15}
    assert await rows.count("FROM equity_changes") == MAX_CHANGES
