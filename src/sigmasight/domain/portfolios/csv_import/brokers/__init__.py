"""Brokers' position files."""

from collections.abc import Iterator, Sequence
from typing import Final

from sigmasight.domain.portfolios.csv_import.brokers.fidelity import FIDELITY, FIDELITY_STATEMENT
from sigmasight.domain.portfolios.csv_import.brokers.headings import Header
from sigmasight.domain.portfolios.csv_import.brokers.interactive_brokers import (
    FLEX_QUERY,
    STATEMENT,
)
from sigmasight.domain.portfolios.csv_import.brokers.layout import Layout
from sigmasight.domain.portfolios.csv_import.brokers.others import OTHERS
from sigmasight.domain.portfolios.csv_import.brokers.schwab import LOTS, SCHWAB

LAYOUTS: Final[Sequence[Layout]] = (
    *(SCHWAB, LOTS, FIDELITY, FIDELITY_STATEMENT, FLEX_QUERY),
    *OTHERS,
)
BROKERS: Final = ", ".join(
    dict.fromkeys([SCHWAB.broker, FIDELITY.broker, STATEMENT.broker, *(o.broker for o in OTHERS)])
)


def header_of(cells: Sequence[str]) -> Header | None:
    """Return the header that a row is of a broker's table, if it is one."""
    return next(_headers(cells), None)


def _headers(cells: Sequence[str]) -> Iterator[Header]:
    for layout in LAYOUTS:
        if header := Header.of(layout, cells):
            yield header
