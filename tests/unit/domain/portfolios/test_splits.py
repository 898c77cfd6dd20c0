"""Splits: which records are, and closes that are comparable across them."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmasight.domain.portfolios.analytics.returns import History
from sigmasight.domain.portfolios.calculations.metrics import calculate_snapshot
from sigmasight.domain.portfolios.prices import ImportReport
from sigmasight.domain.portfolios.splits import (
    USUAL_RATIOS,
    ImportSplits,
    Split,
    adjusted,
    are_suspected_splits,
    parse_split,
    without_suspected_splits,
)
from tests.support.builders.calculation_inputs import TODAY, a_book, a_walk, held
from tests.support.builders.instants import NOON
from tests.support.fakes.kernel import ImmediateTransaction
from tests.support.fakes.prices import InMemorySplits
from tests.support.fakes.store import InMemoryStore

GOOD = {"symbol": "acme", "date": "2025-06-10", "ratio": "10:1"}
DAY = date(2025, 6, 10)
RATIOS = [*USUAL_RATIOS, *(1 / ratio for ratio in USUAL_RATIOS)]


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [("10:1", "10"), ("4", "4"), ("3:2", "1.5"), ("1:20", "0.05"), ("0.1", "0.1")],
)
def test_a_ratio_is_shares_after_for_shares_before(ratio: str, expected: str) -> None:
    assert parse_split({**GOOD, "ratio": ratio}) == Split("ACME", DAY, Decimal(expected))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"symbol": "A B"}, "The symbol is not valid."),
        ({"date": "10.6.2025"}, "The date is not a calendar date in the form YYYY-MM-DD."),
        *(
            ({"ratio": ratio}, "The ratio is not shares after for shares before, such as 4:1 or")
            for ratio in ("", "0", "1:0", "1", "2:2", "-4", "4:1:1", "four", "1e3", "٤")
        ),
    ],
)
def test_a_bad_record_says_why(changes: dict[str, str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_split({**GOOD, **changes})


@pytest.mark.parametrize(("strict", "stored"), [(False, 1), (True, 0)])
async def test_an_import_stores_the_good_or_if_strict_all_or_none(
    *, strict: bool, stored: int
) -> None:
    store = InMemoryStore()
    use = ImportSplits(InMemorySplits(store), ImmediateTransaction(store))

    report = await use(lambda: enumerate([GOOD, {**GOOD, "ratio": "x"}], 2), strict=strict)

    assert (report.read, report.stored, report.bad) == (2, stored, 1)
    assert isinstance(report, ImportReport)
    assert store.splits == ({"ACME": {DAY: 10.0}} if stored else {})


@given(st.sampled_from(RATIOS), st.integers(1, 98), st.integers(0, 99))
def test_adjusted_closes_are_those_before_the_split_divided_by_its_ratio(
    ratio: float, place: int, seed: int
) -> None:
    whole = a_walk(f"walk {seed}", 100)
    days = list(whole)
    traded = {day: close * ratio if day < days[place] else close for day, close in whole.items()}

    again = adjusted(traded, {days[place]: ratio})

    assert again == pytest.approx(whole)
    assert list(again) == days
    assert adjusted(whole, {days[place]: ratio}) == whole, "adjusted already"


def test_a_split_on_a_day_without_a_close_counts_from_the_next_one() -> None:
    closes = {date(2025, 6, 6): 100.0, date(2025, 6, 9): 25.0}

    assert adjusted(closes, {date(2025, 6, 8): 4.0}) == {
        date(2025, 6, 6): 25.0,
        date(2025, 6, 9): 25.0,
    }


def test_splits_before_and_after_all_closes_change_nothing() -> None:
    closes = {date(2025, 6, 6): 100.0, date(2025, 6, 9): 25.0}

    assert adjusted(closes, {date(2025, 6, 6): 4.0, date(2025, 6, 10): 4.0}) == closes


def test_two_splits_of_a_symbol_multiply() -> None:
    closes = {date(2025, 1, 2): 80.0, date(2025, 1, 3): 40.0, date(2025, 1, 6): 10.0}

    assert adjusted(closes, {date(2025, 1, 3): 2.0, date(2025, 1, 6): 4.0}) == dict.fromkeys(
        closes, 10.0
    )


@given(st.sampled_from(RATIOS), st.floats(-0.03, 0.03))
def test_a_change_by_a_usual_ratio_is_suspected(ratio: float, on_top: float) -> None:
    assert are_suspected_splits(np.array([ratio * (1 + on_top) - 1])).all()


@given(st.floats(-0.3, 0.4))
def test_an_ordinary_return_is_not(change: float) -> None:
    assert not are_suspected_splits(np.array([change])).any()


@given(st.sampled_from(RATIOS), st.integers(1, 98))
def test_without_suspected_splits_all_other_returns_stay(ratio: float, place: int) -> None:
    whole = a_walk("ACME", 100)
    days = list(whole)
    jumped = {day: close * ratio if day < days[place] else close for day, close in whole.items()}

    again = without_suspected_splits(jumped)

    values = np.array(list(again.values()))
    expected = np.array(list(whole.values()))
    returns, true_returns = values[1:] / values[:-1], expected[1:] / expected[:-1]
    true_returns[place - 1] = 1.0
    assert returns == pytest.approx(true_returns)
    assert again[days[-1]] == whole[days[-1]]
    assert without_suspected_splits(whole) == whole
    assert without_suspected_splits({}) == {}


def test_figures_leave_out_a_jump_without_a_split_and_name_it() -> None:
    whole = a_walk("ACME", 120)
    day = list(whole)[60]
    jumped = {each: close * 4 if each < day else close for each, close in whole.items()}
    shares = held("ACME", 10)

    clean, suspected = (
        calculate_snapshot(a_book(shares, ACME=closes), at=NOON) for closes in (whole, jumped)
    )

    assert list(suspected.suspected_splits) == [f"ACME on {day}"]
    assert any(f"ACME on {day}." in note for note in suspected.notes)
    assert not clean.suspected_splits
    assert (suspected.volatility or 0) < 2 * (clean.volatility or 0)
    assert len(History({"ACME": jumped}).returns(["ACME"], day - timedelta(days=99))) < 119


def test_a_jump_on_the_last_day_is_no_gain() -> None:
    closes = {TODAY - timedelta(days=1): 400.0, TODAY: 100.0}

    snapshot = calculate_snapshot(a_book(held("ACME", 10), ACME=closes), at=NOON)

    assert (snapshot.daily_pnl, snapshot.daily_return) == (None, None)
