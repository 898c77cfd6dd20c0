"""Calculating many portfolios by an operator's job, against one batch of them in numpy.

The floor reads all positions and all prices once, computes the figures of a snapshot as matrix
products, and stores them with one COPY.
"""

import asyncio
import time
from datetime import date
from typing import Final
from uuid import UUID

import asyncpg
import numpy as np
from dishka import AsyncContainer
from rich.console import Console

from bench.report import Rates, rounds, show
from bench.serving import Stage
from sigmasight.domain.jobs import Jobs
from sigmasight.domain.kernel import UserId
from sigmasight.domain.maintenance.model import MaintenanceTask
from sigmasight.domain.maintenance.use_cases import StartMaintenance
from sigmasight.entrypoints.composition import build_container
from sigmasight.entrypoints.worker import Worker
from sigmasight.settings import Settings

TITLE: Final = "Calculating all portfolios at night"
OWNER: Final = UserId(UUID(int=4713))
PORTFOLIOS: Final = [UUID(int=number) for number in range(10_001, 10_201)]
POSITIONS: Final = 25
SYMBOLS: Final = 3_000
DAYS: Final = 260
LAST_DAY: Final = date(2026, 6, 1)
FILL: Final = """
WITH owner AS (
    INSERT INTO users (id, email, invite_validated) VALUES ($1, 'nightly@bench', true)
), held AS (
    INSERT INTO portfolios (user_id, id, name, account_name)
    SELECT $1, id, 'x', id::text FROM unnest($2::uuid[]) AS id
), priced AS (
    INSERT INTO prices (symbol, date, close)
    SELECT 'N' || n, day, 100 + 20 * random() FROM generate_series(0, $4 - 1) AS n,
           generate_series($5::date - $6::int, $5::date, interval '1 day') AS day
)
INSERT INTO positions (user_id, id, portfolio_id, symbol, quantity, entry_price, entry_date,
                       position_type, investment_class)
SELECT $1, gen_random_uuid(), id, 'N' || floor(random() * $4), n, 100, '2026-01-05', 'LONG',
    'PUBLIC'
FROM unnest($2::uuid[]) AS id, generate_series(1, $3) AS n
"""
HELD: Final = """
SELECT portfolio_id, array_agg(symbol) AS symbols, array_agg(quantity::float8) AS quantities
FROM positions WHERE user_id = $1 GROUP BY portfolio_id
"""
CLOSES: Final = """
SELECT symbol, array_agg(close::float8 ORDER BY date) AS closes FROM prices
WHERE symbol LIKE 'N%' GROUP BY symbol
"""
STORED: Final = """
CREATE TEMPORARY TABLE figures (portfolio uuid, value float8, volatility float8, shortfall float8,
    value_at_risk float8, drawdown float8)
"""


def measure(stage: Stage, console: Console) -> None:
    with console.status("Filling the database …"):
        asyncio.run(_fill(stage.database))
    rates = rounds(console, TITLE, lambda: asyncio.run(_round(stage.database)))
    ratio = show(console, TITLE, rates, "portfolios")
    console.print(f"Median ratio {ratio:.3f}")


async def _fill(database: str) -> None:
    connection = await asyncpg.connect(database)
    await connection.execute(FILL, OWNER, PORTFOLIOS, POSITIONS, SYMBOLS, LAST_DAY, DAYS)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


async def _round(database: str) -> Rates:
    container = build_container(Settings.load(_env_file=None, database_url=database))
    try:
        return await _bare(database), await _ours(container)
    finally:
        await container.close()


async def _bare(database: str) -> float:
    connection = await asyncpg.connect(database)
    await connection.execute(STORED)
    began = time.perf_counter()
    held = await connection.fetch(HELD, OWNER)
    series = await connection.fetch(CLOSES)
    place = {row["symbol"]: number for number, row in enumerate(series)}
    closes = np.array([row["closes"] for row in series])
    returns = closes[:, 1:] / closes[:, :-1] - 1
    records = []
    for row in held:
        chosen = [place[symbol] for symbol in row["symbols"]]
        values = np.array(row["quantities"]) * closes[chosen, -1]
        gains = values @ returns[chosen]
        value, worst = values.sum(), np.sort(gains)[: len(gains) // 20]
        worth = np.cumprod(1 + gains / value)
        records.append(
            (
                row["portfolio_id"],
                float(value),
                float(gains.std(ddof=1) / value),
                float(-worst.mean()),
                float(-np.percentile(gains, 5)),
                float((1 - worth / np.maximum.accumulate(worth)).max()),
            )
        )
    await connection.copy_records_to_table("figures", records=records)
    took = time.perf_counter() - began
    await connection.close()
    return len(records) / took


async def _ours(container: AsyncContainer) -> float:
    worker, jobs = Worker(container), await container.get(Jobs)
    began = time.perf_counter()
    async with container() as scope:
        start = await scope.get(StartMaintenance)
        await start(MaintenanceTask.RUN_BATCH, by=OWNER)
    while not await worker.turn():
        pass
    took = time.perf_counter() - began
    assert not await jobs.claim(1)  # noqa: S101  else less was done than is counted
    return len(PORTFOLIOS) / took
