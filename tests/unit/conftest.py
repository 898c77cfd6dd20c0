"""What unit tests are given."""

import gc

import pytest

from tests.support.event_loop import *  # noqa: F403  a fixture
from tests.unit.entrypoints.environment import Environment


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Environment:
    return Environment(monkeypatch)


def pytest_collection_finish() -> None:
    """Spare the collector what lives to the end anyway: it would walk it again and again."""
    gc.collect()
    gc.freeze()
