"""What every Subscriptions promises, both the fake and the adapter."""

import pytest

from sigmasight.domain.billing import ItemStatus, SubscriptionItem
from tests.integration.contracts.conftest import Ports
from tests.support.builders.billing import an_item
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.users import ANN, BOB

ITEMS = [
    *(an_item(status=status) for status in ItemStatus),
    an_item(plan=None, known_at=NOON.replace(microsecond=123456)),
    an_item(status=ItemStatus.CANCELED, period_end=NOON + DAY),
    an_item(plan="gold", charged=True),
    an_item(
        status=ItemStatus.PAST_DUE, failures=frozenset({NOON - DAY}), settled_at=NOON - 2 * DAY
    ),
]


async def test_a_user_unknown_has_no_items(ports: Ports) -> None:
    assert await ports.subscriptions.items(ANN) == []


@pytest.mark.parametrize("item", ITEMS, ids=str)
async def test_a_stored_one_is_found(ports: Ports, item: SubscriptionItem) -> None:
    await ports.subscriptions.put(ANN, item)
    await ports.commit()

    assert await ports.subscriptions.items(ANN) == [item]


async def test_putting_an_item_again_replaces_it_even_by_an_older_one(ports: Ports) -> None:
    await ports.subscriptions.put(
        ANN, an_item(period_end=NOON, failures=frozenset({NOON, NOON - DAY}))
    )
    older = an_item(plan="other", status=ItemStatus.ENDED, known_at=NOON - DAY)
    before = await ports.subscriptions.items(ANN)
    await ports.subscriptions.put(ANN, older)

    assert before == [an_item(period_end=NOON, failures=frozenset({NOON, NOON - DAY}))]
    assert await ports.subscriptions.items(ANN) == [older]


async def test_items_are_each_accounts_own(ports: Ports) -> None:
    await ports.subscriptions.put(ANN, an_item(id="item_2"))
    await ports.subscriptions.put(ANN, an_item(id="item_1"))
    await ports.subscriptions.put(BOB, an_item(id="item_1", plan="paid"))
    await ports.commit()

    assert await ports.subscriptions.items(ANN) == [an_item(id="item_1"), an_item(id="item_2")]
    assert await ports.subscriptions.items(BOB) == [an_item(id="item_1", plan="paid")]
