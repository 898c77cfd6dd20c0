"""Splits of shares, the same for every user, and series of closes across them.

A file of prices is as traded, or already adjusted. Which one, each split decides: if the closes
around it changed rather by its ratio than not at all, those before it are divided by the ratio.
A change by a split's ratio without a split is suspected to be one, and no return.
"""

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import log
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from sigmasight.domain.kernel import Transaction, atomic, iso_date
from sigmasight.domain.portfolios.positions.validation import MAX_SYMBOL_LENGTH, SYMBOL
from sigmasight.domain.portfolios.prices import ImportReport
from sigmasight.domain.portfolios.profiles import Record, Records

PART: Final = r"\d{1,6}(?:\.\d{1,8})?"
RATIO: Final = re.compile(rf"({PART})(?::({PART}))?", re.ASCII)
USUAL_RATIOS: Final = (1.5, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30, 40, 50, 100)
"""After splits; after reverse splits, their inverses."""
ORDINARY: Final = 0.3
"""Smaller returns are no split's."""
TOLERANCE: Final = 0.04
"""By how much the logarithm of a suspected split's change may differ from its ratio's."""


@dataclass(frozen=True, slots=True)
class Split:
    symbol: str
    date: date
    """The first day traded after it."""
    ratio: Decimal
    """The number of shares after it for each one before."""


class Splits(Protocol):
    """The splits of symbols; they have no owner."""

    @abstractmethod
    async def put(self, splits: Sequence[Split]) -> None:
        """Store splits, each symbol and day once; they replace those there are."""


@dataclass(frozen=True, slots=True)
class ImportSplits:
    """Import a file's splits: all valid records or, if strict, all records or none."""

    splits: Splits
    transaction: Transaction

    @atomic
    async def __call__(self, records: Records, *, strict: bool) -> ImportReport:
        """Return what was imported; of records of one symbol and day the last one counts."""
        report = ImportReport()
        found: dict[tuple[str, date], Split] = {}
        for number, record in records():
            report.read += 1
            try:
                split = parse_split(record)
            except ValueError as error:
                report.reject(number, str(error))
            else:
                found[split.symbol, split.date] = split
        if not (strict and report.bad):
            await self.splits.put(list(found.values()))
            report.stored = len(found)
        return report


def parse_split(record: Record) -> Split:
    """Return the split of a record; raise ValueError with a message for its line."""
    symbol, day, ratio = (
        str(record.get(name) or "").strip() for name in ("symbol", "date", "ratio")
    )
    if len(symbol) > MAX_SYMBOL_LENGTH or not SYMBOL.fullmatch(symbol):
        raise ValueError("The symbol is not valid.")
    if (on := iso_date(day)) is None:
        raise ValueError("The date is not a calendar date in the form YYYY-MM-DD.")
    match = RATIO.fullmatch(ratio)
    after, before = (Decimal(part or 1) for part in match.groups()) if match else (0, 0)
    if not (after and before) or after == before:
        raise ValueError("The ratio is not shares after for shares before, such as 4:1 or 0.1.")
    return Split(symbol.upper(), on, Decimal(after) / Decimal(before))


def adjusted(closes: Mapping[date, float], splits: Mapping[date, float]) -> Mapping[date, float]:
    """Return closes, oldest first, comparable across splits."""
    found = dict(closes)
    days = list(found)
    for day in sorted(splits):
        earlier = [each for each in days if each < day]
        if not earlier or len(earlier) == len(days):
            continue
        before, after = found[earlier[-1]], found[days[len(earlier)]]
        if _is_change_by(splits[day], before, after):
            found |= {each: found[each] / splits[day] for each in earlier}
    return found


def without_suspected_splits(closes: Mapping[date, float]) -> Mapping[date, float]:
    """Return closes, oldest first, those before a suspected split scaled to the one after it."""
    values = np.array(list(closes.values()), np.float64)
    with np.errstate(all="ignore"):  # what is not finite is no change by a ratio
        ratios = values[1:] / values[:-1]
    suspected = are_suspected_splits(ratios - 1)
    if not suspected.any():
        return closes
    factors = np.cumprod(np.where(suspected, ratios, 1.0)[::-1])[::-1]
    values[:-1] *= factors
    return dict(zip(closes, values.tolist(), strict=True))


def are_suspected_splits(returns: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return for each return whether it looks like a split that is not among the known ones."""
    if not returns.size or (returns.min() > -ORDINARY and returns.max() < ORDINARY):
        return np.zeros(returns.shape, dtype=np.bool_)
    with np.errstate(all="ignore"):  # what is not finite is no change by a ratio
        changes = np.abs(np.log1p(returns))
    suspected = np.zeros(returns.shape, dtype=np.bool_)
    for place in np.argwhere(changes > log(USUAL_RATIOS[0]) - TOLERANCE):
        distance = np.abs(np.log(USUAL_RATIOS) - changes[tuple(place)]).min()
        suspected[tuple(place)] = distance < TOLERANCE
    return suspected


def is_suspected_split(before: float, after: float) -> bool:
    """Return whether one close after another looks like a split that is not known."""
    return before > 0 and bool(are_suspected_splits(np.array([after / before - 1])).any())


def _is_change_by(ratio: float, before: float, after: float) -> bool:
    if before <= 0 or after <= 0:
        return False
    change = log(after / before)
    return abs(change + log(ratio)) < abs(change)
