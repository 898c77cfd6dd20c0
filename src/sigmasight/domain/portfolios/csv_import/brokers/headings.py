"""Finding the header of a table, its columns in any order and any case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sigmasight.domain.portfolios.csv_import.brokers.layout import NEVER, Field, Layout
from sigmasight.domain.portfolios.csv_import.csv_file import normal


def headings_of(cells: Sequence[str]) -> Sequence[str]:
    """Return the headings; an unnamed one is named after its left neighbour."""
    names: list[str] = []
    for cell in cells:
        name = normal(cell)
        names.append(name or (f"{names[-1]} +1" if names and names[-1] else ""))
    return names


@dataclass(frozen=True, slots=True)
class Header:
    """A table's columns: where each field is."""

    layout: Layout
    names: Sequence[str]
    places: Mapping[Field, int]
    words: frozenset[str]
    """The headings as they are written."""

    @classmethod
    def of(cls, layout: Layout, cells: Sequence[str]) -> "Header | None":
        """Return the header if the cells have the layout's marks and the fields it needs."""
        names = headings_of(cells)
        known = set(names)
        if not known.issuperset(layout.marks):
            return None
        places = {
            field: names.index(found)
            for field, headings in layout.columns.items()
            if (found := next((name for name in headings if name in known), None)) is not None
        }
        has_name = places.keys() & {Field.SYMBOL, Field.IDENTIFIER, Field.DESCRIPTION}
        if not ((has_name or layout.titled is not NEVER) and layout.needs <= places.keys()):
            return None
        return cls(layout, names, places, frozenset(cell for cell in cells if cell.strip()))

    def repeats(self, cells: Sequence[str]) -> bool:
        """Return whether a row is a header, too: it has two or more of the headings."""
        if self.words.isdisjoint(cells):
            return False
        return len({normal(cell) for cell in cells}.intersection(self.names) - {""}) > 1

    def values(self, cells: Sequence[str]) -> dict[Field, str]:
        """Return the cells that are not blank, by field, and the layout's constants."""
        count = len(cells)
        found = {
            field: text
            for field, place in self.places.items()
            if place < count and (text := cells[place].strip())
        }
        return {**self.layout.constants, **found}
