"""The webhook inbox in Postgres."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Final

from advanced_alchemy.base import DefaultBase
from advanced_alchemy.filters import LimitOffset
from sqlalchemy import Index, LargeBinary, String, Text, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.columns import INSTANT
from sigmasight.adapters.postgres.engine import raw_connection
from sigmasight.adapters.postgres.repository import (
    FLATTENED,
    UNSYNCHRONIZED,
    EntityRepository,
    Ordering,
)
from sigmasight.domain.clerk_events.inbox import DeliveryOutcome, Inbox, InboxEntry


class WebhookRow(DefaultBase):
    __tablename__ = "webhook_inbox"
    __table_args__ = (
        Index("ix_webhook_inbox_received_at", "received_at"),
        Index("ix_webhook_inbox_outcome", "outcome", "received_at"),
    )

    id: Mapped[str] = mapped_column("svix_id", String(255), primary_key=True)
    type: Mapped[str] = mapped_column(String(255))
    outcome: Mapped[str] = mapped_column(String(20))
    error: Mapped[str | None] = mapped_column(Text)
    attempted_at: Mapped[datetime] = mapped_column(INSTANT)
    received_at: Mapped[datetime] = mapped_column(INSTANT)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    """As received, byte for byte: what was signed can be verified and replayed."""
    delivery = FLATTENED


ADD: Final = """
INSERT INTO webhook_inbox (svix_id, type, outcome, error, attempted_at, received_at, body)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (svix_id) DO NOTHING RETURNING svix_id
"""


UNSETTLED: Final = [DeliveryOutcome.FAILED.value, DeliveryOutcome.WAITING.value]


class InboxRepository(EntityRepository[WebhookRow, InboxEntry]):
    model_type = WebhookRow
    entity_type = InboxEntry
    ordering: ClassVar[Ordering] = [(WebhookRow.received_at, True), (WebhookRow.id, False)]


class PostgresInbox(Inbox):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._entries = InboxRepository(session)

    async def add(self, receipt: InboxEntry) -> bool:
        driver = await raw_connection(self._session)
        added = await driver.fetchval(
            ADD,
            receipt.delivery.id,
            receipt.type,
            receipt.outcome.value,
            receipt.error,
            receipt.delivery.attempted_at,
            receipt.received_at,
            receipt.delivery.body,
        )
        return added is not None

    async def lock(self, svix_id: str) -> InboxEntry | None:
        return await self._entries.find(WebhookRow.id == svix_id, with_for_update=True)

    async def update(self, receipt: InboxEntry) -> None:
        await self._session.execute(
            update(WebhookRow)
            .where(WebhookRow.id == receipt.delivery.id)
            .values(type=receipt.type, outcome=receipt.outcome.value, error=receipt.error),
            execution_options=UNSYNCHRONIZED,
        )

    async def latest(self, outcome: DeliveryOutcome | None, limit: int) -> Sequence[InboxEntry]:
        wanted = () if outcome is None else (WebhookRow.outcome == outcome.value,)
        return await self._entries.find_all(*wanted, LimitOffset(limit, 0))

    async def failed(self) -> Sequence[str]:
        found = await self._session.scalars(
            select(WebhookRow.id)
            .where(WebhookRow.outcome == DeliveryOutcome.FAILED.value)
            .order_by(WebhookRow.received_at, WebhookRow.id)
        )
        return found.all()

    async def prune(self, before: datetime) -> int:
        return await self._entries.remove(
            WebhookRow.received_at < before, WebhookRow.outcome.not_in(UNSETTLED)
        )
