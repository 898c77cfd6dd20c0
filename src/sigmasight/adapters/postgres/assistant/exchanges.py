"""Exchanges in Postgres: each begins and ends in one transaction with the message it takes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final
from uuid import UUID

import asyncpg
from advanced_alchemy.base import DefaultBase
from advanced_alchemy.filters import LimitOffset
from sqlalchemy import Boolean, ForeignKeyConstraint, Index, Integer, String, Text, exists
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import Mapped, MappedSQLExpression, column_property, mapped_column

from sigmasight.adapters.postgres.columns import INSTANT, MILLISECOND, Milliseconds
from sigmasight.adapters.postgres.engine import fetch_row, fetch_rows, pool_transaction
from sigmasight.adapters.postgres.repository import EntityRepository, Ordering
from sigmasight.adapters.postgres.usage.ledger import ReservationRow
from sigmasight.adapters.postgres.usage.reserve import reserve, reserve_statement
from sigmasight.adapters.postgres.usage.settle import CHARGE, release
from sigmasight.domain.access.tiers import TierLimits
from sigmasight.domain.access.usage import IdempotencyKey, MessageId, ReservedMessage
from sigmasight.domain.assistant.conversations import ConversationId, ConversationNotFoundError
from sigmasight.domain.assistant.exchanges import AnswerState, Exchange, Exchanges
from sigmasight.domain.kernel import UserId

BEGIN: Final = reserve_statement("""
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
CHARGE_AND_END: Final = f"WITH kept AS ({CHARGE}) {END}"
ANSWERED: Final = """
SELECT user_id, id, conversation_id, question_id, question, asked_at, mode, model, state, answer,
    refunded, fault AS failure, prompt_tokens AS prompt, completion_tokens AS completion,
    latency_ms * interval '1 millisecond' AS latency
FROM chat_exchanges WHERE user_id = $1 AND conversation_id = $2 AND answer <> ''
ORDER BY asked_at DESC, id DESC LIMIT $3
"""


class ExchangeRow(DefaultBase):
    __tablename__ = "chat_exchanges"
    __table_args__ = (
        ForeignKeyConstraint(
            ["user_id", "conversation_id"],
            ["conversations.user_id", "conversations.id"],
            ondelete="CASCADE",
        ),
        Index("ix_chat_exchanges_question", "user_id", "question_id"),
        Index("ix_chat_exchanges_asked_at", "user_id", "conversation_id", "asked_at"),
    )

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column()
    question_id: Mapped[UUID] = mapped_column()
    question: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(INSTANT)
    mode: Mapped[str] = mapped_column(String(20))
    model: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(String(20))
    answer: Mapped[str] = mapped_column(Text)
    failure: Mapped[str | None] = mapped_column("fault", String(20))
    refunded: Mapped[bool] = mapped_column(Boolean)
    prompt: Mapped[int | None] = mapped_column("prompt_tokens", Integer)
    completion: Mapped[int | None] = mapped_column("completion_tokens", Integer)
    latency: Mapped[timedelta | None] = mapped_column("latency_ms", Milliseconds)
    is_reserved: ClassVar[MappedSQLExpression[bool]]

    @property
    def token_usage(self) -> Any:
        return None if self.prompt is None else self


ExchangeRow.is_reserved = column_property(
    exists().where(
        ReservationRow.user_id == ExchangeRow.user_id, ReservationRow.message_id == ExchangeRow.id
    )
)
"""Whether its message is not settled yet."""


class ExchangeRepository(EntityRepository[ExchangeRow, Exchange]):
    model_type = ExchangeRow
    entity_type = Exchange
    ordering: ClassVar[Ordering] = [(ExchangeRow.asked_at, True), (ExchangeRow.id, True)]

    @classmethod
    def entity(cls, row: ExchangeRow) -> Exchange:
        exchange = super().entity(row)
        abandoned = exchange.state is AnswerState.PENDING and not row.is_reserved
        return exchange.abandoned() if abandoned else exchange


class PostgresExchanges(Exchanges):
    """Beginning one, its history, and settling it are the hot path; other reading is not."""

    def __init__(self, pool: asyncpg.Pool, engine: AsyncEngine) -> None:
        self._pool = pool
        self._engine = engine

    async def begin(
        self, exchange: Exchange, limits: TierLimits, key: IdempotencyKey | None
    ) -> ReservedMessage:
        try:
            return await reserve(
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
            await fetch_row(self._pool, CHARGE_AND_END, user, message, *how, False)  # noqa: FBT003  a column
            return exchange
        async with pool_transaction(self._pool) as connection:
            refunded = await release(connection, user, message, at)
            await connection.execute(END, user, message, *how, refunded)
        return replace(exchange, refunded=refunded)

    async def find(self, user: UserId, exchange: MessageId) -> Exchange | None:
        async with ExchangeRepository.opened(self._engine) as exchanges:
            return await exchanges.find(ExchangeRow.user_id == user, ExchangeRow.id == exchange)

    async def page(
        self, user: UserId, conversation: ConversationId, *, limit: int, offset: int
    ) -> Sequence[Exchange]:
        async with ExchangeRepository.opened(self._engine) as exchanges:
            return await exchanges.find_all(
                ExchangeRow.user_id == user,
                ExchangeRow.conversation_id == conversation,
                LimitOffset(limit, offset),
            )

    async def answered(
        self, user: UserId, conversation: ConversationId, *, most: int
    ) -> Sequence[Exchange]:
        latest = await fetch_rows(self._pool, ANSWERED, user, conversation, most)
        return [ExchangeRepository.from_record(record) for record in reversed(latest)]
