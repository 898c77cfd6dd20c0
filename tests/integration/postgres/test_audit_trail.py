"""Nobody changes the audit trail, whatever they are allowed to."""

import asyncpg
import pytest

ADD = """
INSERT INTO audit_entries (at, actor, action, details) VALUES (now(), 'clerk', 'tier_changed', '{}')
"""


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET actor = 'somebody else'",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries",
    ],
)
async def test_the_audit_trail_is_append_only(pool: asyncpg.Pool, statement: str) -> None:
    await pool.execute(ADD)

    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await pool.execute(statement)

    assert await pool.fetchval("SELECT actor FROM audit_entries") == "clerk"
