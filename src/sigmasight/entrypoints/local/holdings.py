"""What the demo's portfolio holds: eight positions that are made up, entered in early 2026."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sigmasight.domain.portfolios.positions.drafts import PositionDraft
from sigmasight.domain.portfolios.positions.kinds import InvestmentClass, PositionType


def _held(symbol: str, quantity: int, cost: str, day: date, **about: Any) -> PositionDraft:
    whole = {
        "position_type": PositionType.LONG,
        "investment_class": InvestmentClass.PUBLIC,
        "investment_subtype": "STOCK",
        **about,
    }
    return PositionDraft(
        symbol=symbol, quantity=Decimal(quantity), avg_cost=Decimal(cost), entry_date=day, **whole
    )


HOLDINGS: Final[Sequence[PositionDraft]] = (
    _held("AAPL", 60, "250.00", date(2026, 1, 5), notes="Demo: a large holding."),
    _held("MSFT", 30, "480.00", date(2026, 1, 5)),
    _held("JNJ", 50, "205.00", date(2026, 1, 12)),
    _held("XOM", 80, "120.00", date(2026, 1, 20)),
    _held("SPY", 40, "680.00", date(2026, 1, 6), investment_subtype="ETF"),
    _held(
        "TSLA",
        20,
        "430.00",
        date(2026, 2, 2),
        position_type=PositionType.SHORT,
        notes="Demo: a short.",
    ),
    _held(
        "NVDA270115C00200000",
        3,
        "24.50",
        date(2026, 2, 9),
        position_type=PositionType.LC,
        investment_class=InvestmentClass.OPTIONS,
        investment_subtype="CALL",
        underlying_symbol="NVDA",
        strike_price=Decimal(200),
        expiration_date=date(2027, 1, 15),
        notes="Demo: each contract is on 100 shares.",
    ),
    _held(
        "DEMO-MONEY-MARKET",
        25000,
        "1.00",
        date(2026, 1, 5),
        investment_class=InvestmentClass.PRIVATE,
        investment_subtype="MONEY_MARKET",
        notes="Demo: as good as cash.",
    ),
)
