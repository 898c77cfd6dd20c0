"""A book's figures: as calculated where it has been, else added up from its positions."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sigmasight.domain.assistant.language_model import PortfolioContext
from sigmasight.domain.portfolios.calculations.snapshots import Snapshot
from sigmasight.domain.portfolios.positions import Position

ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Money in the portfolio's currency; exposures are amounts, the short one's too."""

    currency: str
    total: Decimal
    """Of all positions, those among them that are cash."""
    cash: Decimal
    long: Decimal
    short: Decimal
    gross: Decimal
    net: Decimal
    unrealized: Decimal
    weights: Sequence[tuple[str, Decimal]]
    """Of gross exposure by symbol, the largest first; they add up to 1 where all are shown."""
    concentration: Decimal | None
    snapshot: Snapshot | None

    @property
    def largest(self) -> tuple[str, Decimal] | None:
        return self.weights[0] if self.weights else None

    def exposure_to(self, symbol: str) -> Decimal:
        return self.gross * dict(self.weights).get(symbol, ZERO)


def figures(book: PortfolioContext) -> Figures:
    by_symbol = _by_symbol(_exposed(book))
    currency, snapshot = book.portfolio.terms.currency, book.snapshot
    if snapshot is None:
        return _added_up(book, by_symbol)
    gross = max(abs(snapshot.gross_exposure), sum(by_symbol.values(), ZERO))
    return Figures(
        currency=currency,
        total=snapshot.market_value,
        cash=snapshot.cash,
        long=abs(snapshot.long_exposure),
        short=abs(snapshot.short_exposure),
        gross=gross,
        net=snapshot.net_exposure,
        unrealized=snapshot.unrealized_pnl,
        weights=_weights(by_symbol, gross),
        concentration=snapshot.concentration,
        snapshot=snapshot,
    )


def _added_up(book: PortfolioContext, by_symbol: Mapping[str, Decimal]) -> Figures:
    values = [position.market_value for position in _exposed(book)]
    cash = sum((each.market_value for each in book.positions if each.is_cash), ZERO)
    long = sum((value for value in values if value > 0), ZERO)
    short = -sum((value for value in values if value < 0), ZERO)
    weights = _weights(by_symbol, long + short)
    is_whole = bool(weights) and len(book.positions) == book.position_count
    return Figures(
        currency=book.portfolio.terms.currency,
        total=sum(values, cash) if book.positions else book.portfolio.net_asset_value,
        cash=cash,
        long=long,
        short=short,
        gross=long + short,
        net=long - short,
        unrealized=sum((position.unrealized_pnl for position in book.positions), ZERO),
        weights=weights,
        concentration=sum((w * w for _, w in weights), ZERO) if is_whole else None,
        snapshot=None,
    )


def _exposed(book: PortfolioContext) -> Sequence[Position]:
    return [position for position in book.positions if not position.is_cash]


def _by_symbol(positions: Sequence[Position]) -> Mapping[str, Decimal]:
    values: dict[str, Decimal] = defaultdict(Decimal)
    for position in positions:
        values[position.symbol] += abs(position.market_value)
    return values


def _weights(by_symbol: Mapping[str, Decimal], gross: Decimal) -> Sequence[tuple[str, Decimal]]:
    if not gross:
        return []
    largest_first = sorted(by_symbol.items(), key=lambda item: (-item[1], item[0]))
    return [(symbol, value / gross) for symbol, value in largest_first]
