"""Whatever is sent for a token, it is verified as it was signed or refused, and nothing else."""

import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmasight.domain.identity.sessions import Session
from sigmasight.domain.kernel import UnauthenticatedError
from tests.support.builders import signing
from tests.support.builders.session_tokens import a_token, a_token_saying, the_claims, verifier

TOKEN: Final = a_token()
INDICES = st.integers(0, len(TOKEN) - 1)
CHARACTERS = st.sampled_from("ABCxyz019-_.=+/ \n\x00é") | st.characters()
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.integers(-(2**80), 2**80),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


async def outcome_of(token: str) -> Session | None:
    """Return the session, or None for a refusal of the family; anything else escapes."""
    try:
        return await verifier().verify(token)
    except UnauthenticatedError:
        return None


@given(INDICES, CHARACTERS)
async def test_a_token_with_one_character_changed_is_refused_or_equivalent(
    index: int, character: str
) -> None:
    mutated = TOKEN[:index] + character + TOKEN[index + 1 :]

    assert await outcome_of(mutated) in {None, await outcome_of(TOKEN)}


@given(INDICES, CHARACTERS)
async def test_a_token_with_one_character_more_is_refused(index: int, character: str) -> None:
    mutated = TOKEN[:index] + character + TOKEN[index:]

    assert await outcome_of(mutated) in {None, await outcome_of(TOKEN)}


@given(INDICES, INDICES)
async def test_a_token_with_a_part_cut_out_is_refused(one: int, other: int) -> None:
    start, end = sorted([one, other])

    assert await outcome_of(TOKEN[:start] + TOKEN[end + 1 :]) is None


@given(st.permutations(TOKEN.split(".")))
async def test_a_token_with_its_segments_swapped_is_refused(segments: list[str]) -> None:
    mutated = ".".join(segments)

    assert (await outcome_of(mutated) is None) == (mutated != TOKEN)


@given(st.text() | st.lists(st.text(), min_size=3, max_size=3).map(".".join))
async def test_any_text_at_all_is_refused(text: str) -> None:
    assert await outcome_of(text) is None


@given(st.binary(max_size=200))
async def test_any_bytes_for_a_header_are_refused(head: bytes) -> None:
    _, payload, signature = TOKEN.split(".")

    assert await outcome_of(f"{signing.encode(head).decode()}.{payload}.{signature}") is None


@given(st.sampled_from(["alg", "kid", "typ", "cat", "crit", "jku", "b64", "zip", "x"]), JSON)
async def test_any_header_member_is_accepted_or_refused(member: str, value: Any) -> None:
    head = {**signing.header(), member: value}

    assert await outcome_of(a_token(head=head)) in {None, await outcome_of(TOKEN)}


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
async def test_any_signed_payload_but_claims_is_refused(payload: bytes) -> None:
    assert await outcome_of(a_token_saying(payload)) is None


@given(st.sampled_from([*the_claims(), "aud", "email_verified", "o", "act"]), JSON)
async def test_any_claim_value_is_accepted_or_refused(claim: str, value: Any) -> None:
    payload = json.dumps({**the_claims(), claim: value}).encode()

    session = await outcome_of(a_token_saying(payload))

    assert session is None or session.clerk_user_id == (value if claim == "sub" else "user_ann")


@pytest.mark.parametrize("index", range(len(TOKEN) - 4, len(TOKEN)))
async def test_the_signatures_last_characters_count(index: int) -> None:
    spare_bits_only = index == len(TOKEN) - 1

    outcomes = {
        await outcome_of(TOKEN[:index] + character + TOKEN[index + 1 :])
        for character in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        if character != TOKEN[index]
    }

    assert outcomes <= ({None, await outcome_of(TOKEN)} if spare_bits_only else {None})
