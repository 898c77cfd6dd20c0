"""`sigmasight database backup` and `restore`: all of the database in one file."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

import rich_click as click

from sigmasight.domain.kernel import count_noun
from sigmasight.entrypoints.cli.output import Output, prints
from sigmasight.entrypoints.cli.parameters import file_argument
from sigmasight.entrypoints.cli.shared import (
    CommandFailedError,
    operation,
    operator,
    progress_bar,
    require_confirmation,
)
from sigmasight.entrypoints.composition import BackupError, Restore, back_up, prepare_restore

UNRECORDED: Final = "This is not in the audit trail: the database only reads, or has none yet."
PASSES: Final = 3
"""A backup counts each table, dumps it and reads it again."""

T = TypeVar("T")


@click.command("backup")
@click.argument(
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to make, in pg_dump's custom format.",
)
@click.option("--overwrite", is_flag=True, help="Replace a file that exists.")
@prints
def backup_command(file: Path, *, overwrite: bool, output: Output) -> None:
    """Store the database in FILE, and check that all of it is there."""
    if file.exists():
        require_confirmation(f"{file} exists and is replaced.", given=overwrite, flag="--overwrite")
    with _progress(f"Backing up to {file}") as on_table:
        report = _run(
            back_up(
                os.environ["DATABASE_URL"],
                file,
                actor=operator(),
                operation=operation(),
                on_table=on_table,
            )
        )
    if not report.is_recorded:
        output.note(UNRECORDED)
    rows = sum(report.rows.values())
    output.result(
        f"{file} has {count_noun(rows, 'row')} of {count_noun(len(report.rows), 'table')}"
        f" in {count_noun(report.bytes, 'byte')}, read again and complete.",
        {
            "file": str(file),
            "bytes": report.bytes,
            "tables": len(report.rows),
            "rows": rows,
            "revision": report.revision,
        },
    )


@click.command("restore")
@file_argument
@click.option("--force", is_flag=True, help="Delete what is in the database, without asking.")
@click.option("--no-privileges", is_flag=True, help="Grant nothing to other roles.")
@prints
def restore_command(file: Path, *, force: bool, no_privileges: bool, output: Output) -> None:
    """Replace the database by FILE, completely or not at all."""
    restore: Restore = _run(prepare_restore(os.environ["DATABASE_URL"], file))
    if restore.existing:
        require_confirmation(
            f"This deletes all {count_noun(restore.existing, 'table')} of the database"
            f" “{restore.database}”, and restores the backup of {restore.created_at}.",
            given=force,
            flag="--force",
        )
    with _progress(f"Restoring {file}", restore.tables) as on_table:
        report = _run(
            restore(
                actor=operator(),
                operation=operation(),
                privileges=not no_privileges,
                on_table=on_table,
            )
        )
    if not report.is_recorded:
        output.note(UNRECORDED)
    if not report.is_current:
        output.note("It is of an earlier version. Run: sigmasight database upgrade --no-prompt")
    rows = sum(report.rows.values())
    output.result(
        f"{restore.database} has {count_noun(rows, 'row')} of"
        f" {count_noun(len(report.rows), 'table')} again, counted and complete.",
        {
            "database": restore.database,
            "tables": len(report.rows),
            "rows": rows,
            "revision": report.revision,
            "created_at": restore.created_at,
        },
    )


def _run(work: Awaitable[T]) -> T:
    async def run() -> T:
        return await work

    try:
        return asyncio.run(run())
    except BackupError as error:
        raise CommandFailedError(str(error)) from error


@contextmanager
def _progress(text: str, tables: int = 0) -> Iterator[Callable[[str], None]]:
    """Yield what counts tables; without their number, the first pass over them shows it."""
    with progress_bar() as progress:
        task = progress.add_task(text, total=tables or None)
        seen: set[str] = set()

        def count(table: str) -> None:
            if not tables:
                seen.add(table)
                progress.update(task, total=PASSES * len(seen))
            progress.advance(task)

        yield count
