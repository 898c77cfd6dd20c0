"""What every ApiKeys promises, and every Callers about keys: both the fake and the adapter."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sigmasight.domain.identity.api_keys import (
    ApiKey,
    ApiKeyId,
    KeyReference,
    KeyScope,
    new_key_text,
)
from sigmasight.domain.identity.users import Overview
from tests.integration.contracts.conftest import Ports
from tests.support.builders import api_keys
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.portfolios import a_portfolio
from tests.support.builders.users import ANNS_ID, BOBS_ID, a_user

SECOND = timedelta(seconds=1)


def a_key(**changes: Any) -> ApiKey:
    owner = changes.get("user_id", ANNS_ID)
    return api_keys.a_key(new_key_text(owner), **{"id": ApiKeyId(uuid4()), **changes})


def reference_to(key: ApiKey) -> KeyReference:
    return KeyReference(key.user_id, key.digest, key.prefix)


async def test_stored_keys_are_listed_newest_first_and_unchanged(ports: Ports) -> None:
    await ports.seed()
    old = a_key(created_at=NOON - DAY, scope=KeyScope.WRITE)
    new = a_key(expires_at=NOON + DAY, last_used_at=NOON)
    for key in (old, new, a_key(user_id=BOBS_ID)):
        await ports.api_keys.add(key)
    await ports.commit()

    assert await ports.api_keys.list(ANNS_ID) == [new, old]


async def test_a_key_is_found_with_its_user(ports: Ports) -> None:
    portfolio = a_portfolio()
    await ports.seed(portfolio)
    await ports.api_keys.add(key := a_key(expires_at=NOON + DAY))
    await ports.commit()

    assert await ports.callers.with_key(reference_to(key)) == (a_user(), key)
    assert await ports.callers.overview_with_key(reference_to(key)) == (
        Overview(a_user(), 1, portfolio.id),
        key,
    )


async def test_a_key_is_found_with_its_own_user_and_digest_alone(ports: Ports) -> None:
    await ports.seed()
    await ports.api_keys.add(key := a_key())
    await ports.commit()

    for other in (
        replace(reference_to(key), user_id=BOBS_ID),
        replace(reference_to(key), digest=bytes(32)),
        reference_to(a_key()),
    ):
        assert await ports.callers.with_key(other) is None
        assert await ports.callers.overview_with_key(other) is None


async def test_a_removed_key_is_returned_and_gone(ports: Ports) -> None:
    await ports.seed()
    await ports.api_keys.add(key := a_key())
    await ports.commit()

    assert await ports.api_keys.remove(BOBS_ID, key.id) is None
    assert await ports.api_keys.remove(ANNS_ID, key.id) == key
    assert await ports.api_keys.remove(ANNS_ID, key.id) is None
    await ports.commit()
    assert await ports.callers.with_key(reference_to(key)) is None


async def test_all_keys_of_one_user_are_removed(ports: Ports) -> None:
    await ports.seed()
    for key in (a_key(), a_key(), others := a_key(user_id=BOBS_ID)):
        await ports.api_keys.add(key)
    await ports.commit()

    assert await ports.api_keys.remove_all(ANNS_ID) == 2
    await ports.commit()
    assert await ports.api_keys.list(ANNS_ID) == []
    assert await ports.api_keys.list(BOBS_ID) == [others]


async def test_later_uses_are_stored_and_earlier_ones_are_not(ports: Ports) -> None:
    await ports.seed()
    fresh, used = a_key(created_at=NOON - DAY), a_key(last_used_at=NOON)
    for key in (fresh, used):
        await ports.api_keys.add(key)
    await ports.commit()

    async def put() -> None:
        await ports.api_keys.put_uses(
            {
                (ANNS_ID, fresh.id): NOON,
                (ANNS_ID, used.id): NOON - SECOND,
                (ANNS_ID, ApiKeyId(UUID(int=5))): NOON,
            }
        )

    await ports.transaction.run(put)

    assert await ports.api_keys.list(ANNS_ID) == [used, replace(fresh, last_used_at=NOON)]
