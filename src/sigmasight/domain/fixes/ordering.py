"""Asking for fixes, and looking how far they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from sigmasight.domain.fixes.fix import (
    AllPortfolios,
    Fix,
    Fixes,
    FixId,
    FixNotFoundError,
    FixReport,
    FixTask,
)
from sigmasight.domain.jobs import JobKind, JobQueue
from sigmasight.domain.kernel import Clock, Transaction, UserId, atomic
from sigmasight.domain.portfolios.portfolio import PortfolioId, PortfolioNotFoundError


@dataclass(frozen=True, slots=True)
class OrderFix:
    """Have a worker fix something; whoever asks must be an operator."""

    fixes: Fixes
    everybodys: AllPortfolios
    queue: JobQueue
    clock: Clock
    transaction: Transaction

    @atomic
    async def __call__(
        self, task: FixTask, *, by: UserId, portfolio: PortfolioId | None = None
    ) -> Fix:
        """Raise PortfolioNotFoundError where the one named is nobody's."""
        owned = await self.everybodys.find(portfolio) if portfolio else None
        if portfolio and owned is None:
            raise PortfolioNotFoundError
        fix = Fix(
            id=FixId(uuid4()),
            task=task,
            portfolio=owned,
            requested_by=by,
            created_at=self.clock.now(),
        )
        await self.fixes.add(fix)
        await self.queue.put(JobKind.FIX, [fix.subject], behind=False)
        return fix


@dataclass(frozen=True, slots=True)
class LookUpFixes:
    """See what was asked for, by whom, and how far it is."""

    fixes: Fixes
    transaction: Transaction

    @atomic
    async def one(self, fix: FixId) -> FixReport:
        """Raise FixNotFoundError."""
        found = await self.fixes.find(fix)
        if found is None:
            raise FixNotFoundError
        return found

    @atomic
    async def latest(self, limit: int) -> Sequence[FixReport]:
        return await self.fixes.latest(limit)
