"""What symbols and names say: one spelling of symbols, funds, cash, and sums."""

import re
from collections.abc import Mapping
from typing import Final

CLASS_OF_SHARES: Final = re.compile(r"([A-Z]{1,5})[ /-]([A-Z])", re.ASCII)
"""BRK B, BRK/B and BRK-B, which we write BRK.B."""
JOINED: Final[Mapping[str, str]] = {
    f"{company}{letter}": f"{company}.{letter}"
    for company, letters in {
        "BRK": "AB",
        "BF": "AB",
        "HEI": "A",
        "LEN": "B",
        "MOG": "AB",
        "CRD": "AB",
        "GEF": "B",
        "HUB": "B",
        "RUSH": "AB",
        "STZ": "B",
    }.items()
    for letter in letters
}
"""Classes of shares where a broker, or an option's symbol, leaves the separator out."""
MONEY_FUNDS: Final = frozenset(
    {
        *("SPAXX", "FDRXX", "FCASH", "FZFXX", "FZDXX", "SPRXX", "FDLXX", "FMPXX", "CORE"),
        *("VMFXX", "VMRXX", "VUSXX", "VMSXX", "SWVXX", "SNVXX", "SNOXX", "SNSXX", "SWGXX"),
        *("SCOXX", "QACDS", "TTTXX", "BLFXX", "MJLXX", "IIAXX", "WFFXX", "GOFXX", "TIMXX"),
    }
)
"""Money-market and sweep funds, whose share is worth 1."""

SUMS: Final = re.compile(
    r"((account|positions?|grand|sub|portfolio|overall|summe|gesamt)[ -]?)?(totals?|summe|gesamt)"
    r"( (value|market value|account value|securities))?",
    re.IGNORECASE,
)
CURRENCY: Final = re.compile(r"[A-Z]{3}")
IDENTIFIER: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{9}\d|[A-Z0-9]{9}|[A-Z0-9]{7}")
"""ISIN, CUSIP or SEDOL."""
FUND_SYMBOL: Final = re.compile(r"[A-Z]{4}X")
FUND_NAME: Final = re.compile(
    r"\b(ETFS?|UCITS|ISHARES|SPDR|[A-Z]*BEES|VANECK|PROSHARES|XTRACKERS)\b", re.IGNORECASE
)


def spelled(symbol: str, *, joined: bool = False) -> str:
    """Return our spelling of a symbol."""
    symbol = symbol.strip().upper()
    if match := CLASS_OF_SHARES.fullmatch(symbol):
        return f"{match[1]}.{match[2]}"
    return JOINED.get(symbol, symbol) if joined else symbol
