"""Carrying out a fix: a page of portfolios after the other, each in a transaction of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from sigmasight.domain.fixes.fix import (
    AllPortfolios,
    Fix,
    Fixes,
    FixId,
    FixStatus,
    FixTask,
    OwnedPortfolio,
    Stage,
)
from sigmasight.domain.fixes.samples import Samples
from sigmasight.domain.jobs import Duty, JobKind, JobQueue, MostTries, Subject, told
from sigmasight.domain.kernel import Clock, Transaction, atomic
from sigmasight.domain.portfolios.portfolio import PortfolioLimitReachedError
from sigmasight.domain.portfolios.runs import BY_OPERATOR, CalculationRun, CalculationRuns
from sigmasight.domain.portfolios.snapshots import RunId, Snapshots

PAGE: Final = 500
CLEARED_AT_ONCE: Final = 5_000
TURN: Final = timedelta(seconds=0.5)
GIVEN_UP: Final = "No worker has it any more."


@dataclass(frozen=True, slots=True)
class CarryOutFix(Duty):
    """Do what a fix asks for: a worker's duty, about the fix.

    How far it is stands in its row, and is changed with what was done; so a page is seen to
    once, whoever takes the fix up again. It is let go of after a while, as what users
    ask for waits for the same worker.
    """

    fixes: Fixes
    everybodys: AllPortfolios
    snapshots: Snapshots
    samples: Samples
    runs: CalculationRuns
    queue: JobQueue
    clock: Clock
    transaction: Transaction
    most_tries: MostTries

    async def __call__(self, subject: Subject) -> bool:
        going_on = await self._begin(subject)
        over = self.clock.now() + TURN
        while going_on:
            going_on = await self._go_on(subject)
            if self.clock.now() >= over:
                break
        return going_on

    @atomic
    async def failed(self, subject: Subject, reason: str) -> bool:
        fix = await self._claim(subject)
        if fix is None:
            return False
        again = fix.tries < self.most_tries
        reason = told(reason)
        await self.fixes.put(
            replace(fix, error=reason) if again else self._ended(fix, FixStatus.FAILED, reason)
        )
        return again

    @atomic
    async def _begin(self, subject: Subject) -> bool:
        """Count a try before it begins, so that what its worker dies of ends too."""
        fix = await self._claim(subject)
        if fix is None:
            return False
        if fix.tries >= self.most_tries:
            reason = fix.error or "The worker ended in its middle each time."
            await self.fixes.put(self._ended(fix, FixStatus.FAILED, reason))
            return False
        if fix.started_at is None:
            portfolios = 1 if fix.portfolio else await self.everybodys.count()
            now = self.clock.now()
            fix = replace(fix, started_at=now, status=FixStatus.RUNNING, portfolios=portfolios)
        await self.fixes.put(replace(fix, tries=fix.tries + 1))
        return True

    @atomic
    async def _go_on(self, subject: Subject) -> bool:
        """Do the next page of the present stage, and return whether there is more to do."""
        fix = await self._claim(subject)
        if fix is None:
            return False
        match fix.stage:
            case None:
                done = self._ended(fix, FixStatus.COMPLETED)
            case Stage.SEED:
                done = await self._seed(fix)
            case Stage.CLEAR | Stage.RUN as stage:
                page = await self._page(fix)
                if not page:
                    done = fix.past_stage(fix.tally)
                elif stage is Stage.CLEAR:
                    done = await self._clear(fix, page)
                else:
                    done = await self._run(fix, page)
        await self.fixes.put(done)
        return done.completed_at is None

    async def _page(self, fix: Fix) -> Sequence[OwnedPortfolio]:
        if fix.portfolio:
            return [] if fix.after else [fix.portfolio]
        return await self.everybodys.page(fix.after, PAGE)

    async def _clear(self, fix: Fix, page: Sequence[OwnedPortfolio]) -> Fix:
        cleared = await self.snapshots.clear(page, until=fix.created_at, limit=CLEARED_AT_ONCE)
        given_up = await self.runs.give_up(page, at=self.clock.now(), reason=GIVEN_UP)
        tally = fix.tally
        tally = replace(
            tally,
            snapshots_cleared=tally.snapshots_cleared + cleared,
            calculations_given_up=tally.calculations_given_up + given_up,
        )
        return fix.past([] if cleared == CLEARED_AT_ONCE else page, tally)

    async def _seed(self, fix: Fix) -> Fix:
        try:
            seeded = await self.samples.give(fix.requested_by, at=self.clock.now())
        except PortfolioLimitReachedError as refusal:
            if fix.task is FixTask.SEED_PORTFOLIOS:
                return self._ended(fix, FixStatus.FAILED, str(refusal))
            return fix.past_stage(replace(fix.tally, seeding_refused=str(refusal)))
        return fix.past_stage(replace(fix.tally, portfolios_seeded=seeded))

    async def _run(self, fix: Fix, page: Sequence[OwnedPortfolio]) -> Fix:
        asked = [_run_of(each, fix, self.clock.now()) for each in page]
        started = await self.runs.start(asked)
        subjects = [run.subject for run in started]
        await self.queue.put(JobKind.CALCULATE, subjects, behind=True)
        tally = fix.tally
        tally = replace(
            tally,
            calculations_started=tally.calculations_started + len(started),
            calculations_skipped=tally.calculations_skipped + len(asked) - len(started),
        )
        return fix.past(page, tally)

    async def _claim(self, subject: Subject) -> Fix | None:
        [fix] = subject
        return await self.fixes.claim(FixId(fix))

    def _ended(self, fix: Fix, status: FixStatus, error: str | None = None) -> Fix:
        return fix.ended(status, self.clock.now(), error)


def _run_of(portfolio: OwnedPortfolio, fix: Fix, at: datetime) -> CalculationRun:
    return CalculationRun(
        id=RunId(uuid4()),
        user_id=portfolio.user_id,
        portfolio_id=portfolio.id,
        triggered_by=BY_OPERATOR,
        batch=fix.batch,
        started_at=at,
    )
