"""All commands, found by walking the tree."""

from collections.abc import Iterator, Mapping
from typing import Final

import rich_click as click
from rich_click import RichContext

from sigmasight.entrypoints.cli.lazy_group import LazyGroup
from sigmasight.entrypoints.cli.main import cli
from sigmasight.entrypoints.cli.output import PLAIN_HELP


def _walk(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, click.Command]]:
    yield " ".join(path), command
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            invoked = command.load(name) if isinstance(command, LazyGroup) else each
            yield from _walk(invoked, (*path, name))


COMMANDS: Final[Mapping[str, click.Command]] = dict(_walk(cli, ()))
"""Every command and group by its words; the program itself has none."""

OWN: Final[Mapping[str, click.Command]] = {
    path: command
    for path, command in COMMANDS.items()
    if not isinstance(command, click.Group)
    and path not in {"dev", "run", "worker"}
    and path.split()[0] not in {"database", "schema"}
}
"""The commands that end with a result, and are neither a library's nor a server."""


def help_of(path: str, width: int = 80) -> str:
    """Return a command's help in one line."""
    context = RichContext(
        COMMANDS[path],
        info_name=path,
        rich_help_config={**PLAIN_HELP, "width": width},
    )
    return " ".join(COMMANDS[path].get_help(context).split())
