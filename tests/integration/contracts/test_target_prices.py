"""What every TargetPrices promises, both the fake and the adapter."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from sigmasight.domain.portfolios.positions import PositionType
from sigmasight.domain.portfolios.target_prices.model import TargetPrice, TargetPriceId
from tests.integration.contracts.conftest import Ports
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.portfolios import a_portfolio, a_position, a_target, terms
from tests.support.builders.users import ANNS_ID, BOBS_ID

SAVINGS = a_portfolio()
OTHER = a_portfolio(terms=terms(account_name="Broker 2"))
HELD = a_position(SAVINGS)
LARGEST = Decimal("999999999999.999999")
FULL = a_target(
    SAVINGS,
    position_id=HELD.id,
    symbol="X" * 100,
    position_type=PositionType.SHORT,
    target_price_eoy=LARGEST,
    target_price_next_year=Decimal(0),
    downside_target_price=Decimal("0.000001"),
    current_price=Decimal("0.000000000001"),
    updated_at=NOON + DAY,
)
PLAIN = a_target(SAVINGS)


@pytest.fixture
async def seeded(ports: Ports) -> Ports:
    """The ports with Ann in them, two portfolios of hers and a position."""
    await ports.seed(SAVINGS, OTHER)
    await ports.positions.add([HELD])
    await ports.commit()
    return ports


async def put(ports: Ports, *targets: TargetPrice) -> None:
    await ports.target_prices.put(targets)
    await ports.commit()


async def test_a_stored_and_updated_one_is_read_back_unchanged(seeded: Ports) -> None:
    await put(seeded, FULL, PLAIN)
    assert await seeded.target_prices.find(ANNS_ID, FULL.id) == FULL
    changed = replace(PLAIN, target_price_eoy=None, downside_target_price=Decimal(3))

    await put(seeded, changed)
    await put(seeded)

    assert await seeded.target_prices.find(ANNS_ID, PLAIN.id) == changed
    assert await seeded.target_prices.list(ANNS_ID, SAVINGS.id) == [changed, FULL]


async def test_a_target_changed_after_reading_is_listed_as_changed(seeded: Ports) -> None:
    await put(seeded, PLAIN)
    changed = replace(PLAIN, target_price_eoy=Decimal(99))

    async def work() -> list[TargetPrice]:
        await seeded.target_prices.find(ANNS_ID, PLAIN.id)
        await seeded.target_prices.put([changed])
        return list(await seeded.target_prices.list(ANNS_ID, SAVINGS.id))

    assert await seeded.transaction.run(work) == [changed]


async def test_those_of_a_portfolio_are_listed_by_symbol_and_type(seeded: Ports) -> None:
    kinds = [None, *sorted(PositionType)]
    targets = [
        a_target(SAVINGS, symbol=symbol, position_type=kind)
        for symbol in ("A.", "AB")
        for kind in kinds
    ]
    elsewhere = a_target(OTHER)
    await put(seeded, elsewhere, *targets[::-1])

    assert await seeded.target_prices.list(ANNS_ID, SAVINGS.id) == targets
    assert await seeded.target_prices.list(ANNS_ID, OTHER.id) == [elsewhere]


async def test_a_removed_target_is_deleted_and_the_rest_stays(seeded: Ports) -> None:
    await put(seeded, FULL, PLAIN)

    await seeded.target_prices.remove(ANNS_ID, FULL.id)
    await seeded.target_prices.remove(ANNS_ID, TargetPriceId(UUID(int=9)))
    await seeded.commit()

    assert await seeded.target_prices.find(ANNS_ID, FULL.id) is None
    assert await seeded.target_prices.list(ANNS_ID, SAVINGS.id) == [PLAIN]


async def test_none_of_a_deleted_portfolio_is_there(seeded: Ports) -> None:
    await put(seeded, PLAIN)
    await seeded.portfolios.put(replace(SAVINGS, deleted_at=NOON))
    await seeded.commit()

    assert await seeded.target_prices.find(ANNS_ID, PLAIN.id) is None
    assert await seeded.target_prices.list(ANNS_ID, SAVINGS.id) == []


async def test_users_cannot_reach_each_others_data(seeded: Ports) -> None:
    await put(seeded, PLAIN)

    await seeded.target_prices.remove(BOBS_ID, PLAIN.id)
    await seeded.commit()

    assert await seeded.target_prices.find(BOBS_ID, PLAIN.id) is None
    assert await seeded.target_prices.list(BOBS_ID, SAVINGS.id) == []
    assert await seeded.target_prices.find(ANNS_ID, PLAIN.id) == PLAIN
