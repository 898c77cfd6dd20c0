"""A worker process with short timeouts: other workers soon take over its jobs."""

import asyncio
import os
import signal
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

import asyncpg
from dishka import Provider, Scope, provide
from sqlalchemy.ext.asyncio import AsyncSession

from sigmasight.adapters.jobs import PgqueuerJobs
from sigmasight.adapters.postgres.positions import PostgresPositions
from sigmasight.domain.jobs import Jobs, MaxAttempts
from sigmasight.domain.kernel import UserId
from sigmasight.domain.maintenance import use_cases
from sigmasight.domain.portfolios.portfolio import PortfolioId
from sigmasight.domain.portfolios.positions import Position
from sigmasight.domain.portfolios.positions.model import Positions
from sigmasight.entrypoints.composition import build_container
from sigmasight.entrypoints.worker import Pace, Worker
from sigmasight.settings import Settings
from tests.support.builders import signing

LET_GO: Final = timedelta(seconds=0.6)
PAGE: Final = 7
"""So few portfolios at a time, and one such page a turn, so that there is time to die between."""
PACE: Final = Pace(poll=0.02, heartbeat=0.15, recovery=0.1)


class TrapPositions(PostgresPositions):
    """Calculating `BROKEN` fails, and calculating `DEADLY` kills the worker."""

    async def all(self, user: UserId, *portfolios: PortfolioId) -> Sequence[Position]:
        found = await super().all(user, *portfolios)
        symbols = {position.symbol for position in found}
        if "BROKEN" in symbols:
            raise ArithmeticError("It is broken.")
        if "DEADLY" in symbols:
            os.kill(os.getpid(), signal.SIGKILL)
        return found


class ImpatientProvider(Provider):
    def __init__(self, tries: int) -> None:
        super().__init__()
        self._tries = tries

    @provide(scope=Scope.APP, override=True)
    def jobs(self, pool: asyncpg.Pool) -> Jobs:
        return PgqueuerJobs(pool, LET_GO)

    @provide(scope=Scope.APP, override=True)
    def max_attempts(self) -> MaxAttempts:
        return MaxAttempts(self._tries)

    @provide(scope=Scope.REQUEST, override=True)
    def positions(self, session: AsyncSession) -> Positions:
        return TrapPositions(session)


def run(dsn: str, tries: int, log: Path) -> None:
    """Be that worker, as a forked process."""
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for descriptor in (1, 2):
        os.dup2(output, descriptor)
    use_cases.PAGE = PAGE  # type: ignore[misc]
    use_cases.TURN = timedelta()  # type: ignore[misc]
    asyncio.run(work(dsn, tries))


def settings_of(dsn: str) -> Settings:
    return Settings.load(
        _env_file=None, database_url=dsn, clerk_issuer=signing.ISSUER, invite_code_enabled=False
    )


async def work(dsn: str, tries: int) -> None:
    container = build_container(settings_of(dsn), ImpatientProvider(tries))
    worker = Worker(container, PACE)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop)
    try:
        await worker.run()
    finally:
        await container.close()
