"""Taking target prices in from a CSV: the whole of it, or nothing."""

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
    """Take in the target prices of a CSV."""

    context: TargetPriceContext
    clock: Clock
    transaction: Transaction

    @atomic
    async def __call__(
        self, text: str, *, into: PortfolioId, by: UserId, update_existing: bool
    ) -> TargetImportResult:
        """Set new ones; those there are already change where cells say so, if they may.

        Raise PortfolioNotFoundError, CsvInvalidError with every fault of every row, or
        TargetPriceLimitReachedError.
        """
        await self.context.portfolios.lock_owner(by)
        await self.context.portfolios.get(by, into)
        book, now = await self.context.valuation(into, by), self.clock.now()
        known = {each.key: each for each in await self.context.targets.list(by, into)}
        wanted: dict[TargetKey, TargetPrice] = {}
        faults: list[RowError] = []
        for row in read_rows(text):
            try:
                target = validate_target(row.draft, book, into=into, by=by, at=now)
            except ValidationFailedError as refusal:
                faults += map(row.fault, refusal.errors)
                continue
            before = known.get(target.key)
            if target.key in wanted:
                faults.append(row.fault(TWICE))
            elif before and not update_existing:
                faults.append(row.fault(KNOWN))
            wanted[target.key] = _over(before, target) if before else target
        if faults:
            raise CsvInvalidError.of(*faults)
        if len(known.keys() | wanted.keys()) > MAX_TARGETS:
            raise TargetPriceLimitReachedError
        await self.context.targets.put(list(wanted.values()))
        updated = len(known.keys() & wanted.keys())
        return TargetImportResult(created=len(wanted) - updated, updated=updated)


def _over(before: TargetPrice, row: TargetPrice) -> TargetPrice:
    """Return a target as a row has it: an empty cell leaves what is there."""
    said = {name: price for name in TARGETS if (price := getattr(row, name)) is not None}
    return replace(before, **said, current_price=row.current_price, updated_at=row.updated_at)
