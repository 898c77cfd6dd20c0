"""The assistant's memories about the caller, over HTTP."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from dishka import FromDishka
from litestar import Controller
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from sigmasight.domain.assistant.memories import (
    AddMemory,
    DeleteMemory,
    Memory,
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
from sigmasight.entrypoints.http.requests import Prose, require_storable
from sigmasight.entrypoints.http.route_handlers import delete, get, post
from sigmasight.entrypoints.http.schemas import build_view

MAX_TAGS_BYTES: Final = 2_000

Content = Annotated[Prose, msgspec.Meta(min_length=1, max_length=500)]


class AddMemoryBody(msgspec.Struct, frozen=True):
    content: Content
    scope: MemoryScope = MemoryScope.USER
    portfolio_id: UUID | None = None
    tags: dict[str, Any] = {}


class MemoryView(msgspec.Struct, frozen=True):
    id: UUID
    scope: MemoryScope
    portfolio_id: UUID | None
    content: str
    tags: dict[str, Any]
    created_at: datetime


class MemoriesView(msgspec.Struct, frozen=True):
    memories: list[MemoryView]
    total: int


class AddedMemoryView(msgspec.Struct, frozen=True):
    id: UUID
    message: str


class DeletedMemoriesView(msgspec.Struct, frozen=True):
    success: bool
    message: str


class MemoryCountView(msgspec.Struct, frozen=True):
    count: int


class MemoryController(Controller):
    path = "/agent/memories"
    tags = ["Chat"]

    @get("/", Access.VALIDATED, PortfolioNotFoundError)
    async def list_memories(
        self,
        user: FromDishka[User],
        read: FromDishka[ReadMemories],
        about: Annotated[MemoryScope | None, QueryParameter(name="scope")] = None,
        portfolio_id: FromQuery[UUID | None] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=50)] = 20,
    ) -> MemoriesView:
        """List the caller's memories, newest first."""
        portfolio = None if portfolio_id is None else PortfolioId(portfolio_id)
        which = MemoryFilter(scope=about, portfolio_id=portfolio)
        memories, total = await read(which, by=user.id, limit=limit)
        return MemoriesView([build_view(MemoryView, each) for each in memories], total)

    @post("/", Access.VALIDATED, PortfolioNotFoundError, MemoryLimitReachedError)
    async def add_memory(
        self, data: JSONBody[AddMemoryBody], user: FromDishka[User], add: FromDishka[AddMemory]
    ) -> AddedMemoryView:
        """Add a memory for the assistant, one of at most fifty."""
        memory = await add_memory(data, add, user)
        return AddedMemoryView(memory.id, "The assistant will remember this.")

    @get("/count", Access.VALIDATED)
    async def count_memories(
        self, user: FromDishka[User], read: FromDishka[ReadMemories]
    ) -> MemoryCountView:
        """Count the caller's memories."""
        return MemoryCountView(await read.count(by=user.id))

    @delete("/{memory_id:uuid}", Access.VALIDATED, MemoryNotFoundError, status_code=HTTP_200_OK)
    async def delete_memory(
        self, memory_id: FromPath[UUID], user: FromDishka[User], memories: FromDishka[DeleteMemory]
    ) -> DeletedMemoriesView:
        """Delete one of the caller's memories."""
        await memories.one(MemoryId(memory_id), by=user.id)
        return DeletedMemoriesView(success=True, message="The memory was deleted.")

    @delete("/", Access.VALIDATED, status_code=HTTP_200_OK)
    async def delete_memories(
        self, user: FromDishka[User], memories: FromDishka[DeleteMemory]
    ) -> DeletedMemoriesView:
        """Delete all of the caller's memories."""
        count = await memories.all(by=user.id)
        return DeletedMemoriesView(success=True, message=f"Memories deleted: {count}.")


async def add_memory(body: AddMemoryBody, add: AddMemory, user: User) -> Memory:
    require_storable(body.tags, "tags", MAX_TAGS_BYTES)
    return await add(
        body.content,
        by=user.id,
        scope=body.scope,
        portfolio=None if body.portfolio_id is None else PortfolioId(body.portfolio_id),
        tags=body.tags,
    )
