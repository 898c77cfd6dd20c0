"""Whether a pooler between us and Postgres breaks prepared statements."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any, Final

import asyncpg

from sigmasight.adapters.diagnosis.database import DATABASE, connected
from sigmasight.adapters.postgres.outages import OTHER_SERVER, UNPREPARED
from sigmasight.domain.diagnosis import Examination, Finding, failed, passed

MOST_HELD: Final = 3
"""How many of the pooler's servers are held at once, to get at the one of our statement."""
FREE_SERVER: Final = 1.0
"""Seconds that the pooler has to give a further connection a server."""
SECOND_SERVER: Final = 3.0
"""Seconds that the pooler has to find another server for our statement."""
PID: Final = "SELECT pg_backend_pid()"


class PreparedStatementsSurvive(Examination):
    """Prepares a statement, has a pooler change the server below it, and executes it.

    A pooler makes up the process id that a connection starts with: without one it is the server's.
    """

    name = "pooler"
    needs = (DATABASE,)

    def __init__(self, dsn: str, *, prepared: bool) -> None:
        self._dsn = dsn
        self._prepared = prepared

    async def run(self) -> Finding:
        if not self._prepared:
            return passed(
                "Prepared statements are off (DATABASE_PREPARED_STATEMENTS): any pooler will do."
            )
        async with connected(self._dsn) as connection:
            async with connection.transaction():
                pid = await connection.fetchval(PID)
            if pid == connection.get_server_pid():
                return passed("There is no pooler in between.")
            return await self._through_pooler(connection)

    async def _through_pooler(self, connection: Any) -> Finding:
        try:
            statement = await connection.prepare(PID, name="sigmasight_doctor")
            moved = await self._moved(statement)
        except asyncpg.PostgresError as error:
            if error.sqlstate not in OTHER_SERVER:
                raise
            return failed(
                "A pooler in transaction mode loses prepared statements.",
                f"{UNPREPARED} Or have it track them (PgBouncer 1.21: max_prepared_statements).",
            )
        except TimeoutError:
            return failed(
                "A pooler in transaction mode has one server for us, so that requests wait for it.",
                "Raise its pool size (PgBouncer: default_pool_size), and run this again.",
            )
        if moved:
            return passed("A pooler in transaction mode, which supports prepared statements.")
        return passed("A pooler that leaves us our server: in session mode.")

    async def _moved(self, statement: Any) -> bool:
        """Execute the statement while ever more servers are held; return whether it has moved."""
        first = await statement.fetchval()
        async with AsyncExitStack() as held:
            for _ in range(MOST_HELD):
                try:
                    await self._hold_one(held)
                except TimeoutError:
                    return False  # no server is free while ours belongs to us
                if await statement.fetchval(timeout=SECOND_SERVER) != first:
                    return True
        return False

    async def _hold_one(self, held: AsyncExitStack) -> None:
        """Occupy a server of the pooler's by a transaction."""
        async with asyncio.timeout(FREE_SERVER):
            other = await held.enter_async_context(connected(self._dsn))
            await held.enter_async_context(other.transaction())
            await other.fetchval(PID)
