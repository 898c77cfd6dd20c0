"""Target prices written as a CSV and read back."""

import csv
from decimal import Decimal
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmasight.domain.portfolios.csv_escaping import escape, unescape
from sigmasight.domain.portfolios.csv_import.errors import CsvInvalidError
from sigmasight.domain.portfolios.positions import PositionType
from sigmasight.domain.portfolios.target_prices.analytics import TargetValuation
from sigmasight.domain.portfolios.target_prices.csv_format import (
    read_rows,
    write_csv,
)
from tests.support.builders.portfolios import a_portfolio, a_target

SAVINGS = a_portfolio()
HEADER = "symbol,position_type,target_price_eoy"
CELLS = st.text() | st.text("'=+-@\t\r\na", max_size=6)


@given(CELLS)
def test_any_cell_is_read_back_as_it_was_and_no_spreadsheet_runs_it(cell: str) -> None:
    written = escape(cell)

    assert unescape(written) == cell
    assert not written.startswith(("=", "+", "-", "@", "\t", "\r"))


PRICES = st.none() | st.decimals(0, "999999999999.999999", places=6)


@given(
    st.from_regex(r"[A-Z0-9^][A-Z0-9^._:=/-]{0,20}", fullmatch=True),
    st.none() | st.sampled_from(PositionType),
    st.tuples(PRICES, PRICES, PRICES),
)
def test_a_csv_file_is_read_as_written(
    symbol: str, kind: PositionType | None, prices: tuple[Decimal | None, ...]
) -> None:
    eoy, next_year, downside = prices
    target = a_target(
        SAVINGS,
        symbol=symbol,
        position_type=kind,
        target_price_eoy=eoy,
        target_price_next_year=next_year,
        downside_target_price=downside,
    )

    text = write_csv(TargetValuation([], Decimal(0)).outlooks([target]))
    [row] = read_rows(text)

    cells = [cell for line in csv.reader(StringIO(text)) for cell in line]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
    given = row.draft
    assert (row.number, given.symbol, given.position_type) == (2, symbol, kind)
    assert (given.target_price_eoy, given.target_price_next_year) == (eoy, next_year)
    assert (given.downside_target_price, given.current_price) == (downside, target.current_price)
    assert given.unread == ()


def test_a_row_is_numbered_as_an_editor_does_and_columns_may_be_in_any_order() -> None:
    text = (
        '\ufeff# mine\r\nTarget EOY,note,SYMBOL\r\n\r\n15,"two\nlines",acme\r\n# more\r\n16,,other'
    )

    found = read_rows(text)

    assert [(row.number, row.draft.symbol, row.draft.target_price_eoy) for row in found] == [
        (4, "acme", Decimal(15)),
        (7, "other", Decimal(16)),
    ]


def test_blank_cells_at_the_end_of_lines_are_nothing() -> None:
    [row] = read_rows("symbol,target_price_eoy,,\nACME,15,,,,\n")

    assert (row.draft.symbol, row.draft.target_price_eoy) == ("ACME", Decimal(15))


def test_unreadable_values_are_reported_by_column() -> None:
    [row] = read_rows(f"{HEADER}\nACME,BUY,1e5")

    assert [(fault.field, fault.code) for fault in row.draft.unread] == [
        ("target_price_eoy", "invalid"),
        ("position_type", "invalid"),
    ]


@pytest.mark.parametrize(
    ("text", "row", "code"),
    [
        ("", 1, "header_unusable"),
        ("price\n1", 1, "header_unusable"),
        ("symbol,symbol\nA,B", 1, "header_unusable"),
        (HEADER, 1, "empty"),
        (f"{HEADER}\n\n,,\n", 1, "empty"),
        (f"{HEADER}\nA,LONG,1,2", 2, "malformed"),
        ("symbol,,\nA,,2", 2, "malformed"),
        (f'{HEADER}\nA,LONG,1\n"A', 3, "malformed"),
        (f"{HEADER}\n" + "A,,1\n" * 1001, 1002, "too_many"),
    ],
)
def test_an_invalid_file_is_refused_at_the_offending_line(text: str, row: int, code: str) -> None:
    with pytest.raises(CsvInvalidError) as refusal:
        read_rows(text)

    assert [(fault.row, fault.code) for fault in refusal.value.errors.first] == [(row, code)]
