"""The sample portfolio: eight invented positions, entered in early 2025."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sigmasight.domain.access.tiers import TierLimits
from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.portfolio import (
    AccountType,
    Portfolios,
    PortfolioTerms,
    create_within_limit,
)
from sigmasight.domain.portfolios.positions.classification import InvestmentClass, PositionType
from sigmasight.domain.portfolios.positions.model import Positions
from sigmasight.domain.portfolios.positions.use_cases import create_positions
from sigmasight.domain.portfolios.positions.validation import PositionDraft, validate

SAMPLE: Final = PortfolioTerms(
    name="Demo growth",
    account_name="Demo brokerage",
    account_type=AccountType.TAXABLE,
    description="A sample: its positions are made up.",
    equity_balance=Decimal("125000.00"),
)


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
    _held("AAPL", 60, "250.00", date(2025, 1, 5), notes="Demo: a large holding."),
    _held("MSFT", 30, "480.00", date(2025, 1, 5)),
    _held("JNJ", 50, "205.00", date(2025, 1, 12)),
    _held("XOM", 80, "120.00", date(2025, 1, 20)),
    _held("SPY", 40, "680.00", date(2025, 1, 6), investment_subtype="ETF"),
    _held(
        "TSLA",
        20,
        "430.00",
        date(2025, 2, 2),
        position_type=PositionType.SHORT,
        notes="Demo: a short.",
    ),
    _held(
        "NVDA270115C00200000",
        3,
        "24.50",
        date(2025, 2, 9),
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
        date(2025, 1, 5),
        investment_class=InvestmentClass.PRIVATE,
        investment_subtype="MONEY_MARKET",
        notes="Demo: as good as cash.",
    ),
)


@dataclass(frozen=True, slots=True)
class SamplePortfolios:
    """Creates the sample portfolio for a user, within a transaction."""

    portfolios: Portfolios
    positions: Positions
    limits: TierLimits

    async def create(self, user: UserId, *, at: datetime) -> int:
        """Return the number of portfolios created: 0 if the user has it already.

        Raise PortfolioLimitReachedError if it exceeds the tier's limit.
        """
        await self.portfolios.lock_owner(user)
        if await self.portfolios.find_by_account_name(user, SAMPLE.account_name):
            return 0
        made = await create_within_limit(self.portfolios, self.limits, SAMPLE, by=user, at=at)
        terms = [validate(draft, today=at.date()) for draft in HOLDINGS]
        await self.positions.add(create_positions(terms, into=made, at=at))
        return 1
