"""Two servers behind HAProxy, restarted one after the other under load: no request is lost."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.integration.database_rows import Rows
from tests.integration.deployment.haproxy import haproxy_before
from tests.integration.deployment.test_drain import server_of
from tests.integration.polling import until
from tests.support.builders import signing
from tests.support.builders.clerk_users import Person, a_person
from tests.support.servers.api_client import bearer
from tests.support.servers.api_servers import RUNNING, Server

ANN: Final = a_person("ann")
DRAIN: Final = "3"
"""Longer than HAProxy takes to notice: a check a second, which may take one."""
CLIENTS: Final = 4
ROUNDS: Final = 2
SECONDS_TO_END: Final = 30


@dataclass
class Load:
    """Clients that read and write without a pause, and what they were answered."""

    client: httpx.AsyncClient
    people: list[Person] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    ends: bool = False

    async def run(self) -> None:
        numbers = count()
        async with asyncio.TaskGroup() as clients:
            for _ in range(CLIENTS):
                clients.create_task(self._send(numbers))

    async def _send(self, numbers: "count[int]") -> None:
        while not self.ends:
            person = a_person(f"p{next(numbers)}")
            self.people.append(person)
            headers, body = signing.a_webhook(person.created(), svix_id=f"msg_{person.id}")
            await self._count("POST", "/webhooks/clerk", headers=headers, content=body)
            await self._count("GET", "/auth/me", headers=bearer(ANN.token()))

    async def _count(self, method: str, path: str, **request: object) -> None:
        try:
            answer = await self.client.request(method, f"/api/v1{path}", **request)  # type: ignore[arg-type]
            outcome = str(answer.status_code)
        except httpx.TransportError as error:
            outcome = repr(error)
        self.outcomes[f"{method} {path}: {outcome}"] += 1

    async def goes_on(self) -> None:
        """Return once every client has been answered again."""
        target = self.outcomes.total() + 4 * CLIENTS

        async def has_gone_on() -> bool:
            return self.outcomes.total() >= target

        await until(has_gone_on, "answered")


@pytest.fixture
def servers(dsn: str, tmp_path: Path) -> Iterator[Sequence[Server]]:
    servers = [server_of(dsn, tmp_path, drain=DRAIN) for _ in range(2)]
    with ExitStack() as stack:
        for server in servers:
            stack.callback(server.kill)
            stack.callback(RUNNING.remove, server)
            server.start()
            RUNNING.append(server)
        for server in servers:
            server.await_answer()
        yield servers


@asynccontextmanager
async def load_on(address: str) -> AsyncIterator[Load]:
    async with httpx.AsyncClient(base_url=address, timeout=30) as client:

        async def is_served() -> bool:
            with suppress(httpx.TransportError):
                return (await client.get("/health/ready")).is_success
            return False

        await until(is_served, "served")
        load = Load(client)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(load.run())
            try:
                yield load
            finally:
                load.ends = True


async def restart(server: Server, load: Load) -> None:
    server.process.terminate()
    await asyncio.to_thread(server.process.wait, SECONDS_TO_END)
    await load.goes_on()
    log = server.log.stat().st_size
    server.start()

    async def serves_again() -> bool:
        return b'"/api/v1/auth/me"' in server.log.read_bytes()[log:]

    await until(serves_again, "served by the restarted server", tries=1200)


@pytest.mark.long("it needs HAProxy, which `make test-long` installs")
async def test_no_request_is_lost_or_refused(
    servers: Sequence[Server], rows: Rows, tmp_path: Path
) -> None:
    await rows.add_user(ANN)

    with haproxy_before(servers, tmp_path) as address:
        async with load_on(address) as load:
            for server in [*servers] * ROUNDS:
                await restart(server, load)

    assert set(load.outcomes) == {"POST /webhooks/clerk: 200", "GET /auth/me: 200"}, load.outcomes
    assert await rows.count("FROM webhook_inbox") == len(load.people)
    stored = {user["clerk_user_id"] for user in await rows.users()}
    assert stored == {ANN.id, *(person.id for person in load.people)}
