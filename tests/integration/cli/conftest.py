"""A desk to type commands at, and a Clerk they may ask."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli import operator_cli as desks
from tests.integration.cli.operator_cli import Desk, Terminal
from tests.integration.local_clerk import *  # noqa: F403  a fixture


@pytest.fixture(scope="session")
def terminal() -> Iterator[Terminal]:
    with desks.terminal() as terminal:
        yield terminal


@pytest.fixture
def desk(terminal: Terminal, dsn: str, tmp_path: Path) -> Desk:
    return Desk(terminal, tmp_path, dsn)
