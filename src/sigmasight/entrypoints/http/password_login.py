"""Registration and login with email and password, while LEGACY_AUTH_ENABLED is true."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from dishka import FromDishka
from litestar import Controller, Request
from litestar.datastructures import CacheControlHeader
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK
from msgspec import Meta, Struct

from sigmasight.domain.access.attempts import ClientNetwork, network_of
from sigmasight.domain.access.invites import InvalidInviteCodeError, ValidateInvite
from sigmasight.domain.identity.password_login import (
    MAX_PASSWORD,
    MIN_PASSWORD,
    CredentialsInvalidError,
    LogInWithPassword,
    RegisterWithPassword,
    TooManyLoginAttemptsError,
    TooManyRegistrationsError,
)
from sigmasight.domain.identity.users import EmailConflictError
from sigmasight.domain.kernel import DatabaseUnavailableError
from sigmasight.entrypoints.http.auth import TokenView
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.requests import Email, Title, client_address
from sigmasight.entrypoints.http.route_handlers import post
from sigmasight.entrypoints.http.schemas import build_view


class RegisterBody(Struct, frozen=True):
    email: Email
    password: Annotated[str, Meta(min_length=MIN_PASSWORD, max_length=MAX_PASSWORD)]
    full_name: Annotated[Title, Meta(max_length=255)]


class RegisteredView(Struct, frozen=True):
    id: UUID
    email: str
    full_name: str | None
    is_active: bool
    created_at: datetime


class LoginBody(Struct, frozen=True):
    email: Email
    password: Annotated[str, Meta(max_length=MAX_PASSWORD)]


class OnboardBody(RegisterBody, frozen=True):
    invite_code: Annotated[str, Meta(min_length=1, max_length=255)]


class OnboardedView(Struct, frozen=True):
    user_id: UUID
    email: str
    full_name: str | None
    message: str


def _network(request: Request[Any, Any, Any]) -> ClientNetwork:
    return network_of(client_address(request))


class PasswordLoginController(Controller):
    path = "/auth"
    tags = ["Identity"]

    @post(
        "/register",
        Access.OPEN,
        EmailConflictError,
        TooManyRegistrationsError,
        DatabaseUnavailableError,
        status_code=HTTP_200_OK,
    )
    async def register(
        self,
        data: JSONBody[RegisterBody],
        request: Request[Any, Any, Any],
        register: FromDishka[RegisterWithPassword],
    ) -> RegisteredView:
        """Register an account with an email address and a password."""
        user = await register(data.email, data.password, data.full_name, network=_network(request))
        return build_view(RegisteredView, user)

    @post(
        "/login",
        Access.OPEN,
        CredentialsInvalidError,
        TooManyLoginAttemptsError,
        DatabaseUnavailableError,
        status_code=HTTP_200_OK,
        cache_control=CacheControlHeader(no_store=True),
    )
    async def log_in(
        self,
        data: JSONBody[LoginBody],
        request: Request[Any, Any, Any],
        log_in: FromDishka[LogInWithPassword],
    ) -> TokenView:
        """Log in with email and password; the session token is valid for an hour."""
        token = await log_in(data.email, data.password, network=_network(request))
        return TokenView(token.text, "bearer", token.expires_in)


class PasswordOnboardingController(Controller):
    path = "/onboarding"
    tags = ["Onboarding"]

    @post(
        "/register",
        Access.OPEN,
        EmailConflictError,
        TooManyRegistrationsError,
        DatabaseUnavailableError,
        status_code=HTTP_200_OK,
    )
    async def register_with_invite(
        self,
        data: JSONBody[OnboardBody],
        request: Request[Any, Any, Any],
        register: FromDishka[RegisterWithPassword],
        validate: FromDishka[ValidateInvite],
    ) -> OnboardedView:
        """Register an account, and validate its invite code; a wrong one can be entered again."""
        user = await register(data.email, data.password, data.full_name, network=_network(request))
        message = "Welcome to SigmaSight."
        try:
            await validate(data.invite_code, by=user.id, client=client_address(request))
        except InvalidInviteCodeError as error:
            message = f"Your account is registered. {error} Log in to enter another one."
        return OnboardedView(user.id, user.email, user.full_name, message)
