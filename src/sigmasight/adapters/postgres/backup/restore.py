"""Restoring a backup: in one transaction, so that a failure leaves the database as it was."""

import asyncio
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final, cast

from alembic.script import ScriptDirectory

from sigmasight.adapters.postgres import MIGRATIONS
from sigmasight.adapters.postgres.backup import trail
from sigmasight.adapters.postgres.backup.contents import (
    TABLES,
    CopiedRows,
    OnTable,
    direct_connection,
)
from sigmasight.adapters.postgres.backup.errors import BackupError, explained
from sigmasight.adapters.postgres.backup.programs import (
    Programs,
    address_of,
    find_programs,
    newest_programs,
)

DUMPED_FROM: Final = re.compile(r"Dumped from database version: (\d+)")
CREATED_AT: Final = re.compile(r"Archive created at (.+)")
AUDIT: Final = "public.audit_entries"
CLEAR: Final = (Path(__file__).with_name("clear.sql")).read_text()


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What a database has now."""

    rows: Mapping[str, int]
    revision: str
    is_current: bool
    """Whether that is the schema of this version; an older one has to be upgraded."""
    is_recorded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """A restore that can begin: the file is a backup, and the database takes it."""

    dsn: str
    file: Path
    programs: Programs
    database: str
    existing: int
    """How many tables the database has, all of which the restore deletes."""
    tables: int
    created_at: str

    async def __call__(
        self, *, actor: str, operation: str, privileges: bool, on_table: OnTable
    ) -> RestoreReport:
        """Replace everything by the file's contents; raise BackupError, nothing changed."""
        omitted = ["--no-owner", "--no-comments", *([] if privileges else ["--no-privileges"])]
        return await asyncio.to_thread(self._run, actor, operation, omitted, on_table)

    def _run(
        self,
        actor: str,
        operation: str,
        omitted: Sequence[str],
        on_table: OnTable,
    ) -> RestoreReport:
        scripts = ScriptDirectory(str(MIGRATIONS))
        known = {each.revision for each in scripts.walk_revisions()}
        copied = CopiedRows(on_table)
        with _psql(self.programs, self.dsn) as script:
            script.write(f"BEGIN;\n{CLEAR}".encode())
            for line in _lines(self.programs, self.file, omitted):
                copied.feed(line)
                script.write(line)
            revision = copied.revision
            if revision is None:
                raise BackupError(f"{self.file} is no backup of SigmaSight.")
            if revision not in known:
                raise BackupError(
                    f"{self.file} is of a later version of SigmaSight (schema {revision}):"
                    " restore it with that version."
                )
            is_recorded = AUDIT in copied.counts
            script.write(_verification(copied.counts).encode())
            if is_recorded:
                script.write(trail.statement(actor, operation).encode())
            script.write(b"COMMIT;\nANALYZE;\n")
        is_current = revision in scripts.get_heads()
        return RestoreReport(copied.counts, revision, is_current, is_recorded)


async def prepare_restore(dsn: str, file: Path) -> Restore:
    """Check the file, the database and the programs; raise BackupError."""
    listing = await asyncio.to_thread(_listing, file)
    source, created = DUMPED_FROM.search(listing), CREATED_AT.search(listing)
    async with direct_connection(dsn) as connection:
        server = connection.get_server_version().major
        existing = len(await connection.fetch(TABLES))
        database = await connection.fetchval("SELECT current_database()")
    if source and int(source[1]) > server:
        raise BackupError(
            f"{file} is of a Postgres {source[1]}, and this server is {server}: restore it into"
            f" a Postgres {source[1]} or later."
        )
    return Restore(
        dsn=dsn,
        file=file,
        programs=find_programs(server),
        database=database,
        existing=existing,
        tables=listing.count(" TABLE DATA "),
        created_at=created[1].strip() if created else "an unknown time",
    )


def _listing(file: Path) -> str:
    listed = subprocess.run(  # noqa: S603
        [newest_programs()["pg_restore"], "--list", file],
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        raise BackupError(f"{file} cannot be read as a backup. {explained(listed.stderr)}")
    return listed.stdout


@contextmanager
def _psql(programs: Programs, dsn: str) -> Iterator[IO[bytes]]:
    """Yield where to write a script to; an error in it or here ends psql before its commit."""
    address = address_of(dsn)
    command = [
        *(programs["psql"], "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"),
        *("--file=-", f"--dbname={address.url}"),
    ]
    with TemporaryFile() as errors:
        with (
            suppress(BrokenPipeError),  # it has ended, and its error says why
            subprocess.Popen(  # noqa: S603
                command,
                env=address.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            ) as process,
        ):
            script = cast("IO[bytes]", process.stdin)
            try:
                yield script
            except BaseException:
                process.kill()
                with suppress(BrokenPipeError):
                    script.close()  # or its end would hide the error
                raise
        _require_success(process, errors)


def _lines(programs: Programs, file: Path, omitted: Sequence[str]) -> Iterator[bytes]:
    """Yield the lines of a backup's script; raise BackupError if it is damaged."""
    command = [programs["pg_restore"], *omitted, "--file=-", str(file)]
    with TemporaryFile() as errors:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors) as process:  # noqa: S603
            try:
                yield from cast("IO[bytes]", process.stdout)
            except BaseException:
                process.kill()
                raise
        _require_success(process, errors)


def _require_success(process: "subprocess.Popen[bytes]", errors: IO[bytes]) -> None:
    if process.returncode:
        errors.seek(0)
        raise explained(errors.read().decode())


def _verification(counts: Mapping[str, int]) -> str:
    """Return statements that fail unless each table has its rows."""
    checks = "".join(
        f"SELECT count(*) INTO found FROM {name};\n"  # noqa: S608  quoted by Postgres
        f"IF found <> {count} THEN RAISE EXCEPTION"
        f" '% has % rows instead of {count}', {trail.literal(name)}, found; END IF;\n"
        for name, count in counts.items()
    )
    return f"DO $verify$ DECLARE found bigint; BEGIN\n{checks}END $verify$;\n"
