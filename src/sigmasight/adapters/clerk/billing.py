"""Clerk Billing's subscriptions: one user's, and all of them page by page."""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from http import HTTPStatus
from typing import Final, TypeVar

import msgspec

from sigmasight.adapters.clerk.client import (
    BATCH,
    ClerkClient,
    ClerkRequest,
    build_path,
    translate_decode_errors,
)
from sigmasight.adapters.clerk.schemas import ClerkItem, Plan
from sigmasight.domain.billing import BillingRecords, SubscriptionItem
from sigmasight.domain.identity.sessions import IdentityProviderUnavailableError
from sigmasight.domain.kernel import ClerkUserId, Clock

P = TypeVar("P")
PAGE: Final = 500
BILLING_DISABLED_STATUSES: Final[Collection[int]] = frozenset(
    {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY}
)
"""What Clerk answers where Billing is not enabled."""


class _Subscription(msgspec.Struct):
    """Webhooks call the same list `items`."""

    subscription_items: list[ClerkItem] | None = None
    items: list[ClerkItem] | None = None
    past_due_at: float | None = None


class _Page(msgspec.Struct):
    data: list[ClerkItem]
    total_count: int | None = None


class _Plans(msgspec.Struct):
    data: list[Plan]
    total_count: int | None = None


class ClerkBilling(BillingRecords):
    """An item without a time of its last change counts as of the request."""

    def __init__(self, client: ClerkClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    async def items_of(self, account: ClerkUserId) -> Sequence[SubscriptionItem]:
        requested_at = self._clock.now()
        answer = await self._client.send(
            ClerkRequest(
                "GET",
                build_path("users", account, "billing", "subscription"),
                BATCH,
                expected_statuses=[HTTPStatus.NOT_FOUND],
            )
        )
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return []
        with translate_decode_errors():
            subscription = msgspec.json.decode(answer.content, type=_Subscription)
            items = subscription.subscription_items or subscription.items or ()
            return [item.item(requested_at, subscription.past_due_at) for item in items]

    async def pages(self) -> AsyncIterator[Mapping[ClerkUserId, Sequence[SubscriptionItem]]]:
        seen: set[str] = set()
        offset = 0
        while True:
            requested_at = self._clock.now()
            page = await self._page(offset)
            fresh = [item for item in page.data if item.id not in seen]
            if page.data and not fresh:
                raise IdentityProviderUnavailableError(
                    "The identity provider repeats the same page of its subscriptions."
                )
            seen.update(item.id for item in fresh)
            with translate_decode_errors():
                items = defaultdict[ClerkUserId, list[SubscriptionItem]](list)
                for item in fresh:
                    if item.payer_user_id:
                        items[ClerkUserId(item.payer_user_id)].append(item.item(requested_at))
            if items:
                yield items
            offset += len(page.data)
            if _is_last(page, offset):
                return

    async def charged_plans(self) -> Collection[str]:
        plans: list[Plan] = []
        while True:
            page = await self._list("plans", _Plans, len(plans))
            plans += page.data
            if _is_last(page, len(plans)):
                return {plan.slug for plan in plans if plan.slug and plan.is_charged}

    async def _page(self, offset: int) -> _Page:
        return await self._list("subscription_items", _Page, offset, ("include_free", "true"))

    async def _list(self, resource: str, kind: type[P], offset: int, *more: tuple[str, str]) -> P:
        """Return a page of what Clerk Billing has of users."""
        query = [("payer_type", "user"), *more, ("limit", str(PAGE)), ("offset", str(offset))]
        answer = await self._client.send(
            ClerkRequest(
                "GET",
                build_path("billing", resource),
                BATCH,
                query=query,
                expected_statuses=BILLING_DISABLED_STATUSES,
            )
        )
        if answer.is_error:
            raise IdentityProviderUnavailableError(
                "Clerk Billing seems not to be enabled: Clerk answered"
                f" with status {answer.status_code}."
            )
        with translate_decode_errors():
            return msgspec.json.decode(answer.content, type=kind)


def _is_last(page: _Page | _Plans, offset: int) -> bool:
    if not page.data:
        return True
    return len(page.data) < PAGE if page.total_count is None else offset >= page.total_count
