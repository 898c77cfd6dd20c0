"""Subscription items in Postgres, kept under the Clerk user id they were told of."""

from collections.abc import Sequence
from datetime import datetime

from advanced_alchemy.base import DefaultBase
from advanced_alchemy.types import DateTimeUTC
from sqlalchemy import ARRAY, String, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.domain.billing import ItemStatus, SubscriptionItem, Subscriptions
from sigmasight.domain.kernel import ClerkUserId


class SubscriptionItemRow(DefaultBase):
    __tablename__ = "clerk_subscription_items"

    clerk_user_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    item_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    plan: Mapped[str | None] = mapped_column(String(255))
    status: Mapped[str] = mapped_column(String(20))
    known_at: Mapped[datetime] = mapped_column(DateTimeUTC(timezone=True))
    period_end: Mapped[datetime | None] = mapped_column(DateTimeUTC(timezone=True))
    failures: Mapped[list[datetime]] = mapped_column(
        ARRAY(DateTimeUTC(timezone=True)), server_default=text("'{}'")
    )
    settled_at: Mapped[datetime | None] = mapped_column(DateTimeUTC(timezone=True))


class PostgresSubscriptions(Subscriptions):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def items(self, account: ClerkUserId) -> Sequence[SubscriptionItem]:
        rows = await self._session.scalars(
            select(SubscriptionItemRow)
            .where(SubscriptionItemRow.clerk_user_id == account)
            .order_by(SubscriptionItemRow.item_id)
            .execution_options(populate_existing=True)
        )
        return [
            SubscriptionItem(
                id=row.item_id,
                plan=row.plan,
                status=ItemStatus(row.status),
                known_at=row.known_at,
                period_end=row.period_end,
                failures=frozenset(row.failures),
                settled_at=row.settled_at,
            )
            for row in rows
        ]

    async def put(self, account: ClerkUserId, item: SubscriptionItem) -> None:
        state = {
            "plan": item.plan,
            "status": item.status.value,
            "known_at": item.known_at,
            "period_end": item.period_end,
            "failures": sorted(item.failures),
            "settled_at": item.settled_at,
        }
        put = insert(SubscriptionItemRow).values(clerk_user_id=account, item_id=item.id, **state)
        await self._session.execute(
            put.on_conflict_do_update(index_elements=["clerk_user_id", "item_id"], set_=state)
        )
