"""The local Clerk's Backend API: the part of Clerk's that this project uses."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from litestar import Request, Response, Router, get, post
from litestar.exceptions import HTTPException, ValidationException
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from sigmasight.entrypoints.local.clerk import payloads
from sigmasight.entrypoints.local.clerk.failure_injection import FailureInjector
from sigmasight.entrypoints.local.clerk.instance import NewAccount
from sigmasight.entrypoints.local.clerk.signing import LocalClerk
from sigmasight.entrypoints.local.clerk.state import (
    Account,
    NotFoundError,
    RefusedError,
    error_body,
)

Limit = Annotated[int, QueryParameter(ge=1, le=500)]
Offset = Annotated[int, QueryParameter(ge=0)]
Many = list[str] | None
Ids = Annotated[Many, QueryParameter(name="user_id[]")]
Emails = Annotated[Many, QueryParameter(name="email_address[]")]
ExternalIds = Annotated[Many, QueryParameter(name="external_id[]")]
INVALID_KEY: Final = error_body(
    "clerk_key_invalid", "The provided Clerk Secret Key is invalid. Make sure that it is correct."
)


def create_backend_api(clerk: LocalClerk, failures: FailureInjector) -> Router:
    """Return the routes, which need the instance's secret key."""

    async def require_key(request: Request[Any, Any, Any]) -> Response[dict[str, Any]] | None:
        if request.headers.get("authorization") != f"Bearer {clerk.secret_key}":
            return Response(INVALID_KEY, status_code=401)
        return failures.next_response()

    return Router(
        "/v1",
        route_handlers=[*_users(clerk), *_billing(clerk), *_sessions(clerk), *_instance(clerk)],
        before_request=require_key,
        exception_handlers={
            RefusedError: _handle_refused,
            ValidationException: _handle_invalid_parameters,
            HTTPException: _handle_http_error,
        },
    )


def _users(clerk: LocalClerk) -> Sequence[Any]:
    instance = clerk.instance

    @get("/users", sync_to_thread=False)
    def list_users(  # noqa: PLR0913  query parameters
        *,
        user_id: Ids = None,
        email_address: Emails = None,
        external_id: ExternalIds = None,
        starting_after: FromQuery[str | None] = None,
        order_by: FromQuery[str] = "-created_at",
        limit: Limit = 10,
        offset: Offset = 0,
    ) -> list[dict[str, Any]]:
        accounts = [
            account
            for account in _after(starting_after, instance.accounts(order_by=order_by))
            if (user_id is None or account.id in user_id)
            and (email_address is None or any(map(account.has, email_address)))
            and (external_id is None or account.external_id in external_id)
        ]
        return [payloads.user(account) for account in accounts[offset : offset + limit]]

    @get("/users/count", sync_to_thread=False)
    def count_users() -> dict[str, Any]:
        return {"object": "total_count", "total_count": len(instance.state.accounts)}

    @get("/users/{account_id:str}", sync_to_thread=False)
    def read_user(account_id: FromPath[str]) -> dict[str, Any]:
        return payloads.user(instance.account(account_id))

    @post("/users", status_code=200, sync_to_thread=False)
    def create_user(data: JSONBody[NewAccount]) -> dict[str, Any]:
        return payloads.user(instance.create(data))

    return [list_users, count_users, read_user, create_user]


def _billing(clerk: LocalClerk) -> Sequence[Any]:
    instance = clerk.instance

    @get("/users/{account_id:str}/billing/subscription", sync_to_thread=False)
    def read_subscription(account_id: FromPath[str]) -> dict[str, Any]:
        account = instance.account(account_id)
        items = instance.state.items_of(account_id)
        if not items:
            raise NotFoundError
        return payloads.subscription(account, items)

    @get("/billing/subscription_items", sync_to_thread=False)
    def list_items(
        *,
        status: FromQuery[str | None] = None,
        payer_type: FromQuery[str | None] = None,
        include_free: FromQuery[bool] = False,
        limit: Limit = 10,
        offset: Offset = 0,
    ) -> dict[str, Any]:
        items = [
            item
            for item in sorted(instance.state.items.values(), key=lambda item: item.created_at)
            if (status is None or item.status == status)
            and (payer_type is None or (payer_type == "org") == bool(item.organization_id))
            and (include_free or item.is_paid)
        ]
        page = items[offset : offset + limit]
        return {"data": [payloads.item(item) for item in page], "total_count": len(items)}

    @get("/billing/plans", sync_to_thread=False)
    def list_plans(limit: Limit = 10, offset: Offset = 0) -> dict[str, Any]:
        plans = payloads.plans(instance.state.items.values())
        return {"data": plans[offset : offset + limit], "total_count": len(plans)}

    return [read_subscription, list_items, list_plans]


def _sessions(clerk: LocalClerk) -> Sequence[Any]:
    instance = clerk.instance

    @get("/sessions/{session_id:str}", sync_to_thread=False)
    def read_session(session_id: FromPath[str]) -> dict[str, Any]:
        return payloads.session(instance.session(session_id))

    @post("/sessions/{session_id:str}/revoke", status_code=200, sync_to_thread=False)
    def revoke_session(session_id: FromPath[str]) -> dict[str, Any]:
        return payloads.session(instance.revoke(session_id))

    @post("/sessions/{session_id:str}/tokens", status_code=200, sync_to_thread=False)
    def create_token(session_id: FromPath[str]) -> dict[str, Any]:
        return {"object": "token", "jwt": clerk.token(instance.active_session(session_id))}

    return [read_session, revoke_session, create_token]


def _instance(clerk: LocalClerk) -> Sequence[Any]:
    @get("/jwks", sync_to_thread=False)
    def read_keys() -> dict[str, Any]:
        return clerk.jwks

    @get("/jwt_templates", sync_to_thread=False)
    def list_templates() -> list[dict[str, Any]]:
        return clerk.templates

    return [read_keys, list_templates]


def _after(cursor: str | None, accounts: Sequence[Account]) -> Sequence[Account]:
    if cursor is None:
        return accounts
    ids = [account.id for account in accounts]
    if cursor not in ids:
        raise RefusedError(422, "form_param_value_invalid", "starting_after is not an account's id")
    return accounts[ids.index(cursor) + 1 :]


def _handle_refused(_: Request[Any, Any, Any], error: RefusedError) -> Response[dict[str, Any]]:
    return Response(error.body, status_code=error.status)


def _handle_invalid_parameters(
    _: Request[Any, Any, Any], error: ValidationException
) -> Response[dict[str, Any]]:
    return Response(error_body("form_param_format_invalid", str(error.extra)), status_code=422)


def _handle_http_error(_: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, Any]]:
    return Response(error_body("request_invalid", error.detail), status_code=error.status_code)
