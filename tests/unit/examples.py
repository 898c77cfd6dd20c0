"""People and things the tests are about; what a test does not care for is made up here."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid4

from sigmasight.domain.access.tiers import Subscription
from sigmasight.domain.access.usage import MessageCounter
from sigmasight.domain.billing import ItemStatus, Plans, SubscriptionItem
from sigmasight.domain.identity.sessions import Session
from sigmasight.domain.identity.users import Address, ClerkAccount, FullName, Profile, User
from sigmasight.domain.kernel import ClerkUserId, UserId
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

NOON: Final = datetime(2026, 1, 15, 12, tzinfo=UTC)
"""Now, in every test that does not say otherwise."""

MINUTE: Final = timedelta(minutes=1)
DAY: Final = timedelta(days=1)

ANN: Final = ClerkUserId("user_ann")
BOB: Final = ClerkUserId("user_bob")
ANNS_ID: Final = UserId(UUID(int=1))
BOBS_ID: Final = UserId(UUID(int=2))

PLANS: Final = Plans(frozenset({"pro", "paid"}), grace=timedelta(days=7))


def a_user(**changes: Any) -> User:
    user = User(
        id=ANNS_ID,
        clerk_user_id=ANN,
        email="ann@example.com",
        full_name="Ann Example",
        is_active=True,
        created_at=NOON - 30 * DAY,
        deleted_at=None,
        invite_validated=False,
        subscription=Subscription(),
        messages=MessageCounter(0, NOON - 30 * DAY),
    )
    return replace(user, **changes)


def bob(**changes: Any) -> User:
    return a_user(
        **{
            "id": BOBS_ID,
            "clerk_user_id": BOB,
            "email": "bob@example.com",
            "full_name": "Bob Example",
            **changes,
        }
    )


def a_user_from_before_clerk(**changes: Any) -> User:
    return a_user(**{"clerk_user_id": None, "full_name": "Ann Before", **changes})


def a_profile(
    *,
    known_at: datetime = NOON,
    email: str = "ann@example.com",
    email_verified: bool = True,
    full_name: str = "Ann Example",
) -> Profile:
    return Profile(
        Address(known_at, email, email_verified) if email else None,
        FullName(known_at, full_name) if full_name else None,
    )


def a_clerk_account(account: ClerkUserId, *profiles: Profile, **changes: Any) -> ClerkAccount:
    known = ClerkAccount(id=account)
    for profile in profiles:
        known = known.with_profile(profile)
    return replace(known, **changes)


def a_session(**changes: Any) -> Session:
    session = Session(
        clerk_user_id=ANN,
        session_id="sess_ann",
        authorized_party=None,
        email="ann@example.com",
        email_verified=False,
        expires_at=int((NOON + MINUTE).timestamp()),
    )
    return replace(session, **changes)


def an_item(**changes: Any) -> SubscriptionItem:
    item = SubscriptionItem(id="item_1", plan="pro", status=ItemStatus.ACTIVE, known_at=NOON)
    return replace(item, **changes)


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
