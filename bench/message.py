"""Taking an AI message against the bare statement that counts one up to a limit."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID, uuid4

from rich.console import Console

from bench.report import Rates, rounds, show
from bench.serving import Stage
from sigmasight.adapters.postgres.engine import create_pool, fetch_row
from sigmasight.adapters.postgres.usage import PostgresMessageLedger
from sigmasight.adapters.system import SystemClock
from sigmasight.domain.access.tiers import Limits, Tier
from sigmasight.domain.access.usage import MessageId
from sigmasight.domain.kernel import UserId

TITLE: Final = "Taking a message"
PEOPLE: Final = 64
MESSAGES: Final = 4_000
AT_ONCE: Final = 8
PLENTY: Final = 1_000_000
BARE: Final = """
UPDATE users SET ai_messages_used = ai_messages_used + 1
WHERE id = $1 AND ai_messages_used < $2 RETURNING ai_messages_used
"""
SIGN_UP: Final = "INSERT INTO users (id, email) VALUES ($1, $2)"

Take = Callable[[UserId], Awaitable[object]]


def measure(stage: Stage, console: Console) -> None:
    people = [UserId(UUID(int=number + 1)) for number in range(PEOPLE)]
    asyncio.run(_sign_up(stage.database, people))
    rates = rounds(console, TITLE, lambda: asyncio.run(_round(stage.database, people)))
    ratio = show(console, TITLE, rates)
    console.print(f"Median ratio {ratio:.2f}")


async def _sign_up(database: str, people: list[UserId]) -> None:
    async with create_pool(database) as pool:
        await pool.executemany(SIGN_UP, [(each, f"{each}@bench") for each in people])


async def _round(database: str, people: list[UserId]) -> Rates:
    limits = {tier: Limits(max_portfolios=None, max_ai_messages=PLENTY) for tier in Tier}
    async with create_pool(database) as pool:
        ledger, clock = PostgresMessageLedger(pool), SystemClock()

        async def bare(user: UserId) -> object:
            return await fetch_row(pool, BARE, user, PLENTY)

        async def ours(user: UserId) -> object:
            return await ledger.reserve(user, MessageId(uuid4()), clock.now(), limits)

        return await _rate(bare, people), await _rate(ours, people)


async def _rate(take: Take, people: list[UserId]) -> float:
    """Return how many a second were taken, by several people at once."""

    async def some(place: int) -> None:
        for number in range(MESSAGES // AT_ONCE):
            await take(people[(number * AT_ONCE + place) % PEOPLE])

    began = time.perf_counter()
    await asyncio.gather(*(some(place) for place in range(AT_ONCE)))
    return MESSAGES / (time.perf_counter() - began)
