"""Who is calling, over HTTP."""

from datetime import datetime
from uuid import UUID

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get

from sigmasight.domain.access.tiers import Tier, TierLimits
from sigmasight.domain.access.usage import next_period_start
from sigmasight.domain.identity.users import Overview
from sigmasight.domain.kernel import Clock
from sigmasight.entrypoints.http.guards import Access, asks


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
    async def me(
        self,
        overview: FromDishka[Overview],
        tier_limits: FromDishka[TierLimits],
        clock: FromDishka[Clock],
    ) -> MeView:
        """Tell the caller who they are and what they may have."""
        return _me(overview, tier_limits, clock.now())


def _me(overview: Overview, tier_limits: TierLimits, now: datetime) -> MeView:
    user = overview.user
    subscription = user.subscription.at(now)
    limits = tier_limits[subscription.tier]
    used, allowed = user.messages.used_at(now), limits.max_ai_messages
    return MeView(
        id=user.id,
        email=user.email,
        full_name=user.full_name,
        clerk_user_id=user.clerk_user_id,
        is_active=user.is_active,
        created_at=user.created_at,
        tier=subscription.tier,
        tier_expires_at=subscription.expires_at,
        invite_validated=user.invite_validated,
        portfolio_id=overview.default_portfolio,
        portfolio_count=overview.portfolio_count,
        limits=LimitsView(
            max_portfolios=limits.max_portfolios,
            max_ai_messages=allowed,
            ai_messages_used=used,
            ai_messages_remaining=None if allowed is None else max(0, allowed - used),
            ai_messages_reset_at=next_period_start(now),
        ),
        portfolio_limit=limits.max_portfolios,
        ai_messages_used=used,
        ai_messages_limit=allowed,
        ai_messages_reset_at=user.messages.reset_at,
    )
