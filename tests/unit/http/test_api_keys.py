"""What a user's own tools may do with an API key, and what they may not."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from litestar.routes import HTTPRoute
from structlog.typing import EventDict

from sigmasight.domain.identity.api_keys import new_key_text
from sigmasight.domain.identity.users import Bar, BarKind
from sigmasight.entrypoints.http.guards import Access
from tests.support.builders.clerk_events import an_event
from tests.support.builders.instants import NOON
from tests.support.builders.signing import a_webhook
from tests.support.builders.users import ANN, ANNS_ID, a_user
from tests.support.providers.application import OPERATOR, InMemoryApplication
from tests.unit.http.api_key_requests import KEYS, create, error_of, send
from tests.unit.http.test_routes import CONTRACT

SAVINGS = {"name": "Savings", "account_name": "Broker"}
FOR_SESSIONS = {
    ("POST", "/auth/refresh"),
    ("POST", "/auth/logout"),
    ("GET", "/auth/api-keys"),
    ("POST", "/auth/api-keys"),
    ("DELETE", "/auth/api-keys/{key_id:uuid}"),
    ("POST", "/onboarding/validate-invite"),
}
"""What a key may not do, besides what is an operator's."""
PARAMETER = re.compile(r"\{\w+:\w+\}")


async def test_a_key_identifies_its_user(api: InMemoryApplication) -> None:
    key = await create(api)

    me = await send(api, key, "GET", "/auth/me")
    portfolios = await send(api, key, "GET", "/portfolios")

    assert (me.status_code, me.json()["clerk_user_id"]) == (200, ANN)
    assert portfolios.status_code == 200


async def test_a_key_reads_and_only_one_that_writes_writes(api: InMemoryApplication) -> None:
    reading, writing = await create(api), await create(api, scope="write")

    assert (await send(api, reading, "HEAD", "/portfolios")).status_code == 200
    refused = await send(api, reading, "POST", "/portfolios", json=SAVINGS)
    created = await send(api, writing, "POST", "/portfolios", json=SAVINGS)

    assert error_of(refused) == (403, "api_key_read_only")
    assert created.status_code == 201


async def test_limits_count_for_the_user_whatever_they_sign_in_with(
    api: InMemoryApplication,
) -> None:
    key = await create(api, scope="write")
    await api("POST", "/portfolios", json=SAVINGS)
    await send(api, key, "POST", "/portfolios", json={**SAVINGS, "account_name": "2"})

    third = await send(api, key, "POST", "/portfolios", json={**SAVINGS, "account_name": "3"})

    assert error_of(third) == (403, "portfolio_limit_reached")


async def test_messages_count_for_the_user(api: InMemoryApplication) -> None:
    key = await create(api, scope="write")
    conversation = (await send(api, key, "POST", "/chat/conversations", json={})).json()["id"]

    question = {"conversation_id": conversation, "text": "How?"}
    await send(api, key, "POST", "/chat/send", json=question)

    assert api.store.used_messages(ANNS_ID) == 1


def test_a_key_may_do_what_is_not_listed_and_a_new_route_has_to_be(
    api: InMemoryApplication,
) -> None:
    open_to_keys = {
        (method, route.path)
        for route in api.app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods
        if handler.opt.get("api_keys") and method != "OPTIONS"
    }
    refused = {(method, f"/api/v1{path}") for method, path in FOR_SESSIONS}

    assert {
        route
        for route, access in CONTRACT.items()
        if access in {Access.SIGNED_IN, Access.VALIDATED} and route not in open_to_keys
    } == refused
    assert not any(CONTRACT.get(route) is Access.ADMIN for route in open_to_keys)


@pytest.mark.parametrize(("method", "path"), sorted(FOR_SESSIONS))
async def test_no_key_changes_who_the_user_is(
    api: InMemoryApplication, method: str, path: str
) -> None:
    key = await create(api, scope="write")

    answer = await send(api, key, method, PARAMETER.sub(key["id"], path), content=b"{broken")

    assert error_of(answer) == (403, "session_required")
    assert len(api.store.api_keys) == 1


async def test_no_key_is_an_operators(api: InMemoryApplication) -> None:
    api.with_users(a_user(clerk_user_id=OPERATOR, invite_validated=True))
    key = await create(api, by=OPERATOR, scope="write")

    for method, path in (("GET", "/admin/audit"), ("POST", "/admin/fix/fix-all")):
        assert error_of(await send(api, key, method, path)) == (403, "session_required")


async def test_a_revoked_key_is_refused_from_the_next_request_on(
    api: InMemoryApplication,
) -> None:
    key = await create(api)
    revoked = await api("DELETE", f"{KEYS}/{key['id']}")

    assert revoked.status_code == 200
    assert error_of(await send(api, key, "GET", "/usage")) == (401, "api_key_invalid")
    assert (await api("GET", KEYS)).json() == {"api_keys": []}


async def test_an_expired_key_is_refused(api: InMemoryApplication) -> None:
    key = await create(api, expires_in_days=1)
    api.clock.set(NOON + timedelta(days=1))

    assert error_of(await send(api, key, "GET", "/usage")) == (401, "api_key_expired")


@pytest.mark.parametrize(
    "text",
    ["ss_live_", "ss_live_" + "A" * 70, new_key_text(ANNS_ID), f"{new_key_text(ANNS_ID)[:-1]}!"],
    ids=["empty", "wrong checksum", "unknown", "odd letter"],
)
async def test_a_key_that_nobody_has_is_refused(api: InMemoryApplication, text: str) -> None:
    answer = await send(api, text, "GET", "/usage")

    assert error_of(answer) == (401, "api_key_invalid")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_key_in_a_cookie_is_none(api: InMemoryApplication) -> None:
    key = await create(api)

    answer = await api("GET", "/usage", by=None, cookies={"__session": key["key"]})

    assert error_of(answer) == (401, "token_malformed")


@pytest.mark.parametrize(
    "changes",
    [{"is_active": False}, {"bar": Bar(BarKind.BANNED)}, {"bar": Bar(BarKind.LOCKED)}],
)
async def test_who_is_barred_has_no_access_with_a_key_either(
    api: InMemoryApplication, changes: dict[str, Any]
) -> None:
    key = await create(api)
    user = api.store.users[ANNS_ID]
    api.store.users[ANNS_ID] = replace(user, **changes)

    by_key, by_session = await send(api, key, "GET", "/usage"), await api("GET", "/usage")

    assert error_of(by_key) == error_of(by_session) == (401, "account_inactive")


async def test_who_has_no_invite_has_none_with_a_key_either(api: InMemoryApplication) -> None:
    api.with_users(a_user(invite_validated=False))
    key = await create(api, scope="write")

    answer = await send(api, key, "POST", "/portfolios", json=SAVINGS)

    assert error_of(answer) == (403, "invite_required")


async def test_keys_die_with_the_account(api: InMemoryApplication) -> None:
    key = await create(api)
    api.store.accounts.clear()
    headers, body = a_webhook(an_event("user.deleted", {"id": ANN, "deleted": True}))
    await api("POST", "/webhooks/clerk", by=None, headers=headers, content=body)

    assert api.store.users[ANNS_ID].deleted_at
    assert api.store.api_keys == {}
    assert error_of(await send(api, key, "GET", "/usage")) == (401, "api_key_invalid")


async def test_a_key_is_in_no_log_line(api: InMemoryApplication, log: list[EventDict]) -> None:
    key = await create(api)
    await send(api, key, "GET", "/usage")
    await send(api, key, "POST", "/portfolios", json=SAVINGS)
    await send(api, key["key"][:-1] + "!", "GET", "/usage")

    assert log
    assert key["key"][14:-1] not in str(log)
