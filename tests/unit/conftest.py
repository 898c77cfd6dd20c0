"""What unit tests are given."""

import gc

import pytest

import tests.searching  # noqa: F401  profiles
from tests.loop import *  # noqa: F403  a fixture
from tests.unit.environment import Environment


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Environment:
    return Environment(monkeypatch)


def pytest_collection_finish() -> None:
    """Spare the collector what lives to the end anyway: it would walk it again and again."""
    gc.collect()
    gc.freeze()
