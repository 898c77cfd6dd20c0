"""What a key set may answer, and what of it is used."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from sigmasight.adapters.clerk import key_set
from sigmasight.adapters.clerk.key_set import MAX_BYTES, TTL
from sigmasight.domain.identity.sessions import IdentityProviderUnavailableError
from tests.support.builders import signing
from tests.unit.adapters.clerk.jwks_endpoint import (
    ROTATED,
    UNUSABLE,
    Jwks,
    an_entry,
    serving_entries,
)


def refuse_to_connect() -> httpx.Response:
    raise httpx.ConnectError("refused")


BAD_ANSWERS: dict[str, Callable[[], httpx.Response]] = {
    "500": lambda: httpx.Response(500, content=signing.jwks(ROTATED)),
    "404": lambda: httpx.Response(404),
    "302": lambda: httpx.Response(302, headers={"Location": "https://evil.example.com/jwks"}),
    "HTML": lambda: httpx.Response(200, text="<html>captive portal</html>"),
    "nothing": lambda: httpx.Response(200),
    "list": lambda: httpx.Response(200, json=[an_entry()]),
    "null": lambda: httpx.Response(200, json=None),
    "no keys": lambda: httpx.Response(200, json={}),
    "odd keys": lambda: httpx.Response(200, json={"keys": {"ins_test": an_entry()}}),
    "no key": serving_entries,
    "no usable key": lambda: serving_entries(*UNUSABLE.values()),
    "not UTF-8": lambda: httpx.Response(200, content=b'{"keys": ["\xff"]}'),
    "deep": lambda: httpx.Response(200, content=b'{"keys": ' + b"[" * 100_000),
    "too large": lambda: httpx.Response(200, content=signing.jwks(ROTATED) + b" " * MAX_BYTES),
    "bad gzip": lambda: httpx.Response(
        200, headers={"Content-Encoding": "gzip"}, content=b"not gzip at all"
    ),
    "no connection": refuse_to_connect,
}


@pytest.fixture
async def clerk() -> AsyncIterator[Jwks]:
    async with Jwks(signing.KEY) as jwks:
        yield jwks


@pytest.mark.parametrize("entry", UNUSABLE.values(), ids=UNUSABLE)
async def test_an_unusable_entry_is_skipped_and_the_others_serve(clerk: Jwks, entry: Any) -> None:
    clerk.answer = lambda: serving_entries(entry, ROTATED.as_dict(private=False))

    key = await clerk.keys.get("ins_rotated")

    assert key.as_dict(private=False)["n"] == ROTATED.as_dict(private=False)["n"]


@pytest.mark.parametrize("entry", UNUSABLE.values(), ids=UNUSABLE)
async def test_an_unusable_entry_is_never_used(clerk: Jwks, entry: Any) -> None:
    clerk.answer = lambda: serving_entries(entry)

    with pytest.raises(IdentityProviderUnavailableError):
        await clerk.keys.get(signing.KID)


@pytest.mark.parametrize(
    "entry",
    [
        an_entry(use=None),
        an_entry(alg=None),
        an_entry(key_ops=["verify"]),
        an_entry(use=None, alg=None, x5t="anything", x5c=["anything"]),
    ],
)
async def test_an_rsa_key_for_signatures_is_used(clerk: Jwks, entry: Any) -> None:
    clerk.answer = lambda: serving_entries(entry)

    key = await clerk.keys.get(signing.KID)

    assert clerk.keys.has(signing.KID, key)


async def test_of_two_entries_under_one_id_the_first_usable_one_counts(clerk: Jwks) -> None:
    other = {**ROTATED.as_dict(private=False), "kid": signing.KID}
    clerk.answer = lambda: serving_entries(UNUSABLE["EC"], an_entry(), other)

    key = await clerk.keys.get(signing.KID)

    assert key.as_dict(private=False)["n"] == an_entry()["n"]


@pytest.mark.parametrize("answer", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
async def test_a_bad_answer_leaves_the_old_keys(
    clerk: Jwks, answer: Callable[[], httpx.Response]
) -> None:
    key = await clerk.keys.get(signing.KID)
    clerk.answer = answer
    clerk.time += TTL

    await clerk.keys.get(signing.KID)
    await clerk.settle()

    assert clerk.requests == 2
    assert await clerk.keys.get(signing.KID) is key
    assert not clerk.keys.usable


@pytest.mark.parametrize("answer", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
async def test_a_bad_answer_for_a_start_is_unavailable(
    clerk: Jwks, answer: Callable[[], httpx.Response]
) -> None:
    clerk.answer = answer

    with pytest.raises(IdentityProviderUnavailableError):
        await clerk.keys.get(signing.KID)

    assert clerk.requests == 1


async def test_an_answer_that_does_not_come_is_waited_for_only_so_long(
    clerk: Jwks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_set, "TIMEOUT", 0.01)
    clerk.open.clear()

    async with asyncio.timeout(10):
        with pytest.raises(IdentityProviderUnavailableError):
            await clerk.keys.get(signing.KID)
