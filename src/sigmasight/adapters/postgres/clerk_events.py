"""The webhook inbox in Postgres."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from advanced_alchemy.base import DefaultBase
from sqlalchemy import Index, LargeBinary, String, Text, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.columns import INSTANT
from sigmasight.adapters.postgres.engine import driver_of
from sigmasight.domain.clerk_events.inbox import Delivery, DeliveryOutcome, Inbox, InboxEntry


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
    attempted_at: Mapped[datetime] = mapped_column(INSTANT)
    received_at: Mapped[datetime] = mapped_column(INSTANT)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    """As it came, byte for byte: what was signed can be verified and replayed."""


ADD: Final = """
INSERT INTO webhook_inbox (svix_id, type, outcome, error, attempted_at, received_at, body)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (svix_id) DO NOTHING RETURNING svix_id
"""


class PostgresInbox(Inbox):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, receipt: InboxEntry) -> bool:
        driver = await driver_of(self._session)
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
        found = await self._session.scalars(
            select(WebhookRow)
            .where(WebhookRow.svix_id == svix_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        row = found.one_or_none()
        return None if row is None else _receipt(row)

    async def update(self, receipt: InboxEntry) -> None:
        await self._session.execute(
            update(WebhookRow)
            .where(WebhookRow.svix_id == receipt.delivery.id)
            .values(type=receipt.type, outcome=receipt.outcome.value, error=receipt.error)
            .execution_options(synchronize_session=False)
        )

    async def latest(self, outcome: DeliveryOutcome | None, limit: int) -> Sequence[InboxEntry]:
        query = select(WebhookRow).order_by(WebhookRow.received_at.desc(), WebhookRow.svix_id)
        if outcome is not None:
            query = query.where(WebhookRow.outcome == outcome.value)
        rows = await self._session.scalars(
            query.limit(limit).execution_options(populate_existing=True)
        )
        return [_receipt(row) for row in rows]

    async def failed(self) -> Sequence[str]:
        found = await self._session.scalars(
            select(WebhookRow.svix_id)
            .where(WebhookRow.outcome == DeliveryOutcome.FAILED.value)
            .order_by(WebhookRow.received_at, WebhookRow.svix_id)
        )
        return found.all()

    async def prune(self, before: datetime) -> int:
        pruned = await self._session.scalars(
            delete(WebhookRow)
            .where(
                WebhookRow.received_at < before, WebhookRow.outcome != DeliveryOutcome.FAILED.value
            )
            .returning(WebhookRow.svix_id)
            .execution_options(synchronize_session=False)
        )
        return len(pruned.all())


def _receipt(row: WebhookRow) -> InboxEntry:
    return InboxEntry(
        delivery=Delivery(id=row.svix_id, attempted_at=row.attempted_at, body=row.body),
        type=row.type,
        outcome=DeliveryOutcome(row.outcome),
        error=row.error,
        received_at=row.received_at,
    )
