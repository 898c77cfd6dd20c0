"""A failover: the server finds the promoted standby by itself, with all that was acknowledged."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from sigmasight.adapters.postgres.schema import upgrade
from tests.integration.database_rows import Rows
from tests.integration.faults.acknowledged import acknowledged, deliver, refused
from tests.integration.outages.database.stoppable_postgres import (
    OwnPostgres,
    own_postgres,
    require_standby,
)
from tests.integration.polling import serves, until
from tests.support.builders.clerk_users import a_person
from tests.support.servers.api_client import all_unavailable, client_of
from tests.support.servers.api_servers import running

PEOPLE: Final = [a_person(f"p{number}") for number in range(60)]


@pytest.fixture
def primary(tmp_path: Path) -> Iterator[OwnPostgres]:
    with own_postgres(tmp_path) as postgres:
        upgrade(postgres.dsn)
        yield postgres


@pytest.fixture
async def standby(primary: OwnPostgres) -> AsyncIterator[OwnPostgres]:
    """A standby that has what the primary has committed."""
    with primary.standby() as standby:
        await require_standby(primary)
        yield standby


def address_of(*servers: OwnPostgres) -> str:
    """Return the address by which whichever of them writes is found."""
    folders = [parse_qs(urlsplit(each.dsn).query)["host"][0] for each in servers]
    ports = ",".join("5432" for _ in folders)
    where = f"host={','.join(folders)}&port={ports}"
    return f"postgresql://postgres:@/postgres?{where}&target_session_attrs=read-write"


async def test_a_failover_loses_no_acknowledged_write_and_needs_no_restart(
    primary: OwnPostgres, standby: OwnPostgres, tmp_path: Path
) -> None:
    with running(1, address_of(primary, standby), tmp_path) as servers:
        async with client_of(*servers) as api:
            before = await deliver(api, PEOPLE[:20])
            during = asyncio.create_task(deliver(api, PEOPLE[20:]))
            primary.crash()
            lost = refused(await during)
            down = await api.probe("/health/ready")
            standby.promote()
            await until(lambda: serves(api), "served again")
            answers = [*before, *await during]
            async with asyncpg.create_pool(standby.dsn) as pool:
                stored = {user["clerk_user_id"] for user in await Rows(pool).users()}
                again = await deliver(api, PEOPLE)
                people = len(await Rows(pool).users())

    assert {answer.status_code for answer in before} == {200}
    assert all_unavailable([*lost, down], "database_unavailable")
    assert acknowledged(PEOPLE, answers) <= stored
    assert {answer.json()["status"] for answer in again} <= {"received", "duplicate"}
    assert people == len(PEOPLE)
