"""POST /webhooks/clerk: its responses, and that it needs no authentication."""

import json
from typing import Any

import httpx
import pytest

from sigmasight.domain.clerk_events.inbox import DeliveryOutcome
from sigmasight.domain.kernel import DatabaseUnavailableError
from tests.support.builders import signing
from tests.support.builders.clerk_events import (
    a_payer,
    an_event,
    an_item,
    subscribed,
    user_created,
    user_deleted,
    user_updated,
)
from tests.support.builders.instants import NOON
from tests.support.builders.users import ANN, a_user
from tests.support.providers.application import InMemoryApplication


async def deliver(api: InMemoryApplication, event: Any, svix_id: str = "msg_1") -> httpx.Response:
    headers, body = signing.a_webhook(event, svix_id=svix_id)
    return await api("POST", "/webhooks/clerk", by=None, headers=headers, content=body)


async def test_a_signed_event_is_received_and_takes_effect(api: InMemoryApplication) -> None:
    api.with_users()

    answer = await deliver(api, user_created())

    assert answer.status_code == 200
    assert answer.json() == {"status": "received", "type": "user.created"}
    assert api.store.user_of(ANN) is not None


async def test_a_second_delivery_of_one_id_is_a_duplicate(api: InMemoryApplication) -> None:
    await deliver(api, subscribed())

    answer = await deliver(api, subscribed())

    assert answer.status_code == 200
    assert answer.json() == {"status": "duplicate", "type": "subscription.created"}
    assert len(api.store.receipts) == 1


async def test_an_unknown_type_is_ignored(api: InMemoryApplication) -> None:
    answer = await deliver(api, an_event("session.created", {"id": "sess_1"}))

    assert answer.status_code == 200
    assert answer.json() == {"status": "ignored", "type": "session.created"}


@pytest.mark.parametrize("event", [b"not json", b"[]", an_event("user.created", {})])
async def test_a_signed_event_that_is_unusable_has_failed_loudly_and_answers_200(
    api: InMemoryApplication, event: bytes
) -> None:
    answer = await deliver(api, event)

    assert answer.status_code == 200
    assert answer.json()["status"] == "failed"
    assert [receipt.outcome for receipt in api.monitor.receipts] == [DeliveryOutcome.FAILED]


async def test_the_raw_bytes_are_verified_and_stored(api: InMemoryApplication) -> None:
    spaced = b'  { "type" :\t"session.created", "data": {"a": 1.0, "a": 2} }\n'

    answer = await deliver(api, spaced)

    assert answer.status_code == 200
    assert api.store.receipts["msg_1"].delivery.body == spaced


async def test_the_same_event_written_otherwise_is_refused(api: InMemoryApplication) -> None:
    headers, body = signing.a_webhook({"type": "user.created", "data": {}})
    rewritten = json.dumps(json.loads(body), indent=1).encode()

    answer = await api("POST", "/webhooks/clerk", by=None, headers=headers, content=rewritten)

    assert (answer.status_code, answer.json()["error"]) == (401, "webhook_signature_invalid")
    assert api.store.receipts == {}


async def test_a_session_token_does_not_replace_a_signature(api: InMemoryApplication) -> None:
    answer = await api("POST", "/webhooks/clerk", content=user_deleted())

    assert (answer.status_code, answer.json()["error"]) == (401, "webhook_signature_invalid")
    assert api.store.users[a_user().id].is_active


async def test_any_content_type_is_accepted(api: InMemoryApplication) -> None:
    headers, body = signing.a_webhook(user_created())
    headers["Content-Type"] = "text/plain"

    answer = await api("POST", "/webhooks/clerk", by=None, headers=headers, content=body)

    assert answer.json()["status"] == "received"


async def test_a_body_of_256_kb_is_accepted(api: InMemoryApplication) -> None:
    event = json.loads(an_event("session.created", {"pad": ""}))
    event["data"]["pad"] = "x" * (256 * 1024 - len(json.dumps(event)))

    answer = await deliver(api, event)

    assert answer.json()["status"] == "ignored"


async def test_while_the_database_is_down_clerk_gets_a_retryable_error(
    api: InMemoryApplication,
) -> None:
    api.fail_with(DatabaseUnavailableError())
    refused = await deliver(api, user_created())
    api.fail_with(None)
    retried = await deliver(api, user_created())

    assert (refused.status_code, refused.json()["error"]) == (503, "database_unavailable")
    assert retried.json()["status"] == "received"


async def test_an_account_deleted_by_webhook_is_signed_out_on_the_next_request(
    api: InMemoryApplication,
) -> None:
    before = await api("GET", "/auth/me")
    await deliver(api, user_deleted(at=NOON))
    after = await api("GET", "/auth/me")

    assert before.status_code == 200
    assert (after.status_code, after.json()["error"]) == (401, "account_inactive")


async def test_a_lone_surrogate_in_any_member_leaves_an_event_readable(
    api: InMemoryApplication,
) -> None:
    api.with_users()
    odd = user_created(bio="@").replace(b'"@"', rb'"\ud83d \\ud800 \ud83d\ude00 \udc00"')

    answer = await deliver(api, odd)

    assert answer.json() == {"status": "received", "type": "user.created"}
    assert api.store.user_of(ANN) is not None


@pytest.mark.parametrize("mark", ["\x1b[31m", "\x9b", "\u202e", "\u200b", "\u2066", "\ufeff"])
async def test_marks_that_a_terminal_obeys_are_no_part_of_a_name_or_address(
    api: InMemoryApplication, mark: str
) -> None:
    await deliver(api, user_updated(first_name=f"A{mark}n", email=f"a{mark}n@example.com"))

    user = api.store.user_of(ANN)
    assert user
    assert mark not in f"{user.full_name} {user.email}"
    assert mark[0] not in f"{user.full_name} {user.email}"


@pytest.mark.parametrize(
    ("plan", "amount", "status", "is_unlisted"),
    [
        ("gold", 2000, "active", True),
        ("gold", {"amount": 2000, "currency": "USD"}, "active", True),
        ("gold", 0, "active", False),
        ("gold", None, "active", False),
        ("gold", 2000, "canceled", False),
        ("pro", 2000, "active", False),
    ],
)
async def test_a_paid_plan_that_is_not_listed_is_loud(
    api: InMemoryApplication, plan: str, amount: Any, status: str, *, is_unlisted: bool
) -> None:
    api.monitor.unlisted_plans.clear()
    item = an_item(status, plan=plan, payer=a_payer())
    item["plan"]["amount"] = amount

    answer = await deliver(api, an_event(f"subscriptionItem.{status}", item))

    assert answer.json()["status"] == "received"
    assert api.monitor.unlisted_plans == ([(plan, ANN)] if is_unlisted else [])
