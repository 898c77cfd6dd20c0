"""A server whose clock is ten minutes off: what is dated is refused, with a hint at the clock."""

import time
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from tests.support.builders import signing
from tests.support.builders.clerk_events import user_updated
from tests.support.builders.instants import NOON
from tests.support.builders.session_tokens import a_token
from tests.support.builders.users import ANN, a_user
from tests.support.providers.application import InMemoryApplication

TEN_MINUTES: Final = timedelta(minutes=10)


@pytest.mark.parametrize(
    ("off", "code", "hint"),
    [
        (-TEN_MINUTES, "token_not_active", "check this machine's clock"),
        (TEN_MINUTES, "token_expired", "has expired"),
    ],
)
async def test_a_token_is_refused_and_taken_once_the_clock_is_right(
    api: InMemoryApplication, off: timedelta, code: str, hint: str
) -> None:
    api.with_users(a_user(invite_validated=True))
    unseen = a_token(sub=ANN, sid=f"sess_{code}")
    token = {"Authorization": f"Bearer {unseen}"}

    api.clock.set(NOON + off)
    refused = await api("GET", "/auth/me", headers=token)
    api.clock.set(NOON)
    served = await api("GET", "/auth/me", headers=token)

    assert (refused.status_code, refused.json()["code"]) == (401, code)
    assert hint in refused.json()["detail"]
    assert served.status_code == 200


@pytest.mark.parametrize("off", [-TEN_MINUTES, TEN_MINUTES])
async def test_a_webhook_is_refused_with_a_hint_and_nothing_is_stored(
    api: InMemoryApplication, off: timedelta
) -> None:
    now = datetime.fromtimestamp(time.time(), UTC)
    headers, body = signing.a_webhook(user_updated(), at=now + off)

    answer = await api("POST", "/webhooks/clerk", by=None, headers=headers, content=body)

    assert (answer.status_code, answer.json()["code"]) == (401, "webhook_signature_invalid")
    assert "check this machine's clock" in answer.json()["detail"]
    assert api.store.receipts == {}
