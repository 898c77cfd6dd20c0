"""Equity changes told, corrected and taken back in time by their owner, and by nobody else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from sigmasight.domain.kernel import ValidationFailedError
from sigmasight.domain.portfolios.equity_changes.model import (
    DELETABLE,
    EDITABLE,
    MAX_CHANGES,
    CashFlow,
    ChangeType,
    DeleteWindowClosedError,
    EditWindowClosedError,
    EquityChange,
    EquityChangeFilter,
    EquityChangeId,
    EquityChangeLimitReachedError,
    EquityChangeNotFoundError,
)
from sigmasight.domain.portfolios.equity_changes.use_cases import (
    ReadEquityChanges,
    RecordEquityChange,
)
from sigmasight.domain.portfolios.portfolio import PortfolioId, PortfolioNotFoundError
from tests.support.builders.instants import DAY
from tests.support.builders.portfolios import an_equity_change, terms
from tests.support.builders.users import ANNS_ID, BOBS_ID
from tests.support.fakes.equity_changes import InMemoryEquityChanges
from tests.support.fakes.kernel import ImmediateTransaction
from tests.support.fakes.portfolios import InMemoryPortfolios
from tests.unit.domain.portfolios import portfolio_workspace as desk

IN, OUT = ChangeType.CONTRIBUTION, ChangeType.WITHDRAWAL
TODAY = date(2026, 1, 15)
SECOND = timedelta(seconds=1)
NOBODYS = UUID(int=9)


class Desk(desk.Desk):
    def __init__(self) -> None:
        super().__init__()
        kept = (
            InMemoryPortfolios(self.memory),
            InMemoryEquityChanges(self.memory),
            self.clock,
            ImmediateTransaction(self.memory),
        )
        self.tell = RecordEquityChange(*kept)
        self.look_at = ReadEquityChanges(*kept)
        self.home = PortfolioId(NOBODYS)

    async def told(
        self, amount: str = "100", day: date = TODAY, kind: ChangeType = IN
    ) -> EquityChange:
        """Tell of a change of Ann's only portfolio."""
        if not self.memory.portfolios:
            self.home = (await self.create(terms(equity_balance=Decimal(5)), by=ANNS_ID)).id
        return await self.tell.create(self.home, kind, Decimal(amount), day, None, by=ANNS_ID)


async def test_a_change_is_kept_and_leaves_the_stated_balance_as_it_is() -> None:
    desk = Desk()

    told = await desk.told()

    assert await desk.look_at.one(desk.home, told.id, by=ANNS_ID) == told
    assert (told.editable_until, told.deletable_until) == (
        told.created_at + EDITABLE,
        told.created_at + DELETABLE,
    )
    portfolio = await desk.read.one(desk.home, by=ANNS_ID)
    assert portfolio.terms.equity_balance == Decimal(5)


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"amount": Decimal(0)}, ("amount", "out_of_range")),
        ({"amount": Decimal(-1)}, ("amount", "out_of_range")),
        ({"amount": Decimal("0.001")}, ("amount", "too_precise")),
        ({"amount": Decimal("NaN")}, ("amount", "not_finite")),
        ({"amount": Decimal("1e16")}, ("amount", "out_of_range")),
        ({"change_date": TODAY + DAY}, ("change_date", "in_the_future")),
    ],
    ids=str,
)
async def test_what_makes_no_sense_is_neither_told_nor_corrected_to(
    wrong: Any, fault: tuple[str, str]
) -> None:
    desk = Desk()
    told = await desk.told()
    about = {"change_type": IN, "amount": Decimal(1), "change_date": TODAY, "notes": None}

    with pytest.raises(ValidationFailedError) as refusal:
        await desk.tell.create(desk.home, **{**about, **wrong}, by=ANNS_ID)
    with pytest.raises(ValidationFailedError):
        await desk.tell.update(desk.home, told.id, wrong, by=ANNS_ID)

    assert [(each.field, each.code) for each in refusal.value.errors] == [fault]
    assert list(desk.memory.equity.values()) == [told]


@pytest.mark.parametrize("amount", ["0", "-1"])
async def test_what_is_no_flow_at_all_is_told_so(amount: str) -> None:
    with pytest.raises(ValidationFailedError, match=r"^amount: Must be more than 0\.$"):
        await Desk().told(amount)


async def test_a_change_is_corrected_up_to_the_end_of_its_window_and_no_later() -> None:
    desk = Desk()
    told = await desk.told()
    desk.clock.advance(EDITABLE)

    corrected = await desk.tell.update(
        desk.home, told.id, {"amount": Decimal(7), "change_type": OUT}, by=ANNS_ID
    )
    desk.clock.advance(SECOND)
    with pytest.raises(EditWindowClosedError):
        await desk.tell.update(desk.home, told.id, {"notes": "Late"}, by=ANNS_ID)

    assert corrected == replace(
        told, amount=Decimal(7), change_type=OUT, updated_at=told.editable_until
    )
    assert await desk.look_at.one(desk.home, told.id, by=ANNS_ID) == corrected


async def test_a_change_is_taken_back_up_to_the_end_of_its_window_and_no_later() -> None:
    desk = Desk()
    first, second = await desk.told(), await desk.told()
    desk.clock.advance(DELETABLE)

    await desk.tell.delete(desk.home, first.id, by=ANNS_ID)
    desk.clock.advance(SECOND)
    with pytest.raises(DeleteWindowClosedError):
        await desk.tell.delete(desk.home, second.id, by=ANNS_ID)
    with pytest.raises(EquityChangeNotFoundError):
        await desk.tell.delete(desk.home, first.id, by=ANNS_ID)
    with pytest.raises(EquityChangeNotFoundError):
        await desk.look_at.one(desk.home, first.id, by=ANNS_ID)

    assert desk.memory.equity[ANNS_ID, first.id].deleted_at == first.deletable_until
    shown = await desk.look_at.all(desk.home, EquityChangeFilter(), by=ANNS_ID)
    assert [each.id for each in shown] == [second.id]


async def test_the_summary_tells_what_flowed_in_each_period() -> None:
    desk = Desk()
    for amount, day, kind in (
        ("1", TODAY, IN),
        ("2", TODAY - 30 * DAY, OUT),
        ("4", TODAY - 31 * DAY, IN),
        ("8", TODAY - 365 * DAY, OUT),
        ("16", date(1, 1, 1), IN),
    ):
        await desk.told(amount, day, kind)
    gone = await desk.told("1000")
    await desk.tell.delete(desk.home, gone.id, by=ANNS_ID)

    summary = await desk.look_at.summary(desk.home, by=ANNS_ID)

    assert summary.periods == {
        "30d": CashFlow(Decimal(1), Decimal(2)),
        "90d": CashFlow(Decimal(5), Decimal(2)),
        "1y": CashFlow(Decimal(5), Decimal(10)),
        "ytd": CashFlow(Decimal(1), Decimal(0)),
        "all": CashFlow(Decimal(21), Decimal(10)),
    }
    assert (summary.all.net, summary.periods["1y"].net) == (Decimal(11), Decimal(-5))
    assert summary.last_change is not None
    assert summary.last_change.change_date == TODAY


async def test_one_more_than_there_is_room_for_is_refused() -> None:
    desk = Desk()
    await desk.told()
    portfolio = desk.memory.portfolios[ANNS_ID, desk.home]
    many = [an_equity_change(portfolio) for _ in range(MAX_CHANGES - 1)]
    desk.memory.equity.update({(ANNS_ID, each.id): each for each in many})

    with pytest.raises(EquityChangeLimitReachedError):
        await desk.told()


@pytest.mark.parametrize("of_another", [True, False])
async def test_nobody_reaches_the_changes_of_another(*, of_another: bool) -> None:
    desk = Desk()
    told = await desk.told()
    [bobs] = await desk.fill(1, by=BOBS_ID)
    before = desk.memory.copy()
    portfolio = desk.home if of_another else PortfolioId(NOBODYS)
    change = told.id if of_another else EquityChangeId(NOBODYS)

    of_portfolio: list[Callable[[], Any]] = [
        lambda: desk.tell.create(portfolio, IN, Decimal(1), TODAY, None, by=BOBS_ID),
        lambda: desk.tell.update(portfolio, change, {}, by=BOBS_ID),
        lambda: desk.tell.delete(portfolio, change, by=BOBS_ID),
        lambda: desk.look_at.one(portfolio, change, by=BOBS_ID),
        lambda: desk.look_at.all(portfolio, EquityChangeFilter(), by=BOBS_ID),
        lambda: desk.look_at.summary(portfolio, by=BOBS_ID),
    ]
    for ask in of_portfolio:
        with pytest.raises(PortfolioNotFoundError):
            await ask()
    of_change: list[Callable[[], Any]] = [
        lambda: desk.tell.update(bobs.id, change, {}, by=BOBS_ID),
        lambda: desk.tell.delete(bobs.id, change, by=BOBS_ID),
        lambda: desk.look_at.one(bobs.id, change, by=BOBS_ID),
    ]
    for ask in of_change:
        with pytest.raises(EquityChangeNotFoundError):
            await ask()

    assert desk.memory == before
