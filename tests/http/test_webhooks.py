"""POST /webhooks/clerk: what it answers, and that it asks nobody who they are."""

import json
from typing import Any

import httpx
import pytest

from sigmasight.domain.clerk_events.inbox import DeliveryOutcome
from sigmasight.domain.kernel import DatabaseUnavailableError
from tests import signing
from tests.http.world import World
from tests.unit.clerk_says import an_event, subscribed, user_created, user_deleted
from tests.unit.examples import ANN, NOON, a_user


async def deliver(world: World, event: Any, svix_id: str = "msg_1") -> httpx.Response:
    headers, body = signing.a_webhook(event, svix_id=svix_id)
    return await world("POST", "/webhooks/clerk", by=None, headers=headers, content=body)


async def test_a_signed_event_is_received_and_takes_effect(world: World) -> None:
    world.with_users()

    answer = await deliver(world, user_created())

    assert answer.status_code == 200
    assert answer.json() == {"status": "received", "type": "user.created"}
    assert world.memory.user_of(ANN) is not None


async def test_a_second_delivery_of_one_id_is_a_duplicate(world: World) -> None:
    await deliver(world, subscribed())

    answer = await deliver(world, subscribed())

    assert answer.status_code == 200
    assert answer.json() == {"status": "duplicate", "type": "subscription.created"}
    assert len(world.memory.receipts) == 1


async def test_an_unknown_type_is_ignored(world: World) -> None:
    answer = await deliver(world, an_event("session.created", {"id": "sess_1"}))

    assert answer.status_code == 200
    assert answer.json() == {"status": "ignored", "type": "session.created"}


@pytest.mark.parametrize("event", [b"not json", b"[]", an_event("user.created", {})])
async def test_a_signed_event_that_is_unusable_has_failed_loudly_and_answers_200(
    world: World, event: bytes
) -> None:
    answer = await deliver(world, event)

    assert answer.status_code == 200
    assert answer.json()["status"] == "failed"
    assert [receipt.outcome for receipt in world.monitor.receipts] == [DeliveryOutcome.FAILED]


async def test_the_raw_bytes_are_what_is_signed_and_kept(world: World) -> None:
    spaced = b'  { "type" :\t"session.created", "data": {"a": 1.0, "a": 2} }\n'

    answer = await deliver(world, spaced)

    assert answer.status_code == 200
    assert world.memory.receipts["msg_1"].delivery.body == spaced


async def test_the_same_event_written_otherwise_is_refused(world: World) -> None:
    headers, body = signing.a_webhook({"type": "user.created", "data": {}})
    rewritten = json.dumps(json.loads(body), indent=1).encode()

    answer = await world("POST", "/webhooks/clerk", by=None, headers=headers, content=rewritten)

    assert (answer.status_code, answer.json()["error"]) == (401, "webhook_signature_invalid")
    assert world.memory.receipts == {}


async def test_a_session_token_does_not_replace_a_signature(world: World) -> None:
    answer = await world("POST", "/webhooks/clerk", content=user_deleted())

    assert (answer.status_code, answer.json()["error"]) == (401, "webhook_signature_invalid")
    assert world.memory.users[a_user().id].is_active


async def test_any_content_type_is_taken(world: World) -> None:
    headers, body = signing.a_webhook(user_created())
    headers["Content-Type"] = "text/plain"

    answer = await world("POST", "/webhooks/clerk", by=None, headers=headers, content=body)

    assert answer.json()["status"] == "received"


async def test_a_body_of_256_kb_is_taken(world: World) -> None:
    event = json.loads(an_event("session.created", {"pad": ""}))
    event["data"]["pad"] = "x" * (256 * 1024 - len(json.dumps(event)))

    answer = await deliver(world, event)

    assert answer.json()["status"] == "ignored"


async def test_while_the_database_is_down_clerk_is_told_to_come_again(world: World) -> None:
    world.fail_with(DatabaseUnavailableError())
    refused = await deliver(world, user_created())
    world.fail_with(None)
    retried = await deliver(world, user_created())

    assert (refused.status_code, refused.json()["error"]) == (503, "database_unavailable")
    assert retried.json()["status"] == "received"


async def test_an_account_deleted_by_webhook_is_signed_out_on_the_next_request(
    world: World,
) -> None:
    before = await world("GET", "/auth/me")
    await deliver(world, user_deleted(at=NOON))
    after = await world("GET", "/auth/me")

    assert before.status_code == 200
    assert (after.status_code, after.json()["error"]) == (401, "account_inactive")
