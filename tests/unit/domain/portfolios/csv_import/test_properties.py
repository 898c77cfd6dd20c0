"""What holds of any file."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmasight.domain.kernel import ValidationFailedError
from sigmasight.domain.portfolios.csv_import.errors import CsvInvalidError
from sigmasight.domain.portfolios.positions import PositionType
from tests.support.builders.csv_files import (
    HEADER,
    TODAY,
    a_stock,
    an_option,
    entries_of,
    reading_of,
    row,
    text_of,
)
from tests.unit.domain.portfolios.csv_import.test_brokers import FIDELITY, INTERACTIVE, SCHWAB
from tests.unit.domain.portfolios.csv_import.test_layouts import FILES

CELLS = st.sampled_from(
    [
        *("", "ACME", "10", "-1", "12.50", "1e400", "NaN", "2025-06-30", "PUBLIC", "OPTIONS"),
        *("CALL", "STOCK", '"', "\n", "\r", "#", ",", "=cmd", "--", "$1,234.56", "(5)"),
        *("\u2028", "é", "\x00"),
    ]
)
WHOLE = st.sampled_from(
    [HEADER, a_stock(), an_option(), "# note", "", "\ufeff", *SCHWAB.split("\n")]
)
QUANTITIES = st.decimals(
    min_value=Decimal("0.000001"), max_value=Decimal(999999999999), places=6
).filter(bool)
PRICES = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(999999999999), places=2)
DAYS = st.dates(min_value=date(1926, 2, 1), max_value=TODAY)
SYMBOLS = st.from_regex(r"[A-Z0-9][A-Z0-9._:=/-]{0,99}", fullmatch=True)
STOCKS = st.fixed_dictionaries(
    {
        "symbol": SYMBOLS,
        "quantity": st.builds(
            lambda size, sign: f"{sign}{size:f}", QUANTITIES, st.sampled_from(["", "-"])
        ),
        "avg_cost": PRICES.map(lambda price: f"{price:f}"),
        "entry_date": DAYS.map(date.isoformat),
        "investment_class": st.just("PRIVATE"),
        "investment_subtype": st.sampled_from(["ART", "CASH", ""]),
    }
)


def is_read_or_refused(content: bytes) -> None:
    try:
        read = bool(reading_of(content).entries)
    except (CsvInvalidError, ValidationFailedError) as refusal:
        read = bool(refusal.details["errors"])
    assert read


@given(st.binary(max_size=2_000))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    is_read_or_refused(content)
    is_read_or_refused(HEADER.encode() + b"\n" + content)


@given(st.lists(st.lists(CELLS, max_size=14).map(",".join) | WHOLE, max_size=12))
def test_anything_that_looks_like_a_file_is_read_or_refused(rows: list[str]) -> None:
    is_read_or_refused("\n".join(rows).encode())
    is_read_or_refused(text_of(*rows).encode())


@given(
    st.sampled_from([SCHWAB, FIDELITY, INTERACTIVE, *(text for text, _ in FILES.values())]),
    st.data(),
)
def test_a_brokers_file_with_any_piece_changed_is_read_or_refused(
    content: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(start + 30, len(content))))
    is_read_or_refused((content[:start] + data.draw(CELLS) + content[end:]).encode())


@given(
    st.lists(
        STOCKS,
        min_size=1,
        max_size=20,
        unique_by=lambda cells: (cells["symbol"], cells["entry_date"]),
    )
)
def test_rows_that_are_written_are_read_back_the_same(rows: list[dict[str, str]]) -> None:
    reading = reading_of(text_of(*map(row, rows)))

    for cells, terms in zip(rows, (entry.terms for entry in entries_of(reading)), strict=True):
        assert terms.symbol == cells["symbol"]
        assert terms.quantity == Decimal(cells["quantity"])
        assert terms.entry_price == Decimal(cells["avg_cost"])
        assert terms.entry_date.isoformat() == cells["entry_date"]
        assert terms.investment_subtype == (cells["investment_subtype"] or None)
        assert (terms.position_type is PositionType.SHORT) == (terms.quantity < 0)


@given(st.lists(st.sampled_from(["quantity", "avg_cost", "symbol"]), min_size=1, max_size=60))
def test_the_error_count_is_the_sum_over_the_rows(missing: list[str]) -> None:
    rows = [
        a_stock(**{field: ""}, entry_date=str(TODAY - timedelta(days=number)))
        for number, field in enumerate(missing)
    ]

    with pytest.raises(CsvInvalidError) as refusal:
        reading_of(text_of(*rows, *rows))

    twice = sum(field != "symbol" for field in missing)
    assert refusal.value.errors.total == 2 * len(missing) + twice
