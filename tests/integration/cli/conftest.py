"""A desk to type commands at, and a Clerk they may ask."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.clerk import *  # noqa: F403  a fixture
from tests.integration.cli import desk as desks
from tests.integration.cli.desk import Desk, Terminal


@pytest.fixture(scope="session")
def terminal() -> Iterator[Terminal]:
    with desks.terminal() as terminal:
        yield terminal


@pytest.fixture
def desk(terminal: Terminal, dsn: str, tmp_path: Path) -> Desk:
    return Desk(terminal, tmp_path, dsn)
