"""Clocks that differ."""

from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest

from sigmasight.adapters.diagnosis.clock import ClocksAgree
from sigmasight.domain.diagnosis import Verdict
from tests.support.builders.instants import NOON
from tests.support.fakes.kernel import FixedClock

URL = "https://clerk.example.com/.well-known/jwks.json"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """A Clerk at which it is noon; other addresses do not answer."""

    def answer(request: httpx.Request) -> httpx.Response:
        if str(request.url) != URL:
            raise httpx.ConnectError("refused")
        return httpx.Response(200, headers={"Date": format_datetime(NOON, usegmt=True)})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        yield client


@pytest.mark.parametrize("seconds", [-4, 0, 5])
async def test_a_few_seconds_are_fine(client: httpx.AsyncClient, seconds: int) -> None:
    clock = FixedClock(NOON + timedelta(seconds=seconds))

    assert (await ClocksAgree(clock, client, URL, None).run()).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("minutes", "detail"),
    [(-10, "600 seconds behind Clerk's"), (10, "600 seconds ahead of Clerk's")],
)
async def test_minutes_are_named(client: httpx.AsyncClient, minutes: int, detail: str) -> None:
    clock = FixedClock(NOON + timedelta(minutes=minutes))
    finding = await ClocksAgree(clock, client, URL, None).run()

    assert finding.verdict is Verdict.FAILED
    assert detail in finding.detail


async def test_without_another_clock_there_is_nothing_to_compare(
    client: httpx.AsyncClient,
) -> None:
    dead = "postgresql://postgres@127.0.0.1:1/app"
    finding = await ClocksAgree(FixedClock(NOON), client, "https://dead.example.com", dead).run()

    assert finding.verdict is Verdict.SKIPPED
