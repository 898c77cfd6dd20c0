"""Closing positions: what is realized, and what stays open."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sigmasight.domain.kernel import ValidationFailedError
from sigmasight.domain.portfolios.money import EXACT, total
from sigmasight.domain.portfolios.positions import Position, PositionType
from sigmasight.domain.portfolios.positions.closing import Closing, close_position
from sigmasight.domain.portfolios.positions.model import PositionClosedError
from tests.support.builders.instants import NOON
from tests.support.builders.portfolios import a_portfolio, a_position

TODAY = NOON.date()
PORTFOLIO = a_portfolio()
FIGURES = st.integers(1, 10**18 - 1).map(lambda micros: Decimal(micros).scaleb(-6))
SIGNED = st.integers(1 - 10**18, 10**18 - 1).map(lambda micros: Decimal(micros).scaleb(-6))


def held(kind: PositionType = PositionType.LONG, **changes: Any) -> Position:
    quantity = changes.pop("quantity", Decimal(10))
    signed = -quantity if kind.is_short else quantity
    return a_position(PORTFOLIO, position_type=kind, quantity=signed, **changes)


def close(position: Position, **closing: Any) -> Position:
    return close_position(position, Closing(**closing), today=TODAY)


def faults_of(position: Position, **closing: Any) -> set[tuple[str, str]]:
    with pytest.raises(ValidationFailedError) as refusal:
        close(position, **closing)
    return {(fault.field, fault.code) for fault in refusal.value.errors}


@pytest.mark.parametrize(
    ("kind", "realized"),
    [
        (PositionType.LONG, "25.00"),
        (PositionType.SHORT, "-25.00"),
        (PositionType.LC, "2500.00"),
        (PositionType.LP, "2500.00"),
        (PositionType.SC, "-2500.00"),
        (PositionType.SP, "-2500.00"),
    ],
)
def test_10_entered_at_12_50_and_left_at_15_bring(kind: PositionType, realized: str) -> None:
    after = close(held(kind), exit_price=Decimal(15))

    assert after.realized_pnl == Decimal(realized)


def test_in_full_keeps_the_quantity_and_sets_exit_date_and_price() -> None:
    after = close(held(), exit_price=Decimal(15), exit_date=date(2026, 1, 6))

    assert (after.is_open, after.quantity) == (False, Decimal(10))
    assert (after.exit_price, after.exit_date) == (Decimal(15), date(2026, 1, 6))
    assert after.market_value == after.unrealized_pnl == 0


def test_is_dated_today_by_default() -> None:
    assert close(held(), exit_price=Decimal(15)).exit_date == TODAY


@pytest.mark.parametrize("kind", [PositionType.LONG, PositionType.SHORT])
def test_in_part_leaves_the_rest_open(kind: PositionType) -> None:
    after = close(held(kind), exit_price=Decimal(15), close_quantity=Decimal(4))

    sign = -1 if kind.is_short else 1
    assert (after.is_open, after.quantity) == (True, Decimal(6 * sign))
    assert (after.exit_price, after.exit_date) == (None, None)
    assert after.realized_pnl == 10 * sign


def test_of_the_whole_quantity_closes_in_full() -> None:
    after = close(held(), exit_price=Decimal(15), close_quantity=Decimal("10.000"))

    assert (after.is_open, after.quantity) == (False, Decimal(10))


@given(
    kind=st.sampled_from(PositionType),
    size=FIGURES,
    part=FIGURES,
    exit_price=FIGURES,
    named=st.sampled_from([("close_quantity",), ("remaining",), ("close_quantity", "remaining")]),
)
def test_of_what_is_closed_or_of_all_but_what_remains_is_the_same(
    kind: PositionType, size: Decimal, part: Decimal, exit_price: Decimal, named: tuple[str, ...]
) -> None:
    position, part = held(kind, quantity=size), min(part, size)
    amounts = {
        "close_quantity": part,
        "remaining": EXACT.subtract(position.quantity, part.copy_sign(position.quantity)),
    }

    after = close(position, exit_price=exit_price, **{name: amounts[name] for name in named})

    assert after == close(position, exit_price=exit_price, close_quantity=part)
    assert after.is_open is (part < size)
    assert after.quantity == (amounts["remaining"] if after.is_open else position.quantity)


@given(kind=st.sampled_from(PositionType), size=FIGURES, part=FIGURES, remaining=SIGNED)
def test_by_two_amounts_that_do_not_add_up_is_refused(
    kind: PositionType, size: Decimal, part: Decimal, remaining: Decimal
) -> None:
    position, part = held(kind, quantity=size), min(part, size)
    assume(remaining != EXACT.subtract(position.quantity, part.copy_sign(position.quantity)))

    assert faults_of(position, exit_price=Decimal(1), close_quantity=part, remaining=remaining) == {
        ("quantity", "not_what_remains")
    }


def test_of_an_expired_option_is_at_0() -> None:
    assert close(held(PositionType.SC), exit_price=Decimal(0)).realized_pnl == 12500


def test_of_a_closed_position_is_refused() -> None:
    gone = close(held(), exit_price=Decimal(15))

    with pytest.raises(PositionClosedError):
        close(gone, exit_price=Decimal(15))


@pytest.mark.parametrize(
    ("closing", "fault"),
    [
        ({"exit_date": TODAY}, ("exit_price", "required")),
        ({"close_quantity": Decimal(1)}, ("exit_price", "required")),
        ({"exit_price": Decimal(-1)}, ("exit_price", "out_of_range")),
        ({"exit_price": Decimal("1e12")}, ("exit_price", "out_of_range")),
        ({"exit_date": TODAY + timedelta(1)}, ("exit_date", "in_the_future")),
        ({"exit_date": date(2026, 1, 4)}, ("exit_date", "before_entry_date")),
        ({"close_quantity": Decimal(0)}, ("close_quantity", "out_of_range")),
        ({"close_quantity": Decimal(-1)}, ("close_quantity", "out_of_range")),
        ({"close_quantity": Decimal("0.0000000000001")}, ("close_quantity", "too_precise")),
        ({"close_quantity": Decimal("10.000001")}, ("close_quantity", "more_than_open")),
        ({"remaining": Decimal(10)}, ("quantity", "not_what_remains")),
        ({"remaining": Decimal("10.000001")}, ("quantity", "not_what_remains")),
        ({"remaining": Decimal(-1)}, ("quantity", "not_what_remains")),
        ({"remaining": Decimal("NaN")}, ("quantity", "not_finite")),
        ({"remaining": Decimal("0.0000000000001")}, ("quantity", "too_precise")),
        (
            {"remaining": Decimal(6), "close_quantity": Decimal(6)},
            ("quantity", "not_what_remains"),
        ),
    ],
)
def test_with_invalid_values_is_refused(closing: dict[str, Any], fault: tuple[str, str]) -> None:
    price = {} if fault == ("exit_price", "required") else {"exit_price": Decimal(15)}

    assert faults_of(held(), **{**price, **closing}) == {fault}


def test_reports_every_error_at_once() -> None:
    assert faults_of(held(), exit_date=date(2025, 1, 1), close_quantity=Decimal(11)) == {
        ("exit_price", "required"),
        ("exit_date", "before_entry_date"),
        ("close_quantity", "more_than_open"),
    }


@given(
    kind=st.sampled_from(PositionType),
    entry=FIGURES,
    exit_price=FIGURES,
    parts=st.lists(FIGURES, min_size=1, max_size=6),
)
def test_in_any_parts_realizes_as_much_as_at_once(
    kind: PositionType, entry: Decimal, exit_price: Decimal, parts: list[Decimal]
) -> None:
    whole = held(kind, quantity=total(parts).quantize(parts[0]), entry_price=entry)
    at_once = close(whole, exit_price=exit_price)

    piecemeal = whole
    for part in parts:
        piecemeal = close(piecemeal, exit_price=exit_price, close_quantity=part)

    assert piecemeal.realized_pnl == at_once.realized_pnl
    assert (piecemeal.is_open, at_once.is_open) == (False, False)


@given(entry=FIGURES, exit_price=FIGURES, size=FIGURES)
def test_of_a_short_gains_what_the_same_long_loses(
    entry: Decimal, exit_price: Decimal, size: Decimal
) -> None:
    long, short = (
        close(held(kind, quantity=size, entry_price=entry), exit_price=exit_price)
        for kind in (PositionType.LONG, PositionType.SHORT)
    )

    assert long.realized_pnl is not None
    assert short.realized_pnl is not None
    assert EXACT.add(long.realized_pnl, short.realized_pnl) == 0


@given(kind=st.sampled_from(PositionType), entry=FIGURES, last=FIGURES, size=FIGURES, part=FIGURES)
def test_at_its_last_price_turns_the_unrealized_result_into_the_realized_one(
    kind: PositionType, entry: Decimal, last: Decimal, size: Decimal, part: Decimal
) -> None:
    before = held(kind, quantity=size, entry_price=entry, last_price=last)

    after = close(before, exit_price=last, close_quantity=min(part, size))

    assert after.realized_pnl is not None
    assert after.unrealized_pnl is not None
    assert EXACT.add(after.realized_pnl, after.unrealized_pnl) == before.unrealized_pnl


def test_without_a_price_a_position_is_valued_at_its_entry() -> None:
    position = held(PositionType.SC)

    assert (position.market_value, position.unrealized_pnl) == (Decimal(-12500), Decimal(0))
    assert replace(position, last_price=Decimal(13)).unrealized_pnl == -500
