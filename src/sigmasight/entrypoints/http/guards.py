"""Access control: each operation states who has access; the default is operators only."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from enum import Enum, auto
from typing import Annotated, Any, Final

import msgspec
from litestar import MediaType
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example, SecurityScheme

from sigmasight.domain.access.invites import InviteCodes, InviteRequiredError
from sigmasight.domain.audit import AuditAction, RecordOperation
from sigmasight.domain.identity import sessions
from sigmasight.domain.identity.api_keys import (
    ApiKeyExpiredError,
    ApiKeyInvalidError,
    ApiKeyReadOnlyError,
    SessionRequiredError,
)
from sigmasight.domain.identity.users import (
    AccountInactiveError,
    AdminRequiredError,
    EmailClaimMissingError,
    EmailConflictError,
    Operators,
    User,
)
from sigmasight.domain.kernel import DatabaseUnavailableError, DomainError, UnauthenticatedError
from sigmasight.entrypoints.http.dependency_injection import container_of
from sigmasight.entrypoints.http.error_examples import OF_FRAMEWORK, example_of
from sigmasight.entrypoints.http.errors import status_of
from sigmasight.entrypoints.http.rate_limits import RateLimitedError

SECURITY_SCHEMES: Final = {
    "bearer": SecurityScheme(
        type="http",
        scheme="bearer",
        bearer_format="JWT",
        description="A session token of Clerk, or of /auth/login while that is enabled; or an API"
        " key (`ss_live_…`), which signing out, invite codes, keys and operators' calls refuse.",
    ),
    "cookie": SecurityScheme(
        type="apiKey",
        security_scheme_in="cookie",
        name="__session",
        description="The same token in Clerk's cookie, plain or with the publishable key's suffix."
        " Unsafe requests are accepted only from an allowed origin.",
    ),
}


API_KEYS: Final[Mapping[str, bool]] = {"api_keys": True}
"""The option of what API keys may do, of a handler or of all in a router; the default is not."""


class Access(Enum):
    """The access levels of the wire contract, each including the one before."""

    OPEN = auto()
    SIGNED_IN = auto()
    VALIDATED = auto()
    ADMIN = auto()


class Problem(msgspec.Struct):
    """Why a request failed (RFC 9457); some codes have further members.

    It is `application/problem+json` if `Accept` names that, and `application/json` otherwise.
    """

    type: str
    title: str
    status: int
    detail: str
    instance: Annotated[str, msgspec.Meta(description="The request's id.")]
    error: Annotated[
        str | dict[str, Any],
        msgspec.Meta(
            description="The error code; of `csv_invalid` in application/json, an object with"
            " `code`, `message` and `details`."
        ),
    ]
    code: Annotated[str, msgspec.Meta(description="The error code.")]
    message: Annotated[str, msgspec.Meta(description="The same as `detail`.")]


IDENTITY_ERRORS: Final[tuple[type[DomainError], ...]] = (
    *(
        error
        for error in vars(sessions).values()
        if isinstance(error, type)
        and issubclass(error, UnauthenticatedError)
        and error is not UnauthenticatedError
    ),
    AccountInactiveError,
    ApiKeyInvalidError,
    ApiKeyExpiredError,
    EmailClaimMissingError,
    EmailConflictError,
    ApiKeyReadOnlyError,
    SessionRequiredError,
    sessions.OriginNotAllowedError,
    sessions.IdentityProviderUnavailableError,
    DatabaseUnavailableError,
)

ERRORS: Final[Mapping[Access, tuple[type[DomainError], ...]]] = {
    Access.OPEN: (),
    Access.SIGNED_IN: IDENTITY_ERRORS,
    Access.VALIDATED: (*IDENTITY_ERRORS, InviteRequiredError),
    Access.ADMIN: (*IDENTITY_ERRORS, InviteRequiredError, AdminRequiredError),
}


def describe_security(access: Access) -> list[dict[str, list[str]]]:
    """Return the security requirement of an operation in OpenAPI."""
    return [] if access is Access.OPEN else [{name: []} for name in SECURITY_SCHEMES]


def describe_errors(
    access: Access,
    errors: Iterable[type[DomainError]],
    framework_statuses: Iterable[int],
) -> dict[int, ResponseSpec]:
    """Return the error responses of an operation in OpenAPI, with an example of each error."""
    examples: dict[int, dict[str | None, Example]] = defaultdict(dict)
    always: list[type[DomainError]] = [RateLimitedError]
    for error in (*always, *ERRORS[access], *errors):
        examples[status_of(error)][error.code] = example_of(error)
    for status in framework_statuses:
        example = OF_FRAMEWORK[status]
        examples[status][example.id] = example
    return {
        status: ResponseSpec(
            Problem,
            description=", ".join(f"`{code}`" for code in examples[status]),
            media_type=MediaType.JSON,
            generate_examples=False,
            examples=list(examples[status].values()),
        )
        for status in sorted(examples)
    }


async def guarded(
    connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
) -> None:
    """Authenticate the caller and check their access, before the body is read.

    A handler that needs more of the caller than a User names it with `loads`, so that one
    query is enough.
    """
    access: Access = handler.opt.get("access", Access.ADMIN)
    if access is Access.OPEN or connection.scope.get("method") == "OPTIONS":
        return
    container = container_of(connection.scope)
    session = await container.get(sessions.AnySession)
    await container.get(handler.opt.get("loads", User))
    if isinstance(session, sessions.ApiKeySession) and not _takes_keys(handler):
        raise SessionRequiredError
    if access is Access.SIGNED_IN:
        return
    user = await container.get(User)
    codes = await container.get(InviteCodes)
    codes.require(validated=user.invite_validated)
    if access is Access.ADMIN:
        impersonator = sessions.impersonator_of(session)
        (await container.get(Operators)).require(user, impersonator=impersonator)
        record = await container.get(RecordOperation)
        request = f"{connection.scope.get('method')} {connection.scope['path']}"
        await record(AuditAction.ADMIN_REQUEST, request)


def _takes_keys(handler: BaseRouteHandler) -> bool:
    """Return whether API keys may do this; what is an operator's, they never may."""
    is_admins = handler.opt.get("access", Access.ADMIN) is Access.ADMIN
    return not is_admins and bool(handler.opt.get("api_keys"))
