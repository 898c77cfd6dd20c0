"""Benchmarks: the weights of sectors in an index, the same for every user."""

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Protocol

from sigmasight.domain.kernel import Transaction, atomic, iso_date
from sigmasight.domain.portfolios.money import total
from sigmasight.domain.portfolios.prices import ImportReport
from sigmasight.domain.portfolios.profiles import MAX_TEXT_LENGTH, NUMBER, Record, Records

MAX_NAME_LENGTH: Final = 50
TOLERANCE: Final = Decimal("0.01")
"""By how much a day's weights may differ from 1 in sum."""


@dataclass(frozen=True, slots=True)
class BenchmarkWeights:
    """A benchmark's weights on a day: fractions that add up to about 1, by sector."""

    benchmark: str
    as_of: date
    weights: Mapping[str, Decimal]


class Benchmarks(Protocol):
    """The weights of benchmarks; they have no owner."""

    @abstractmethod
    async def put(self, weights: BenchmarkWeights) -> None:
        """Store a day's weights; they replace all of the same benchmark and day."""

    @abstractmethod
    async def latest(self, benchmark: str) -> BenchmarkWeights | None:
        """Return the newest weights of a benchmark."""


@dataclass(frozen=True, slots=True)
class ImportBenchmarks:
    """Import a file's weights: all of its days, or nothing if any line or sum is bad."""

    benchmarks: Benchmarks
    transaction: Transaction

    @atomic
    async def __call__(self, records: Records) -> ImportReport:
        report = ImportReport()
        days: defaultdict[tuple[str, date], dict[str, Decimal]] = defaultdict(dict)
        first_lines: dict[tuple[str, date], int] = {}
        for number, record in records():
            report.read += 1
            try:
                benchmark, day, sector, weight = _parsed(record)
            except ValueError as error:
                report.reject(number, str(error))
                continue
            if sector in days[benchmark, day]:
                report.reject(number, f"{sector} occurs twice on {day}.")
            days[benchmark, day][sector] = weight
            first_lines.setdefault((benchmark, day), number)
        found = [BenchmarkWeights(*key, weights) for key, weights in days.items()]
        for each in _unbalanced(found):
            added = f"{total(each.weights.values()).normalize():f}"
            reason = f"The weights of {each.benchmark} on {each.as_of} add up to {added}, not to 1."
            report.reject(first_lines[each.benchmark, each.as_of], reason)
        if not report.bad:
            for each in found:
                await self.benchmarks.put(each)
            report.stored = report.read
        return report


def _unbalanced(found: Sequence[BenchmarkWeights]) -> Iterable[BenchmarkWeights]:
    return (each for each in found if abs(total(each.weights.values()) - 1) > TOLERANCE)


def _parsed(record: Record) -> tuple[str, date, str, Decimal]:
    benchmark, day, sector, weight = (
        str(record.get(name) or "").strip() for name in ("benchmark", "as_of", "sector", "weight")
    )
    if not benchmark or len(benchmark) > MAX_NAME_LENGTH or not benchmark.isprintable():
        raise ValueError("The benchmark is missing or not valid.")
    if (as_of := iso_date(day)) is None:
        raise ValueError("The day is not a calendar date in the form YYYY-MM-DD.")
    if not sector or len(sector) > MAX_TEXT_LENGTH or not sector.isprintable():
        raise ValueError("The sector is missing or not valid.")
    if not NUMBER.fullmatch(weight) or not 0 <= Decimal(weight) <= 1:
        raise ValueError("The weight is not a fraction between 0 and 1.")
    return benchmark.upper(), as_of, sector, Decimal(weight)
