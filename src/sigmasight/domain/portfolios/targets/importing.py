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
from sigmasight.domain.portfolios.csv_import.faults import CsvFault, CsvInvalidError
from sigmasight.domain.portfolios.portfolio import PortfolioId
from sigmasight.domain.portfolios.targets.drafts import TARGETS, agreed
from sigmasight.domain.portfolios.targets.keeping import TargetDesk
from sigmasight.domain.portfolios.targets.sheets import rows
from sigmasight.domain.portfolios.targets.target import (
    MOST_TARGETS,
    Subject,
    TargetPrice,
    TargetPriceLimitReachedError,
)

KNOWN = FieldError("symbol", "This portfolio already has a target price of it.", "taken")
TWICE = FieldError("symbol", "Another row is of the same symbol and type.", "twice")


@dataclass(frozen=True, slots=True)
class Imported:
    created: int
    updated: int


@dataclass(frozen=True, slots=True)
class ImportTargetPrices:
    """Take in the target prices of a CSV."""

    desk: TargetDesk
    clock: Clock
    transaction: Transaction

    @atomic
    async def __call__(
        self, text: str, *, into: PortfolioId, by: UserId, update_existing: bool
    ) -> Imported:
        """Set new ones; those there are already change where cells say so, if they may.

        Raise PortfolioNotFoundError, CsvInvalidError with every fault of every row, or
        TargetPriceLimitReachedError.
        """
        await self.desk.portfolios.lock_owner(by)
        await self.desk.require(into, by)
        book, now = await self.desk.book(into, by), self.clock.now()
        known = {each.subject: each for each in await self.desk.targets.list(by, into)}
        wanted: dict[Subject, TargetPrice] = {}
        faults: list[CsvFault] = []
        for row in rows(text):
            try:
                target = agreed(row.draft, book, into=into, by=by, at=now)
            except ValidationFailedError as refusal:
                faults += map(row.fault, refusal.errors)
                continue
            before = known.get(target.subject)
            if target.subject in wanted:
                faults.append(row.fault(TWICE))
            elif before and not update_existing:
                faults.append(row.fault(KNOWN))
            wanted[target.subject] = _over(before, target) if before else target
        if faults:
            raise CsvInvalidError.of(*faults)
        if len(known.keys() | wanted.keys()) > MOST_TARGETS:
            raise TargetPriceLimitReachedError
        await self.desk.targets.put(list(wanted.values()))
        updated = len(known.keys() & wanted.keys())
        return Imported(created=len(wanted) - updated, updated=updated)


def _over(before: TargetPrice, row: TargetPrice) -> TargetPrice:
    """Return a target as a row has it: an empty cell leaves what is there."""
    said = {name: price for name in TARGETS if (price := getattr(row, name)) is not None}
    return replace(before, **said, current_price=row.current_price, updated_at=row.updated_at)
