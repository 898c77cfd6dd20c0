"""The job that calculates a portfolio."""

import asyncio
from dataclasses import dataclass, replace
from datetime import date, datetime

from sigmasight.domain.jobs import JobArguments, MaxAttempts, RetriedJobHandler
from sigmasight.domain.kernel import Clock, Transaction, UserId, atomic, count_noun
from sigmasight.domain.portfolios.analytics.book import Book
from sigmasight.domain.portfolios.analytics.books import Books
from sigmasight.domain.portfolios.analytics.factors import FACTOR_ETFS, factor_exposures
from sigmasight.domain.portfolios.calculations.factor_results import FactorResult, FactorResults
from sigmasight.domain.portfolios.calculations.metrics import CalculationInput, calculate_snapshot
from sigmasight.domain.portfolios.calculations.progress import LogLevel, Phase
from sigmasight.domain.portfolios.calculations.runs import (
    STEPS,
    CalculationRun,
    CalculationRuns,
    RunStatus,
)
from sigmasight.domain.portfolios.calculations.settlement import Settlement
from sigmasight.domain.portfolios.calculations.snapshots import RunId, Snapshot, Snapshots
from sigmasight.domain.portfolios.portfolio import Portfolios
from sigmasight.domain.portfolios.positions.model import Positions


@dataclass(frozen=True, slots=True)
class Calculate(RetriedJobHandler[CalculationRun]):
    """Calculate a portfolio's snapshot and factor exposures.

    The job's arguments are a user and a run.
    """

    portfolios: Portfolios
    positions: Positions
    settlement: Settlement
    books: Books
    runs: CalculationRuns
    snapshots: Snapshots
    factor_results: FactorResults
    clock: Clock
    transaction: Transaction
    max_attempts: MaxAttempts

    async def __call__(self, arguments: JobArguments) -> bool:
        run = await self.begin(arguments)
        read = await self._read(run) if run else None
        if run and read:
            results = await asyncio.to_thread(calculate_figures, *read, at=self.clock.now())
            await self._complete(run, *results, calculated_at=self.clock.now())
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
    async def _read(self, run: CalculationRun) -> tuple[CalculationInput, Book] | None:
        """Return what the calculation needs; None if the run or its portfolio is gone."""
        current = await self.claim(run.job_arguments)
        if current is None:
            return None
        portfolio = await self.portfolios.find(run.user_id, run.portfolio_id)
        if portfolio is None:
            await self.store(current.failed(self.clock.now(), "The portfolio was deleted."))
            return None
        today = self.clock.now().date()
        listed = await self.positions.all(run.user_id, run.portfolio_id)
        positions = await self.settlement.settle(run.user_id, listed, today=today)
        held = [position for position in positions if position.is_open]
        current = current.logged(
            self.clock.now(),
            f"{count_noun(len(held), 'open position')} read.",
            phase=Phase.POSITIONS,
            count=len(held),
        )
        if count := sum(each.is_open for each in listed) - len(held):
            current = current.logged(
                self.clock.now(), f"{count_noun(count, 'expired option')} settled."
            )
        symbols = {position.symbol for position in held}
        book = await self.books.of([portfolio], held, compared_with=FACTOR_ETFS)
        latest = {symbol: book.latest[symbol] for symbol in symbols & book.latest.keys()}
        priced_on = max(book.latest.values(), default=None)
        current = current.logged(
            self.clock.now(),
            _prices_read(len(latest), len(symbols), priced_on),
            level=LogLevel.INFO if len(latest) == len(symbols) else LogLevel.WARNING,
            phase=Phase.PRICES,
            count=len(latest),
        )
        await self.store(replace(current, steps=2))
        closes = book.history.closes if priced_on else {}
        equity = portfolio.terms.equity_balance
        inputs = CalculationInput(
            portfolio_id=run.portfolio_id,
            positions=positions,
            priced_on=priced_on,
            closes=closes,
            equity=equity,
            risk_free_rate=book.risk_free_rate,
        )
        return inputs, book

    @atomic
    async def _complete(
        self,
        run: CalculationRun,
        snapshot: Snapshot,
        factors: FactorResult,
        *,
        calculated_at: datetime,
    ) -> None:
        """Store the results and the run's end together, unless the run has already ended."""
        current = await self.claim(run.job_arguments)
        if current is None:
            return
        await self.snapshots.add(run.user_id, run.id, snapshot)
        await self.factor_results.put(factors)
        done = replace(current, steps=STEPS).logged(
            calculated_at,
            "The figures are calculated.",
            phase=Phase.FIGURES,
            count=snapshot.positions,
        )
        now = self.clock.now()
        done = done.logged(now, "The results are stored.", phase=Phase.RESULTS, count=1)
        await self.store(done.ended(RunStatus.COMPLETED, now))


def calculate_figures(
    inputs: CalculationInput, book: Book, *, at: datetime
) -> tuple[Snapshot, FactorResult]:
    """Return all that a calculation stores of a portfolio and the book of it alone."""
    [portfolio] = book.portfolios
    factors = FactorResult(
        user_id=portfolio.user_id,
        portfolio_id=inputs.portfolio_id,
        as_of=book.day,
        calculated_at=at,
        exposures=factor_exposures(book),
    )
    return calculate_snapshot(inputs, at=at), factors


def _prices_read(priced: int, symbols: int, on: date | None) -> str:
    if on is None:
        return "There are no prices: entry prices are used."
    return f"Prices of {priced} of {count_noun(symbols, 'symbol')} read, up to {on}."
