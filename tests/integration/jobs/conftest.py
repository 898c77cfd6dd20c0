"""Portfolios to calculate, and workers to do it."""

import multiprocessing
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

import pytest
from dishka import AsyncContainer

from sigmasight.domain.identity.users import Users
from sigmasight.domain.kernel import Transaction
from sigmasight.domain.portfolios.portfolio import Portfolios
from sigmasight.domain.portfolios.positions.position import Positions
from sigmasight.domain.portfolios.runs import CalculationRun, StartCalculation
from sigmasight.entrypoints.composition import build_container
from tests.integration.jobs.worker import run, settings_of
from tests.unit.examples import ANNS_ID, a_portfolio, a_position, a_user, terms

NURSERY: Final = multiprocessing.get_context("forkserver")
"""Forks workers from a process that has loaded what they need: loading it takes seconds."""
NURSERY.set_forkserver_preload([run.__module__])


class Desk:
    """Ann's portfolios, asked to be calculated as the API does."""

    def __init__(self, container: AsyncContainer, dsn: str, folder: Path) -> None:
        self._container = container
        self._dsn = dsn
        self._log = folder / "worker.log"

    async def start(self, *symbols: str) -> list[CalculationRun]:
        """Have a portfolio with each of these symbols calculated."""
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
            start = await scope.get(StartCalculation)
            return [await start(portfolio.id, by=ANNS_ID) for portfolio in held]

    @contextmanager
    def worker(self, tries: int = 3) -> Iterator[BaseProcess]:
        process = NURSERY.Process(target=run, args=(self._dsn, tries, self._log))
        process.start()
        try:
            yield process
        finally:
            process.terminate()
            process.join()

    def said(self) -> str:
        return self._log.read_text() if self._log.exists() else ""


@pytest.fixture
async def desk(dsn: str, tmp_path: Path) -> AsyncIterator[Desk]:
    container = build_container(settings_of(dsn))
    async with container() as scope:
        users = await scope.get(Users)
        await (await scope.get(Transaction)).run(lambda: users.put(a_user()))
    yield Desk(container, dsn, tmp_path)
    await container.close()
