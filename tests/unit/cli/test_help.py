"""What every command explains about itself."""

import pytest
import rich_click as click

from tests.unit.cli.commands import COMMANDS, help_of

PARAMETERS = [
    pytest.param(path, parameter, id=f"{path} {parameter.name}")
    for path, command in COMMANDS.items()
    for parameter in command.params
]


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_has_a_help_text(path: str) -> None:
    assert COMMANDS[path].help


@pytest.mark.parametrize(("path", "parameter"), PARAMETERS)
def test_every_argument_and_option_has_a_help_text(path: str, parameter: click.Parameter) -> None:
    text = getattr(parameter, "help", None)

    assert text
    assert " ".join(text.split()) in help_of(path, width=1000)
