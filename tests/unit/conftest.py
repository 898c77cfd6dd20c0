"""How hypothesis searches here (quickly, no clock, no files), and what unit tests are given."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import settings

from tests.unit.environment import Environment

settings.register_profile("unit", max_examples=20, deadline=None, database=None)
settings.load_profile("unit")


@pytest.fixture(scope="session", autouse=True)
async def one_event_loop(anyio_backend: str) -> AsyncIterator[str]:
    """Keep the event loop between tests: making a thousand of them takes seconds."""
    yield anyio_backend  # noqa: PT022  a generator is what keeps it


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Environment:
    return Environment(monkeypatch)
