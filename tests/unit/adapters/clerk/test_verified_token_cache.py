"""The cache of verified tokens."""

import pytest

from sigmasight.adapters.clerk import session_tokens
from sigmasight.domain.identity.sessions import (
    TokenExpiredError,
    TokenKeyUnknownError,
    TokenPartyInvalidError,
)
from sigmasight.domain.kernel import UnauthenticatedError
from tests.support.builders import signing
from tests.support.builders.session_tokens import ATTACKERS_KEY, NOW, a_token, at, verifier
from tests.support.fakes.verification_keys import InMemoryKeys


async def test_a_verified_token_is_not_verified_again() -> None:
    keys = InMemoryKeys(signing.KEY)
    tokens, token = verifier(keys), a_token()

    first = await tokens.verify(token)
    again = await tokens.verify(token)

    assert again == first
    assert keys.asked == 1


async def test_each_token_is_cached_separately() -> None:
    tokens = verifier()
    anns, bobs = a_token(sub="user_ann"), a_token(sub="user_bob")

    sessions = [await tokens.verify(token) for token in (anns, bobs, anns, bobs)]

    assert [session.clerk_user_id for session in sessions] == ["user_ann", "user_bob"] * 2


async def test_a_token_is_never_cached_past_its_exp() -> None:
    keys, clock = InMemoryKeys(signing.KEY), at(0)
    tokens, token = verifier(keys, clock=clock), a_token(exp=NOW + 60)
    await tokens.verify(token)

    clock.set(at(59.999).now())
    await tokens.verify(token)
    asked_before_exp = keys.asked
    clock.set(at(60).now())
    await tokens.verify(token)
    asked_at_exp = keys.asked
    clock.set(at(65).now())

    assert (asked_before_exp, asked_at_exp) == (1, 2)
    with pytest.raises(TokenExpiredError):
        await tokens.verify(token)


async def test_a_cached_token_is_dropped_once_its_key_has_left_the_key_set() -> None:
    keys = InMemoryKeys(signing.KEY)
    tokens, token = verifier(keys), a_token()
    await tokens.verify(token)

    keys.remove(signing.KID)

    with pytest.raises(TokenKeyUnknownError):
        await tokens.verify(token)


async def test_a_token_cached_from_a_bearer_still_needs_its_party_in_a_cookie() -> None:
    tokens, token = verifier(), a_token(azp=None)
    await tokens.verify(token)

    with pytest.raises(TokenPartyInvalidError):
        await tokens.verify(token, from_cookie=True)


async def test_a_refused_token_is_not_cached() -> None:
    keys = InMemoryKeys(signing.KEY)
    tokens, forged = verifier(keys), a_token(key=ATTACKERS_KEY)

    for _ in range(3):
        with pytest.raises(UnauthenticatedError):
            await tokens.verify(forged)

    assert keys.asked == 3


async def test_a_flood_of_refused_tokens_pushes_nobody_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session_tokens, "CACHE_SIZE", 2)
    keys = InMemoryKeys(signing.KEY)
    tokens, token = verifier(keys), a_token()
    await tokens.verify(token)

    for number in range(10):
        with pytest.raises(UnauthenticatedError):
            await tokens.verify(a_token(key=ATTACKERS_KEY, jti=str(number)))
        with pytest.raises(UnauthenticatedError):
            await tokens.verify(a_token(exp=NOW - 100, jti=str(number)))
    asked = keys.asked
    await tokens.verify(token)

    assert keys.asked == asked


async def test_the_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_tokens, "CACHE_SIZE", 2)
    keys = InMemoryKeys(signing.KEY)
    tokens, first = verifier(keys), a_token()

    await tokens.verify(first)
    for number in range(5):
        await tokens.verify(a_token(jti=str(number)))
    await tokens.verify(first)

    assert keys.asked == 7
