"""A database without a schema."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.postgres.scratch_database import ScratchDatabase, scratch_database


@pytest.fixture
async def scratch(postgres: str) -> AsyncIterator[ScratchDatabase]:
    async with scratch_database(postgres) as database:
        yield database
