"""Calculations and snapshots over HTTP, with a worker."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from sigmasight.domain.kernel import DatabaseUnavailableError
from sigmasight.entrypoints.http.lifespan import running_worker
from sigmasight.entrypoints.worker import Pace, Worker
from tests.support.builders.calculation_inputs import a_walk
from tests.support.builders.instants import MINUTE, NOON
from tests.support.builders.users import BOB
from tests.unit.http.portfolio_client import NOBODYS, OPTION, PortfolioClient

AT_ENTRY = "2 of 2 positions have no price since entry: the entry price is used."


async def work(portfolio_client: PortfolioClient) -> None:
    """Do what waits."""
    worker = Worker(portfolio_client.api.container)
    await worker.turn()


async def calculate(portfolio_client: PortfolioClient) -> dict[str, Any]:
    started = await portfolio_client.api("POST", f"/portfolios/{portfolio_client.id}/calculate")
    assert started.status_code == 200, started.text
    payload: dict[str, Any] = started.json()
    return payload


async def status(portfolio_client: PortfolioClient, run: str) -> dict[str, Any]:
    answer = await portfolio_client.api(
        "GET", f"/portfolios/{portfolio_client.id}/batch-status/{run}"
    )
    assert answer.status_code == 200, answer.text
    payload: dict[str, Any] = answer.json()
    return payload


def priced(portfolio_client: PortfolioClient, *symbols: str) -> None:
    portfolio_client.api.store.prices |= {
        (symbol, day): Decimal(str(close))
        for symbol in symbols
        for day, close in a_walk(symbol, 100).items()
    }


async def test_a_calculation_is_started_read_and_completed(
    portfolio_client: PortfolioClient,
) -> None:
    started = await calculate(portfolio_client)
    portfolio_client.api.clock.advance(MINUTE)
    waiting = await status(portfolio_client, started["batch_run_id"])

    await work(portfolio_client)

    done = await status(portfolio_client, started["batch_run_id"])
    assert started == {
        "portfolio_id": portfolio_client.id,
        "batch_run_id": started["batch_run_id"],
        "status": "started",
        "message": "The calculation has started.",
    }
    assert waiting == {
        "status": "running",
        "batch_run_id": started["batch_run_id"],
        "portfolio_id": portfolio_client.id,
        "started_at": "2026-01-15T12:00:00Z",
        "triggered_by": "user",
        "elapsed_seconds": 60,
        "progress": {"current": 0, "total": 3},
        "error": None,
    }
    assert (done["status"], done["progress"]) == ("completed", {"current": 3, "total": 3})
    assert done["elapsed_seconds"] == 60


async def test_while_the_database_is_away_the_worker_waits_and_loses_nothing(
    portfolio_client: PortfolioClient,
) -> None:
    started = await calculate(portfolio_client)
    worker = Worker(portfolio_client.api.container, Pace(recovery=7))

    portfolio_client.api.fail_with(DatabaseUnavailableError())
    waits = await worker.turn()
    portfolio_client.api.fail_with(None)
    await worker.turn()

    assert waits == 7
    assert (await status(portfolio_client, started["batch_run_id"]))["status"] == "completed"


async def test_a_failing_calculation_is_retried_and_then_reported(
    portfolio_client: PortfolioClient,
) -> None:
    started = await calculate(portfolio_client)
    portfolio_client.api.fail_with(ArithmeticError("It is broken."))
    worker = Worker(portfolio_client.api.container, Pace(recovery=7))
    outcomes = [await worker.turn()]
    portfolio_client.api.fail_with(None)
    run = next(iter(portfolio_client.api.store.runs.values()))
    portfolio_client.api.store.runs[run.user_id, run.id] = replace(
        run, tries=3, error="It is broken."
    )

    outcomes.append(await worker.turn())

    ended = await status(portfolio_client, started["batch_run_id"])
    assert (ended["status"], ended["error"]) == ("failed", "It is broken.")
    assert outcomes == [7, 0]
    assert portfolio_client.api.store.jobs == {}


async def until(is_so: Callable[[], bool]) -> None:
    for _ in range(200):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("It never came to that.")


async def test_a_running_server_processes_the_queue(portfolio_client: PortfolioClient) -> None:
    started = await calculate(portfolio_client)

    async with running_worker(portfolio_client.api.container)(portfolio_client.api.app):
        await until(lambda: not portfolio_client.api.store.jobs)

    assert (await status(portfolio_client, started["batch_run_id"]))["status"] == "completed"


async def test_a_worker_waits_until_the_database_is_at_its_schema(
    portfolio_client: PortfolioClient,
) -> None:
    await calculate(portfolio_client)
    schema, memory = portfolio_client.api.schema, portfolio_client.api.store
    schema.is_current = False
    worker = Worker(portfolio_client.api.container, Pace(recovery=0.001))

    working = asyncio.create_task(worker.run())
    await until(lambda: schema.asked > 2)
    waiting = len(memory.jobs)
    schema.is_current = True
    await until(lambda: not memory.jobs)
    worker.stop()
    await working

    assert waiting == 1


async def test_a_stopped_worker_waits_no_longer(portfolio_client: PortfolioClient) -> None:
    portfolio_client.api.schema.is_current = False
    worker = Worker(portfolio_client.api.container)
    worker.stop()

    await worker.run()

    assert portfolio_client.api.schema.asked == 0


async def test_a_second_one_while_it_runs_is_refused(portfolio_client: PortfolioClient) -> None:
    await calculate(portfolio_client)

    second = await portfolio_client.api("POST", f"/portfolios/{portfolio_client.id}/calculate")
    await work(portfolio_client)

    assert (second.status_code, second.json()["error"]) == (409, "calculation_running")
    assert await calculate(portfolio_client)


async def test_a_snapshot_has_decimal_figures_and_notes(
    portfolio_client: PortfolioClient,
) -> None:
    await portfolio_client.add(quantity="10", avg_cost="12.50")
    await portfolio_client.add(**{**OPTION, "quantity": "2", "avg_cost": "1"})
    await calculate(portfolio_client)
    await work(portfolio_client)

    snapshot = (
        await portfolio_client.api("GET", f"/portfolios/{portfolio_client.id}/snapshot")
    ).json()

    assert snapshot == {
        "portfolio_id": portfolio_client.id,
        "as_of": "2026-01-15",
        "calculated_at": "2026-01-15T12:00:00Z",
        "market_value": "-75.00",
        "unrealized_pnl": "0.00",
        "realized_pnl": "0.00",
        "gross_exposure": "325.00",
        "net_exposure": "-75.00",
        "long_exposure": "125.00",
        "short_exposure": "-200.00",
        "cash": "0.00",
        "largest_symbol": "ACME260619C00015000",
        "largest_weight": "0.615385",
        "concentration": "0.526627",
        "volatility": None,
        "beta": None,
        "max_drawdown": None,
        "value_at_risk": None,
        "expected_shortfall": None,
        "coverage": "0.000000",
        "history_days": 0,
        "positions": 2,
        "priced_at_entry": 2,
        "without_history": 2,
        "stale_prices": 0,
        "stale_share": "0.000000",
        "cost_known_share": "1.000000",
        "without_rate": 0,
        "rates_on": None,
        "unsettled": 0,
        "suspected_splits": [],
        "notes": [
            AT_ENTRY,
            "Volatility, beta, drawdown and value at risk need 60 days of prices; there are 0.",
        ],
    }


async def test_with_prices_there_are_figures_from_history(
    portfolio_client: PortfolioClient,
) -> None:
    await portfolio_client.add()
    priced(portfolio_client, "ACME", "SPY")
    await calculate(portfolio_client)
    await work(portfolio_client)

    snapshot = (
        await portfolio_client.api("GET", f"/portfolios/{portfolio_client.id}/snapshot")
    ).json()

    figures = [snapshot[name] for name in ("volatility", "beta", "max_drawdown", "value_at_risk")]
    assert [type(figure) for figure in figures] == [str] * 4
    assert (snapshot["history_days"], snapshot["notes"]) == (100, [])


async def test_positions_and_portfolios_are_valued_at_the_latest_price(
    portfolio_client: PortfolioClient,
) -> None:
    await portfolio_client.add(quantity="10", avg_cost="12.50")
    portfolio_client.api.store.prices["ACME", NOON.date()] = Decimal(20)
    portfolio_client.api.store.prices["ACME", NOON.date() - timedelta(days=1)] = Decimal(99)

    [position] = (await portfolio_client.listed())["positions"]
    portfolio = await portfolio_client.itself()

    assert Decimal(position["last_price"]) == 20
    assert (position["market_value"], position["unrealized_pnl"]) == ("200.00", "75.00")
    assert portfolio["total_value"] == "200.00"


async def test_a_position_is_answered_at_the_price_of_the_symbol_it_is_of(
    portfolio_client: PortfolioClient,
) -> None:
    portfolio_client.api.store.prices["ACME", NOON.date()] = Decimal(20)
    portfolio_client.api.store.prices["OTHER", NOON.date()] = Decimal(30)

    opened = await portfolio_client.add(symbol="ACME")
    changed = await portfolio_client.api(
        "PUT", f"/positions/{opened['id']}", json={"symbol": "OTHER"}
    )
    renamed = await portfolio_client.api(
        "PUT", f"/positions/{opened['id']}", json={"symbol": "NEITHER"}
    )

    payload = [opened["last_price"], changed.json()["last_price"], renamed.json()["last_price"]]
    assert payload == ["20.00", "30.00", None]


async def test_figures_have_plain_digits_however_small(portfolio_client: PortfolioClient) -> None:
    await portfolio_client.add(quantity=1, avg_cost="0.000001")
    portfolio_client.api.store.prices["ACME", NOON.date()] = Decimal("0.0000000123")
    target = {"symbol": "ACME", "target_price_eoy": "0.000001"}
    await portfolio_client.api("POST", f"/target-prices/{portfolio_client.id}", json=target)
    await calculate(portfolio_client)
    await work(portfolio_client)

    [position] = (await portfolio_client.listed())["positions"]
    way = f"/target-prices/{portfolio_client.id}/export"
    [aimed] = (await portfolio_client.api("POST", way, json={"format": "json"})).json()
    lists = (await portfolio_client.api("GET", "/portfolios")).json()
    snapshot = (
        await portfolio_client.api("GET", f"/portfolios/{portfolio_client.id}/snapshot")
    ).json()

    worth = [position["market_value"], snapshot["market_value"], lists["total_value"]]
    worth += [(await portfolio_client.itself())["net_asset_value"]]
    assert worth == ["0.0000000123"] * 4
    assert aimed["current_price"] == 0.0000000123
    assert (position["last_price"], position["entry_price"]) == ("0.0000000123", "0.000001")
    assert (position["unrealized_pnl"], snapshot["unrealized_pnl"]) == ("-0.0000009877",) * 2


async def test_a_portfolio_never_calculated_has_no_snapshot(
    portfolio_client: PortfolioClient,
) -> None:
    answer = await portfolio_client.api("GET", f"/portfolios/{portfolio_client.id}/snapshot")

    assert (answer.status_code, answer.json()["error"]) == (404, "snapshot_not_found")


async def test_a_calculation_nobody_started_is_not_found(portfolio_client: PortfolioClient) -> None:
    answer = await portfolio_client.api(
        "GET", f"/portfolios/{portfolio_client.id}/batch-status/{NOBODYS}"
    )

    assert (answer.status_code, answer.json()["error"]) == (404, "calculation_not_found")


@pytest.mark.parametrize(
    ("method", "way"),
    [("POST", "calculate"), ("GET", f"batch-status/{NOBODYS}"), ("GET", "snapshot")],
)
async def test_another_users_portfolio_is_not_found(
    portfolio_client: PortfolioClient, method: str, way: str
) -> None:
    answer = await portfolio_client.api(method, f"/portfolios/{portfolio_client.id}/{way}", by=BOB)

    assert (answer.status_code, answer.json()["error"]) == (404, "portfolio_not_found")
