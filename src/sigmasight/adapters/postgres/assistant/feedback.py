"""Feedback on the assistant's messages in Postgres."""

from datetime import datetime
from uuid import UUID

from advanced_alchemy.base import DefaultBase
from sqlalchemy import ForeignKeyConstraint, String, Text, case, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.assistant.exchanges import ExchangeRow
from sigmasight.adapters.postgres.columns import INSTANT
from sigmasight.adapters.postgres.repository import EntityRepository
from sigmasight.domain.access.usage import MessageId
from sigmasight.domain.assistant.feedback import Feedback, Feedbacks, MessageKind
from sigmasight.domain.kernel import UserId


class FeedbackRow(DefaultBase):
    __tablename__ = "message_feedback"
    __table_args__ = (
        ForeignKeyConstraint(
            ["user_id", "message_id"],
            ["chat_exchanges.user_id", "chat_exchanges.id"],
            ondelete="CASCADE",
        ),
    )

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column()
    rating: Mapped[str] = mapped_column(String(10))
    edited_text: Mapped[str | None] = mapped_column(Text)
    comment: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(INSTANT)


class FeedbackRepository(EntityRepository[FeedbackRow, Feedback]):
    model_type = FeedbackRow
    entity_type = Feedback


class PostgresFeedbacks(Feedbacks):
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def kind_of(self, user: UserId, message: UUID) -> MessageKind | None:
        kind = case(
            (ExchangeRow.id == message, MessageKind.ANSWER.value), else_=MessageKind.QUESTION.value
        )
        either = or_(ExchangeRow.id == message, ExchangeRow.question_id == message)
        async with FeedbackRepository.opened(self._engine) as feedbacks:
            found = await feedbacks.session.scalar(
                select(kind).where(ExchangeRow.user_id == user, either).limit(1)
            )
        return None if found is None else MessageKind(found)

    async def put(self, feedback: Feedback) -> None:
        async with FeedbackRepository.opened(self._engine) as feedbacks:
            await feedbacks.put(feedback)

    async def find(self, user: UserId, message: MessageId) -> Feedback | None:
        async with FeedbackRepository.opened(self._engine) as feedbacks:
            return await feedbacks.find(
                FeedbackRow.user_id == user, FeedbackRow.message_id == message
            )

    async def remove(self, user: UserId, message: MessageId) -> bool:
        async with FeedbackRepository.opened(self._engine) as feedbacks:
            removed = await feedbacks.remove(
                FeedbackRow.user_id == user, FeedbackRow.message_id == message
            )
        return bool(removed)
