"""What every test gets: an asyncio event loop, and how thoroughly hypothesis searches."""

import gc

import pytest

import tests.support.hypothesis_profiles  # noqa: F401  loads the profile


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


def pytest_collection() -> None:
    """Switch the garbage collector off: what is imported and collected is used to the end."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Exempt what exists by now from garbage collection, which would visit it again and again."""
    gc.collect()
    gc.freeze()
    gc.enable()
