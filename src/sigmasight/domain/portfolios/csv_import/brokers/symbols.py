"""One spelling of symbols, whichever broker writes them."""

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


def spelled(symbol: str, *, joined: bool = False) -> str:
    """Return our spelling of a symbol."""
    symbol = symbol.strip().upper()
    if match := CLASS_OF_SHARES.fullmatch(symbol):
        return f"{match[1]}.{match[2]}"
    return JOINED.get(symbol, symbol) if joined else symbol
