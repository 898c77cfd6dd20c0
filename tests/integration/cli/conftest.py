"""The command line of an operator, and the local Clerk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli import operator_cli
from tests.integration.cli.operator_cli import CommandProcess, OperatorCli
from tests.integration.local_clerk import *  # noqa: F403  a fixture


@pytest.fixture(scope="session")
def command_process() -> Iterator[CommandProcess]:
    with operator_cli.command_process() as command_process:
        yield command_process


@pytest.fixture
def cli(command_process: CommandProcess, dsn: str, tmp_path: Path) -> OperatorCli:
    return OperatorCli(command_process, tmp_path, dsn)
