"""One position over HTTP: read, changed, closed and deleted."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from sigmasight.domain.portfolios.positions import PositionId
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.users import ANNS_ID
from tests.unit.http.portfolio_client import NOBODYS, OPTION, PortfolioClient, refused


class TestOne:
    async def test_is_read_as_it_was_created(self, portfolio_client: PortfolioClient) -> None:
        payload = await portfolio_client.add()

        answer = await portfolio_client.api("GET", f"/positions/{payload['id']}")

        assert (answer.status_code, answer.json()) == (200, payload)

    async def test_is_changed_only_in_the_named_fields(
        self, portfolio_client: PortfolioClient
    ) -> None:
        payload = await portfolio_client.add(notes="Old")
        portfolio_client.api.clock.set(NOON + DAY)

        answer = await portfolio_client.change(payload, avg_cost="10", notes=None)

        assert answer.status_code == 200
        assert answer.json() == {
            **payload,
            "entry_price": "10.00",
            "market_value": "100.00",
            "notes": None,
            "updated_at": "2026-01-16T12:00:00Z",
        }

    @pytest.mark.parametrize("change", [{"symbol": None}, {"quantity": 0}, {"strike_price": 5}])
    async def test_is_not_changed_to_invalid_values(
        self, portfolio_client: PortfolioClient, change: dict[str, Any]
    ) -> None:
        payload = await portfolio_client.add()

        assert refused(await portfolio_client.change(payload, **change))
        assert (await portfolio_client.listed())["positions"] == [payload]

    async def test_closes_in_part_and_then_in_full(self, portfolio_client: PortfolioClient) -> None:
        payload = await portfolio_client.add()

        part = (await portfolio_client.change(payload, exit_price="15", close_quantity=4)).json()
        rest = (
            await portfolio_client.change(payload, exit_price="10", exit_date="2026-01-15")
        ).json()

        assert part == {
            **payload,
            "quantity": "6",
            "market_value": "75.00",
            "realized_pnl": "10.00",
        }
        assert rest == {
            **part,
            "market_value": "0.00",
            "unrealized_pnl": None,
            "realized_pnl": "-5.00",
            "exit_price": "10.00",
            "exit_date": "2026-01-15",
        }

    async def test_of_an_option_realizes_100_times_and_of_a_short_the_other_way(
        self, portfolio_client: PortfolioClient
    ) -> None:
        payload = await portfolio_client.add(**OPTION)

        closed = (await portfolio_client.change(payload, exit_price="10.25")).json()

        assert (closed["quantity"], closed["realized_pnl"]) == ("-10", "2250.00")

    @pytest.mark.parametrize(
        ("option", "amounts"),
        [
            ({}, {"quantity": 6}),
            ({}, {"close_quantity": 4, "quantity": 6}),
            (OPTION, {"close_quantity": 4, "quantity": -6}),
            (OPTION, {"close_quantity": None, "quantity": "-6"}),
        ],
    )
    async def test_closes_all_but_the_quantity_beside_an_exit_price(
        self, portfolio_client: PortfolioClient, option: dict[str, Any], amounts: dict[str, Any]
    ) -> None:
        payload = await portfolio_client.add(**option)

        part = (await portfolio_client.change(payload, exit_price="15", **amounts)).json()
        rest = (await portfolio_client.change(payload, exit_price="15", quantity=0)).json()

        assert (Decimal(part["quantity"]), part["exit_price"]) == (
            Decimal(amounts["quantity"]),
            None,
        )
        assert (rest["quantity"], rest["exit_price"]) == (part["quantity"], "15.00")

    @pytest.mark.parametrize(
        "amounts", [{"quantity": 10}, {"quantity": -6}, {"quantity": 6, "close_quantity": 6}]
    )
    async def test_does_not_close_by_amounts_that_do_not_add_up(
        self, portfolio_client: PortfolioClient, amounts: dict[str, Any]
    ) -> None:
        payload = await portfolio_client.add()

        answer = await portfolio_client.change(payload, exit_price="15", **amounts)

        assert refused(answer) == [("quantity", "not_what_remains")]
        assert (await portfolio_client.listed())["positions"] == [payload]

    async def test_closes_once(self, portfolio_client: PortfolioClient) -> None:
        payload = await portfolio_client.add()
        await portfolio_client.change(payload, exit_price="15")

        answer = await portfolio_client.change(payload, exit_price="16")

        assert (answer.status_code, answer.json()["error"]) == (409, "position_closed")

    async def test_does_not_close_more_than_the_quantity(
        self, portfolio_client: PortfolioClient
    ) -> None:
        payload = await portfolio_client.add()

        answer = await portfolio_client.change(payload, exit_price="15", close_quantity="10.000001")

        assert refused(answer) == [("close_quantity", "more_than_open")]
        assert answer.json()["errors"][0]["message"] == "Only 10 is open."


class TestDelete:
    async def test_is_soft_and_happens_once(self, portfolio_client: PortfolioClient) -> None:
        payload = await portfolio_client.add()

        answer = await portfolio_client.api("DELETE", f"/positions/{payload['id']}")

        assert answer.status_code == 200
        assert answer.json() == {
            "deleted": True,
            "position_id": payload["id"],
            "symbol": "ACME",
            "type": "soft_delete",
            "deleted_at": "2026-01-15T12:00:00Z",
            "reason": None,
        }
        for method in ("GET", "DELETE"):
            again = await portfolio_client.api(method, f"/positions/{payload['id']}")
            assert (again.status_code, again.json()["error"]) == (404, "position_not_found")
        assert (ANNS_ID, PositionId(UUID(payload["id"]))) in portfolio_client.api.store.positions

    async def test_of_many_returns_their_symbols(self, portfolio_client: PortfolioClient) -> None:
        first, second = await portfolio_client.add(), await portfolio_client.add(symbol="OTHER")
        ids = {"position_ids": [second["id"], first["id"]]}

        answer = await portfolio_client.api("DELETE", "/positions/bulk", json=ids)

        assert answer.status_code == 200
        assert answer.json() == {"deleted": True, "count": 2, "positions": ["OTHER", "ACME"]}
        assert (await portfolio_client.listed())["total"] == 0

    async def test_of_many_with_one_unknown_deletes_none(
        self, portfolio_client: PortfolioClient
    ) -> None:
        payload = await portfolio_client.add()

        answer = await portfolio_client.api(
            "DELETE", "/positions/bulk", json={"position_ids": [payload["id"], NOBODYS]}
        )

        assert (answer.status_code, answer.json()["error"]) == (404, "position_not_found")
        assert (await portfolio_client.listed())["positions"] == [payload]

    @pytest.mark.parametrize("ids", [[], [NOBODYS] * 1001, ["x"], None])
    async def test_of_none_or_too_many_is_400(
        self, portfolio_client: PortfolioClient, ids: Any
    ) -> None:
        answer = await portfolio_client.api("DELETE", "/positions/bulk", json={"position_ids": ids})

        assert refused(answer)


class TestDuplicates:
    async def test_are_open_positions_in_the_symbol(
        self, portfolio_client: PortfolioClient
    ) -> None:
        payload = await portfolio_client.add()
        query = f"/positions/check-duplicate?portfolio_id={portfolio_client.id}&symbol="

        known = await portfolio_client.api("GET", f"{query}acme")
        unknown = await portfolio_client.api("GET", f"{query}OTHER")

        assert known.json() == {
            "has_duplicates": True,
            "total_count": 1,
            "message": "There is 1 open position in ACME.",
            "existing_positions": [{**payload, "entry_price": 12.5, "avg_cost": 12.5}],
            "tags_to_inherit": [],
        }
        assert unknown.json() == {
            "has_duplicates": False,
            "total_count": 0,
            "message": "There are 0 open positions in OTHER.",
            "existing_positions": [],
            "tags_to_inherit": [],
        }

    async def test_are_of_one_type_on_request(self, portfolio_client: PortfolioClient) -> None:
        await portfolio_client.add()
        query = f"portfolio_id={portfolio_client.id}&symbol=ACME"

        short = await portfolio_client.api(
            "GET", f"/positions/check-duplicate?{query}&position_type=SHORT"
        )

        assert (short.json()["has_duplicates"], short.json()["total_count"]) == (False, 0)

    @pytest.mark.parametrize("symbol", ["", "%00", "A%0AB", "X" * 101])
    async def test_of_no_symbol_are_400(
        self, portfolio_client: PortfolioClient, symbol: str
    ) -> None:
        query = f"portfolio_id={portfolio_client.id}&symbol={symbol}"

        answer = await portfolio_client.api("GET", f"/positions/check-duplicate?{query}")

        assert [field for field, _ in refused(answer)] == ["symbol"]
