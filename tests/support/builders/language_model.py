"""Portfolio contexts, questions and analysis requests for language models."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from sigmasight.domain.assistant.language_model import (
    AnalysisRequest,
    InsightType,
    Mode,
    PortfolioContext,
    Question,
    Role,
    Turn,
)
from sigmasight.domain.portfolios.calculations.snapshots import Snapshot
from sigmasight.domain.portfolios.portfolio import PortfolioId
from sigmasight.domain.portfolios.positions import (
    Position,
    PositionId,
    PositionType,
)
from tests.support.builders import portfolios
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.portfolios import a_portfolio

SAVINGS = PortfolioId(UUID(int=11))


def a_position(**changes: Any) -> Position:
    """500 AAPL, bought at 150 and now at 200."""
    about = {
        "id": PositionId(UUID(int=21)),
        "symbol": "AAPL",
        "quantity": Decimal(500),
        "entry_price": Decimal("150.00"),
        "entry_date": (NOON - 90 * DAY).date(),
        "last_price": Decimal("200.00"),
    }
    return portfolios.a_position(a_portfolio(id=SAVINGS), **{**about, **changes})


def a_short_position(**changes: Any) -> Position:
    return a_position(
        **{
            "id": PositionId(UUID(int=22)),
            "symbol": "TSLA",
            "quantity": Decimal(-100),
            "entry_price": Decimal("240.00"),
            "last_price": Decimal("250.00"),
            "position_type": PositionType.SHORT,
            **changes,
        }
    )


def a_snapshot(**changes: Any) -> Snapshot:
    """Of 500 AAPL at 200, 100 TSLA short at 250, and 50,000 in cash."""
    snapshot = Snapshot(
        portfolio_id=SAVINGS,
        as_of=NOON.date(),
        calculated_at=NOON,
        market_value=Decimal("125000.00"),
        unrealized_pnl=Decimal("24000.00"),
        realized_pnl=Decimal("1500.00"),
        gross_exposure=Decimal("125000.00"),
        net_exposure=Decimal("75000.00"),
        long_exposure=Decimal("100000.00"),
        short_exposure=Decimal("25000.00"),
        cash=Decimal("50000.00"),
        largest_symbol="AAPL",
        largest_weight=Decimal("0.8"),
        concentration=Decimal("0.68"),
        volatility=Decimal("0.221"),
        beta=Decimal("1.13"),
        max_drawdown=Decimal("0.124"),
        value_at_risk=Decimal("2310.00"),
        history_days=250,
        positions=2,
        priced_at_entry=0,
    )
    return replace(snapshot, **changes)


def a_book(**changes: Any) -> PortfolioContext:
    positions = changes.get("positions", [a_position(), a_short_position()])
    book = PortfolioContext(
        portfolio=a_portfolio(id=SAVINGS),
        positions=positions,
        position_count=len(positions),
        snapshot=a_snapshot(),
    )
    return replace(book, **changes)


def a_question(text: str = "How am I doing?", **changes: Any) -> Question:
    question = Question(
        mode=Mode.BLUE,
        turns=[Turn(Role.USER, text)],
        portfolios=[a_book()],
        memories=[],
        client_context={},
        asked_at=NOON,
    )
    return replace(question, **changes)


def a_request(kind: InsightType = InsightType.DAILY_SUMMARY, **changes: Any) -> AnalysisRequest:
    request = AnalysisRequest(
        kind=kind,
        portfolio=a_book(),
        memories=[],
        focus_area=None,
        user_question=None,
        asked_at=NOON,
    )
    return replace(request, **changes)
