"""What is missing of a book, in sentences."""

from collections.abc import Iterator
from typing import Final

from sigmasight.domain.assistant.language_model import Book
from sigmasight.domain.portfolios.snapshots import Snapshot

HISTORY_NEEDED: Final = 60
"""Days of prices, from which on volatility and its like are calculated."""


def limitations(book: Book) -> list[str]:
    return list(_missing(book))


def _missing(book: Book) -> Iterator[str]:
    if not book.position_count:
        yield "There are no open positions yet."
    elif len(book.positions) < book.position_count:
        shown = len(book.positions)
        yield f"Only the {shown} largest of {book.position_count} positions are shown."
    if book.snapshot is None:
        yield "The portfolio has not been calculated yet, so its risk figures are missing."
    elif book.position_count:
        yield from _missing_figures(book.snapshot)


def _missing_figures(snapshot: Snapshot) -> Iterator[str]:
    risk = (snapshot.volatility, snapshot.beta, snapshot.max_drawdown, snapshot.value_at_risk)
    if None in risk:
        yield (
            f"There are {snapshot.history_days} days of price history; volatility, beta, drawdown"
            f" and value at risk need {HISTORY_NEEDED}."
        )
    if snapshot.priced_at_entry:
        yield (
            f"{snapshot.priced_at_entry} of {snapshot.positions} positions have no newer price"
            " than the one they were entered at."
        )
