"""Recording, updating and deleting equity changes within their windows, by their owner only."""

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
from tests.unit.domain.portfolios import portfolio_workspace

IN, OUT = ChangeType.CONTRIBUTION, ChangeType.WITHDRAWAL
TODAY = date(2026, 1, 15)
SECOND = timedelta(seconds=1)
NOBODYS = UUID(int=9)


class EquityChangeWorkspace(portfolio_workspace.PortfolioWorkspace):
    def __init__(self) -> None:
        super().__init__()
        kept = (
            InMemoryPortfolios(self.store),
            InMemoryEquityChanges(self.store),
            self.clock,
            ImmediateTransaction(self.store),
        )
        self.record = RecordEquityChange(*kept)
        self.read_changes = ReadEquityChanges(*kept)
        self.home = PortfolioId(NOBODYS)

    async def recorded(
        self, amount: str = "100", day: date = TODAY, kind: ChangeType = IN
    ) -> EquityChange:
        """Record a change of Ann's only portfolio."""
        if not self.store.portfolios:
            self.home = (await self.create(terms(equity_balance=Decimal(5)), by=ANNS_ID)).id
        return await self.record.create(self.home, kind, Decimal(amount), day, None, by=ANNS_ID)


async def test_a_change_is_stored_and_leaves_the_stated_balance_unchanged() -> None:
    workspace = EquityChangeWorkspace()

    recorded = await workspace.recorded()

    assert await workspace.read_changes.one(workspace.home, recorded.id, by=ANNS_ID) == recorded
    assert (recorded.editable_until, recorded.deletable_until) == (
        recorded.created_at + EDITABLE,
        recorded.created_at + DELETABLE,
    )
    portfolio = await workspace.read.one(workspace.home, by=ANNS_ID)
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
async def test_invalid_values_are_refused_on_create_and_update(
    wrong: Any, fault: tuple[str, str]
) -> None:
    workspace = EquityChangeWorkspace()
    recorded = await workspace.recorded()
    about = {"change_type": IN, "amount": Decimal(1), "change_date": TODAY, "notes": None}

    with pytest.raises(ValidationFailedError) as refusal:
        await workspace.record.create(workspace.home, **{**about, **wrong}, by=ANNS_ID)
    with pytest.raises(ValidationFailedError):
        await workspace.record.update(workspace.home, recorded.id, wrong, by=ANNS_ID)

    assert [(each.field, each.code) for each in refusal.value.errors] == [fault]
    assert list(workspace.store.equity.values()) == [recorded]


@pytest.mark.parametrize("amount", ["0", "-1"])
async def test_an_amount_must_be_more_than_zero(amount: str) -> None:
    with pytest.raises(ValidationFailedError, match=r"^amount: Must be more than 0\.$"):
        await EquityChangeWorkspace().recorded(amount)


async def test_a_change_is_corrected_up_to_the_end_of_its_window_and_no_later() -> None:
    workspace = EquityChangeWorkspace()
    recorded = await workspace.recorded()
    workspace.clock.advance(EDITABLE)

    corrected = await workspace.record.update(
        workspace.home, recorded.id, {"amount": Decimal(7), "change_type": OUT}, by=ANNS_ID
    )
    workspace.clock.advance(SECOND)
    with pytest.raises(EditWindowClosedError):
        await workspace.record.update(workspace.home, recorded.id, {"notes": "Late"}, by=ANNS_ID)

    assert corrected == replace(
        recorded, amount=Decimal(7), change_type=OUT, updated_at=recorded.editable_until
    )
    assert await workspace.read_changes.one(workspace.home, recorded.id, by=ANNS_ID) == corrected


async def test_a_change_is_deleted_up_to_the_end_of_its_window_and_no_later() -> None:
    workspace = EquityChangeWorkspace()
    first, second = await workspace.recorded(), await workspace.recorded()
    workspace.clock.advance(DELETABLE)

    await workspace.record.delete(workspace.home, first.id, by=ANNS_ID)
    workspace.clock.advance(SECOND)
    with pytest.raises(DeleteWindowClosedError):
        await workspace.record.delete(workspace.home, second.id, by=ANNS_ID)
    with pytest.raises(EquityChangeNotFoundError):
        await workspace.record.delete(workspace.home, first.id, by=ANNS_ID)
    with pytest.raises(EquityChangeNotFoundError):
        await workspace.read_changes.one(workspace.home, first.id, by=ANNS_ID)

    assert workspace.store.equity[ANNS_ID, first.id].deleted_at == first.deletable_until
    shown = await workspace.read_changes.all(workspace.home, EquityChangeFilter(), by=ANNS_ID)
    assert [each.id for each in shown] == [second.id]


async def test_the_summary_has_the_flows_of_each_period() -> None:
    workspace = EquityChangeWorkspace()
    for amount, day, kind in (
        ("1", TODAY, IN),
        ("2", TODAY - 30 * DAY, OUT),
        ("4", TODAY - 31 * DAY, IN),
        ("8", TODAY - 365 * DAY, OUT),
        ("16", date(1, 1, 1), IN),
    ):
        await workspace.recorded(amount, day, kind)
    gone = await workspace.recorded("1000")
    await workspace.record.delete(workspace.home, gone.id, by=ANNS_ID)

    summary = await workspace.read_changes.summary(workspace.home, by=ANNS_ID)

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


async def test_one_more_than_the_limit_is_refused() -> None:
    workspace = EquityChangeWorkspace()
    await workspace.recorded()
    portfolio = workspace.store.portfolios[ANNS_ID, workspace.home]
    many = [an_equity_change(portfolio) for _ in range(MAX_CHANGES - 1)]
    workspace.store.equity.update({(ANNS_ID, each.id): each for each in many})

    with pytest.raises(EquityChangeLimitReachedError):
        await workspace.recorded()


@pytest.mark.parametrize("of_another", [True, False])
async def test_nobody_reaches_the_changes_of_another(*, of_another: bool) -> None:
    workspace = EquityChangeWorkspace()
    recorded = await workspace.recorded()
    [bobs] = await workspace.create_portfolios(1, by=BOBS_ID)
    before = workspace.store.copy()
    portfolio = workspace.home if of_another else PortfolioId(NOBODYS)
    change = recorded.id if of_another else EquityChangeId(NOBODYS)

    of_portfolio: list[Callable[[], Any]] = [
        lambda: workspace.record.create(portfolio, IN, Decimal(1), TODAY, None, by=BOBS_ID),
        lambda: workspace.record.update(portfolio, change, {}, by=BOBS_ID),
        lambda: workspace.record.delete(portfolio, change, by=BOBS_ID),
        lambda: workspace.read_changes.one(portfolio, change, by=BOBS_ID),
        lambda: workspace.read_changes.all(portfolio, EquityChangeFilter(), by=BOBS_ID),
        lambda: workspace.read_changes.summary(portfolio, by=BOBS_ID),
    ]
    for ask in of_portfolio:
        with pytest.raises(PortfolioNotFoundError):
            await ask()
    of_change: list[Callable[[], Any]] = [
        lambda: workspace.record.update(bobs.id, change, {}, by=BOBS_ID),
        lambda: workspace.record.delete(bobs.id, change, by=BOBS_ID),
        lambda: workspace.read_changes.one(bobs.id, change, by=BOBS_ID),
    ]
    for ask in of_change:
        with pytest.raises(EquityChangeNotFoundError):
            await ask()

    assert workspace.store == before
