"""Our database and a local Clerk, with differences planted between the two."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from dishka import AsyncContainer

from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.domain.billing import ItemStatus, SubscriptionItem, Subscriptions
from sigmasight.domain.clerk_events.use_cases import ReceiveWebhook
from sigmasight.domain.identity.administration import FindUsers
from sigmasight.domain.kernel import ClerkUserId, Transaction
from sigmasight.domain.reconciliation.drifts import Drift, Progress
from sigmasight.domain.reconciliation.use_cases import Reconcile
from sigmasight.entrypoints.composition import build_container
from sigmasight.entrypoints.local.clerk.instance import Instance
from sigmasight.entrypoints.local.clerk.signing import SECRET_KEY
from sigmasight.entrypoints.local.clerk.state import Account, EmailAddress, Item
from sigmasight.settings import Settings
from tests.support.builders import signing
from tests.support.builders.clerk_users import EPOCH, Event, Person

FAR: Final = 4_102_444_800_000
"""The year 2100 in milliseconds: the end of a period that no test reaches."""


def settings_with(dsn: str, clerk_url: str, **changes: Any) -> Settings:
    return Settings.load(
        **{
            "database_url": dsn,
            "clerk_issuer": signing.ISSUER,
            "clerk_jwt_key": signing.pem(),
            "clerk_webhook_secret": signing.SECRET,
            "clerk_api_url": f"{clerk_url}/v1",
            "clerk_secret_key": SECRET_KEY,
            **changes,
        }
    )


def add_accounts(clerk: Instance, *people: Person, at: int = EPOCH) -> None:
    """Add accounts to Clerk, without subscriptions."""
    for place, person in enumerate(people):
        address = EmailAddress(f"idn_{person.id}", person.email, person.verified)
        clerk.state.accounts[person.id] = Account(
            person.id, at + place, at, [address], address.id, person.first_name, person.last_name
        )


def add_subscription(
    clerk: Instance, person: Person, status: str = "active", **changes: Any
) -> Item:
    """Add a subscription item to an account at Clerk."""
    about = {"plan": "pro", "created_at": EPOCH, "updated_at": EPOCH, **changes}
    item = Item(about.pop("id", f"csi_{person.id}"), person.id, status=status, **about)
    return clerk.add_item(item)


@dataclass(frozen=True)
class Reconciler:
    """The use cases of an operator, wired to the local Clerk."""

    container: AsyncContainer

    @classmethod
    def opened(cls, dsn: str, clerk_url: str, **changes: Any) -> "Reconciler":
        return cls(build_container(settings_with(dsn, clerk_url, **changes)))

    async def deliver(self, *events: Event) -> None:
        """Deliver webhooks, each under an id of its own."""
        for event in events:
            headers, body = signing.a_webhook(event, svix_id=f"msg_{id(event)}")
            async with self.container() as scope:
                receive = await scope.get(ReceiveWebhook)
                _ = await receive(headers, body)

    async def reconcile(self, *, dry_run: bool = False, after: str | None = None) -> list[Drift]:
        parts = await self.progress(dry_run=dry_run, after=after)
        return [drift for progress in parts for drift in progress.drifts]

    async def progress(
        self, *, dry_run: bool = False, after: str | None = None
    ) -> Sequence[Progress]:
        async with self.container() as scope:
            reconcile = await scope.get(Reconcile)
            return [part async for part in reconcile(dry_run=dry_run, after=after)]

    async def reconcile_one(self, person: Person, *, dry_run: bool = False) -> Sequence[Drift]:
        async with self.container() as scope:
            reconcile = await scope.get(Reconcile)
            return await reconcile.one(ClerkUserId(person.id), dry_run=dry_run)

    async def store_item(
        self,
        person: Person,
        known_at: datetime,
        status: ItemStatus = ItemStatus.ACTIVE,
        **more: Any,
    ) -> None:
        """Store an item of a user, as an event would have."""
        item = SubscriptionItem(
            id=more.pop("id", f"csi_{person.id}"),
            plan=more.pop("plan", "pro"),
            status=status,
            known_at=known_at,
            **more,
        )
        async with self.container() as scope:
            subscriptions = await scope.get(Subscriptions)
            transaction = await scope.get(Transaction)

            async def put() -> None:
                await subscriptions.put(ClerkUserId(person.id), item)

            await transaction.run(put)

    async def subscription_of(self, person: Person) -> Subscription:
        async with self.container() as scope:
            user = await (await scope.get(FindUsers)).one(person.id)
            return user.subscription


def kinds_and_accounts(drifts: Sequence[Drift]) -> list[tuple[str, str]]:
    return sorted((drift.kind.value, drift.account) for drift in drifts)


PAID: Final = Subscription(Tier.PAID)
FREE: Final = Subscription(Tier.FREE)
