"""Profiles, prices and symbols, as the web app looks them up."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders.books import TODAY
from tests.support.builders.profiles import a_profile
from tests.unit.http.portfolio_client import NOBODYS, PortfolioClient, refused
from tests.unit.http.problems import problem_of


async def ask(portfolio_client: PortfolioClient, path: str) -> Any:
    answer = await portfolio_client.api("GET", path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def put_closes(portfolio_client: PortfolioClient, symbol: str, *closes: str) -> None:
    for back, close in enumerate(reversed(closes)):
        day = TODAY - timedelta(days=back)
        portfolio_client.api.store.prices[symbol, day] = Decimal(close)


class TestProfiles:
    async def test_are_found_by_portfolio_by_symbols_and_by_positions(
        self, portfolio_client: PortfolioClient
    ) -> None:
        position = await portfolio_client.add()
        await portfolio_client.add(symbol="NONE")
        portfolio_client.api.store.profiles["ACME"] = a_profile()
        way = "/data/company-profiles"

        of_portfolio = await ask(portfolio_client, f"{way}?portfolio_id={portfolio_client.id}")
        of_symbols = await ask(portfolio_client, f"{way}?symbols=acme,none&fields=sector,beta")
        of_positions = await ask(portfolio_client, f"{way}?position_ids={position['id']}")

        assert of_portfolio["meta"] == {
            "query_type": "portfolio",
            "requested_symbols": of_portfolio["meta"]["requested_symbols"],
            "returned_profiles": 1,
            "missing_profiles": ["NONE"],
            "as_of": "2026-01-15T12:00:00Z",
        }
        [profile] = of_portfolio["profiles"]
        assert (profile["market_cap"], profile["beta"]) == (1.5e11, 1.2)
        assert profile["target_mean_price"] is None
        assert of_symbols["profiles"] == [{"symbol": "ACME", "sector": "Industrials", "beta": 1.2}]
        assert of_positions["profiles"] == [profile]

    @pytest.mark.parametrize("query", ["", f"?portfolio_id={NOBODYS}&symbols=A"])
    async def test_are_asked_for_in_one_way(
        self, portfolio_client: PortfolioClient, query: str
    ) -> None:
        answer = await portfolio_client.api("GET", f"/data/company-profiles{query}")

        assert refused(answer) == [("portfolio_id", "required")]

    async def test_of_an_unknown_field_position_or_portfolio_are_refused(
        self, portfolio_client: PortfolioClient
    ) -> None:
        way = "/data/company-profiles"

        field = await portfolio_client.api("GET", f"{way}?symbols=A&fields=secret")
        position = await portfolio_client.api("GET", f"{way}?position_ids={NOBODYS}")
        portfolio = await portfolio_client.api("GET", f"{way}?portfolio_id={NOBODYS}")

        assert refused(field) == [("fields", "invalid")]
        problem_of(position, 404, "position_not_found")
        problem_of(portfolio, 404, "portfolio_not_found")


class TestPrices:
    async def test_of_a_benchmark_are_oldest_first(self, portfolio_client: PortfolioClient) -> None:
        put_closes(portfolio_client, "SPY", "600", "606", "612")

        payload = await ask(portfolio_client, "/data/prices/benchmark/spy?lookback_days=1")

        assert payload == {
            "symbol": "SPY",
            "available": True,
            "message": None,
            "metadata": {
                "lookback_days": 1,
                "start_date": "2026-01-14",
                "end_date": "2026-01-15",
                "trading_days_found": 2,
                "first_date": "2026-01-14",
                "last_date": "2026-01-15",
            },
            "data": {
                "dates": ["2026-01-14", "2026-01-15"],
                **{name: [606, 612] for name in ("open", "high", "low", "close")},
                "volume": [0, 0],
            },
        }

    async def test_of_an_unknown_symbol_are_not_available(
        self, portfolio_client: PortfolioClient
    ) -> None:
        payload = await ask(portfolio_client, "/data/prices/benchmark/NONE")

        assert (payload["available"], payload["data"]) == (False, None)
        assert payload["message"] == "There are no prices of NONE in these days."

    async def test_of_factor_etfs_have_their_change_in_percent(
        self, portfolio_client: PortfolioClient
    ) -> None:
        empty = await ask(portfolio_client, "/data/factors/etf-prices")
        put_closes(portfolio_client, "SPY", "600", "606")
        put_closes(portfolio_client, "QQQ", "500")

        payload = await ask(portfolio_client, "/data/factors/etf-prices")

        assert empty == {}
        assert list(payload) == ["SPY", "QQQ"]
        assert payload["SPY"] == {
            "factor_name": "Market",
            "symbol": "SPY",
            "current_price": 606,
            "date": "2026-01-15",
            "updated_at": "2026-01-15",
            "data_source": "imported prices",
            "daily_return": pytest.approx(1),
            "change_percent": pytest.approx(1),
        }
        assert payload["QQQ"]["daily_return"] is None


@pytest.mark.parametrize(
    ("symbol", "is_valid", "word"),
    [("acme", True, "is known"), ("NONE", True, "well formed"), ("A!", False, "not a symbol")],
)
async def test_a_symbol_is_checked(
    portfolio_client: PortfolioClient, symbol: str, *, is_valid: bool, word: str
) -> None:
    portfolio_client.api.store.profiles["ACME"] = a_profile()

    payload = await ask(portfolio_client, f"/positions/validate-symbol/{symbol}")

    assert (payload["is_valid"], payload["symbol"]) == (is_valid, symbol.upper())
    assert word in payload["message"]
