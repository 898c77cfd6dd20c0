"""One test for each code of the contract."""

import pytest

from sigmasight.domain.portfolios.csv_import.csv_file import LARGEST
from sigmasight.domain.portfolios.csv_import.errors import (
    DUPLICATE_POSITION,
    FIELD_CODES,
    MAX_REPORTED_ERRORS,
    ROW_CODES,
    CsvInvalidError,
    FileCode,
)
from tests.support.builders.csv_files import (
    HEADER,
    a_stock,
    an_option,
    codes_of,
    codes_of_rows,
    faults_of,
    reading_of,
    text_of,
)

ROWS = {
    "a symbol is missing": ("ERR_POS_001", a_stock(symbol=" ")),
    "a symbol has over 100 characters": ("ERR_POS_002", a_stock(symbol="X" * 101)),
    "a symbol has invalid characters": ("ERR_POS_003", a_stock(symbol="AC ME")),
    "a symbol is a formula": ("ERR_POS_003", a_stock(symbol="=cmd|' /C calc'!A0")),
    "a symbol calls a function": ("ERR_POS_003", a_stock(symbol="@SUM(A1)")),
    "a quantity is missing": ("ERR_POS_004", a_stock(quantity="")),
    "a quantity is a word": ("ERR_POS_005", a_stock(quantity="ten")),
    "a quantity has separators": ("ERR_POS_005", a_stock(quantity="1,234.56")),
    "a quantity is in parentheses": ("ERR_POS_005", a_stock(quantity="(500)")),
    "a quantity has an exponent": ("ERR_POS_005", a_stock(quantity="1e400")),
    "a quantity is NaN": ("ERR_POS_005", a_stock(quantity="NaN")),
    "a quantity is infinite": ("ERR_POS_005", a_stock(quantity="-Infinity")),
    "a quantity has other digits": ("ERR_POS_005", a_stock(quantity="１２")),  # noqa: RUF001
    "a quantity is a formula": ("ERR_POS_005", a_stock(quantity="=1+1")),
    "a quantity has underscores": ("ERR_POS_005", a_stock(quantity="1_000")),
    "a quantity is too large": ("ERR_POS_005", a_stock(quantity="1000000000000")),
    "a quantity has too many digits": ("ERR_POS_005", a_stock(quantity="9" * 5000)),
    "a quantity is zero": ("ERR_POS_006", a_stock(quantity="0")),
    "a quantity is minus zero": ("ERR_POS_006", a_stock(quantity="-0.00")),
    "a quantity has over 6 decimals": ("ERR_POS_007", a_stock(quantity="1.0000001")),
    "an entry price is missing": ("ERR_POS_008", a_stock(avg_cost="")),
    "an entry price has a sign of currency": ("ERR_POS_009", a_stock(avg_cost="$12.30")),
    "an entry price is NaN": ("ERR_POS_009", a_stock(avg_cost="nan")),
    "an entry price is too large": ("ERR_POS_009", a_stock(avg_cost="1000000000000")),
    "an entry price is zero": ("ERR_POS_010", a_stock(avg_cost="0")),
    "an entry price is negative": ("ERR_POS_010", a_stock(avg_cost="-12.50")),
    "an entry price has over 6 decimals": ("ERR_POS_011", a_stock(avg_cost="12.5050505")),
    "an entry date is missing": ("ERR_POS_012", a_stock(entry_date="")),
    "an entry date is written both ways": ("ERR_POS_013", a_stock(entry_date="06/07/2025")),
    "an entry date is no day": ("ERR_POS_013", a_stock(entry_date="2025-02-30")),
    "an entry date has a time": ("ERR_POS_013", a_stock(entry_date="2025-06-30T00:00")),
    "an exit date is written otherwise": (
        "ERR_POS_013",
        a_stock(exit_date="20250701", exit_price="1"),
    ),
    "an entry date is in the future": ("ERR_POS_014", a_stock(entry_date="2026-01-16")),
    "an exit date is in the future": (
        "ERR_POS_014",
        a_stock(exit_date="2026-01-16", exit_price="1"),
    ),
    "an entry date is over 100 years ago": ("ERR_POS_015", a_stock(entry_date="1926-01-14")),
    "a class is unknown": ("ERR_POS_016", a_stock(investment_class="CRYPTO")),
    "a subtype is not of its class": (
        "ERR_POS_017",
        a_stock(investment_class="PRIVATE", investment_subtype="STOCK"),
    ),
    "a subtype contradicts the type": ("ERR_POS_017", an_option(investment_subtype="PUT")),
    "an exit date is before the entry date": (
        "ERR_POS_018",
        a_stock(exit_date="2025-06-29", exit_price="1"),
    ),
    "an option has no underlying": ("ERR_POS_019", an_option(underlying_symbol="")),
    "an option has no strike": ("ERR_POS_020", an_option(strike_price="")),
    "an option has a strike of zero": ("ERR_POS_020", an_option(strike_price="0")),
    "an option's strike is no number": ("ERR_POS_020", an_option(strike_price="$15")),
    "an option has no expiration": ("ERR_POS_021", an_option(expiration_date="")),
    "an option's expiration is no day": ("ERR_POS_021", an_option(expiration_date="19JUN26")),
    "an option has no type": ("ERR_POS_022", an_option(option_type="")),
    "an option has another type": ("ERR_POS_022", an_option(option_type="C")),
    "an exit price is no number": ("ERR_POS_024", a_stock(exit_date="2025-07-01", exit_price="?")),
    "an exit price is zero": ("ERR_POS_024", a_stock(exit_date="2025-07-01", exit_price="0")),
    "an exit price is alone": ("ERR_POS_024", a_stock(exit_price="13")),
    "an exit date is alone": ("ERR_POS_024", a_stock(exit_date="2025-07-01")),
}


@pytest.mark.parametrize("case", ROWS)
def test_a_row_is_refused_where(case: str) -> None:
    code, row = ROWS[case]

    assert codes_of_rows(a_stock(symbol="FINE"), row) == [(3, code)]


FILES = {
    "it is over 10 MB": ("ERR_CSV_001", b"#" * (LARGEST + 1)),
    "it is a workbook": ("ERR_CSV_002", b"PK\x03\x04\x14\x00\x06\x00"),
    "it is empty": ("ERR_CSV_003", b""),
    "it has but blank lines and comments": ("ERR_CSV_003", b"\n\n# nothing\n,,\n"),
    "it has no data row": ("ERR_CSV_003", HEADER.encode()),
    "its header is no header": ("ERR_CSV_005", b"ACME,10,12.50,2025-06-30\n"),
    "its header has a column of its own": ("ERR_CSV_005", f"{HEADER},Broker\n".encode()),
    "its header has a column twice": ("ERR_CSV_005", f"{HEADER},Symbol\n".encode()),
    "it is UTF-16": ("ERR_CSV_006", text_of(a_stock()).encode("utf-16")),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_is_refused_where(case: str) -> None:
    code, content = FILES[case]

    assert codes_of(content) == [(1, code)]


def test_the_same_symbol_and_date_twice_is_refused_in_any_order_of_dates() -> None:
    rows = [a_stock(entry_date=day) for day in ("2025-06-30", "06/30/2025", "06/30/2025")]

    assert codes_of_rows(*rows) == [(3, "ERR_POS_023"), (4, "ERR_POS_023")]


def test_a_file_of_another_name_is_refused() -> None:
    assert codes_of(text_of(a_stock()), name="positions.xlsx") == [(1, "ERR_CSV_002")]
    assert codes_of(text_of(a_stock()), name="POSITIONS.CSV") == []


def test_a_header_names_each_required_column_that_is_missing() -> None:
    faults = faults_of("# mine\nSymbol,Quantity,Price\nACME,1,2\n")

    assert [(fault.row, fault.code, fault.field) for fault in faults] == [
        (2, "ERR_CSV_004", "Entry Price Per Share"),
        (2, "ERR_CSV_004", "Entry Date"),
    ]


def test_ten_thousand_columns_are_counted_and_refused() -> None:
    with pytest.raises(CsvInvalidError) as refusal:
        reading_of(HEADER + "".join(f",C{number}" for number in range(10_000)))

    assert refusal.value.errors.total == 10_000
    assert {fault.code for fault in refusal.value.errors.first} == {"ERR_CSV_005"}


def test_a_row_of_ten_thousand_cells_is_malformed() -> None:
    assert codes_of_rows(a_stock(), "1," * 10_000) == [(3, "ERR_CSV_006")]


def test_the_second_row_of_one_symbol_and_day_is_refused_and_names_the_first() -> None:
    [fault] = faults_of(
        text_of(a_stock(), a_stock(entry_date="2025-07-01"), a_stock(symbol="acme"))
    )

    assert (fault.row, fault.symbol, fault.code) == (4, "ACME", "ERR_POS_023")
    assert "Row 2" in fault.message


def test_all_errors_of_all_rows_are_reported_in_order() -> None:
    broken = an_option(
        symbol="", quantity="x", avg_cost="-1", entry_date="", strike_price="0", option_type="?"
    )

    assert codes_of_rows(broken, a_stock(), a_stock()) == [
        *((2, f"ERR_POS_{number}") for number in ("001", "005", "010", "012", "020", "022")),
        (4, "ERR_POS_023"),
    ]


def test_an_error_names_its_column_and_symbol() -> None:
    [fault] = faults_of(text_of(a_stock(avg_cost="$12.30")))

    assert (fault.row, fault.symbol, fault.field) == (2, "ACME", "Entry Price Per Share")
    assert fault.message.startswith("Entry Price Per Share: Must be a plain number")


def test_a_thousand_errors_are_reported_and_all_are_counted() -> None:
    with pytest.raises(CsvInvalidError) as refusal:
        reading_of(text_of(*[a_stock(symbol="", quantity="")] * 1_500))

    details = refusal.value.details
    assert len(details["errors"]) == MAX_REPORTED_ERRORS
    assert details["total_errors"] == 3_000


def test_there_are_the_thirty_codes_of_the_contract() -> None:
    known = {*FileCode, *ROW_CODES.values(), *FIELD_CODES.values(), DUPLICATE_POSITION}

    assert known == {
        *(f"ERR_CSV_{number:03}" for number in range(1, 7)),
        *(f"ERR_POS_{number:03}" for number in range(1, 25)),
    }
    assert known - {code for code, _ in ROWS.values()} - {code for code, _ in FILES.values()} == {
        "ERR_CSV_004",
        "ERR_POS_023",
    }
