"""Polling for what happens beside our own requests."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from tests.integration.database_rows import Rows
from tests.support.servers.api_client import Api

PAUSE: Final = 0.05


async def until(condition: Callable[[], Awaitable[object]], what: str, *, tries: int = 200) -> None:
    """Return once a condition is true; fail if it never is."""
    for _ in range(tries):
        if await condition():
            return
        await asyncio.sleep(PAUSE)
    raise AssertionError(f"Never {what}")


async def wait_until(rows: Rows, query: str, expected: int, *, tries: int = 200) -> None:
    """Return once there are that many rows; fail if there never are."""

    async def there_are() -> bool:
        return await rows.count(query) == expected

    await until(there_are, f"{expected}: {query}", tries=tries)


async def serves(api: Api) -> bool:
    return (await api.probe("/health/ready")).is_success
