"""Gains by month and the time-weighted return."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmasight.domain.portfolios.analytics.performance import (
    Performance,
    PerformanceInput,
    performance,
)
from sigmasight.domain.portfolios.positions import Position
from tests.support.builders.calculation_inputs import a_walk, held

SINCE, TODAY = date(2025, 11, 1), date(2026, 1, 15)
DECEMBER, JANUARY = date(2025, 12, 10), date(2026, 1, 8)


def measured(
    *positions: Position,
    flows: Mapping[date, int] | None = None,
    net_asset_value: float = 0.0,
    **closes: Mapping[date, float],
) -> Performance:
    """Return the performance of positions at their last close."""
    inputs = PerformanceInput(
        positions=positions,
        closes=closes,
        flows={day: Decimal(amount) for day, amount in (flows or {}).items()},
        net_asset_value=net_asset_value,
    )
    return performance(inputs, since=SINCE, today=TODAY)


def shares(quantity: int, entry: str, on: date, **changes: Any) -> Position:
    return held("ACME", quantity, entry_price=Decimal(entry), entry_date=on, **changes)


def test_months_have_realized_and_unrealized_results() -> None:
    closes = {DECEMBER: 110.0, date(2025, 12, 31): 120.0, JANUARY: 90.0}
    kept = shares(10, "100", DECEMBER, last_price=Decimal(90), price_date=JANUARY)
    sold = shares(
        5,
        "100",
        DECEMBER,
        exit_date=JANUARY,
        exit_price=Decimal(95),
        realized_pnl=Decimal(-25),
    )

    found = measured(kept, sold, net_asset_value=1000, ACME=closes)

    november, december, january = found.months
    assert [each.first_day for each in found.months] == [
        SINCE,
        date(2025, 12, 1),
        date(2026, 1, 1),
    ]
    assert (november.gain, november.unrealized_pnl) == (0, 0)
    assert (december.gain, december.unrealized_pnl) == (300, 300)
    assert (january.gain, january.unrealized_pnl) == (-300 - 125, -100)
    assert [each.realized_pnl for each in found.months] == [0, 0, -25]
    assert found.realized_without_date == found.without_prices == 0


def test_a_contribution_is_no_return() -> None:
    # 100 grows by 10 % to 110; 100 is paid in, and 210 falls by 5 % to 199.50.
    closes = {
        date(2025, 10, 31): 100.0,
        DECEMBER: 110.0,
        JANUARY: 104.5,
    }
    first = shares(1, "100", date(2025, 10, 1))
    second = held(
        "MORE",
        1,
        entry_price=Decimal(100),
        entry_date=date(2025, 12, 20),
        last_price=Decimal(95),
        price_date=JANUARY,
    )

    found = measured(
        first, second, flows={date(2025, 12, 20): 100}, net_asset_value=199.5, ACME=closes
    )

    assert found.time_weighted_return == pytest.approx(1.1 * 0.95 - 1, abs=1e-12)
    assert [each.time_weighted_return for each in found.months] == [
        pytest.approx(each, abs=1e-12) for each in (0.0, 0.1, -0.05)
    ]
    assert [each.net_contributions for each in found.months] == [0, 100, 0]


def test_a_withdrawal_is_no_loss() -> None:
    closes = {date(2025, 10, 31): 100.0, JANUARY: 110.0}

    found = measured(
        shares(10, "100", date(2025, 10, 1)),
        flows={DECEMBER: -500},
        net_asset_value=600,
        ACME=closes,
    )

    assert found.time_weighted_return == pytest.approx(100 / 500)


def test_a_position_bought_before_counts_from_its_last_close() -> None:
    closes = {date(2025, 10, 30): 150.0, DECEMBER: 160.0}

    found = measured(shares(1, "20", date(2020, 1, 2)), net_asset_value=160, ACME=closes)

    assert sum(each.gain for each in found.months) == 10
    assert found.months[0].unrealized_pnl == 130


def test_without_a_close_before_nothing_is_gained_at_the_first_one() -> None:
    found = measured(shares(1, "20", date(2020, 1, 2)), net_asset_value=160, ACME={DECEMBER: 160.0})

    assert sum(each.gain for each in found.months) == 0


def test_a_closed_position_gains_nothing_after_its_exit() -> None:
    sold = shares(
        1,
        "100",
        DECEMBER,
        exit_date=date(2025, 12, 20),
        exit_price=Decimal(110),
        realized_pnl=Decimal(10),
        last_price=Decimal(500),
        price_date=JANUARY,
    )

    found = measured(sold, net_asset_value=1000, ACME={DECEMBER: 100.0, JANUARY: 500.0})

    assert [each.gain for each in found.months] == [0, 10, 0]
    assert [each.unrealized_pnl for each in found.months] == [0, 0, 0]


def test_a_close_from_before_the_entry_counts_from_the_entry_on() -> None:
    bought = shares(1, "100", JANUARY, last_price=Decimal(90), price_date=DECEMBER)

    found = measured(bought, net_asset_value=1000, ACME={DECEMBER: 90.0})

    assert [each.gain for each in found.months] == [0, 0, -10]
    assert found.months[-1].unrealized_pnl == -10


def test_a_jump_without_a_split_is_no_gain() -> None:
    closes = {date(2025, 10, 31): 400.0, DECEMBER: 100.0, JANUARY: 110.0}

    found = measured(shares(1, "380", date(2025, 1, 2)), net_asset_value=110, ACME=closes)

    assert [each.gain for each in found.months] == [0, 0, 10]


def test_a_short_position_gains_when_the_price_falls() -> None:
    found = measured(
        shares(-10, "100", DECEMBER), net_asset_value=5000, ACME={DECEMBER: 100.0, JANUARY: 80.0}
    )

    assert [each.gain for each in found.months] == [0, 0, 200]


def test_a_return_on_nothing_is_not_available() -> None:
    found = measured(
        shares(1, "100", DECEMBER), net_asset_value=-50, ACME={DECEMBER: 100.0, JANUARY: 110.0}
    )

    assert found.time_weighted_return is None
    assert [each.time_weighted_return for each in found.months] == [0.0, 0.0, None]


def test_what_has_no_price_or_no_date_is_said() -> None:
    sold_in_part = shares(1, "100", DECEMBER, realized_pnl=Decimal("12.50"))

    found = measured(sold_in_part, held("USD", 1, investment_subtype="CASH"))

    assert found.realized_without_date == Decimal("12.50")
    assert found.without_prices == 1
    assert found.months[-1].unrealized_pnl == 0


def test_other_currencies_are_converted() -> None:
    closes = {DECEMBER: 100.0, JANUARY: 110.0}

    found = measured(
        shares(1, "100", DECEMBER, currency="EUR", exchange_rate=Decimal("1.1")),
        shares(1, "100", DECEMBER, currency="JPY", exchange_rate=None),
        net_asset_value=1000,
        ACME=closes,
    )

    assert found.months[-1].gain == pytest.approx(11)


@given(
    st.integers(0, 10_000),
    st.lists(st.tuples(st.integers(1, 70), st.integers(-20, 20)), min_size=1, max_size=5),
)
def test_gains_add_up_to_the_change_of_the_unrealized_result(
    seed: int, trades: list[tuple[int, int]]
) -> None:
    closes = a_walk(f"walk {seed}", 90, until=TODAY)
    days = [day for day in closes if day > SINCE]
    positions = [
        shares(quantity, str(closes[days[age % len(days)]]), days[age % len(days)])
        for age, quantity in trades
        if quantity
    ]

    found = measured(*positions, net_asset_value=1e9, ACME=closes)

    assert sum(each.gain for each in found.months) == pytest.approx(
        found.months[-1].unrealized_pnl, abs=1e-6
    )
    last = closes[max(closes)]
    assert found.months[-1].unrealized_pnl == pytest.approx(
        sum(float(each.quantity) * (last - float(each.entry_price or 0)) for each in positions),
        abs=1e-6,
    )
    assert len(found.months) == 3
