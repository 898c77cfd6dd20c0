"""Where a command prints its results."""

from abc import abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol

Row = Mapping[str, Any]
"""A record by the names of its members, which are the same for people, pipes and programs."""


class Output(Protocol):
    """Prints results in one form: for a terminal, for a pipe, or as JSON."""

    @abstractmethod
    def table(
        self, rows: Iterable[Row], *, title: str, hidden: Collection[str] = (), empty: str = ""
    ) -> None:
        """Print records with the same members; a terminal shows those that are not hidden.

        People read `empty` if there are none.
        """

    @abstractmethod
    def record(self, row: Row, *, title: str, **lists: Sequence[Row]) -> None:
        """Print a record, and the lists that belong to it."""

    @abstractmethod
    def checklist(self, rows: Sequence[Row]) -> None:
        """Print checks, a line each; their members are a mark, a name, a detail and a remedy."""

    @abstractmethod
    def result(self, sentence: str, facts: Row, **lists: Sequence[Row]) -> None:
        """Print what a command has done: people read the sentence, programs the facts."""

    @abstractmethod
    def preview(self, rows: Iterable[Row], *, title: str) -> None:
        """Print what a command is going to do; JSON has its result only."""

    @abstractmethod
    def note(self, text: str) -> None:
        """Print a remark on standard error; with JSON there is none."""
