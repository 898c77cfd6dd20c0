"""Polling for what a server does after its response."""

import asyncio
from typing import Final

from tests.integration.database_rows import Rows

PAUSE: Final = 0.05


async def wait_until(rows: Rows, query: str, expected: int, *, tries: int = 200) -> None:
    """Return once there are that many rows; fail if there never are."""
    for _ in range(tries):
        if await rows.count(query) == expected:
            return
        await asyncio.sleep(PAUSE)
    raise AssertionError(f"Never {expected}: {query}")
