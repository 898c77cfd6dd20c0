"""How far the prices, costs and rates behind a snapshot can be relied on."""

from datetime import date
from decimal import Decimal

import pytest

from sigmasight.domain.portfolios.calculations.metrics import calculate_snapshot
from sigmasight.domain.portfolios.calculations.reliability import is_stale
from tests.support.builders.calculation_inputs import a_book, held
from tests.support.builders.instants import NOON

FRIDAY = date(2026, 1, 16)
HUNDRED = Decimal(100)


@pytest.mark.parametrize(
    ("day", "stale"),
    [
        (date(2026, 1, 16), False),
        (date(2026, 1, 9), False),
        (date(2026, 1, 8), True),
        (date(2025, 1, 16), True),
        (None, False),
    ],
)
def test_a_price_is_stale_after_five_trading_days(day: date | None, *, stale: bool) -> None:
    assert is_stale(held("ACME", 1, last_price=HUNDRED, price_date=day), FRIDAY) is stale


def test_a_weekend_makes_no_price_older() -> None:
    position = held("ACME", 1, last_price=HUNDRED, price_date=date(2026, 1, 9))

    assert not is_stale(position, date(2026, 1, 18))
    assert is_stale(position, date(2026, 1, 20))


def test_a_snapshot_counts_stale_prices_and_their_share_of_the_value() -> None:
    fresh = held("NEW", 1, last_price=HUNDRED, price_date=NOON.date())
    stale = held("OLD", -3, last_price=HUNDRED, price_date=date(2025, 12, 1))
    money = held(
        "CASH",
        200,
        entry_price=Decimal(1),
        investment_subtype="CASH",
        price_date=date(2025, 12, 1),
    )

    snapshot = calculate_snapshot(a_book(fresh, stale, money), at=NOON)

    assert (snapshot.stale_prices, snapshot.stale_share) == (1, Decimal("0.5"))
    assert (
        "1 position (50.0% of the value) has a price older than 5 trading days." in snapshot.notes
    )


def test_a_snapshot_says_for_how_much_of_the_value_the_cost_is_known() -> None:
    known = held("ACME", 1, entry_price=Decimal(10), last_price=HUNDRED)
    gift = held("GIFT", 1, entry_price=None, last_price=Decimal(300))

    snapshot = calculate_snapshot(a_book(known, gift), at=NOON)

    assert (snapshot.unrealized_pnl, snapshot.cost_known_share) == (Decimal(90), Decimal("0.25"))
    assert (
        "The cost of 25.0% of the value is known: unrealized P&L is of that part." in snapshot.notes
    )


def test_a_snapshot_names_the_day_of_its_oldest_exchange_rate() -> None:
    rates = {"EUR": date(2026, 1, 14), "GBP": date(2026, 1, 12)}
    converted = [
        held(currency, 1, currency=currency, last_price=HUNDRED, rate_date=day)
        for currency, day in rates.items()
    ]
    apart = held("JPY", 1, currency="JPY", last_price=HUNDRED, exchange_rate=None)

    snapshot = calculate_snapshot(a_book(*converted, apart), at=NOON)

    assert (snapshot.market_value, snapshot.rates_on) == (Decimal(200), date(2026, 1, 12))
    assert snapshot.without_rate == 1
    assert "1 position in a currency without an exchange rate is in no sum." in snapshot.notes
    assert "Other currencies are converted at rates of 2026-01-12 or later." in snapshot.notes


def test_expired_options_without_a_close_are_counted() -> None:
    option = held("OLD", 1, expiration_date=date(2026, 1, 9), underlying_symbol="ACME")

    snapshot = calculate_snapshot(a_book(option), at=NOON)

    assert snapshot.unsettled == 1
    assert any(note.startswith("1 expired option cannot be settled") for note in snapshot.notes)
