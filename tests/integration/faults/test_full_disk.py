"""A full disk: what cannot be written is refused, and what was acknowledged is there afterwards."""

import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from sigmasight.adapters.postgres.schema import upgrade
from tests.integration.database_rows import Rows
from tests.integration.faults.acknowledged import acknowledged, deliver, refused
from tests.integration.outages.database.stoppable_postgres import OwnPostgres, own_postgres
from tests.integration.polling import serves, until
from tests.support.builders.clerk_users import a_person
from tests.support.servers.api_client import Api, all_unavailable, client_of
from tests.support.servers.api_servers import running

pytestmark = pytest.mark.long("mounts a file system, for which it must be root")

DISK_BYTES: Final = 200 << 20
PEOPLE: Final = [a_person(f"p{number}") for number in range(2_000)]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(disk)]
    subprocess.run(mount, check=True)  # noqa: S603
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)  # noqa: S603, S607


@pytest.fixture
def own(disk: Path) -> Iterator[OwnPostgres]:
    with own_postgres(disk) as postgres:
        upgrade(postgres.dsn)
        yield postgres


@pytest.fixture
async def api(own: OwnPostgres, tmp_path: Path) -> AsyncIterator[Api]:
    with running(1, own.dsn, tmp_path) as servers:
        async with client_of(*servers) as api:
            yield api


def fill(disk: Path) -> Path:
    """Write until there is no byte left."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 16))
        except OSError:
            return ballast


async def test_a_full_disk_loses_no_acknowledged_write(
    api: Api, own: OwnPostgres, disk: Path
) -> None:
    before = await deliver(api, PEOPLE[:100])
    ballast = fill(disk)
    during = await deliver(api, PEOPLE[100:])
    ballast.unlink()
    if not own.running:
        own.start()
    await until(lambda: serves(api), "served again", tries=600)

    async with asyncpg.create_pool(own.dsn) as pool:
        stored = {user["clerk_user_id"] for user in await Rows(pool).users()}
        again = await deliver(api, PEOPLE)
        people = len(await Rows(pool).users())

    assert {answer.status_code for answer in before} == {200}
    assert refused(during)
    assert all_unavailable(refused(during), "database_unavailable")
    assert acknowledged(PEOPLE, [*before, *during]) <= stored
    assert {answer.json()["status"] for answer in again} <= {"received", "duplicate"}
    assert people == len(PEOPLE)
