"""The tables of AI messages."""

from datetime import datetime
from uuid import UUID

from advanced_alchemy.base import DefaultBase
from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.columns import INSTANT


class LedgerRow(DefaultBase):
    """What changed a counter; rows are only ever added."""

    __tablename__ = "ai_message_ledger"
    __table_args__ = (
        ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        Index("ix_ai_message_ledger_period", "user_id", "period"),
    )

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    """`taken`, `given_back` or `granted`."""
    amount: Mapped[int] = mapped_column(Integer)
    period: Mapped[datetime] = mapped_column(INSTANT)
    """The first instant of the month whose counter it changed."""
    allowed: Mapped[int | None] = mapped_column(Integer)
    reason: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(INSTANT)


class MessageKeyRow(DefaultBase):
    __tablename__ = "ai_message_keys"

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    message_id: Mapped[UUID] = mapped_column()
    at: Mapped[datetime] = mapped_column(INSTANT)


class ReservationRow(DefaultBase):
    """A message that was taken and is not settled yet."""

    __tablename__ = "ai_message_reservations"
    __table_args__ = (Index("ix_ai_message_reservations_expires_at", "expires_at"),)

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(INSTANT)
