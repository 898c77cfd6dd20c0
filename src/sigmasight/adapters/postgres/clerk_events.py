"""The webhook inbox in Postgres."""

from datetime import datetime

from advanced_alchemy.base import DefaultBase
from advanced_alchemy.types import DateTimeUTC
from sqlalchemy import Index, LargeBinary, String, Text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.domain.clerk_events import Inbox, Receipt


class WebhookRow(DefaultBase):
    __tablename__ = "webhook_inbox"
    __table_args__ = (
        Index("ix_webhook_inbox_received_at", "received_at"),
        Index("ix_webhook_inbox_outcome", "outcome", "received_at"),
    )

    svix_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    type: Mapped[str] = mapped_column(String(255))
    outcome: Mapped[str] = mapped_column(String(20))
    error: Mapped[str | None] = mapped_column(Text)
    attempted_at: Mapped[datetime] = mapped_column(DateTimeUTC(timezone=True))
    received_at: Mapped[datetime] = mapped_column(DateTimeUTC(timezone=True))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    """As it came, byte for byte: what was signed can be verified and replayed."""


class PostgresInbox(Inbox):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, receipt: Receipt) -> bool:
        added = await self._session.execute(
            insert(WebhookRow)
            .values(
                svix_id=receipt.delivery.id,
                type=receipt.event.type,
                outcome=receipt.outcome.value,
                error=receipt.event.fault,
                attempted_at=receipt.delivery.attempted_at,
                received_at=receipt.received_at,
                body=receipt.delivery.body,
            )
            .on_conflict_do_nothing(index_elements=["svix_id"])
            .returning(WebhookRow.svix_id)
        )
        return added.first() is not None
