"""A worker in a process of its own, with little patience: what it lets go of is soon another's.

Its arguments are the database's address and, for calculations that go wrong, a symbol: `BROKEN`
makes them fail, `DEADLY` kills the worker.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import asyncpg
from dishka import Provider, Scope, provide
from sqlalchemy.ext.asyncio import AsyncSession

from sigmasight.adapters.jobs import PgqueuerJobs
from sigmasight.adapters.postgres.positions import PostgresPositions
from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.portfolio import PortfolioId
from sigmasight.domain.portfolios.positions import Position
from sigmasight.domain.portfolios.positions.position import Positions
from sigmasight.domain.portfolios.runs import Jobs, MostTries
from sigmasight.entrypoints.composition import build_container
from sigmasight.entrypoints.worker import Pace, Worker
from sigmasight.settings import Settings
from tests import signing

LET_GO: Final = timedelta(seconds=0.6)
PACE: Final = Pace(poll=0.02, heartbeat=0.15, recovery=0.1)


class Trapped(PostgresPositions):
    """Holds traps."""

    async def all(self, user: UserId, portfolio: PortfolioId) -> Sequence[Position]:
        found = await super().all(user, portfolio)
        symbols = {position.symbol for position in found}
        if "BROKEN" in symbols:
            raise ArithmeticError("It is broken.")
        if "DEADLY" in symbols:
            os.kill(os.getpid(), signal.SIGKILL)
        return found


class Impatient(Provider):
    def __init__(self, tries: int) -> None:
        super().__init__()
        self._tries = tries

    @provide(scope=Scope.APP, override=True)
    def jobs(self, pool: asyncpg.Pool) -> Jobs:
        return PgqueuerJobs(pool, LET_GO)

    @provide(scope=Scope.APP, override=True)
    def most_tries(self) -> MostTries:
        return MostTries(self._tries)

    @provide(scope=Scope.REQUEST, override=True)
    def positions(self, session: AsyncSession) -> Positions:
        return Trapped(session)


async def work(dsn: str, tries: int) -> None:
    settings = Settings.load(
        _env_file=None, database_url=dsn, clerk_issuer=signing.ISSUER, invite_code_enabled=False
    )
    container = build_container(settings, Impatient(tries))
    worker = Worker(container, PACE)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop)
    try:
        await worker.run()
    finally:
        await container.close()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], int(sys.argv[2])))
