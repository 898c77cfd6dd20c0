"""Settling expired options, over the fakes and over Postgres."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from sigmasight.domain.portfolios.calculations.settlement import Settlement
from sigmasight.domain.portfolios.positions import InvestmentClass, Position, PositionType
from sigmasight.domain.portfolios.prices import Price
from tests.integration.contracts.conftest import Ports
from tests.integration.contracts.test_prices import keep
from tests.support.builders.instants import MINUTE, NOON
from tests.support.builders.portfolios import a_portfolio, a_position
from tests.support.builders.users import ANNS_ID

TODAY = NOON.date()
EXPIRED = TODAY - timedelta(days=1)
SAVINGS = a_portfolio()


def an_option(kind: PositionType, *, expires: date = EXPIRED, number: int = 0) -> Position:
    return a_position(
        SAVINGS,
        symbol=f"ACME{number}",
        position_type=kind,
        quantity=Decimal(-2 if kind.is_short else 2),
        investment_class=InvestmentClass.OPTIONS,
        underlying_symbol="ACME",
        strike_price=Decimal(100),
        expiration_date=expires,
        created_at=NOON + number * MINUTE,
    )


async def settled(ports: Ports, *positions: Position) -> list[Position]:
    """Settle the positions of a portfolio, and return them as they are stored then."""
    await ports.seed(SAVINGS)
    await ports.positions.add(positions)
    await ports.commit()
    settlement = Settlement(ports.positions, ports.prices)
    for _ in range(2):  # the second time changes nothing
        listed = await ports.positions.all(ANNS_ID, SAVINGS.id)
        await settlement.settle(ANNS_ID, listed, today=TODAY)
        await ports.commit()
    return list(await ports.positions.all(ANNS_ID, SAVINGS.id))


async def put_close(ports: Ports, close: str, day: date = EXPIRED) -> None:
    await keep(ports, Price("ACME", day, Decimal(close)))


@pytest.mark.parametrize(
    ("kind", "value", "realized"),
    [
        (PositionType.LC, "7.50", "-1000.00"),
        (PositionType.LP, "0", "-2500.00"),
        (PositionType.SC, "7.50", "1000.00"),
        (PositionType.SP, "0", "2500.00"),
    ],
)
async def test_an_expired_option_is_closed_at_its_intrinsic_value(
    ports: Ports, kind: PositionType, value: str, realized: str
) -> None:
    await put_close(ports, "107.50")

    [option] = await settled(ports, an_option(kind))

    assert option.settled_at_expiration
    assert (option.exit_price, option.exit_date) == (Decimal(value), EXPIRED)
    assert option.realized_pnl == Decimal(realized)


async def test_an_option_is_settled_on_the_day_after_its_expiration(ports: Ports) -> None:
    await put_close(ports, "107.50", TODAY)

    [option] = await settled(ports, an_option(PositionType.LC, expires=TODAY))

    assert option.is_open


@pytest.mark.parametrize("day", [EXPIRED - timedelta(days=8), TODAY])
async def test_without_a_close_at_its_expiration_an_option_stays_open(
    ports: Ports, day: date
) -> None:
    await put_close(ports, "107.50", day)

    [option] = await settled(ports, an_option(PositionType.LC))

    assert option.is_open
    assert not option.settled_at_expiration
