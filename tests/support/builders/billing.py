"""Plans and subscription items."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from sigmasight.domain.billing import ItemStatus, Plans, SubscriptionItem
from tests.support.builders.instants import NOON

PLANS: Final = Plans(frozenset({"pro", "paid"}), grace=timedelta(days=7))


def an_item(**changes: Any) -> SubscriptionItem:
    item = SubscriptionItem(id="item_1", plan="pro", status=ItemStatus.ACTIVE, known_at=NOON)
    return replace(item, **changes)
