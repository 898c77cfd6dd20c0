"""Results as lines of text, for grep, cut and awk."""

from collections.abc import Collection, Iterable, Sequence

import rich_click as click

from sigmasight.entrypoints.cli.output.port import Output, Row
from sigmasight.entrypoints.cli.output.values import check_of, escaped, text_of


class PipedOutput(Output):
    """Prints the names of the members in a line, then each record in one, separated by tabs.

    Standard output has the records alone.
    """

    def table(
        self, rows: Iterable[Row], *, title: str, hidden: Collection[str] = (), empty: str = ""
    ) -> None:
        del hidden
        rows = list(rows)
        if not rows:
            self.note(empty or f"{title}: none.")
            return
        click.echo("\t".join(rows[0]))
        for row in rows:
            click.echo("\t".join(map(text_of, row.values())))

    def record(self, row: Row, *, title: str, **lists: Sequence[Row]) -> None:
        self.table([row], title=title)
        self._lists(lists.values())

    def checklist(self, rows: Sequence[Row]) -> None:
        for row in rows:
            click.echo(check_of(row))

    def result(self, sentence: str, facts: Row, **lists: Sequence[Row]) -> None:
        del facts
        click.echo(escaped(sentence))
        self._lists(lists.values())

    def preview(self, rows: Iterable[Row], *, title: str) -> None:
        self.table(rows, title=title)
        click.echo()

    def note(self, text: str) -> None:
        click.echo(escaped(text), err=True)

    def _lists(self, lists: Iterable[Sequence[Row]]) -> None:
        for rows in lists:
            if rows:
                click.echo()
                self.table(rows, title="")
