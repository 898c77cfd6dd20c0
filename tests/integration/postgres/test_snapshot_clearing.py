"""Of snapshots that two clear at once, neither leaves any to the other."""

import asyncio
from typing import Final
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from sigmasight.adapters.postgres.calculations import PostgresSnapshots
from sigmasight.adapters.postgres.engine import PostgresTransaction
from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.portfolio import PortfolioId
from tests.integration.database_rows import Rows
from tests.integration.polling import wait_until
from tests.support.builders.instants import NOON

FILL: Final = """
WITH held AS (
    INSERT INTO portfolios (user_id, id, name, account_name) VALUES ($1, $2, 'One', 'One')
    RETURNING user_id, id
)
INSERT INTO snapshots (
    user_id, portfolio_id, run_id, as_of, calculated_at, market_value, unrealized_pnl,
    realized_pnl, gross_exposure, net_exposure, long_exposure, short_exposure, cash,
    history_days, positions, priced_at_entry, without_history
)
SELECT user_id, id, gen_random_uuid(), '2026-01-01', '2026-01-01',
       0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
FROM held, generate_series(1, 4)
"""
WAITING: Final = (
    "FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


async def test_a_waiting_cleaner_continues_after_the_first(engine: AsyncEngine, rows: Rows) -> None:
    owner, portfolio = UserId(await rows.put(email="ann@example.com")), PortfolioId(uuid4())
    await rows.all(FILL, owner, portfolio)
    cleared, over = asyncio.Event(), asyncio.Event()

    async def clear(*, lingering: bool) -> int:
        async with AsyncSession(engine) as session:
            named = [(owner, portfolio)]

            async def work() -> int:
                count = await PostgresSnapshots(session).clear(named, until=NOON, limit=2)
                if lingering:
                    cleared.set()
                    await over.wait()
                return count

            return await PostgresTransaction(session).run(work)

    first = asyncio.create_task(clear(lingering=True))
    await cleared.wait()
    second = asyncio.create_task(clear(lingering=False))
    await wait_until(rows, WAITING, 1)
    over.set()

    assert (await first, await second) == (2, 2)
    assert await rows.count("FROM snapshots") == 0
