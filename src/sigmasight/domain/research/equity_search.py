"""Searching companies by what is known of them."""

from abc import abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol

from sigmasight.domain.kernel import Page


class Period(StrEnum):
    TTM = "ttm"
    """The last four quarters, added up."""
    LAST_YEAR = "last_year"
    FORWARD = "forward"
    """Analysts' estimates for the current year."""
    LAST_QUARTER = "last_quarter"


class SortBy(StrEnum):
    """Columns of an item."""

    SYMBOL = "symbol"
    COMPANY_NAME = "company_name"
    SECTOR = "sector"
    MARKET_CAP = "market_cap"
    ENTERPRISE_VALUE = "enterprise_value"
    PS_RATIO = "ps_ratio"
    PE_RATIO = "pe_ratio"
    REVENUE = "revenue"
    EBIT = "ebit"
    FCF = "fcf"
    FACTOR_VALUE = "factor_value"
    FACTOR_GROWTH = "factor_growth"
    FACTOR_MOMENTUM = "factor_momentum"
    FACTOR_QUALITY = "factor_quality"
    FACTOR_SIZE = "factor_size"
    FACTOR_LOW_VOL = "factor_low_vol"


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityQuery:
    """None and empty collections do not narrow the search."""

    text: str | None = None
    """Part of a symbol or of a name, in any case."""
    sectors: Collection[str] = ()
    industries: Collection[str] = ()
    min_market_cap: Decimal | None = None
    max_market_cap: Decimal | None = None
    min_pe_ratio: Decimal | None = None
    max_pe_ratio: Decimal | None = None
    period: Period = Period.TTM
    sort_by: SortBy = SortBy.MARKET_CAP
    descending: bool = True
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Equity:
    """A company; None is unknown. Factors are betas to the factor ETFs."""

    symbol: str
    company_name: str | None = None
    sector: str | None = None
    industry: str | None = None
    market_cap: Decimal | None = None
    enterprise_value: Decimal | None = None
    """Market capitalization plus total debt less cash."""
    ps_ratio: Decimal | None = None
    """Market capitalization over the revenue of the last four quarters."""
    pe_ratio: Decimal | None = None
    revenue: Decimal | None = None
    ebit: Decimal | None = None
    fcf: Decimal | None = None
    period_date: date | None = None
    fiscal_year: int | None = None
    fiscal_quarter: int | None = None
    factor_value: float | None = None
    factor_growth: float | None = None
    factor_momentum: float | None = None
    factor_quality: float | None = None
    factor_size: float | None = None
    factor_low_vol: float | None = None
    as_of: date | None = None

    def period_label(self, period: Period, today: date) -> str:
        """Return the period's name, such as TTM, FY2025, FY2026E or Q3 2026."""
        year = self.fiscal_year or (self.period_date.year if self.period_date else None)
        match period:
            case Period.FORWARD:
                return f"FY{today.year}E"
            case Period.LAST_YEAR if year:
                return f"FY{year}"
            case Period.LAST_QUARTER if year and self.fiscal_quarter:
                return f"Q{self.fiscal_quarter} {year}"
            case _:
                return NAMES[period]


NAMES: Final = {
    Period.TTM: "TTM",
    Period.FORWARD: "Forward",
    Period.LAST_YEAR: "Last year",
    Period.LAST_QUARTER: "Last quarter",
}


@dataclass(frozen=True, slots=True)
class SearchFilters:
    sectors: Sequence[str]
    industries: Sequence[str]


class Equities(Protocol):
    """The companies that have a profile; they have no owner."""

    @abstractmethod
    async def search(self, query: EquityQuery) -> Page[Equity]:
        """Return a page of those that match; unknown values come last, ties by symbol."""

    @abstractmethod
    async def filters(self) -> SearchFilters:
        """Return the sectors and industries there are."""
