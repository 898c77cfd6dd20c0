"""The PgBouncer of `deploy`, with this machine's program before the Postgres of the tests."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import asyncpg
import pytest
from sqlalchemy import make_url

from tests.integration.polling import until
from tests.support.servers.api_servers import free_port
from tests.support.servers.os_user import OS_USER

FOLDER: Final = Path(__file__).parents[3] / "deploy" / "pgbouncer"
PASSWORD: Final = "s3cret"  # noqa: S105
LOGINS: Final = "/tmp/userlist.txt"  # noqa: S108
SINCE_1_21: Final = re.compile(r"^max_prepared_statements.*\n", re.MULTILINE)


@pytest.fixture
def port(migrated: str, run_directory: Path) -> Iterator[int]:
    """The port of the pooler, whose database `sigmasight` is that of the tests."""
    url, port = make_url(migrated), free_port()
    host = url.host or url.query["host"]
    server = f"host={host} port={url.port or 5432} dbname={url.database} user={url.username}"
    logins = run_directory / f"logins-{port}"
    logins.mkdir()
    logins.chmod(0o777)
    ini = (FOLDER / "pgbouncer.ini").read_text()
    for deployed, here in {
        "host=postgres port=5432 dbname=sigmasight": server,
        "listen_addr = 0.0.0.0": "listen_addr = 127.0.0.1",
        "6432": str(port),
        LOGINS: f"{logins}/userlist.txt",
    }.items():
        assert deployed in ini
        ini = ini.replace(deployed, here)
    file, start = logins / "pgbouncer.ini", logins / "start.sh"
    file.write_text(SINCE_1_21.sub("", ini))
    start.write_text((FOLDER / "start.sh").read_text().replace(LOGINS, f"{logins}/userlist.txt"))
    with subprocess.Popen(  # noqa: S603
        ["/bin/sh", start, file],
        env={"PATH": f"{os.environ['PATH']}:/usr/sbin", "POSTGRES_PASSWORD": PASSWORD},
        user=OS_USER,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield port
        finally:
            process.terminate()


@pytest.mark.long("it needs PgBouncer, which `make test-long` installs")
async def test_pgbouncer_lets_in_who_has_the_password(port: int) -> None:
    address = f"127.0.0.1:{port}/sigmasight?sslmode=disable"

    async def answers() -> bool:
        try:
            connection = await asyncpg.connect(
                f"postgresql://sigmasight:{PASSWORD}@{address}", statement_cache_size=0
            )
        except OSError:
            return False
        found = await connection.fetchval("SELECT 1")
        await connection.close()
        return bool(found == 1)

    await until(answers, "answered")
    with pytest.raises(asyncpg.PostgresError):
        await asyncpg.connect(f"postgresql://sigmasight:wrong@{address}")
