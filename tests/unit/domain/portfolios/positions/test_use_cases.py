"""Opening, changing and deleting positions, by their owner only."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from sigmasight.domain.kernel import ValidationFailedError
from sigmasight.domain.portfolios.portfolio import (
    Holdings,
    PortfolioId,
    PortfolioNotFoundError,
)
from sigmasight.domain.portfolios.positions import PositionId, PositionType
from sigmasight.domain.portfolios.positions.closing import Closing
from sigmasight.domain.portfolios.positions.model import (
    PositionClosedError,
    PositionNotFoundError,
)
from sigmasight.domain.portfolios.positions.use_cases import PositionChanges
from tests.support.builders.instants import MINUTE
from tests.support.builders.portfolios import a_draft, an_option_draft
from tests.support.builders.users import ANNS_ID, BOBS_ID
from tests.support.fakes.kernel import RacingTransaction
from tests.unit.domain.portfolios.portfolio_workspace import PortfolioWorkspace

NOBODYS = PositionId(UUID(int=9))
NO_CLOSING = Closing()


class TestOpen:
    async def test_stores_the_given_fields_and_the_time(self) -> None:
        workspace = PortfolioWorkspace()
        [portfolio] = await workspace.create_portfolios(1)
        now = workspace.clock.now()

        opened = await workspace.open.open_one(an_option_draft(), into=portfolio.id, by=ANNS_ID)

        assert (opened.user_id, opened.portfolio_id) == (ANNS_ID, portfolio.id)
        assert (opened.created_at, opened.updated_at) == (now, now)
        assert (opened.is_open, opened.realized_pnl, opened.last_price) == (True, None, None)
        assert await workspace.read_positions.one(opened.id, by=ANNS_ID) == opened

    async def test_of_many_lists_them_in_the_order_they_were_named(self) -> None:
        workspace = PortfolioWorkspace()

        opened = await workspace.open_positions(
            *(a_draft(symbol=f"S{number}") for number in range(20))
        )

        listed = await workspace.positions_of(opened[0].portfolio_id)
        assert [each.symbol for each in listed] == [f"S{number}" for number in range(20)]

    async def test_of_many_with_errors_stores_none_and_reports_all(self) -> None:
        workspace = PortfolioWorkspace()
        [portfolio] = await workspace.create_portfolios(1)
        drafts = [a_draft(), a_draft(quantity=Decimal(0), avg_cost=None), a_draft(symbol="?")]

        with pytest.raises(ValidationFailedError) as refusal:
            await workspace.open.open_many(drafts, into=portfolio.id, by=ANNS_ID)

        assert [(fault.field, fault.code) for fault in refusal.value.errors] == [
            ("positions[1].avg_cost", "required"),
            ("positions[1].quantity", "zero"),
            ("positions[2].symbol", "invalid_characters"),
        ]
        assert await workspace.positions_of(portfolio.id) == []

    async def test_that_lost_a_race_makes_one(self) -> None:
        workspace = PortfolioWorkspace(transaction=RacingTransaction)

        [opened] = await workspace.open_positions(a_draft())

        assert await workspace.positions_of(opened.portfolio_id) == [opened]

    async def test_into_another_users_portfolio_is_not_found(self) -> None:
        workspace = PortfolioWorkspace()
        [anns] = await workspace.create_portfolios(1)

        for portfolio in (anns.id, PortfolioId(NOBODYS)):
            with pytest.raises(PortfolioNotFoundError):
                await workspace.open.open_one(a_draft(), into=portfolio, by=BOBS_ID)
            with pytest.raises(PortfolioNotFoundError):
                await workspace.open.open_many([a_draft()], into=portfolio, by=BOBS_ID)
        assert workspace.store.positions == {}


class TestRead:
    async def test_excludes_closed_ones_by_default_and_deleted_ones_always(self) -> None:
        workspace = PortfolioWorkspace()
        first, second, third = await workspace.open_positions(a_draft(), a_draft(), a_draft())
        await workspace.update_position(second.id, {}, Closing(exit_price=Decimal(1)), by=ANNS_ID)
        await workspace.delete_positions([third.id], by=ANNS_ID)

        shown = await workspace.positions_of(first.portfolio_id, include_closed=False)
        everything = await workspace.positions_of(first.portfolio_id)

        assert [each.id for each in shown] == [first.id]
        assert [each.id for each in everything] == [first.id, second.id]

    async def test_finds_open_ones_by_symbol_however_it_is_written(self) -> None:
        workspace = PortfolioWorkspace()
        first, other, second = await workspace.open_positions(
            a_draft(), a_draft(symbol="OTHER"), a_draft()
        )

        found, _ = await workspace.duplicates(other.portfolio_id, " acme ", by=ANNS_ID)

        assert [each.id for each in found] == [first.id, second.id]

    async def test_finds_nothing_in_a_portfolio_that_was_deleted(self) -> None:
        workspace = PortfolioWorkspace()
        [held] = await workspace.open_positions(a_draft())
        await workspace.delete(held.portfolio_id, by=ANNS_ID)

        with pytest.raises(PositionNotFoundError):
            await workspace.read_positions.one(held.id, by=ANNS_ID)
        with pytest.raises(PositionNotFoundError):
            await workspace.delete_positions([held.id], by=ANNS_ID)


class TestChange:
    async def test_changes_only_the_named_fields(self) -> None:
        workspace = PortfolioWorkspace()
        [held] = await workspace.open_positions(an_option_draft())
        workspace.clock.advance(MINUTE)

        changed = await workspace.update_position(
            held.id, {"avg_cost": Decimal(9), "notes": "Cheap"}, NO_CLOSING, by=ANNS_ID
        )

        assert changed == replace(
            held, entry_price=Decimal(9), notes="Cheap", updated_at=workspace.clock.now()
        )
        assert await workspace.read_positions.one(held.id, by=ANNS_ID) == changed

    async def test_of_the_type_turns_the_sign(self) -> None:
        workspace = PortfolioWorkspace()
        [held] = await workspace.open_positions(a_draft())

        short = await workspace.update_position(
            held.id, {"position_type": PositionType.SHORT}, NO_CLOSING, by=ANNS_ID
        )
        long = await workspace.update_position(
            held.id, {"position_type": PositionType.LONG}, NO_CLOSING, by=ANNS_ID
        )

        assert (short.quantity, long.quantity) == (Decimal(-10), Decimal(10))

    async def test_and_closing_happen_in_this_order(self) -> None:
        workspace = PortfolioWorkspace()
        [held] = await workspace.open_positions(a_draft())
        closing = Closing(exit_price=Decimal(11), close_quantity=Decimal(15))

        changed = await workspace.update_position(
            held.id, {"quantity": Decimal(20), "avg_cost": Decimal(10)}, closing, by=ANNS_ID
        )

        assert (changed.quantity, changed.realized_pnl) == (Decimal(5), Decimal(15))

    async def test_in_parts_adds_up_the_realized_result(self) -> None:
        workspace = PortfolioWorkspace()
        [held] = await workspace.open_positions(a_draft())

        for price, size in ((13, 4), (12, 4), (15, 2)):
            closing = Closing(exit_price=Decimal(price), close_quantity=Decimal(size))
            last = await workspace.update_position(held.id, {}, closing, by=ANNS_ID)

        assert (last.is_open, last.realized_pnl) == (False, Decimal("5.00"))
        with pytest.raises(PositionClosedError):
            await workspace.update_position(held.id, {}, Closing(exit_price=Decimal(1)), by=ANNS_ID)

    @pytest.mark.parametrize(
        "changes",
        [{"quantity": Decimal(1)}, {"avg_cost": Decimal(1)}, {"entry_date": date(2026, 1, 1)}],
    )
    async def test_changes_only_the_notes_of_a_closed_position(
        self, changes: PositionChanges
    ) -> None:
        workspace = PortfolioWorkspace()
        [held] = await workspace.open_positions(a_draft())
        await workspace.update_position(held.id, {}, Closing(exit_price=Decimal(15)), by=ANNS_ID)

        noted = await workspace.update_position(
            held.id, {"notes": "Sold", "quantity": Decimal(10)}, NO_CLOSING, by=ANNS_ID
        )
        with pytest.raises(PositionClosedError):
            await workspace.update_position(held.id, changes, NO_CLOSING, by=ANNS_ID)

        assert noted.notes == "Sold"
        assert await workspace.read_positions.one(held.id, by=ANNS_ID) == noted

    async def test_with_invalid_values_changes_nothing(self) -> None:
        workspace = PortfolioWorkspace()
        [held] = await workspace.open_positions(a_draft())
        closing = Closing(exit_price=Decimal(15), close_quantity=Decimal(99))

        with pytest.raises(ValidationFailedError):
            await workspace.update_position(held.id, {"notes": "New"}, closing, by=ANNS_ID)

        assert await workspace.read_positions.one(held.id, by=ANNS_ID) == held


class TestDelete:
    async def test_is_soft_and_happens_once(self) -> None:
        workspace = PortfolioWorkspace()
        [held] = await workspace.open_positions(a_draft())
        now = workspace.clock.now()

        await workspace.delete_positions([held.id, held.id], by=ANNS_ID)

        kept = workspace.store.positions[ANNS_ID, held.id]
        assert (kept.deleted_at, kept.updated_at) == (now, now)
        with pytest.raises(PositionNotFoundError):
            await workspace.delete_positions([held.id], by=ANNS_ID)

    async def test_of_many_with_one_unknown_deletes_none(self) -> None:
        workspace = PortfolioWorkspace()
        first, second = await workspace.open_positions(a_draft(), a_draft())

        with pytest.raises(PositionNotFoundError):
            await workspace.delete_positions([first.id, NOBODYS, second.id], by=ANNS_ID)

        assert await workspace.positions_of(first.portfolio_id) == [first, second]


async def test_nobody_reaches_the_positions_of_another() -> None:
    workspace = PortfolioWorkspace()
    [anns] = await workspace.open_positions(a_draft())

    for position in (anns.id, NOBODYS):
        with pytest.raises(PositionNotFoundError):
            await workspace.read_positions.one(position, by=BOBS_ID)
        with pytest.raises(PositionNotFoundError):
            await workspace.update_position(position, {"notes": "Mine"}, NO_CLOSING, by=BOBS_ID)
        with pytest.raises(PositionNotFoundError):
            await workspace.delete_positions([position], by=BOBS_ID)
    for portfolio in (anns.portfolio_id, PortfolioId(NOBODYS)):
        with pytest.raises(PortfolioNotFoundError):
            await workspace.duplicates(portfolio, "ACME", by=BOBS_ID)
        with pytest.raises(PortfolioNotFoundError):
            await workspace.read_positions.page(
                portfolio, by=BOBS_ID, include_closed=True, limit=9, offset=0
            )
    assert await workspace.read_positions.one(anns.id, by=ANNS_ID) == anns


async def test_a_portfolio_is_worth_its_open_positions_unless_its_owner_stated_a_balance() -> None:
    workspace = PortfolioWorkspace()
    long, _, gone = await workspace.open_positions(
        a_draft(), a_draft(position_type=PositionType.SHORT, quantity=Decimal(2)), a_draft()
    )
    await workspace.update_position(gone.id, {}, Closing(exit_price=Decimal(15)), by=ANNS_ID)

    held = await workspace.read.one(long.portfolio_id, by=ANNS_ID)
    stated = await workspace.update(held.id, by=ANNS_ID, equity_balance=Decimal("5.00"))

    assert held.holdings == Holdings(2, Decimal(100))
    assert (str(held.net_asset_value), stated.net_asset_value) == ("100.00", Decimal(5))
