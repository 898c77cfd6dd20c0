"""Backups and restores in the audit trail, whatever the version of the schema."""

from typing import Any, Final

import asyncpg
import msgspec

from sigmasight.domain.audit import AuditAction

ADD: Final = """
INSERT INTO public.audit_entries (at, actor, action, details) VALUES (now(), {}, {}, {}::jsonb)
"""


async def record(connection: Any, actor: str, operation: str) -> bool:
    """Record an operation; return False where the database only reads, or has no trail yet."""
    try:
        await connection.execute(
            ADD.format("$1", "$2", "$3"), actor, AuditAction.COMMAND.value, _details(operation)
        )
    except (asyncpg.UndefinedTableError, asyncpg.ReadOnlySQLTransactionError):
        return False
    return True


def statement(actor: str, operation: str) -> str:
    """Return the statement that records an operation, for a script."""
    values = (actor, AuditAction.COMMAND.value, _details(operation))
    return f"{ADD.format(*map(literal, values)).strip()};\n"


def literal(text: str) -> str:
    """Quote a text for a script, in which backslashes mean themselves."""
    return "'" + text.replace("'", "''") + "'"


def _details(operation: str) -> str:
    return msgspec.json.encode({"operation": operation}).decode()
