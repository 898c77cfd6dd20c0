"""A process that takes messages of one user, many at once: `python -m … DSN USER COUNT`."""

import asyncio
import sys
from collections import Counter
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sigmasight.adapters.postgres.engine import create_pool
from sigmasight.adapters.postgres.usage import PostgresMessageLedger
from sigmasight.domain.access.tiers import DEFAULT_LIMITS
from sigmasight.domain.access.usage import AiLimitReachedError, MessageId
from sigmasight.domain.kernel import UserId

AT_ONCE = 200
"""Ten times the connections: waiting five seconds for one counts as an outage."""
NOON = datetime(2126, 1, 15, 12, tzinfo=UTC)
"""So far ahead that no server takes these messages for abandoned."""


async def take(dsn: str, user: UserId, count: int) -> Counter[str]:
    async with create_pool(dsn) as pool:
        ledger = PostgresMessageLedger(pool)
        print("ready", flush=True)  # noqa: T201  all begin at once
        await asyncio.to_thread(sys.stdin.readline)

        places = asyncio.Semaphore(AT_ONCE)

        async def one() -> str:
            try:
                async with places:
                    await ledger.reserve(user, MessageId(uuid4()), NOON, DEFAULT_LIMITS)
            except AiLimitReachedError:
                return "refused"
            return "taken"

        return Counter(await asyncio.gather(*(one() for _ in range(count))))


if __name__ == "__main__":
    served = asyncio.run(take(sys.argv[1], UserId(UUID(sys.argv[2])), int(sys.argv[3])))
    print(served["taken"], served["refused"])  # noqa: T201
