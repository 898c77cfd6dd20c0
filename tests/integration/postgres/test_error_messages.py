"""What the messages of database errors leave out."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine


async def test_an_error_has_its_statement_and_no_parameters(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        with pytest.raises(DBAPIError) as refusal:
            await connection.execute(text("SELECT nothing, :value"), {"value": "hunter2"})

    assert "SELECT nothing" in str(refusal.value)
    assert "hunter2" not in str(refusal.value)
