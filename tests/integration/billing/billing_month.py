"""A month of many lives, and the deliveries it comes in: some twice, all in any order."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from tests.integration.billing.histories import History
from tests.integration.billing.subscription_lifecycles import Addresses, Life
from tests.support.builders.clerk_users import Event

NOTICES: Final = ("session.created", "session.ended", "session.removed", "email.created")
GAP: Final = 21
"""At most so many days go by between what happens to somebody."""
REPEATED: Final = 5
"""One of that many deliveries comes a second time."""


@dataclass(frozen=True)
class Delivery:
    svix_id: str
    event: Event

    @property
    def concerns_us(self) -> bool:
        """Tell whether the event is about a person's account, or what they pay for themselves."""
        kind: str = self.event["type"]
        if kind.startswith("subscription"):
            return not self.event["data"]["payer"]["organization_id"]
        return kind.startswith("user.")


@dataclass(frozen=True)
class Month:
    histories: Sequence[History]
    deliveries: Sequence[Delivery]


def a_month(seed: int, people: int, strangers: int = 5) -> Month:
    """Return the month of that many people, and of some who are told of by billing alone."""
    random = Random(seed)  # noqa: S311  lives, no secrets
    addresses = Addresses([])
    lives = [Life(f"user_{number}", random, addresses) for number in range(people + strangers)]
    for number, life in enumerate(lives):
        if number < people:
            life.sign_up()
        _live(life, random, known=number < people)
    events = [event for life in lives for event in life.events]
    deliveries = [Delivery(f"msg_{number}", event) for number, event in enumerate(events)]
    for number, again in enumerate(random.sample(deliveries, len(events) // REPEATED)):
        deliveries.append(again if number % 2 else Delivery(f"msg_again_{number}", again.event))
    random.shuffle(deliveries)
    return Month([life.history for life in lives], deliveries)


def _live(life: Life, random: Random, *, known: bool) -> None:
    life.subscribe()
    while not life.is_over:
        life.wait(days=GAP)
        life.notice(*random.sample(NOTICES, random.randint(0, 2)))
        chance = random.random()
        if known and chance < 0.2 and not life.history.deleted_at:
            random.choice([life.rename, life.move, life.move, life.delete])()
        elif chance < 0.25:
            life.pay_for_an_organization()
        else:
            _do_business(life, random)


def _do_business(life: Life, random: Random) -> None:
    if life.is_overdue:
        random.choice([life.settle, life.settle, life.lose_the_plan, life.miss_a_payment])()
    elif life.pays:
        random.choice(
            [
                life.renew,
                life.cancel,
                life.miss_a_payment,
                life.miss_a_payment,
                life.near_the_end_of_a_trial,
            ]
        )()
    else:
        random.choice([life.upgrade, life.upgrade, life.abandon])()
