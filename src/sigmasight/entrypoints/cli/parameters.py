"""Arguments and options that several commands have."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Final

import rich_click as click

Command = Callable[..., None]
Decorator = Callable[[Command], Command]

MAX_LIMIT: Final = 10_000

yes = click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
user_argument = click.argument(
    "user", help="The user: an id, a Clerk account id, or an email address."
)
file_argument = click.argument(
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The path of the file.",
)


def limit_option(default: int, maximum: int = MAX_LIMIT) -> Decorator:
    return click.option(
        "--limit",
        default=default,
        show_default=True,
        type=click.IntRange(1, maximum),
        help="The largest number of records to show.",
    )


def choice_option(name: str, values: type[StrEnum], text: str) -> Decorator:
    """Return an option that takes a value of an enumeration."""
    return click.option(name, type=click.Choice([each.value for each in values]), help=text)


def strict_option(noun: str) -> Decorator:
    return click.option("--strict", is_flag=True, help=f"Store nothing if any {noun} is bad.")
