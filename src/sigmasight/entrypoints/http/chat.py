"""Questions to the assistant over HTTP, and the streamed answers."""

from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from dishka import FromDishka
from litestar import Controller
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK
from litestar.types import ASGIApp

from sigmasight.domain.access.usage import AiLimitReachedError, IdempotencyKeyReusedError
from sigmasight.domain.assistant.chat import ChatRequest, StartExchange
from sigmasight.domain.assistant.conversations import ConversationId, ConversationNotFoundError
from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import Clock
from sigmasight.entrypoints.http.chat_events import AnswerEvents, events
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.headers import KeyHeader, rate_limit_headers, read_idempotency_key
from sigmasight.entrypoints.http.open_streams import OpenStreams
from sigmasight.entrypoints.http.requests import Prose, require_storable
from sigmasight.entrypoints.http.route_handlers import post
from sigmasight.entrypoints.http.streaming import EventStream

MAX_UI_CONTEXT_BYTES: Final = 4_000

Text = Annotated[Prose, msgspec.Meta(min_length=1, max_length=4_000)]


class SendBody(msgspec.Struct, frozen=True):
    conversation_id: UUID
    text: Text
    ui_context: dict[str, Any] | None = None


class ChatController(Controller):
    path = "/chat"
    tags = ["Chat"]

    @post(
        "/send",
        Access.VALIDATED,
        ConversationNotFoundError,
        AiLimitReachedError,
        IdempotencyKeyReusedError,
        status_code=HTTP_200_OK,
        response=ResponseSpec(
            AnswerEvents, description="The answer's events.", media_type="text/event-stream"
        ),
    )
    async def send(  # noqa: PLR0913, PLR0917  injected dependencies
        self,
        data: JSONBody[SendBody],
        user: FromDishka[User],
        start: FromDishka[StartExchange],
        streams: FromDishka[OpenStreams],
        clock: FromDishka[Clock],
        idempotency_key: KeyHeader = None,
    ) -> ASGIApp:
        """Use one AI message to ask a question, and stream the answer as events."""
        started = await start(_request(data, idempotency_key), by=user.id)
        stream = streams.start(started)
        headers = rate_limit_headers(
            used=started.reservation.used, allowed=started.reservation.limit, now=clock.now()
        )
        return EventStream(events(stream, started, clock), stream.leave, headers=headers)


def _request(body: SendBody, key: str | None) -> ChatRequest:
    ui_context = body.ui_context or {}
    require_storable(ui_context, "ui_context", MAX_UI_CONTEXT_BYTES)
    return ChatRequest(
        conversation_id=ConversationId(body.conversation_id),
        text=body.text,
        client_context=ui_context,
        key=read_idempotency_key(key, body),
    )
