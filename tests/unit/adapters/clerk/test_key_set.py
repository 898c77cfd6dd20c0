"""Clerk's key set: one fetch for all callers, used through an outage, rate-limited."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from sigmasight.adapters.clerk.key_set import (
    FAILURE_PAUSE,
    REFETCH_PAUSE,
    STALE_FOR,
    TTL,
    ClerkCheck,
    PemKey,
)
from sigmasight.domain.identity.sessions import (
    IdentityProviderUnavailableError,
    TokenKeyUnknownError,
)
from tests.support.builders import signing
from tests.unit.adapters.clerk.jwks_endpoint import ROTATED, Jwks


@pytest.fixture
async def clerk() -> AsyncIterator[Jwks]:
    async with Jwks(signing.KEY) as jwks:
        yield jwks


async def is_unknown(clerk: Jwks, kid: str) -> bool:
    try:
        await clerk.keys.get(kid)
    except TokenKeyUnknownError:
        return True
    return False


class TestOneFetch:
    async def test_serves_all_concurrent_callers(self, clerk: Jwks) -> None:
        clerk.open.clear()
        askers = [asyncio.create_task(clerk.keys.get(signing.KID)) for _ in range(64)]
        await clerk.asked.wait()
        clerk.open.set()

        keys = await asyncio.gather(*askers)

        assert clerk.requests == 1
        assert len({id(key) for key in keys}) == 1

    async def test_serves_concurrent_callers_with_unknown_keys_too(self, clerk: Jwks) -> None:
        await clerk.keys.get(signing.KID)
        clerk.time += REFETCH_PAUSE
        clerk.asked.clear()
        clerk.open.clear()
        askers = [asyncio.create_task(is_unknown(clerk, f"ins_{n}")) for n in range(64)]
        await clerk.asked.wait()
        clerk.open.set()

        assert all(await asyncio.gather(*askers))
        assert clerk.requests == 2

    async def test_outlives_the_one_who_started_it(self, clerk: Jwks) -> None:
        clerk.open.clear()
        first = asyncio.create_task(clerk.keys.get(signing.KID))
        await clerk.asked.wait()
        second = asyncio.create_task(clerk.keys.get(signing.KID))
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        clerk.open.set()

        assert clerk.keys.has(signing.KID, await second)
        assert clerk.requests == 1

    async def test_serves_until_its_time_is_over(self, clerk: Jwks) -> None:
        await clerk.keys.get(signing.KID)
        clerk.time += TTL - 1

        await clerk.keys.get(signing.KID)
        await clerk.settle()

        assert clerk.requests == 1

    async def test_is_stopped_when_the_application_closes(self, clerk: Jwks) -> None:
        clerk.open.clear()
        asker = asyncio.create_task(clerk.keys.get(signing.KID))
        await clerk.asked.wait()

        await clerk.keys.aclose()

        with pytest.raises(asyncio.CancelledError):
            await asker


class TestRefresh:
    async def test_runs_in_the_background_while_the_old_keys_serve(self, clerk: Jwks) -> None:
        old = await clerk.keys.get(signing.KID)
        clerk.time += TTL
        clerk.open.clear()

        meanwhile = [await clerk.keys.get(signing.KID) for _ in range(5)]
        await clerk.asked.wait()
        clerk.open.set()
        await clerk.settle()

        assert meanwhile == [old] * 5
        assert clerk.requests == 2

    async def test_brings_a_rotated_key_and_drops_the_old_one(self, clerk: Jwks) -> None:
        old = await clerk.keys.get(signing.KID)
        clerk.serve(ROTATED)
        clerk.time += TTL
        await clerk.keys.get(signing.KID)
        await clerk.settle()

        assert not await is_unknown(clerk, "ins_rotated")
        assert await is_unknown(clerk, signing.KID)
        assert not clerk.keys.has(signing.KID, old)

    async def test_keeps_the_same_key_the_same_object(self, clerk: Jwks) -> None:
        old = await clerk.keys.get(signing.KID)
        clerk.serve(signing.KEY, ROTATED)
        clerk.time += TTL
        await clerk.keys.get(signing.KID)
        await clerk.settle()

        assert await clerk.keys.get(signing.KID) is old
        assert clerk.keys.has(signing.KID, old)

    async def test_takes_another_key_under_the_same_id_for_another(self, clerk: Jwks) -> None:
        old = await clerk.keys.get(signing.KID)
        clerk.serve(signing.an_rsa_key(signing.KID))
        clerk.time += TTL
        await clerk.keys.get(signing.KID)
        await clerk.settle()

        assert not clerk.keys.has(signing.KID, old)
        assert await clerk.keys.get(signing.KID) is not old


class TestUnknownKid:
    async def test_refetches_and_finds_a_key_rotated_in(self, clerk: Jwks) -> None:
        await clerk.keys.get(signing.KID)
        clerk.serve(signing.KEY, ROTATED)
        clerk.time += REFETCH_PAUSE

        assert not await is_unknown(clerk, "ins_rotated")
        assert clerk.requests == 2

    async def test_refetches_at_most_once_per_10_seconds(self, clerk: Jwks) -> None:
        for second in range(31):
            for name in ("a", "b", "c"):
                assert await is_unknown(clerk, f"ins_{name}{second}")
            clerk.time += 1

        assert clerk.requests == 4

    async def test_does_not_delay_callers_with_a_known_key(self, clerk: Jwks) -> None:
        await clerk.keys.get(signing.KID)
        clerk.time += REFETCH_PAUSE
        clerk.open.clear()
        clerk.asked.clear()
        stranger = asyncio.create_task(is_unknown(clerk, "ins_other"))
        await clerk.asked.wait()

        known = await clerk.keys.get(signing.KID)
        clerk.open.set()

        assert known is not None
        assert await stranger


class TestOutage:
    async def test_leaves_the_keys_serving_up_to_24_hours(self, clerk: Jwks) -> None:
        key = await clerk.keys.get(signing.KID)
        clerk.break_down()

        for _ in range(23):
            clerk.time += TTL
            assert await clerk.keys.get(signing.KID) is key
            await clerk.settle()
        clerk.time = 1000.0 + STALE_FOR - 1

        assert await clerk.keys.get(signing.KID) is key
        assert clerk.keys.has(signing.KID, key)

    async def test_of_24_hours_leaves_no_key_to_trust(self, clerk: Jwks) -> None:
        key = await clerk.keys.get(signing.KID)
        clerk.break_down()
        clerk.time += STALE_FOR

        assert not clerk.keys.has(signing.KID, key)
        with pytest.raises(IdentityProviderUnavailableError):
            await clerk.keys.get(signing.KID)

    async def test_before_any_key_was_fetched_is_unavailable_with_when_to_ask_again(
        self, clerk: Jwks
    ) -> None:
        clerk.break_down()

        with pytest.raises(IdentityProviderUnavailableError) as refusal:
            await clerk.keys.get(signing.KID)

        assert refusal.value.retry_after > 0

    async def test_is_not_knocked_on_by_a_crowd(self, clerk: Jwks) -> None:
        clerk.break_down()

        for _ in range(5):
            with pytest.raises(IdentityProviderUnavailableError):
                await clerk.keys.get(signing.KID)

        assert clerk.requests == 1

    async def test_is_over_with_the_first_answer_after_a_pause(self, clerk: Jwks) -> None:
        clerk.break_down()
        with pytest.raises(IdentityProviderUnavailableError):
            await clerk.keys.get(signing.KID)
        clerk.serve(signing.KEY)
        clerk.time += FAILURE_PAUSE

        assert not await is_unknown(clerk, signing.KID)

    async def test_slows_the_refreshing_down(self, clerk: Jwks) -> None:
        await clerk.keys.get(signing.KID)
        clerk.break_down()
        clerk.time += TTL

        for _ in range(21):
            await clerk.keys.get(signing.KID)
            await clerk.settle()
            clerk.time += 1

        assert clerk.requests == 1 + 3

    async def test_shows_in_the_health_and_so_does_its_end(self, clerk: Jwks) -> None:
        check = ClerkCheck(clerk.keys)
        await clerk.keys.get(signing.KID)
        before = await check.run()
        clerk.break_down()
        clerk.time += TTL
        await clerk.keys.get(signing.KID)
        await clerk.settle()
        during = await check.run()
        clerk.serve(signing.KEY)
        clerk.time += TTL
        await clerk.keys.get(signing.KID)
        await clerk.settle()

        assert (before.ok, during.ok, (await check.run()).ok) == (True, False, True)


class TestPemKey:
    async def test_serves_whatever_the_kid_and_needs_no_network(self) -> None:
        keys = PemKey(signing.pem())

        assert await keys.get("any") is await keys.get("other")
        assert keys.has("any", await keys.get("other"))
        assert not keys.has("any", signing.KEY)
        assert (await ClerkCheck(keys).run()).ok
