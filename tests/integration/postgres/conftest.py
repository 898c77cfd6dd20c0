"""A database without a schema."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.postgres.scratch_database import Scratch, scratch_database


@pytest.fixture
async def scratch(postgres: str) -> AsyncIterator[Scratch]:
    async with scratch_database(postgres) as database:
        yield database
