"""The caller's usage and what is left, over HTTP."""

from datetime import datetime
from typing import Annotated, Final

import msgspec
from dishka import FromDishka
from litestar import Controller, Response
from litestar.params import QueryParameter

from sigmasight.domain.access.entitlements import Entitlements
from sigmasight.domain.access.tiers import Tier
from sigmasight.domain.access.usage import ReadUsageHistory, period_start
from sigmasight.domain.identity.users import Overview
from sigmasight.domain.kernel import Clock
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.headers import rate_limit_headers
from sigmasight.entrypoints.http.route_handlers import get

MAX_MONTHS: Final = 120


class AllowanceView(msgspec.Struct, frozen=True):
    """A limit and its usage; null means unlimited."""

    limit: int | None
    used: int
    remaining: int | None


class UsageView(msgspec.Struct, frozen=True):
    tier: Tier
    period_start: datetime
    period_end: datetime
    ai_messages: AllowanceView
    portfolios: AllowanceView


class PeriodView(msgspec.Struct, frozen=True):
    period_start: datetime
    used: int
    limit: int | None


class UsageHistoryView(msgspec.Struct, frozen=True):
    periods: list[PeriodView]


class UsageController(Controller):
    path = "/usage"
    tags = ["Identity"]

    @get("/", Access.SIGNED_IN, loads=Overview)
    async def read_usage(
        self,
        overview: FromDishka[Overview],
        entitlements: FromDishka[Entitlements],
        clock: FromDishka[Clock],
    ) -> Response[UsageView]:
        """Read the caller's usage this month."""
        user, now = overview.user, clock.now()
        entitled = entitlements.current(user.subscription, user.messages)
        usage = UsageView(
            tier=entitled.tier,
            period_start=period_start(now),
            period_end=entitled.period_end,
            ai_messages=_allowance(entitled.messages_allowed, entitled.messages_used),
            portfolios=_allowance(entitled.limits.max_portfolios, overview.portfolio_count),
        )
        headers = rate_limit_headers(
            used=entitled.messages_used, allowed=entitled.messages_allowed, now=now
        )
        return Response(usage, headers=headers)

    @get("/history", Access.SIGNED_IN, loads=Overview)
    async def read_history(
        self,
        overview: FromDishka[Overview],
        entitlements: FromDishka[Entitlements],
        history: FromDishka[ReadUsageHistory],
        months: Annotated[int, QueryParameter(ge=1, le=MAX_MONTHS)] = 12,
    ) -> UsageHistoryView:
        """List the caller's usage in each of the last months, newest first."""
        user = overview.user
        entitled = entitlements.current(user.subscription, user.messages)
        periods = await history(
            user.id,
            user.messages,
            limit=entitled.messages_allowed,
            since=user.created_at,
            months=months,
        )
        return UsageHistoryView(
            [PeriodView(period.start, period.used, period.limit) for period in periods]
        )


def _allowance(limit: int | None, used: int) -> AllowanceView:
    return AllowanceView(limit, used, None if limit is None else max(0, limit - used))
