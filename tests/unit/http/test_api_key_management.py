"""Creating, listing and revoking API keys, and when they were used."""

from datetime import timedelta
from typing import Any

import pytest

from sigmasight.domain.audit import AuditAction
from sigmasight.domain.identity.api_key_management import StoreKeyUses
from sigmasight.domain.identity.api_keys import MAX_KEYS
from sigmasight.domain.kernel import DatabaseUnavailableError
from tests.support.builders.instants import NOON
from tests.support.builders.session_tokens import a_token
from tests.support.builders.users import ANN, ANNS_ID, BOB, a_user, bob
from tests.support.providers.application import InMemoryApplication
from tests.unit.http.api_key_requests import KEYS, create, error_of, isoformat, send


async def test_a_new_key_is_shown_once_and_only_its_hash_is_stored(
    api: InMemoryApplication,
) -> None:
    created = await create(api, name="Notebook", scope="write", expires_in_days=30)
    listed = (await api("GET", KEYS)).json()["api_keys"]

    text = created.pop("key")
    assert listed == [created]
    assert created["prefix"] == text[:14]
    assert (created["scope"], created["last_used_at"]) == ("write", None)
    assert created["expires_at"] == isoformat(NOON + timedelta(days=30))
    assert text not in repr(api.store)


async def test_the_limit_of_keys_is_refused_with_its_own_code(api: InMemoryApplication) -> None:
    for _ in range(MAX_KEYS):
        await create(api)

    answer = await api("POST", KEYS, json={"name": "One more"})

    assert error_of(answer) == (409, "api_key_limit_reached")
    assert len(api.store.api_keys) == MAX_KEYS


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "x" * 101},
        {"name": "two\nlines"},
        {"name": "x", "scope": "admin"},
        {"name": "x", "expires_in_days": 0},
        {"name": "x", "expires_in_days": 3651},
    ],
)
async def test_an_invalid_body_creates_nothing(
    api: InMemoryApplication, body: dict[str, Any]
) -> None:
    assert error_of(await api("POST", KEYS, json=body)) == (400, "validation_failed")
    assert api.store.api_keys == {}


async def test_who_only_acts_as_the_user_creates_no_key(api: InMemoryApplication) -> None:
    impersonated = {"Authorization": f"Bearer {a_token(act={'sub': 'user_support'})}"}
    api.with_users(a_user())

    answer = await api("POST", KEYS, headers=impersonated, json={"name": "x"})

    assert error_of(answer) == (403, "session_required")
    assert api.store.api_keys == {}


async def test_another_users_key_cannot_be_revoked_or_seen(api: InMemoryApplication) -> None:
    api.with_users(a_user(), bob())
    key = await create(api)

    refused = await api("DELETE", f"{KEYS}/{key['id']}", by=BOB)

    assert error_of(refused) == (404, "api_key_not_found")
    assert (await api("GET", KEYS, by=BOB)).json() == {"api_keys": []}
    assert (await send(api, key, "GET", "/usage")).status_code == 200


async def test_creation_and_revocation_are_in_the_audit_trail(api: InMemoryApplication) -> None:
    key = await create(api)
    await api("DELETE", f"{KEYS}/{key['id']}")

    created, revoked = api.store.audit.values()
    assert (created.action, revoked.action) == (
        AuditAction.API_KEY_CREATED,
        AuditAction.API_KEY_REVOKED,
    )
    for entry in (created, revoked):
        assert (entry.actor, entry.subject) == (ANN, str(ANNS_ID))
        assert entry.details["key"] == key["id"]
        assert key["key"] not in str(entry)


async def test_the_last_use_is_stored_apart_from_the_request(api: InMemoryApplication) -> None:
    key = await create(api)
    await send(api, key, "GET", "/usage")
    before = (await api("GET", KEYS)).json()["api_keys"][0]["last_used_at"]

    async with api.container() as scope:
        await (await scope.get(StoreKeyUses))()

    assert before is None
    assert (await api("GET", KEYS)).json()["api_keys"][0]["last_used_at"] == isoformat(NOON)


async def test_uses_that_cannot_be_stored_are_stored_the_next_time(
    api: InMemoryApplication,
) -> None:
    key = await create(api)
    await send(api, key, "GET", "/usage")
    async with api.container() as scope:
        store = await scope.get(StoreKeyUses)
        api.fail_with(DatabaseUnavailableError())
        with pytest.raises(DatabaseUnavailableError):
            await store()
        api.fail_with(None)
        await store()

    [stored] = api.store.api_keys.values()
    assert stored.last_used_at == NOON
