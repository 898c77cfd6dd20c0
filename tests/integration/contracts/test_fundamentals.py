"""What every Fundamentals promises, both the fake and the adapter."""

from dataclasses import replace
from datetime import date

from sigmasight.domain.research.fundamentals import NO_PERIOD, Frequency, Report, Statement
from tests.integration.contracts.conftest import Ports

FIRST = Report(
    symbol="X" * 100,
    statement=Statement.ESTIMATES,
    frequency=Frequency.ANNUAL,
    period_date=NO_PERIOD,
    currency="EUR",
    fiscal_year=2025,
    fiscal_quarter=4,
    figures={"eps": {"é": ["1.10", None, True]}, "z": "1", "a": "2"},
)
OLD = replace(
    FIRST, symbol="ACME", statement=Statement.CASH_FLOW, period_date=date(2025, 3, 31), figures={}
)
NEW = replace(OLD, period_date=date(2025, 6, 30), fiscal_year=None, fiscal_quarter=None)
OTHERS = [
    replace(OLD, symbol="ACM"),
    replace(OLD, statement=Statement.INCOME),
    replace(OLD, frequency=Frequency.QUARTERLY),
]


async def put(ports: Ports, *reports: Report) -> None:
    await ports.transaction.run(lambda: ports.fundamentals.put(reports))


async def latest(ports: Ports, of: Report, limit: int = 9) -> list[Report]:
    return list(await ports.fundamentals.latest(of.symbol, of.statement, of.frequency, limit))


async def test_a_stored_one_is_read_back_unchanged_the_latest_period_first(ports: Ports) -> None:
    await put(ports, FIRST, OLD, NEW, *OTHERS)

    assert await latest(ports, FIRST) == [FIRST]
    assert await latest(ports, OLD) == [NEW, OLD]
    assert await latest(ports, OLD, 1) == [NEW]
    assert await latest(ports, replace(OLD, symbol="NONE")) == []


async def test_the_last_report_of_a_period_wins(ports: Ports) -> None:
    await put(ports, OLD)
    changed = replace(OLD, currency="USD", fiscal_year=2024, figures={"capex": "-1"})

    await put(ports, changed)

    assert await latest(ports, OLD) == [changed]
