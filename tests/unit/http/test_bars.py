"""Accounts that Clerk bans or locks: out from the next request on, and back when it is lifted."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import httpx
import pytest

from tests.support.builders.clerk_events import user_updated
from tests.support.builders.instants import MINUTE, NOON
from tests.support.builders.users import ANN, a_user
from tests.support.providers.application import InMemoryApplication
from tests.unit.http.test_webhooks import deliver


async def me(api: InMemoryApplication) -> httpx.Response:
    return await api("GET", "/auth/me")


@pytest.mark.parametrize(
    ("about", "sentence"),
    [
        ({"banned": True}, "This account is banned."),
        ({"locked": True}, "This account is locked."),
        (
            {"locked": True, "lockout_expires_in_seconds": 3600},
            "This account is locked until 2026-01-15 13:00 UTC.",
        ),
        ({"banned": True, "locked": True}, "This account is banned."),
    ],
)
async def test_a_banned_or_locked_account_is_refused_with_the_reason_until_it_is_lifted(
    api: InMemoryApplication, about: dict[str, Any], sentence: str
) -> None:
    before = await me(api)
    await deliver(api, user_updated(**about), "msg_1")

    refused = await me(api)
    lifted = user_updated(at=NOON + MINUTE, banned=False, locked=False)
    await deliver(api, lifted, "msg_2")
    after = await me(api)

    assert (before.status_code, refused.status_code, after.status_code) == (200, 401, 200)
    assert (refused.json()["error"], refused.json()["detail"]) == ("account_inactive", sentence)


async def test_a_lock_that_expires_needs_no_event(api: InMemoryApplication) -> None:
    await deliver(api, user_updated(locked=True, lockout_expires_in_seconds=60))

    refused = await me(api)
    api.clock.advance(timedelta(seconds=60))
    after = await me(api)

    assert (refused.status_code, after.status_code) == (401, 200)


@pytest.mark.parametrize("order", [*permutations(range(3))])
async def test_the_order_of_events_does_not_matter(
    api: InMemoryApplication, order: tuple[int, ...]
) -> None:
    events = [
        user_updated(at=NOON, banned=True),
        user_updated(at=NOON + MINUTE, banned=False),
        user_updated(at=NOON + 2 * MINUTE, first_name="Anna", banned=None, locked=None),
    ]

    for place in order:
        await deliver(api, events[place], f"msg_{place}")

    assert (await me(api)).status_code == 200


async def test_lifting_a_ban_leaves_an_operators_deactivation(api: InMemoryApplication) -> None:
    api.with_users(a_user(is_active=False))

    await deliver(api, user_updated(banned=False))

    assert (await me(api)).status_code == 401


async def test_an_account_banned_before_its_first_request_is_refused_at_once(
    api: InMemoryApplication,
) -> None:
    api.with_users()
    await deliver(api, user_updated(banned=True))

    refused = await me(api)

    user = api.store.user_of(ANN)
    assert user
    assert replace(user, bar=None) != user
    assert (refused.status_code, refused.json()["error"]) == (401, "account_inactive")
