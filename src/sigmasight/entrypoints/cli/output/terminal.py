"""Results for people at a terminal."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

import rich_click as click
from rich.console import Console, RenderableType
from rich.highlighter import JSONHighlighter
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from sigmasight.entrypoints.cli.output.port import Output, Row
from sigmasight.entrypoints.cli.output.values import (
    INDENT,
    Share,
    block_of,
    check_of,
    escaped,
    payload,
)

WIDEST: Final = 100_000
BAR: Final = 30
FULL: Final = 100
NAME: Final = "cyan"
STYLES: Final = {
    "✓": "green",
    "✗": "red",
    "-": "yellow",
    "yes": "green",
    "active": "green",
    "completed": "green",
    "received": "green",
    "no": "red",
    "failed": "red",
    "barred": "red",
    "deleted": "red",
    "running": "yellow",
    "waiting": "yellow",
    "pending": "yellow",
}
"""The colours of states."""


class TerminalOutput(Output):
    """Prints a table where it fits the terminal, and else one record below the other.

    No cell is ever wrapped or cut off, so that everything can be copied.
    """

    def __init__(self, console: Console) -> None:
        self._console = console

    def table(
        self, rows: Iterable[Row], *, title: str, hidden: Collection[str] = (), empty: str = ""
    ) -> None:
        shown = [{name: value for name, value in row.items() if name not in hidden} for row in rows]
        if not shown:
            self._line(Text(escaped(empty or f"{title}: none.")))
            return
        self._title(title)
        table = _table(shown)
        options = self._console.options.update(width=WIDEST)
        if self._console.measure(table, options=options).maximum <= self._console.width:
            self._console.print(table)
            return
        for number, row in enumerate(shown):
            if number:
                self._line(Text())
            self._fields(row)

    def record(self, row: Row, *, title: str, **lists: Sequence[Row]) -> None:
        self._title(title)
        self._fields(row)
        for name, rows in lists.items():
            self._line(Text())
            self.table(rows, title=_words(name).capitalize())

    def checklist(self, rows: Sequence[Row]) -> None:
        for row in rows:
            mark, _, rest = check_of(row).partition(" ")
            self._line(Text.assemble((mark, STYLES[mark]), " ", rest))

    def result(self, sentence: str, facts: Row, **lists: Sequence[Row]) -> None:
        del facts
        self._line(Text(escaped(sentence)))
        for name, rows in lists.items():
            if rows:
                self.table(rows, title=_words(name).capitalize())

    def preview(self, rows: Iterable[Row], *, title: str) -> None:
        self.table(rows, title=title)

    def note(self, text: str) -> None:
        click.echo(escaped(text), err=True)

    def _title(self, title: str) -> None:
        self._line(Text(escaped(title), style="bold"))

    def _fields(self, row: Row) -> None:
        for name, value in row.items():
            text = _styled(value)
            gap = "\n" if "\n" in text.plain else " "
            self._line(Text.assemble((f"{_words(name)}:", NAME), gap, text))

    def _line(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True)


def _table(rows: Sequence[Row]) -> Table:
    table = Table(header_style=f"bold {NAME}")
    for name in rows[0]:
        table.add_column(_words(name), no_wrap=True)
    for row in rows:
        table.add_row(*map(_cell, row.values()))
    return table


def _cell(value: object) -> RenderableType:
    if isinstance(value, Share):
        style = "red" if value.percent >= FULL else "yellow"
        return ProgressBar(FULL, value.percent, BAR, complete_style=style, finished_style=style)
    return _styled(value)


def _styled(value: object) -> Text:
    text = Text(block_of(value))
    if payload(value, INDENT):
        JSONHighlighter().highlight(text)
    elif style := STYLES.get(text.plain):
        text.stylize(style)
    return text


def _words(name: str) -> str:
    return name.replace("_", " ")
