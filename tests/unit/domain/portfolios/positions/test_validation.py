"""Validating positions: every rule, and every error reported at once."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmasight.domain.kernel import FieldError, ValidationFailedError
from sigmasight.domain.portfolios.positions.classification import (
    SUBTYPES,
    InvestmentClass,
    PositionType,
)
from sigmasight.domain.portfolios.positions.validation import MAX_FIGURE, PositionDraft, validate
from tests.support.builders.instants import NOON
from tests.support.builders.portfolios import a_draft, an_option_draft

TODAY = NOON.date()
SHORT, LONG, LC, SP = PositionType.SHORT, PositionType.LONG, PositionType.LC, PositionType.SP
OPTIONS, PRIVATE = InvestmentClass.OPTIONS, InvestmentClass.PRIVATE


def faults_of(draft: PositionDraft) -> set[tuple[str, str]]:
    with pytest.raises(ValidationFailedError) as refusal:
        validate(draft, today=TODAY)
    assert all(fault.message.endswith(".") for fault in refusal.value.errors)
    return {(fault.field, fault.code) for fault in refusal.value.errors}


def test_the_minimal_fields_are_enough() -> None:
    terms = validate(a_draft(), today=TODAY)

    assert (terms.symbol, terms.quantity, terms.entry_price) == (
        "ACME",
        Decimal(10),
        Decimal("12.50"),
    )
    assert terms.entry_date == TODAY
    assert terms.strike_price is None


def test_words_are_trimmed_and_in_capitals() -> None:
    terms = validate(
        an_option_draft(symbol=" brk.b ", underlying_symbol="brk.b\t", investment_subtype=" call "),
        today=TODAY,
    )

    assert (terms.symbol, terms.underlying_symbol) == ("BRK.B", "BRK.B")
    assert terms.investment_subtype == "CALL"


@pytest.mark.parametrize("kind", PositionType)
@pytest.mark.parametrize("value", ["2.5", "-2.5"])
def test_the_sign_of_a_quantity_follows_the_type(kind: PositionType, value: str) -> None:
    changes: dict[str, Any] = {"position_type": kind, "quantity": Decimal(value)}
    draft = an_option_draft(**changes) if kind.is_option else a_draft(**changes)

    if value.startswith("-") and not kind.is_short:
        assert faults_of(draft) == {("quantity", "out_of_range")}
    else:
        size = Decimal("-2.5") if kind.is_short else Decimal("2.5")
        assert validate(draft, today=TODAY).quantity == size


@pytest.mark.parametrize(
    ("quantity", "code"),
    [
        *(("0", "zero"), ("-0", "zero"), ("NaN", "not_finite"), ("-Infinity", "not_finite")),
        *(("0.0000000000001", "too_precise"), ("1e12", "out_of_range"), ("1e400", "out_of_range")),
        ("0.10000000000000000000000000000001", "too_precise"),
    ],
)
def test_quantities_that_are_none(quantity: str, code: str) -> None:
    assert faults_of(a_draft(quantity=Decimal(quantity))) == {("quantity", code)}


@pytest.mark.parametrize("field", ["avg_cost", "strike_price"])
@pytest.mark.parametrize(
    ("price", "code"),
    [
        *(("0", "out_of_range"), ("-1", "out_of_range"), ("NaN", "not_finite")),
        *(("1e12", "out_of_range"), ("0.0000000000001", "too_precise")),
    ],
)
def test_prices_that_are_none(field: str, price: str, code: str) -> None:
    assert faults_of(an_option_draft(**{field: Decimal(price)})) == {(field, code)}


@given(st.decimals(allow_nan=True, allow_infinity=True), st.sampled_from([LONG, SHORT]))
def test_a_figure_fits_its_column_exactly_or_is_refused(value: Decimal, kind: PositionType) -> None:
    try:
        terms = validate(a_draft(quantity=value, avg_cost=value, position_type=kind), today=TODAY)
    except ValidationFailedError:
        return

    assert abs(terms.quantity) == terms.entry_price == value
    assert 0 < terms.entry_price < MAX_FIGURE
    assert terms.entry_price.as_tuple().exponent == -12


@pytest.mark.parametrize("symbol", ["A", "BRK.B", "^GSPC", "ES=F", "BTC-USD", "A/B", "X" * 100])
def test_symbols_there_are(symbol: str) -> None:
    assert validate(a_draft(symbol=symbol), today=TODAY).symbol == symbol


@pytest.mark.parametrize(
    ("symbol", "code"),
    [
        *(("", "required"), ("  ", "required"), ("X" * 101, "too_long")),
        *(
            (each, "invalid_characters")
            for each in ["A B", "A;B", "É", "\u017f", "-A", "A\nB", "=1+1"]
        ),
    ],
)
def test_symbols_there_are_not(symbol: str, code: str) -> None:
    assert faults_of(a_draft(symbol=symbol)) == {("symbol", code)}


@pytest.mark.parametrize("kind", PositionType)
@pytest.mark.parametrize("asset", InvestmentClass)
def test_options_and_nothing_else_are_of_the_class_options(
    kind: PositionType, asset: InvestmentClass
) -> None:
    changes: dict[str, Any] = {"position_type": kind, "investment_class": asset}
    draft = an_option_draft(**changes) if kind.is_option else a_draft(**changes)

    if kind.is_option == (asset is OPTIONS):
        assert validate(draft, today=TODAY).investment_class is asset
    else:
        assert faults_of(draft) == {("investment_class", "does_not_fit")}


@pytest.mark.parametrize("asset", InvestmentClass)
@pytest.mark.parametrize("subtype", sorted({each for of in SUBTYPES.values() for each in of}))
def test_a_subtype_is_one_of_its_class(asset: InvestmentClass, subtype: str) -> None:
    kind = SP if subtype == "PUT" else LC
    changes: dict[str, Any] = {"investment_subtype": subtype, "investment_class": asset}
    draft = (
        an_option_draft(position_type=kind, **changes) if asset is OPTIONS else a_draft(**changes)
    )

    if subtype in SUBTYPES[asset]:
        assert validate(draft, today=TODAY).investment_subtype == subtype
    else:
        assert faults_of(draft) == {("investment_subtype", "does_not_fit")}


def test_a_call_is_no_put() -> None:
    assert faults_of(an_option_draft(investment_subtype="PUT")) == {
        ("investment_subtype", "does_not_fit")
    }


def test_an_option_needs_underlying_strike_and_expiration() -> None:
    bare = an_option_draft(underlying_symbol=" ", strike_price=None, expiration_date=None)

    assert faults_of(bare) == {
        ("underlying_symbol", "required"),
        ("strike_price", "required"),
        ("expiration_date", "required"),
    }


def test_other_positions_have_no_option_fields() -> None:
    assert faults_of(a_draft(strike_price=Decimal(5), expiration_date=TODAY)) == {
        ("strike_price", "does_not_fit"),
        ("expiration_date", "does_not_fit"),
    }


@pytest.mark.parametrize(
    ("entered", "code"),
    [
        (date(2026, 1, 16), "in_the_future"),
        (date(9999, 12, 31), "in_the_future"),
        (date(1926, 1, 14), "too_long_ago"),
        (date(1, 1, 1), "too_long_ago"),
    ],
)
def test_entry_dates_that_cannot_be(entered: date, code: str) -> None:
    assert faults_of(a_draft(entry_date=entered)) == {("entry_date", code)}


@pytest.mark.parametrize("entered", [TODAY, date(1926, 1, 15), date(2024, 2, 29)])
def test_entry_dates_that_can_be(entered: date) -> None:
    assert validate(a_draft(entry_date=entered), today=TODAY).entry_date == entered


def test_every_error_is_reported_at_once_with_parse_errors() -> None:
    unread = FieldError("position_type", "Invalid enum value 'X'.", "invalid")
    draft = PositionDraft(
        symbol="A B",
        quantity=Decimal(0),
        investment_class=PRIVATE,
        investment_subtype="ETF",
        entry_date=date(2027, 1, 1),
        parse_errors=(unread,),
    )

    assert faults_of(draft) == {
        ("position_type", "invalid"),
        ("symbol", "invalid_characters"),
        ("quantity", "zero"),
        ("avg_cost", "required"),
        ("investment_subtype", "does_not_fit"),
        ("entry_date", "in_the_future"),
    }
