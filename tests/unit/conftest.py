"""How hypothesis searches (quickly, or as `make test` has it), and what unit tests are given."""

import gc
import os

import pytest
from hypothesis import settings

from tests.loop import *  # noqa: F403  a fixture
from tests.unit.environment import Environment

settings.register_profile("quick", max_examples=8, deadline=None, database=None)
settings.register_profile("thorough", max_examples=300, deadline=None, database=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Environment:
    return Environment(monkeypatch)


def pytest_collection_finish() -> None:
    """Spare the collector what lives to the end anyway: it would walk it again and again."""
    gc.collect()
    gc.freeze()
