"""What all commands print their results with."""

import sys
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final

import rich_click as click
from rich.console import Console

from sigmasight.entrypoints.cli.output.json_text import JsonLinesOutput, JsonOutput
from sigmasight.entrypoints.cli.output.piped import PipedOutput
from sigmasight.entrypoints.cli.output.port import Output, Row
from sigmasight.entrypoints.cli.output.terminal import TerminalOutput
from sigmasight.entrypoints.cli.output.values import Mark, Share

__all__ = ["Mark", "Output", "Row", "Share", "help_config", "prints"]

HELP: Final[Mapping[str, Any]] = {"group_arguments_options": False}
PLAIN_HELP: Final[Mapping[str, Any]] = {**HELP, "theme": "default-slim"}
"""Help without frames, for pipes."""


def help_config() -> Mapping[str, Any]:
    return HELP if sys.stdout.isatty() else PLAIN_HELP


def prints(command: Callable[..., None]) -> Callable[..., None]:
    """Have a command print to its `output`, in the form that the user chooses."""

    @click.option(
        "--json", "as_json", is_flag=True, help="Print JSON: a record, or an array of records."
    )
    @click.option(
        "--json-lines", "as_lines", is_flag=True, help="Print JSON Lines: a record a line."
    )
    @wraps(command)
    def printing(*arguments: Any, as_json: bool, as_lines: bool, **options: Any) -> None:
        command(*arguments, output=_output(as_json=as_json, as_lines=as_lines), **options)

    return printing


def _output(*, as_json: bool, as_lines: bool) -> Output:
    if as_lines:
        return JsonLinesOutput()
    if as_json:
        return JsonOutput()
    return TerminalOutput(Console(highlight=False)) if sys.stdout.isatty() else PipedOutput()
