"""PgBouncer in transaction mode before the Postgres of a test run (`TEST_POOLER=1`)."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import URL, make_url

from tests.support.servers.debian import find_program
from tests.support.servers.os_user import OS_USER

CONFIGURATION: Final = """
[databases]
* = {server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {pool_size}
max_client_conn = 2000
server_login_retry = {login_retry}
"""
POOL_SIZE: Final = 5
LOGIN_RETRY: Final = 15
"""Seconds between two attempts to reach Postgres: PgBouncer's own default."""


POOLERS: Final[list["Pooler"]] = []
"""The pooler of this run, if there is one."""


def database_settings(dsn: str) -> dict[str, str]:
    """Return a server's settings for a database, behind the pooler if there is one."""
    return POOLERS[0].settings(dsn) if POOLERS else {"DATABASE_URL": dsn}


@dataclass(frozen=True)
class Pooler:
    postgres: URL
    port: int

    def settings(self, dsn: str) -> dict[str, str]:
        """Return a server's settings for a database, behind the pooler if it is there."""
        url = make_url(dsn)
        if url.set(database="") != self.postgres.set(database=""):  # None would change nothing
            return {"DATABASE_URL": dsn}
        pooled = URL.create(
            "postgresql", url.username, host="127.0.0.1", port=self.port, database=url.database
        )
        return {
            "DATABASE_URL": pooled.render_as_string(hide_password=False),
            "DATABASE_PREPARED_STATEMENTS": "false",
        }


def write_configuration(
    file: Path,
    server: str,
    port: int,
    *,
    pool_size: int = POOL_SIZE,
    login_retry: int = LOGIN_RETRY,
) -> None:
    """Write a configuration for a server, whose connection parameters are given as text."""
    file.write_text(
        CONFIGURATION.format(server=server, port=port, pool_size=pool_size, login_retry=login_retry)
    )
    file.chmod(0o644)


@contextmanager
def pooler_before(dsn: str, directory: Path, port: int) -> Iterator[None]:
    """Run PgBouncer before a Postgres that trusts its host's users."""
    url = make_url(dsn)
    host = url.host or url.query["host"]
    server = f"host={host} port={url.port or 5432} user={url.username}"
    file = directory / f"pgbouncer-{port}.ini"
    write_configuration(file, server, port)
    user = ("-u", OS_USER) if OS_USER else ()
    with subprocess.Popen(  # noqa: S603
        [find_program("pgbouncer"), "-q", *user, str(file)], stderr=subprocess.DEVNULL
    ) as process:
        POOLERS.append(Pooler(url, port))
        try:
            yield
        finally:
            POOLERS.clear()
            process.terminate()
