"""Rows for any schema: every column filled, and only what must be."""

from datetime import UTC, datetime
from decimal import Decimal
from graphlib import TopologicalSorter
from typing import Any, Final
from uuid import UUID

from tests.integration.postgres.scratch_database import ScratchDatabase

ANN, BOB = UUID(int=1), UUID(int=2)
OWNER: Final = "user_id"
INSTANT: Final = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
VALUES: Final[dict[str, Any]] = {
    "_text": ["text"],
    "_timestamptz": [INSTANT],
    "_uuid": [ANN],
    "_varchar": ["text"],
    "bigint": 7,
    "boolean": True,
    "bytea": b"body",
    "character varying": "x",
    "date": INSTANT.date(),
    "integer": 7,
    "jsonb": "{}",
    "numeric": Decimal("12.34"),
    "text": "text",
    "timestamp with time zone": INSTANT,
}
COLUMNS: Final = """
SELECT table_name, column_name,
       CASE data_type WHEN 'ARRAY' THEN udt_name ELSE data_type END AS data_type,
       is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO' AS required
FROM information_schema.columns
WHERE table_schema = 'public' AND table_name <> 'alembic_version'
ORDER BY table_name, ordinal_position
"""
REFERENCES: Final = """
SELECT conrelid::regclass::text AS table_name, confrelid::regclass::text AS refers_to
FROM pg_constraint WHERE contype = 'f'
"""

Column = dict[str, Any]


async def fill(scratch: ScratchDatabase) -> None:
    """Put two rows into every table: Ann's has all columns, Bob's only the required ones."""
    tables: dict[str, list[Column]] = {}
    for column in await scratch.fetch(COLUMNS):
        tables.setdefault(column["table_name"], []).append(column)
    order = TopologicalSorter[str](dict.fromkeys(tables, ()))
    for reference in await scratch.fetch(REFERENCES):
        order.add(reference["table_name"], reference["refers_to"])
    for table in order.static_order():
        columns = tables[table]
        await _put(scratch, table, columns, ANN)
        await _put(scratch, table, [column for column in columns if column["required"]], BOB)


async def _put(scratch: ScratchDatabase, table: str, columns: list[Column], whose: UUID) -> None:
    names = ", ".join(column["column_name"] for column in columns)
    places = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
    await scratch.fetch(
        f"INSERT INTO {table} ({names}) VALUES ({places})",  # noqa: S608
        *(_value(column, whose) for column in columns),
    )


def _value(column: Column, whose: UUID) -> Any:
    if column["data_type"] == "uuid":
        return whose
    if column["data_type"] == "character varying" and column["required"]:
        return f"x{whose.int}"  # a key, or an address: each has their own
    return VALUES[column["data_type"]]
