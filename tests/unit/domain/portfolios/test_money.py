from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmasight.domain.kernel import ValidationFailedError
from sigmasight.domain.portfolios.money import MAX_AMOUNT, amount

HUNDREDTHS = st.integers(0, int(MAX_AMOUNT) * 100 - 1).map(lambda cents: Decimal(cents) / 100)


def fault_of(value: str) -> str:
    with pytest.raises(ValidationFailedError) as refusal:
        amount(Decimal(value), "equity_balance")
    [fault] = refusal.value.details["errors"]
    assert fault["field"] == "equity_balance"
    return str(fault["code"])


@given(HUNDREDTHS)
def test_an_amount_in_hundredths_is_exact(value: Decimal) -> None:
    kept = amount(value, "field")

    assert kept == value
    assert kept.as_tuple().exponent == -2


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_an_amount_is_finite_in_hundredths_and_in_range_or_refused(value: Decimal) -> None:
    try:
        kept = amount(value, "field")
    except ValidationFailedError:
        return

    assert kept == value
    assert 0 <= kept < MAX_AMOUNT
    assert kept.as_tuple().exponent == -2


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("0", "0.00"),
        ("-0", "0.00"),
        ("125000", "125000.00"),
        ("12345678901234.56", "12345678901234.56"),
        ("1.10000", "1.10"),
        ("1E+3", "1000.00"),
        ("9999999999999999.99", "9999999999999999.99"),
    ],
)
def test_an_amount_is_written_with_two_decimals(value: str, kept: str) -> None:
    assert str(amount(Decimal(value), "field")) == kept


@pytest.mark.parametrize("value", ["NaN", "sNaN", "-NaN", "Infinity", "-Infinity"])
def test_an_infinite_value_is_refused(value: str) -> None:
    assert fault_of(value) == "not_finite"


@pytest.mark.parametrize("value", ["-0.01", "-1", "10000000000000000", "1e400", "1e999999"])
def test_a_negative_or_too_large_value_is_refused(value: str) -> None:
    assert fault_of(value) == "out_of_range"


@pytest.mark.parametrize(
    "value", ["0.001", "1.999", "1e-400", "0.10000000000000000000000000000001"]
)
def test_a_value_with_more_than_two_decimals_is_refused(value: str) -> None:
    assert fault_of(value) == "too_precise"
