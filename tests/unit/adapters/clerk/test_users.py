"""Clerk's user object: only the primary address counts, and names are normalized."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmasight.adapters.clerk.schemas import ClerkUser, text
from sigmasight.domain.identity.users import Address, Bar, BarKind, FullName, Profile, Standing
from tests.support.builders.clerk_events import a_person, an_address
from tests.support.builders.instants import MINUTE, NOON


def profile_of(**changes: Any) -> Profile:
    return msgspec.convert(a_person(**changes), ClerkUser).profile(NOON)


class TestAddress:
    def test_is_the_primary_one_wherever_it_stands(self) -> None:
        profile = profile_of(
            email_addresses=[
                an_address("first@example.com", verified=False, identity="idn_1"),
                an_address("second@example.com", verified=True, identity="idn_2"),
            ],
            primary_email_address_id="idn_2",
        )

        assert profile.address == Address(NOON, "second@example.com", verified=True)

    @pytest.mark.parametrize("primary", [None, "", "idn_9"])
    def test_is_missing_without_a_primary_one(self, primary: str | None) -> None:
        profile = profile_of(primary_email_address_id=primary)

        assert profile.address is None

    def test_is_missing_where_both_ids_are(self) -> None:
        nameless = {**an_address("ann@example.com"), "id": None}

        assert profile_of(email_addresses=[nameless], primary_email_address_id=None).address is None

    @pytest.mark.parametrize(
        "verification",
        [
            *(None, {}, {"status": None}, {"status": "unverified"}, {"status": "expired"}),
            *({"status": "Verified"}, {"status": "verified "}, {"status": ""}),
        ],
    )
    def test_is_verified_only_where_clerk_says_so(self, verification: Any) -> None:
        address = {**an_address("ann@example.com"), "verification": verification}

        profile = profile_of(email_addresses=[address])

        assert profile.address == Address(NOON, "ann@example.com", verified=False)

    @pytest.mark.parametrize("email", ["", "no address", "ann@example.com\x00", None])
    def test_that_is_no_address_counts_as_absent(self, email: Any) -> None:
        assert profile_of(email_addresses=[an_address(email)]).address is None


class TestStanding:
    @pytest.mark.parametrize(
        ("changes", "bar"),
        [
            ({"banned": True, "locked": True}, Bar(BarKind.BANNED)),
            ({"locked": True}, Bar(BarKind.LOCKED)),
            (
                {"locked": True, "lockout_expires_in_seconds": 60},
                Bar(BarKind.LOCKED, NOON + MINUTE),
            ),
            ({"locked": True, "lockout_expires_in_seconds": -5}, Bar(BarKind.LOCKED, NOON)),
            ({"banned": False, "locked": False}, None),
        ],
    )
    def test_is_what_clerk_says_of_bans_and_locks(
        self, changes: dict[str, Any], bar: Bar | None
    ) -> None:
        assert profile_of(**changes).standing == Standing(NOON, bar)

    def test_is_unknown_where_clerk_says_nothing_of_them(self) -> None:
        assert profile_of().standing is None


@pytest.mark.parametrize("length", [1, 255])
def test_an_identifier_has_1_to_255_characters(length: int) -> None:
    assert text("x" * length) == "x" * length


@pytest.mark.parametrize("odd", ["", "x" * 256, "x\0"])
def test_another_text_is_no_identifier_and_is_named(odd: str) -> None:
    with pytest.raises(ValueError, match="is not an identifier of 1 to 255 characters") as refusal:
        text(odd)

    assert str(refusal.value).startswith(repr(odd[:20]))


class TestName:
    @pytest.mark.parametrize(
        ("first", "last", "whole"),
        [
            ("Ann", "Example", "Ann Example"),
            ("Ann", None, "Ann"),
            (None, "Example", "Example"),
            ("  Ann ", " van  der\tExample", "Ann van der Example"),
            ("Ann\x00", "Ex\x1bample\n", "Ann Ex ample"),
            ("安", "例", "安 例"),
        ],
    )
    def test_is_both_names_in_one(self, first: str | None, last: str | None, whole: str) -> None:
        name = profile_of(first_name=first, last_name=last).name

        assert name == (FullName(NOON, whole) if whole else None)

    @given(st.text(max_size=300), st.text(max_size=300))
    def test_can_always_be_stored(self, first: str, last: str) -> None:
        name = profile_of(first_name=first, last_name=last).name

        text = name.text if name else ""
        assert len(text) <= 255
        assert "\x00" not in text
        assert "  " not in text
