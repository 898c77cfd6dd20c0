"""Backups of the whole database, made and restored by Postgres's own programs."""

from sigmasight.adapters.postgres.backup.dump import BackupReport, back_up
from sigmasight.adapters.postgres.backup.errors import BackupError
from sigmasight.adapters.postgres.backup.restore import (
    Restore,
    RestoreReport,
    prepare_restore,
)

__all__ = [
    "BackupError",
    "BackupReport",
    "Restore",
    "RestoreReport",
    "back_up",
    "prepare_restore",
]
