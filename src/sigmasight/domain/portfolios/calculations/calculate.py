"""Doing a calculation that is asked for: a worker's duty."""

import asyncio
from dataclasses import dataclass, replace

from sigmasight.domain.jobs import JobArguments, JobHandler, MaxAttempts, truncated
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
class Calculate(JobHandler):
    """Do what a run asks for: a worker's duty, about a user and a run.

    Each try is counted before it begins, so that a calculation its worker dies of ends too.
    """

    portfolios: Portfolios
    positions: Positions
    prices: Prices
    runs: CalculationRuns
    snapshots: Snapshots
    clock: Clock
    transaction: Transaction
    most_tries: MaxAttempts

    async def __call__(self, subject: JobArguments) -> bool:
        begun = await self._begin(subject)
        book = await self._look(begun) if begun else None
        if begun and book:
            snapshot = await asyncio.to_thread(calculate_snapshot, book, at=self.clock.now())
            await self._keep(begun, snapshot)
        return False

    @atomic
    async def failed(self, subject: JobArguments, reason: str) -> bool:
        known = await self._claim(subject)
        if known is None:
            return False
        reason = truncated(reason)
        again = known.tries < self.most_tries
        now = self.clock.now()
        await self.runs.put(
            replace(known, error=reason) if again else known.ended(RunStatus.FAILED, now, reason)
        )
        return again

    @atomic
    async def _begin(self, subject: JobArguments) -> CalculationRun | None:
        known = await self._claim(subject)
        if known is None:
            return None
        if known.tries >= self.most_tries:
            reason = known.error or "The worker ended in its middle each time."
            await self.runs.put(known.ended(RunStatus.FAILED, self.clock.now(), reason))
            return None
        begun = replace(known, tries=known.tries + 1, steps=1)
        await self.runs.put(begun)
        return begun

    @atomic
    async def _look(self, run: CalculationRun) -> CalculationInput | None:
        """Return what is to be calculated, or end the run where there is nothing any more."""
        known = await self._claim(run.job_arguments)
        if known is None:
            return None
        if await self.portfolios.find(run.user_id, run.portfolio_id) is None:
            reason = "The portfolio was deleted."
            await self.runs.put(known.ended(RunStatus.FAILED, self.clock.now(), reason))
            return None
        positions = await self.positions.all(run.user_id, run.portfolio_id)
        symbols = {position.symbol for position in positions if position.is_open}
        latest = await self.prices.latest(symbols)
        priced_on = max((price.date for price in latest.values()), default=None)
        closes = (
            await self.prices.closes(symbols | {BENCHMARK}, priced_on - YEAR) if priced_on else {}
        )
        await self.runs.put(replace(known, steps=2))
        return CalculationInput(run.portfolio_id, positions, priced_on, closes)

    @atomic
    async def _keep(self, run: CalculationRun, snapshot: Snapshot) -> None:
        """Keep the figures and that they are, together, unless somebody else already has."""
        known = await self._claim(run.job_arguments)
        if known is None:
            return
        await self.snapshots.add(run.user_id, run.id, snapshot)
        done = replace(known, steps=STEPS)
        await self.runs.put(done.ended(RunStatus.COMPLETED, self.clock.now()))

    async def _claim(self, subject: JobArguments) -> CalculationRun | None:
        user, run = subject
        return await self.runs.claim(UserId(user), RunId(run))
