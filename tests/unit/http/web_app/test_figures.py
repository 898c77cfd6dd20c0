"""Every figure of the web app, of portfolios good and odd: an answer of its shape, or a reason."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import pytest

from sigmasight.domain.portfolios.analytics.factors import FACTOR_ETFS, Factor, Spread
from sigmasight.entrypoints.worker import Pace, Worker
from tests.support.builders.books import TODAY, etf_prices, prices, random_returns
from tests.support.builders.profiles import a_profile, weights
from tests.unit.http.portfolio_client import NOBODYS, OPTION, PortfolioClient, refused
from tests.unit.http.problems import problem_of

DAYS: Final = 300
OF_ONE: Final = (
    "volatility",
    "correlation-matrix",
    "factor-exposures",
    "positions/factor-exposures",
    "spread-factors",
    "beta-comparison",
    "sector-exposure",
    "concentration",
    "stress-test",
)
OF_ALL: Final = (
    *("overview", "breakdown", "beta", "volatility", "factor-exposures", "sector-exposure"),
    *("concentration", "correlation-matrix", "stress-test"),
)
LONG: Final = {"symbol": "ACME", "quantity": 60, "avg_cost": 10}
OTHER: Final = {"symbol": "ELSE", "quantity": 40, "avg_cost": 10}
SHORT: Final = {"symbol": "ELSE", "quantity": 90, "avg_cost": 10, "position_type": "SHORT"}
CASH: Final = {"symbol": "CASH", "quantity": 5, "avg_cost": 1, "investment_subtype": "CASH"}
PRIVATE: Final = {"symbol": "FUND", "investment_class": "PRIVATE"}
PORTFOLIOS: Final[Mapping[str, list[dict[str, Any]]]] = {
    "good": [LONG, OTHER],
    "empty": [],
    "cash": [CASH],
    "private": [PRIVATE],
    "options": [OPTION],
    "unpriced": [{"symbol": "NONE"}],
    "new": [{"symbol": "NEW"}],
    "short": [LONG, SHORT],
    "broker": [LONG, OTHER, OPTION, {"symbol": "NONE"}],
    "mixed": [LONG, OTHER, OPTION, CASH, PRIVATE, {"symbol": "NONE"}, {"symbol": "NEW"}],
}


def put_market_data(portfolio_client: PortfolioClient) -> None:
    closes = etf_prices(DAYS) | {
        "ACME": prices(random_returns("ACME", DAYS), start=10),
        "ELSE": prices(random_returns("ELSE", DAYS), start=10),
        "NEW": {TODAY - timedelta(days=1): 10.0},
    }
    store = portfolio_client.api.store
    store.prices |= {
        (symbol, day): Decimal(f"{close:.6f}")
        for symbol, days in closes.items()
        for day, close in days.items()
    }
    store.profiles |= {"ACME": a_profile(), "ELSE": a_profile("ELSE", sector="Energy", beta=None)}
    benchmark = weights(Industrials="0.4", Energy="0.6")
    store.benchmarks[benchmark.benchmark, benchmark.as_of] = benchmark


async def hold(portfolio_client: PortfolioClient, kind: str) -> None:
    for position in PORTFOLIOS[kind]:
        await portfolio_client.add(**position)
    if kind == "broker":
        make_unknown(portfolio_client)


def make_unknown(portfolio_client: PortfolioClient) -> None:
    """Take costs away, and put a holding into a currency without a rate, as brokers' files do."""
    positions = portfolio_client.api.store.positions
    for key, position in positions.items():
        currency = "EUR" if position.symbol == OTHER["symbol"] else "USD"
        positions[key] = replace(position, entry_price=None, currency=currency)


async def calculate(portfolio_client: PortfolioClient) -> None:
    await portfolio_client.api("POST", f"/portfolios/{portfolio_client.id}/calculate")
    await Worker(portfolio_client.api.container, Pace()).turn()


async def ask(portfolio_client: PortfolioClient, path: str) -> dict[str, Any]:
    answer = await portfolio_client.api("GET", path)
    assert answer.status_code == 200, answer.text
    payload: dict[str, Any] = answer.json()
    return payload


async def figure(portfolio_client: PortfolioClient, name: str, query: str = "") -> dict[str, Any]:
    way = f"/analytics/portfolio/{portfolio_client.id}/{name}{query}"
    return await ask(portfolio_client, way)


@pytest.mark.parametrize("kind", PORTFOLIOS)
@pytest.mark.parametrize("has_prices", [True, False])
@pytest.mark.parametrize("is_calculated", [True, False])
async def test_every_path_answers_and_says_why_where_a_figure_is_missing(
    portfolio_client: PortfolioClient, kind: str, *, has_prices: bool, is_calculated: bool
) -> None:
    await hold(portfolio_client, kind)
    if has_prices:
        put_market_data(portfolio_client)
    if is_calculated:
        await calculate(portfolio_client)

    for name in OF_ONE:
        payload = await figure(portfolio_client, name)
        assert payload["portfolio_id"] == portfolio_client.id
        if payload["available"]:
            assert (payload["reason"], payload["metadata"]["error"]) == (None, None)
        else:
            assert payload["reason"] == payload["metadata"]["reason"]
            assert payload["metadata"]["error"].endswith(".")
            assert payload.get("data") is None
            assert not any(isinstance(each, list) and each for each in payload.values())
    for name in OF_ALL:
        payload = await ask(portfolio_client, f"/analytics/aggregate/{name}")
        assert payload["portfolio_count"] == len(payload["portfolios"]) == 1
        assert payload["available"] or payload["message"].endswith(".")
    for way in ("overview", "snapshot"):
        path = "data/portfolio" if way == "snapshot" else "analytics/portfolio"
        await ask(portfolio_client, f"/{path}/{portfolio_client.id}/{way}")
    if kind == "good" and has_prices and is_calculated:
        assert all([(await figure(portfolio_client, each))["available"] for each in OF_ONE])


@pytest.mark.parametrize("name", OF_ONE)
async def test_of_an_unknown_portfolio_is_404(portfolio_client: PortfolioClient, name: str) -> None:
    one = await portfolio_client.api("GET", f"/analytics/portfolio/{NOBODYS}/{name}")

    problem_of(one, 404, "portfolio_not_found")


@pytest.mark.parametrize("name", OF_ALL)
async def test_of_unknown_portfolios_together_is_404(
    portfolio_client: PortfolioClient, name: str
) -> None:
    way = f"/analytics/aggregate/{name}?portfolio_ids={portfolio_client.id}&portfolio_ids={NOBODYS}"

    problem_of(await portfolio_client.api("GET", way), 404, "portfolio_not_found")


class TestGood:
    @pytest.fixture(autouse=True)
    async def _calculated(self, portfolio_client: PortfolioClient) -> None:
        put_market_data(portfolio_client)
        await hold(portfolio_client, "good")
        await calculate(portfolio_client)

    async def test_factors_have_the_names_and_the_order_of_the_web_app(
        self, portfolio_client: PortfolioClient
    ) -> None:
        [result] = portfolio_client.api.store.factors.values()
        shuffled = dict(sorted(result.exposures.factors.items()))  # a database keeps no order
        portfolio_client.api.store.factors[result.user_id, result.portfolio_id] = replace(
            result, exposures=replace(result.exposures, factors=shuffled)
        )

        payload = await figure(portfolio_client, "factor-exposures")

        assert [each["name"] for each in payload["factors"]] == [each.value for each in Factor]
        assert payload["metadata"]["completeness"] == "complete"
        assert payload["metadata"]["has_market_beta"] == 1
        assert payload["data_quality"] == {
            "snapshot_date": "2026-01-15",
            "age_hours": 0,
            "is_stale": False,
            "is_current": True,
        }
        value = (await portfolio_client.itself())["net_asset_value"]
        for each in payload["factors"]:
            assert each["exposure_dollar"] == pytest.approx(each["beta"] * float(value))

    async def test_factors_of_an_older_day_are_a_fallback_unless_only_todays_will_do(
        self, portfolio_client: PortfolioClient
    ) -> None:
        portfolio_client.api.clock.advance(timedelta(days=4))

        last = await figure(portfolio_client, "factor-exposures")
        today = await figure(portfolio_client, "factor-exposures", "?use_latest_successful=false")

        assert (last["metadata"]["is_latest"], last["metadata"]["is_fallback"]) == (False, True)
        assert (last["data_quality"]["age_hours"], last["data_quality"]["is_stale"]) == (96, True)
        assert (today["available"], today["reason"]) == (False, "no_results")

    async def test_factors_of_positions_are_paged_and_chosen_by_symbol(
        self, portfolio_client: PortfolioClient
    ) -> None:
        name = "positions/factor-exposures"
        both = await figure(portfolio_client, name)
        second = await figure(portfolio_client, name, "?limit=1&offset=1")
        chosen = await figure(portfolio_client, name, "?symbols=else,other")

        assert both["total"] == 2
        assert second["positions"] == both["positions"][1:]
        assert [each["symbol"] for each in chosen["positions"]] == ["ELSE"]
        assert set(chosen["positions"][0]["exposures"]) == {each.value for each in Factor}

    async def test_spreads_are_explained(self, portfolio_client: PortfolioClient) -> None:
        payload = await figure(portfolio_client, "spread-factors")

        assert [each["name"] for each in payload["factors"]] == [each.value for each in Spread]
        for each in payload["factors"]:
            assert f"{each['beta']:+.2f}" in each["explanation"]
            assert each["direction"] in each["explanation"]

    async def test_betas_of_profiles_and_calculated_ones_are_compared_by_symbol(
        self, portfolio_client: PortfolioClient
    ) -> None:
        payload = await figure(portfolio_client, "beta-comparison")

        acme, other = payload["positions"]
        assert (acme["symbol"], acme["market_beta"]) == ("ACME", 1.2)
        assert acme["beta_difference"] == pytest.approx(acme["calculated_beta"] - 1.2)
        assert (other["market_beta"], other["beta_difference"]) == (None, None)
        assert payload["metadata"]["positions_with_market_beta"] == 1
        assert payload["metadata"]["positions_with_calculated_beta"] == 2

    async def test_a_stress_test_runs_the_scenarios_that_are_named(
        self, portfolio_client: PortfolioClient
    ) -> None:
        usual = await figure(portfolio_client, "stress-test")
        named = await figure(
            portfolio_client, "stress-test", "?scenarios=covid_crash_2020,market_up_5"
        )

        assert len(usual["data"]["scenarios"]) == 20
        assert [each["id"] for each in named["data"]["scenarios"]] == [
            "covid_crash_2020",
            "market_up_5",
        ]
        factors = await figure(portfolio_client, "factor-exposures")
        impact = named["data"]["scenarios"][1]["impact"]
        assert impact["dollar_impact"] == pytest.approx(
            factors["factors"][0]["exposure_dollar"] * 0.05
        )
        assert impact["new_portfolio_value"] == pytest.approx(
            named["data"]["portfolio_value"] + impact["dollar_impact"]
        )

    async def test_correlations_are_given_as_a_table_and_as_rows(
        self, portfolio_client: PortfolioClient
    ) -> None:
        payload = await figure(portfolio_client, "correlation-matrix")

        symbols = payload["position_symbols"]
        assert {*symbols} == {"ACME", "ELSE"}
        assert (
            payload["data"]["matrix"][symbols[0]][symbols[1]] == payload["correlation_matrix"][0][1]
        )
        assert payload["data"]["correlation_matrix"] == payload["correlation_matrix"]

    async def test_the_overlap_is_at_most_the_lookback(
        self, portfolio_client: PortfolioClient
    ) -> None:
        way = f"/analytics/portfolio/{portfolio_client.id}/correlation-matrix"

        answer = await portfolio_client.api("GET", f"{way}?lookback_days=30&min_overlap=31")

        assert refused(answer) == [("min_overlap", "out_of_range")]

    async def test_the_snapshot_has_the_last_day_and_the_betas(
        self, portfolio_client: PortfolioClient
    ) -> None:
        target = {"symbol": "ACME", "target_price_eoy": 1000}
        await portfolio_client.api("POST", f"/target-prices/{portfolio_client.id}", json=target)

        payload = await ask(portfolio_client, f"/data/portfolio/{portfolio_client.id}/snapshot")

        factors = (await figure(portfolio_client, "factor-exposures"))["factors"]
        assert payload["beta_calculated_90d"] == factors[0]["beta"]
        assert payload["beta_provider_1y"] == factors[1]["beta"]
        value = (await portfolio_client.itself())["net_asset_value"]
        before = float(value) - payload["daily_pnl"]
        assert payload["daily_return"] == pytest.approx(payload["daily_pnl"] / before, abs=1e-5)
        assert payload["target_price_return_eoy"] > 0
        assert payload["target_price_coverage_pct"] == 50

    async def test_two_accounts_together_are_the_joint_book(
        self, portfolio_client: PortfolioClient
    ) -> None:
        body = {"name": "Second", "account_name": "Second"}
        second = (await portfolio_client.api("POST", "/portfolios", json=body)).json()["id"]
        more = {**OTHER, "quantity": 90, "position_type": "LONG", "investment_class": "PUBLIC"}
        await portfolio_client.api("POST", f"/positions?portfolio_id={second}", json=more)
        await calculate(PortfolioClient(portfolio_client.api, second))

        overview, sectors, concentration, beta, stress = [
            await ask(portfolio_client, f"/analytics/aggregate/{name}")
            for name in ("overview", "sector-exposure", "concentration", "beta", "stress-test")
        ]

        assert overview["portfolio_count"] == 2
        assert sum(each["weight"] for each in overview["portfolios"]) == pytest.approx(1)
        assert overview["net_asset_value"] == pytest.approx(
            sum(each["value"] for each in overview["portfolios"])
        )
        assert sum(sectors["data"]["portfolio_weights"].values()) == pytest.approx(1)
        assert concentration["data"]["unique_symbols"] == 2
        assert beta["aggregate_beta"] == pytest.approx(
            sum(each["contribution"] for each in beta["portfolios"])
        )
        assert stress["portfolios_with_stress_data"] == 2
        assert {each["portfolios_included"] for each in stress["data"]["scenarios"]} == {2}

    async def test_accounts_of_another_currency_are_left_out_and_named(
        self, portfolio_client: PortfolioClient
    ) -> None:
        portfolio_client.api.clock.advance(timedelta(days=1))
        body = {"name": "Euros", "account_name": "Euros", "currency": "EUR"}
        await portfolio_client.api("POST", "/portfolios", json=body)

        payload = await ask(portfolio_client, "/analytics/aggregate/overview")

        assert (payload["currency"], payload["portfolio_count"]) == ("USD", 1)
        assert [each["currency"] for each in payload["other_currencies"]] == ["EUR"]


async def test_without_an_active_portfolio_there_is_nothing_together(
    portfolio_client: PortfolioClient,
) -> None:
    way = f"/portfolios/{portfolio_client.id}"
    await portfolio_client.api("PUT", way, json={"is_active": False})

    for name in OF_ALL:
        payload = await ask(portfolio_client, f"/analytics/aggregate/{name}")
        assert (payload["available"], payload["portfolios"]) == (False, [])
        assert payload["message"] == "There is no active portfolio."


def test_the_factor_etfs_are_those_that_the_demo_and_the_documentation_name() -> None:
    assert {"SPY", "TLT", "MTUM", "VTV", "VUG", "IWM", "QUAL", "USMV"} == FACTOR_ETFS
