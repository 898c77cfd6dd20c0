"""Calculations by a worker against the same reading, calculating and storing without a queue."""

import asyncio
import time
from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID, uuid4

import asyncpg
from dishka import AsyncContainer
from rich.console import Console

from bench.report import Rates, rounds, show
from bench.serving import Stage
from sigmasight.domain.jobs import Jobs
from sigmasight.domain.kernel import Clock, Transaction, UserId
from sigmasight.domain.portfolios.analytics.book import Book
from sigmasight.domain.portfolios.analytics.factors import FACTOR_ETFS
from sigmasight.domain.portfolios.analytics.returns import YEAR, History
from sigmasight.domain.portfolios.calculations.calculate import calculate_figures
from sigmasight.domain.portfolios.calculations.factor_results import FactorResults
from sigmasight.domain.portfolios.calculations.historical import BENCHMARK
from sigmasight.domain.portfolios.calculations.metrics import CalculationInput
from sigmasight.domain.portfolios.calculations.runs import StartCalculation
from sigmasight.domain.portfolios.calculations.snapshots import RunId, Snapshots
from sigmasight.domain.portfolios.portfolio import PortfolioId, Portfolios
from sigmasight.domain.portfolios.positions.model import Positions
from sigmasight.domain.portfolios.prices import Prices
from sigmasight.entrypoints.composition import build_container
from sigmasight.entrypoints.worker import Worker
from sigmasight.settings import Settings

TITLE: Final = "Calculating"
OWNER: Final = UserId(UUID(int=4711))
PORTFOLIOS: Final = [PortfolioId(UUID(int=number + 1)) for number in range(100)]
POSITIONS: Final = 20
FILL: Final = """
WITH owner AS (
    INSERT INTO users (id, email, invite_validated) VALUES ($1, 'job@bench', true)
), held AS (
    INSERT INTO portfolios (user_id, id, name, account_name)
    SELECT $1, id, 'x', id::text FROM unnest($2::uuid[]) AS id
), priced AS (
    INSERT INTO prices (symbol, date, close)
    SELECT symbol, day, 100 + 20 * random() FROM unnest($4::text[]) AS symbol,
           generate_series($5::date - 365, $5::date, interval '1 day') AS day
)
INSERT INTO positions (user_id, id, portfolio_id, symbol, quantity, entry_price, entry_date,
                       position_type, investment_class)
SELECT $1, gen_random_uuid(), id, 'S' || n, n, 100, '2026-01-05', 'LONG', 'PUBLIC'
FROM unnest($2::uuid[]) AS id, generate_series(1, $3) AS n
"""


def measure(stage: Stage, console: Console) -> None:
    asyncio.run(_fill(stage.database))
    rates = rounds(console, TITLE, lambda: asyncio.run(_round(stage.database)))
    ratio = show(console, TITLE, rates, "portfolios")
    console.print(f"Median ratio {ratio:.2f}")


async def _fill(database: str) -> None:
    connection = await asyncpg.connect(database)
    symbols = [BENCHMARK, *(f"S{number}" for number in range(1, POSITIONS + 1))]
    await connection.execute(FILL, OWNER, PORTFOLIOS, POSITIONS, symbols, date(2026, 6, 1))
    await connection.close()


async def _round(database: str) -> Rates:
    container = build_container(Settings.load(_env_file=None, database_url=database))
    try:
        return await _bare(container), await _ours(container)
    finally:
        await container.close()


async def _bare(container: AsyncContainer) -> float:
    began = time.perf_counter()
    for portfolio in PORTFOLIOS:
        async with container() as scope:
            await _calculate(scope, portfolio)
    return len(PORTFOLIOS) / (time.perf_counter() - began)


async def _calculate(scope: AsyncContainer, portfolio: PortfolioId) -> None:
    positions, prices = await scope.get(Positions), await scope.get(Prices)
    snapshots, results = await scope.get(Snapshots), await scope.get(FactorResults)
    portfolios, clock = await scope.get(Portfolios), await scope.get(Clock)

    async def work() -> None:
        held = await positions.all(OWNER, portfolio)
        symbols = {each.symbol for each in held}
        latest = await prices.latest(symbols)
        priced_on = max(price.date for price in latest.values())
        closes = await prices.closes(symbols | FACTOR_ETFS, priced_on - YEAR)
        calculated = CalculationInput(portfolio, held, priced_on, closes)
        book = Book(
            [await portfolios.get(OWNER, portfolio)], held, History(closes), {}, priced_on, {}
        )
        snapshot, factors = await asyncio.to_thread(
            calculate_figures, calculated, book, at=clock.now()
        )
        await snapshots.add(OWNER, RunId(uuid4()), snapshot)
        await results.put(factors)

    await (await scope.get(Transaction)).run(work)


async def _ours(container: AsyncContainer) -> float:
    began = time.perf_counter()
    await _ask_for(container, PORTFOLIOS)
    worker, jobs = Worker(container), await container.get(Jobs)
    while not await worker.turn():
        pass
    assert not await jobs.claim(1)  # noqa: S101  else less was done than is counted
    return len(PORTFOLIOS) / (time.perf_counter() - began)


async def _ask_for(container: AsyncContainer, portfolios: Sequence[PortfolioId]) -> None:
    for portfolio in portfolios:
        async with container() as scope:
            await (await scope.get(StartCalculation))(portfolio, by=OWNER)
