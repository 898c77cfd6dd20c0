"""The job that calculates a portfolio."""

import asyncio
from dataclasses import dataclass, replace

from sigmasight.domain.jobs import JobArguments, MaxAttempts, RetriedJobHandler
from sigmasight.domain.kernel import Clock, Transaction, UserId, atomic
from sigmasight.domain.portfolios.calculations.metrics import (
    BENCHMARK,
    YEAR,
    CalculationInput,
    calculate_snapshot,
)
from sigmasight.domain.portfolios.calculations.runs import (
    STEPS,
    CalculationRun,
    CalculationRuns,
    RunStatus,
)
from sigmasight.domain.portfolios.calculations.snapshots import RunId, Snapshot, Snapshots
from sigmasight.domain.portfolios.portfolio import Portfolios
from sigmasight.domain.portfolios.positions.model import Positions
from sigmasight.domain.portfolios.prices import Prices


@dataclass(frozen=True, slots=True)
class Calculate(RetriedJobHandler[CalculationRun]):
    """Calculate a portfolio's snapshot; the job's arguments are a user and a run."""

    portfolios: Portfolios
    positions: Positions
    prices: Prices
    runs: CalculationRuns
    snapshots: Snapshots
    clock: Clock
    transaction: Transaction
    max_attempts: MaxAttempts

    async def __call__(self, arguments: JobArguments) -> bool:
        run = await self.begin(arguments)
        read = await self._read(run) if run else None
        if run and read:
            snapshot = await asyncio.to_thread(calculate_snapshot, read, at=self.clock.now())
            await self._complete(run, snapshot)
        return False

    async def claim(self, arguments: JobArguments) -> CalculationRun | None:
        user, run = arguments
        return await self.runs.claim(UserId(user), RunId(run))

    async def store(self, run: CalculationRun) -> None:
        await self.runs.put(run)

    async def begun(self, run: CalculationRun) -> CalculationRun:
        return replace(run, tries=run.tries + 1, steps=1)

    @atomic
    async def _read(self, run: CalculationRun) -> CalculationInput | None:
        """Return what the calculation needs; None if the run or its portfolio is gone."""
        current = await self.claim(run.job_arguments)
        if current is None:
            return None
        if await self.portfolios.find(run.user_id, run.portfolio_id) is None:
            await self.store(current.failed(self.clock.now(), "The portfolio was deleted."))
            return None
        positions = await self.positions.all(run.user_id, run.portfolio_id)
        symbols = {position.symbol for position in positions if position.is_open}
        latest = await self.prices.latest(symbols)
        priced_on = max((price.date for price in latest.values()), default=None)
        closes = (
            await self.prices.closes(symbols | {BENCHMARK}, priced_on - YEAR) if priced_on else {}
        )
        await self.store(replace(current, steps=2))
        return CalculationInput(run.portfolio_id, positions, priced_on, closes)

    @atomic
    async def _complete(self, run: CalculationRun, snapshot: Snapshot) -> None:
        """Store the snapshot and the run's end together, unless the run has already ended."""
        current = await self.claim(run.job_arguments)
        if current is None:
            return
        await self.snapshots.add(run.user_id, run.id, snapshot)
        done = replace(current, steps=STEPS)
        await self.store(done.ended(RunStatus.COMPLETED, self.clock.now()))
