"""What every Portfolios promises, both the fake and the adapter."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.domain.portfolios.portfolio import (
    AccountType,
    Portfolio,
    PortfolioId,
    PortfolioTerms,
)
from tests.integration.contracts.conftest import Ports
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.portfolios import a_portfolio, terms
from tests.support.builders.users import ANNS_ID, BOBS_ID, a_user, bob

PAID = Subscription(Tier.PAID, NOON + DAY)


@pytest.fixture
async def owners(ports: Ports) -> Ports:
    """The ports with Ann and Bob in them, Ann paying until tomorrow."""
    await ports.users.put(a_user(subscription=PAID))
    await ports.users.put(bob())
    await ports.commit()
    return ports


async def put(ports: Ports, *portfolios: Portfolio) -> None:
    for portfolio in portfolios:
        await ports.portfolios.put(portfolio)
    await ports.commit()


async def test_an_owner_is_locked_with_their_tier_as_stored(owners: Ports) -> None:
    assert await owners.portfolios.lock_owner(ANNS_ID) == PAID
    assert await owners.portfolios.lock_owner(BOBS_ID) == Subscription()


@pytest.mark.parametrize(
    "agreed",
    [
        terms(),
        PortfolioTerms(
            name="x" * 255,
            account_name="é" * 100,
            account_type=AccountType.S529,
            description="of\nlines" * 100,
            currency="EUR",
            equity_balance=Decimal("12345678901234.56"),
            is_active=False,
        ),
        terms(equity_balance=Decimal("0.00")),
        terms(equity_balance=Decimal("9999999999999999.99")),
    ],
    ids=["least", "most", "nothing", "largest"],
)
async def test_a_stored_one_is_read_back_unchanged(owners: Ports, agreed: PortfolioTerms) -> None:
    portfolio = a_portfolio(terms=agreed)
    await put(owners, portfolio)

    found = await owners.portfolios.find(ANNS_ID, portfolio.id)

    assert found == portfolio
    assert str(found.terms.equity_balance) == str(agreed.equity_balance)


@pytest.mark.parametrize("account_type", AccountType)
async def test_every_type_of_account_can_be_stored(
    owners: Ports, account_type: AccountType
) -> None:
    portfolio = a_portfolio(terms=terms(account_type=account_type))
    await put(owners, portfolio)

    assert await owners.portfolios.find(ANNS_ID, portfolio.id) == portfolio


async def test_users_cannot_reach_each_others_data(owners: Ports) -> None:
    portfolio = a_portfolio()
    await put(owners, portfolio)

    assert await owners.portfolios.find(BOBS_ID, portfolio.id) is None
    assert await owners.portfolios.count(BOBS_ID) == 0
    assert await owners.portfolios.find_by_account_name(BOBS_ID, "Broker 1") is None
    assert await owners.portfolios.list(BOBS_ID, include_inactive=True) == []


async def test_storing_again_replaces(owners: Ports) -> None:
    portfolio = a_portfolio()
    await put(owners, portfolio)
    changed = replace(portfolio, terms=terms(name="New"), updated_at=NOON + DAY)
    await put(owners, changed)

    assert await owners.portfolios.find(ANNS_ID, portfolio.id) == changed
    assert await owners.portfolios.count(ANNS_ID) == 1


async def test_a_deleted_one_is_not_there_and_its_account_name_free(owners: Ports) -> None:
    deleted = a_portfolio(deleted_at=NOON)
    again = a_portfolio()
    await put(owners, deleted, again)

    assert await owners.portfolios.find(ANNS_ID, deleted.id) is None
    assert await owners.portfolios.find_by_account_name(ANNS_ID, "Broker 1") == again.id
    assert await owners.portfolios.count(ANNS_ID) == 1
    assert await owners.portfolios.list(ANNS_ID, include_inactive=True) == [again]


async def test_an_account_name_is_matched_to_the_letter(owners: Ports) -> None:
    portfolio = a_portfolio(terms=terms(account_name="Broker 1"))
    await put(owners, portfolio)

    assert await owners.portfolios.find_by_account_name(ANNS_ID, "Broker 1") == portfolio.id
    assert await owners.portfolios.find_by_account_name(ANNS_ID, "broker 1") is None
    assert await owners.portfolios.find_by_account_name(ANNS_ID, "Broker%") is None


async def test_all_are_listed_oldest_first_and_counted(owners: Ports) -> None:
    second, third, first, inactive = (
        a_portfolio(
            id=PortfolioId(UUID(int=number)),
            created_at=at,
            terms=terms(account_name=str(number), is_active=number != 4),
        )
        for number, at in [(1, NOON), (2, NOON), (3, NOON - DAY), (4, NOON + DAY)]
    )
    await put(owners, inactive, third, second, first)

    active = await owners.portfolios.list(ANNS_ID, include_inactive=False)
    everything = await owners.portfolios.list(ANNS_ID, include_inactive=True)

    assert active == [first, second, third]
    assert everything == [first, second, third, inactive]
    assert await owners.portfolios.count(ANNS_ID) == 4
