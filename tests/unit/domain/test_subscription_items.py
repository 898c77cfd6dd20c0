"""Two states of one subscription item, and corrections of it; plans on sale."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from sigmasight.domain.billing import (
    BillingRecords,
    FindUnlistedPlans,
    ItemStatus,
    SubscriptionItem,
)
from sigmasight.domain.kernel import ClerkUserId
from tests.support.builders.billing import PLANS, an_item
from tests.support.builders.instants import DAY, NOON
from tests.unit.domain.test_billing import known_after


async def test_plans_on_sale_that_cost_something_and_give_no_tier_are_unlisted() -> None:
    class Records(BillingRecords):
        async def charged_plans(self) -> list[str]:
            return ["silver", "pro", "gold", "silver"]

        async def items_of(self, account: ClerkUserId) -> list[SubscriptionItem]:
            raise NotImplementedError

        def pages(self) -> AsyncIterator[dict[ClerkUserId, list[SubscriptionItem]]]:
            raise NotImplementedError

    assert await FindUnlistedPlans(Records(), PLANS)() == ["gold", "silver"]


def test_a_plan_named_late_counts_from_when_it_was_named() -> None:
    named = an_item(plan="pro", charged=True, known_at=NOON)
    unnamed = an_item(plan=None, known_at=NOON + 2 * DAY)
    late = an_item(plan="gold", known_at=NOON + DAY)

    first = known_after(named, unnamed)
    second = known_after(named, unnamed, late)

    assert first == replace(unnamed, plan="pro", charged=True, plan_known_at=NOON)
    assert second == replace(unnamed, plan="gold", plan_known_at=NOON + DAY)
    assert known_after(late, unnamed, named) == second


def test_without_any_plan_there_is_none_and_nothing_is_charged() -> None:
    unnamed = an_item(plan=None)

    assert unnamed.merged_with(replace(unnamed, known_at=NOON - DAY)) == unnamed


def test_every_failure_since_the_last_payment_is_known() -> None:
    failed = [an_item(status=ItemStatus.PAST_DUE, known_at=NOON + n * DAY) for n in range(3)]

    known = known_after(*failed)

    assert known.failures == {NOON, NOON + DAY}
    assert known.overdue_at == {NOON, NOON + DAY, NOON + 2 * DAY}
    assert known.paid_up_at is None


def test_a_failure_at_the_instant_of_a_payment_is_settled() -> None:
    paid = an_item(known_at=NOON)
    failed = an_item(status=ItemStatus.PAST_DUE, known_at=NOON)
    again = replace(failed, known_at=NOON + DAY)

    known = known_after(paid, failed, again)

    assert (known.failures, known.settled_at) == (frozenset(), NOON)
    assert known.paid_up_at == NOON


@pytest.mark.parametrize(
    ("winner", "other"),
    [
        ({"plan": "pro", "period_end": NOON}, {"plan": "gold"}),
        ({"plan": "AAA", "period_end": NOON}, {"plan": None}),
        ({"period_end": NOON + DAY}, {"period_end": NOON}),
        ({"period_end": None}, {"period_end": NOON}),
        ({"status": ItemStatus.CANCELED, "period_end": NOON}, {"status": ItemStatus.ACTIVE}),
    ],
    ids=["plan", "a plan", "period end", "no period end", "status"],
)
def test_of_two_states_of_one_instant_their_content_decides(
    winner: dict[str, Any], other: dict[str, Any]
) -> None:
    one, two = an_item(**winner), an_item(**other)

    assert one.merged_with(two).period_end == one.period_end
    assert two.merged_with(one).period_end == one.period_end


def test_a_correction_without_a_plan_leaves_the_plan_and_whether_it_is_charged() -> None:
    known = an_item(plan="gold", charged=True)

    corrected = an_item(plan=None, status=ItemStatus.ENDED).superseding(known)

    assert (corrected.plan, corrected.charged) == ("gold", True)
    assert corrected.known_at == NOON + datetime.resolution


def test_a_correct_item_still_has_when_its_plan_was_named() -> None:
    known = an_item(plan_known_at=NOON - DAY)

    assert an_item().superseding(known) == known
