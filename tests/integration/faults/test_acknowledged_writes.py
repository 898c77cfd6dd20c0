"""Whatever breaks on the way to the database: acknowledged writes are there, and each once."""

from collections.abc import Awaitable, Callable
from typing import Final

import asyncpg
import pytest

from tests.integration.database_rows import Rows
from tests.integration.faults.acknowledged import acknowledged, deliver, refused
from tests.support.builders.clerk_users import Person, a_person
from tests.support.servers.api_client import Api, all_unavailable
from tests.support.servers.fault_proxy import Cut, FaultProxy

PEOPLE: Final = 20
ROUNDS: Final = 6
OUR_BACKENDS: Final = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = 'sigmasight' AND datname = current_database()
    AND pid <> pg_backend_pid()
"""
Fault = Callable[[FaultProxy, asyncpg.Pool], Awaitable[object]]


async def reset(proxy: FaultProxy, _: asyncpg.Pool) -> None:
    proxy.reset()


async def cut_before_commit(proxy: FaultProxy, _: asyncpg.Pool) -> None:
    proxy.cut = Cut.BEFORE


async def cut_after_commit(proxy: FaultProxy, _: asyncpg.Pool) -> None:
    proxy.cut = Cut.AFTER


async def terminate_backends(_: FaultProxy, pool: asyncpg.Pool) -> None:
    await pool.execute(OUR_BACKENDS)


async def slow_down(proxy: FaultProxy, _: asyncpg.Pool) -> None:
    proxy.latency = 0.01


async def slice_bytes(proxy: FaultProxy, _: asyncpg.Pool) -> None:
    proxy.slices = 1


FAULTS: Final = [
    reset,
    cut_before_commit,
    cut_after_commit,
    terminate_backends,
    slow_down,
    slice_bytes,
]


def crowd(turn: int) -> list[Person]:
    return [a_person(f"p{turn}_{number}") for number in range(PEOPLE)]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@pytest.mark.parametrize(
    "rounds", [ROUNDS, pytest.param(5 * ROUNDS, marks=pytest.mark.long("600 webhooks a fault"))]
)
async def test_no_acknowledged_write_is_lost_and_none_is_doubled(
    api: Api, pool: asyncpg.Pool, proxy: FaultProxy, fault: Fault, rounds: int
) -> None:
    rows = Rows(pool)
    done: set[str] = set()
    for turn in range(rounds):
        people = crowd(turn)
        await fault(proxy, pool)
        answers = await deliver(api, people)
        assert all_unavailable(refused(answers), "database_unavailable")
        done |= acknowledged(people, answers)

        stored = {user["clerk_user_id"] for user in await rows.users()}
        assert done <= stored

    proxy.cut = None
    everybody = [person for turn in range(rounds) for person in crowd(turn)]
    again = await deliver(api, everybody)

    assert {answer.json()["status"] for answer in again} <= {"received", "duplicate"}
    users = [user["clerk_user_id"] for user in await rows.users()]
    assert sorted(users) == sorted(person.id for person in everybody)
    assert await rows.count("FROM webhook_inbox") == len(everybody)
