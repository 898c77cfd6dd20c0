"""Conversations in Postgres."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

import asyncpg
from advanced_alchemy.base import DefaultBase
from advanced_alchemy.filters import LimitOffset
from sqlalchemy import ForeignKey, Index, String, Uuid, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.columns import INSTANT
from sigmasight.adapters.postgres.engine import fetch_row
from sigmasight.adapters.postgres.repository import (
    FLATTENED,
    UNSYNCHRONIZED,
    EntityRepository,
    Ordering,
)
from sigmasight.domain.assistant.conversations import Conversation, ConversationId, Conversations
from sigmasight.domain.assistant.language_model import Mode
from sigmasight.domain.kernel import UserId

FIND: Final = "SELECT * FROM conversations WHERE user_id = $1 AND id = $2"


class ConversationRow(DefaultBase):
    __tablename__ = "conversations"
    __table_args__ = (Index("ix_conversations_created_at", "user_id", "created_at"),)

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    mode: Mapped[str] = mapped_column(String(20))
    provider: Mapped[str] = mapped_column(String(20))
    portfolio_ids: Mapped[tuple[UUID, ...]] = mapped_column(ARRAY(Uuid(), as_tuple=True))
    page_hint: Mapped[str | None] = mapped_column(String(200))
    route: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(INSTANT)
    terms = FLATTENED


class ConversationRepository(EntityRepository[ConversationRow, Conversation]):
    model_type = ConversationRow
    entity_type = Conversation
    ordering: ClassVar[Ordering] = [(ConversationRow.created_at, True), (ConversationRow.id, False)]


class PostgresConversations(Conversations):
    """Every message finds its conversation first, which is the hot path."""

    def __init__(self, pool: asyncpg.Pool, engine: AsyncEngine) -> None:
        self._pool = pool
        self._engine = engine

    async def add(self, conversation: Conversation) -> None:
        async with ConversationRepository.opened(self._engine) as conversations:
            await conversations.put(conversation)

    async def find(self, user: UserId, conversation: ConversationId) -> Conversation | None:
        record = await fetch_row(self._pool, FIND, user, conversation)
        return None if record is None else ConversationRepository.from_record(record)

    async def list(self, user: UserId, *, limit: int, offset: int) -> Sequence[Conversation]:
        async with ConversationRepository.opened(self._engine) as conversations:
            return await conversations.find_all(
                ConversationRow.user_id == user, LimitOffset(limit, offset)
            )

    async def change_mode(
        self, user: UserId, conversation: ConversationId, mode: Mode
    ) -> Mode | None:
        known = (
            select(ConversationRow.user_id, ConversationRow.id, ConversationRow.mode)
            .where(ConversationRow.user_id == user, ConversationRow.id == conversation)
            .with_for_update()
            .cte("known")
        )
        async with ConversationRepository.opened(self._engine) as conversations:
            previous = await conversations.session.scalar(
                update(ConversationRow)
                .where(ConversationRow.user_id == known.c.user_id, ConversationRow.id == known.c.id)
                .values(mode=mode.value)
                .returning(known.c.mode),
                execution_options=UNSYNCHRONIZED,
            )
        return None if previous is None else Mode(previous)

    async def remove(self, user: UserId, conversation: ConversationId) -> bool:
        async with ConversationRepository.opened(self._engine) as conversations:
            return (
                await conversations.remove(
                    ConversationRow.user_id == user, ConversationRow.id == conversation
                )
                > 0
            )
