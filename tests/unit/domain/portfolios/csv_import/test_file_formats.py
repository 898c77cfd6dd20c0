"""Files as they really are: other line ends, quotes, comments, bytes of other encodings."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from sigmasight.domain.portfolios.csv_import.template import TEMPLATE
from sigmasight.domain.portfolios.positions import InvestmentClass, PositionType
from tests.support.builders.csv_files import (
    HEADER,
    a_stock,
    an_option,
    codes_of,
    codes_of_rows,
    entries_of,
    faults_of,
    reading_of,
    symbols,
    text_of,
)

TWO = text_of(a_stock(), a_stock(symbol="ZEN"))
SHARED = Path(__file__).parents[6] / "shared" / "data" / "portfolios"
FOUND = sorted(SHARED.glob("*.csv"))


@pytest.mark.parametrize(
    "content",
    [
        TWO.encode(),
        TWO.encode("utf-8-sig"),
        TWO.replace("\n", "\r\n").encode(),
        TWO.replace("\n", "\r").encode(),
        (TWO + "\n\n,,,,\n   \n").encode(),
        TWO.rstrip("\n").encode(),
        f'# a comment, with a "quote\n\n{TWO}# the end'.encode(),
        TWO.replace("\nZEN", '\n"# quoted, by a spreadsheet"\nZEN').encode(),
        TWO.replace("ACME,10", '" ACME ","10"').encode(),
        TWO.replace(",,,,,,,,", "").encode(),
        TWO.replace("\n", ",,,\n").encode(),
    ],
    ids=[
        *("plain", "BOM", "CRLF", "CR", "blank lines", "no last line end", "comments"),
        *("quoted comment", "quoted cells", "short rows", "blank columns"),
    ],
)
def test_the_same_two_rows_are_read_however_they_are_written(content: bytes) -> None:
    reading = reading_of(content)

    assert symbols(reading) == ["ACME", "ZEN"]
    assert {entry.terms.quantity for entry in entries_of(reading)} == {Decimal(10)}


def test_columns_may_stand_in_any_order_and_optional_ones_be_missing() -> None:
    [entry] = entries_of(
        reading_of("Entry Date,Quantity,Entry Price Per Share,Symbol\n2025-06-30,-3,1,ZEN\n")
    )

    assert (entry.terms.symbol, entry.terms.quantity) == ("ZEN", Decimal(-3))
    assert entry.terms.position_type is PositionType.SHORT


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_row_is_numbered_by_the_line_it_begins_on(end: str) -> None:
    written = [
        "# first",
        "",
        HEADER,
        a_stock(symbol="A", investment_subtype="ST"),
        a_stock(symbol=f"B{end}#{end}B"),
        "# between",
        a_stock(symbol="C", quantity="x"),
    ]

    assert codes_of(end.join(written)) == [
        (4, "ERR_POS_017"),
        (5, "ERR_POS_003"),
        (9, "ERR_POS_005"),
    ]


def test_other_separators_of_unicode_end_no_line() -> None:
    assert codes_of_rows("# \u2028 \x0b \x0c \x85", a_stock(quantity="x")) == [(3, "ERR_POS_005")]


def test_a_file_of_windows_1252_is_refused_with_the_line_and_the_byte() -> None:
    [fault] = faults_of(text_of(a_stock(), "# café").encode("cp1252"))

    assert (fault.row, fault.code) == (3, "ERR_CSV_006")
    assert "0xE9" in fault.message
    assert "UTF-8" in fault.message


def test_a_nul_is_refused_with_its_line() -> None:
    assert codes_of_rows(a_stock(), a_stock(symbol="A\x00B")) == [(3, "ERR_CSV_006")]


def test_an_unclosed_quote_is_reported_where_it_opens_with_earlier_errors() -> None:
    rows = [a_stock(quantity="x"), '"ZEN,1,2,2025-06-30', a_stock(quantity="y")]

    assert codes_of_rows(*rows) == [(2, "ERR_POS_005"), (3, "ERR_CSV_006")]


def test_text_after_a_quote_is_malformed_and_the_rows_after_it_are_read() -> None:
    rows = ['"ZEN"X,1,2,2025-06-30', a_stock(quantity="x")]

    assert codes_of_rows(*rows) == [(2, "ERR_CSV_006"), (3, "ERR_POS_005")]


def test_a_separator_of_thousands_outside_quotes_makes_a_cell_too_many() -> None:
    assert codes_of_rows(a_stock().replace(",10,", ",1,234,") + "x") == [(2, "ERR_CSV_006")]


def test_a_field_beyond_the_limit_of_the_csv_module_is_read() -> None:
    [fault] = faults_of(text_of(a_stock(symbol="X" * 131_073)))

    assert (fault.code, fault.symbol) == ("ERR_POS_002", "X" * 100)


def test_an_option_is_recognised_by_its_symbol_or_any_option_column() -> None:
    rows = [
        an_option(investment_class=""),
        an_option(investment_class="", symbol="MINE", quantity="-2", option_type="put"),
        a_stock(investment_class="public", investment_subtype="etf"),
    ]

    terms = [entry.terms for entry in entries_of(reading_of(text_of(*rows)))]

    assert [each.position_type for each in terms] == [
        PositionType.LC,
        PositionType.SP,
        PositionType.LONG,
    ]
    assert terms[1].investment_class is InvestmentClass.OPTIONS
    assert (terms[1].strike_price, terms[1].expiration_date) == (Decimal(15), date(2026, 6, 19))
    assert terms[2].investment_subtype == "ETF"
    assert codes_of_rows(a_stock(symbol="ACME260619C00015000")) == [
        (2, f"ERR_POS_{number}") for number in ("019", "020", "021", "022")
    ]


def test_option_columns_are_refused_for_other_classes() -> None:
    row = an_option(investment_class="PUBLIC")

    assert codes_of_rows(row) == [
        (2, f"ERR_POS_{number}") for number in ("019", "020", "021", "022")
    ]


def test_an_unknown_class_is_reported_without_errors_that_follow_from_it() -> None:
    assert codes_of_rows(an_option(investment_class="OPTION")) == [(2, "ERR_POS_016")]


@pytest.mark.parametrize("quantity", ["+1", "1.", ".5", "0.000001", "999999999999.999999"])
def test_a_plain_number_is_accepted(quantity: str) -> None:
    [entry] = entries_of(reading_of(text_of(a_stock(quantity=quantity))))

    assert entry.terms.quantity == Decimal(quantity)


def test_the_template_can_be_imported_once_its_examples_are_rows() -> None:
    filled = TEMPLATE.replace("# AAPL", "AAPL").replace("# SHOP", "SHOP").replace("# SPY", "SPY")
    filled = filled.replace("# HARBOR", "HARBOR").replace("# MSFT", "MSFT")

    reading = reading_of(filled)

    assert codes_of(TEMPLATE) == [(1, "ERR_CSV_003")]
    assert [entry.terms.position_type for entry in entries_of(reading)] == [
        *("LONG", "SHORT", "LC", "LONG", "LONG")
    ]
    assert [entry.closing is not None for entry in entries_of(reading)] == [False] * 4 + [True]


if FOUND:

    @pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
    def test_a_portfolio_shared_beside_the_repository_is_read_in_full(path: Path) -> None:
        content = path.read_bytes()

        reading = reading_of(content)

        assert len(reading.entries) == len(content.splitlines()) - 1
