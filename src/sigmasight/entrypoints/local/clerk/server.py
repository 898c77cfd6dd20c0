"""The local Clerk's server: keys, tokens and webhooks of any account, and the Backend API."""

from typing import Annotated, Any, Literal

from litestar import Litestar, MediaType, Response, get, post
from litestar.exceptions import ValidationException
from litestar.params import FromPath, FromQuery, PathParameter, QueryParameter

from sigmasight.entrypoints.local.clerk.backend_api import create_backend_api
from sigmasight.entrypoints.local.clerk.deliveries import Deliveries, DeliveryMode
from sigmasight.entrypoints.local.clerk.events import EventType, emit
from sigmasight.entrypoints.local.clerk.failure_injection import FailureInjector
from sigmasight.entrypoints.local.clerk.named_accounts import ensure_account
from sigmasight.entrypoints.local.clerk.signing import HOUR, LocalClerk

Name = Annotated[str, PathParameter(pattern="^[a-z][a-z0-9-]{0,30}$")]


def create_clerk(clerk: LocalClerk, failures: FailureInjector | None = None) -> Litestar:
    """Return the application of a local Clerk."""
    deliveries = Deliveries(clerk)

    @get("/.well-known/jwks.json", sync_to_thread=False)
    def jwks() -> dict[str, Any]:
        return clerk.jwks

    @get("/.well-known/openid-configuration", sync_to_thread=False)
    def description() -> dict[str, Any]:
        return {"issuer": clerk.url, "jwks_uri": f"{clerk.url}/.well-known/jwks.json"}

    @get("/tokens/{name:str}", media_type=MediaType.TEXT, sync_to_thread=False)
    def token(
        name: Name,
        seconds: Annotated[int, QueryParameter(gt=0)] = HOUR,
        template: FromQuery[Literal["sigmasight-session"] | None] = None,
    ) -> str:
        """Sign in the account of that name, created if there is none."""
        account = ensure_account(clerk.instance, name)
        if template:
            return clerk.template_token(account.id, seconds)
        return clerk.signed_in(account.id, seconds)

    @post("/webhooks/{name:str}/{kind:str}", status_code=200)
    async def send(
        name: Name,
        kind: FromPath[EventType],
        delivery: FromQuery[DeliveryMode | None] = None,
        banned: FromQuery[bool | None] = None,
    ) -> Response[Any]:
        """Change an account, send the event to the API, and return the API's response.

        With `delivery`, all deliveries that this caused are returned. `banned` is what
        `user.updated` changes, if anything.
        """
        if banned is not None and kind != "user.updated":
            raise ValidationException("Only user.updated can change `banned`.")
        account = ensure_account(clerk.instance, name)
        event = emit(clerk.instance, kind, account.id, banned=banned)
        delivered = await deliveries.send(account.id, event, delivery or "once")
        if delivery:
            return Response(delivered, media_type=MediaType.JSON)
        first = delivered[0]
        return Response(
            bytes(first.response), media_type=MediaType.JSON, status_code=first.status_code
        )

    return Litestar(
        [jwks, description, token, send, create_backend_api(clerk, failures or FailureInjector())],
        openapi_config=None,
        logging_config=None,
    )
