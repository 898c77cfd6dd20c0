"""A tier's limit on portfolios."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmasight.domain.access.tiers import Limits, Subscription, Tier
from sigmasight.domain.portfolios.portfolio import (
    PortfolioLimitReachedError,
)
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.portfolios import terms
from tests.support.builders.users import ANNS_ID, BOBS_ID, a_user
from tests.unit.domain.portfolios.portfolio_workspace import PortfolioWorkspace


class TestCreate:
    async def test_stops_at_the_limit_of_the_tier(self) -> None:
        workspace = PortfolioWorkspace()
        await workspace.create_portfolios(2)

        with pytest.raises(PortfolioLimitReachedError) as refusal:
            await workspace.create(terms(), by=ANNS_ID)

        assert refusal.value.details == {"limit": 2, "current_count": 2, "tier": Tier.FREE}
        assert len(await workspace.portfolio_ids()) == 2

    async def test_reaches_the_limit_of_the_paid_tier(self) -> None:
        workspace = PortfolioWorkspace(Subscription(Tier.PAID))
        await workspace.create_portfolios(10)

        with pytest.raises(PortfolioLimitReachedError) as refusal:
            await workspace.create(terms(), by=ANNS_ID)

        assert refusal.value.details == {"limit": 10, "current_count": 10, "tier": Tier.PAID}

    async def test_is_unlimited_where_the_limit_is_none(self) -> None:
        workspace = PortfolioWorkspace(
            limits={tier: Limits(max_portfolios=None, max_ai_messages=0) for tier in Tier}
        )

        assert len(await workspace.create_portfolios(30)) == 30

    async def test_is_refused_at_once_where_the_limit_is_0(self) -> None:
        workspace = PortfolioWorkspace(
            limits={tier: Limits(max_portfolios=0, max_ai_messages=0) for tier in Tier}
        )

        with pytest.raises(PortfolioLimitReachedError):
            await workspace.create(terms(), by=ANNS_ID)

    async def test_counts_the_tier_that_holds_now_not_the_one_that_has_lapsed(self) -> None:
        workspace = PortfolioWorkspace(Subscription(Tier.PAID, expires_at=NOON + DAY))
        await workspace.create_portfolios(2)
        await workspace.create(terms(), by=ANNS_ID)
        workspace.clock.set(NOON + DAY)

        with pytest.raises(PortfolioLimitReachedError) as refusal:
            await workspace.create(terms(account_name="One more"), by=ANNS_ID)

        assert refusal.value.details == {"limit": 2, "current_count": 3, "tier": Tier.FREE}

    async def test_counts_inactive_portfolios_too(self) -> None:
        workspace = PortfolioWorkspace()
        first, _ = await workspace.create_portfolios(2)
        await workspace.update(first.id, by=ANNS_ID, is_active=False)

        with pytest.raises(PortfolioLimitReachedError):
            await workspace.create(terms(), by=ANNS_ID)

    async def test_of_one_user_leaves_another_their_own_limit(self) -> None:
        workspace = PortfolioWorkspace()
        await workspace.create_portfolios(2)

        assert len(await workspace.create_portfolios(2, by=BOBS_ID)) == 2

    @given(st.lists(st.booleans(), max_size=12))
    async def test_and_delete_in_any_order_never_exceed_the_limit(
        self, creates: list[bool]
    ) -> None:
        workspace = PortfolioWorkspace()

        for number, is_create in enumerate(creates):
            owned = await workspace.portfolio_ids()
            if not is_create and owned:
                await workspace.delete(owned[0], by=ANNS_ID)
            elif len(owned) < 2:
                await workspace.create(terms(account_name=f"Account {number}"), by=ANNS_ID)
            else:
                with pytest.raises(PortfolioLimitReachedError):
                    await workspace.create(terms(account_name=f"Account {number}"), by=ANNS_ID)
            assert len(await workspace.portfolio_ids()) <= 2


class TestDowngrade:
    async def test_deletes_nothing_and_leaves_reading_updating_and_deleting_open(self) -> None:
        workspace = PortfolioWorkspace(Subscription(Tier.PAID))
        created = await workspace.create_portfolios(3)
        workspace.store.users[ANNS_ID] = a_user(subscription=Subscription(Tier.FREE))

        with pytest.raises(PortfolioLimitReachedError):
            await workspace.create(terms(), by=ANNS_ID)
        await workspace.update(created[0].id, by=ANNS_ID, name="Renamed")

        assert await workspace.portfolio_ids() == [portfolio.id for portfolio in created]
        assert (await workspace.read.one(created[0].id, by=ANNS_ID)).terms.name == "Renamed"

    async def test_refuses_to_create_until_under_the_limit(self) -> None:
        workspace = PortfolioWorkspace(Subscription(Tier.PAID))
        first, second, _ = await workspace.create_portfolios(3)
        workspace.store.users[ANNS_ID] = a_user(subscription=Subscription(Tier.FREE))

        await workspace.delete(first.id, by=ANNS_ID)
        with pytest.raises(PortfolioLimitReachedError):
            await workspace.create(terms(), by=ANNS_ID)
        await workspace.delete(second.id, by=ANNS_ID)

        await workspace.create(terms(), by=ANNS_ID)

        assert len(await workspace.portfolio_ids()) == 2


class TestUpgrade:
    async def test_raises_limits_at_once(self) -> None:
        workspace = PortfolioWorkspace()
        await workspace.create_portfolios(2)

        workspace.store.users[ANNS_ID] = a_user(subscription=Subscription(Tier.PAID))

        await workspace.create(terms(), by=ANNS_ID)

        assert len(await workspace.portfolio_ids()) == 3
