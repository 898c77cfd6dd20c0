"""A key that Clerk replaces under its id."""

from collections.abc import AsyncIterator

import pytest

from sigmasight.adapters.clerk.key_set import REFETCH_PAUSE
from sigmasight.adapters.clerk.session_tokens import ClerkSessionTokens
from sigmasight.domain.identity.sessions import TokenSignatureInvalidError
from tests.support.builders import signing
from tests.support.builders.instants import NOON
from tests.support.builders.session_tokens import RULES, a_token
from tests.support.fakes.kernel import FixedClock
from tests.unit.adapters.clerk.jwks_endpoint import ROTATED, Jwks


@pytest.fixture
async def clerk() -> AsyncIterator[Jwks]:
    async with Jwks(signing.KEY) as jwks:
        yield jwks


async def test_a_replacement_under_a_known_id_is_found_within_the_pause(clerk: Jwks) -> None:
    old = await clerk.keys.get(signing.KID)
    new = signing.an_rsa_key(signing.KID)
    clerk.serve(new)
    clerk.time += REFETCH_PAUSE

    replaced = await clerk.keys.replacement(signing.KID, old)

    assert replaced is not None
    assert replaced.public_key.public_numbers() == new.public_key.public_numbers()
    assert await clerk.keys.get(signing.KID) is replaced
    assert clerk.requests == 2


async def test_a_replacement_is_asked_for_once_a_pause_however_many_bad_signatures_come(
    clerk: Jwks,
) -> None:
    key = await clerk.keys.get(signing.KID)
    clerk.time += REFETCH_PAUSE

    found = [await clerk.keys.replacement(signing.KID, key) for _ in range(50)]

    assert found == [None] * 50
    assert clerk.requests == 2


async def test_a_replacement_is_none_of_a_key_that_was_removed_or_while_clerk_is_down(
    clerk: Jwks,
) -> None:
    key = await clerk.keys.get(signing.KID)
    clerk.break_down()
    clerk.time += REFETCH_PAUSE
    while_down = await clerk.keys.replacement(signing.KID, key)
    clerk.serve(ROTATED)
    clerk.time += REFETCH_PAUSE

    assert while_down is None
    assert await clerk.keys.replacement(signing.KID, key) is None


async def test_a_replacement_lets_no_token_of_a_third_key_in(clerk: Jwks) -> None:
    tokens = ClerkSessionTokens(clerk.keys, RULES, FixedClock(NOON))
    await tokens.verify(a_token())
    clerk.serve(signing.an_rsa_key(signing.KID))
    clerk.time += REFETCH_PAUSE

    with pytest.raises(TokenSignatureInvalidError):
        await tokens.verify(a_token(key=signing.an_rsa_key(signing.KID)))


async def test_a_replacement_lets_tokens_of_a_replaced_key_in_and_those_of_the_old_one_out(
    clerk: Jwks,
) -> None:
    tokens = ClerkSessionTokens(clerk.keys, RULES, FixedClock(NOON))
    old, new = a_token(), signing.an_rsa_key(signing.KID)
    await tokens.verify(old)
    clerk.serve(new)
    clerk.time += REFETCH_PAUSE

    session = await tokens.verify(a_token(key=new))

    assert session.clerk_user_id == "user_ann"
    with pytest.raises(TokenSignatureInvalidError):
        await tokens.verify(old)
