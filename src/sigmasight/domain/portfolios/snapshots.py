"""Snapshots: the figures of a portfolio as they were last calculated."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sigmasight.domain.portfolios.portfolio import PortfolioId


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Money in the portfolio's currency; ratios as fractions (0.25 is a quarter).

    What there is too little price history for is None.
    """

    portfolio_id: PortfolioId
    as_of: date
    """The day of the latest price used."""
    calculated_at: datetime
    market_value: Decimal
    unrealized_pnl: Decimal
    realized_pnl: Decimal
    gross_exposure: Decimal
    net_exposure: Decimal
    long_exposure: Decimal
    short_exposure: Decimal
    cash: Decimal
    largest_symbol: str | None
    largest_weight: Decimal | None
    concentration: Decimal | None
    """The Herfindahl-Hirschman index of the weights of gross exposure, from 0 to 1."""
    volatility: Decimal | None
    """Of a year."""
    beta: Decimal | None
    """To SPY."""
    max_drawdown: Decimal | None
    value_at_risk: Decimal | None
    """Historical, over one day, at 95 %: a loss in money, as a positive number."""
    history_days: int
    positions: int
    priced_at_entry: int
    """How many positions had no other price than the one they were entered at."""
