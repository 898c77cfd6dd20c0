"""Layouts of price files: ours, and the European Central Bank's files of reference rates.

The bank publishes a column a currency (`eurofxref-hist.csv`, `eurofxref.csv`), and a line a rate
(the CSV of its data portal). A rate is the price of one euro in the currency: `EURUSD`.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Final

HEADER: Final = ["symbol", "date", "close"]
HEADERS: Final = (
    "symbol,date,close, with implied_volatility or without, nor that of a file of reference rates"
    " of the European Central Bank"
)
IMPLIED: Final = "implied_volatility"
CURRENCY: Final = re.compile(r"[A-Z]{3}")
BASE: Final = "EUR"
MISSING: Final = {"", "N/A", "NaN"}
PORTAL: Final = ("CURRENCY", "CURRENCY_DENOM", "TIME_PERIOD", "OBS_VALUE")

Fields = Sequence[str]


def price_reader(header: Fields) -> Callable[[Fields], Iterable[Fields]] | None:
    """Return what makes symbol, date and close of each line; None for an unknown header.

    The lines of our own layout stay as they are, even if they are bad.
    """
    names = [name.strip() for name in header]
    if [name.lower() for name in names] in (HEADER, [*HEADER, IMPLIED]):
        return lambda fields: [fields]
    if set(PORTAL) <= set(names):
        places = [names.index(name) for name in PORTAL]
        return lambda fields: _of_portal(fields, places)
    currencies = [name for name in names[1:] if name]
    if names[0].lower() == "date" and currencies and all(map(CURRENCY.fullmatch, currencies)):
        return lambda fields: _of_columns(fields, names)
    return None


def _of_portal(fields: Fields, places: Sequence[int]) -> Iterable[Fields]:
    if len(fields) <= max(places):
        return [fields]
    currency, denominator, day, rate = (fields[place].strip() for place in places)
    return [] if rate in MISSING else [(denominator + currency, day, rate)]


def _of_columns(fields: Fields, names: Fields) -> Iterable[Fields]:
    day = _iso(fields[0].strip())
    return [
        (BASE + name, day, rate.strip())
        for name, rate in zip(names[1:], fields[1:], strict=False)
        if name and rate.strip() not in MISSING
    ]


def _iso(day: str) -> str:
    """Return the day of the daily file, as `27 November 2026`, in the form of the others."""
    try:
        found: date = datetime.strptime(day, "%d %B %Y").date()  # noqa: DTZ007  a day has no zone
    except ValueError:
        return day
    return found.isoformat()
