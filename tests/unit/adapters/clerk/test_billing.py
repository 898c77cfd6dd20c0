"""Reading Clerk Billing for one account and for all."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from sigmasight.adapters.clerk.billing import PAGE, ClerkBilling
from sigmasight.domain.billing import ItemStatus, SubscriptionItem
from sigmasight.domain.identity.sessions import IdentityProviderUnavailableError
from sigmasight.domain.kernel import ClerkUserId
from tests.support.builders.clerk_events import milliseconds
from tests.support.builders.instants import NOON
from tests.support.builders.users import ANN, BOB
from tests.support.fakes.kernel import FixedClock
from tests.unit.adapters.clerk.scripted_clerk import ScriptedClerk, answer, asking

LATER = NOON + timedelta(days=30)
Page = Mapping[ClerkUserId, Sequence[SubscriptionItem]]


def an_item(number: int = 1, payer: Any = None, **changes: Any) -> dict[str, Any]:
    return {
        "object": "commerce_subscription_item",
        "id": f"csi_{number}",
        "status": "active",
        "plan": {"object": "commerce_plan", "id": "cplan_1", "slug": "pro", "name": "Pro"},
        "payer": payer or {"id": "cpay_1", "user_id": ANN, "organization_id": ""},
        "updated_at": milliseconds(NOON),
        "period_end": milliseconds(LATER),
        "past_due_at": None,
        **changes,
    }


def the_item(**changes: Any) -> SubscriptionItem:
    about = {"id": "csi_1", "plan": "pro", "status": ItemStatus.ACTIVE, "known_at": NOON}
    return SubscriptionItem(**{**about, "period_end": LATER, **changes})


async def of(clerk: ScriptedClerk, now: Any = NOON) -> Sequence[SubscriptionItem]:
    items: Sequence[SubscriptionItem] = await asking(
        clerk, lambda backend: ClerkBilling(backend, FixedClock(now)).items_of(ANN)
    )
    return items


async def pages(clerk: ScriptedClerk) -> list[Page]:
    async with clerk.backend() as backend:
        return [page async for page in ClerkBilling(backend, FixedClock(NOON)).pages()]


@pytest.mark.parametrize("key", ["subscription_items", "items"])
async def test_the_items_of_a_subscription_are_found_under_either_field_name(key: str) -> None:
    clerk = ScriptedClerk(answer({"object": "commerce_subscription", key: [an_item()]}))

    assert await of(clerk) == [the_item()]
    assert clerk.asked == ["GET /users/user_ann/billing/subscription"]


@pytest.mark.parametrize("given", [answer({"errors": []}, 404), answer({"subscription_items": []})])
async def test_an_account_without_a_subscription_has_no_items(given: Any) -> None:
    assert await of(ScriptedClerk(given)) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"plan": None}, {"plan": None}),
        ({"plan": {"slug": ""}}, {"plan": None}),
        ({"plan": {}}, {"plan": None}),
        ({"plan": {"slug": "pro", "amount": 2000}}, {"charged": True}),
        ({"plan": {"slug": "pro", "amount": 0}}, {}),
        ({"plan": {"slug": "pro", "amount": "free"}}, {}),
        ({"plan": {"slug": "pro", "fee": {"amount": 2000}}}, {"charged": True}),
        ({"plan": {"slug": "pro", "fee": None, "annual_fee": {"amount": 9}}}, {"charged": True}),
        ({"plan": {"slug": "pro", "amount": 1}}, {"charged": True}),
        ({"plan": {"slug": None, "amount": 2000}}, {"plan": None}),
        ({"period_end": None}, {"period_end": None}),
        ({"period_end": LATER.timestamp()}, {}),
        ({"updated_at": NOON.timestamp()}, {}),
        (
            {"status": "past_due", "past_due_at": milliseconds(NOON)},
            {"status": ItemStatus.PAST_DUE, "failures": frozenset({NOON})},
        ),
        ({"status": "expired"}, {"status": ItemStatus.EXPIRED}),
    ],
)
async def test_an_item_is_read_in_every_form_clerk_writes_it(
    changes: dict[str, Any], expected: dict[str, Any]
) -> None:
    clerk = ScriptedClerk(answer({"subscription_items": [an_item(**changes)]}))

    assert await of(clerk) == [the_item(**expected)]


async def test_an_undated_item_is_dated_by_the_request() -> None:
    clerk = ScriptedClerk(answer({"items": [{"id": "csi_1", "status": "active"}]}))

    [item] = await of(clerk, now=LATER)

    assert item.known_at == LATER


@pytest.mark.parametrize(
    "changes",
    [
        {"id": ""},
        {"id": "csi_\x00"},
        {"id": "x" * 256},
        {"status": "generous"},
        {"plan": {"slug": "x" * 256}},
        {"updated_at": 1e300},
        {"period_end": "tomorrow"},
    ],
)
async def test_an_item_that_cannot_be_stored_is_an_invalid_response(
    changes: dict[str, Any],
) -> None:
    clerk = ScriptedClerk(answer({"subscription_items": [an_item(**changes)]}))

    with pytest.raises(IdentityProviderUnavailableError):
        await of(clerk)


async def test_items_of_all_accounts_are_paged_and_grouped_by_payer() -> None:
    bobs = {"user_id": BOB, "organization_id": None}
    first = [an_item(number) for number in range(PAGE)]
    clerk = ScriptedClerk(
        answer({"data": first, "total_count": PAGE + 1}),
        answer({"data": [an_item(PAGE, bobs)], "total_count": PAGE + 1}),
    )

    reported = await pages(clerk)

    assert [{payer: len(items) for payer, items in page.items()} for page in reported] == [
        {ANN: PAGE},
        {BOB: 1},
    ]
    filters = "payer_type=user&include_free=true&limit=500"
    assert clerk.asked == [
        f"GET /billing/subscription_items?{filters}&offset=0",
        f"GET /billing/subscription_items?{filters}&offset=500",
    ]


async def test_the_plans_on_sale_are_those_that_cost_something() -> None:
    plans = [
        {"slug": "free_user", "fee": {"amount": 0}, "annual_fee": {"amount": 0}},
        {"slug": "pro", "fee": {"amount": 2900}},
        {"slug": "yearly", "fee": {"amount": 0}, "annual_fee": {"amount": 20000}},
        {"slug": "old", "amount": 100},
        {"slug": None, "amount": 100},
    ]
    clerk = ScriptedClerk(
        answer({"data": plans[:2], "total_count": 5}), answer({"data": plans[2:], "total_count": 5})
    )

    async with clerk.backend() as backend:
        charged = await ClerkBilling(backend, FixedClock(NOON)).charged_plans()

    assert charged == {"pro", "yearly", "old"}
    assert clerk.asked == [
        "GET /billing/plans?payer_type=user&limit=500&offset=0",
        "GET /billing/plans?payer_type=user&limit=500&offset=2",
    ]


async def test_organisations_and_payers_without_a_user_are_left_out() -> None:
    payers = [
        {"user_id": ANN, "organization_id": "org_1"},
        {"user_id": "", "organization_id": "org_1"},
        {"user_id": "", "organization_id": ""},
        {"user_id": None},
        {"organization_id": None},
    ]
    items = [an_item(number, payer) for number, payer in enumerate(payers, 1)]
    nobody = {**an_item(9), "payer": None}

    reported = await pages(ScriptedClerk(answer({"data": [*items, nobody], "total_count": 6})))

    assert reported == []


async def test_pages_smaller_than_requested_are_followed_to_the_last() -> None:
    clerk = ScriptedClerk(
        *(answer({"data": [an_item(number)], "total_count": 3}) for number in range(3))
    )

    reported = await pages(clerk)

    assert [item.id for page in reported for item in page[ANN]] == ["csi_0", "csi_1", "csi_2"]
    assert [line.rpartition("=")[2] for line in clerk.asked] == ["0", "1", "2"]


@pytest.mark.parametrize(
    "given", [{"data": []}, {"data": [], "total_count": 9}, {"data": [an_item()]}]
)
async def test_an_empty_page_is_the_last_and_so_is_a_short_one_without_a_total(given: Any) -> None:
    clerk = ScriptedClerk(answer(given))

    await pages(clerk)

    assert len(clerk.requests) == 1


async def test_a_full_page_without_a_total_is_followed_by_another() -> None:
    clerk = ScriptedClerk(
        answer({"data": [an_item(number) for number in range(PAGE)]}),
        answer({"data": [an_item(PAGE)]}),
    )

    reported = await pages(clerk)

    assert sum(len(page[ANN]) for page in reported) == PAGE + 1


async def test_an_item_without_a_time_counts_as_of_the_request() -> None:
    undated = an_item(updated_at=None)

    [page] = await pages(ScriptedClerk(answer({"data": [undated]})))

    assert [item.known_at for item in page[ANN]] == [NOON]


async def test_a_subscriptions_time_of_failure_is_that_of_its_items() -> None:
    overdue = an_item(status="past_due", past_due_at=None)
    subscription = {"subscription_items": [overdue], "past_due_at": milliseconds(NOON)}

    [item] = await of(ScriptedClerk(answer(subscription)))

    assert item == the_item(status=ItemStatus.PAST_DUE, failures=frozenset({NOON}))


async def test_an_item_that_moved_to_the_next_page_is_returned_once() -> None:
    clerk = ScriptedClerk(
        answer({"data": [an_item(1), an_item(2)], "total_count": 4}),
        answer({"data": [an_item(2), an_item(3)], "total_count": 4}),
    )

    reported = await pages(clerk)

    assert [item.id for page in reported for item in page[ANN]] == ["csi_1", "csi_2", "csi_3"]


async def test_a_repeated_page_ends_the_iteration() -> None:
    clerk = ScriptedClerk(answer({"data": [an_item()], "total_count": 1000}))

    with pytest.raises(
        IdentityProviderUnavailableError,
        match=r"^The identity provider repeats the same page of its subscriptions",
    ):
        await pages(clerk)

    assert len(clerk.requests) == 2


@pytest.mark.parametrize("status", [403, 404, 422])
async def test_a_refusal_suggests_that_billing_is_not_enabled(status: int) -> None:
    with pytest.raises(
        IdentityProviderUnavailableError,
        match=r"^Clerk Billing seems not to be enabled: Clerk answered with status",
    ):
        await pages(ScriptedClerk(answer({"errors": []}, status)))
