"""Subscription items in Postgres, by the Clerk user id they belong to."""

from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from typing import Final

from advanced_alchemy.base import DefaultBase
from sqlalchemy import ARRAY, Index, String, false, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from sigmasight.adapters.postgres.columns import INSTANT
from sigmasight.adapters.postgres.engine import raw_connection
from sigmasight.domain.billing import ItemStatus, SubscriptionItem, Subscriptions
from sigmasight.domain.clerk_events.payers import ItemPayers
from sigmasight.domain.kernel import ClerkUserId


class SubscriptionItemRow(DefaultBase):
    __tablename__ = "clerk_subscription_items"
    __table_args__ = (
        Index(
            "ix_clerk_subscription_items_charged",
            "plan",
            postgresql_where=text("charged AND status = 'active'"),
        ),
    )

    clerk_user_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    item_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    plan: Mapped[str | None] = mapped_column(String(255))
    status: Mapped[str] = mapped_column(String(20))
    known_at: Mapped[datetime] = mapped_column(INSTANT)
    period_end: Mapped[datetime | None] = mapped_column(INSTANT)
    failures: Mapped[list[datetime]] = mapped_column(ARRAY(INSTANT), server_default=text("'{}'"))
    settled_at: Mapped[datetime | None] = mapped_column(INSTANT)
    plan_known_at: Mapped[datetime | None] = mapped_column(INSTANT)
    charged: Mapped[bool] = mapped_column(server_default=false())


class ItemPayerRow(DefaultBase):
    __tablename__ = "clerk_item_payers"

    item_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    clerk_user_id: Mapped[str | None] = mapped_column(String(255))
    waiting: Mapped[list[str]] = mapped_column(ARRAY(String(255)), server_default=text("'{}'"))
    """The deliveries that came before the payer was known, by svix id."""


ITEMS: Final = """
SELECT item_id, plan, status, known_at, period_end, failures, settled_at, plan_known_at,
    charged
FROM clerk_subscription_items WHERE clerk_user_id = $1 ORDER BY item_id
"""
PUT: Final = """
INSERT INTO clerk_subscription_items (
    clerk_user_id, item_id, plan, status, known_at, period_end, failures, settled_at,
    plan_known_at, charged
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (clerk_user_id, item_id) DO UPDATE SET
    plan = excluded.plan, status = excluded.status, known_at = excluded.known_at,
    period_end = excluded.period_end, failures = excluded.failures,
    settled_at = excluded.settled_at, plan_known_at = excluded.plan_known_at,
    charged = excluded.charged
"""
FIND_PAYER: Final = """
SELECT clerk_user_id FROM clerk_item_payers
WHERE item_id = ANY($1) AND clerk_user_id IS NOT NULL ORDER BY item_id LIMIT 1
"""
WAIT: Final = """
INSERT INTO clerk_item_payers AS known (item_id, waiting) VALUES ($1, ARRAY[$2::varchar])
ON CONFLICT (item_id) DO UPDATE SET waiting = CASE
    WHEN known.clerk_user_id IS NOT NULL OR $2 = ANY(known.waiting) THEN known.waiting
    ELSE known.waiting || excluded.waiting
END
RETURNING clerk_user_id
"""
CLAIM: Final = """
INSERT INTO clerk_item_payers AS known (clerk_user_id, item_id) SELECT $1, unnest($2::varchar[])
ON CONFLICT (item_id) DO UPDATE SET clerk_user_id = COALESCE(
    known.clerk_user_id, excluded.clerk_user_id
)
RETURNING clerk_user_id, waiting
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
                plan_known_at=row["plan_known_at"],
                charged=row["charged"],
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
            item.plan_known_at,
            item.charged,
        )


class PostgresItemPayers(ItemPayers):
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, items: Sequence[str]) -> ClerkUserId | None:
        payer = await (await raw_connection(self._session)).fetchval(FIND_PAYER, items)
        return payer and ClerkUserId(payer)

    async def wait(self, item: str, svix_id: str) -> ClerkUserId | None:
        payer = await (await raw_connection(self._session)).fetchval(WAIT, item, svix_id)
        return payer and ClerkUserId(payer)

    async def claim(self, account: ClerkUserId, items: Sequence[str]) -> Sequence[str]:
        rows = await (await raw_connection(self._session)).fetch(CLAIM, account, items)
        own = [row["waiting"] for row in rows if row["clerk_user_id"] == account]
        return list(dict.fromkeys(chain.from_iterable(own)))
