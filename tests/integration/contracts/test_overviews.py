"""What overviews and details of positions promise, both the fakes and the adapters."""

from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sigmasight.domain.portfolios.calculations.snapshots import RunId
from sigmasight.domain.portfolios.equity_changes.model import ChangeType
from sigmasight.domain.portfolios.overview import Baseline, Overview
from sigmasight.domain.portfolios.portfolio import PortfolioId
from sigmasight.domain.portfolios.positions import PositionId, PositionType
from sigmasight.domain.portfolios.positions.details import AssignedTag
from sigmasight.domain.portfolios.prices import Price
from tests.integration.contracts.conftest import Ports
from tests.support.builders.calculations import a_snapshot
from tests.support.builders.instants import DAY, MINUTE, NOON
from tests.support.builders.portfolios import (
    a_portfolio,
    a_position,
    a_tag,
    a_target,
    an_equity_change,
    terms,
)
from tests.support.builders.users import ANNS_ID, BOBS_ID

SAVINGS = a_portfolio(terms=terms(equity_balance=Decimal("1234.50"), description="For later"))
OTHER = a_portfolio(terms=terms(account_name="Broker 2"))
GONE = a_portfolio(terms=terms(account_name="Broker 3"), deleted_at=NOON)
YEAR, MONTH = date(2026, 1, 1), date(2026, 1, 10)


@pytest.fixture
async def seeded(ports: Ports) -> Ports:
    return await ports.seed(SAVINGS, OTHER, GONE)


async def overview(ports: Ports, portfolio: PortfolioId = SAVINGS.id) -> Overview | None:
    await ports.commit()
    return await ports.overviews.find(ANNS_ID, portfolio, year=YEAR, month=MONTH)


async def add_price(ports: Ports, symbol: str, close: str) -> None:
    async def store() -> None:
        for days, value in ((1, "1"), (0, close)):
            day = NOON.date() - timedelta(days)
            await ports.prices.stage([Price(symbol, day, Decimal(value))])
        await ports.prices.store_staged()

    await ports.commit()
    await ports.transaction.run(store)


async def test_an_empty_portfolio_has_an_overview_and_nobody_elses_has(seeded: Ports) -> None:
    empty = await overview(seeded)

    assert empty
    assert (empty.portfolio, list(empty.positions), empty.targets) == (SAVINGS, [], [])
    assert (empty.realized_pnl, empty.year, empty.month) == (Decimal(0), None, None)
    assert await seeded.overviews.find(BOBS_ID, SAVINGS.id, year=YEAR, month=MONTH) is None
    assert await overview(seeded, GONE.id) is None


async def test_an_overview_has_open_positions_at_their_last_price(seeded: Ports) -> None:
    one = a_position(SAVINGS, quantity=Decimal("0.000001"), notes='A "note"\n')
    two = a_position(
        SAVINGS,
        symbol="ACME260619C00015000",
        position_type=PositionType.SC,
        quantity=Decimal(-3),
        strike_price=Decimal("15.5"),
        expiration_date=date(2026, 6, 19),
        created_at=NOON + MINUTE,
        realized_pnl=Decimal("-1.5"),
    )
    closed = replace(
        a_position(SAVINGS),
        exit_date=date(2026, 1, 9),
        exit_price=Decimal(1),
        realized_pnl=Decimal(9),
    )
    deleted = a_position(SAVINGS, deleted_at=NOON, realized_pnl=Decimal(77))
    await seeded.positions.add([one, two, closed, deleted, a_position(OTHER)])
    await add_price(seeded, "ACME", "1234567890.123456789012")

    found = await overview(seeded)

    assert found
    close = Decimal("1234567890.123456789012")
    priced = replace(one, last_price=close, price_date=found.positions[0].price_date)
    assert found.positions == [priced, two]
    assert found.realized_pnl == Decimal("7.5")
    assert found.portfolio.holdings.count == 2
    assert found.portfolio.holdings.market_value == found.market_value


async def test_an_overview_has_the_target_prices_by_symbol(seeded: Ports) -> None:
    targets = [
        a_target(SAVINGS, symbol="B", position_type=PositionType.LONG),
        a_target(SAVINGS, symbol="A", downside_target_price=Decimal("1.5")),
        a_target(OTHER),
    ]
    await seeded.target_prices.put(targets)

    found = await overview(seeded)

    assert found
    assert found.targets == [targets[1], targets[0]]


async def test_baselines_are_the_last_snapshots_before_a_day_with_the_flows_since(
    seeded: Ports,
) -> None:
    for value, on, hours in ((1, 20, 0), (2, 30, 1), (3, 30, 2), (4, 40, 3), (5, 41, 4)):
        snapshot = a_snapshot(
            SAVINGS,
            market_value=Decimal(value),
            as_of=date(2025, 12, 1) + timedelta(on),
            calculated_at=NOON + timedelta(hours=hours),
        )
        await seeded.snapshots.add(ANNS_ID, RunId(uuid4()), snapshot)
    for amount, day, kind in (
        ("5.00", date(2025, 12, 31), ChangeType.CONTRIBUTION),
        ("7.00", date(2026, 1, 1), ChangeType.CONTRIBUTION),
        ("2.50", date(2026, 1, 10), ChangeType.WITHDRAWAL),
    ):
        change = an_equity_change(
            SAVINGS, amount=Decimal(amount), change_date=day, change_type=kind
        )
        await seeded.equity_changes.put(change)
    gone = an_equity_change(SAVINGS, change_date=MONTH, deleted_at=NOON)
    await seeded.equity_changes.put(gone)

    found = await overview(seeded)

    assert found
    assert found.year == Baseline(Decimal(3), Decimal("4.50"))
    assert found.month == Baseline(Decimal(3), Decimal("4.50"))


async def test_details_have_the_account_and_the_tags(seeded: Ports) -> None:
    one, two = a_position(SAVINGS), a_position(OTHER, created_at=NOON + MINUTE)
    closed = a_position(SAVINGS, exit_date=date(2026, 1, 9), created_at=NOON + DAY)
    await seeded.positions.add([one, two, closed])
    growth = a_tag(description="All of it", display_order=2)
    first, old = a_tag(name="First", display_order=1), a_tag(name="Old", archived_at=NOON)
    await seeded.tags.put([growth, first, old])
    await seeded.position_tags.put(ANNS_ID, one.id, [growth.id, first.id, old.id], NOON)
    await add_price(seeded, "ACME", "15")
    await seeded.commit()
    read = seeded.position_details

    open_ones = await read.of_portfolio(ANNS_ID, SAVINGS.id, include_closed=False)
    everything = await read.of_portfolio(ANNS_ID, SAVINGS.id, include_closed=True)
    named = await read.of_positions(ANNS_ID, [two.id, closed.id, PositionId(uuid4())])

    assert open_ones
    assert [each.id for each in open_ones] == [one.id]
    assert list(open_ones[0].tags) == [
        AssignedTag(first.id, "First", first.color, None),
        AssignedTag(growth.id, "Growth", growth.color, "All of it"),
    ]
    assert [each.id for each in everything or ()] == [one.id, closed.id]
    assert [(each.id, each.account_name) for each in named] == [
        (two.id, "Broker 2"),
        (closed.id, "Broker 1"),
    ]


FIGURE = st.decimals(0, Decimal("1e11"), places=6)


@given(
    kind=st.sampled_from(PositionType),
    quantity=st.decimals(Decimal("0.000001"), Decimal("1e11"), places=6),
    entry=st.none() | FIGURE,
    close=FIGURE,
    stated=st.none() | FIGURE,
    multiplier=st.sampled_from([None, Decimal("0.01"), Decimal(10)]),
    closed_on=st.sampled_from([None, date(2026, 1, 9)]),
)
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_details_have_the_figures_of_their_position(  # noqa: PLR0913, PLR0917
    seeded: Ports,
    kind: PositionType,
    quantity: Decimal,
    entry: Decimal | None,
    close: Decimal,
    stated: Decimal | None,
    multiplier: Decimal | None,
    closed_on: date | None,
) -> None:
    position = a_position(
        SAVINGS,
        symbol=f"S{uuid4().hex[:8].upper()}",
        position_type=kind,
        quantity=-quantity if kind.is_short else quantity,
        entry_price=entry,
        exit_date=closed_on,
        multiplier=multiplier or kind.multiplier,
        file_price=stated,
        file_price_date=None if stated is None else date(2020, 1, 1),
        notes="A note",
    )
    await seeded.positions.add([position])
    if close:
        await add_price(seeded, position.symbol, str(close))
    await seeded.commit()

    [found] = await seeded.position_details.of_positions(ANNS_ID, [position.id])

    priced = replace(position, last_price=close or stated)
    for name in {*found._fields} & {each.name for each in fields(position)}:
        assert getattr(found, name) == number_or_itself(getattr(position, name))
    assert found.cost_basis == number_or_itself(priced.cost)
    assert found.current_price == number_or_itself(priced.price)
    assert found.market_value == float(priced.market_value)
    assert found.unrealized_pnl == number_or_itself(priced.unrealized_pnl)
    if priced.cost and priced.unrealized_pnl is not None:
        percent = 100 * priced.unrealized_pnl / abs(priced.cost)
        assert found.unrealized_pnl_percent == pytest.approx(float(percent))


def number_or_itself(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else value


async def test_the_value_of_another_currency_counts_at_its_last_rate(seeded: Ports) -> None:
    for number, currency in enumerate(("EUR", "CHF", "GBP")):
        position = a_position(SAVINGS, currency=currency, created_at=NOON + number * MINUTE)
        await seeded.positions.add([position])
    await add_price(seeded, "EURUSD", "1.25")
    await add_price(seeded, "USDCHF", "0.8")
    await seeded.commit()

    positions = await seeded.positions.all(ANNS_ID, SAVINGS.id)
    details = await seeded.position_details.of_portfolio(ANNS_ID, SAVINGS.id, include_closed=False)
    found = await overview(seeded)
    portfolio = await seeded.portfolios.get(ANNS_ID, SAVINGS.id)
    again = await seeded.positions.with_prices(positions)

    assert [each.exchange_rate for each in positions] == [Decimal("1.25"), Decimal("1.25"), None]
    assert [each.rate_date is None for each in positions] == [False, False, True]
    assert again == positions
    assert [each.worth for each in positions] == [Decimal("156.25"), Decimal("156.25"), 0]
    assert [each.exchange_rate for each in details or ()] == [1.25, 1.25, None]
    assert found
    assert found.market_value == Decimal("312.50")
    assert [each.worth for each in found.positions] == [each.worth for each in positions]
    assert portfolio.holdings.market_value == Decimal("312.50")
    assert list(again) == list(positions)


async def test_details_are_of_ones_own_portfolios_alone(seeded: Ports) -> None:
    position = a_position(SAVINGS)
    await seeded.positions.add([position])
    await seeded.commit()
    read = seeded.position_details

    assert await read.of_portfolio(BOBS_ID, SAVINGS.id, include_closed=True) is None
    assert await read.of_portfolio(ANNS_ID, GONE.id, include_closed=True) is None
    assert await read.of_portfolio(ANNS_ID, OTHER.id, include_closed=True) == []
    assert await read.of_positions(BOBS_ID, [position.id]) == []
