"""Company profiles: what is known of a symbol besides its prices, the same for every user."""

import re
from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Protocol

from sigmasight.domain.kernel import Transaction, atomic, iso_date
from sigmasight.domain.portfolios.positions.validation import MAX_SYMBOL_LENGTH, SYMBOL
from sigmasight.domain.portfolios.prices import ImportReport

BATCH: Final = 1_000
MAX_TEXT_LENGTH: Final = 255
NUMBER: Final = re.compile(r"[+-]?\d{1,20}(\.\d{1,20})?([eE][+-]?\d{1,2})?", re.ASCII)
MAX_NUMBER: Final = Decimal("1e20")
GICS: Final[Mapping[str, str]] = {
    "financial services": "Financials",
    "consumer cyclical": "Consumer Discretionary",
    "consumer defensive": "Consumer Staples",
    "basic materials": "Materials",
}
"""Other names of sectors of the Global Industry Classification Standard."""
FLAGS: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("true", "yes", "1", "t", "y"), True),
    **dict.fromkeys(("false", "no", "0", "f", "n"), False),
}

Record = Mapping[str, object]
Records = Callable[[], Iterable[tuple[int, Record]]]
"""Yields the number of each record in its file, and its members."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyProfile:
    """None is unknown. `dividend_yield` is a fraction."""

    symbol: str
    company_name: str | None = None
    sector: str | None = None
    industry: str | None = None
    country: str | None = None
    exchange: str | None = None
    currency: str | None = None
    market_cap: Decimal | None = None
    beta: Decimal | None = None
    is_etf: bool = False
    is_fund: bool = False
    pe_ratio: Decimal | None = None
    forward_pe: Decimal | None = None
    dividend_yield: Decimal | None = None
    shares_outstanding: Decimal | None = None
    target_mean_price: Decimal | None = None
    target_low_price: Decimal | None = None
    target_high_price: Decimal | None = None
    number_of_analyst_opinions: int | None = None
    current_year_revenue_avg: Decimal | None = None
    current_year_earnings_avg: Decimal | None = None
    next_year_revenue_avg: Decimal | None = None
    next_year_earnings_avg: Decimal | None = None
    as_of: date | None = None


class CompanyProfiles(Protocol):
    """The profiles by symbol; they have no owner."""

    @abstractmethod
    async def put(self, profiles: Sequence[CompanyProfile]) -> None:
        """Store profiles, each symbol once; they replace those of the same symbol."""

    @abstractmethod
    async def for_symbols(self, symbols: Collection[str]) -> Mapping[str, CompanyProfile]:
        """Return the profiles of the symbols that have one."""


@dataclass(frozen=True, slots=True)
class ImportProfiles:
    """Import a file's profiles: all valid records or, if strict, all records or none."""

    profiles: CompanyProfiles
    transaction: Transaction

    @atomic
    async def __call__(self, records: Records, *, strict: bool) -> ImportReport:
        """Return what was imported; of records of one symbol the last one counts."""
        report = ImportReport()
        found: dict[str, CompanyProfile] = {}
        for number, record in records():
            report.read += 1
            try:
                profile = parse_profile(record)
            except ValueError as error:
                report.reject(number, str(error))
            else:
                found[profile.symbol] = profile
        if strict and report.bad:
            return report
        profiles = list(found.values())
        for start in range(0, len(profiles), BATCH):
            await self.profiles.put(profiles[start : start + BATCH])
        report.stored = len(profiles)
        return report


def parse_profile(record: Record) -> CompanyProfile:
    """Return the profile of a record; raise ValueError with a message for its line.

    Members that are missing, null or blank are unknown; others than a profile's are ignored.
    """
    symbol = str(record.get("symbol") or "").strip().upper()
    if not symbol or len(symbol) > MAX_SYMBOL_LENGTH or not SYMBOL.fullmatch(symbol):
        raise ValueError("The symbol is missing or not valid.")
    members = {
        name: read(name, text)
        for name, read in READERS.items()
        if (text := _text_of(record.get(name))) != ""
    }
    return CompanyProfile(symbol=symbol, **members)


def _text_of(value: object) -> str:
    return "" if value is None else str(value).strip()


def _text(name: str, text: str) -> str:
    if len(text) > MAX_TEXT_LENGTH or not text.isprintable():
        raise ValueError(f"{name} is not a text of at most {MAX_TEXT_LENGTH} characters.")
    return text


def _sector(name: str, text: str) -> str:
    return GICS.get(text.lower(), _text(name, text))


def _number(name: str, text: str) -> Decimal:
    if not NUMBER.fullmatch(text) or abs(number := Decimal(text)) >= MAX_NUMBER:
        raise ValueError(f"{name} is not a plain number.")
    return number


def _positive(name: str, text: str) -> Decimal:
    if (number := _number(name, text)) < 0:
        raise ValueError(f"{name} is below 0.")
    return number


def _count(name: str, text: str) -> int:
    number = _positive(name, text)
    if number != int(number) or number >= 10**9:
        raise ValueError(f"{name} is not a whole number.")
    return int(number)


def _flag(name: str, text: str) -> bool:
    if text.lower() not in FLAGS:
        raise ValueError(f"{name} is neither true nor false.")
    return FLAGS[text.lower()]


def _day(name: str, text: str) -> date:
    if (day := iso_date(text)) is None:
        raise ValueError(f"{name} is not a calendar date in the form YYYY-MM-DD.")
    return day


READERS: Final[Mapping[str, Callable[[str, str], Any]]] = {
    **dict.fromkeys(("company_name", "industry", "country", "exchange", "currency"), _text),
    "sector": _sector,
    **dict.fromkeys(("is_etf", "is_fund"), _flag),
    "number_of_analyst_opinions": _count,
    "as_of": _day,
    **dict.fromkeys(("beta", "pe_ratio", "forward_pe"), _number),
    **dict.fromkeys(("current_year_earnings_avg", "next_year_earnings_avg"), _number),
    **dict.fromkeys(("market_cap", "dividend_yield", "shares_outstanding"), _positive),
    **dict.fromkeys(("target_mean_price", "target_low_price", "target_high_price"), _positive),
    **dict.fromkeys(("current_year_revenue_avg", "next_year_revenue_avg"), _positive),
}
"""How each member of a record is read."""
