"""Brokers' position files."""

from collections.abc import Sequence
from typing import Final

from sigmasight.domain.portfolios.csv_import.brokers.fidelity import FIDELITY
from sigmasight.domain.portfolios.csv_import.brokers.interactive_brokers import INTERACTIVE_BROKERS
from sigmasight.domain.portfolios.csv_import.brokers.layout import Layout
from sigmasight.domain.portfolios.csv_import.brokers.schwab import SCHWAB
from sigmasight.domain.portfolios.csv_import.csv_file import Row

LAYOUTS: Final[Sequence[Layout]] = (SCHWAB, FIDELITY, INTERACTIVE_BROKERS)


def layout_of(row: Row) -> Layout | None:
    """Return the layout whose header this row is."""
    return next((layout for layout in LAYOUTS if layout.matches_header(row)), None)
