"""The program imports a command when it is invoked, and lists all without importing any."""

import subprocess
import sys

import pytest

from sigmasight.entrypoints.cli.main import ENTRIES
from tests.unit.cli.commands import COMMANDS

HEAVY = ["litestar", "sqlalchemy", "pydantic", "openai", "numpy", "sigmasight.settings"]
HELP = f"""
import sys
from click.testing import CliRunner
from sigmasight.entrypoints.cli.main import cli
result = CliRunner().invoke(cli, ["--help"])
assert "Serve the API" in result.output, result
print([name for name in {HEAVY} if name in sys.modules])
"""


@pytest.mark.parametrize("name", ENTRIES)
def test_the_list_describes_each_command_in_the_words_of_its_help(name: str) -> None:
    command = COMMANDS[name]

    assert command.get_short_help_str(limit=200) == ENTRIES[name].summary


def test_listing_the_commands_imports_none_of_them() -> None:
    command = [sys.executable, "-c", HELP]

    imported = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603

    assert imported.stdout == "[]\n"
