"""What every EquityChanges promises, both the fake and the adapter."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from sigmasight.domain.kernel import Page
from sigmasight.domain.portfolios.equity_changes.model import (
    CashFlow,
    ChangeType,
    EquityChange,
    EquityChangeFilter,
    EquityChangeId,
)
from tests.integration.contracts.conftest import Ports
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.portfolios import a_portfolio, an_equity_change, terms
from tests.support.builders.users import ANNS_ID, BOBS_ID

SAVINGS = a_portfolio()
OTHER = a_portfolio(terms=terms(account_name="Broker 2"))
FULL = an_equity_change(
    SAVINGS,
    change_type=ChangeType.WITHDRAWAL,
    amount=Decimal("9999999999999999.99"),
    change_date=date(1, 1, 1),
    notes="é\n" * 250,
    updated_at=NOON + DAY,
)


@pytest.fixture
async def seeded(ports: Ports) -> Ports:
    """The ports with Ann in them, and two portfolios of hers."""
    return await ports.seed(SAVINGS, OTHER)


async def put(ports: Ports, *changes: EquityChange) -> None:
    for change in changes:
        await ports.equity_changes.put(change)
    await ports.commit()


async def listed(
    ports: Ports, span: EquityChangeFilter, limit: int = 9, offset: int = 0
) -> Page[EquityChange]:
    return await ports.equity_changes.page(ANNS_ID, SAVINGS.id, span, limit=limit, offset=offset)


async def test_a_stored_and_updated_one_is_read_back_unchanged(seeded: Ports) -> None:
    plain = an_equity_change(SAVINGS)
    await put(seeded, FULL, plain)
    assert await seeded.equity_changes.find(ANNS_ID, SAVINGS.id, FULL.id) == FULL
    changed = replace(plain, amount=Decimal("0.01"), notes="Less")

    await put(seeded, changed)

    assert await seeded.equity_changes.find(ANNS_ID, SAVINGS.id, plain.id) == changed
    assert await listed(seeded, EquityChangeFilter()) == Page([changed, FULL], 2)


async def test_changes_are_listed_latest_first_by_their_days(seeded: Ports) -> None:
    day = date(2026, 1, 10)
    changes = [
        an_equity_change(SAVINGS, change_date=day, created_at=NOON + DAY),
        an_equity_change(SAVINGS, change_date=day, id=EquityChangeId(UUID(int=2))),
        an_equity_change(SAVINGS, change_date=day, id=EquityChangeId(UUID(int=1))),
        an_equity_change(SAVINGS, change_date=day - DAY),
        an_equity_change(SAVINGS, change_date=day - 2 * DAY),
    ]
    gone = an_equity_change(SAVINGS, change_date=day + DAY, deleted_at=NOON)
    await put(seeded, an_equity_change(OTHER), gone, *changes[::-1])

    assert await listed(seeded, EquityChangeFilter()) == Page(changes, 5)
    assert await listed(seeded, EquityChangeFilter(include_deleted=True)) == Page(
        [gone, *changes], 6
    )
    assert await listed(seeded, EquityChangeFilter(), limit=2, offset=3) == Page(changes[3:], 5)
    assert await listed(seeded, EquityChangeFilter(), offset=9) == Page([], 5)
    assert await listed(seeded, EquityChangeFilter(start=day)) == Page(changes[:3], 3)
    assert await listed(seeded, EquityChangeFilter(start=day - DAY, end=day - DAY)) == Page(
        [changes[3]], 1
    )


async def test_flows_are_contributions_and_withdrawals_since_a_day(seeded: Ports) -> None:
    new, old = date(2026, 1, 10), date(2026, 1, 1)
    await put(
        seeded,
        FULL,
        an_equity_change(SAVINGS, change_date=new, amount=Decimal("0.01")),
        an_equity_change(SAVINGS, change_date=old, amount=Decimal(2)),
        an_equity_change(SAVINGS, change_date=new, deleted_at=NOON),
        an_equity_change(OTHER, change_date=new),
    )
    flows = seeded.equity_changes.flows
    nothing = CashFlow(Decimal(0), Decimal(0))

    assert await flows(ANNS_ID, SAVINGS.id, [date.min, old, new, new + DAY]) == {
        date.min: CashFlow(Decimal("2.01"), FULL.amount),
        old: CashFlow(Decimal("2.01"), Decimal(0)),
        new: CashFlow(Decimal("0.01"), Decimal(0)),
        new + DAY: nothing,
    }
    assert await flows(BOBS_ID, SAVINGS.id, [old]) == {old: nothing}
    assert await flows(ANNS_ID, SAVINGS.id, []) == {}


async def test_flows_of_each_day_are_added_up(seeded: Ports) -> None:
    old, new = date(2025, 12, 31), date(2026, 1, 2)
    in_, out = ChangeType.CONTRIBUTION, ChangeType.WITHDRAWAL
    await put(
        seeded,
        *(
            an_equity_change(SAVINGS, change_type=kind, amount=Decimal(amount), change_date=day)
            for kind, amount, day in ((in_, 5, old), (in_, 7, new), (in_, 1, new), (out, 3, new))
        ),
        an_equity_change(SAVINGS, change_date=new, deleted_at=NOON),
        an_equity_change(OTHER, change_date=new),
    )

    by_day = seeded.equity_changes.flows_by_day

    assert await by_day(ANNS_ID, SAVINGS.id, new) == {new: CashFlow(Decimal(8), Decimal(3))}
    assert len(await by_day(ANNS_ID, SAVINGS.id, old)) == 2
    assert await by_day(BOBS_ID, SAVINGS.id, old) == {}


async def test_users_cannot_reach_each_others_data_or_of_another_portfolio(seeded: Ports) -> None:
    gone = an_equity_change(SAVINGS, deleted_at=NOON)
    await put(seeded, FULL, gone)
    find = seeded.equity_changes.find

    assert await find(BOBS_ID, SAVINGS.id, FULL.id) is None
    assert await find(ANNS_ID, OTHER.id, FULL.id) is None
    assert await find(ANNS_ID, SAVINGS.id, gone.id) is None
    page = await seeded.equity_changes.page(
        BOBS_ID, SAVINGS.id, EquityChangeFilter(), limit=9, offset=0
    )
    assert page == Page([], 0)
