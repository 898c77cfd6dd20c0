"""Exchanges in Postgres: each begins and ends in one transaction with the message it takes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg

from sigmasight.adapters.postgres.engine import fetch_row, fetch_rows, transaction_of
from sigmasight.adapters.postgres.usage.settling import KEEP, give_back
from sigmasight.adapters.postgres.usage.taking import take, taking
from sigmasight.domain.access.tiers import TierLimits
from sigmasight.domain.access.usage import IdempotencyKey, MessageId, ReservedMessage
from sigmasight.domain.assistant.conversations import ConversationId, ConversationNotFoundError
from sigmasight.domain.assistant.exchanges import AnswerState, Exchange, Exchanges
from sigmasight.domain.assistant.language_model import Mode, ModelFailure, TokenUsage
from sigmasight.domain.kernel import UserId

BEGIN: Final = taking("""
, stored AS (
    INSERT INTO chat_exchanges
        (user_id, id, conversation_id, question_id, question, asked_at, mode, model,
         state, answer, refunded)
    SELECT $1, $2, $10, $11, $12, $3, $13, $14, 'pending', '', false FROM taken
)
""")
END: Final = """
UPDATE chat_exchanges SET state = $3, answer = $4, fault = $5, prompt_tokens = $6,
    completion_tokens = $7, latency_ms = $8, refunded = $9
WHERE user_id = $1 AND id = $2
"""
KEEP_AND_END: Final = f"WITH kept AS ({KEEP}) {END}"
SEEN: Final = """
SELECT *, EXISTS (
    SELECT FROM ai_message_reservations AS open WHERE open.user_id = $1 AND open.message_id = id
) AS is_open
FROM chat_exchanges WHERE user_id = $1
"""
FIND: Final = f"{SEEN} AND id = $2"
PAGE: Final = f"""
{SEEN} AND conversation_id = $2 ORDER BY asked_at DESC, id DESC LIMIT $3 OFFSET $4
"""
ANSWERED: Final = """
SELECT *, true AS is_open
FROM chat_exchanges WHERE user_id = $1 AND conversation_id = $2 AND answer <> ''
ORDER BY asked_at DESC, id DESC LIMIT $3
"""
MILLISECOND: Final = timedelta(milliseconds=1)


class PostgresExchanges(Exchanges):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def begin(
        self, exchange: Exchange, limits: TierLimits, key: IdempotencyKey | None
    ) -> ReservedMessage:
        try:
            return await take(
                self._pool,
                exchange.user_id,
                exchange.id,
                at=exchange.asked_at,
                limits=limits,
                key=key,
                statement=BEGIN,
                more=(
                    exchange.conversation_id,
                    exchange.question_id,
                    exchange.question,
                    exchange.mode.value,
                    exchange.model,
                ),
            )
        except asyncpg.ForeignKeyViolationError:
            raise ConversationNotFoundError from None

    async def settle(self, exchange: Exchange, at: datetime) -> Exchange:
        user, message, spent = exchange.user_id, exchange.id, exchange.token_usage
        how = (
            exchange.state.value,
            exchange.answer,
            exchange.failure and exchange.failure.value,
            spent and spent.prompt,
            spent and spent.completion,
            None if exchange.latency is None else exchange.latency // MILLISECOND,
        )
        if exchange.is_charged:
            await fetch_row(self._pool, KEEP_AND_END, user, message, *how, False)  # noqa: FBT003  a column
            return exchange
        async with transaction_of(self._pool) as connection:
            refunded = await give_back(connection, user, message, at)
            await connection.execute(END, user, message, *how, refunded)
        return replace(exchange, refunded=refunded)

    async def find(self, user: UserId, exchange: MessageId) -> Exchange | None:
        row = await fetch_row(self._pool, FIND, user, exchange)
        return None if row is None else _exchange(row)

    async def page(
        self, user: UserId, conversation: ConversationId, *, limit: int, offset: int
    ) -> Sequence[Exchange]:
        rows = await fetch_rows(self._pool, PAGE, user, conversation, limit, offset)
        return [_exchange(row) for row in rows]

    async def answered(
        self, user: UserId, conversation: ConversationId, *, most: int
    ) -> Sequence[Exchange]:
        rows = await fetch_rows(self._pool, ANSWERED, user, conversation, most)
        return [_exchange(row) for row in reversed(rows)]


def _exchange(row: Any) -> Exchange:
    exchange = Exchange(
        id=MessageId(row["id"]),
        user_id=UserId(row["user_id"]),
        conversation_id=ConversationId(row["conversation_id"]),
        question_id=row["question_id"],
        question=row["question"],
        asked_at=row["asked_at"],
        mode=Mode(row["mode"]),
        model=row["model"],
        state=AnswerState(row["state"]),
        answer=row["answer"],
        failure=ModelFailure(row["fault"]) if row["fault"] else None,
        refunded=row["refunded"],
        token_usage=_spent(row),
        latency=None if row["latency_ms"] is None else row["latency_ms"] * MILLISECOND,
    )
    abandoned = exchange.state is AnswerState.PENDING and not row["is_open"]
    return exchange.abandoned() if abandoned else exchange


def _spent(row: Any) -> TokenUsage | None:
    if row["prompt_tokens"] is None:
        return None
    return TokenUsage(row["prompt_tokens"], row["completion_tokens"])
