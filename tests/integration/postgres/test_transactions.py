"""Transactions that lose a race run again, a bounded number of times; all others are undone."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, NoReturn
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from sigmasight.adapters.postgres.engine import PostgresTransaction
from sigmasight.adapters.postgres.identity import UserRow
from sigmasight.domain.kernel import DatabaseUnavailableError, NotFoundError
from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import a_person

ANN, BOB = a_person("ann"), a_person("bob")
REPEATABLE_READ: Final = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


class Work:
    """A session's transaction, how often its work was tried, and a meeting point in it."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.tries = 0
        self.arrived = asyncio.Event()
        self._transaction = PostgresTransaction(session)

    async def run(self, work: Callable[[], Awaitable[None]]) -> None:
        async def counted() -> None:
            self.tries += 1
            await work()

        await self._transaction.run(counted)

    async def wait_for_other(self, other: "Work") -> None:
        """Wait until both have come this far."""
        self.arrived.set()
        await other.arrived.wait()

    async def count_up(self, user: UUID) -> None:
        used = UserRow.ai_messages_used
        await self.session.execute(
            update(UserRow).where(UserRow.id == user).values(ai_messages_used=used + 1)
        )


@pytest.fixture
async def one(engine: AsyncEngine) -> AsyncIterator[Work]:
    async with AsyncSession(engine) as session:
        yield Work(session)


@pytest.fixture
async def two(engine: AsyncEngine) -> AsyncIterator[Work]:
    async with AsyncSession(engine) as session:
        yield Work(session)


async def used(rows: Rows) -> list[int]:
    return [row["ai_messages_used"] for row in await rows.users()]


async def test_the_loser_of_a_deadlock_runs_again_and_both_count_once(
    one: Work, two: Work, rows: Rows
) -> None:
    ann, bob = await rows.add_user(ANN), await rows.add_user(BOB)

    async def lock_both(work: Work, other: Work, first: UUID, second: UUID) -> None:
        async def opposite() -> None:
            await work.count_up(first)
            await work.wait_for_other(other)
            await work.count_up(second)

        await work.run(opposite)

    await asyncio.gather(lock_both(one, two, ann, bob), lock_both(two, one, bob, ann))

    assert await used(rows) == [2, 2]
    assert sorted([one.tries, two.tries]) == [1, 2]


async def test_the_loser_of_a_unique_value_runs_again_and_sees_the_winner(
    one: Work, two: Work, rows: Rows
) -> None:
    seen: list[int] = []

    async def take(work: Work, other: Work, key: UUID) -> None:
        async def unless_taken() -> None:
            held = (await work.session.scalars(select(UserRow.id))).all()
            await work.wait_for_other(other)
            if held:
                seen.append(len(held))
            else:
                await work.session.execute(insert(UserRow).values(id=key, email=ANN.email))

        await work.run(unless_taken)

    await asyncio.gather(take(one, two, UUID(int=1)), take(two, one, UUID(int=2)))

    assert seen == [1]
    assert len(await rows.users()) == 1
    assert sorted([one.tries, two.tries]) == [1, 2]


async def test_the_loser_of_a_serialization_runs_again(one: Work, two: Work, rows: Rows) -> None:
    ann = await rows.add_user(ANN)

    async def count(work: Work, other: Work) -> None:
        async def serially() -> None:
            await work.session.execute(REPEATABLE_READ)
            await work.session.scalars(select(UserRow.id))
            await work.wait_for_other(other)
            await work.count_up(ann)

        await work.run(serially)

    await asyncio.gather(count(one, two), count(two, one))

    assert await used(rows) == [2]
    assert sorted([one.tries, two.tries]) == [1, 2]


async def test_work_that_always_loses_is_given_up_after_five_tries(one: Work, rows: Rows) -> None:
    ann = await rows.add_user(ANN)

    async def always_fails() -> None:
        await one.count_up(ann)
        await one.session.execute(insert(UserRow).values(id=ann, email="other@example.com"))

    with pytest.raises(DatabaseUnavailableError):
        await one.run(always_fails)

    assert one.tries == 5
    assert await used(rows) == [0]


@pytest.mark.parametrize("error", [NotFoundError("gone"), ZeroDivisionError(), TypeError()])
async def test_work_that_raises_is_undone_and_not_tried_again(
    one: Work, rows: Rows, error: Exception
) -> None:
    ann = await rows.add_user(ANN)

    async def refuse() -> NoReturn:
        await one.count_up(ann)
        raise error

    with pytest.raises(type(error)):
        await one.run(refuse)

    assert one.tries == 1
    assert await used(rows) == [0]


async def test_work_that_is_cancelled_is_undone_and_lets_go_of_its_locks(
    one: Work, two: Work, rows: Rows
) -> None:
    ann = await rows.add_user(ANN)

    async def wait_for_ever() -> None:
        await one.count_up(ann)
        await one.wait_for_other(Work(one.session))

    task = asyncio.create_task(one.run(wait_for_ever))
    await one.arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    await two.run(lambda: two.count_up(ann))
    assert await used(rows) == [1]


async def test_a_broken_connection_is_an_outage_and_the_next_transaction_succeeds(
    one: Work, rows: Rows
) -> None:
    ann = await rows.add_user(ANN)

    async def cut() -> None:
        await one.count_up(ann)
        await one.session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(DatabaseUnavailableError):
        await one.run(cut)
    await one.run(lambda: one.count_up(ann))

    assert await used(rows) == [1]
    assert one.tries == 2


async def test_pending_changes_of_an_adapter_are_committed_or_lost_with_the_rest(
    one: Work, rows: Rows
) -> None:
    await rows.add_user(BOB)

    async def add_two() -> None:
        await one.session.execute(insert(UserRow).values(id=uuid4(), email=ANN.email))
        one.session.add(UserRow(id=uuid4(), email=BOB.email))  # taken: refused once it is written

    with pytest.raises(DatabaseUnavailableError):
        await one.run(add_two)

    assert one.tries == 5
    assert [row["email"] for row in await rows.users()] == [BOB.email]


async def test_a_connection_abandoned_in_a_transaction_is_not_reused(
    engine: AsyncEngine, one: Work, rows: Rows
) -> None:
    async with engine.connect() as connection:
        raw = await connection.get_raw_connection()
        left = raw.driver_connection
        assert left is not None
        await left.execute("BEGIN")

    async def add() -> None:
        await one.session.execute(insert(UserRow).values(id=uuid4(), email=ANN.email))

    await one.run(add)

    assert [row["email"] for row in await rows.users()] == [ANN.email]
    assert left.is_closed()
