"""Memories and feedback, in the shapes that the web app's chat uses."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from dishka import FromDishka
from litestar import Controller
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from sigmasight.domain.assistant.feedback import (
    FeedbackNotFoundError,
    GiveFeedback,
    MessageNotFoundError,
    Verdict,
)
from sigmasight.domain.assistant.memories import (
    MAX_MEMORIES,
    AddMemory,
    DeleteMemory,
    MemoryFilter,
    MemoryId,
    MemoryLimitReachedError,
    MemoryNotFoundError,
    MemoryScope,
    ReadMemories,
)
from sigmasight.domain.identity.users import User
from sigmasight.domain.portfolios.portfolio import PortfolioId, PortfolioNotFoundError
from sigmasight.entrypoints.http.guards import Access
from sigmasight.entrypoints.http.memories import AddMemoryBody, MemoryView, add_memory
from sigmasight.entrypoints.http.requests import Lines
from sigmasight.entrypoints.http.route_handlers import delete, get, post
from sigmasight.entrypoints.http.schemas import build_view


class ChatMemoriesView(msgspec.Struct, frozen=True):
    memories: list[MemoryView]
    total: int
    limit: int


class DeletedView(msgspec.Struct, frozen=True):
    deleted: int


class ChatMemoryCountView(msgspec.Struct, frozen=True):
    count: int
    max_allowed: int


class FeedbackBody(msgspec.Struct, frozen=True):
    rating: Verdict
    edited_text: Annotated[Lines, msgspec.Meta(max_length=20_000)] | None = None
    comment: Annotated[Lines, msgspec.Meta(max_length=2_000)] | None = None


class FeedbackView(msgspec.Struct, frozen=True):
    id: UUID
    message_id: UUID
    rating: Verdict
    edited_text: str | None
    comment: str | None
    created_at: datetime


class ChatMemoryController(Controller):
    path = "/chat/memories"
    tags = ["Web app"]

    @get("/", Access.VALIDATED, PortfolioNotFoundError)
    async def list_chat_memories(
        self,
        user: FromDishka[User],
        read: FromDishka[ReadMemories],
        about: Annotated[MemoryScope | None, QueryParameter(name="scope")] = None,
        portfolio_id: FromQuery[UUID | None] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = 50,
    ) -> ChatMemoriesView:
        """List the caller's memories, newest first."""
        portfolio = None if portfolio_id is None else PortfolioId(portfolio_id)
        which = MemoryFilter(scope=about, portfolio_id=portfolio)
        memories, total = await read(which, by=user.id, limit=limit)
        return ChatMemoriesView([build_view(MemoryView, each) for each in memories], total, limit)

    @post("/", Access.VALIDATED, PortfolioNotFoundError, MemoryLimitReachedError)
    async def add_chat_memory(
        self, data: JSONBody[AddMemoryBody], user: FromDishka[User], add: FromDishka[AddMemory]
    ) -> MemoryView:
        """Add a memory for the assistant."""
        return build_view(MemoryView, await add_memory(data, add, user))

    @get("/count", Access.VALIDATED)
    async def count_chat_memories(
        self, user: FromDishka[User], read: FromDishka[ReadMemories]
    ) -> ChatMemoryCountView:
        """Count the caller's memories."""
        return ChatMemoryCountView(await read.count(by=user.id), MAX_MEMORIES)

    @delete("/{memory_id:uuid}", Access.VALIDATED, MemoryNotFoundError, status_code=HTTP_200_OK)
    async def delete_chat_memory(
        self, memory_id: FromPath[UUID], user: FromDishka[User], memories: FromDishka[DeleteMemory]
    ) -> DeletedView:
        """Delete one of the caller's memories."""
        await memories.one(MemoryId(memory_id), by=user.id)
        return DeletedView(1)

    @delete("/", Access.VALIDATED, status_code=HTTP_200_OK)
    async def delete_chat_memories(
        self, user: FromDishka[User], memories: FromDishka[DeleteMemory]
    ) -> DeletedView:
        """Delete all of the caller's memories."""
        return DeletedView(await memories.all(by=user.id))


class FeedbackController(Controller):
    path = "/chat/messages/{message_id:uuid}/feedback"
    tags = ["Web app"]

    @post("/", Access.VALIDATED, MessageNotFoundError, status_code=HTTP_200_OK)
    async def give_feedback(
        self,
        message_id: FromPath[UUID],
        data: JSONBody[FeedbackBody],
        user: FromDishka[User],
        feedback: FromDishka[GiveFeedback],
    ) -> FeedbackView:
        """Rate a message of the assistant; this replaces an earlier rating."""
        given = await feedback.give(
            message_id,
            data.rating,
            edited_text=data.edited_text,
            comment=data.comment,
            by=user.id,
        )
        return build_view(FeedbackView, given)

    @get("/", Access.VALIDATED, MessageNotFoundError, FeedbackNotFoundError)
    async def read_feedback(
        self, message_id: FromPath[UUID], user: FromDishka[User], feedback: FromDishka[GiveFeedback]
    ) -> FeedbackView:
        """Read the caller's rating of a message."""
        return build_view(FeedbackView, await feedback.read(message_id, by=user.id))

    @delete(
        "/",
        Access.VALIDATED,
        MessageNotFoundError,
        FeedbackNotFoundError,
        status_code=HTTP_200_OK,
    )
    async def delete_feedback(
        self, message_id: FromPath[UUID], user: FromDishka[User], feedback: FromDishka[GiveFeedback]
    ) -> DeletedView:
        """Delete the caller's rating of a message."""
        await feedback.delete(message_id, by=user.id)
        return DeletedView(1)
