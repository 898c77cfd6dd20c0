"""A database for one test, on the Postgres of the test run."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg

from sigmasight.adapters.postgres.schema import downgrade, upgrade

ROOT: Final = Path(__file__).parents[3]


class ScratchDatabase:
    """A database without a schema, taken up and down the migrations."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn

    async def upgrade(self, revision: str = "head") -> None:
        await asyncio.to_thread(upgrade, self.dsn, revision)

    async def downgrade(self, revision: str) -> None:
        await asyncio.to_thread(downgrade, self.dsn, revision)

    async def alembic(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run plain alembic as an operator would, from the repository's root."""
        return await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "alembic", "-c", "alembic.ini", *arguments],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "DATABASE_URL": self.dsn},
            capture_output=True,
            text=True,
            check=False,
        )

    async def fetch(self, query: str, *arguments: object) -> list[dict[str, Any]]:
        connection = await asyncpg.connect(self.dsn)
        try:
            return [dict(row) for row in await connection.fetch(query, *arguments)]
        finally:
            await connection.close()

    async def revision(self) -> str:
        [row] = await self.fetch("SELECT version_num FROM alembic_version")
        return str(row["version_num"])


@asynccontextmanager
async def scratch_database(postgres: str) -> AsyncIterator[ScratchDatabase]:
    name = f"scratch_{uuid4().hex}"
    connection = await asyncpg.connect(postgres)
    await connection.execute(f"CREATE DATABASE {name}")
    try:
        yield ScratchDatabase(urlsplit(postgres)._replace(path=f"/{name}").geturl())
    finally:
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await connection.close()
