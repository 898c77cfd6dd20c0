"""Subscription lifecycles over a month, generated from a seed, with Clerk's events."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.integration.billing.clerk_payloads import MILLISECONDS, SECONDS, ClerkPayloads
from tests.integration.billing.histories import BEGINNING, END, History, Item, Profile
from tests.support.builders.clerk_users import Event


@dataclass
class Addresses:
    """Email addresses that users have given up, for others to use."""

    released: list[tuple[datetime, str]]

    def release(self, email: str, at: datetime) -> None:
        self.released.append((at, email))

    def claim(self, own: str, at: datetime) -> str:
        """Return one that was left before that instant, else the person's own."""
        for number, (left_at, email) in enumerate(self.released):
            if left_at < at:
                del self.released[number]
                return email
        return own


class SubscriptionLifecycle:
    """One person's month, moving on with each thing that happens to them."""

    def __init__(self, user_id: str, random: Random, addresses: Addresses) -> None:
        self.history = History(user_id)
        self.events: list[Event] = []
        self._random = random
        self._addresses = addresses
        self._now = BEGINNING + timedelta(seconds=random.randrange(4 * 86_400))
        self._items: dict[str, Item] = {}
        self._plan: str | None = None
        self._overdue_since: datetime | None = None

    @property
    def pays(self) -> bool:
        return self._plan is not None and self._items[self._plan].status == "active"

    @property
    def is_overdue(self) -> bool:
        return self._overdue_since is not None

    @property
    def is_over(self) -> bool:
        return self._now > END - timedelta(days=1)

    def sign_up(self) -> None:
        self._change_profile(
            "created",
            email=self._addresses.claim(f"{self.history.user_id}@example.com", self._advance()),
            first_name=self._random.choice(["Ann", "Ben", "Zoë", None]),
            last_name=self._random.choice(["Example", "Sample", None]),
        )

    def subscribe(self) -> None:
        """Start on the free plan, as Clerk does for every new user."""
        self._change("free", "active", plan="free_user")
        self._emit_subscription("created")

    def rename(self) -> None:
        self._change_profile("updated", first_name=self._random.choice(["Anna", "Bob", "Łukasz"]))

    def move(self) -> None:
        before = self.history.profiles[-1].email
        own = f"{self.history.user_id}.{len(self.history.profiles)}@example.com"
        self._change_profile("updated", email=self._addresses.claim(own, self._advance()))
        self._addresses.release(before, self._now)

    def delete(self) -> None:
        self.history.deleted_at = self._advance()
        self.events.append(self._payloads().deleted(self._now))
        self._addresses.release(self.history.profiles[-1].email, self._now)

    def upgrade(self) -> None:
        plan = self._random.choice(["pro", "pro", "pro", "pro_user", "paid", "free_team", None])
        self._plan = f"{plan}_{len(self._items)}"
        if self._random.random() < 0.4:
            self._emit("incomplete", self._change(self._plan, "incomplete", plan=plan))
        self._emit("active", self._change(self._plan, "active", plan=plan, days=30))
        self._emit("ended", self._change("free", "ended", plan="free_user"))
        self._emit_subscription("updated", "active")
        self.other_events("paymentAttempt.created", "paymentAttempt.updated")

    def abandon(self) -> None:
        """Start a purchase and abandon it."""
        key = f"abandoned_{len(self._items)}"
        self._emit("incomplete", self._change(key, "incomplete", plan="pro"))
        self._emit("abandoned", self._change(key, "abandoned", plan="pro"))

    def renew(self) -> None:
        self._change_plan("active", "updated", days=30)
        self.other_events("paymentAttempt.updated")

    def near_trial_end(self) -> None:
        self._change_plan("active", "freeTrialEnding")

    def cancel(self) -> None:
        """Stop paying: the plan stays until the period ends, within the month or after it."""
        self._change_plan("canceled", "canceled", days=self._random.choice([1, 3, 10, 25, 40]))
        self._emit("upcoming", self._change("free", "upcoming", plan="free_user"))
        self._emit_subscription("updated")

    def miss_payment(self) -> None:
        for attempt in range(self._random.randint(1, 3)):
            self.wait(days=3)
            self._change_plan("past_due", "pastDue")
            self._overdue_since = self._overdue_since or self._now
            if attempt != 1:
                self._emit_subscription("pastDue")
            self.other_events("paymentAttempt.updated")

    def settle(self) -> None:
        self._overdue_since = None
        self._change_plan("active", self._random.choice(["active", "updated"]), days=30)
        self._emit_subscription("active")

    def lose_plan(self) -> None:
        self._overdue_since = None
        self._change_plan("ended", "ended")
        self._emit("active", self._change("free", "active", plan="free_user"))
        self._emit_subscription("updated")

    def pay_for_an_organization(self) -> None:
        """Have an organisation pay for its own plan; the person is only who clicked."""
        organization = f"org_{self.history.user_id}"
        item = Item(id=f"item_{organization}", at=self._advance(), status="active", plan="pro")
        payloads = self._payloads(organization)
        self.events += [
            payloads.item("active", item),
            payloads.subscription("active", [item], item.at),
        ]

    def other_events(self, *kinds: str) -> None:
        """Emit events of types that are ignored."""
        for kind in kinds:
            about = {"id": f"{kind}_{len(self.events)}", "user_id": self.history.user_id}
            self.events.append(self._payloads().event(kind, about, self._advance()))

    def wait(self, days: int) -> None:
        """Let up to that many days go by."""
        self._now += timedelta(seconds=self._random.randrange(days * 86_400))

    def _advance(self) -> datetime:
        """Let a while go by: no two things happen to one person at the same instant."""
        self._now += timedelta(seconds=self._random.randint(1, 4_000))
        return self._now

    def _change_profile(self, kind: str, **changes: Any) -> None:
        last = self.history.profiles[-1:]
        at = self._advance()
        profile = replace(last[0], at=at, **changes) if last else Profile(at=at, **changes)
        self.history.profiles.append(profile)
        self.events.append(self._payloads().user(kind, profile))

    def _change_plan(self, status: str, kind: str, days: int | None = None) -> None:
        """Have something happen to the plan that is paid for."""
        if self._plan:
            plan = self._items[self._plan].plan
            self._emit(kind, self._change(self._plan, status, plan=plan, days=days))

    def _change(self, key: str, status: str, *, plan: str | None, days: int | None = None) -> Item:
        at = self._advance()
        item = Item(
            id=f"item_{self.history.user_id}_{key}",
            at=at,
            status=status,
            plan=plan,
            period_end=None if days is None else at + timedelta(days=days),
        )
        self._items[key] = item
        self.history.items.append(item)
        return item

    def _emit(self, kind: str, item: Item) -> None:
        self.events.append(self._payloads().item(kind, item))

    def _emit_subscription(self, *kinds: str) -> None:
        items: Sequence[Item] = list(self._items.values())
        for kind in kinds:
            self.events.append(
                self._payloads().subscription(kind, items, self._now, self._overdue_since)
            )

    def _payloads(self, organization: str = "") -> ClerkPayloads:
        unit = self._random.choice([MILLISECONDS, MILLISECONDS, SECONDS])
        return ClerkPayloads(self.history.user_id, unit, organization)
