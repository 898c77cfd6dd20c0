"""Positions over HTTP, to the letter of the contract: opened, listed, and whose they are."""

from typing import Any
from uuid import UUID

import pytest

from tests.support.builders.instants import DAY, NOON
from tests.support.builders.users import BOB
from tests.support.providers.application import InMemoryApplication
from tests.unit.http.portfolio_client import BODY, NOBODYS, OPTION, PortfolioClient, refused


class TestCreate:
    @pytest.mark.parametrize("slash", ["", "/"])
    async def test_answers_201_with_the_position(
        self, portfolio_client: PortfolioClient, slash: str
    ) -> None:
        answer = await portfolio_client.api(
            "POST", f"/positions{slash}?portfolio_id={portfolio_client.id}", json=BODY
        )

        payload = answer.json()
        assert answer.status_code == 201
        assert payload == {
            "id": str(UUID(payload["id"])),
            "portfolio_id": portfolio_client.id,
            "symbol": "ACME",
            "quantity": "10",
            "entry_price": "12.50",
            "entry_date": "2026-01-15",
            "position_type": "LONG",
            "investment_class": "PUBLIC",
            "investment_subtype": None,
            "notes": None,
            "underlying_symbol": None,
            "strike_price": None,
            "expiration_date": None,
            "last_price": None,
            "price_date": None,
            "market_value": "125.00",
            "unrealized_pnl": "0.00",
            "realized_pnl": None,
            "exit_price": None,
            "exit_date": None,
            "realized_by_difference": False,
            "settled_at_expiration": False,
            "cost_known": True,
            "currency": "USD",
            "multiplier": "1",
            "account": None,
            "identifier": None,
            "exchange_rate": "1.00",
            "rate_date": None,
            "created_at": "2026-01-15T12:00:00Z",
            "updated_at": "2026-01-15T12:00:00Z",
            "deleted_at": None,
        }

    async def test_accepts_every_field(self, portfolio_client: PortfolioClient) -> None:
        payload = await portfolio_client.add(
            **{**OPTION, "quantity": 2.5, "avg_cost": 0.123456, "symbol": " acmec15 "},
            notes="Covered\nby shares",
            investment_subtype="call",
            entry_date="2026-01-02",
            something_new=5,
        )

        assert (payload["symbol"], payload["quantity"], payload["entry_price"]) == (
            "ACMEC15",
            "-2.5",
            "0.123456",
        )
        assert (payload["market_value"], payload["strike_price"]) == ("-30.864", "15.00")
        assert (payload["notes"], payload["entry_date"]) == ("Covered\nby shares", "2026-01-02")
        assert payload["investment_subtype"] == "CALL"
        assert "something_new" not in payload

    async def test_reports_every_error_by_field(self, portfolio_client: PortfolioClient) -> None:
        answer = await portfolio_client.try_to_add(
            {**BODY, "symbol": "A B", "quantity": "-1", "avg_cost": 0, "entry_date": "2026-01-16"}
        )

        assert set(refused(answer)) == {
            ("symbol", "invalid_characters"),
            ("quantity", "out_of_range"),
            ("avg_cost", "out_of_range"),
            ("entry_date", "in_the_future"),
        }
        assert (await portfolio_client.listed())["total"] == 0

    @pytest.mark.parametrize(
        "change",
        [
            *({"symbol": ""}, {"symbol": "X" * 21}, {"symbol": None}, {"quantity": "ten"}),
            *(
                {"quantity": "1e400"},
                {"quantity": 10**12},
                {"avg_cost": "1e12"},
                {"avg_cost": "NaN"},
            ),
            *({"position_type": "BUY"}, {"investment_class": "X"}, {"entry_date": "15.01.2026"}),
            *({"notes": "x" * 1001}, {"notes": "\x00"}, {"investment_subtype": "PUT"}),
        ],
    )
    async def test_with_invalid_values_is_400(
        self, portfolio_client: PortfolioClient, change: dict[str, Any]
    ) -> None:
        assert refused(await portfolio_client.try_to_add({**BODY, **change}))
        assert portfolio_client.api.store.positions == {}

    @pytest.mark.parametrize("name", list(BODY))
    async def test_without_a_required_field_is_400(
        self, portfolio_client: PortfolioClient, name: str
    ) -> None:
        body = {key: value for key, value in BODY.items() if key != name}

        assert refused(await portfolio_client.try_to_add(body))

    @pytest.mark.parametrize("query", ["", "?portfolio_id=", "?portfolio_id=5"])
    async def test_without_a_portfolio_is_400(
        self, portfolio_client: PortfolioClient, query: str
    ) -> None:
        answer = await portfolio_client.api("POST", f"/positions/{query}", json=BODY)

        assert [field for field, _ in refused(answer)] == ["portfolio_id"]


class TestBulk:
    async def test_answers_201_with_all_in_their_order(
        self, portfolio_client: PortfolioClient
    ) -> None:
        answer = await portfolio_client.add_all(BODY, OPTION, {**BODY, "symbol": "OTHER"})

        payload = answer.json()
        assert answer.status_code == 201
        assert (payload["success"], payload["count"]) == (True, 3)
        assert [each["symbol"] for each in payload["positions"]] == [
            "ACME",
            OPTION["symbol"],
            "OTHER",
        ]
        assert (await portfolio_client.listed())["positions"] == payload["positions"]

    async def test_reports_every_error_of_every_position_and_stores_none(
        self, portfolio_client: PortfolioClient
    ) -> None:
        answer = await portfolio_client.add_all(
            BODY,
            {**BODY, "symbol": "?", "quantity": "many", "position_type": "BUY"},
            "text",
            {"symbol": "ACME", "avg_cost": 0},
        )

        assert sorted(refused(answer)) == [
            ("positions[1].position_type", "invalid"),
            ("positions[1].quantity", "invalid"),
            ("positions[1].symbol", "invalid_characters"),
            ("positions[2]", "invalid"),
            ("positions[3].avg_cost", "out_of_range"),
            ("positions[3].investment_class", "required"),
            ("positions[3].position_type", "required"),
            ("positions[3].quantity", "required"),
        ]
        assert portfolio_client.api.store.positions == {}

    @pytest.mark.parametrize("count", [0, 1001])
    async def test_takes_1_to_1000(self, portfolio_client: PortfolioClient, count: int) -> None:
        assert [field for field, _ in refused(await portfolio_client.add_all(*[BODY] * count))] == [
            "positions"
        ]

    async def test_takes_1000(self, portfolio_client: PortfolioClient) -> None:
        assert (await portfolio_client.add_all(*[BODY] * 1000)).json()["count"] == 1000


class TestList:
    async def test_is_of_open_ones_oldest_first_unless_asked(
        self, portfolio_client: PortfolioClient
    ) -> None:
        first = await portfolio_client.add()
        portfolio_client.api.clock.set(NOON + DAY)
        second = await portfolio_client.add(symbol="OTHER")
        closed = (await portfolio_client.change(first, exit_price="15")).json()

        assert await portfolio_client.listed() == {
            "positions": [second],
            "total": 1,
            "limit": 100,
            "offset": 0,
        }
        assert (await portfolio_client.listed("&include_closed=true"))["positions"] == [
            closed,
            second,
        ]

    async def test_comes_in_pages(self, portfolio_client: PortfolioClient) -> None:
        made = (await portfolio_client.add_all(*[BODY] * 5)).json()["positions"]

        page = await portfolio_client.listed("&limit=2&offset=2")

        assert page == {"positions": made[2:4], "total": 5, "limit": 2, "offset": 2}

    @pytest.mark.parametrize("query", ["limit=0", "limit=1001", "offset=-1", f"offset={10**30}"])
    async def test_of_an_invalid_page_is_400(
        self, portfolio_client: PortfolioClient, query: str
    ) -> None:
        answer = await portfolio_client.api(
            "GET", f"/positions?portfolio_id={portfolio_client.id}&{query}"
        )

        assert [field for field, _ in refused(answer)] == [query.split("=", maxsplit=1)[0]]


async def test_a_portfolio_counts_and_values_its_open_positions(
    portfolio_client: PortfolioClient,
) -> None:
    await portfolio_client.add()
    await portfolio_client.add(position_type="SHORT", quantity=2)
    closed = await portfolio_client.add()
    await portfolio_client.change(closed, exit_price="15")

    itself = await portfolio_client.itself()
    listed = (await portfolio_client.api("GET", "/portfolios")).json()

    assert itself["position_count"] == 2
    assert itself["net_asset_value"] == itself["total_value"] == "100.00"
    assert listed["portfolios"] == [itself]
    assert listed["net_asset_value"] == listed["total_value"] == "100.00"


async def test_another_users_data_is_reported_as_missing(
    portfolio_client: PortfolioClient,
) -> None:
    payload = await portfolio_client.add()

    async def ask(portfolio: str, position: str) -> list[dict[str, Any]]:
        theirs = PortfolioClient(portfolio_client.api, portfolio)
        of_one = f"/positions/{position}"
        symbol = f"portfolio_id={portfolio}&symbol=ACME"
        ids = {"position_ids": [position]}
        answers = [
            await theirs.try_to_add(BODY, by=BOB),
            await theirs.add_all(BODY, by=BOB),
            await portfolio_client.api("GET", f"/positions?portfolio_id={portfolio}", by=BOB),
            await portfolio_client.api("GET", f"/positions/check-duplicate?{symbol}", by=BOB),
            await portfolio_client.api("GET", of_one, by=BOB),
            await portfolio_client.api("PUT", of_one, by=BOB, json={"exit_price": 1}),
            await portfolio_client.api("DELETE", of_one, by=BOB),
            await portfolio_client.api("DELETE", "/positions/bulk", by=BOB, json=ids),
        ]
        assert [answer.status_code for answer in answers] == [404] * 8
        return [{**answer.json(), "instance": ""} for answer in answers]

    assert await ask(portfolio_client.id, payload["id"]) == await ask(NOBODYS, NOBODYS)
    assert (await portfolio_client.listed())["positions"] == [payload]


def test_the_description_has_the_schema_of_a_bulk(application: InMemoryApplication) -> None:
    schema = application.app.openapi_schema.to_schema()

    schemas = schema["components"]["schemas"]
    items = schemas["OpenPositionsBody"]["properties"]["positions"]["items"]
    assert items == {"$ref": "#/components/schemas/OpenPositionBody"}
    assert set(BODY) == set(schemas["OpenPositionBody"]["required"])


async def test_the_portfolio_is_named_in_the_body_or_in_the_query_or_twice_alike(
    portfolio_client: PortfolioClient,
) -> None:
    own = {**BODY, "portfolio_id": portfolio_client.id}
    in_query = f"/positions?portfolio_id={portfolio_client.id}"

    for way, body in (("/positions", own), (in_query, BODY), (in_query, own)):
        assert (await portfolio_client.api("POST", way, json=body)).status_code == 201
    nowhere = await portfolio_client.api("POST", "/positions", json=BODY)
    both = {**BODY, "portfolio_id": NOBODYS}
    two = await portfolio_client.api("POST", in_query, json=both)

    assert refused(nowhere) == [("portfolio_id", "required")]
    assert refused(two) == [("portfolio_id", "contradiction")]
    assert (await portfolio_client.listed())["total"] == 3
