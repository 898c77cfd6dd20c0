"""Conversations with the assistant, over HTTP."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from dishka import FromDishka
from litestar import Controller
from litestar.params import FromPath, JSONBody, QueryParameter

from sigmasight.domain.assistant.conversations import (
    Conversation,
    ConversationId,
    ConversationNotFoundError,
    ConversationTerms,
    ManageConversations,
    StartConversation,
)
from sigmasight.domain.assistant.exchanges import AnswerState, Exchange, ReadExchanges
from sigmasight.domain.assistant.language_model import Mode, Role
from sigmasight.domain.identity.users import User
from sigmasight.domain.portfolios.portfolio import PortfolioId, PortfolioNotFoundError
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.requests import Lines
from sigmasight.entrypoints.http.route_handlers import delete, get, post, put
from sigmasight.entrypoints.http.schemas import build_view

Hint = Annotated[Lines, msgspec.Meta(max_length=200)]
Route = Annotated[Lines, msgspec.Meta(max_length=500)]
PortfolioIds = Annotated[list[UUID], msgspec.Meta(max_length=50)]


class StartConversationBody(msgspec.Struct, frozen=True):
    mode: Mode = Mode.GREEN
    portfolio_id: UUID | None = None
    portfolio_ids: PortfolioIds | None = None
    page_hint: Hint | None = None
    route: Route | None = None


class ConversationView(msgspec.Struct, frozen=True):
    id: UUID
    mode: Mode
    created_at: datetime
    provider: str
    provider_thread_id: str | None
    portfolio_ids: list[UUID]
    page_hint: str | None
    route: str | None


class ChangeModeBody(msgspec.Struct, frozen=True):
    mode: Mode


class ModeChangeView(msgspec.Struct, frozen=True):
    id: UUID
    previous_mode: Mode
    new_mode: Mode
    changed_at: datetime


class MessageView(msgspec.Struct, frozen=True):
    id: UUID
    conversation_id: UUID
    role: Role
    content: str
    created_at: datetime
    state: AnswerState
    """The state of an answer; a question is always complete."""
    refunded: bool


class MessagesView(msgspec.Struct, frozen=True):
    messages: list[MessageView]
    has_more: bool


class ConversationController(Controller):
    path = "/chat/conversations"
    tags = ["Chat"]

    @post("/", Access.VALIDATED, PortfolioNotFoundError)
    async def start_conversation(
        self,
        data: JSONBody[StartConversationBody],
        user: FromDishka[User],
        start: FromDishka[StartConversation],
    ) -> ConversationView:
        """Start a conversation about the named portfolios, or else about all active ones."""
        return _conversation(await start(_terms(data), by=user.id))

    @get("/", Access.VALIDATED)
    async def list_conversations(
        self,
        user: FromDishka[User],
        conversations: FromDishka[ManageConversations],
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 10,
        offset: Annotated[int, QueryParameter(ge=0, le=1_000_000)] = 0,
    ) -> list[ConversationView]:
        """List the caller's conversations, the newest first."""
        return [
            _conversation(each)
            for each in await conversations.all(by=user.id, limit=limit, offset=offset)
        ]

    @get("/{conversation_id:uuid}", Access.VALIDATED, ConversationNotFoundError)
    async def read_conversation(
        self,
        conversation_id: FromPath[UUID],
        user: FromDishka[User],
        conversations: FromDishka[ManageConversations],
    ) -> ConversationView:
        """Read one of the caller's conversations."""
        return _conversation(await conversations.one(ConversationId(conversation_id), by=user.id))

    @delete("/{conversation_id:uuid}", Access.VALIDATED, ConversationNotFoundError)
    async def delete_conversation(
        self,
        conversation_id: FromPath[UUID],
        user: FromDishka[User],
        conversations: FromDishka[ManageConversations],
    ) -> None:
        """Delete one of the caller's conversations with its messages."""
        await conversations.end(ConversationId(conversation_id), by=user.id)

    @put("/{conversation_id:uuid}/mode", Access.VALIDATED, ConversationNotFoundError)
    async def change_mode(
        self,
        conversation_id: FromPath[UUID],
        data: JSONBody[ChangeModeBody],
        user: FromDishka[User],
        conversations: FromDishka[ManageConversations],
    ) -> ModeChangeView:
        """Change the mode of the assistant's next answers."""
        changed = await conversations.change_mode(
            ConversationId(conversation_id), data.mode, by=user.id
        )
        return ModeChangeView(conversation_id, changed.previous, data.mode, changed.changed_at)

    @get("/{conversation_id:uuid}/messages", Access.VALIDATED, ConversationNotFoundError)
    async def list_messages(
        self,
        conversation_id: FromPath[UUID],
        user: FromDishka[User],
        read: FromDishka[ReadExchanges],
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 50,
        offset: Annotated[int, QueryParameter(ge=0, le=1_000_000)] = 0,
    ) -> MessagesView:
        """List a conversation's messages, oldest first; the first page holds the newest.

        `limit` and `offset` count questions, starting from the newest.
        """
        page = await read(ConversationId(conversation_id), by=user.id, limit=limit, offset=offset)
        messages = [message for each in page.exchanges for message in _messages(each)]
        return MessagesView(messages, page.has_more)


def _terms(body: StartConversationBody) -> ConversationTerms:
    named = [*(body.portfolio_ids or []), *([body.portfolio_id] if body.portfolio_id else [])]
    return ConversationTerms(
        mode=body.mode,
        portfolio_ids=tuple(PortfolioId(each) for each in dict.fromkeys(named)),
        page_hint=body.page_hint,
        route=body.route,
    )


def _conversation(conversation: Conversation) -> ConversationView:
    return build_view(ConversationView, conversation, conversation.terms, provider_thread_id=None)


def _messages(exchange: Exchange) -> tuple[MessageView, MessageView]:
    return (
        MessageView(
            id=exchange.question_id,
            conversation_id=exchange.conversation_id,
            role=Role.USER,
            content=exchange.question,
            created_at=exchange.asked_at,
            state=AnswerState.COMPLETE,
            refunded=False,
        ),
        MessageView(
            id=exchange.id,
            conversation_id=exchange.conversation_id,
            role=Role.ASSISTANT,
            content=exchange.answer,
            created_at=exchange.asked_at + (exchange.latency or timedelta()),
            state=exchange.state,
            refunded=exchange.refunded,
        ),
    )
