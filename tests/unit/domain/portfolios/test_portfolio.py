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
from tests.unit.domain.portfolios.portfolio_workspace import PortfolioWorkspace

NOBODYS = PortfolioId(UserId(ANNS_ID))


class TestCreate:
    async def test_stores_the_given_terms_and_the_time(self) -> None:
        workspace = PortfolioWorkspace()

        created = await workspace.create(terms(equity_balance=Decimal("10.50")), by=ANNS_ID)

        assert created.user_id == ANNS_ID
        assert created.terms == terms(equity_balance=Decimal("10.50"))
        assert created.created_at == created.updated_at == NOON
        assert await workspace.read.one(created.id, by=ANNS_ID) == created

    async def test_refuses_an_account_name_the_user_has_already(self) -> None:
        workspace = PortfolioWorkspace()
        await workspace.create(terms(account_name="Broker"), by=ANNS_ID)

        with pytest.raises(AccountNameTakenError):
            await workspace.create(terms(account_name="Broker"), by=ANNS_ID)

        await workspace.create(terms(account_name="Broker"), by=BOBS_ID)

    async def test_that_lost_a_race_makes_one(self) -> None:
        workspace = PortfolioWorkspace(transaction=RacingTransaction)

        created = await workspace.create(terms(), by=ANNS_ID)

        assert await workspace.portfolio_ids() == [created.id]


class TestRead:
    async def test_lists_oldest_first_and_leaves_inactive_ones_out_unless_asked(self) -> None:
        workspace = PortfolioWorkspace(Subscription(Tier.PAID))
        first, second, third = await workspace.create_portfolios(3)
        await workspace.update(second.id, by=ANNS_ID, is_active=False)

        active = await workspace.read.all(by=ANNS_ID, include_inactive=False)

        assert [portfolio.id for portfolio in active] == [first.id, third.id]
        assert await workspace.portfolio_ids() == [first.id, second.id, third.id]

    async def test_of_another_users_portfolio_is_as_of_one_that_does_not_exist(self) -> None:
        workspace = PortfolioWorkspace()
        [anns] = await workspace.create_portfolios(1)

        for portfolio in (anns.id, NOBODYS):
            with pytest.raises(PortfolioNotFoundError):
                await workspace.read.one(portfolio, by=BOBS_ID)
            with pytest.raises(PortfolioNotFoundError):
                await workspace.update(portfolio, by=BOBS_ID, name="Mine")
            with pytest.raises(PortfolioNotFoundError):
                await workspace.delete(portfolio, by=BOBS_ID)
        assert await workspace.portfolio_ids(BOBS_ID) == []
        assert await workspace.read.one(anns.id, by=ANNS_ID) == anns


class TestUpdate:
    async def test_changes_only_the_named_fields(self) -> None:
        workspace = PortfolioWorkspace()
        [created] = await workspace.create_portfolios(1)
        at = workspace.clock.now()

        changed = await workspace.update(created.id, by=ANNS_ID, name="New", description="Why")

        assert changed.terms == terms(account_name="Account 0", name="New", description="Why")
        assert (changed.created_at, changed.updated_at) == (created.created_at, at)
        assert await workspace.read.one(created.id, by=ANNS_ID) == changed

    async def test_may_keep_its_account_name_but_not_use_another_portfolios(self) -> None:
        workspace = PortfolioWorkspace()
        first, second = await workspace.create_portfolios(2)

        await workspace.update(first.id, by=ANNS_ID, account_name="Account 0")
        with pytest.raises(AccountNameTakenError):
            await workspace.update(first.id, by=ANNS_ID, account_name="Account 1")

        assert (await workspace.read.one(second.id, by=ANNS_ID)).terms.account_name == "Account 1"


class TestDelete:
    async def test_is_soft_and_frees_the_place_and_the_name(self) -> None:
        workspace = PortfolioWorkspace()
        first, second = await workspace.create_portfolios(2)

        deleted_at = await workspace.delete(first.id, by=ANNS_ID)
        again = await workspace.create(terms(account_name="Account 0"), by=ANNS_ID)

        kept = workspace.store.portfolios[ANNS_ID, first.id]
        assert kept.deleted_at == kept.updated_at == deleted_at == workspace.clock.now()
        assert await workspace.portfolio_ids() == [second.id, again.id]

    async def test_happens_once(self) -> None:
        workspace = PortfolioWorkspace()
        [created] = await workspace.create_portfolios(1)
        await workspace.delete(created.id, by=ANNS_ID)

        with pytest.raises(PortfolioNotFoundError):
            await workspace.delete(created.id, by=ANNS_ID)


@pytest.mark.parametrize(
    ("balance", "worth"), [(None, "0.00"), (Decimal("0.00"), "0.00"), (Decimal("1.50"), "1.50")]
)
def test_with_nothing_in_it_a_portfolio_is_worth_the_balance_its_owner_stated(
    balance: Decimal | None, worth: str
) -> None:
    portfolio = a_portfolio(terms=terms(equity_balance=balance))

    assert str(portfolio.net_asset_value) == worth
