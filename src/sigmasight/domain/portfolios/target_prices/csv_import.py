"""Importing target prices from a CSV: all of it, or nothing."""

from dataclasses import dataclass, replace

from sigmasight.domain.kernel import (
    Clock,
    FieldError,
    Transaction,
    UserId,
    ValidationFailedError,
    atomic,
)
from sigmasight.domain.portfolios.csv_import.errors import CsvInvalidError, RowError
from sigmasight.domain.portfolios.portfolio import PortfolioId
from sigmasight.domain.portfolios.target_prices.csv_format import read_rows
from sigmasight.domain.portfolios.target_prices.model import (
    MAX_TARGETS,
    TargetKey,
    TargetPrice,
    TargetPriceLimitReachedError,
)
from sigmasight.domain.portfolios.target_prices.use_cases import TargetPriceContext
from sigmasight.domain.portfolios.target_prices.validation import TARGETS, validate_target

KNOWN = FieldError("symbol", "This portfolio already has a target price of it.", "taken")
TWICE = FieldError("symbol", "Another row is of the same symbol and type.", "twice")


@dataclass(frozen=True, slots=True)
class TargetImportResult:
    created: int
    updated: int


@dataclass(frozen=True, slots=True)
class ImportTargetPrices:
    """Import target prices from a CSV."""

    context: TargetPriceContext
    clock: Clock
    transaction: Transaction

    @atomic
    async def __call__(
        self, text: str, *, into: PortfolioId, by: UserId, update_existing: bool
    ) -> TargetImportResult:
        """Create new targets; existing ones change only if `update_existing` is set.

        Raise PortfolioNotFoundError, CsvInvalidError with every error of every row, or
        TargetPriceLimitReachedError.
        """
        await self.context.portfolios.lock_owner(by)
        portfolio = await self.context.portfolios.get(by, into)
        valuation, now = await self.context.valuation(portfolio), self.clock.now()
        known = {each.key: each for each in await self.context.targets.list(by, into)}
        wanted: dict[TargetKey, TargetPrice] = {}
        errors: list[RowError] = []
        for row in read_rows(text):
            try:
                target = validate_target(row.draft, valuation, into=into, by=by, at=now)
            except ValidationFailedError as refusal:
                errors += map(row.error, refusal.errors)
                continue
            before = known.get(target.key)
            if target.key in wanted:
                errors.append(row.error(TWICE))
            elif before and not update_existing:
                errors.append(row.error(KNOWN))
            wanted[target.key] = _over(before, target) if before else target
        if errors:
            raise CsvInvalidError.of(*errors)
        if len(known.keys() | wanted.keys()) > MAX_TARGETS:
            raise TargetPriceLimitReachedError
        await self.context.targets.put(list(wanted.values()))
        updated = len(known.keys() & wanted.keys())
        return TargetImportResult(created=len(wanted) - updated, updated=updated)


def _over(before: TargetPrice, row: TargetPrice) -> TargetPrice:
    """Return the target with a row's values: an empty cell leaves a value as it is."""
    prices = {name: price for name in TARGETS if (price := getattr(row, name)) is not None}
    return replace(before, **prices, current_price=row.current_price, updated_at=row.updated_at)
