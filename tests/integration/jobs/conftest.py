"""Portfolios to calculate, and workers to do it."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import pytest
from dishka import AsyncContainer

from sigmasight.domain.identity.users import Users
from sigmasight.domain.kernel import Transaction
from sigmasight.domain.portfolios.portfolio import PortfolioId, Portfolios
from sigmasight.domain.portfolios.positions.opening import OpenPositions
from sigmasight.domain.portfolios.runs import CalculationRun, StartCalculation
from sigmasight.entrypoints.composition import build_container
from sigmasight.settings import Settings
from tests import signing
from tests.unit.examples import ANNS_ID, a_draft, a_portfolio, a_user, terms

ROOT: Final = Path(__file__).parents[3]


class Desk:
    """Ann's portfolios, asked to be calculated as the API does."""

    def __init__(self, container: AsyncContainer, dsn: str, folder: Path) -> None:
        self._container = container
        self._dsn = dsn
        self._log = folder / "worker.log"

    async def portfolio(self, number: int, symbol: str = "ACME") -> PortfolioId:
        portfolio = a_portfolio(terms=terms(account_name=f"Account {number}"))
        async with self._container() as scope:
            transaction = await scope.get(Transaction)
            portfolios = await scope.get(Portfolios)
            await transaction.run(lambda: portfolios.put(portfolio))
            await (await scope.get(OpenPositions)).one(
                a_draft(symbol=symbol), into=portfolio.id, by=ANNS_ID
            )
        return portfolio.id

    async def start(self, portfolio: PortfolioId) -> CalculationRun:
        async with self._container() as scope:
            return await (await scope.get(StartCalculation))(portfolio, by=ANNS_ID)

    @contextmanager
    def worker(self, tries: int = 3) -> Iterator["subprocess.Popen[bytes]"]:
        with ExitStack() as stack:
            output = stack.enter_context(self._log.open("ab"))
            process = stack.enter_context(
                subprocess.Popen(  # noqa: S603
                    [sys.executable, "-m", "tests.integration.jobs.worker", self._dsn, str(tries)],
                    cwd=ROOT,
                    env={"PATH": os.environ["PATH"]},
                    stdout=output,
                    stderr=subprocess.STDOUT,
                )
            )
            try:
                yield process
            finally:
                process.terminate()

    def said(self) -> str:
        return self._log.read_text()


@pytest.fixture
async def desk(dsn: str, tmp_path: Path) -> AsyncIterator[Desk]:
    settings = Settings.load(
        _env_file=None, database_url=dsn, clerk_issuer=signing.ISSUER, invite_code_enabled=False
    )
    container = build_container(settings)
    async with container() as scope:
        users = await scope.get(Users)
        await (await scope.get(Transaction)).run(lambda: users.put(a_user()))
    yield Desk(container, dsn, tmp_path)
    await container.close()
