"""The examination of this machine's clock, against Clerk's and the database's."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

import asyncpg
import httpx

from sigmasight.adapters.diagnosis.database import connected
from sigmasight.adapters.jwt import LEEWAY
from sigmasight.domain.diagnosis import Examination, Finding, failed, passed, skipped
from sigmasight.domain.kernel import Clock

HALF_A_SECOND: Final = timedelta(seconds=0.5)
"""A Date header has whole seconds: on average it is that much behind."""
TIMEOUT: Final = 5.0
REMEDY: Final = (
    "Synchronize both clocks (NTP): tokens and webhooks are refused, and months end, by them."
)


class ClocksAgree(Examination):
    """Compares the clocks that can be read; tokens may differ by five seconds."""

    name = "clock"

    def __init__(
        self, clock: Clock, client: httpx.AsyncClient, clerk_url: str | None, dsn: str | None
    ) -> None:
        self._clock = clock
        self._client = client
        self._clerk_url = clerk_url
        self._dsn = dsn

    async def run(self) -> Finding:
        ahead = {
            name: difference
            for name, difference in zip(
                ("Clerk's", "the database's"),
                await asyncio.gather(
                    self._ahead_of(self._clerks_time), self._ahead_of(self._databases_time)
                ),
                strict=True,
            )
            if difference is not None
        }
        if not ahead:
            return skipped("There is no other clock to compare with.", "See issuer and database.")
        wrong = {name: by for name, by in ahead.items() if abs(by) > LEEWAY}
        if not wrong:
            return passed(f"Within {LEEWAY} seconds of {' and '.join(ahead)}.")
        described = " and ".join(
            f"{abs(by):.0f} seconds {'ahead of' if by > 0 else 'behind'} {name}"
            for name, by in wrong.items()
        )
        return failed(f"This machine's clock is {described}.", REMEDY)

    async def _ahead_of(self, read: Callable[[], Awaitable[datetime | None]]) -> float | None:
        """Return the seconds that we are ahead, between the question and the answer."""
        before = self._clock.now()
        theirs = None
        with contextlib.suppress(
            TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError
        ):
            async with asyncio.timeout(TIMEOUT):
                theirs = await read()
        if theirs is None:
            return None
        ours = before + (self._clock.now() - before) / 2
        return (ours - theirs).total_seconds()

    async def _clerks_time(self) -> datetime | None:
        if self._clerk_url is None:
            return None
        try:
            answer = await self._client.get(self._clerk_url)
            date = parsedate_to_datetime(answer.headers["Date"])
        except (httpx.HTTPError, KeyError, ValueError):
            return None
        return (date if date.tzinfo else date.replace(tzinfo=UTC)) + HALF_A_SECOND

    async def _databases_time(self) -> datetime | None:
        if self._dsn is None:
            return None
        async with connected(self._dsn) as connection, connection.transaction():
            now: datetime = await connection.fetchval("SELECT clock_timestamp()")
        return now
