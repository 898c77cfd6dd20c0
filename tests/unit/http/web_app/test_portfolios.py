"""Portfolios, their overview and their positions, as the web app reads them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sigmasight.domain.portfolios.calculations.snapshots import RunId
from tests.support.builders.calculations import a_snapshot
from tests.support.builders.instants import NOON
from tests.unit.http.portfolio_client import NOBODYS, OPTION, PortfolioClient, refused
from tests.unit.http.problems import problem_of


async def ask(portfolio_client: PortfolioClient, path: str) -> Any:
    answer = await portfolio_client.api("GET", path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def overview_path(portfolio_client: PortfolioClient) -> str:
    return f"/analytics/portfolio/{portfolio_client.id}/overview"


class TestPortfolios:
    async def test_are_a_bare_array_with_numbers(self, portfolio_client: PortfolioClient) -> None:
        await portfolio_client.add()
        known = await portfolio_client.itself()

        assert await ask(portfolio_client, "/data/portfolios") == [
            {
                **{
                    name: known[name]
                    for name in (
                        *("id", "name", "account_name", "account_type", "description"),
                        *("currency", "is_active", "created_at", "updated_at"),
                    )
                },
                "net_asset_value": 125.0,
                "total_value": 125.0,
                "equity_balance": None,
                "total_market_value": 125.0,
                "position_count": 1,
            }
        ]

    async def test_that_are_inactive_are_left_out(self, portfolio_client: PortfolioClient) -> None:
        way = f"/portfolios/{portfolio_client.id}"
        await portfolio_client.api("PUT", way, json={"is_active": False})

        assert await ask(portfolio_client, "/data/portfolios/") == []


class TestOverview:
    async def test_of_an_empty_portfolio_is_all_zeros(
        self, portfolio_client: PortfolioClient
    ) -> None:
        assert await ask(portfolio_client, overview_path(portfolio_client)) == {
            "portfolio_id": portfolio_client.id,
            "currency": "USD",
            "net_asset_value": 0,
            "total_value": 0,
            "equity_balance": 0,
            "cash_balance": 0,
            "leverage": 0,
            "exposures": dict.fromkeys(
                (
                    *("long_exposure", "short_exposure", "gross_exposure", "net_exposure"),
                    *("long_percentage", "short_percentage", "gross_percentage"),
                    "net_percentage",
                ),
                0,
            ),
            "pnl": {
                "total_pnl": 0,
                "unrealized_pnl": 0,
                "realized_pnl": 0,
                "ytd_pnl": None,
                "mtd_pnl": None,
            },
            "position_count": {
                "total_positions": 0,
                "long_count": 0,
                "short_count": 0,
                "option_count": 0,
            },
            "target_returns": None,
            "last_updated": "2026-01-15T12:00:00Z",
        }

    async def test_has_signed_exposures_and_positive_percentages(
        self, portfolio_client: PortfolioClient
    ) -> None:
        balance = {"equity_balance": "1000"}
        await portfolio_client.api("PUT", f"/portfolios/{portfolio_client.id}", json=balance)
        await portfolio_client.add(quantity=60, avg_cost=10)
        await portfolio_client.add(symbol="DOWN", position_type="SHORT", quantity=20, avg_cost=10)
        target = {"symbol": "ACME", "target_price_eoy": 12}
        await portfolio_client.api("POST", f"/target-prices/{portfolio_client.id}", json=target)

        overview = await ask(portfolio_client, overview_path(portfolio_client))

        assert (overview["equity_balance"], overview["cash_balance"]) == (1000, 600)
        assert overview["leverage"] == 0.8
        assert overview["exposures"] == {
            "long_exposure": 600,
            "short_exposure": -200,
            "gross_exposure": 800,
            "net_exposure": 400,
            "long_percentage": 60,
            "short_percentage": 20,
            "gross_percentage": 80,
            "net_percentage": 40,
        }
        assert overview["target_returns"] == {
            "expected_return_eoy": 12,
            "expected_return_next_year": None,
            "downside_return": None,
            "coverage_pct": 50,
            "positions_with_targets": 1,
            "total_positions": 2,
            "last_updated": "2026-01-15T12:00:00Z",
        }

    async def test_has_the_profit_since_the_last_snapshot_before_the_year(
        self, portfolio_client: PortfolioClient
    ) -> None:
        await portfolio_client.add()
        store = portfolio_client.api.store
        [portfolio] = store.portfolios.values()
        snapshot = a_snapshot(
            portfolio, market_value=Decimal(100), as_of=NOON.date() - timedelta(days=30)
        )
        store.snapshots[portfolio.user_id, portfolio.id, RunId(uuid4())] = snapshot

        pnl = (await ask(portfolio_client, overview_path(portfolio_client)))["pnl"]

        assert (pnl["ytd_pnl"], pnl["mtd_pnl"]) == (25, 25)

    async def test_of_an_unknown_portfolio_is_404(self, portfolio_client: PortfolioClient) -> None:
        answer = await portfolio_client.api("GET", f"/analytics/portfolio/{NOBODYS}/overview")

        problem_of(answer, 404, "portfolio_not_found")


class TestPositionDetails:
    async def test_have_signed_figures_and_sums(self, portfolio_client: PortfolioClient) -> None:
        option = await portfolio_client.add(**OPTION)
        store = portfolio_client.api.store
        store.prices[option["symbol"], NOON.date()] = Decimal("12.75")

        payload = await ask(
            portfolio_client, f"/data/positions/details?portfolio_id={portfolio_client.id}"
        )

        assert payload == {
            "positions": [
                {
                    "id": option["id"],
                    "portfolio_id": portfolio_client.id,
                    "symbol": option["symbol"],
                    "company_name": None,
                    "sector": None,
                    "industry": None,
                    "account_name": (await portfolio_client.itself())["account_name"],
                    "position_type": "SC",
                    "investment_class": "OPTIONS",
                    "investment_subtype": option["investment_subtype"],
                    "quantity": -10,
                    "entry_date": option["entry_date"],
                    "entry_price": 12.5,
                    "avg_cost": 12.5,
                    "cost_basis": -12500,
                    "current_price": 12.75,
                    "market_value": -12750,
                    "unrealized_pnl": -250,
                    "unrealized_pnl_percent": -2,
                    "realized_pnl": None,
                    "strike_price": 15,
                    "expiration_date": "2026-06-19",
                    "underlying_symbol": "ACME",
                    "notes": None,
                    "exit_price": None,
                    "exit_date": None,
                    "currency": "USD",
                    "multiplier": 100,
                    "account": None,
                    "exchange_rate": 1,
                    "tags": [],
                }
            ],
            "summary": {
                "total_positions": 1,
                "total_cost_basis": 12500,
                "total_market_value": -12750,
                "total_unrealized_pnl": -250,
            },
        }

    async def test_are_found_by_their_ids_and_closed_ones_on_request(
        self, portfolio_client: PortfolioClient
    ) -> None:
        one, two = await portfolio_client.add(), await portfolio_client.add(symbol="TWO")
        await portfolio_client.change(two, exit_price=15)
        way = f"/data/positions/details?position_ids={one['id']},{two['id']}"

        open_ones = await ask(portfolio_client, way)
        everything = await ask(portfolio_client, f"{way}&include_closed=true")

        assert [each["id"] for each in open_ones["positions"]] == [one["id"]]
        assert {each["id"] for each in everything["positions"]} == {one["id"], two["id"]}

    async def test_need_a_portfolio_or_ids(self, portfolio_client: PortfolioClient) -> None:
        way = "/data/positions/details"

        assert refused(await portfolio_client.api("GET", way)) == [("portfolio_id", "required")]
        assert refused(await portfolio_client.api("GET", f"{way}?position_ids=x,y")) == [
            ("position_ids", "invalid")
        ]
        unknown = await portfolio_client.api("GET", f"{way}?position_ids={NOBODYS}")
        problem_of(unknown, 404, "position_not_found")
