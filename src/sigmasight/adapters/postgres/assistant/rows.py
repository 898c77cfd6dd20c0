"""The tables of the assistant."""

from datetime import datetime
from typing import Any
from uuid import UUID

from advanced_alchemy.base import DefaultBase
from sqlalchemy import (
    Boolean,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.columns import INSTANT, of_portfolio


class ConversationRow(DefaultBase):
    __tablename__ = "conversations"
    __table_args__ = (Index("ix_conversations_created_at", "user_id", "created_at"),)

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    mode: Mapped[str] = mapped_column(String(20))
    provider: Mapped[str] = mapped_column(String(20))
    portfolio_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    page_hint: Mapped[str | None] = mapped_column(String(200))
    route: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(INSTANT)


class ExchangeRow(DefaultBase):
    __tablename__ = "chat_exchanges"
    __table_args__ = (
        ForeignKeyConstraint(
            ["user_id", "conversation_id"],
            ["conversations.user_id", "conversations.id"],
            ondelete="CASCADE",
        ),
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
    fault: Mapped[str | None] = mapped_column(String(20))
    refunded: Mapped[bool] = mapped_column(Boolean)
    prompt_tokens: Mapped[int | None] = mapped_column(Integer)
    completion_tokens: Mapped[int | None] = mapped_column(Integer)
    latency_ms: Mapped[int | None] = mapped_column(Integer)


class MemoryRow(DefaultBase):
    __tablename__ = "memories"
    __table_args__ = (
        of_portfolio(),
        Index("ix_memories_created_at", "user_id", "created_at"),
    )

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    portfolio_id: Mapped[UUID | None] = mapped_column()
    content: Mapped[str] = mapped_column(String(500))
    tags: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(INSTANT)


class InsightRow(DefaultBase):
    __tablename__ = "insights"
    __table_args__ = (
        of_portfolio(),
        Index("ix_insights_created_at", "user_id", "portfolio_id", "created_at"),
    )

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    portfolio_id: Mapped[UUID] = mapped_column()
    insight_type: Mapped[str] = mapped_column(String(50))
    focus_area: Mapped[str | None] = mapped_column(String(200))
    user_question: Mapped[str | None] = mapped_column(String(1000))
    title: Mapped[str] = mapped_column(Text)
    severity: Mapped[str] = mapped_column(String(20))
    summary: Mapped[str] = mapped_column(Text)
    key_findings: Mapped[list[str]] = mapped_column(ARRAY(Text))
    recommendations: Mapped[list[str]] = mapped_column(ARRAY(Text))
    full_analysis: Mapped[str] = mapped_column(Text)
    data_limitations: Mapped[str] = mapped_column(Text)
    prompt_tokens: Mapped[int | None] = mapped_column(Integer)
    completion_tokens: Mapped[int | None] = mapped_column(Integer)
    generation_ms: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(INSTANT)
    viewed: Mapped[bool] = mapped_column(Boolean)
    dismissed: Mapped[bool] = mapped_column(Boolean)
    user_rating: Mapped[int | None] = mapped_column(Integer)
    user_feedback: Mapped[str | None] = mapped_column(Text)
