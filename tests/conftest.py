"""What every test gets: an asyncio event loop, and how thoroughly hypothesis searches."""

import pytest

import tests.support.hypothesis_profiles  # noqa: F401  loads the profile


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"
