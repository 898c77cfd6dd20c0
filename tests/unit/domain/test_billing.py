from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.domain.billing import ItemStatus, Plans, SubscriptionItem
from tests.support.builders.billing import PLANS, an_item
from tests.support.builders.instants import DAY, NOON

INSTANTS = st.integers(-100, 100).map(lambda days: NOON + days * DAY)
ITEMS = st.builds(
    SubscriptionItem,
    id=st.sampled_from(["item_1", "item_2"]),
    plan=st.sampled_from(["pro", "paid", "free_user", "Pro", None]),
    status=st.sampled_from(ItemStatus),
    known_at=INSTANTS,
    period_end=st.none() | INSTANTS,
    failures=st.frozensets(INSTANTS, max_size=2),
    charged=st.booleans(),
)
STATES = ITEMS.map(lambda item: replace(item, id="item_1"))
GRANTS_NOTHING = (
    ItemStatus.UPCOMING,
    ItemStatus.INCOMPLETE,
    ItemStatus.ABANDONED,
    ItemStatus.ENDED,
    ItemStatus.EXPIRED,
)


def two_orders(
    items: list[SubscriptionItem],
) -> st.SearchStrategy[tuple[list[SubscriptionItem], list[SubscriptionItem]]]:
    return st.tuples(st.just(items), st.permutations(items))


def two_arrivals(
    states: list[SubscriptionItem],
) -> st.SearchStrategy[tuple[list[SubscriptionItem], list[SubscriptionItem]]]:
    """Return the states in two orders, some of them repeated."""
    again = st.lists(st.sampled_from(states), max_size=3)
    arrival = again.flatmap(lambda more: st.permutations([*states, *more]))
    return st.tuples(arrival, arrival)


def known_after(first: SubscriptionItem, *others: SubscriptionItem) -> SubscriptionItem:
    known = first.merged_with(None)
    for state in others:
        known = state.merged_with(known)
    return known


def tier_at(now: datetime, *items: SubscriptionItem) -> Tier:
    return PLANS.subscription(items).at(now).tier


def test_a_plan_that_somebody_pays_for_and_that_gives_no_tier_is_unlisted() -> None:
    items = [
        an_item(id="1", plan="gold", charged=True),
        an_item(id="2", plan="silver"),
        an_item(id="3", plan="pro", charged=True),
        an_item(id="4", plan="bronze", charged=True, status=ItemStatus.ENDED),
        an_item(id="5", plan=None),
    ]

    assert PLANS.unlisted(items) == ["gold"]


def test_an_event_without_a_plan_leaves_whether_it_is_paid_for_as_it_was() -> None:
    known = known_after(an_item(plan="gold", charged=True), an_item(plan=None, known_at=NOON + DAY))

    assert (known.plan, known.charged) == ("gold", True)


class TestTier:
    def test_without_items_is_free(self) -> None:
        assert PLANS.subscription([]) == Subscription(Tier.FREE)

    def test_is_paid_while_an_item_of_a_paid_plan_is_active(self) -> None:
        assert PLANS.subscription([an_item(plan="pro")]) == Subscription(Tier.PAID)
        assert PLANS.subscription([an_item(plan="paid")]) == Subscription(Tier.PAID)

    def test_is_paid_for_an_active_item_even_after_its_period(self) -> None:
        renewed_late = an_item(period_end=NOON - DAY)

        assert tier_at(NOON + 365 * DAY, renewed_late) is Tier.PAID

    def test_is_paid_for_a_canceled_item_until_its_period_ends(self) -> None:
        canceled = an_item(status=ItemStatus.CANCELED, period_end=NOON)

        assert tier_at(NOON - DAY, canceled) is Tier.PAID
        assert tier_at(NOON, canceled) is Tier.FREE

    def test_is_free_for_a_canceled_item_without_a_period_end(self) -> None:
        assert tier_at(NOON, an_item(status=ItemStatus.CANCELED, period_end=None)) is Tier.FREE

    def test_is_paid_within_the_grace_days_of_the_first_failure(self) -> None:
        past_due = an_item(
            status=ItemStatus.PAST_DUE, failures=frozenset({NOON}), known_at=NOON + 3 * DAY
        )

        assert tier_at(NOON + 7 * DAY - datetime.resolution, past_due) is Tier.PAID
        assert tier_at(NOON + 7 * DAY, past_due) is Tier.FREE

    def test_counts_grace_from_the_event_where_the_first_failure_is_unknown(self) -> None:
        past_due = an_item(status=ItemStatus.PAST_DUE, known_at=NOON)

        assert PLANS.subscription([past_due]).expires_at == NOON + 7 * DAY

    def test_without_grace_is_free_from_the_first_failure(self) -> None:
        strict = Plans(frozenset({"pro"}), grace=timedelta(0))
        past_due = an_item(status=ItemStatus.PAST_DUE, failures=frozenset({NOON}))

        assert strict.subscription([past_due]).at(NOON).tier is Tier.FREE

    @pytest.mark.parametrize("status", GRANTS_NOTHING)
    def test_is_not_granted_by(self, status: ItemStatus) -> None:
        item = an_item(status=status, period_end=NOON + DAY, failures=frozenset({NOON}))

        assert tier_at(NOON, item) is Tier.FREE

    def test_carries_the_instant_it_ends(self) -> None:
        items = [
            an_item(id="item_1", status=ItemStatus.CANCELED, period_end=NOON + DAY),
            an_item(id="item_2", status=ItemStatus.CANCELED, period_end=NOON + 9 * DAY),
        ]

        assert PLANS.subscription(items) == Subscription(Tier.PAID, NOON + 9 * DAY)

    def test_has_no_end_while_anything_is_active(self) -> None:
        items = [
            an_item(id="item_1"),
            an_item(id="item_2", status=ItemStatus.CANCELED, period_end=NOON + DAY),
        ]

        assert PLANS.subscription(items) == Subscription(Tier.PAID)

    @given(st.lists(ITEMS, max_size=4), INSTANTS)
    def test_is_never_paid_on_a_free_or_unknown_plan(
        self, items: list[SubscriptionItem], now: datetime
    ) -> None:
        unpaid = [item for item in items if item.plan not in {"pro", "paid"}]

        assert PLANS.subscription(unpaid) == Subscription(Tier.FREE)
        assert tier_at(now, *items) is tier_at(now, *(set(items) - set(unpaid)))

    @given(st.lists(ITEMS, max_size=4), INSTANTS, INSTANTS)
    def test_once_lapsed_stays_lapsed_without_events(
        self, items: list[SubscriptionItem], one: datetime, other: datetime
    ) -> None:
        earlier, later = sorted([one, other])

        assert not (tier_at(earlier, *items) is Tier.FREE and tier_at(later, *items) is Tier.PAID)

    @given(st.lists(ITEMS, max_size=4).flatmap(two_orders))
    def test_does_not_depend_on_the_order_of_items(
        self, orders: tuple[list[SubscriptionItem], list[SubscriptionItem]]
    ) -> None:
        one, other = orders

        assert PLANS.subscription(one) == PLANS.subscription(other)

    @given(st.lists(ITEMS, max_size=4), ITEMS, INSTANTS)
    def test_is_never_lowered_by_one_more_item(
        self, items: list[SubscriptionItem], more: SubscriptionItem, now: datetime
    ) -> None:
        if tier_at(now, *items) is Tier.PAID:
            assert tier_at(now, *items, more) is Tier.PAID


class TestJoining:
    def test_the_state_of_an_item_is_the_one_known_last(self) -> None:
        earlier = an_item(status=ItemStatus.ENDED, known_at=NOON - DAY)
        later = an_item(status=ItemStatus.ACTIVE, known_at=NOON)

        assert earlier.merged_with(later) == later
        assert later.merged_with(earlier) == later
        assert later.merged_with(None) == later

    @given(st.lists(STATES, min_size=1, max_size=5).flatmap(two_arrivals))
    def test_the_result_does_not_depend_on_order_or_duplicates(
        self, orders: tuple[list[SubscriptionItem], list[SubscriptionItem]]
    ) -> None:
        one, other = (known_after(*states) for states in orders)

        assert one == other
        assert one.known_at == max(state.known_at for state in orders[0])

    @given(
        st.dictionaries(INSTANTS, st.sampled_from(ItemStatus), min_size=1, max_size=8).flatmap(
            lambda reported: st.tuples(st.just(reported), st.permutations(list(reported)))
        )
    )
    def test_grace_counts_from_the_first_failure_after_the_last_payment_that_worked(
        self, reported: tuple[dict[datetime, ItemStatus], list[datetime]]
    ) -> None:
        statuses, arrival = reported
        states = [an_item(status=statuses[at], known_at=at) for at in arrival]
        first_failure = None
        for at in sorted(statuses):
            if statuses[at] is not ItemStatus.PAST_DUE:
                first_failure = None
            elif first_failure is None:
                first_failure = at

        known = known_after(*states)

        if known.status is ItemStatus.PAST_DUE:
            assert first_failure is not None
            assert known.paid_until(PLANS.grace) == first_failure + PLANS.grace
        else:
            assert first_failure is None

    def test_a_failure_before_a_successful_payment_does_not_count(self) -> None:
        failed = an_item(status=ItemStatus.PAST_DUE, known_at=NOON)
        settled = an_item(status=ItemStatus.ACTIVE, known_at=NOON + DAY)
        again = an_item(status=ItemStatus.PAST_DUE, known_at=NOON + 2 * DAY)

        known = known_after(again, failed, settled)

        assert known.paid_until(PLANS.grace) == NOON + 2 * DAY + PLANS.grace


class TestCorrecting:
    @given(STATES, STATES)
    def test_a_correction_always_counts(
        self, known: SubscriptionItem, truth: SubscriptionItem
    ) -> None:
        corrected = truth.superseding(known)

        again = corrected.merged_with(known)
        assert again.plan == (truth.plan or known.plan)
        assert again.status == truth.status
        assert again.period_end == truth.period_end

    def test_a_correct_item_is_left_unchanged(self) -> None:
        assert an_item().superseding(an_item()) == an_item()
        assert an_item().superseding(None) == an_item()
