"""Calculations under way: one at a time of a portfolio, begun by its owner, done by a worker."""

import asyncio
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType, Protocol
from uuid import uuid4

from sigmasight.domain.kernel import (
    Clock,
    ConflictError,
    NotFoundError,
    Transaction,
    UserId,
    atomic,
)
from sigmasight.domain.portfolios.calculation import MARKET, YEAR, Book, calculated
from sigmasight.domain.portfolios.portfolio import (
    PortfolioId,
    PortfolioNotFoundError,
    Portfolios,
)
from sigmasight.domain.portfolios.positions.position import Positions
from sigmasight.domain.portfolios.prices import Prices
from sigmasight.domain.portfolios.snapshots import RunId, Snapshot, Snapshots

LONGEST_REASON: Final = 500
STEPS: Final = 3
"""Taken up; positions and prices read; figures kept."""

JobId = NewType("JobId", int)
MostTries = NewType("MostTries", int)

MOST_TRIES: Final = MostTries(3)


class CalculationRunningError(ConflictError):
    code = "calculation_running"

    def __init__(self) -> None:
        super().__init__("This portfolio is being calculated already.")


class CalculationNotFoundError(NotFoundError):
    code = "calculation_not_found"

    def __init__(self) -> None:
        super().__init__("No such calculation of this portfolio.")


class RunStatus(StrEnum):
    RUNNING = "running"
    """From the moment it is asked for."""
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalculationRun:
    id: RunId
    user_id: UserId
    portfolio_id: PortfolioId
    status: RunStatus = RunStatus.RUNNING
    triggered_by: str
    started_at: datetime
    finished_at: datetime | None = None
    steps: int = 0
    """How many of the `STEPS` are done."""
    tries: int = 0
    error: str | None = None
    """Why it failed, or why it is tried again."""

    def elapsed(self, at: datetime) -> timedelta:
        return max((self.finished_at or at) - self.started_at, timedelta())

    def ended(self, status: RunStatus, at: datetime, error: str | None = None) -> "CalculationRun":
        return replace(self, status=status, finished_at=at, error=error)


class CalculationRuns(Protocol):
    """Everybody's calculations, each reachable through its owner only."""

    @abstractmethod
    async def start(self, run: CalculationRun) -> bool:
        """Store a new run, or return False while another of that portfolio is running."""
        raise NotImplementedError

    @abstractmethod
    async def find(self, user: UserId, run: RunId) -> CalculationRun | None:
        """Return the user's run of that id."""
        raise NotImplementedError

    @abstractmethod
    async def claim(self, user: UserId, run: RunId) -> CalculationRun | None:
        """Return it if it is still running, and have others wait until the transaction ends."""
        raise NotImplementedError

    @abstractmethod
    async def put(self, run: CalculationRun) -> None:
        """Store a run that was claimed and has changed."""
        raise NotImplementedError


class CalculationQueue(Protocol):
    """Where a run waits for a worker."""

    @abstractmethod
    async def put(self, user: UserId, run: RunId) -> None:
        """Have a worker take the run up, as soon as this transaction is kept."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Job:
    """A run that a worker has taken up."""

    id: JobId
    user_id: UserId
    run_id: RunId


class Jobs(Protocol):
    """The queue's other end. What a worker takes and does not hold is another's after a while."""

    @abstractmethod
    async def take(self, limit: int) -> Sequence[Job]:
        """Return jobs that wait, or that their worker let go of; nobody else gets them now."""
        raise NotImplementedError

    @abstractmethod
    async def hold(self, jobs: Sequence[Job]) -> None:
        """Keep others from taking them for another while."""
        raise NotImplementedError

    @abstractmethod
    async def finish(self, job: Job) -> None:
        """Take it off the queue."""
        raise NotImplementedError

    @abstractmethod
    async def prune(self) -> None:
        """Forget what is long done."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class StartCalculation:
    """Have a portfolio of one's own calculated."""

    portfolios: Portfolios
    runs: CalculationRuns
    queue: CalculationQueue
    clock: Clock
    transaction: Transaction

    @atomic
    async def __call__(
        self, portfolio: PortfolioId, *, by: UserId, triggered_by: str = "user"
    ) -> CalculationRun:
        """Raise PortfolioNotFoundError or CalculationRunningError."""
        if await self.portfolios.find(by, portfolio) is None:
            raise PortfolioNotFoundError
        run = CalculationRun(
            id=RunId(uuid4()),
            user_id=by,
            portfolio_id=portfolio,
            triggered_by=triggered_by,
            started_at=self.clock.now(),
        )
        if not await self.runs.start(run):
            raise CalculationRunningError
        await self.queue.put(by, run.id)
        return run


@dataclass(frozen=True, slots=True)
class ReadCalculation:
    """Look how far a calculation of one's own is."""

    portfolios: Portfolios
    runs: CalculationRuns
    transaction: Transaction

    @atomic
    async def __call__(self, portfolio: PortfolioId, run: RunId, *, by: UserId) -> CalculationRun:
        """Raise PortfolioNotFoundError or CalculationNotFoundError."""
        if await self.portfolios.find(by, portfolio) is None:
            raise PortfolioNotFoundError
        found = await self.runs.find(by, run)
        if found is None or found.portfolio_id != portfolio:
            raise CalculationNotFoundError
        return found


@dataclass(frozen=True, slots=True)
class Calculate:
    """Do what a run asks for. However often it is begun, its effects happen once.

    Each try is counted before it begins, so that a calculation its worker dies of ends too.
    """

    portfolios: Portfolios
    positions: Positions
    prices: Prices
    runs: CalculationRuns
    snapshots: Snapshots
    clock: Clock
    transaction: Transaction
    most_tries: MostTries

    async def __call__(self, user: UserId, run: RunId) -> None:
        """Do nothing for a run that has ended; raise what goes wrong, to be told to `failed`."""
        begun = await self._begin(user, run)
        if begun is None:
            return
        book = await self._look(begun)
        if book is not None:
            snapshot = await asyncio.to_thread(calculated, book, at=self.clock.now())
            await self._keep(begun, snapshot)

    @atomic
    async def failed(self, user: UserId, run: RunId, reason: str) -> bool:
        """Note why a try failed, and return whether there is another to come."""
        known = await self.runs.claim(user, run)
        if known is None:
            return False
        reason = reason.replace("\0", "")[:LONGEST_REASON]
        again = known.tries < self.most_tries
        now = self.clock.now()
        await self.runs.put(
            replace(known, error=reason) if again else known.ended(RunStatus.FAILED, now, reason)
        )
        return again

    @atomic
    async def _begin(self, user: UserId, run: RunId) -> CalculationRun | None:
        known = await self.runs.claim(user, run)
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
    async def _look(self, run: CalculationRun) -> Book | None:
        """Return what is to be calculated, or end the run where there is nothing any more."""
        known = await self.runs.claim(run.user_id, run.id)
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
        closes = await self.prices.closes(symbols | {MARKET}, priced_on - YEAR) if priced_on else {}
        await self.runs.put(replace(known, steps=2))
        return Book(run.portfolio_id, positions, priced_on, closes)

    @atomic
    async def _keep(self, run: CalculationRun, snapshot: Snapshot) -> None:
        """Keep the figures and that they are, together, unless somebody else already has."""
        known = await self.runs.claim(run.user_id, run.id)
        if known is None:
            return
        await self.snapshots.add(run.user_id, run.id, snapshot)
        done = replace(known, steps=STEPS)
        await self.runs.put(done.ended(RunStatus.COMPLETED, self.clock.now()))
