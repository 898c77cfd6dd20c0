"""Sentences about a portfolio, topic by topic."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from sigmasight.adapters.language_model.limitations import limitations
from sigmasight.adapters.language_model.offline.figures import ZERO, figures
from sigmasight.adapters.language_model.offline.wording import (
    listed,
    money,
    name_of,
    number,
    one_line,
    percent,
    quantity,
)
from sigmasight.domain.assistant.language_model import PortfolioContext
from sigmasight.domain.kernel import count_noun
from sigmasight.domain.portfolios.positions import Position

SHOWN: Final = 5
"""How many positions an answer names."""


def value(book: PortfolioContext) -> Iterator[str]:
    known = figures(book)
    total = money(known.total, known.currency)
    if known.snapshot is None and book.positions:
        shown = count_noun(len(book.positions), "position")
        yield f"{name_of(book)} is worth {total} by the {shown} shown."
    else:
        yield f"{name_of(book)} is worth {total} in all."
    if known.snapshot is not None:
        yield (
            f"Of that, {money(known.cash, known.currency)} is cash, as of {known.snapshot.as_of}."
        )


def together(books: Sequence[PortfolioContext]) -> Iterator[str]:
    """Add up what several portfolios are worth, each currency by itself."""
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for book in books:
        known = figures(book)
        totals[known.currency] += known.total
    if len(books) > 1:
        worth = listed([money(total, currency) for currency, total in sorted(totals.items())])
        yield f"Your {count_noun(len(books), 'portfolio')} are worth {worth} together."


def holdings(book: PortfolioContext) -> Iterator[str]:
    weights = figures(book).weights[:SHOWN]
    if weights:
        named = listed([f"{one_line(symbol)} ({percent(weight)})" for symbol, weight in weights])
        yield (
            f"{name_of(book)} holds {count_noun(book.position_count, 'position')}; the largest by"
            f" share of gross exposure: {named}."
        )


def concentration(book: PortfolioContext) -> Iterator[str]:
    yield from holdings(book)
    known = figures(book).concentration
    if known is not None:
        alike = f", as if {number(1 / known)} equal positions were held" if known > 0 else ""
        yield f"Its concentration (HHI) is {number(known)} on a scale from 0 to 1{alike}."


def exposure(book: PortfolioContext) -> Iterator[str]:
    known = figures(book)
    amounts = {"long": known.long, "short": known.short, "gross": known.gross, "net": known.net}
    parts = listed([f"{money(amount, known.currency)} {side}" for side, amount in amounts.items()])
    yield f"The exposure of {name_of(book)} is {parts}."


def profit(book: PortfolioContext) -> Iterator[str]:
    known = figures(book)
    parts = f"{money(known.unrealized, known.currency)} unrealized"
    if known.snapshot is not None:
        parts += f" and {money(known.snapshot.realized_pnl, known.currency)} realized"
    yield f"The profit or loss of {name_of(book)} is {parts}."


def cash(book: PortfolioContext) -> Iterator[str]:
    known = figures(book)
    yield f"The cash of {name_of(book)} is {money(known.cash, known.currency)}."


def risk(book: PortfolioContext) -> Iterator[str]:
    known = figures(book)
    if known.snapshot is None:
        yield f"The risk figures of {name_of(book)} are missing: it has not been calculated yet."
        return
    ratios: Mapping[str, Decimal | None] = {
        "volatility of a year": known.snapshot.volatility,
        "maximum drawdown": known.snapshot.max_drawdown,
    }
    parts = [f"a {name} of {percent(ratio)}" for name, ratio in ratios.items() if ratio is not None]
    if known.snapshot.beta is not None:
        parts.append(f"a beta to SPY of {number(known.snapshot.beta)}")
    if known.snapshot.value_at_risk is not None:
        at_risk = money(known.snapshot.value_at_risk, known.currency)
        parts.append(f"a one-day value at risk (95 %) of {at_risk}")
    yield (
        f"{name_of(book)} has {listed(parts)}."
        if parts
        else f"{name_of(book)} has too little price history for risk figures."
    )


def position(held: Position, book: PortfolioContext) -> Iterator[str]:
    known = figures(book)
    symbol, weight = one_line(held.symbol), dict(known.weights).get(held.symbol, ZERO)
    yield (
        f"{symbol} in {name_of(book)}: {quantity(held.quantity)}"
        f" {held.position_type.value} worth {money(held.market_value, known.currency)};"
        f" {symbol} is {percent(weight)} of gross exposure, and this position's unrealized profit"
        f" or loss is {money(held.unrealized_pnl, known.currency)}."
    )


def overview(book: PortfolioContext) -> Iterator[str]:
    yield from value(book)
    if book.positions:
        yield from holdings(book)
        yield from exposure(book)
        yield from profit(book)
        yield from risk(book)


def missing(book: PortfolioContext) -> Iterator[str]:
    gaps = list(limitations(book))
    if gaps:
        yield f"What is missing for {name_of(book)}: {' '.join(gaps)}"
