"""What is in a database and in a file: tables, rows, and the version of the schema."""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg

from sigmasight.adapters.postgres.backup.errors import BackupError
from sigmasight.adapters.postgres.outages import translate_outages

OnTable = Callable[[str], None]
"""Called with the name of each table that has been dealt with."""

TABLES: Final = """
SELECT format('%I.%I', nspname, relname) AS name
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind = 'r' AND nspname !~ '^pg_' AND nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
ORDER BY name
"""
COPY: Final = re.compile(rb"COPY (.+?) \(.*\) FROM stdin;\n")
END: Final = b"\\.\n"
REVISIONS: Final = "public.alembic_version"


@asynccontextmanager
async def direct_connection(dsn: str) -> AsyncIterator[Any]:
    """Connect; raise BackupError behind a pooler, which would mix our statements with others'."""
    with translate_outages():
        connection = await asyncpg.connect(dsn, timeout=10)
    try:
        announced = connection.get_server_pid()
        if announced != await connection.fetchval("SELECT pg_backend_pid()"):
            raise BackupError(
                "DATABASE_URL leads to a pooler such as PgBouncer. Set it to the address of"
                " Postgres itself for this command."
            )
        await connection.execute("SET idle_in_transaction_session_timeout = 0")
        yield connection
    finally:
        await connection.close(timeout=10)


async def count_rows(connection: Any, on_table: OnTable) -> dict[str, int]:
    """Count the rows of each table, without those of extensions."""
    counts = {}
    for row in await connection.fetch(TABLES):
        name = row["name"]
        counts[name] = await connection.fetchval(f"SELECT count(*) FROM {name}")  # noqa: S608  quoted by Postgres
        on_table(name)
    return counts


class CopiedRows:
    """Counts the rows of each table in a script of pg_restore, line by line."""

    def __init__(self, on_table: OnTable) -> None:
        self.counts: dict[str, int] = {}
        self.revision: str | None = None
        self._on_table = on_table
        self._table = ""

    def feed(self, line: bytes) -> None:
        if self._table:
            if line == END:
                self._on_table(self._table)
                self._table = ""
            else:
                self.counts[self._table] += 1
                if self._table == REVISIONS:
                    self.revision = line.decode().strip()
        elif match := COPY.fullmatch(line):
            self._table = match[1].decode()
            self.counts[self._table] = 0


def require_same(expected: Mapping[str, int], found: Mapping[str, int]) -> None:
    """Raise BackupError unless a file has the rows of the database."""
    different = [
        f"{name} has {found.get(name, 0)} rows instead of {count}"
        for name, count in expected.items()
        if found.get(name) != count
    ]
    if different:
        raise BackupError(f"The file is not what the database was: {'; '.join(different)}.")
