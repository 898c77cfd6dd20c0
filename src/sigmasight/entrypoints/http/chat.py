"""Questions to the assistant, over HTTP, and the answers that are streamed."""

from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from dishka import FromDishka
from litestar import Controller
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody
from litestar.types import ASGIApp

from sigmasight.domain.access.usage import AiLimitReachedError, IdempotencyKeyReusedError
from sigmasight.domain.assistant.chat import ChatRequest, StartExchange
from sigmasight.domain.assistant.conversations import (
    ConversationId,
    ConversationNotFoundError,
)
from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import Clock
from sigmasight.entrypoints.http.chat_events import events
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.headers import KeyHeader, rate_limit_headers, read_idempotency_key
from sigmasight.entrypoints.http.open_streams import OpenStreams
from sigmasight.entrypoints.http.requests import Prose, bounded
from sigmasight.entrypoints.http.route_handlers import post
from sigmasight.entrypoints.http.streaming import EventStream

MAX_SURROUNDINGS: Final = 4_000

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
        response=ResponseSpec(
            str, description="The answer's events.", media_type="text/event-stream"
        ),
    )
    async def send(  # noqa: PLR0913, PLR0917  what an answer needs
        self,
        data: JSONBody[SendBody],
        user: FromDishka[User],
        ask: FromDishka[StartExchange],
        answers: FromDishka[OpenStreams],
        clock: FromDishka[Clock],
        idempotency_key: KeyHeader = None,
    ) -> ASGIApp:
        """Take one message for a question, and stream the answer's events."""
        asked = await ask(_asking(data, idempotency_key), by=user.id)
        run = answers.start(asked)
        headers = rate_limit_headers(
            used=asked.reservation.used, allowed=asked.reservation.limit, now=clock.now()
        )
        return EventStream(events(run, asked, clock), run.leave, headers=headers)


def _asking(body: SendBody, key: str | None) -> ChatRequest:
    surroundings = body.ui_context or {}
    bounded(surroundings, "ui_context", MAX_SURROUNDINGS)
    return ChatRequest(
        conversation_id=ConversationId(body.conversation_id),
        text=body.text,
        client_context=surroundings,
        key=read_idempotency_key(key, body),
    )
