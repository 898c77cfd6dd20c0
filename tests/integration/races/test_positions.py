"""Positions, closed and deleted by a crowd over two server processes."""

from decimal import Decimal
from typing import Any

import pytest

from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import a_person
from tests.support.servers.api_client import Api, at_once, statuses

ANN = a_person("ann")
KEPT = "SELECT quantity, realized_pnl, exit_price, deleted_at FROM positions ORDER BY id"


async def a_position(api: Api, rows: Rows, **changes: Any) -> str:
    """Have Ann hold 5 shares at 10, and return the way to them."""
    await rows.add_user(ANN)
    created = await api.post("/portfolios", ANN.token(), {"name": "a", "account_name": "b"})
    body = {
        "symbol": "ACME",
        "quantity": 5,
        "avg_cost": 10,
        "position_type": "LONG",
        "investment_class": "PUBLIC",
        **changes,
    }
    way = f"/positions/?portfolio_id={created.json()['id']}"
    answer = await api.post(way, ANN.token(), body)
    assert answer.status_code == 201, answer.text
    return f"/positions/{answer.json()['id']}"


@pytest.mark.parametrize(("kind", "sign"), [("LONG", 1), ("SHORT", -1)])
async def test_twenty_closes_of_one_at_once_close_exactly_the_five_there_are(
    api: Api, rows: Rows, kind: str, sign: int
) -> None:
    position = await a_position(api, rows, position_type=kind)
    token = ANN.token()

    answers = await at_once(
        api.put(position, token, {"exit_price": 10 + number, "close_quantity": 1})
        for number in range(20)
    )

    assert statuses(answers) == {200: 5, 409: 15}
    assert {a.json()["error"] for a in answers if a.status_code == 409} == {"position_closed"}
    gained = sum(number for number, answer in enumerate(answers) if answer.status_code == 200)
    [kept] = await rows.all(KEPT)
    assert kept["realized_pnl"] == Decimal(sign * gained)
    assert kept["quantity"] == sign
    assert kept["exit_price"] is not None


@pytest.mark.parametrize("amounts", [{"quantity": 3}, {"quantity": 3, "close_quantity": 2}])
async def test_a_sale_sent_twenty_times_at_once_sells_once(
    api: Api, rows: Rows, amounts: dict[str, int]
) -> None:
    position = await a_position(api, rows)
    token = ANN.token()

    answers = await at_once(
        api.put(position, token, {"exit_price": 12} | amounts) for _ in range(20)
    )

    assert statuses(answers) == {200: 1, 400: 19}
    [kept] = await rows.all(KEPT)
    assert (kept["realized_pnl"], kept["quantity"], kept["exit_price"]) == (Decimal(4), 3, None)


async def test_closes_in_full_at_once_close_once(api: Api, rows: Rows) -> None:
    position = await a_position(api, rows)
    token = ANN.token()

    answers = await at_once(api.put(position, token, {"exit_price": 12}) for _ in range(20))

    assert statuses(answers) == {200: 1, 409: 19}
    [kept] = await rows.all(KEPT)
    assert (kept["realized_pnl"], kept["quantity"]) == (Decimal(10), Decimal(5))


async def test_closes_and_a_delete_at_once_leave_nothing_to_close(api: Api, rows: Rows) -> None:
    position = await a_position(api, rows)
    token = ANN.token()
    closes = [
        api.put(position, token, {"exit_price": 12, "close_quantity": "0.1"}) for _ in range(20)
    ]

    answers = await at_once([*closes[:5], api.delete(position, token), *closes[5:]])

    closed = statuses(answers)[200] - 1
    assert statuses(answers)[404] == 20 - closed
    [kept] = await rows.all(KEPT)
    assert kept["deleted_at"] is not None
    assert (kept["realized_pnl"] or 0) == Decimal(closed) * 2 / 10


async def test_deletes_of_overlapping_many_at_once_do_not_wait_for_one_another_for_ever(
    api: Api, rows: Rows
) -> None:
    first = await a_position(api, rows)
    [row] = await rows.all("SELECT portfolio_id FROM positions")
    body = {
        "symbol": "ACME",
        "quantity": 1,
        "avg_cost": 1,
        "position_type": "LONG",
        "investment_class": "PUBLIC",
    }
    many = {"portfolio_id": str(row["portfolio_id"]), "positions": [body] * 30}
    made = (await api.post("/positions/bulk", ANN.token(), many)).json()["positions"]
    ids = [first.rsplit("/", 1)[1], *(each["id"] for each in made)]

    answers = await at_once(
        api.delete_many("/positions/bulk", ANN.token(), {"position_ids": order})
        for order in [ids, ids[::-1]] * 5
    )

    assert statuses(answers) == {200: 1, 404: 9}
    assert await rows.count("FROM positions WHERE deleted_at IS NULL") == 0
