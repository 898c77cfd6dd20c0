"""Portfolios, positions, tags, target prices and equity changes."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sigmasight.domain.portfolios.equity_changes.model import (
    ChangeType,
    EquityChange,
    EquityChangeId,
)
from sigmasight.domain.portfolios.portfolio import Portfolio, PortfolioId, PortfolioTerms
from sigmasight.domain.portfolios.positions import (
    InvestmentClass,
    Position,
    PositionId,
    PositionType,
)
from sigmasight.domain.portfolios.positions.validation import PositionDraft
from sigmasight.domain.portfolios.tags.model import Tag, TagId
from sigmasight.domain.portfolios.target_prices.model import TargetPrice, TargetPriceId
from tests.support.builders.instants import NOON
from tests.support.builders.users import ANNS_ID


def terms(**changes: Any) -> PortfolioTerms:
    return replace(PortfolioTerms(name="Savings", account_name="Broker 1"), **changes)


def a_portfolio(**changes: Any) -> Portfolio:
    portfolio = Portfolio(
        id=PortfolioId(uuid4()), user_id=ANNS_ID, terms=terms(), created_at=NOON, updated_at=NOON
    )
    return replace(portfolio, **changes)


def a_draft(**changes: Any) -> PositionDraft:
    draft = PositionDraft(
        symbol="ACME",
        quantity=Decimal(10),
        avg_cost=Decimal("12.50"),
        position_type=PositionType.LONG,
        investment_class=InvestmentClass.PUBLIC,
    )
    return replace(draft, **changes)


def an_option_draft(**changes: Any) -> PositionDraft:
    option = a_draft(
        symbol="ACME260619C00015000",
        position_type=PositionType.LC,
        investment_class=InvestmentClass.OPTIONS,
        underlying_symbol="ACME",
        strike_price=Decimal(15),
        expiration_date=date(2026, 6, 19),
    )
    return replace(option, **changes)


def a_position(portfolio: Portfolio, **changes: Any) -> Position:
    kind = changes.get("position_type", PositionType.LONG)
    position = Position(
        id=PositionId(uuid4()),
        user_id=portfolio.user_id,
        portfolio_id=portfolio.id,
        symbol="ACME",
        quantity=Decimal(10),
        entry_price=Decimal("12.50"),
        entry_date=date(2026, 1, 5),
        position_type=PositionType.LONG,
        investment_class=InvestmentClass.PUBLIC,
        currency=portfolio.terms.currency,
        multiplier=kind.multiplier,
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(position, **changes)


def a_tag(**changes: Any) -> Tag:
    tag = Tag(id=TagId(uuid4()), user_id=ANNS_ID, name="Growth", created_at=NOON, updated_at=NOON)
    return replace(tag, **changes)


def a_target(portfolio: Portfolio, **changes: Any) -> TargetPrice:
    target = TargetPrice(
        id=TargetPriceId(uuid4()),
        user_id=portfolio.user_id,
        portfolio_id=portfolio.id,
        position_id=None,
        symbol="ACME",
        position_type=None,
        target_price_eoy=Decimal(15),
        target_price_next_year=None,
        downside_target_price=None,
        current_price=Decimal(10),
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(target, **changes)


def an_equity_change(portfolio: Portfolio, **changes: Any) -> EquityChange:
    change = EquityChange(
        id=EquityChangeId(uuid4()),
        user_id=portfolio.user_id,
        portfolio_id=portfolio.id,
        change_type=ChangeType.CONTRIBUTION,
        amount=Decimal("100.00"),
        change_date=date(2026, 1, 10),
        notes=None,
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(change, **changes)
