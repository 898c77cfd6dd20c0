"""Asking Clerk's Backend API: when again, after how long, and when not at all."""

import asyncio
import gzip
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest

from sigmasight.adapters.clerk.client import (
    BATCH,
    INTERACTIVE,
    ClerkClient,
    ClerkRequest,
    RetryPolicy,
    build_path,
    refusal_message,
)
from sigmasight.domain.identity.sessions import (
    IdentityProviderClosedError,
    IdentityProviderUnavailableError,
)
from tests.support.builders.instants import NOON
from tests.support.fakes.kernel import FixedClock
from tests.unit.adapters.clerk.scripted_clerk import KEY, URL, Answer, ScriptedClerk, answer, asking

GOOD = answer({"fine": True})
SILENCE = httpx.ReadTimeout("no answer")
UNREACHED = httpx.ConnectError("no route")


def question(budget: RetryPolicy = BATCH, **changes: object) -> ClerkRequest:
    return ClerkRequest("GET", "/things", budget, **changes)  # type: ignore[arg-type]


async def ask(clerk: ScriptedClerk, asked: ClerkRequest, key: str | None = KEY) -> httpx.Response:
    given: httpx.Response = await asking(clerk, lambda backend: backend.send(asked), key)
    return given


async def test_a_request_names_the_version_and_carries_the_secret() -> None:
    clerk = ScriptedClerk(GOOD)

    await ask(clerk, question(query=[("user_id[]", "a b"), ("order_by", "+created_at")]))

    [request] = clerk.requests
    assert str(request.url) == f"{URL}/things?user_id%5B%5D=a+b&order_by=%2Bcreated_at"
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.headers["Clerk-API-Version"] == "2026-05-12"


async def test_without_a_secret_key_nothing_is_asked() -> None:
    clerk = ScriptedClerk(GOOD)

    with pytest.raises(IdentityProviderClosedError):
        await ask(clerk, question(), key=None)

    assert clerk.requests == []


@pytest.mark.parametrize("failure", [*(answer({}, s) for s in (429, 500, 502, 503)), SILENCE])
async def test_a_failure_that_may_pass_is_asked_about_again(failure: Answer) -> None:
    clerk = ScriptedClerk(failure, failure, failure, GOOD)

    given = await ask(clerk, question())

    assert given.json() == {"fine": True}
    assert len(clerk.requests) == 4
    assert len(clerk.waits) == 3
    assert all(0 < wait <= BATCH.max_backoff for wait in clerk.waits)


@pytest.mark.parametrize(("budget", "tries"), [(BATCH, 4), (INTERACTIVE, 2)])
@pytest.mark.parametrize("failure", [answer({}, 500), SILENCE, UNREACHED])
async def test_a_failure_that_stays_is_given_up_on(
    failure: Answer, budget: RetryPolicy, tries: int
) -> None:
    clerk = ScriptedClerk(failure)

    with pytest.raises(IdentityProviderUnavailableError):
        await ask(clerk, question(budget))

    assert len(clerk.requests) == tries
    assert len(clerk.waits) == tries - 1
    assert max(clerk.waits) <= budget.max_backoff


async def test_a_request_never_takes_longer_than_two_timeouts_and_a_second() -> None:
    assert INTERACTIVE.timeout * INTERACTIVE.tries + INTERACTIVE.max_retry_after <= 11


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    "reported", ["7", format_datetime(NOON + timedelta(seconds=7), usegmt=True), " 7 "]
)
async def test_the_wait_clerk_asks_for_is_the_one_it_gets(status: int, reported: str) -> None:
    clerk = ScriptedClerk(answer({}, status, Retry_After=reported), GOOD)

    await ask(clerk, question())

    assert clerk.waits == [7.0]


@pytest.mark.parametrize(
    "reported",
    [
        "soon",
        "-3",
        "1e3",
        "NaN",
        "",
        "0",
        "Thu, 15 Jan 2026 11:00:00",
        "Thu, 15 Jan 2026 11:00:00 +99999999999999",
    ],
)
async def test_an_impossible_retry_after_is_replaced_by_our_own_delay(reported: str) -> None:
    clerk = ScriptedClerk(answer({}, 429, Retry_After=reported), GOOD)

    await ask(clerk, question())

    [wait] = clerk.waits
    assert 0 < wait <= BATCH.max_backoff


@pytest.mark.parametrize(
    ("budget", "reported", "passed_on"),
    [(BATCH, "31", 31), (INTERACTIVE, "2", 2), (BATCH, "9" * 400, 3600)],
)
async def test_a_retry_after_over_our_limit_is_passed_on_to_the_caller(
    budget: RetryPolicy, reported: str, passed_on: float
) -> None:
    clerk = ScriptedClerk(answer({}, 429, Retry_After=reported))

    with pytest.raises(IdentityProviderUnavailableError) as refusal:
        await ask(clerk, question(budget))

    assert refusal.value.retry_after == passed_on
    assert clerk.waits == []
    assert len(clerk.requests) == 1


async def test_the_last_retry_after_is_passed_on_too() -> None:
    clerk = ScriptedClerk(answer({}, 429, Retry_After="1"))

    with pytest.raises(IdentityProviderUnavailableError) as refusal:
        await ask(clerk, question(INTERACTIVE))

    assert clerk.waits == [1.0]
    assert refusal.value.retry_after == 1


@pytest.mark.parametrize("failure", [answer({}, 500), answer({}, 503, Retry_After="1"), SILENCE])
async def test_a_request_that_is_not_idempotent_is_not_retried_once_it_may_have_happened(
    failure: Answer,
) -> None:
    clerk = ScriptedClerk(failure)

    with pytest.raises(IdentityProviderUnavailableError):
        await ask(clerk, question(idempotent=False))

    assert len(clerk.requests) == 1


@pytest.mark.parametrize("failure", [answer({}, 429), UNREACHED, httpx.ConnectTimeout("slow")])
async def test_a_request_that_is_not_idempotent_is_retried_where_it_cannot_have_happened(
    failure: Answer,
) -> None:
    clerk = ScriptedClerk(failure, GOOD)

    given = await ask(clerk, question(idempotent=False))

    assert given.is_success
    assert len(clerk.requests) == 2


@pytest.mark.parametrize("status", [302, 400, 404, 409, 418, 422])
async def test_a_refusal_is_not_asked_about_again_and_returned_only_if_it_is_expected(
    status: int,
) -> None:
    clerk = ScriptedClerk(answer({}, status))

    with pytest.raises(IdentityProviderUnavailableError):
        await ask(clerk, question())
    expected = await ask(clerk, question(expected_statuses=[status]))

    assert expected.status_code == status
    assert len(clerk.requests) == 2


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_is_reported_and_never_logged(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    clerk = ScriptedClerk(answer({"errors": []}, status))

    with (
        caplog.at_level(logging.DEBUG, logger="sigmasight"),
        pytest.raises(IdentityProviderUnavailableError, match="refused our secret key"),
    ):
        await ask(clerk, question())

    assert str(status) in caplog.text
    assert KEY not in caplog.text


class Streaming(httpx.AsyncBaseTransport):
    """Answers with one stream, which is not read before the client does."""

    def __init__(self, stream: httpx.AsyncByteStream, **headers: str) -> None:
        self.stream, self.headers, self.requests = stream, headers, 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        return httpx.Response(200, headers=self.headers, stream=self.stream, request=request)

    async def asked(self) -> httpx.Response:
        async with httpx.AsyncClient(transport=self) as client:
            return await ClerkClient(client, URL, KEY, FixedClock(NOON)).send(question())


async def test_an_endless_answer_is_read_to_a_limit_and_not_asked_for_again() -> None:
    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                yield bytes(1 << 20)

    clerk = Streaming(Endless())

    with pytest.raises(IdentityProviderUnavailableError):
        await clerk.asked()

    assert clerk.requests == 1


async def test_a_compressed_answer_is_read_as_it_was_meant() -> None:
    packed = httpx.ByteStream(gzip.compress(b'{"fine": true}'))

    answered = await Streaming(packed, **{"Content-Encoding": "gzip"}).asked()

    assert answered.json() == {"fine": True}


async def test_a_try_ends_when_its_time_is_over_however_slowly_clerk_drips() -> None:
    class Dripping(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"{"
            await asyncio.Event().wait()

    class Endless(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, stream=Dripping(), request=request)

    clerk = ScriptedClerk(GOOD)
    hasty = RetryPolicy(timeout=0.01, tries=2, max_backoff=1, max_retry_after=1)
    async with httpx.AsyncClient(transport=Endless()) as client:
        backend = ClerkClient(client, URL, KEY, FixedClock(NOON), sleep=clerk.sleep)
        with pytest.raises(IdentityProviderUnavailableError):
            await backend.send(question(hasty))

    assert len(clerk.waits) == 1


@pytest.mark.parametrize("odd", ["..", ".", "../instance", "a/../../jwks", "a?x=y", "a#b", "a%2Fb"])
async def test_an_id_cannot_leave_its_place_in_the_address(odd: str) -> None:
    clerk = ScriptedClerk(GOOD)

    await ask(clerk, ClerkRequest("GET", build_path("users", odd), BATCH))

    [request] = clerk.requests
    assert request.url.path == f"/v1/users/{odd}"
    assert request.url.raw_path.count(b"/") == 3
    assert not request.url.query


@pytest.mark.parametrize(
    ("refusal", "given"),
    [
        ({"errors": [{"message": "short", "long_message": "The long one."}]}, "The long one."),
        ({"errors": [{"message": "short", "long_message": None}]}, "short"),
        ({"errors": [{}, {"message": "second"}]}, "second"),
        ({"errors": []}, "Clerk answered with status 422."),
        ({"errors": "?"}, "Clerk answered with status 422."),
        ([], "Clerk answered with status 422."),
    ],
)
def test_a_reason_is_in_clerks_own_words_where_it_has_any(refusal: object, given: str) -> None:
    assert refusal_message(answer(refusal, 422)) == given
