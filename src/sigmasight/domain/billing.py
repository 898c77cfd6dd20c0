"""Subscription items as Clerk Billing knows them, and the tier they add up to."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.domain.kernel import ClerkUserId

FOREVER: Final = datetime.max.replace(tzinfo=UTC)
NEVER: Final = datetime.min.replace(tzinfo=UTC)
FLAT_ITEM: Final = "flat"
"""The original system's events have one subscription a user, stored as an item of this id."""


class ItemStatus(StrEnum):
    """Clerk's statuses of a subscription item; one not named in `paid_until` grants nothing."""

    ACTIVE = "active"
    CANCELED = "canceled"
    PAST_DUE = "past_due"
    UPCOMING = "upcoming"
    INCOMPLETE = "incomplete"
    ABANDONED = "abandoned"
    ENDED = "ended"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionItem:
    """One plan of a subscription, as of an instant.

    States of one item are `joined`; the result does not depend on the order of arrival.
    """

    id: str
    plan: str | None
    status: ItemStatus
    known_at: datetime
    period_end: datetime | None = None
    failures: frozenset[datetime] = frozenset()
    """Further instants at which a payment was overdue and has not been settled since."""
    settled_at: datetime | None = None
    """When it was last not overdue, if that is not `known_at`."""
    plan_known_at: datetime | None = None
    """When its plan was last named, if that is not `known_at`."""
    charged: bool = False
    """Whether the plan, as last named, costs something."""

    def merged_with(self, other: "SubscriptionItem | None") -> "SubscriptionItem":
        """Return the later of two states of one item, with the payment facts of both.

        A state without a plan leaves the plan as it was.
        """
        other = other or self
        newest = max(self, other, key=_precedence)
        plan_known_at, plan, charged = max(_named_plan(self), _named_plan(other))
        settled_at = max(filter(None, (self.paid_up_at, other.paid_up_at)), default=None)
        return replace(
            newest,
            plan=plan or None,
            charged=charged,
            plan_known_at=plan_known_at if plan and plan_known_at != newest.known_at else None,
            failures=frozenset(
                at
                for at in (self.overdue_at | other.overdue_at) - {newest.known_at}
                if settled_at is None or at > settled_at
            ),
            settled_at=settled_at if newest.status is ItemStatus.PAST_DUE else None,
        )

    def superseding(self, known: "SubscriptionItem | None") -> "SubscriptionItem":
        """Return this state as authoritative, regardless of earlier ones."""
        if known is None:
            return self
        stated = self if self.plan else replace(self, plan=known.plan, charged=known.charged)
        if replace(known, plan_known_at=None) == stated:
            return known
        return replace(stated, known_at=max(self.known_at, known.known_at + datetime.resolution))

    def paid_until(self, grace: timedelta) -> datetime | None:
        """Return when the item stops granting its plan: FOREVER if active, None if it never did."""
        match self.status:
            case ItemStatus.ACTIVE:
                return FOREVER
            case ItemStatus.CANCELED:
                return self.period_end
            case ItemStatus.PAST_DUE:
                return min(self.overdue_at) + grace
            case _:
                return None

    @property
    def overdue_at(self) -> frozenset[datetime]:
        """When it was overdue, the latest state's instant included."""
        if self.status is ItemStatus.PAST_DUE:
            return self.failures | {self.known_at}
        return self.failures

    @property
    def paid_up_at(self) -> datetime | None:
        """When last nothing was overdue."""
        return self.settled_at if self.status is ItemStatus.PAST_DUE else self.known_at


def _named_plan(item: SubscriptionItem) -> tuple[datetime, str, bool]:
    """Return when the item's plan was last named, the plan, and whether it costs something."""
    if not item.plan:
        return NEVER, "", False
    return item.plan_known_at or item.known_at, item.plan, item.charged


def _precedence(item: SubscriptionItem) -> tuple[datetime, str, str, datetime]:
    """Order states of one item by time; equal times by content, so that arrival never decides."""
    named = "" if item.plan is None or item.plan_known_at else item.plan
    return item.known_at, item.status, named, item.period_end or FOREVER


@dataclass(frozen=True, slots=True)
class Plans:
    """Which plans are paid, and the grace period of an overdue payment."""

    paid: frozenset[str]
    grace: timedelta

    def subscription(self, items: Iterable[SubscriptionItem]) -> Subscription:
        """Return the subscription of these items; its `at` gives the tier at an instant."""
        ends = [
            end
            for item in items
            if item.plan in self.paid and (end := item.paid_until(self.grace)) is not None
        ]
        if not ends:
            return Subscription()
        last = max(ends)
        return Subscription(Tier.PAID, None if last == FOREVER else last)

    def unlisted(self, items: Iterable[SubscriptionItem]) -> Sequence[str]:
        """Return the plans that somebody pays for now, and that give no paid tier."""
        plans = {
            item.plan
            for item in items
            if item.plan and item.charged and item.status is ItemStatus.ACTIVE
        }
        return sorted(plans - self.paid)


class Subscriptions(Protocol):
    """Every subscription item received from Clerk, whether its user exists yet or not."""

    @abstractmethod
    async def items(self, account: ClerkUserId) -> Sequence[SubscriptionItem]:
        """Return the account's items, each in its latest known state."""

    @abstractmethod
    async def put(self, account: ClerkUserId, item: SubscriptionItem) -> None:
        """Store an item, replacing its earlier state."""


class BillingRecords(Protocol):
    """Subscriptions as Clerk Billing has them now, for operators' commands.

    Everything here raises IdentityProviderUnavailableError when it does not answer, and
    IdentityProviderClosedError without a secret key.
    """

    @abstractmethod
    async def items_of(self, account: ClerkUserId) -> Sequence[SubscriptionItem]:
        """Return the items of an account's subscription, if any."""

    @abstractmethod
    def pages(self) -> AsyncIterator[Mapping[ClerkUserId, Sequence[SubscriptionItem]]]:
        """Iterate over all users' items, each once, without those of organisations.

        The order is undefined, and one user's items may be on several pages.
        """

    @abstractmethod
    async def charged_plans(self) -> Collection[str]:
        """Return the plans for users that cost something."""


@dataclass(frozen=True, slots=True)
class FindUnlistedPlans:
    """Compare the plans on sale at Clerk with those that give the paid tier."""

    records: BillingRecords
    plans: Plans

    async def __call__(self) -> Sequence[str]:
        """Return the plans that cost something and give no paid tier."""
        return sorted(set(await self.records.charged_plans()) - self.plans.paid)
