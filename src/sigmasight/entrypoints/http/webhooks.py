"""Clerk's webhooks over HTTP."""

from typing import Any, Final

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Request, post
from litestar.status_codes import HTTP_200_OK

from sigmasight.domain.clerk_events import Outcome, ReceiveWebhook, WebhookSignatureInvalidError
from sigmasight.entrypoints.http.guards import Access, asks

MAX_BODY: Final = 256 * 1024


class WebhookView(msgspec.Struct, frozen=True):
    status: Outcome
    type: str


@post(
    "/webhooks/clerk",
    status_code=HTTP_200_OK,
    request_max_body_size=MAX_BODY,
    tags=["Webhooks"],
    **asks(Access.OPEN, WebhookSignatureInvalidError),
)
@inject
async def receive_clerk_webhook(
    request: Request[Any, Any, Any], receive_webhook: FromDishka[ReceiveWebhook]
) -> WebhookView:
    """Take in an event of Clerk's, signed by Svix over the body's very bytes."""
    headers = {
        name.decode("latin-1"): value.decode("latin-1") for name, value in request.scope["headers"]
    }
    receipt = await receive_webhook(headers, await request.body())
    return WebhookView(status=receipt.outcome, type=receipt.event.type)
