"""What is missing of a book, in sentences."""

from collections.abc import Iterator
from typing import Final

from sigmasight.domain.assistant.language_model import PortfolioContext
from sigmasight.domain.kernel import count_noun
from sigmasight.domain.portfolios.calculations.snapshots import Snapshot

HISTORY_NEEDED: Final = 60
"""Days of prices, from which on volatility and its like are calculated."""


def limitations(book: PortfolioContext) -> list[str]:
    return list(_missing(book))


def _missing(book: PortfolioContext) -> Iterator[str]:
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
            f"Prices go back {count_noun(snapshot.history_days, 'day')}; volatility, beta, drawdown"
            f" and value at risk need {HISTORY_NEEDED}."
        )
    if at_entry := snapshot.priced_at_entry:
        yield (
            f"{at_entry} of {count_noun(snapshot.positions, 'position')}"
            f" {'has' if at_entry == 1 else 'have'} no newer price than that of the entry."
        )
