"""Subscription items in Postgres, by the Clerk user id they belong to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from advanced_alchemy.base import DefaultBase
from sqlalchemy import ARRAY, String, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.columns import INSTANT
from sigmasight.adapters.postgres.engine import raw_connection
from sigmasight.domain.billing import ItemStatus, SubscriptionItem, Subscriptions
from sigmasight.domain.kernel import ClerkUserId


class SubscriptionItemRow(DefaultBase):
    __tablename__ = "clerk_subscription_items"

    clerk_user_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    item_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    plan: Mapped[str | None] = mapped_column(String(255))
    status: Mapped[str] = mapped_column(String(20))
    known_at: Mapped[datetime] = mapped_column(INSTANT)
    period_end: Mapped[datetime | None] = mapped_column(INSTANT)
    failures: Mapped[list[datetime]] = mapped_column(ARRAY(INSTANT), server_default=text("'{}'"))
    settled_at: Mapped[datetime | None] = mapped_column(INSTANT)


ITEMS: Final = """
SELECT item_id, plan, status, known_at, period_end, failures, settled_at
FROM clerk_subscription_items WHERE clerk_user_id = $1 ORDER BY item_id
"""
PUT: Final = """
INSERT INTO clerk_subscription_items (
    clerk_user_id, item_id, plan, status, known_at, period_end, failures, settled_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (clerk_user_id, item_id) DO UPDATE SET
    plan = excluded.plan, status = excluded.status, known_at = excluded.known_at,
    period_end = excluded.period_end, failures = excluded.failures,
    settled_at = excluded.settled_at
"""


class PostgresSubscriptions(Subscriptions):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def items(self, account: ClerkUserId) -> Sequence[SubscriptionItem]:
        rows = await (await raw_connection(self._session)).fetch(ITEMS, account)
        return [
            SubscriptionItem(
                id=row["item_id"],
                plan=row["plan"],
                status=ItemStatus(row["status"]),
                known_at=row["known_at"],
                period_end=row["period_end"],
                failures=frozenset(row["failures"]),
                settled_at=row["settled_at"],
            )
            for row in rows
        ]

    async def put(self, account: ClerkUserId, item: SubscriptionItem) -> None:
        driver = await raw_connection(self._session)
        await driver.execute(
            PUT,
            account,
            item.id,
            item.plan,
            item.status.value,
            item.known_at,
            item.period_end,
            sorted(item.failures),
            item.settled_at,
        )
