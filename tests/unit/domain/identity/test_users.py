from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmasight.domain.identity.users import (
    AccountInactiveError,
    AdminRequiredError,
    Bar,
    BarKind,
    ClerkAccount,
    Operators,
    Profile,
    Standing,
    email_address,
)
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.users import ANN, BOB, a_clerk_account, a_profile, a_user, bob

INSTANTS = st.integers(0, 3).map(lambda days: NOON + days * DAY)
PROFILES = st.builds(
    a_profile,
    known_at=INSTANTS,
    email=st.sampled_from(["", "ann@example.com", "ann@example.org"]),
    email_verified=st.booleans(),
    full_name=st.sampled_from(["", "Ann", "Ann Example"]),
)


def _two_orders(profiles: list[Profile]) -> st.SearchStrategy[tuple[list[Profile], list[Profile]]]:
    return st.tuples(st.just(profiles), st.permutations(profiles))


class TestEmailAddress:
    @pytest.mark.parametrize(
        "value", ["a@b", "Ann@Example.com", "ann+tag@example.co.uk", "ü@exämple.de", "o'hara@a.io"]
    )
    def test_that_is_valid_is_stored_as_written(self, value: str) -> None:
        assert email_address(value) == value

    def test_is_trimmed(self) -> None:
        assert email_address("  ann@example.com\n") == "ann@example.com"

    @pytest.mark.parametrize(
        "value",
        [
            *(None, 5, True, ["ann@example.com"], {"email": "ann@example.com"}, b"a@b"),
            *("", " ", "ann", "@", "ann@", "@example.com", "a@b@c", "a b@example.com"),
            *("ann@exam ple.com", "ann@example.com\x00", "ann\n@example.com", "{{user.email}}"),
            "a" * 250 + "@b.com",
        ],
    )
    def test_that_is_invalid_is_none(self, value: object) -> None:
        assert email_address(value) is None

    @given(st.text(max_size=300) | st.emails())
    def test_accepted_can_be_stored(self, value: str) -> None:
        kept = email_address(value)

        if kept is not None:
            assert len(kept) <= 255
            assert kept.count("@") == 1
            assert "\x00" not in kept
            assert kept.split() == [kept]
            assert email_address(kept) == kept


class TestClerkAccount:
    def test_keeps_the_newer_profile_whichever_arrives_first(self) -> None:
        old, new = a_profile(full_name="Old"), a_profile(full_name="New", known_at=NOON + DAY)

        known = a_clerk_account(ANN, old, new)

        assert known == a_clerk_account(ANN, new, old)
        assert Profile(known.address, known.name) == new

    def test_keeps_an_address_that_a_newer_profile_does_not_have(self) -> None:
        old, new = a_profile(), a_profile(email="", full_name="New", known_at=NOON + DAY)

        known = a_clerk_account(ANN, new, old)

        assert Profile(known.address, known.name) == Profile(old.address, new.name)

    @given(
        st.lists(PROFILES, max_size=5).flatmap(
            lambda some: st.tuples(st.just(some), st.permutations([*some, *some]))
        )
    )
    def test_knows_the_same_in_any_order_and_however_often(
        self, reported: tuple[list[Profile], list[Profile]]
    ) -> None:
        once, shuffled = reported

        assert a_clerk_account(ANN, *shuffled) == a_clerk_account(ANN, *once)

    def test_stands_as_the_newest_report_says_in_either_order(self) -> None:
        banned = replace(a_profile(), standing=Standing(NOON, Bar(BarKind.BANNED)))
        lifted = replace(a_profile(), standing=Standing(NOON + DAY))

        for reports in ((banned, lifted), (lifted, banned)):
            assert a_clerk_account(ANN, *reports).standing == lifted.standing

    @given(st.lists(INSTANTS, min_size=1))
    def test_once_deleted_stays_so_from_the_first_instant(self, instants: list[datetime]) -> None:
        account = ClerkAccount(id=ANN)
        for at in instants:
            account = account.deleted(at)

        assert account.with_profile(a_profile(known_at=NOON + 9 * DAY)).deleted_at == min(instants)


class TestUser:
    def test_active_is_allowed(self) -> None:
        ann = a_user()

        assert ann.require_active(NOON) is ann

    def test_deactivated_is_refused(self) -> None:
        with pytest.raises(AccountInactiveError):
            a_user(is_active=False).require_active(NOON)

    @pytest.mark.parametrize(
        ("bar", "sentence"),
        [
            (Bar(BarKind.BANNED), "This account is banned."),
            (
                Bar(BarKind.LOCKED, NOON + DAY),
                "This account is locked until 2026-01-16 12:00 UTC.",
            ),
        ],
    )
    def test_banned_or_locked_is_refused_with_the_reason(self, bar: Bar, sentence: str) -> None:
        with pytest.raises(AccountInactiveError) as refusal:
            a_user(bar=bar).require_active(NOON)

        assert str(refusal.value) == sentence

    def test_a_lock_expires_by_itself(self) -> None:
        ann = a_user(bar=Bar(BarKind.LOCKED, NOON))

        assert ann.require_active(NOON) is ann


class TestOperators:
    def test_are_those_listed(self) -> None:
        Operators(frozenset({ANN, BOB})).require(bob())

    @pytest.mark.parametrize("ids", [frozenset(), frozenset({BOB}), frozenset({"", "None"})])
    def test_are_nobody_else(self, ids: frozenset[str]) -> None:
        with pytest.raises(AdminRequiredError):
            Operators(ids).require(a_user())

    def test_are_not_those_who_act_as_one(self) -> None:
        with pytest.raises(AdminRequiredError):
            Operators(frozenset({ANN})).require(a_user(), impersonator="user_support")

    def test_are_never_users_without_a_clerk_account(self) -> None:
        with pytest.raises(AdminRequiredError):
            Operators(frozenset({"", "None"})).require(a_user(clerk_user_id=None))


class TestStandings:
    def test_are_ordered_by_time(self) -> None:
        assert Standing(NOON, Bar(BarKind.BANNED)) < Standing(NOON + DAY)
        assert not Standing(NOON) < Standing(NOON)

    def test_of_one_instant_are_ordered_by_what_they_bar(self) -> None:
        free, banned = Standing(NOON), Standing(NOON, Bar(BarKind.BANNED))
        locked = Standing(NOON, Bar(BarKind.LOCKED))
        longer = Standing(NOON, Bar(BarKind.LOCKED, NOON + DAY))

        assert free < banned < locked < longer
        assert not longer < locked


class TestAPasswordUser:
    def test_is_refused_while_a_bar_applies_and_no_longer(self) -> None:
        user = a_user(clerk_user_id=None, bar=Bar(BarKind.LOCKED, NOON))

        assert user.require_password(NOON) is user
        with pytest.raises(AccountInactiveError, match="locked until"):
            user.require_password(NOON - DAY)
