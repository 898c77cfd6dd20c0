"""Fixtures of the unit tests."""

import pytest

from tests.support.event_loop import *  # noqa: F403  a fixture
from tests.unit.entrypoints.environment import Environment


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Environment:
    return Environment(monkeypatch)
