"""What every Inbox promises, the fake as much as the real one."""

from typing import Any

import pytest

from sigmasight.domain.clerk_events import ClerkEvent, Delivery, Outcome, Receipt
from tests.contracts.conftest import Ports
from tests.unit.examples import DAY, NOON


def a_receipt(svix_id: str = "msg_1", *, body: bytes = b"{}", **event: Any) -> Receipt:
    read = ClerkEvent(**{"type": "user.created", **event})
    delivery = Delivery(id=svix_id, attempted_at=NOON - DAY, body=body)
    return Receipt(delivery=delivery, event=read, outcome=read.outcome, received_at=NOON)


async def test_a_delivery_is_kept_once(ports: Ports) -> None:
    first = await ports.inbox.add(a_receipt())
    again = await ports.inbox.add(a_receipt(type="user.deleted", body=b"other"))
    await ports.settle()
    later = await ports.inbox.add(a_receipt())

    assert (first, again, later) == (True, False, False)


async def test_deliveries_of_other_ids_are_others(ports: Ports) -> None:
    added = [await ports.inbox.add(a_receipt(svix_id)) for svix_id in ("a", "A", "a ", "m" * 255)]

    assert added == [True] * 4


@pytest.mark.parametrize(
    "receipt",
    [
        a_receipt(body=b""),
        a_receipt(body=b"\x00\xff\xfe" * 1000),
        a_receipt(type="t" * 255),
        a_receipt(fault="what is wrong: 'é'" * 100),
    ],
    ids=["empty", "bytes", "long type", "long fault"],
)
async def test_whatever_came_can_be_kept(ports: Ports, receipt: Receipt) -> None:
    assert await ports.inbox.add(receipt)


@pytest.mark.parametrize("outcome", Outcome)
async def test_whatever_became_of_it_can_be_kept(ports: Ports, outcome: Outcome) -> None:
    delivery = Delivery(id="msg_1", attempted_at=NOON, body=b"{}")
    event = ClerkEvent(type="user.created")

    assert await ports.inbox.add(
        Receipt(delivery=delivery, event=event, outcome=outcome, received_at=NOON)
    )
