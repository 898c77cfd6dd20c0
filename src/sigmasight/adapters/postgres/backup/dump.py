"""Making a backup: pg_dump's custom format, complete and checked, or no file at all."""

import asyncio
import os
import re
import subprocess
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkstemp
from typing import Any, Final

import asyncpg

from sigmasight.adapters.postgres.backup.contents import (
    CopiedRows,
    OnTable,
    count_rows,
    direct_connection,
    require_same,
)
from sigmasight.adapters.postgres.backup.errors import BackupError, explained
from sigmasight.adapters.postgres.backup.programs import Programs, address_of, find_programs
from sigmasight.adapters.postgres.backup.trail import record

DUMPING: Final = re.compile(r'dumping contents of table "(.+)"')


@dataclass(frozen=True, slots=True)
class BackupReport:
    """A file that was made and read again."""

    bytes: int
    rows: dict[str, int]
    revision: str
    is_recorded: bool
    """In the audit trail; not where the database only reads, or has no trail yet."""


async def back_up(
    dsn: str, file: Path, *, actor: str, operation: str, on_table: OnTable
) -> BackupReport:
    """Store the database of one instant in a file, readable by its owner alone.

    Each table is reported three times: counted, dumped, and read again. Raise BackupError.
    """
    with _replacing(file) as temporary:
        async with direct_connection(dsn) as connection:
            programs = find_programs(connection.get_server_version().major)
            is_recorded = await record(connection, actor, operation)
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                rows = await count_rows(connection, on_table)
                revision = await _revision(connection)
                snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
                await asyncio.to_thread(_dump, programs, dsn, temporary, snapshot, on_table)
        copied = await asyncio.to_thread(_read_again, programs, temporary, on_table)
        require_same(rows, copied)
        size = temporary.stat().st_size
    return BackupReport(size, rows, revision, is_recorded)


@contextmanager
def _replacing(file: Path) -> Iterator[Path]:
    """Yield a file beside that one, which takes its place at the end, or disappears."""
    try:
        descriptor, name = mkstemp(prefix=f".{file.name}.", suffix=".part", dir=file.parent)
    except OSError as error:
        raise BackupError(f"{file.parent} cannot be written to: {error.strerror}.") from error
    temporary = Path(name)
    try:
        yield temporary
        os.fsync(descriptor)
        temporary.replace(file)
    finally:
        os.close(descriptor)
        temporary.unlink(missing_ok=True)


async def _revision(connection: Any) -> str:
    with suppress(asyncpg.UndefinedTableError):
        if revision := await connection.fetchval("SELECT version_num FROM public.alembic_version"):
            return str(revision)
    raise BackupError("This database has no schema of SigmaSight: check DATABASE_URL.")


def _dump(programs: Programs, dsn: str, file: Path, snapshot: str, on_table: OnTable) -> None:
    address = address_of(dsn)
    command = [
        *(programs["pg_dump"], "--format=custom", f"--snapshot={snapshot}", "--verbose"),
        *(f"--file={file}", f"--dbname={address.url}"),
    ]
    last: deque[str] = deque(maxlen=20)
    with subprocess.Popen(  # noqa: S603
        command, env=address.environment, stderr=subprocess.PIPE, text=True
    ) as process:
        for line in process.stderr or ():
            last.append(line)
            if match := DUMPING.search(line):
                on_table(match[1])
    if process.returncode:
        raise explained("".join(last))


def _read_again(programs: Programs, file: Path, on_table: OnTable) -> dict[str, int]:
    copied = CopiedRows(on_table)
    with subprocess.Popen(  # noqa: S603
        [programs["pg_restore"], "--data-only", "--file=-", file],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        for line in process.stdout or ():
            copied.feed(line)
        errors = process.stderr.read().decode() if process.stderr else ""
    if process.returncode:
        raise explained(errors)
    return copied.counts
