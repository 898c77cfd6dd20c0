"""Reading Clerk's users one by one and in pages."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from sigmasight.adapters.clerk.users import (
    CHUNK,
    PAGE,
    ClerkAccountDirectory,
    ClerkIdentityProvider,
)
from sigmasight.domain.identity.identity_provider import (
    AccountCreationRefusedError,
    NewAccount,
    ProviderAccount,
)
from sigmasight.domain.identity.sessions import (
    IdentityProviderClosedError,
    IdentityProviderUnavailableError,
)
from sigmasight.domain.identity.users import AccountInactiveError, Bar, BarKind, Profile
from sigmasight.domain.kernel import ClerkUserId
from tests.support.builders.clerk_events import a_person, an_address
from tests.support.builders.instants import DAY, MINUTE, NOON
from tests.support.builders.users import ANN, ANNS_ID, a_profile
from tests.unit.adapters.clerk.scripted_clerk import KEY, Answer, ScriptedClerk, answer, asking


async def profile(clerk: ScriptedClerk, key: str | None = KEY) -> Profile | None:
    reported: Profile | None = await asking(
        clerk, lambda b: ClerkIdentityProvider(b).profile(ANN), key
    )
    return reported


async def entries(
    clerk: ScriptedClerk, after: ClerkUserId | None = None
) -> list[list[ProviderAccount]]:
    pages: list[list[ProviderAccount]] = []
    async with clerk.backend() as backend:
        pages.extend([list(page) async for page in ClerkAccountDirectory(backend).pages(after)])
    return pages


def people(start: int, count: int) -> list[dict[str, Any]]:
    return [a_person(ClerkUserId(f"user_{number:05}")) for number in range(start, start + count)]


def a_newcomer(**changes: Any) -> NewAccount:
    about = {"email": "ann@example.com", "full_name": "Ann Example", "hashed_password": None}
    return NewAccount(id=ANNS_ID, **{**about, **changes})


async def creation_request(newcomer: NewAccount) -> dict[str, Any]:
    """Return the request that creates an account."""
    clerk = ScriptedClerk(answer(a_person()))
    await asking(clerk, lambda backend: ClerkAccountDirectory(backend).create_account(newcomer))
    [request] = clerk.requests
    body: dict[str, Any] = json.loads(request.content)
    return body


class TestProfile:
    async def test_is_the_primary_address_the_name_and_when_they_changed(self) -> None:
        clerk = ScriptedClerk(answer(a_person(verified=True)))

        assert await profile(clerk) == a_profile()
        assert clerk.asked == ["GET /users/user_ann"]

    async def test_is_not_requested_without_a_secret_key(self) -> None:
        clerk = ScriptedClerk(answer(a_person()))

        assert await profile(clerk, key=None) is None
        assert clerk.requests == []

    async def test_of_an_unknown_account_means_it_is_deleted(self) -> None:
        with pytest.raises(AccountInactiveError):
            await profile(ScriptedClerk(answer({"errors": []}, 404)))

    @pytest.mark.parametrize(
        "given",
        [
            *(answer({}, status) for status in (302, 401, 403, 422, 429, 500, 503)),
            answer([]),
            answer({}),
            answer({**a_person(), "updated_at": 1e300}),
            httpx.Response(200, text="<html>"),
            httpx.Response(200, content=b'{"id": "\xff"}'),
            httpx.Response(200, content=b"[" * 100_000),
            httpx.ReadTimeout("no answer"),
        ],
    )
    async def test_that_is_empty_is_an_invalid_response(self, given: Answer) -> None:
        clerk = ScriptedClerk(given)

        with pytest.raises(IdentityProviderUnavailableError):
            await profile(clerk)

        assert len(clerk.requests) <= 2


class TestRegister:
    async def test_is_closed_without_a_secret_key(self) -> None:
        with pytest.raises(IdentityProviderClosedError):
            await asking(
                ScriptedClerk(answer({})), lambda b: ClerkAccountDirectory(b).count(), key=None
            )

    async def test_counts(self) -> None:
        clerk = ScriptedClerk(answer({"object": "total_count", "total_count": 7}))

        assert await asking(clerk, lambda backend: ClerkAccountDirectory(backend).count()) == 7
        assert clerk.asked == ["GET /users/count"]

    async def test_reads_all_pages_in_order(self) -> None:
        clerk = ScriptedClerk(answer(people(0, PAGE)), answer(people(PAGE, 3)))

        pages = await entries(clerk, after=ClerkUserId("user_x"))

        assert [len(page) for page in pages] == [PAGE, 3]
        assert pages[1][0].account == "user_00500"
        asked = [parse_qs(urlsplit(line).query) for line in clerk.asked]
        assert [query["starting_after"] for query in asked] == [["user_x"], ["user_00499"]]
        assert {(*query["limit"], *query["order_by"]) for query in asked} == {
            ("500", "+created_at")
        }

    async def test_begins_at_the_oldest_and_stops_at_an_empty_page(self) -> None:
        clerk = ScriptedClerk(answer(people(0, PAGE)), answer([]))

        pages = await entries(clerk)

        assert [len(page) for page in pages] == [PAGE]
        assert "starting_after" not in clerk.asked[0]

    @pytest.mark.parametrize(
        "pages", [(people(0, PAGE),), (people(0, PAGE), people(PAGE, PAGE), people(0, PAGE))]
    )
    async def test_does_not_go_in_circles(self, pages: Sequence[Any]) -> None:
        clerk = ScriptedClerk(*map(answer, pages))

        with pytest.raises(
            IdentityProviderUnavailableError,
            match=r"^The identity provider repeats the same page of its register\.$",
        ):
            await entries(clerk)

        assert len(clerk.requests) == max(2, len(pages))

    async def test_knows_our_id_of_those_we_made(self) -> None:
        clerk = ScriptedClerk(answer([a_person(external_id=str(ANNS_ID))]))

        assert await entries(clerk) == [[ProviderAccount(ANN, a_profile(), str(ANNS_ID))]]

    async def test_is_requested_for_a_hundred_accounts_at_a_time(self) -> None:
        wanted = [ClerkUserId(f"user_{number:05}") for number in range(CHUNK + 1)]
        clerk = ScriptedClerk(answer(people(0, 2)), answer([a_person(ClerkUserId("user_other"))]))

        known = await asking(clerk, lambda backend: ClerkAccountDirectory(backend).existing(wanted))

        assert known == {"user_00000", "user_00001"}
        asked = [parse_qs(urlsplit(line).query) for line in clerk.asked]
        assert [len(query["user_id[]"]) for query in asked] == [CHUNK, 1]
        assert asked[0]["limit"] == ["100"]

    async def test_of_no_accounts_asks_nothing(self) -> None:
        clerk = ScriptedClerk(answer([]))

        assert (
            await asking(clerk, lambda backend: ClerkAccountDirectory(backend).existing([]))
            == set()
        )
        assert clerk.requests == []

    async def test_finds_every_account_with_an_address_primary_or_not(self) -> None:
        second = [an_address("ann@example.com"), an_address("Both@Example.com", identity="idn_2")]
        clerk = ScriptedClerk(answer([a_person(email_addresses=second), *people(0, 1)]))

        found = await asking(
            clerk, lambda b: ClerkAccountDirectory(b).with_email("both@example.com")
        )

        assert [entry.account for entry in found] == [ANN]
        assert clerk.asked == ["GET /users?limit=100&email_address%5B%5D=both%40example.com"]

    async def test_with_an_address_are_locked_for_so_long_from_now_on(self) -> None:
        locked = a_person(locked=True, lockout_expires_in_seconds=60)
        clerk = ScriptedClerk(answer([locked]))

        [entry] = await asking(
            clerk, lambda b: ClerkAccountDirectory(b).with_email("ann@example.com")
        )

        assert entry.profile.standing.bar == Bar(BarKind.LOCKED, NOON + MINUTE)


class TestLock:
    """The seconds that a lock has left count from the answer, not from the last change."""

    LOCKED = a_person(at=NOON - DAY, locked=True, lockout_expires_in_seconds=60)
    BAR = Bar(BarKind.LOCKED, NOON + MINUTE)

    async def test_of_one_account_expires(self) -> None:
        reported = await profile(ScriptedClerk(answer(self.LOCKED)))

        assert reported
        assert reported.standing
        assert reported.standing.bar == self.BAR

    async def test_of_all_accounts_expires(self) -> None:
        [[entry]] = await entries(ScriptedClerk(answer([self.LOCKED])))

        assert entry.profile.standing
        assert entry.profile.standing.bar == self.BAR

    async def test_of_an_address_and_of_a_new_account_expires(self) -> None:
        found = await asking(
            ScriptedClerk(answer([self.LOCKED])),
            lambda b: ClerkAccountDirectory(b).with_email("ann@example.com"),
        )
        created = await asking(
            ScriptedClerk(answer(self.LOCKED)),
            lambda b: ClerkAccountDirectory(b).create_account(a_newcomer()),
        )

        assert [each.profile.standing.bar for each in (*found, created)] == [self.BAR, self.BAR]


class TestEnrolment:
    async def test_hands_on_the_address_our_id_and_both_names(self) -> None:
        assert await creation_request(a_newcomer(full_name="Ann  Maria Example")) == {
            "email_address": ["ann@example.com"],
            "external_id": str(ANNS_ID),
            "first_name": "Ann",
            "last_name": "Maria Example",
            "skip_password_requirement": True,
        }

    @pytest.mark.parametrize(
        ("name", "reported"), [(None, {}), ("  ", {}), ("Ann", {"first_name": "Ann"})]
    )
    async def test_leaves_out_names_nobody_has(self, name: str | None, reported: Any) -> None:
        body = await creation_request(a_newcomer(full_name=name))

        assert {key: body[key] for key in ("first_name", "last_name") if key in body} == reported

    @pytest.mark.parametrize(
        ("digest", "hasher"),
        [
            ("$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA", "argon2id"),
            ("$argon2i$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA", "argon2i"),
            ("$2b$12$" + "x" * 53, "bcrypt"),
            ("$2a$12$" + "x" * 53, "bcrypt"),
            ("$2y$12$" + "x" * 53, "bcrypt"),
        ],
    )
    async def test_takes_a_password_along_as_its_hash(self, digest: str, hasher: str) -> None:
        body = await creation_request(a_newcomer(hashed_password=digest))

        assert (body["password_digest"], body["password_hasher"]) == (digest, hasher)
        assert "skip_password_requirement" not in body

    @pytest.mark.parametrize("digest", [None, "", "$argon2d$v=19$x", "md5:abc", "$2x$10$abc"])
    async def test_leaves_a_hash_of_another_kind_behind(self, digest: str | None) -> None:
        body = await creation_request(a_newcomer(hashed_password=digest))

        assert body["skip_password_requirement"] is True
        assert "password_digest" not in body

    @pytest.mark.parametrize("status", [400, 402, 403, 409, 422])
    async def test_refused_carries_clerks_reason(self, status: int) -> None:
        fault = {"code": "form_identifier_exists", "message": "taken", "long_message": "Is taken."}
        clerk = ScriptedClerk(answer({"errors": [fault]}, status))

        with pytest.raises(AccountCreationRefusedError, match=r"Is taken\."):
            await asking(
                clerk, lambda backend: ClerkAccountDirectory(backend).create_account(a_newcomer())
            )

        assert len(clerk.requests) == 1

    async def test_that_may_have_happened_is_not_tried_again(self) -> None:
        clerk = ScriptedClerk(httpx.ReadTimeout("no answer"))

        with pytest.raises(IdentityProviderUnavailableError):
            await asking(
                clerk, lambda backend: ClerkAccountDirectory(backend).create_account(a_newcomer())
            )

        assert len(clerk.requests) == 1
