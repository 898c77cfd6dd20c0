"""Parses fundamentals, naming the place of every error."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from sigmasight.domain.kernel import iso_date
from sigmasight.domain.portfolios.positions.validation import MAX_SYMBOL_LENGTH, SYMBOL
from sigmasight.domain.research.fundamentals import (
    NO_PERIOD,
    Frequency,
    Report,
    Statement,
    UnreadableFundamentalsError,
)

MAGNITUDE: Final = 30
"""The digits allowed before and after a figure's decimal point."""
OF_PERIOD: Final = frozenset({"period_date", "frequency", "fiscal_year", "fiscal_quarter"})
ABOUT: Final = frozenset({"symbol", "currency", *Statement})


def reports_of(companies: object) -> Iterator[Report]:
    """Yield the reports of a decoded file, an array of companies.

    Raise UnreadableFundamentalsError at the first error.
    """
    for place, company in enumerate(_array(companies, "The file")):
        yield from _company(_object(company, f"[{place}]"), f"[{place}]")


def _company(company: Mapping[str, object], at: str) -> Iterator[Report]:
    for name in company.keys() - ABOUT:
        raise UnreadableFundamentalsError(f"{at}.{name}", "This member is not known.")
    symbol, currency = company.get("symbol"), company.get("currency", "USD")
    if (
        not isinstance(symbol, str)
        or len(symbol) > MAX_SYMBOL_LENGTH
        or not SYMBOL.fullmatch(symbol)
    ):
        raise UnreadableFundamentalsError(f"{at}.symbol", "This is not a symbol.")
    if not (isinstance(currency, str) and len(currency) == 3 and currency.isascii()):  # noqa: PLR2004
        raise UnreadableFundamentalsError(f"{at}.currency", "Three letters are expected.")
    symbol, currency = symbol.upper(), currency.upper()
    for statement in Statement:
        if statement not in company:
            continue
        place = f"{at}.{statement}"
        statements = _object(company[statement], place)
        if statement is Statement.ESTIMATES:
            yield Report(
                symbol=symbol,
                statement=statement,
                frequency=Frequency.ANNUAL,
                period_date=NO_PERIOD,
                currency=currency,
                figures=_figures(statements, place),
            )
            continue
        for name in statements.keys() - set(Frequency):
            raise UnreadableFundamentalsError(f"{place}.{name}", "Only q and a are expected.")
        for frequency in Frequency:
            periods = _array(statements.get(frequency, []), f"{place}.{frequency}")
            for number, period in enumerate(periods):
                where = f"{place}.{frequency}[{number}]"
                yield _report(_object(period, where), where, symbol, currency, statement, frequency)


def _report(  # noqa: PLR0913, PLR0917  what it consists of
    period: Mapping[str, object],
    at: str,
    symbol: str,
    currency: str,
    statement: Statement,
    frequency: Frequency,
) -> Report:
    return Report(
        symbol=symbol,
        statement=statement,
        frequency=frequency,
        period_date=_day(period.get("period_date"), f"{at}.period_date"),
        currency=currency,
        fiscal_year=_number(period.get("fiscal_year"), 1900, 2200, f"{at}.fiscal_year"),
        fiscal_quarter=_number(period.get("fiscal_quarter"), 1, 4, f"{at}.fiscal_quarter"),
        figures=_figures(
            {name: value for name, value in period.items() if name not in OF_PERIOD}, at
        ),
    )


def _array(value: object, at: str) -> list[object]:
    if not isinstance(value, list):
        raise UnreadableFundamentalsError(at, "An array is expected.")
    return value


def _object(value: object, at: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise UnreadableFundamentalsError(at, "An object is expected.")
    return value


def _day(value: object, at: str) -> date:
    if isinstance(value, str) and (day := iso_date(value)):
        return day
    raise UnreadableFundamentalsError(at, "A date such as 2025-12-31 is expected.")


def _number(value: object, least: int, most: int, at: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    raise UnreadableFundamentalsError(at, f"A number from {least} to {most} is expected.")


def _figures(value: Mapping[str, object], at: str) -> dict[str, object]:
    return {_bounded_text(name, at): _figure(each, f"{at}.{name}") for name, each in value.items()}


def _figure(value: object, at: str) -> object:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | Decimal):
        number = Decimal(value)
        exponent = number.as_tuple().exponent
        if not isinstance(exponent, int) or exponent < -MAGNITUDE or number.adjusted() > MAGNITUDE:
            raise UnreadableFundamentalsError(at, "This number has too many digits.")
        return f"{number:f}"
    if isinstance(value, str):
        return _bounded_text(value, at)
    if isinstance(value, list):
        return [_figure(each, f"{at}[{place}]") for place, each in enumerate(value)]
    return _figures(_object(value, at), at)


def _bounded_text(text: str, at: str) -> str:
    if "\x00" in text:
        raise UnreadableFundamentalsError(at, "Texts must not hold a NUL.")
    return text
