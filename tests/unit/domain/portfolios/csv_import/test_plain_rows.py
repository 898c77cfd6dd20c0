"""Plain rows: read as any row is, only faster."""

from datetime import date
from uuid import uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sigmasight.domain.kernel import ValidationFailedError
from sigmasight.domain.portfolios.csv_import.parsed_rows import ParsedRows
from sigmasight.domain.portfolios.csv_import.plain_rows import append_plain_row
from sigmasight.domain.portfolios.csv_import.rows import ParsedRow, parse_row
from sigmasight.domain.portfolios.positions.use_cases import create_positions
from tests.support.builders.instants import NOON
from tests.support.builders.portfolios import a_portfolio

TODAY = NOON.date()
PLAIN = {"symbol": "ACME", "quantity": "10.5", "avg_cost": "12.50", "entry_date": "2025-01-15"}
NUMBERS = st.sampled_from(["1", "-1", "0", "-0.00", "+2", "1e3", ".5", "5.", "0.000001"]) | (
    st.decimals(-(10**13), 10**13, places=7).map(str) | st.from_regex(r"-?\d{1,13}\.?\d{0,8}")
)
CELLS = st.fixed_dictionaries(
    {
        "symbol": st.sampled_from(["ACME", "acme", "BRK.B", "A B", "^SPX", "ACME260619C00015000"])
        | st.text("AZ09^._:=/-é", min_size=1, max_size=120),
        "quantity": NUMBERS,
        "avg_cost": NUMBERS,
        "entry_date": st.dates(date(1920, 1, 1), date(2027, 1, 1)).map(str)
        | st.sampled_from(["2026-02-30", "15.1.2026", "x", str(TODAY)]),
    },
    optional={
        "investment_class": st.sampled_from(["PUBLIC", "PRIVATE", "OPTIONS", "public", "GOLD"]),
        "investment_subtype": st.sampled_from(["STOCK", "ETF", "CRYPTO", "CALL", "stock", "X"]),
        "notes": st.just("Seen"),
        "option_type": st.just("CALL"),
        "exit_price": st.just("13"),
    },
)


def plain(cells: dict[str, str]) -> list[ParsedRow]:
    rows = ParsedRows()
    append_plain_row(cells, rows, today=TODAY)
    return rows.slice(0, len(rows))


@given(CELLS)
@example(PLAIN)
@example({**PLAIN, "symbol": "ACME\n"})
def test_a_plain_row_is_read_as_any_row(cells: dict[str, str]) -> None:
    if taken := plain(cells):
        assert taken == [parse_row(cells, today=TODAY)]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"quantity": "-3"},
        {"investment_class": "PUBLIC", "investment_subtype": "ETF"},
        {"investment_class": "PRIVATE", "investment_subtype": "ART"},
    ],
)
def test_most_rows_are_plain(changes: dict[str, str]) -> None:
    assert plain({**PLAIN, **changes}) == [parse_row({**PLAIN, **changes}, today=TODAY)]


@pytest.mark.parametrize(
    "changes",
    [
        {"symbol": "acme"},
        {"symbol": "ACME260619C00015000"},
        {"quantity": "0"},
        {"quantity": "1,000"},
        {"avg_cost": "0"},
        {"avg_cost": "1.0000001"},
        {"entry_date": "2026-01-16"},
        {"entry_date": "1925-01-01"},
        {"investment_subtype": "CALL"},
        {"notes": "Seen"},
    ],
)
def test_a_row_with_anything_special_is_left_to_the_rules(changes: dict[str, str]) -> None:
    assert plain({**PLAIN, **changes}) == []


@given(CELLS)
def test_packed_rows_make_the_positions_of_their_terms(cells: dict[str, str]) -> None:
    try:
        row = parse_row(cells, today=TODAY)
    except ValidationFailedError:
        return
    rows, portfolio, new = ParsedRows(), a_portfolio(), uuid4()
    rows.append(row)

    [position] = rows.positions([new.int], into=portfolio, at=NOON)

    [created] = create_positions([row.terms], ids=[new], into=portfolio, at=NOON)
    assert position == created
