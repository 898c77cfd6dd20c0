"""The job that calculates a portfolio."""

import asyncio
from dataclasses import dataclass, replace
from datetime import date, datetime

from sigmasight.domain.jobs import JobArguments, MaxAttempts, RetriedJobHandler
from sigmasight.domain.kernel import Clock, Transaction, UserId, atomic, count_noun
from sigmasight.domain.portfolios.calculations.metrics import (
    BENCHMARK,
    YEAR,
    CalculationInput,
    calculate_snapshot,
)
from sigmasight.domain.portfolios.calculations.progress import LogLevel, Phase
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
            await self._complete(run, snapshot, calculated_at=self.clock.now())
        return False

    async def claim(self, arguments: JobArguments) -> CalculationRun | None:
        user, run = arguments
        return await self.runs.claim(UserId(user), RunId(run))

    async def store(self, run: CalculationRun) -> None:
        await self.runs.put(run)

    async def begun(self, run: CalculationRun) -> CalculationRun:
        begun = replace(run, tries=run.tries + 1, steps=1)
        return begun.logged(self.clock.now(), f"A worker has begun attempt {begun.tries}.")

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
        held = sum(position.is_open for position in positions)
        current = current.logged(
            self.clock.now(),
            f"{count_noun(held, 'open position')} read.",
            phase=Phase.POSITIONS,
            count=held,
        )
        symbols = {position.symbol for position in positions if position.is_open}
        latest = await self.prices.latest(symbols)
        priced_on = max((price.date for price in latest.values()), default=None)
        closes = (
            await self.prices.closes(symbols | {BENCHMARK}, priced_on - YEAR) if priced_on else {}
        )
        current = current.logged(
            self.clock.now(),
            _prices_read(len(latest), len(symbols), priced_on),
            level=LogLevel.INFO if len(latest) == len(symbols) else LogLevel.WARNING,
            phase=Phase.PRICES,
            count=len(latest),
        )
        await self.store(replace(current, steps=2))
        return CalculationInput(run.portfolio_id, positions, priced_on, closes)

    @atomic
    async def _complete(
        self, run: CalculationRun, snapshot: Snapshot, *, calculated_at: datetime
    ) -> None:
        """Store the snapshot and the run's end together, unless the run has already ended."""
        current = await self.claim(run.job_arguments)
        if current is None:
            return
        await self.snapshots.add(run.user_id, run.id, snapshot)
        done = replace(current, steps=STEPS).logged(
            calculated_at,
            "The figures are calculated.",
            phase=Phase.FIGURES,
            count=snapshot.positions,
        )
        now = self.clock.now()
        done = done.logged(now, "The results are stored.", phase=Phase.RESULTS, count=1)
        await self.store(done.ended(RunStatus.COMPLETED, now))


def _prices_read(priced: int, symbols: int, on: date | None) -> str:
    if on is None:
        return "There are no prices: entry prices are used."
    return f"Prices of {priced} of {count_noun(symbols, 'symbol')} read, up to {on}."
