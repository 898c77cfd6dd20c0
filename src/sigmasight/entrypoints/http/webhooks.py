"""Clerk's webhooks over HTTP."""

from dataclasses import dataclass
from typing import Any, Final

import msgspec
from dishka import FromDishka
from litestar import Request
from litestar.openapi.spec import OpenAPIMediaType, Operation, Parameter, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.status_codes import HTTP_200_OK

from sigmasight.domain.audit import act_as
from sigmasight.domain.clerk_events.inbox import DeliveryOutcome, WebhookSignatureInvalidError
from sigmasight.domain.clerk_events.use_cases import ReceiveWebhook
from sigmasight.domain.kernel import DatabaseUnavailableError
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.route_handlers import post

CLERK: Final = "clerk"
MAX_BODY: Final = 256 * 1024


class WebhookView(msgspec.Struct, frozen=True):
    status: DeliveryOutcome
    type: str


SIGNED_HEADERS: Final = ("svix-id", "svix-timestamp", "svix-signature")
EVENT: Final = RequestBody(
    {"application/json": OpenAPIMediaType(Schema(type=OpenAPIType.OBJECT))},
    description="An event as Clerk sends it.",
    required=True,
)


@dataclass
class SignedOperation(Operation):
    """Documents the raw request, which the handler reads itself to verify its signature."""

    def __post_init__(self) -> None:
        text = Schema(type=OpenAPIType.STRING)
        self.parameters = [
            Parameter(name, "header", text, required=True) for name in SIGNED_HEADERS
        ]
        self.request_body = EVENT


@post(
    "/webhooks/clerk",
    Access.OPEN,
    WebhookSignatureInvalidError,
    DatabaseUnavailableError,
    status_code=HTTP_200_OK,
    request_max_body_size=MAX_BODY,
    tags=["Webhooks"],
    operation_class=SignedOperation,
    raw_body=True,
)
async def receive_clerk_webhook(
    request: Request[Any, Any, Any], receive: FromDishka[ReceiveWebhook]
) -> WebhookView:
    """Process an event of Clerk, signed by Svix."""
    act_as(CLERK)
    headers = {
        name.decode("latin-1"): value.decode("latin-1") for name, value in request.scope["headers"]
    }
    receipt = await receive(headers, await request.body())
    return WebhookView(status=receipt.outcome, type=receipt.type)
