"""Conversations in Postgres."""

from collections.abc import Sequence
from typing import Any, Final

import asyncpg

from sigmasight.adapters.postgres.engine import fetch_row, fetch_rows
from sigmasight.domain.assistant.conversations import (
    Conversation,
    ConversationId,
    Conversations,
    ConversationTerms,
)
from sigmasight.domain.assistant.language_model import Mode
from sigmasight.domain.kernel import UserId

ADD: Final = """
INSERT INTO conversations
    (user_id, id, mode, provider, portfolio_ids, page_hint, route, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
FIND: Final = "SELECT * FROM conversations WHERE user_id = $1 AND id = $2"
LIST: Final = """
SELECT * FROM conversations WHERE user_id = $1 ORDER BY created_at DESC, id LIMIT $2 OFFSET $3
"""
CHANGE_MODE: Final = """
WITH known AS (
    SELECT user_id, id, mode FROM conversations WHERE user_id = $1 AND id = $2 FOR UPDATE
)
UPDATE conversations SET mode = $3 FROM known
WHERE conversations.user_id = known.user_id AND conversations.id = known.id
RETURNING known.mode
"""
REMOVE: Final = "DELETE FROM conversations WHERE user_id = $1 AND id = $2 RETURNING id"


class PostgresConversations(Conversations):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def add(self, conversation: Conversation) -> None:
        terms = conversation.terms
        await fetch_row(
            self._pool,
            ADD,
            conversation.user_id,
            conversation.id,
            terms.mode.value,
            conversation.provider,
            list(terms.portfolio_ids),
            terms.page_hint,
            terms.route,
            conversation.created_at,
        )

    async def find(self, user: UserId, conversation: ConversationId) -> Conversation | None:
        row = await fetch_row(self._pool, FIND, user, conversation)
        return None if row is None else _conversation(row)

    async def list(self, user: UserId, *, limit: int, offset: int) -> Sequence[Conversation]:
        rows = await fetch_rows(self._pool, LIST, user, limit, offset)
        return [_conversation(row) for row in rows]

    async def change_mode(
        self, user: UserId, conversation: ConversationId, mode: Mode
    ) -> Mode | None:
        row = await fetch_row(self._pool, CHANGE_MODE, user, conversation, mode.value)
        return None if row is None else Mode(row["mode"])

    async def remove(self, user: UserId, conversation: ConversationId) -> bool:
        return await fetch_row(self._pool, REMOVE, user, conversation) is not None


def _conversation(row: Any) -> Conversation:
    return Conversation(
        id=ConversationId(row["id"]),
        user_id=UserId(row["user_id"]),
        terms=ConversationTerms(
            mode=Mode(row["mode"]),
            portfolio_ids=tuple(row["portfolio_ids"]),
            page_hint=row["page_hint"],
            route=row["route"],
        ),
        provider=row["provider"],
        created_at=row["created_at"],
    )
