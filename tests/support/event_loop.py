"""One event loop for all tests that leave nothing open on it."""

from collections.abc import AsyncIterator

import pytest

__all__ = ["one_event_loop"]


@pytest.fixture(scope="session", autouse=True)
async def one_event_loop(anyio_backend: str) -> AsyncIterator[str]:
    """Reuse the event loop between tests: creating thousands takes seconds."""
    yield anyio_backend  # noqa: PT022  a generator is what keeps it
