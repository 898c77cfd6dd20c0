"""Examinations of the database: that it answers, what its role may do, its schema."""

import socket
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import asyncpg
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError

from sigmasight.adapters.postgres import MIGRATIONS, metadata
from sigmasight.adapters.postgres.engine import OPTIONS, UNPREPARED
from sigmasight.adapters.postgres.queue import SCHEMA
from sigmasight.domain.diagnosis import Examination, Finding, failed, passed, skipped

DATABASE: Final = "database"
UPGRADE: Final = "Run: sigmasight database upgrade."
APPEND_ONLY: Final = frozenset({"audit_entries"})
CLOSING: Final = 1.0
"""Seconds that a connection may take to close."""
NAMED: Final = 5
"""How many tables a finding names."""
SERVER: Final = """
SELECT current_setting('server_version') AS version, current_database() AS name,
    current_user AS role, current_setting('transaction_read_only')::bool AS is_read_only
"""
MISSING_RIGHTS: Final = """
WITH ours AS (
    SELECT each.oid, each.relname, each.relkind, schema.oid AS schema, schema.nspname
    FROM pg_class each JOIN pg_namespace schema ON schema.oid = each.relnamespace
    WHERE schema.nspname = $2 OR (
        each.relname = ANY($1) AND schema.nspname NOT IN ('pg_catalog', 'information_schema')
    )
), wanted AS (
    SELECT relname, privilege, has_table_privilege(oid, privilege) AS has
    FROM ours, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege
    WHERE relkind IN ('r', 'p')
        AND NOT (relname = ANY($3) AND privilege IN ('UPDATE', 'DELETE'))
    UNION ALL
    SELECT DISTINCT nspname, 'USAGE', has_schema_privilege(schema, 'USAGE') FROM ours
    UNION ALL
    SELECT relname, 'USAGE', CASE relkind WHEN 'S' THEN has_sequence_privilege(oid, 'USAGE') END
    FROM ours JOIN pg_depend ON objid = oid AND deptype = 'a' AND classid = 'pg_class'::regclass
    WHERE relkind = 'S'
)
SELECT relname::text AS name, privilege FROM wanted WHERE NOT has ORDER BY relname
"""
TABLES: Final = "SELECT count(*) FROM pg_class WHERE relname = ANY($1) AND relkind IN ('r', 'p')"
REFUSALS: Final[Mapping[str, tuple[str, str]]] = {
    "28": (
        "The database refuses the user or the password.",
        "Correct them in DATABASE_URL; escape / ? # [ ] @ in the password (as %2F …).",
    ),
    "3D": (
        "The server has no such database.",
        "Correct its name in DATABASE_URL, or create it: createdb NAME.",
    ),
    "53": (
        "The database has no connection left.",
        "Raise max_connections, stop what holds them, or put a pooler in front.",
    ),
    "57P03": (
        "The database starts up, or shuts down.",
        "Wait, and look into its log if it goes on.",
    ),
}
"""By what their SQLSTATE begins with."""


@asynccontextmanager
async def connected(dsn: str, **options: Any) -> AsyncIterator[Any]:
    """Open a connection of its own, with unnamed statements unless `options` say otherwise."""
    connection = await asyncpg.connect(dsn, **{**OPTIONS, **UNPREPARED, **options})
    try:
        yield connection
    except BaseException:
        connection.terminate()
        raise
    with suppress(TimeoutError):  # then it is terminated
        await connection.close(timeout=CLOSING)


class DatabaseAnswers(Examination):
    name = DATABASE

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    async def run(self) -> Finding:
        try:
            async with connected(self._dsn) as connection, connection.transaction():
                server = await connection.fetchrow(SERVER)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            return _unreachable(error)
        if server["is_read_only"]:
            return failed(
                f"Database {server['name']} only reads: it is a standby, or set so.",
                "Point DATABASE_URL to the primary; of several hosts, it is chosen with"
                " ?target_session_attrs=read-write.",
            )
        return passed(
            f"PostgreSQL {server['version']}, database {server['name']}, as {server['role']}."
        )


def _unreachable(error: Exception) -> Finding:
    sqlstate = getattr(error, "sqlstate", None) or ""
    for start, (detail, remedy) in REFUSALS.items():
        if sqlstate.startswith(start):
            return failed(detail, remedy)
    match error:
        case socket.gaierror():
            return failed(
                "The database's host has no address.", "Correct the host in DATABASE_URL."
            )
        case TimeoutError():
            return failed(
                "The database does not answer in time.",
                "Check the host and port in DATABASE_URL, and the firewall between.",
            )
        case ssl.SSLError():
            return failed(
                f"TLS with the database fails: {error.reason}.",
                "Correct sslmode and sslrootcert in DATABASE_URL.",
            )
        case ConnectionError() if "SSL" not in str(error):
            return failed(
                "Nothing accepts connections at the database's address.",
                "Start the database, or correct the host and port in DATABASE_URL.",
            )
    return failed(f"The database refuses the connection: {error}.", "Correct DATABASE_URL.")


class DatabaseRights(Examination):
    """Looks for what the role may not do with the tables that there are."""

    name = "rights"
    needs = (DATABASE,)

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    async def run(self) -> Finding:
        names = [table.name for table in metadata.sorted_tables]
        async with connected(self._dsn) as connection, connection.transaction():
            if not await connection.fetchval(TABLES, names):
                return skipped("There are no tables yet.", "See migrations.")
            role = await connection.fetchval("SELECT quote_ident(current_user)")
            missing = await connection.fetch(MISSING_RIGHTS, names, SCHEMA, list(APPEND_ONLY))
        if not missing:
            return passed("The role may read and write every table.")
        return failed(
            f"The role {role} lacks {_listed(missing)}.",
            f"As the tables' owner, for each of the schemas public and {SCHEMA}: GRANT USAGE ON"
            f" SCHEMA … TO {role}; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA …"
            f" TO {role}; GRANT USAGE ON ALL SEQUENCES IN SCHEMA … TO {role}.",
        )


def _listed(missing: Iterable[Mapping[str, Any]]) -> str:
    names = defaultdict[str, list[str]](list)
    for each in missing:
        names[each["privilege"]].append(each["name"])
    return "; ".join(f"{privilege} on {_shortened(on)}" for privilege, on in names.items())


def _shortened(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


class MigrationsApplied(Examination):
    name = "migrations"
    needs = (DATABASE,)

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    async def run(self) -> Finding:
        try:
            async with connected(self._dsn) as connection, connection.transaction():
                current = await connection.fetchval("SELECT version_num FROM alembic_version")
        except asyncpg.UndefinedTableError:
            current = None
        except asyncpg.InsufficientPrivilegeError:
            return failed(
                "The role may not read alembic_version.", "GRANT SELECT ON alembic_version TO it."
            )
        return _compared(current)


def _compared(current: str | None) -> Finding:
    scripts = ScriptDirectory(str(MIGRATIONS))
    head = scripts.get_current_head()
    if current == head:
        return passed(f"The schema is at {head}, this version's.")
    if current is None:
        return failed("The database has no schema.", UPGRADE)
    try:
        behind = len(list(scripts.iterate_revisions(head, current)))
    except RevisionError:
        return failed(
            f"The schema is at {current}, which this version does not know.",
            "Install the version that migrated the database, or downgrade with that version.",
        )
    return failed(f"The schema is at {current}, {behind} migrations behind {head}.", UPGRADE)
