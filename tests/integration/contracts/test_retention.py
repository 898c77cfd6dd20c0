"""What every ExpiredRecords promises, both the fake and the adapter."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

import asyncpg
import pytest

from sigmasight.adapters.postgres.usage import PostgresMessageLedger
from sigmasight.domain.access.tiers import DEFAULT_LIMITS
from sigmasight.domain.access.usage import IdempotencyKey, MessageId, MessageLedger
from sigmasight.domain.audit import AuditAction, AuditEntry, AuditFilter
from sigmasight.domain.clerk_events.inbox import Delivery, DeliveryOutcome, InboxEntry
from sigmasight.domain.maintenance.model import (
    MaintenanceRun,
    MaintenanceRunId,
    MaintenanceStatus,
    MaintenanceTask,
)
from sigmasight.domain.maintenance.retention import RecordKind
from sigmasight.domain.portfolios.calculations.runs import RunStatus
from sigmasight.domain.portfolios.calculations.snapshots import RunId
from tests.integration.contracts.conftest import Ports
from tests.support.builders.calculations import a_run, a_snapshot
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.portfolios import a_portfolio, terms
from tests.support.builders.users import ANNS_ID, a_user
from tests.support.fakes.identity import InMemoryUsers
from tests.support.fakes.usage import InMemoryMessageLedger

SAVINGS = a_portfolio()
OTHER = a_portfolio(terms=terms(account_name="Broker 2"))
OLD: Final = NOON - 40 * DAY
BEFORE: Final = NOON - 30 * DAY
MINUTE_TO_MIDNIGHT: Final = datetime(2024, 1, 31, 23, 59, 59, tzinfo=UTC)


@pytest.fixture
async def seeded(ports: Ports) -> Ports:
    return await ports.seed(SAVINGS, OTHER)


@pytest.fixture
def ledger(ports: Ports, request: pytest.FixtureRequest) -> MessageLedger:
    if isinstance(ports.users, InMemoryUsers):
        return InMemoryMessageLedger(ports.users._store)  # noqa: SLF001  the same memory
    pool: asyncpg.Pool = request.getfixturevalue("pool")
    return PostgresMessageLedger(pool)


async def deleted(ports: Ports, kind: RecordKind, before: datetime = BEFORE) -> int:
    """Delete all that have expired, which are as many as were counted."""
    counted = await ports.expired_records.count(kind, before)
    assert await ports.expired_records.delete(kind, before, 100) == counted
    assert await ports.expired_records.count(kind, before) == 0
    await ports.commit()
    return counted


async def test_of_old_snapshots_the_last_of_each_month_stays(seeded: Ports) -> None:
    instants = [
        MINUTE_TO_MIDNIGHT - DAY,
        MINUTE_TO_MIDNIGHT,
        MINUTE_TO_MIDNIGHT + DAY,
        NOON,
    ]
    runs = [RunId(UUID(int=number)) for number in range(len(instants))]
    for run, at in zip(runs, instants, strict=True):
        await seeded.snapshots.add(ANNS_ID, run, a_snapshot(SAVINGS, calculated_at=at))
    await seeded.snapshots.add(
        ANNS_ID, RunId(uuid4()), a_snapshot(OTHER, calculated_at=instants[0])
    )

    assert await deleted(seeded, RecordKind.SNAPSHOTS, NOON) == 1

    assert (await seeded.snapshots.latest(ANNS_ID, SAVINGS.id) or 0) == a_snapshot(
        SAVINGS, calculated_at=NOON
    )
    assert await seeded.snapshots.latest(ANNS_ID, OTHER.id)


async def test_of_two_snapshots_of_one_instant_one_stays(seeded: Ports) -> None:
    for _ in range(2):
        await seeded.snapshots.add(ANNS_ID, RunId(uuid4()), a_snapshot(SAVINGS, calculated_at=OLD))

    assert await deleted(seeded, RecordKind.SNAPSHOTS) == 1
    assert await seeded.snapshots.latest(ANNS_ID, SAVINGS.id)


async def test_of_old_calculations_the_last_and_the_running_ones_stay(seeded: Ports) -> None:
    first, last, running = (
        a_run(SAVINGS, started_at=OLD),
        a_run(SAVINGS, started_at=OLD + DAY),
        a_run(OTHER, started_at=OLD),
    )
    for run in (first, last):
        await seeded.runs.start([run])
        await seeded.runs.put(run.ended(RunStatus.COMPLETED, run.started_at))
    await seeded.runs.start([running])
    await seeded.commit()

    assert await deleted(seeded, RecordKind.CALCULATIONS) == 1

    found = [await seeded.runs.find(ANNS_ID, run.id) for run in (first, last, running)]
    assert [run is not None for run in found] == [False, True, True]


async def test_of_old_maintenance_runs_those_under_way_stay(seeded: Ports) -> None:
    for number, status in enumerate(MaintenanceStatus):
        await seeded.fixes.add(
            MaintenanceRun(
                id=MaintenanceRunId(UUID(int=number)),
                task=MaintenanceTask.RUN_BATCH,
                requested_by=ANNS_ID,
                created_at=OLD,
                status=status,
            )
        )
    await seeded.commit()

    assert await deleted(seeded, RecordKind.MAINTENANCE_RUNS) == 2

    left = {report.run.status for report in await seeded.fixes.latest(10)}
    assert left == {MaintenanceStatus.PENDING, MaintenanceStatus.RUNNING}


async def test_of_old_deliveries_the_unsettled_ones_stay(ports: Ports) -> None:
    for at in (OLD, NOON):
        for outcome in DeliveryOutcome:
            delivery = Delivery(id=f"{outcome.value} {at}", attempted_at=at, body=b"{}")
            await ports.inbox.add(
                InboxEntry(delivery=delivery, received_at=at, type="x", outcome=outcome, error=None)
            )
    await ports.commit()

    await deleted(ports, RecordKind.WEBHOOKS)

    left = await ports.inbox.latest(None, 100)
    old = {entry.outcome for entry in left if entry.received_at < NOON}
    assert old == {DeliveryOutcome.FAILED, DeliveryOutcome.WAITING}
    assert len(left) == len(DeliveryOutcome) + 2


async def test_messages_and_keys_of_old_months_are_deleted_and_the_newer_ones_stay(
    ports: Ports, ledger: MessageLedger
) -> None:
    await ports.users.put(a_user())
    await ports.commit()
    for key, at in (("old", NOON), ("new", NOON + 800 * DAY)):
        await ledger.reserve(
            ANNS_ID, MessageId(uuid4()), at, DEFAULT_LIMITS, IdempotencyKey(key, "f")
        )

    for kind in (RecordKind.MESSAGES, RecordKind.IDEMPOTENCY_KEYS):
        assert await deleted(ports, kind, NOON + 700 * DAY) == 1
        assert await ports.expired_records.count(kind, NOON + 900 * DAY) == 1


async def test_entries_of_the_audit_trail_are_deleted_once_they_have_expired(ports: Ports) -> None:
    for at in (NOON - 2000 * DAY, NOON):
        await ports.audit_trail.add(AuditEntry(at=at, actor="a", action=AuditAction.COMMAND))
    await ports.commit()

    assert await deleted(ports, RecordKind.AUDIT, NOON - 1096 * DAY) == 1

    [left] = await ports.audit_trail.latest(AuditFilter(), 10)
    assert left.at == NOON


@pytest.mark.parametrize("limit", [0, 2])
async def test_at_most_as_many_are_deleted_as_asked_for(ports: Ports, limit: int) -> None:
    for number in range(3):
        delivery = Delivery(id=f"msg_{number}", attempted_at=OLD, body=b"{}")
        await ports.inbox.add(
            InboxEntry(
                delivery=delivery,
                received_at=OLD,
                type="x",
                outcome=DeliveryOutcome.RECEIVED,
                error=None,
            )
        )
    await ports.commit()

    assert await ports.expired_records.delete(RecordKind.WEBHOOKS, BEFORE, limit) == limit
    assert await ports.expired_records.count(RecordKind.WEBHOOKS, BEFORE) == 3 - limit
