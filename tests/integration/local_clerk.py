"""The local Clerk on a port of 127.0.0.1, for servers and clients that need an address."""

from collections.abc import Iterator

import pytest

from sigmasight.entrypoints.local.embedded_server import serve_in_thread
from tests.support.fakes.clerk import FakeClerk
from tests.support.servers.api_servers import free_port

__all__ = ["clerk"]


@pytest.fixture
def clerk() -> Iterator[FakeClerk]:
    """A Clerk at the address its tokens are issued by."""
    port = free_port()
    fake = FakeClerk(url=f"http://127.0.0.1:{port}")
    with serve_in_thread(fake.app, port):
        yield fake
