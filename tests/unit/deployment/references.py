"""What the files of a deployment refer to in the application: commands, settings and paths."""

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import rich_click as click
import yaml

from sigmasight.entrypoints.cli.lazy_group import LazyGroup
from sigmasight.entrypoints.cli.main import cli
from sigmasight.settings import Settings
from tests.support.providers.application import InMemoryApplication

ROOT: Final = Path(__file__).parents[3]
DEPLOY: Final = ROOT / "deploy"
PORT: Final = 8000
OTHERS: Final = frozenset({"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"})
"""Variables of Python and the system."""


def documents(path: Path) -> list[Any]:
    return [each for each in yaml.safe_load_all(path.read_text()) if each]


def parse_command(words: Sequence[str]) -> dict[str, Any]:
    """Return a command's parameters; raise UsageError for one that the program would refuse."""
    command: click.Command = cli
    words = list(words)
    while isinstance(command, click.Group):
        name = words.pop(0)
        if name not in command.commands:
            raise click.UsageError(f"No such command: {name}")
        command = command.load(name) if isinstance(command, LazyGroup) else command.commands[name]
    return command.make_context(command.name, words).params


def unknown_settings(names: Iterable[str]) -> list[str]:
    """Return the names of variables that nothing reads."""
    known = {name.upper() for name in Settings.model_fields} | OTHERS
    return sorted(set(names) - known)


@cache
def open_paths() -> frozenset[str]:
    """Return the paths that need no sign-in, as probes do not."""
    routes = InMemoryApplication().app.routes
    return frozenset(route.path for route in routes if "/api" not in route.path)
