"""Portfolios to calculate, and workers to do it."""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

import pytest
from dishka import AsyncContainer

from sigmasight.domain.identity.users import Users
from sigmasight.domain.kernel import Transaction
from sigmasight.domain.maintenance.model import MaintenanceReport, MaintenanceRun, MaintenanceTask
from sigmasight.domain.maintenance.use_cases import ReadMaintenanceRuns, StartMaintenance
from sigmasight.domain.portfolios.calculations.runs import CalculationRun, StartCalculation
from sigmasight.domain.portfolios.portfolio import Portfolio, Portfolios
from sigmasight.domain.portfolios.positions.model import Positions
from sigmasight.entrypoints.composition import build_container
from tests.integration.jobs.worker import run, settings_of
from tests.support.builders.portfolios import a_portfolio, a_position, terms
from tests.support.builders.users import ANNS_ID, a_user

FORKSERVER: Final = multiprocessing.get_context("forkserver")
"""Forks workers from a process that has loaded what they need: loading it takes seconds."""
TRIES: Final = 600
FORKSERVER.set_forkserver_preload([run.__module__])


class JobsWorkspace:
    """Ann's portfolios, with calculations started as by the API."""

    def __init__(self, container: AsyncContainer, dsn: str, folder: Path) -> None:
        self._container = container
        self._dsn = dsn
        self._log = folder / "worker.log"

    async def create_portfolios(self, *symbols: str) -> list[Portfolio]:
        """Make a portfolio with each of these symbols."""
        held = [a_portfolio(terms=terms(account_name=f"Account {n}")) for n in range(len(symbols))]
        async with self._container() as scope:
            portfolios, positions = await scope.get(Portfolios), await scope.get(Positions)

            async def fill() -> None:
                for portfolio in held:
                    await portfolios.put(portfolio)
                await positions.add(
                    [
                        a_position(of, symbol=symbol)
                        for of, symbol in zip(held, symbols, strict=True)
                    ]
                )

            await (await scope.get(Transaction)).run(fill)
        return held

    async def start_calculations(self, *symbols: str) -> list[CalculationRun]:
        """Have a portfolio with each of these symbols calculated."""
        held = await self.create_portfolios(*symbols)
        async with self._container() as scope:
            start = await scope.get(StartCalculation)
            return [await start(portfolio.id, by=ANNS_ID) for portfolio in held]

    async def start_maintenance(self, task: MaintenanceTask) -> MaintenanceRun:
        """Start a maintenance task as Ann, as an operator."""
        async with self._container() as scope:
            return await (await scope.get(StartMaintenance))(task, by=ANNS_ID)

    async def report(self, fix: MaintenanceRun) -> MaintenanceReport:
        async with self._container() as scope:
            return await (await scope.get(ReadMaintenanceRuns)).one(fix.id)

    @contextmanager
    def worker(self, tries: int = 3) -> Iterator[BaseProcess]:
        process = FORKSERVER.Process(target=run, args=(self._dsn, tries, self._log))
        process.start()
        try:
            yield process
        finally:
            process.terminate()
            process.join()

    def worker_log(self) -> str:
        return self._log.read_text() if self._log.exists() else ""


async def wait_until(
    question: Callable[[], Awaitable[bool]], worker_log: Callable[[], str]
) -> None:
    for _ in range(TRIES):
        if await question():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"It never came to that:\n{worker_log()[-4000:]}")


@pytest.fixture
async def workspace(dsn: str, tmp_path: Path) -> AsyncIterator[JobsWorkspace]:
    container = build_container(settings_of(dsn))
    async with container() as scope:
        users = await scope.get(Users)
        await (await scope.get(Transaction)).run(lambda: users.put(a_user()))
    yield JobsWorkspace(container, dsn, tmp_path)
    await container.close()
