"""Results as JSON, for programs: each record in a line of its own."""

from collections.abc import Collection, Iterable, Sequence

import rich_click as click

from sigmasight.entrypoints.cli.output.port import Output, Row
from sigmasight.entrypoints.cli.output.values import json_of


class JsonOutput(Output):
    """Prints one JSON document: an array of records, or an object."""

    def table(
        self, rows: Iterable[Row], *, title: str, hidden: Collection[str] = (), empty: str = ""
    ) -> None:
        del title, hidden, empty
        lines = ",\n".join(map(json_of, rows))
        click.echo(f"[\n{lines}\n]" if lines else "[]")

    def record(self, row: Row, *, title: str, **lists: Sequence[Row]) -> None:
        del title
        click.echo(json_of({**row, **lists}))

    def checklist(self, rows: Sequence[Row]) -> None:
        self.table(rows, title="")

    def result(self, sentence: str, facts: Row, **lists: Sequence[Row]) -> None:
        del sentence
        click.echo(json_of({**facts, **lists}))

    def preview(self, rows: Iterable[Row], *, title: str) -> None:
        """Leave it out."""

    def note(self, text: str) -> None:
        """Leave it out."""


class JsonLinesOutput(JsonOutput):
    """Prints JSON Lines: each line is a JSON document, and none is printed for no records."""

    def table(
        self, rows: Iterable[Row], *, title: str, hidden: Collection[str] = (), empty: str = ""
    ) -> None:
        del title, hidden, empty
        for row in rows:
            click.echo(json_of(row))
