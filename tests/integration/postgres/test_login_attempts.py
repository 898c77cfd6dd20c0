"""What logging in holds of the database, and what it sweeps up on the way."""

from datetime import timedelta

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from sigmasight.adapters.password_login.tokens import HmacSessionTokens
from sigmasight.adapters.postgres.attempts import PRUNED_AT_ONCE, PostgresAttempts
from sigmasight.adapters.postgres.engine import PostgresTransaction
from sigmasight.adapters.postgres.password_login import (
    PostgresKnownNetworks,
    PostgresPasswordAccounts,
)
from sigmasight.domain.access.attempts import network_of
from sigmasight.domain.identity.password_login import (
    LogInWithPassword,
    PasswordCheck,
    RegisterWithPassword,
)
from tests.integration.database_rows import Rows
from tests.support.builders.instants import NOON
from tests.support.fakes.kernel import FixedClock
from tests.support.fakes.password_login import FakePasswords

EMAIL, SECRET = "ann@example.com", "correct horse"
MOMENT = timedelta(microseconds=1)


class ConnectionCountingPasswords(FakePasswords):
    """Notes how many connections are in use while it is at work."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__()
        self._engine = engine
        self.connections: list[str] = []

    async def hash(self, password: str) -> str:
        self.connections.append(self._engine.pool.status())
        return await super().hash(password)

    async def verify(self, password: str, hashed: str | None) -> PasswordCheck:
        self.connections.append(self._engine.pool.status())
        return await super().verify(password, hashed)


async def test_no_connection_is_held_while_a_password_is_hashed_or_compared(
    engine: AsyncEngine, session: AsyncSession
) -> None:
    passwords, clock = ConnectionCountingPasswords(engine), FixedClock(NOON)
    accounts, transaction = PostgresPasswordAccounts(session), PostgresTransaction(session)
    register = RegisterWithPassword(
        accounts, PostgresAttempts(session), passwords, clock, transaction
    )
    log_in = LogInWithPassword(
        accounts,
        PostgresKnownNetworks(session),
        PostgresAttempts(session),
        passwords,
        HmacSessionTokens("x" * 32, "sigmasight.io", clock),
        clock,
        transaction,
    )

    network = network_of("192.0.2.1")
    await register(EMAIL, SECRET, "Ann Example", network=network)
    await log_in(EMAIL, SECRET, network=network)

    assert len(passwords.connections) == 2
    assert all("Current Checked out connections: 0" in at for at in passwords.connections)


async def old_attempts(pool: asyncpg.Pool, count: int) -> None:
    await pool.execute(
        """INSERT INTO login_attempts
           SELECT 'old' || n, ARRAY[$1::timestamptz], $1 FROM generate_series(1, $2) AS n""",
        NOON,
        count,
    )


async def test_old_attempts_are_swept_up_a_bounded_number_at_a_time(
    session: AsyncSession, pool: asyncpg.Pool, rows: Rows
) -> None:
    await old_attempts(pool, PRUNED_AT_ONCE + 5)

    await PostgresAttempts(session).prune(NOON)
    await session.commit()

    assert await rows.count("FROM login_attempts") == 5


async def test_attempts_a_user_is_writing_to_are_not_waited_for(
    session: AsyncSession, engine: AsyncEngine, pool: asyncpg.Pool, rows: Rows
) -> None:
    await old_attempts(pool, 2)
    async with AsyncSession(engine) as other:
        busy = PostgresAttempts(other)
        assert await busy.record("old1", NOON + MOMENT, since=NOON - MOMENT, most=10)

        await PostgresAttempts(session).prune(NOON)
        await session.commit()
        await other.commit()

    assert [row["key"] for row in await rows.all("SELECT key FROM login_attempts")] == ["old1"]
