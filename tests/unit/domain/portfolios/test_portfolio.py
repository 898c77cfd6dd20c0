from decimal import Decimal

import pytest

from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.domain.kernel import UserId
from sigmasight.domain.portfolios.portfolio import (
    AccountNameTakenError,
    PortfolioId,
    PortfolioNotFoundError,
)
from tests.support.builders.instants import NOON
from tests.support.builders.portfolios import a_portfolio, terms
from tests.support.builders.users import ANNS_ID, BOBS_ID
from tests.support.fakes.kernel import RacingTransaction
from tests.unit.domain.portfolios.portfolio_workspace import Desk

NOBODYS = PortfolioId(UserId(ANNS_ID))


class TestCreate:
    async def test_stores_what_its_owner_decided_and_when(self) -> None:
        desk = Desk()

        created = await desk.create(terms(equity_balance=Decimal("10.50")), by=ANNS_ID)

        assert created.user_id == ANNS_ID
        assert created.terms == terms(equity_balance=Decimal("10.50"))
        assert created.created_at == created.updated_at == NOON
        assert await desk.read.one(created.id, by=ANNS_ID) == created

    async def test_refuses_an_account_name_the_user_has_already(self) -> None:
        desk = Desk()
        await desk.create(terms(account_name="Broker"), by=ANNS_ID)

        with pytest.raises(AccountNameTakenError):
            await desk.create(terms(account_name="Broker"), by=ANNS_ID)

        await desk.create(terms(account_name="Broker"), by=BOBS_ID)

    async def test_that_lost_a_race_makes_one(self) -> None:
        desk = Desk(transaction=RacingTransaction)

        created = await desk.create(terms(), by=ANNS_ID)

        assert await desk.of() == [created.id]


class TestRead:
    async def test_lists_oldest_first_and_leaves_inactive_ones_out_unless_asked(self) -> None:
        desk = Desk(Subscription(Tier.PAID))
        first, second, third = await desk.fill(3)
        await desk.update(second.id, by=ANNS_ID, is_active=False)

        active = await desk.read.all(by=ANNS_ID, include_inactive=False)

        assert [portfolio.id for portfolio in active] == [first.id, third.id]
        assert await desk.of() == [first.id, second.id, third.id]

    async def test_of_another_users_portfolio_is_as_of_one_that_does_not_exist(self) -> None:
        desk = Desk()
        [anns] = await desk.fill(1)

        for portfolio in (anns.id, NOBODYS):
            with pytest.raises(PortfolioNotFoundError):
                await desk.read.one(portfolio, by=BOBS_ID)
            with pytest.raises(PortfolioNotFoundError):
                await desk.update(portfolio, by=BOBS_ID, name="Mine")
            with pytest.raises(PortfolioNotFoundError):
                await desk.delete(portfolio, by=BOBS_ID)
        assert await desk.of(BOBS_ID) == []
        assert await desk.read.one(anns.id, by=ANNS_ID) == anns


class TestUpdate:
    async def test_changes_what_it_names_and_nothing_else(self) -> None:
        desk = Desk()
        [created] = await desk.fill(1)
        at = desk.clock.now()

        changed = await desk.update(created.id, by=ANNS_ID, name="New", description="Why")

        assert changed.terms == terms(account_name="Account 0", name="New", description="Why")
        assert (changed.created_at, changed.updated_at) == (created.created_at, at)
        assert await desk.read.one(created.id, by=ANNS_ID) == changed

    async def test_may_keep_its_own_account_name_but_not_take_anothers(self) -> None:
        desk = Desk()
        first, second = await desk.fill(2)

        await desk.update(first.id, by=ANNS_ID, account_name="Account 0")
        with pytest.raises(AccountNameTakenError):
            await desk.update(first.id, by=ANNS_ID, account_name="Account 1")

        assert (await desk.read.one(second.id, by=ANNS_ID)).terms.account_name == "Account 1"


class TestDelete:
    async def test_is_soft_and_frees_the_place_and_the_name(self) -> None:
        desk = Desk()
        first, second = await desk.fill(2)

        deleted_at = await desk.delete(first.id, by=ANNS_ID)
        again = await desk.create(terms(account_name="Account 0"), by=ANNS_ID)

        kept = desk.memory.portfolios[ANNS_ID, first.id]
        assert kept.deleted_at == kept.updated_at == deleted_at == desk.clock.now()
        assert await desk.of() == [second.id, again.id]

    async def test_happens_once(self) -> None:
        desk = Desk()
        [created] = await desk.fill(1)
        await desk.delete(created.id, by=ANNS_ID)

        with pytest.raises(PortfolioNotFoundError):
            await desk.delete(created.id, by=ANNS_ID)


@pytest.mark.parametrize(
    ("balance", "worth"), [(None, "0.00"), (Decimal("0.00"), "0.00"), (Decimal("1.50"), "1.50")]
)
def test_with_nothing_in_it_a_portfolio_is_worth_the_balance_its_owner_stated(
    balance: Decimal | None, worth: str
) -> None:
    portfolio = a_portfolio(terms=terms(equity_balance=balance))

    assert str(portfolio.net_asset_value) == worth
