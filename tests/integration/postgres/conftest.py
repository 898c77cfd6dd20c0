"""A database without a schema, and a proxy that records what is sent to Postgres."""

from collections.abc import AsyncIterator, Iterator

import pytest
from anyio.from_thread import start_blocking_portal

from tests.integration.postgres.scratch_database import ScratchDatabase, scratch_database
from tests.support.servers.postgres_proxy import PostgresProxy, postgres_proxy


@pytest.fixture
async def scratch(postgres: str) -> AsyncIterator[ScratchDatabase]:
    async with scratch_database(postgres) as database:
        yield database


@pytest.fixture
def proxy(dsn: str) -> Iterator[PostgresProxy]:
    """Runs in a thread: starting and stopping servers blocks the event loop of the test."""
    with (
        start_blocking_portal() as thread,
        thread.wrap_async_context_manager(postgres_proxy(dsn)) as proxy,
    ):
        yield proxy
