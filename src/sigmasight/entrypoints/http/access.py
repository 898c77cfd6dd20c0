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
from sigmasight.entrypoints.http.guards import Access, asks
from sigmasight.entrypoints.http.handlers import post
from sigmasight.entrypoints.http.scoping import inject

MESSAGES = {
    InviteOutcome.VALIDATED: "Welcome to SigmaSight.",
    InviteOutcome.ALREADY_VALIDATED: "You have already been let in.",
}


class ValidateInviteBody(msgspec.Struct, frozen=True):
    invite_code: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]


class InviteView(msgspec.Struct, frozen=True):
    status: InviteOutcome
    message: str


class OnboardingController(Controller):
    path = "/onboarding"
    tags = ["Onboarding"]

    @post(
        "/validate-invite",
        status_code=HTTP_200_OK,
        **asks(Access.SIGNED_IN, InvalidInviteCodeError, TooManyInviteAttemptsError, body=True),
    )
    @inject
    async def validate_invite(
        self,
        data: JSONBody[ValidateInviteBody],
        request: Request[Any, Any, Any],
        user: FromDishka[User],
        validate: FromDishka[ValidateInvite],
    ) -> InviteView:
        """Let the caller in with an invite code."""
        client = request.client.host if request.client else "unknown"
        status = await validate(data.invite_code, by=user.id, client=client)
        return InviteView(status=status, message=MESSAGES[status])
