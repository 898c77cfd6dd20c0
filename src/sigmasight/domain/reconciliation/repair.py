"""One account brought in line with what Clerk has just said of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sigmasight.domain.billing import ItemStatus, Plans, SubscriptionItem, Subscriptions
from sigmasight.domain.identity.provisioning import Settlement, Unsettled
from sigmasight.domain.identity.users import ClerkAccounts, Profile, User, Users
from sigmasight.domain.kernel import ClerkUserId, Transaction, atomic

Items = Sequence[SubscriptionItem]


@dataclass(frozen=True, slots=True)
class Repair:
    """Brings one account in line with what Clerk has just said of it.

    What we knew when Clerk was asked is older than its answer, whatever the times say. So the
    answer replaces it, unless a webhook has told us more since: then Clerk is asked again.
    """

    users: Users
    accounts: ClerkAccounts
    subscriptions: Subscriptions
    settlement: Settlement
    plans: Plans
    transaction: Transaction

    @atomic
    async def known(self, account: ClerkUserId) -> Items:
        return await self.subscriptions.items(account)

    @atomic
    async def __call__(
        self, account: ClerkUserId, told: Profile, truth: Items, known: Items
    ) -> User | Unsettled | None:
        """Return the user as they are now; None where more is known than was."""
        before = await self.accounts.lock(account)
        if await self.subscriptions.items(account) != known:
            return None
        ours = {item.id: item for item in known}
        for item in (*truth, *_withdrawn(truth, known)):
            corrected = item.corrected(ours.get(item.id))
            if corrected != ours.get(item.id):
                await self.subscriptions.put(account, corrected)
        learnt = before.learn(told)
        await self.accounts.put(learnt)
        user = await self.settlement(learnt)
        expected = self.plans.subscription(truth)
        if isinstance(user, User) and user.subscription != expected:
            user = replace(user, subscription=expected)
            await self.users.put(user)
        return user


def _withdrawn(truth: Items, known: Items) -> Items:
    """Return as ended what we took for granted and Clerk no longer lists."""
    listed = {item.id for item in truth}
    return [
        replace(item, status=ItemStatus.ENDED, failures=frozenset(), settled_at=None)
        for item in known
        if item.id not in listed and item.status is not ItemStatus.ENDED
    ]


def completed(truth: Items, known: Items) -> Items:
    """Add to overdue items when they first failed, where we know that and Clerk does not say."""
    ours = {item.id: item for item in known}
    return [
        item.joined(ours.get(item.id))
        if item.status is ItemStatus.PAST_DUE and not item.failures
        else item
        for item in truth
    ]
