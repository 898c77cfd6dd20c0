"""A server whose way to Postgres can be broken."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.servers.api_client import Api, client_of
from tests.support.servers.api_servers import Server, running
from tests.support.servers.fault_proxy import FaultProxy, fault_proxy


@pytest.fixture
def proxy(dsn: str) -> Iterator[FaultProxy]:
    with fault_proxy(dsn) as proxy:
        yield proxy


@pytest.fixture
def server(proxy: FaultProxy, tmp_path: Path) -> Iterator[Server]:
    with running(1, proxy.dsn, tmp_path) as [server]:
        yield server


@pytest.fixture
async def api(server: Server) -> AsyncIterator[Api]:
    async with client_of(server) as api:
        yield api
