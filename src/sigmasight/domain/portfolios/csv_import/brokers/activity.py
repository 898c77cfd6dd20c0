"""Files that list transactions instead of holdings."""

from collections.abc import Sequence
from typing import Final

from sigmasight.domain.portfolios.csv_import.csv_file import normal

ACTIVITY: Final[Sequence[tuple[str, frozenset[str]]]] = (
    (" of Robinhood", frozenset({"activity date", "trans code"})),
    (" of Charles Schwab", frozenset({"action", "symbol", "fees & comm"})),
    (" of Fidelity", frozenset({"run date", "action", "symbol"})),
    (" of Vanguard", frozenset({"trade date", "transaction type", "investment name"})),
    (" of Trading 212", frozenset({"action", "time", "isin", "no. of shares"})),
    (" of Coinbase", frozenset({"timestamp", "transaction type", "asset"})),
    (" of Kraken", frozenset({"txid", "refid", "type"})),
    (" of DEGIRO", frozenset({"isin", "order id"})),
)
DATES: Final = frozenset({"date", "time", "trade date", "transaction date", "date/time", "datum"})
KINDS: Final = frozenset(
    {
        *("action", "transaction type", "trans code", "buy/sell", "transaction", "operation"),
        *("activity type", "trade type", "order type", "type"),
    }
)
AMOUNTS: Final = frozenset({"quantity", "shares", "units", "qty", "amount", "no. of shares"})
SYMBOLS: Final = frozenset({"symbol", "ticker", "isin", "instrument", "asset", "security"})


def activity_of(cells: Sequence[str]) -> str | None:
    """Return ` of BROKER`, or an empty string of an unknown one; None if it is no such header."""
    names = {normal(cell) for cell in cells}
    for broker, marks in ACTIVITY:
        if marks <= names:
            return broker
    is_activity = all(names & each for each in (DATES, KINDS, AMOUNTS, SYMBOLS))
    return "" if is_activity else None
