"""What `/health` reads from the database: its schema, failed webhooks, unlisted plans."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import asyncpg
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import AsyncSession

from sigmasight.adapters.postgres import MIGRATIONS
from sigmasight.adapters.postgres.billing import PostgresSubscriptions
from sigmasight.adapters.postgres.clerk_events import PostgresInbox
from sigmasight.adapters.postgres.engine import create_pool
from sigmasight.adapters.postgres.health import (
    BillingCheck,
    DatabaseCheck,
    PostgresSchema,
    WebhooksCheck,
)
from sigmasight.domain.billing import ItemStatus
from sigmasight.domain.clerk_events.inbox import Delivery, DeliveryOutcome, InboxEntry
from sigmasight.domain.health import CheckResult
from sigmasight.domain.kernel import ClerkUserId
from tests.integration.postgres.scratch_database import ScratchDatabase
from tests.support.builders.billing import PLANS, an_item
from tests.support.builders.instants import MINUTE, NOON
from tests.support.fakes.kernel import FixedClock

SECOND: Final = timedelta(seconds=1)


def a_receipt(svix_id: str, outcome: DeliveryOutcome, received_at: datetime) -> InboxEntry:
    return InboxEntry(
        delivery=Delivery(id=svix_id, attempted_at=received_at, body=b"{}"),
        type="user.created",
        outcome=outcome,
        error="what is wrong" if outcome is DeliveryOutcome.FAILED else None,
        received_at=received_at,
    )


async def look(pool: asyncpg.Pool, now: datetime) -> CheckResult:
    return await WebhooksCheck(pool, FixedClock(now)).run()


@pytest.mark.parametrize(
    ("age", "ok"), [(5 * MINUTE - SECOND, True), (5 * MINUTE, False), (90 * MINUTE, False)]
)
async def test_it_is_degraded_once_a_failed_delivery_is_unreplayed_for_5_minutes(
    session: AsyncSession, pool: asyncpg.Pool, age: timedelta, *, ok: bool
) -> None:
    inbox = PostgresInbox(session)
    await inbox.add(a_receipt("msg_old", DeliveryOutcome.FAILED, NOON - age))
    await inbox.add(a_receipt("msg_new", DeliveryOutcome.FAILED, NOON))
    await inbox.add(a_receipt("msg_fine", DeliveryOutcome.RECEIVED, NOON - 99 * MINUTE))
    await session.commit()

    finding = await look(pool, NOON)

    facts = {"failed": 2, "oldest_failed_seconds": int(age.total_seconds())}
    assert finding == CheckResult(ok=ok, facts=facts)


async def test_it_is_healthy_again_once_failed_deliveries_were_replayed(
    session: AsyncSession, pool: asyncpg.Pool
) -> None:
    inbox = PostgresInbox(session)
    await inbox.add(a_receipt("msg_1", DeliveryOutcome.FAILED, NOON - 90 * MINUTE))
    await inbox.update(a_receipt("msg_1", DeliveryOutcome.RECEIVED, NOON - 90 * MINUTE))
    await session.commit()

    assert await look(pool, NOON) == CheckResult(
        ok=True, facts={"failed": 0, "oldest_failed_seconds": 0}
    )


async def test_it_names_the_plans_that_somebody_pays_for_and_that_give_no_tier(
    session: AsyncSession, pool: asyncpg.Pool
) -> None:
    subscriptions = PostgresSubscriptions(session)
    for number, item in enumerate(
        [
            an_item(plan="gold", charged=True),
            an_item(plan="gold", charged=True),
            an_item(plan="pro", charged=True),
            an_item(plan="silver"),
            an_item(plan="bronze", charged=True, status=ItemStatus.ENDED),
            an_item(plan=None),
        ]
    ):
        await subscriptions.put(ClerkUserId(f"user_{number}"), item)
    await session.commit()

    assert await BillingCheck(pool, PLANS).run() == CheckResult(
        ok=True, facts={"unlisted_plans": ["gold"]}
    )


HEAD: Final = str(ScriptDirectory(str(MIGRATIONS)).get_current_head())
REVISIONS: Final[Mapping[str, bool]] = {
    "": False,
    "r4s5t6u7v8w9": False,
    "b9c0d1e2f3a4": False,
    HEAD: True,
    "ffffffffffff": True,
}


@pytest.mark.parametrize(("revision", "accepted"), REVISIONS.items())
async def test_an_older_schema_is_refused_and_a_later_one_accepted(
    scratch: ScratchDatabase, revision: str, *, accepted: bool
) -> None:
    if revision:
        await scratch.fetch(f"CREATE TABLE alembic_version AS SELECT '{revision}' AS version_num")
    async with create_pool(scratch.dsn) as pool:
        check = await DatabaseCheck(PostgresSchema(pool)).run()

    assert check.ok is accepted
