"""Invite codes over HTTP."""

from typing import Annotated, Any

import msgspec
from dishka import FromDishka
from litestar import Controller, Request
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from sigmasight.domain.access.invites import (
    InvalidInviteCodeError,
    InviteOutcome,
    TooManyInviteAttemptsError,
    ValidateInvite,
)
from sigmasight.domain.identity.users import User
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.requests import client_address
from sigmasight.entrypoints.http.route_handlers import post

MESSAGES = {
    InviteOutcome.VALIDATED: "Welcome to SigmaSight.",
    InviteOutcome.ALREADY_VALIDATED: "Your invite has already been validated.",
}


class ValidateInviteBody(msgspec.Struct, frozen=True):
    invite_code: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]


class InviteValidationView(msgspec.Struct, frozen=True):
    status: InviteOutcome
    message: str


class OnboardingController(Controller):
    path = "/onboarding"
    tags = ["Onboarding"]

    @post(
        "/validate-invite",
        Access.SIGNED_IN,
        InvalidInviteCodeError,
        TooManyInviteAttemptsError,
        status_code=HTTP_200_OK,
    )
    async def validate_invite(
        self,
        data: JSONBody[ValidateInviteBody],
        request: Request[Any, Any, Any],
        user: FromDishka[User],
        validate: FromDishka[ValidateInvite],
    ) -> InviteValidationView:
        """Validate an invite code for the caller."""
        status = await validate(data.invite_code, by=user.id, client=client_address(request))
        return InviteValidationView(status=status, message=MESSAGES[status])
