"""Parsing, importing and reading fundamentals."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from sigmasight.domain.research.fundamentals import (
    NO_PERIOD,
    Frequency,
    FundamentalsNotFoundError,
    ImportFundamentals,
    ReadFundamentals,
    Report,
    Statement,
    UnreadableFundamentalsError,
)
from sigmasight.domain.research.parsing import reports_of
from tests.support.fakes.kernel import ImmediateTransaction
from tests.support.fakes.research import InMemoryFundamentals
from tests.support.fakes.store import InMemoryStore

PERIOD: dict[str, Any] = {"period_date": "2025-12-31", "fiscal_year": 2025, "fiscal_quarter": 4}
COMPANY: dict[str, Any] = {
    "symbol": "acme",
    "income-statement": {"q": [{**PERIOD, "revenue": 10**12, "eps": Decimal("1.10")}]},
    "analyst-estimates": {"eps": {"low": Decimal("1E+1"), "by": ["A", None, True]}},
}


def a_report(day: int, **figures: object) -> Report:
    return Report(
        symbol="ACME",
        statement=Statement.INCOME,
        frequency=Frequency.QUARTERLY,
        period_date=date(2025, 1, day),
        currency="USD",
        figures=figures,
    )


class FundamentalsWorkspace:
    def __init__(self) -> None:
        self.store = InMemoryStore()
        fundamentals = InMemoryFundamentals(self.store)
        transaction = ImmediateTransaction(self.store)
        self.import_reports = ImportFundamentals(fundamentals, transaction)
        self.read = ReadFundamentals(fundamentals, transaction)


def test_a_company_is_read_with_its_numbers_as_exact_texts() -> None:
    income, estimates = reports_of([COMPANY])

    assert income == Report(
        symbol="ACME",
        statement=Statement.INCOME,
        frequency=Frequency.QUARTERLY,
        period_date=date(2025, 12, 31),
        currency="USD",
        fiscal_year=2025,
        fiscal_quarter=4,
        figures={"revenue": "1000000000000", "eps": "1.10"},
    )
    assert (estimates.statement, estimates.period_date) == (Statement.ESTIMATES, NO_PERIOD)
    assert estimates.figures == {"eps": {"low": "10", "by": ["A", None, True]}}


def of_period(**changes: object) -> list[object]:
    return [{"symbol": "A"}, {"symbol": "B", "cash-flow": {"a": [{**PERIOD, **changes}]}}]


@pytest.mark.parametrize(
    ("companies", "place"),
    [
        ({}, "The file"),
        (["x"], "[0]"),
        ([{}], "[0].symbol"),
        ([{"symbol": "A B"}], "[0].symbol"),
        ([{"symbol": "A", "currency": "dollars"}], "[0].currency"),
        ([{"symbol": "A", "income": {}}], "[0].income"),
        ([{"symbol": "A", "cash-flow": []}], "[0].cash-flow"),
        ([{"symbol": "A", "cash-flow": {"m": []}}], "[0].cash-flow.m"),
        ([{"symbol": "A", "cash-flow": {"q": {}}}], "[0].cash-flow.q"),
        ([{"symbol": "A", "cash-flow": {"q": [5]}}], "[0].cash-flow.q[0]"),
        ([{"symbol": "A", "cash-flow": {"q": [{}]}}], "[0].cash-flow.q[0].period_date"),
        (of_period(period_date="2025-02-30"), "[1].cash-flow.a[0].period_date"),
        (of_period(period_date="2025-W01-1"), "[1].cash-flow.a[0].period_date"),
        (of_period(fiscal_year="2025"), "[1].cash-flow.a[0].fiscal_year"),
        (of_period(fiscal_quarter=5), "[1].cash-flow.a[0].fiscal_quarter"),
        (of_period(debt=Decimal("1e31")), "[1].cash-flow.a[0].debt"),
        (of_period(debt=Decimal("1e-31")), "[1].cash-flow.a[0].debt"),
        (of_period(debt={"x": ["\x00"]}), "[1].cash-flow.a[0].debt.x[0]"),
    ],
    ids=str,
)
def test_invalid_values_are_reported_with_their_location(companies: object, place: str) -> None:
    with pytest.raises(UnreadableFundamentalsError) as refusal:
        list(reports_of(companies))

    assert str(refusal.value).split(":")[0] == place


async def test_a_file_is_imported_and_the_latest_periods_are_first() -> None:
    workspace, reported = FundamentalsWorkspace(), list[int]()
    reports = [a_report(day, eps=str(day)) for day in (2, 3, 1)]

    count = await workspace.import_reports(
        lambda: [*reports, a_report(2, eps="9")], on_progress=reported.append
    )

    assert (count, reported) == (4, [4])
    found = await workspace.read.statements(
        " acme ", Statement.INCOME, Frequency.QUARTERLY, periods=2
    )
    assert found == [a_report(3, eps="3"), a_report(2, eps="9")]


async def test_a_file_that_breaks_off_leaves_nothing() -> None:
    workspace = FundamentalsWorkspace()

    def reports() -> Iterator[Report]:
        yield from (a_report(1 + number % 28) for number in range(1500))
        raise UnreadableFundamentalsError("[1500]", "No.")

    with pytest.raises(UnreadableFundamentalsError):
        await workspace.import_reports(reports, on_progress=lambda _: None)

    assert workspace.store.reports == {}


@pytest.mark.parametrize("symbol", ["OTHER", "", "A B", "\x00", "X" * 101])
async def test_an_unknown_symbol_is_not_found(symbol: str) -> None:
    workspace = FundamentalsWorkspace()
    await workspace.import_reports(lambda: [a_report(1)], on_progress=lambda _: None)

    with pytest.raises(FundamentalsNotFoundError):
        await workspace.read.statements(symbol, Statement.INCOME, Frequency.QUARTERLY, periods=1)
    with pytest.raises(FundamentalsNotFoundError):
        await workspace.read.estimates(symbol)


async def test_of_a_known_symbol_what_is_unknown_is_empty() -> None:
    workspace = FundamentalsWorkspace()
    await workspace.import_reports(lambda: [a_report(1)], on_progress=lambda _: None)
    read = workspace.read

    assert await read.statements("ACME", Statement.INCOME, Frequency.ANNUAL, periods=1) == []
    assert await read.estimates("ACME") is None
