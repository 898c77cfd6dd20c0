"""Who is calling, over HTTP."""

from datetime import datetime
from uuid import UUID

import msgspec
from dishka import FromDishka
from litestar import Controller

from sigmasight.domain.access.entitlements import Entitlement, Entitlements
from sigmasight.domain.access.tiers import Tier
from sigmasight.domain.identity.users import Overview
from sigmasight.entrypoints.http.guards import Access, asks
from sigmasight.entrypoints.http.handlers import get
from sigmasight.entrypoints.http.scoping import inject


class LimitsView(msgspec.Struct, frozen=True):
    """What the caller's tier includes and how much is left; null is unlimited."""

    max_portfolios: int | None
    max_ai_messages: int | None
    ai_messages_used: int
    ai_messages_remaining: int | None
    ai_messages_reset_at: datetime


class MeView(msgspec.Struct, frozen=True):
    id: UUID
    email: str
    full_name: str | None
    clerk_user_id: str | None
    is_active: bool
    created_at: datetime
    tier: Tier
    tier_expires_at: datetime | None
    invite_validated: bool
    portfolio_id: UUID | None
    portfolio_count: int
    limits: LimitsView
    portfolio_limit: int | None
    ai_messages_used: int
    ai_messages_limit: int | None
    ai_messages_reset_at: datetime


class IdentityController(Controller):
    path = "/auth"
    tags = ["Identity"]

    @get("/me", **asks(Access.SIGNED_IN, loads=Overview))
    @inject
    async def read_me(
        self, overview: FromDishka[Overview], entitlements: FromDishka[Entitlements]
    ) -> MeView:
        """Tell the caller who they are and what they may have."""
        user = overview.user
        return _me(overview, entitlements.now(user.subscription, user.messages))


def _me(overview: Overview, entitled: Entitlement) -> MeView:
    user, limits = overview.user, entitled.limits
    return MeView(
        id=user.id,
        email=user.email,
        full_name=user.full_name,
        clerk_user_id=user.clerk_user_id,
        is_active=user.is_active,
        created_at=user.created_at,
        tier=entitled.tier,
        tier_expires_at=entitled.tier_expires_at,
        invite_validated=user.invite_validated,
        portfolio_id=overview.default_portfolio,
        portfolio_count=overview.portfolio_count,
        limits=LimitsView(
            max_portfolios=limits.max_portfolios,
            max_ai_messages=limits.max_ai_messages,
            ai_messages_used=entitled.messages_used,
            ai_messages_remaining=entitled.messages_remaining,
            ai_messages_reset_at=entitled.period_end,
        ),
        portfolio_limit=limits.max_portfolios,
        ai_messages_used=entitled.messages_used,
        ai_messages_limit=limits.max_ai_messages,
        ai_messages_reset_at=user.messages.reset_at,
    )
