"""Risk and performance of a portfolio over HTTP."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders.calculation_inputs import a_walk
from tests.support.builders.instants import NOON
from tests.unit.http.portfolio_client import NOBODYS, OPTION, PortfolioClient

TODAY = NOON.date()


async def read(portfolio_client: PortfolioClient, figure: str) -> dict[str, Any]:
    answer = await portfolio_client.api("GET", f"/portfolios/{portfolio_client.id}/{figure}")
    assert answer.status_code == 200, answer.text
    payload: dict[str, Any] = answer.json()
    return payload


def priced(portfolio_client: PortfolioClient, *symbols: str, days: int = 120) -> None:
    portfolio_client.api.store.prices |= {
        (symbol, day): Decimal(str(close))
        for symbol in symbols
        for day, close in a_walk(symbol, days).items()
    }


async def test_the_contributions_to_risk_add_up_to_the_totals(
    portfolio_client: PortfolioClient,
) -> None:
    for symbol, quantity in (("AAA", "7"), ("BBB", "11.5"), ("CCC", "0.333")):
        await portfolio_client.add(symbol=symbol, quantity=quantity)
    await portfolio_client.add(symbol="ART", investment_class="PRIVATE")
    priced(portfolio_client, "AAA", "BBB", "CCC")

    risk = await read(portfolio_client, "risk")

    for total, part in (
        ("volatility", "volatility_contribution"),
        ("expected_shortfall", "expected_shortfall_contribution"),
    ):
        parts = {each["symbol"]: each[part] for each in risk["positions"]}
        assert parts.pop("ART") is None
        assert set(parts) == {"AAA", "BBB", "CCC"}
        assert sum(map(Decimal, parts.values())) == Decimal(risk[total])
    assert len(risk["rolling_volatility"]) == 119 - 20
    assert risk["rolling_volatility"][0]["volatility_63d"] is None
    assert risk["rolling_volatility"][-1]["date"] == str(TODAY)
    assert 0 < Decimal(risk["rolling_volatility"][-1]["volatility_63d"]) < 1


async def test_an_option_has_its_model_and_its_sensitivities(
    portfolio_client: PortfolioClient,
) -> None:
    await portfolio_client.add(**OPTION)
    priced(portfolio_client, "ACME")

    [option] = (await read(portfolio_client, "risk"))["positions"]
    model, found = option["option"], option["sensitivities"]

    assert model["is_implied"] is False
    assert set(model) == {
        "value",
        "delta",
        "gamma",
        "theta",
        "vega",
        "spot",
        "volatility",
        "is_implied",
        "risk_free_rate",
    }
    assert found["delta"] == option["exposure"]
    assert Decimal(found["vega"]) <= 0 <= Decimal(found["theta"]), "a short call"


async def test_an_empty_portfolio_has_no_risk(portfolio_client: PortfolioClient) -> None:
    risk = await read(portfolio_client, "risk")

    assert (risk["volatility"], risk["expected_shortfall"], risk["coverage"]) == (None, None, None)
    assert (risk["positions"], risk["rolling_volatility"]) == ([], [])
    assert risk["sensitivities"] == dict.fromkeys(("delta", "gamma", "theta", "vega"), "0.00")


async def test_performance_is_by_month_and_net_of_contributions(
    portfolio_client: PortfolioClient,
) -> None:
    await portfolio_client.add(quantity="10", avg_cost="100", entry_date="2025-12-10")
    for age, close in ((36, 100), (20, 110), (0, 121)):
        portfolio_client.api.store.prices["ACME", TODAY - timedelta(days=age)] = Decimal(close)
    change = {"change_type": "CONTRIBUTION", "amount": "1000", "change_date": "2025-12-10"}
    way = f"/portfolios/{portfolio_client.id}/equity-changes"
    assert (await portfolio_client.api("POST", way, json=change)).status_code == 201

    found = await read(portfolio_client, "performance?months=3")

    assert [each["month"] for each in found["months"]] == ["2025-11", "2025-12", "2026-01"]
    assert [each["gain"] for each in found["months"]] == ["0.00", "100.00", "110.00"]
    assert [each["unrealized_pnl"] for each in found["months"]] == ["0.00", "100.00", "210.00"]
    assert [each["net_contributions"] for each in found["months"]] == ["0.00", "1000.00", "0.00"]
    assert found["time_weighted_return"] == "0.210000"
    assert len((await read(portfolio_client, "performance"))["months"]) == 12


@pytest.mark.parametrize("months", ["0", "61", "x"])
async def test_only_one_to_sixty_months_are_read(
    portfolio_client: PortfolioClient, months: str
) -> None:
    answer = await portfolio_client.api(
        "GET", f"/portfolios/{portfolio_client.id}/performance?months={months}"
    )

    assert answer.status_code == 400
    assert "months" in answer.text


@pytest.mark.parametrize("figure", ["risk", "performance"])
async def test_a_portfolio_of_nobodys_has_neither(
    portfolio_client: PortfolioClient, figure: str
) -> None:
    answer = await portfolio_client.api("GET", f"/portfolios/{NOBODYS}/{figure}")

    assert (answer.status_code, answer.json()["error"]) == (404, "portfolio_not_found")
