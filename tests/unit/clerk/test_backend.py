"""Clerk's Backend API, asked about one person."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from sigmasight.adapters.clerk.backend import ClerkDirectory
from sigmasight.domain.identity.sessions import IdentityProviderUnavailableError
from sigmasight.domain.identity.users import AccountInactiveError, Profile
from sigmasight.domain.kernel import ClerkUserId
from tests.unit.clerk_says import a_person
from tests.unit.examples import ANN, a_profile


def time_out() -> httpx.Response:
    raise httpx.ReadTimeout("no answer")


class Backend:
    """Answers as it is made to, and keeps what it was asked."""

    def __init__(self, answer: Callable[[], httpx.Response], *, knows_us: bool = True) -> None:
        self._answer = answer
        self._secret = "sk_x" if knows_us else None
        self.requests: list[httpx.Request] = []

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._answer()

    async def profile(self, account: ClerkUserId = ANN) -> Profile | None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(self._handle)) as client:
            directory = ClerkDirectory(client, "https://api.clerk.test/v1", self._secret)
            return await directory.profile(account)


def answering(person: Any, status: int = 200) -> Callable[[], httpx.Response]:
    return lambda: httpx.Response(status, json=person)


async def test_a_person_is_told_of_with_the_primary_address_and_when_they_changed() -> None:
    backend = Backend(answering(a_person(verified=True)))

    profile = await backend.profile()

    assert profile == a_profile()


async def test_the_request_names_the_version_and_carries_the_secret() -> None:
    backend = Backend(answering(a_person()))

    await backend.profile()

    [request] = backend.requests
    assert str(request.url) == "https://api.clerk.test/v1/users/user_ann"
    assert request.headers["Authorization"] == "Bearer sk_x"
    assert request.headers["Clerk-API-Version"] == "2026-05-12"


async def test_without_a_secret_key_nothing_is_asked() -> None:
    backend = Backend(answering(a_person()), knows_us=False)

    assert await backend.profile() is None
    assert backend.requests == []


async def test_somebody_unknown_is_gone() -> None:
    with pytest.raises(AccountInactiveError):
        await Backend(answering({"errors": []}, 404)).profile()


@pytest.mark.parametrize("account", ["../instance", "user_a/../../jwks", "user_a?x=y", "user_a#b"])
async def test_an_id_cannot_leave_its_place_in_the_address(account: str) -> None:
    backend = Backend(answering(a_person()))

    await backend.profile(ClerkUserId(account))

    [request] = backend.requests
    assert request.url.path == f"/v1/users/{account}"
    assert request.url.raw_path.count(b"/") == 3
    assert not request.url.query


@pytest.mark.parametrize(
    "answer",
    [
        *(answering({}, status) for status in (302, 401, 403, 422, 429, 500, 503)),
        answering([]),
        answering({}),
        answering({**a_person(), "updated_at": 1e300}),
        lambda: httpx.Response(200, text="<html>"),
        lambda: httpx.Response(200, content=b'{"id": "\xff"}'),
        time_out,
    ],
)
async def test_an_answer_that_tells_nothing_is_unavailable(
    answer: Callable[[], httpx.Response],
) -> None:
    with pytest.raises(IdentityProviderUnavailableError):
        await Backend(answer).profile()
