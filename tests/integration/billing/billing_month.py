"""A month of many subscription lifecycles as webhook deliveries: some repeated, all shuffled."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from tests.integration.billing.histories import History
from tests.integration.billing.subscription_lifecycles import Addresses, SubscriptionLifecycle
from tests.support.builders.clerk_users import Event

OTHER_EVENTS: Final = ("session.created", "session.pending", "sms.created", "email.created")
GAP: Final = 21
"""The most days between two events of one user."""
REPEATED: Final = 5
"""One of that many deliveries comes a second time."""


@dataclass(frozen=True)
class Delivery:
    svix_id: str
    event: Event

    @property
    def is_about_our_users(self) -> bool:
        """Whether the event is about a user's account or a subscription of their own."""
        kind: str = self.event["type"]
        if kind.startswith("subscription"):
            return not self.event["data"]["payer"]["organization_id"]
        return kind.startswith("user.")


@dataclass(frozen=True)
class Month:
    histories: Sequence[History]
    deliveries: Sequence[Delivery]


def a_month(seed: int, people: int, unknown_payers: int = 5) -> Month:
    """Return a month of that many users, and of payers that only billing events mention."""
    random = Random(seed)  # noqa: S311  lives, no secrets
    addresses = Addresses([])
    lifecycles = [
        SubscriptionLifecycle(f"user_{number}", random, addresses)
        for number in range(people + unknown_payers)
    ]
    for number, lifecycle in enumerate(lifecycles):
        if number < people:
            lifecycle.sign_up()
        _simulate(lifecycle, random, has_profile=number < people)
    events = [event for lifecycle in lifecycles for event in lifecycle.events]
    deliveries = [Delivery(f"msg_{number}", event) for number, event in enumerate(events)]
    for number, again in enumerate(random.sample(deliveries, len(events) // REPEATED)):
        deliveries.append(again if number % 2 else Delivery(f"msg_again_{number}", again.event))
    random.shuffle(deliveries)
    return Month([lifecycle.history for lifecycle in lifecycles], deliveries)


def _simulate(lifecycle: SubscriptionLifecycle, random: Random, *, has_profile: bool) -> None:
    lifecycle.subscribe()
    while not lifecycle.is_over:
        lifecycle.wait(days=GAP)
        lifecycle.other_events(*random.sample(OTHER_EVENTS, random.randint(0, 2)))
        chance = random.random()
        if has_profile and chance < 0.2 and not lifecycle.history.deleted_at:
            random.choice([lifecycle.rename, lifecycle.move, lifecycle.move, lifecycle.delete])()
        elif chance < 0.25:
            lifecycle.pay_for_an_organization()
        else:
            _change_subscription(lifecycle, random)


def _change_subscription(lifecycle: SubscriptionLifecycle, random: Random) -> None:
    if lifecycle.is_overdue:
        random.choice(
            [lifecycle.settle, lifecycle.settle, lifecycle.lose_plan, lifecycle.miss_payment]
        )()
    elif lifecycle.pays:
        random.choice(
            [
                lifecycle.renew,
                lifecycle.cancel,
                lifecycle.miss_payment,
                lifecycle.miss_payment,
                lifecycle.near_trial_end,
            ]
        )()
    else:
        random.choice([lifecycle.upgrade, lifecycle.upgrade, lifecycle.abandon])()
