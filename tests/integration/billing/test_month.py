"""A month of billing, with repeated deliveries in any order, over two processes."""

from collections import Counter

from tests.integration.billing import expected_state
from tests.integration.billing.billing_month import Month, a_month
from tests.integration.billing.concurrent_delivery import deliver_concurrently
from tests.integration.database_rows import Rows
from tests.support.servers.api_client import Api, outcomes, statuses

SEED = 20260101
PEOPLE = 200
UNKNOWN_PAYERS = 5


def expected_outcomes(month: Month) -> Counter[str]:
    """Count the expected outcome of the first delivery of each id, and the others as duplicates."""
    first = {delivery.svix_id: delivery for delivery in month.deliveries}.values()
    received = sum(delivery.is_about_our_users for delivery in first)
    return Counter(
        received=received,
        ignored=len(first) - received,
        duplicate=len(month.deliveries) - len(first),
    )


async def test_after_a_month_in_any_order_every_user_has_what_they_pay_for(
    api: Api, rows: Rows
) -> None:
    month = a_month(SEED, PEOPLE, UNKNOWN_PAYERS)

    answers = await deliver_concurrently(
        month.deliveries, lambda delivery: api.deliver(delivery.event, delivery.svix_id)
    )

    assert statuses(answers) == {200: len(month.deliveries)}
    assert outcomes(answers) == expected_outcomes(month)
    assert await expected_state.differences(rows, month) == {}
    assert len(await rows.users()) == PEOPLE


def test_a_month_has_everything_in_it_that_billing_knows() -> None:
    month = a_month(SEED, PEOPLE, UNKNOWN_PAYERS)

    kinds = {delivery.event["type"] for delivery in month.deliveries}
    states = {(item.plan, item.status) for history in month.histories for item in history.items}
    tiers = {
        tuple(dict.fromkeys(tier for tier, _ in expected_state.entitlements(history)))
        for history in month.histories
    }
    assert {kind.partition(".")[2] for kind in kinds if kind.startswith("subscription.")} == {
        *("created", "updated", "active", "pastDue"),
    }
    assert {kind.partition(".")[2] for kind in kinds if kind.startswith("subscriptionItem.")} == {
        *("updated", "active", "canceled", "upcoming", "ended", "abandoned"),
        *("incomplete", "pastDue", "freeTrialEnding"),
    }
    assert {(None, "active"), ("pro", "canceled"), ("pro", "past_due")} <= states
    assert tiers == {("free",), ("paid",), ("paid", "free")}
    assert len(month.deliveries) >= 4_000
