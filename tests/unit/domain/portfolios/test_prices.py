"""Prices: which lines of a file are prices, and what becomes of those that are not."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmasight.domain.portfolios.prices import (
    MAX_REPORTED_LINES,
    BadLine,
    ImportPrices,
    ImportReport,
    Price,
    parse_price,
)
from tests.support.builders.instants import NOON
from tests.support.fakes.kernel import FixedClock, ImmediateTransaction
from tests.support.fakes.prices import InMemoryPrices
from tests.support.fakes.store import InMemoryStore

TODAY = NOON.date()
TOO_FEW = "2 fields instead of 3, or 4 with an implied volatility."
NOT_IMPLIED = "The implied volatility is not a fraction above 0 and below 10."
GOOD = ("ACME", "2026-01-14", "12.50")


class PriceWorkspace:
    def __init__(self) -> None:
        self.store = InMemoryStore()
        self.progress: list[int] = []
        self._import = ImportPrices(
            InMemoryPrices(self.store), FixedClock(NOON), ImmediateTransaction(self.store)
        )

    async def import_lines(self, *lines: Sequence[str], strict: bool = False) -> ImportReport:
        return await self._import(
            lambda: enumerate(lines, 2),
            strict=strict,
            on_progress=lambda report: self.progress.append(report.read),
        )


def test_a_line_is_a_symbol_a_day_and_a_close() -> None:
    price = parse_price((" acme ", "2026-01-14", "1250E-2"), today=TODAY)

    assert price == Price("ACME", date(2026, 1, 14), Decimal("12.5"))


def test_an_option_may_have_an_implied_volatility() -> None:
    with_one, without = (parse_price((*GOOD, text), today=TODAY) for text in ("0.35", ""))

    assert (with_one.implied_volatility, without.implied_volatility) == (Decimal("0.35"), None)


def test_a_pair_of_currencies_has_one_spelling() -> None:
    assert parse_price(("eur/usd", "2026-01-14", "1.1"), today=TODAY).symbol == "EURUSD"
    assert parse_price(("BRK/B", "2026-01-14", "1.1"), today=TODAY).symbol == "BRK/B"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        (("ACME", "2026-01-14"), TOO_FEW),
        ((*GOOD, "", ""), "5 fields instead of 3, or 4 with an implied volatility."),
        ((*GOOD, "-0.2"), NOT_IMPLIED),
        ((*GOOD, "0"), NOT_IMPLIED),
        ((*GOOD, "20"), NOT_IMPLIED),
        (("", "2026-01-14", "1"), "The symbol is not valid."),
        (("A B", "2026-01-14", "1"), "The symbol is not valid."),
        (("X" * 101, "2026-01-14", "1"), "The symbol is not valid."),
        (("ACME", "20260114", "1"), "The date is not a calendar date in the form YYYY-MM-DD."),
        (("ACME", "2026-02-30", "1"), "The date is not a calendar date in the form YYYY-MM-DD."),
        (("ACME", "2026-01-16", "1"), "The date is in the future."),
        (("ACME", "2026-01-14", "1_000"), "The close is not a plain number."),
        (("ACME", "2026-01-14", "NaN"), "The close is not a plain number."),
        (("ACME", "2026-01-14", "-1"), "The close is not a plain number."),
        (("ACME", "2026-01-14", "0"), "The close is not more than 0."),
        (("ACME", "2026-01-14", "1e-13"), "The close is not more than 0."),
        (("ACME", "2026-01-14", "1e99"), "The close is not below 1000000000000."),
    ],
)
def test_an_invalid_line_has_a_reason(fields: Sequence[str], why: str) -> None:
    with pytest.raises(ValueError, match=f"^{why}$"):
        parse_price(fields, today=TODAY)


@given(st.lists(st.text(max_size=12), max_size=4))
def test_any_line_is_a_price_or_has_a_reason(fields: list[str]) -> None:
    try:
        price = parse_price(fields, today=TODAY)
    except ValueError:
        return
    assert price.close > 0


async def test_bad_lines_are_reported_and_the_others_are_stored() -> None:
    workspace = PriceWorkspace()

    report = await workspace.import_lines(
        GOOD, ("ACME", "2026-01-13"), ("ACME", "2026-01-13", "11")
    )

    assert (report.read, report.stored, report.bad) == (3, 2, 1)
    assert report.bad_lines == [
        BadLine(3, "2 fields instead of 3, or 4 with an implied volatility.")
    ]
    assert set(workspace.store.prices.values()) == {Decimal("12.5"), Decimal(11)}
    assert workspace.progress[-1] == 3


async def test_a_strict_import_with_a_bad_line_stores_nothing() -> None:
    workspace = PriceWorkspace()

    report = await workspace.import_lines(GOOD, ("ACME",), strict=True)

    assert (report.stored, report.bad) == (0, 1)
    assert workspace.store.prices == {}


async def test_only_the_first_of_many_bad_lines_are_reported_individually() -> None:
    report = await PriceWorkspace().import_lines(*[("x",)] * 1000)

    assert report.bad == 1000
    assert [bad.number for bad in report.bad_lines] == list(range(2, 2 + MAX_REPORTED_LINES))
