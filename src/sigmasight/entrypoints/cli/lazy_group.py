"""A group that imports only the command that is invoked."""

from collections.abc import Mapping
from pkgutil import resolve_name
from typing import Any, Final, NamedTuple

import rich_click as click


class Entry(NamedTuple):
    """Where a command is, as `module:name`, and the first sentence of its help."""

    target: str
    summary: str


class LazyGroup(click.RichGroup):
    """The commands of `entries` by their names; what it lists are descriptions of them.

    After click's documentation, "Lazily Loading Subcommands".
    """

    def __init__(self, *arguments: Any, entries: Mapping[str, Entry], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.entries: Final = entries
        for name, entry in entries.items():
            self.add_command(click.RichCommand(name=name, help=entry.summary))

    def load(self, name: str) -> click.Command:
        """Import a command."""
        command: click.Command = resolve_name(self.entries[name].target)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        return name, self.load(name) if name else command, rest
