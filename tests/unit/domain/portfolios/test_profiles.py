"""Imports of company profiles and of benchmark weights."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmasight.domain.portfolios.benchmarks import ImportBenchmarks
from sigmasight.domain.portfolios.prices import ImportReport
from sigmasight.domain.portfolios.profiles import (
    CompanyProfile,
    ImportProfiles,
    Record,
    parse_profile,
)
from tests.support.fakes.kernel import ImmediateTransaction
from tests.support.fakes.profiles import InMemoryBenchmarks, InMemoryCompanyProfiles
from tests.support.fakes.store import InMemoryStore


class Workspace:
    def __init__(self) -> None:
        self.store = InMemoryStore()
        self.transaction = ImmediateTransaction(self.store)

    async def profiles(self, *records: Record, strict: bool = False) -> ImportReport:
        store = ImportProfiles(InMemoryCompanyProfiles(self.store), self.transaction)
        return await store(lambda: enumerate(records, start=2), strict=strict)

    async def weights(self, *lines: str) -> ImportReport:
        names = ("benchmark", "as_of", "sector", "weight")
        records = [dict(zip(names, line.split(","), strict=True)) for line in lines]
        store = ImportBenchmarks(InMemoryBenchmarks(self.store), self.transaction)
        return await store(lambda: enumerate(records, start=2))


@pytest.fixture
def workspace() -> Workspace:
    return Workspace()


def test_a_profile_needs_only_a_symbol() -> None:
    assert parse_profile({"symbol": " acme ", "sector": "", "beta": None, "other": "x"}) == (
        CompanyProfile(symbol="ACME")
    )


@pytest.mark.parametrize(
    ("sector", "stored"),
    [
        ("Financial Services", "Financials"),
        ("consumer cyclical", "Consumer Discretionary"),
        ("Consumer Defensive", "Consumer Staples"),
        ("Basic Materials", "Materials"),
        ("Technology", "Technology"),
        ("Healthcare", "Healthcare"),
    ],
)
def test_sectors_have_their_gics_names(sector: str, stored: str) -> None:
    assert parse_profile({"symbol": "A", "sector": sector}).sector == stored


def test_figures_flags_and_days_are_read_from_texts_and_from_json() -> None:
    texts = {"symbol": "A", "market_cap": "1.5E12", "is_etf": "Yes", "beta": "-0.25"}
    values = {"symbol": "A", "market_cap": 1500000000000, "is_etf": True, "beta": Decimal("-0.25")}

    profile = parse_profile(texts)

    assert profile == parse_profile(values)
    assert (profile.market_cap, profile.is_etf) == (Decimal("1.5e12"), True)


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"symbol": ""},
        {"symbol": "A B C!"},
        {"symbol": "A", "market_cap": "-1"},
        {"symbol": "A", "beta": "high"},
        {"symbol": "A", "beta": "NaN"},
        {"symbol": "A", "beta": "1e99"},
        {"symbol": "A", "is_etf": "maybe"},
        {"symbol": "A", "as_of": "14.1.2026"},
        {"symbol": "A", "number_of_analyst_opinions": "1.5"},
        {"symbol": "A", "company_name": "x" * 256},
        {"symbol": "A", "company_name": "a\x00b"},
        {"symbol": ["A"]},
    ],
)
async def test_a_bad_record_is_named_by_its_number_and_skipped(
    workspace: Workspace, record: Record
) -> None:
    report = await workspace.profiles(record, {"symbol": "GOOD"})

    assert (report.read, report.stored, report.bad) == (2, 1, 1)
    assert [bad.number for bad in report.bad_lines] == [2]
    assert set(workspace.store.profiles) == {"GOOD"}


async def test_a_strict_import_with_a_bad_record_stores_nothing(workspace: Workspace) -> None:
    report = await workspace.profiles({"symbol": "A"}, {}, strict=True)

    assert (report.stored, workspace.store.profiles) == (0, {})


async def test_of_one_symbol_the_last_record_counts_and_replaces_the_stored_one(
    workspace: Workspace,
) -> None:
    await workspace.profiles({"symbol": "A", "beta": "1", "sector": "Energy"})
    await workspace.profiles({"symbol": "A", "beta": "2"}, {"symbol": "a", "beta": "3"})

    assert workspace.store.profiles == {"A": CompanyProfile(symbol="A", beta=Decimal(3))}


async def test_weights_that_add_up_to_about_1_are_stored_by_day(workspace: Workspace) -> None:
    report = await workspace.weights(
        "sp500,2026-01-14,Technology,0.6",
        "SP500,2026-01-14,Energy,0.395",
        "SP500,2026-01-15,Energy,1",
    )

    assert (report.stored, report.bad) == (3, 0)
    latest = await InMemoryBenchmarks(workspace.store).latest("SP500")
    assert latest
    assert latest.weights == {"Energy": 1}


@pytest.mark.parametrize(
    ("lines", "number", "reason"),
    [
        (("A,2026-01-14,X,0.5",), 2, "The weights of A on 2026-01-14 add up to 0.5, not to 1."),
        (("A,2026-01-14,X,1", "A,2026-01-15,X,0.98"), 3, "add up to 0.98"),
        (("A,2026-01-14,X,1", "A,2026-01-14,X,0"), 3, "X occurs twice on 2026-01-14."),
        (("A,2026-01-14,X,1", "A,2026-01-14,,0"), 3, "The sector is missing or not valid."),
        (("A,2026-01-14,X,1", ",2026-01-14,X,1"), 3, "The benchmark is missing or not valid."),
        (("A,2026-01-14,X,1", "B,today,X,1"), 3, "The day is not a calendar date"),
        (("A,2026-01-14,X,1.5",), 2, "The weight is not a fraction between 0 and 1."),
    ],
)
async def test_one_bad_weight_stores_none(
    workspace: Workspace, lines: tuple[str, ...], number: int, reason: str
) -> None:
    report = await workspace.weights(*lines)

    assert workspace.store.benchmarks == {}
    assert [bad.number for bad in report.bad_lines if reason in bad.reason] == [number]


@given(st.dictionaries(st.sampled_from([*CompanyProfile.__dataclass_fields__, "x"]), st.text()))
def test_any_record_is_read_or_refused_with_a_sentence(record: dict[str, str]) -> None:
    try:
        profile = parse_profile(record)
    except ValueError as error:
        assert str(error).endswith(".")  # noqa: PT017  either outcome is a good one
    else:
        assert profile.symbol == record["symbol"].strip().upper()
