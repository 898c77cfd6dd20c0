"""Numbers and dates as people and brokers write them."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

SIGNS: Final = re.compile(r"[$€£¥₹%]|\b[A-Z]{3}\b|\b(?:US|C|A|HK)(?=\$)")
"""What may stand before or behind the digits of an amount."""
SPACES: Final = re.compile(r"(?<=\d)[\s\u00a0\u202f'\u2019](?=\d{3}(?!\d))|(?<=[+-])\s+")
"""Separators of thousands, and the space behind a sign."""
PLAIN: Final = re.compile(r"[+-]?(\d{1,20}(\.\d{0,20})?|\.\d{1,20})([eE][+-]?\d{1,2})?", re.ASCII)
GROUPS: Final = re.compile(r"[+-]?\d{1,3}(,\d{2,3})*,\d{3}(\.\d*)?", re.ASCII)
IN_PARENTHESES: Final = re.compile(r"\((.+)\)")
MONTH_NAMES: Final[Mapping[str, int]] = {
    name: number
    for names in (
        "jan feb mar apr may jun jul aug sep oct nov dec",
        "jan feb mär apr mai jun jul aug sep okt nov dez",
    )
    for number, name in enumerate(names.split(), 1)
}
DATES: Final = tuple(
    re.compile(form, re.ASCII)
    for form in (
        r"\b(?P<y>\d{4})[/.-](?P<m>\d\d?)[/.-](?P<d>\d\d?)\b",
        r"\b(?P<m>\d\d?)/(?P<d>\d\d?)/(?P<y>\d{4}|\d\d)\b",
        r"\b(?P<d>\d\d?)\.(?P<m>\d\d?)\.(?P<y>\d{4})\b",
        r"\b(?P<y>20\d\d)(?P<m>\d\d)(?P<d>\d\d)\b",
    )
) + tuple(
    re.compile(form)
    for form in (
        r"\b(?P<m>[A-ZÄ][a-zä]{2})[a-z]{0,6}\.?[ -](?P<d>\d\d?),?[ -](?P<y>\d{4})\b",
        r"\b(?P<d>\d\d?)\.?[ -](?P<m>[A-ZÄ][a-zä]{2})[a-z]{0,6}\.?,?[ -](?P<y>\d{4})\b",
    )
)


@lru_cache(maxsize=20_000)
def parse_amount(cell: str, decimal: str = ".") -> Decimal | None:
    """Return the number in a cell, or None for `--`, `N/A`, a word or an empty cell.

    Parentheses or a minus behind make it negative; signs of currency and percent are left out.
    Separators of thousands stand only between three digits, in India also two.
    """
    text = cell.strip()
    if enclosed := IN_PARENTHESES.fullmatch(text):
        text = enclosed[1]
    text = SIGNS.sub("", text.replace("\N{MINUS SIGN}", "-")).strip()
    text = SPACES.sub("", text)
    if text.endswith("-"):
        text = f"-{text[:-1]}"
    if decimal == ",":
        text = text.translate({ord(","): ".", ord("."): ","})
    if GROUPS.fullmatch(text):
        text = text.replace(",", "")
    if not PLAIN.fullmatch(text):
        return None
    number = Decimal(text)
    return -number if enclosed else number


def find_date(text: str) -> date | None:
    """Return the last date in a line."""
    found = [match for form in DATES for match in form.finditer(text)]
    for match in sorted(found, key=lambda match: match.start(), reverse=True):
        if day := make_date(match["y"], match["m"], match["d"]):
            return day
    return None


def make_date(year: str, month: str, day: str) -> date | None:
    """Return the date; the month is digits or three letters, a short year is of this century.

    None if there is no such date.
    """
    number = int(month) if month.isdigit() else MONTH_NAMES.get(month.lower(), 0)
    try:
        return date(int(year) + (2000 if len(year) < 4 else 0), number, int(day))  # noqa: PLR2004
    except ValueError:
        return None
