"""What every Inbox promises, both the fake and the adapter."""

from datetime import datetime
from typing import Any

import pytest

from sigmasight.domain.clerk_events.inbox import Delivery, DeliveryOutcome, InboxEntry
from tests.integration.contracts.conftest import Ports
from tests.support.builders.instants import DAY, NOON


def a_receipt(
    svix_id: str = "msg_1", *, body: bytes = b"{}", received_at: datetime = NOON, **changes: Any
) -> InboxEntry:
    return InboxEntry(
        delivery=Delivery(id=svix_id, attempted_at=NOON - DAY, body=body),
        received_at=received_at,
        **{"type": "user.created", "outcome": DeliveryOutcome.RECEIVED, "error": None, **changes},
    )


def a_failure(svix_id: str = "msg_1", **changes: Any) -> InboxEntry:
    return a_receipt(
        svix_id, **{"outcome": DeliveryOutcome.FAILED, "error": "what is wrong", **changes}
    )


async def keep(ports: Ports, *receipts: InboxEntry) -> None:
    for receipt in receipts:
        assert await ports.inbox.add(receipt)
    await ports.commit()


async def test_a_delivery_is_stored_once(ports: Ports) -> None:
    first = await ports.inbox.add(a_receipt())
    again = await ports.inbox.add(a_receipt(type="user.deleted", body=b"other"))
    await ports.commit()
    later = await ports.inbox.add(a_receipt())

    assert (first, again, later) == (True, False, False)
    assert await ports.inbox.lock("msg_1") == a_receipt()


async def test_deliveries_of_other_ids_are_others(ports: Ports) -> None:
    added = [await ports.inbox.add(a_receipt(svix_id)) for svix_id in ("a", "A", "a ", "m" * 255)]

    assert added == [True] * 4


@pytest.mark.parametrize(
    "receipt",
    [
        a_receipt(body=b""),
        a_receipt(body=b"\x00\xff\xfe" * 1000),
        a_receipt(type="t" * 255),
        a_failure(error="what is wrong: 'é'" * 100),
        *(a_receipt(outcome=outcome) for outcome in DeliveryOutcome),
    ],
    ids=["empty", "bytes", "long type", "long error", *DeliveryOutcome],
)
async def test_a_delivery_and_its_outcome_are_read_back_unchanged(
    ports: Ports, receipt: InboxEntry
) -> None:
    await keep(ports, receipt)

    assert await ports.inbox.lock("msg_1") == receipt


async def test_an_unknown_id_is_none(ports: Ports) -> None:
    assert await ports.inbox.lock("msg_1") is None


async def test_a_new_outcome_replaces_the_previous_one(ports: Ports) -> None:
    await keep(ports, a_failure())

    await ports.inbox.update(a_receipt(type="user.updated"))
    await ports.commit()

    assert await ports.inbox.lock("msg_1") == a_receipt(type="user.updated")


async def test_the_latest_are_those_that_came_last_newest_first(ports: Ports) -> None:
    old, middle, new = (a_receipt(f"msg_{day}", received_at=NOON + day * DAY) for day in range(3))
    await keep(ports, middle, new, old)

    assert await ports.inbox.latest(None, 2) == [new, middle]
    assert await ports.inbox.latest(None, 9) == [new, middle, old]


async def test_the_latest_may_be_those_of_one_outcome(ports: Ports) -> None:
    await keep(ports, a_receipt("msg_1"), a_failure("msg_2"))

    assert await ports.inbox.latest(DeliveryOutcome.FAILED, 9) == [a_failure("msg_2")]
    assert await ports.inbox.latest(DeliveryOutcome.IGNORED, 9) == []


async def test_failed_deliveries_are_listed_in_order_of_arrival(ports: Ports) -> None:
    await keep(
        ports,
        a_failure("msg_late", received_at=NOON + DAY),
        a_failure("msg_early"),
        a_receipt("msg_fine"),
    )

    assert await ports.inbox.failed() == ["msg_early", "msg_late"]


async def test_deliveries_before_an_instant_can_be_deleted_except_failed_ones(
    ports: Ports,
) -> None:
    await keep(
        ports,
        a_receipt("msg_old", received_at=NOON - DAY),
        a_failure("msg_failed", received_at=NOON - DAY),
        a_receipt("msg_new"),
    )

    forgotten = await ports.inbox.prune(NOON)
    await ports.commit()

    assert forgotten == 1
    assistant = [receipt.delivery.id for receipt in await ports.inbox.latest(None, 9)]
    assert assistant == ["msg_new", "msg_failed"]
