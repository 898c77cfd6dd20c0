"""The demo's synthetic prices."""

from datetime import date, timedelta

from sigmasight.domain.maintenance.sample_portfolio import HOLDINGS
from sigmasight.entrypoints.local.prices import SYNTHETIC, synthetic

SINCE, UNTIL = date(2026, 1, 1), date(2026, 3, 1)


def test_they_are_the_same_each_time_and_from_any_start_date() -> None:
    for symbol in SYNTHETIC:
        walk = list(synthetic(symbol, SINCE, UNTIL))
        tail = list(synthetic(symbol, SINCE + timedelta(days=20), UNTIL))

        assert walk == list(synthetic(symbol, SINCE, UNTIL))
        assert walk[-len(tail) :] == tail
        assert {day.weekday() for day, _ in walk} == {0, 1, 2, 3, 4}
        assert min(close for _, close in walk) > 0


def test_every_symbol_of_the_demo_but_the_option_and_the_fund_has_some() -> None:
    without = {draft.symbol for draft in HOLDINGS} - SYNTHETIC.keys()

    assert without == {"NVDA270115C00200000", "DEMO-MONEY-MARKET"}
