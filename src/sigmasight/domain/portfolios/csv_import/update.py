"""Bringing a portfolio up to date with a newer file of the same accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from sigmasight.domain.kernel import Clock, Transaction, UserId, atomic
from sigmasight.domain.portfolios.csv_import.csv_file import CsvFile
from sigmasight.domain.portfolios.csv_import.differences import Comparison, Differences
from sigmasight.domain.portfolios.csv_import.parser import ImportOptions, ParsedFile, parse_file
from sigmasight.domain.portfolios.csv_import.use_cases import BackgroundThread, require_past
from sigmasight.domain.portfolios.portfolio import Portfolio, PortfolioId, Portfolios
from sigmasight.domain.portfolios.positions.model import Position, Positions
from sigmasight.domain.portfolios.positions.use_cases import create_positions
from sigmasight.domain.portfolios.positions.validation import PositionTerms


@dataclass(frozen=True, slots=True)
class UpdatedPortfolio:
    portfolio: Portfolio
    differences: Differences
    file: ParsedFile


@dataclass(frozen=True, slots=True)
class UpdateFromFile:
    """Open, adjust and close positions as a newer file has them; the same file changes nothing."""

    portfolios: Portfolios
    positions: Positions
    background: BackgroundThread
    clock: Clock
    transaction: Transaction

    async def __call__(
        self,
        portfolio: PortfolioId,
        file: CsvFile,
        *,
        by: UserId,
        options: ImportOptions,
        dry_run: bool,
    ) -> UpdatedPortfolio:
        """Return what changes, or with `dry_run` would change.

        Raise PortfolioNotFoundError, or as an import does.
        """
        now = self.clock.now()
        require_past(options.as_of, now.date())
        await self._require(portfolio, by)
        reading = await self.background.run(
            partial(parse_file, file, today=now.date(), options=options)
        )
        known, differences = await self._apply(portfolio, reading, by, now, dry_run=dry_run)
        return UpdatedPortfolio(known, differences, reading)

    @atomic
    async def _require(self, portfolio: PortfolioId, by: UserId) -> None:
        await self.portfolios.get(by, portfolio)

    @atomic
    async def _apply(
        self,
        portfolio: PortfolioId,
        reading: ParsedFile,
        by: UserId,
        now: datetime,
        *,
        dry_run: bool,
    ) -> tuple[Portfolio, Differences]:
        await self.portfolios.lock_owner(by)
        known = await self.portfolios.get(by, portfolio)
        terms = [
            entry.terms
            for entry in reading.entries.slice(0, len(reading.entries))
            if entry.closing is None
        ]
        comparison = Comparison(
            currency=known.terms.currency,
            day=_day(terms, now),
            unknown=frozenset(each.symbol for each in reading.failed if each.symbol),
        )
        differences = comparison.differences(await self._held(portfolio, by), terms)
        if not dry_run:
            await self.positions.put(differences.changed)
            await self.positions.add(create_positions(differences.new, into=known, at=now))
        return known, differences

    async def _held(self, portfolio: PortfolioId, by: UserId) -> Sequence[Position]:
        """Return the open positions, locked, the oldest first."""
        listed = await self.positions.all(by, portfolio)
        claimed = await self.positions.claim(by, [each.id for each in listed if each.is_open])
        return sorted(
            (each for each in claimed if each.is_open), key=lambda each: (each.created_at, each.id)
        )


def _day(terms: Sequence[PositionTerms], now: datetime) -> date:
    days = [each.source.file_price_date for each in terms if each.source.file_price_date]
    return max(days, default=now.date())
