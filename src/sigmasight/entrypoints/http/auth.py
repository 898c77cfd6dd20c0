"""The caller's identity and session, over HTTP."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from dishka import FromDishka
from litestar import Controller, Response
from litestar.datastructures import Cookie, ResponseHeader
from litestar.status_codes import HTTP_200_OK

from sigmasight.domain.access.entitlements import Entitlement, Entitlements
from sigmasight.domain.access.tiers import Tier
from sigmasight.domain.identity.sessions import (
    AnySession,
    IdentityProviderClosedError,
    RefreshToken,
    SessionUnknownError,
    impersonator_of,
)
from sigmasight.domain.identity.sign_out import LogOut, LogoutScope
from sigmasight.domain.identity.users import Overview
from sigmasight.entrypoints.http.authentication import CredentialRules
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.route_handlers import get, post
from sigmasight.entrypoints.http.schemas import build_view

LOGOUT_MESSAGES: Final[Mapping[LogoutScope, str]] = {
    LogoutScope.EVERYWHERE: "You are signed out.",
    LogoutScope.HERE_ALONE: "You are signed out in this browser. The session itself could not be"
    " ended here; sign out of the web app to end it.",
}


class LimitsView(msgspec.Struct, frozen=True):
    """What the caller's tier includes and how much of it is left; null means unlimited."""

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
    impersonator: str | None
    """Who acts as this user, by the session token's claim `act`."""


class TokenView(msgspec.Struct, frozen=True):
    """A session token; `expires_in` is in seconds."""

    access_token: str
    token_type: str
    expires_in: int


class LogoutView(msgspec.Struct, frozen=True):
    message: str
    success: bool


class IdentityController(Controller):
    path = "/auth"
    tags = ["Identity"]

    @get("/me", Access.SIGNED_IN, loads=Overview, api_keys=True)
    async def read_me(
        self,
        overview: FromDishka[Overview],
        entitlements: FromDishka[Entitlements],
        session: FromDishka[AnySession],
    ) -> MeView:
        """Return the caller's profile, tier and limits."""
        user = overview.user
        entitled = entitlements.current(user.subscription, user.messages)
        return _me(overview, entitled, impersonator_of(session))

    @post(
        "/refresh",
        Access.SIGNED_IN,
        SessionUnknownError,
        IdentityProviderClosedError,
        status_code=HTTP_200_OK,
        response_headers=[ResponseHeader(name="Cache-Control", value="no-store")],
    )
    async def refresh(
        self, session: FromDishka[AnySession], refresh: FromDishka[RefreshToken]
    ) -> TokenView:
        """Issue a new token for the caller's session."""
        token = await refresh(session)
        return TokenView(token.text, "bearer", token.expires_in)

    @post("/logout", Access.SIGNED_IN, SessionUnknownError, status_code=HTTP_200_OK)
    async def log_out(
        self,
        session: FromDishka[AnySession],
        logout: FromDishka[LogOut],
        rules: FromDishka[CredentialRules],
    ) -> Response[LogoutView]:
        """End the caller's session and clear its cookies."""
        scope = await logout(session)
        return Response(
            LogoutView(LOGOUT_MESSAGES[scope], success=True),
            cookies=[
                Cookie(key=name, value="", max_age=0, samesite="lax") for name in rules.cookies
            ],
        )


def _me(overview: Overview, entitled: Entitlement, impersonator: str | None) -> MeView:
    max_portfolios = entitled.limits.max_portfolios
    return build_view(
        MeView,
        overview.user,
        entitled,
        portfolio_id=overview.default_portfolio,
        portfolio_count=overview.portfolio_count,
        limits=LimitsView(
            max_portfolios=max_portfolios,
            max_ai_messages=entitled.messages_allowed,
            ai_messages_used=entitled.messages_used,
            ai_messages_remaining=entitled.messages_remaining,
            ai_messages_reset_at=entitled.period_end,
        ),
        portfolio_limit=max_portfolios,
        ai_messages_used=entitled.messages_used,
        ai_messages_limit=entitled.messages_allowed,
        ai_messages_reset_at=overview.user.messages.reset_at,
        impersonator=impersonator,
    )
