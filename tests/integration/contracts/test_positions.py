"""What every Positions promises, both the fake and the adapter."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from sigmasight.domain.kernel import Page
from sigmasight.domain.portfolios.money import EXACT, product
from sigmasight.domain.portfolios.portfolio import Holdings
from sigmasight.domain.portfolios.positions import (
    InvestmentClass,
    Position,
    PositionId,
    PositionType,
)
from tests.integration.contracts.conftest import Ports
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.portfolios import a_portfolio, a_position, terms
from tests.support.builders.users import ANNS_ID, BOBS_ID

SAVINGS = a_portfolio()
OTHER = a_portfolio(terms=terms(account_name="Broker 2"))
LARGEST = Decimal("999999999999.999999")


@pytest.fixture
async def seeded(ports: Ports) -> Ports:
    """The ports with Ann and Bob in them, and two portfolios of Ann's."""
    return await ports.seed(SAVINGS, OTHER)


async def add(ports: Ports, *positions: Position) -> None:
    await ports.positions.add(positions)
    await ports.commit()


async def listed(ports: Ports, **changes: Any) -> Page[Position]:
    return await ports.positions.page(
        ANNS_ID, SAVINGS.id, **{"include_closed": True, "limit": 10, "offset": 0, **changes}
    )


def numbered(number: int, **changes: Any) -> Position:
    return a_position(SAVINGS, id=PositionId(UUID(int=number)), **changes)


@pytest.mark.parametrize(
    "position",
    [
        a_position(SAVINGS),
        a_position(
            SAVINGS,
            symbol="X" * 100,
            quantity=-LARGEST,
            entry_price=LARGEST,
            entry_date=date(1926, 1, 15),
            position_type=PositionType.SC,
            investment_class=InvestmentClass.OPTIONS,
            investment_subtype="CALL",
            notes="é\n" * 500,
            underlying_symbol="Y" * 100,
            strike_price=LARGEST,
            expiration_date=date(9999, 12, 31),
            realized_pnl=-LARGEST * 10**14 + Decimal("0.000000000001"),
            exit_price=LARGEST,
            exit_date=date(2026, 1, 15),
            updated_at=NOON + DAY,
        ),
        a_position(SAVINGS, quantity=Decimal("0.000001"), entry_price=Decimal("0.000001")),
    ],
    ids=["least", "most", "smallest"],
)
async def test_a_stored_one_is_read_back_unchanged(seeded: Ports, position: Position) -> None:
    await add(seeded, position)

    assert await seeded.positions.find(ANNS_ID, position.id) == position


@pytest.mark.parametrize("kind", PositionType)
@pytest.mark.parametrize("asset", InvestmentClass)
async def test_every_kind_can_be_stored(
    seeded: Ports, kind: PositionType, asset: InvestmentClass
) -> None:
    position = a_position(SAVINGS, position_type=kind, investment_class=asset)
    await add(seeded, position)

    assert await seeded.positions.find(ANNS_ID, position.id) == position


async def test_adding_or_putting_none_does_nothing(seeded: Ports) -> None:
    position = a_position(SAVINGS)
    await add(seeded, position)

    await seeded.positions.add([])
    await seeded.positions.put([])
    await seeded.commit()

    assert await listed(seeded) == Page([position], 1)


async def test_users_cannot_reach_each_others_data(seeded: Ports) -> None:
    position = a_position(SAVINGS)
    await add(seeded, position)

    assert await seeded.positions.find(BOBS_ID, position.id) is None
    assert await seeded.positions.claim(BOBS_ID, [position.id]) == []
    assert await seeded.positions.for_symbol(BOBS_ID, SAVINGS.id, "ACME") == []
    page = await seeded.positions.page(BOBS_ID, SAVINGS.id, include_closed=True, limit=9, offset=0)
    assert page == Page([], 0)
    assert await seeded.positions.all(BOBS_ID, SAVINGS.id) == []
    assert await seeded.positions.find_all(BOBS_ID, [position.id]) == []
    assert await seeded.positions.find_all(ANNS_ID, [position.id]) == [position]


async def test_claimed_positions_can_be_updated(seeded: Ports) -> None:
    first, second, third = (numbered(number) for number in (1, 2, 3))
    await add(seeded, first, second, third)

    claimed = await seeded.positions.claim(ANNS_ID, {third.id, first.id, PositionId(UUID(int=9))})
    await seeded.positions.put([replace(each, notes="Seen") for each in claimed])
    await seeded.commit()

    assert {each.id for each in claimed} == {first.id, third.id}
    assert (await listed(seeded)).items == [
        replace(first, notes="Seen"),
        second,
        replace(third, notes="Seen"),
    ]


async def test_a_deleted_one_is_not_there(seeded: Ports) -> None:
    position = a_position(SAVINGS)
    await add(seeded, position)
    await seeded.positions.claim(ANNS_ID, [position.id])
    await seeded.positions.put([replace(position, deleted_at=NOON)])
    await seeded.commit()

    assert await seeded.positions.find(ANNS_ID, position.id) is None
    assert await seeded.positions.claim(ANNS_ID, [position.id]) == []
    assert await listed(seeded) == Page([], 0)


async def test_none_of_a_deleted_portfolio_is_there(seeded: Ports) -> None:
    position = a_position(SAVINGS)
    await add(seeded, position)
    await seeded.portfolios.put(replace(SAVINGS, deleted_at=NOON))
    await seeded.commit()

    assert await seeded.positions.find(ANNS_ID, position.id) is None
    assert await seeded.positions.claim(ANNS_ID, [position.id]) == []
    assert await seeded.positions.for_symbol(ANNS_ID, SAVINGS.id, "ACME") == []
    assert await listed(seeded) == Page([], 0)


async def several(ports: Ports) -> Sequence[Position]:
    """Put five into a portfolio, the fourth of them closed, and another into another."""
    last = numbered(1, created_at=NOON + DAY)
    second, third = numbered(2), numbered(3)
    first = numbered(4, created_at=NOON - DAY)
    closed = numbered(5, exit_date=NOON.date(), exit_price=Decimal(1))
    elsewhere = a_position(OTHER, id=PositionId(UUID(int=6)))
    await add(ports, last, third, first, elsewhere, closed, second)
    return [first, second, third, closed, last]


async def test_all_of_a_portfolio_are_listed_oldest_first(seeded: Ports) -> None:
    everything = await several(seeded)
    shown = [each for each in everything if each.is_open]

    assert await listed(seeded) == Page(everything, 5)
    assert await seeded.positions.all(ANNS_ID, SAVINGS.id) == everything
    assert await listed(seeded, include_closed=False) == Page(shown, 4)
    assert await seeded.positions.for_symbol(ANNS_ID, SAVINGS.id, "ACME") == shown
    assert await seeded.positions.for_symbol(ANNS_ID, SAVINGS.id, "ACM") == []


async def test_thousands_are_all_there(seeded: Ports) -> None:
    many = [numbered(number) for number in range(1, 2502)]
    await add(seeded, *many)

    assert await seeded.positions.all(ANNS_ID, SAVINGS.id) == many


async def test_a_page_is_part_of_the_list_and_knows_how_much_there_is(seeded: Ports) -> None:
    everything = await several(seeded)

    assert await listed(seeded, limit=2) == Page(everything[:2], 5)
    assert await listed(seeded, limit=2, offset=4) == Page(everything[4:], 5)
    assert await listed(seeded, offset=5) == Page([], 5)
    assert await listed(seeded, offset=10**9) == Page([], 5)


async def test_a_portfolio_is_found_with_its_open_positions(seeded: Ports) -> None:
    await add(
        seeded,
        numbered(1, quantity=LARGEST, entry_price=LARGEST),
        numbered(
            2, quantity=Decimal(-3), entry_price=Decimal("0.5"), position_type=PositionType.SC
        ),
        numbered(3, exit_date=NOON.date()),
        numbered(4, deleted_at=NOON),
    )
    worth = EXACT.subtract(product(LARGEST, LARGEST), Decimal(150))
    holdings = Holdings(2, worth)

    found = await seeded.portfolios.find(ANNS_ID, SAVINGS.id)
    both = await seeded.portfolios.list(ANNS_ID, include_inactive=True)

    assert found == replace(SAVINGS, holdings=holdings)
    assert {each.id: each.holdings for each in both} == {
        SAVINGS.id: holdings,
        OTHER.id: Holdings(0, Decimal(0)),
    }
