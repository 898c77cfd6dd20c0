from datetime import datetime

import pytest

from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.domain.access.usage import MessageCounter
from sigmasight.domain.identity.sessions import IdentityProviderUnavailableError
from sigmasight.domain.identity.users import (
    AccountInactiveError,
    EmailClaimMissingError,
    EmailConflictError,
)
from tests.support.builders.clerk_events import subscribed, user_created, user_deleted, user_updated
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.users import ANN, a_profile, a_session, a_user
from tests.support.fakes.identity_provider import FakeIdentityProvider
from tests.support.fakes.kernel import RacingTransaction
from tests.support.providers.identity_services import Registry


class TestFirstSight:
    async def test_of_a_token_makes_one_row_on_the_free_tier_not_validated(self) -> None:
        registry = Registry()

        user = await registry.provision(a_session())

        assert registry.memory.users == {user.id: user}
        assert (user.clerk_user_id, user.email) == (ANN, "ann@example.com")
        assert (user.is_active, user.invite_validated) == (True, False)
        assert user.subscription == Subscription(Tier.FREE)
        assert user.messages == MessageCounter(0, NOON)
        assert user.created_at == NOON

    async def test_of_a_user_created_makes_one_row_on_the_free_tier_not_validated(self) -> None:
        registry = Registry()

        await registry.tell(user_created())

        user = registry.row()
        assert (user.email, user.full_name) == ("ann@example.com", "Ann Example")
        assert (user.is_active, user.invite_validated) == (True, False)
        assert user.subscription == Subscription(Tier.FREE)

    async def test_by_token_and_by_user_created_make_the_same_row(self) -> None:
        token_first, event_first = Registry(), Registry()

        made = await token_first.provision(a_session())
        await token_first.tell(user_created())
        await event_first.tell(user_created())
        found = await event_first.provision(a_session())

        assert token_first.row().id == made.id
        assert event_first.row().id == found.id
        assert token_first.row().full_name == event_first.row().full_name == "Ann Example"

    async def test_again_finds_the_row(self) -> None:
        registry = Registry()

        first = await registry.provision(a_session())
        again = await registry.provision(a_session(email="other@example.com"))

        assert again == first

    async def test_that_loses_a_race_makes_one_row(self) -> None:
        registry = Registry(transaction=RacingTransaction)

        user = await registry.provision(a_session())

        assert registry.memory.users == {user.id: user}

    async def test_after_a_subscription_was_told_of_is_on_its_tier(self) -> None:
        registry = Registry()
        await registry.tell(subscribed())

        user = await registry.provision(a_session())

        assert user.subscription == Subscription(Tier.PAID)


class TestEmail:
    async def test_of_a_new_row_is_the_claim_and_nobody_else_is_asked(self) -> None:
        registry = Registry(directory=FakeIdentityProvider())

        user = await registry.provision(a_session(email="claim@example.com"))

        assert user.email == "claim@example.com"
        assert registry.directory.asked_for == []

    async def test_without_a_claim_is_asked_of_the_backend_api(self) -> None:
        registry = Registry(directory=FakeIdentityProvider())
        registry.directory.profiles[ANN] = a_profile(email="told@example.com")

        user = await registry.provision(a_session(email=None))

        assert (user.email, user.full_name) == ("told@example.com", "Ann Example")

    async def test_that_nobody_tells_is_refused_with_what_the_operator_has_to_add(self) -> None:
        registry = Registry()

        with pytest.raises(EmailClaimMissingError) as refusal:
            await registry.provision(a_session(email=None))

        assert "{{user.primary_email_address}}" in str(refusal.value)
        assert "CLERK_SECRET_KEY" in str(refusal.value)
        assert registry.memory.users == {}

    async def test_that_the_backend_api_does_not_have_either_is_refused(self) -> None:
        registry = Registry(directory=FakeIdentityProvider())
        registry.directory.profiles[ANN] = a_profile(email="")

        with pytest.raises(EmailClaimMissingError):
            await registry.provision(a_session(email=None))

    async def test_claim_serves_where_clerk_told_of_somebody_without_an_address(self) -> None:
        registry = Registry()
        await registry.tell(user_created(email_addresses=[], primary_email_address_id=None))

        user = await registry.provision(a_session(email="claim@example.com"))

        assert user.email == "claim@example.com"

    async def test_is_not_known_while_the_backend_api_is_down(self) -> None:
        registry = Registry(directory=FakeIdentityProvider())
        registry.directory.is_down = True

        with pytest.raises(IdentityProviderUnavailableError):
            await registry.provision(a_session(email=None))

        assert registry.memory.users == {}

    async def test_of_somebody_the_backend_api_does_not_know_makes_no_row(self) -> None:
        registry = Registry(directory=FakeIdentityProvider())

        with pytest.raises(AccountInactiveError):
            await registry.provision(a_session(email=None))

        assert registry.memory.users == {}


class TestLeaving:
    async def test_user_deleted_deactivates_and_keeps_the_row(self) -> None:
        registry = Registry(a_user(invite_validated=True))

        await registry.tell(user_deleted(at=NOON + DAY))

        assert registry.row() == a_user(
            invite_validated=True, is_active=False, deleted_at=NOON + DAY
        )

    async def test_user_deleted_is_not_revived_by_a_token(self) -> None:
        registry = Registry(a_user())
        await registry.tell(user_deleted())

        with pytest.raises(AccountInactiveError):
            await registry.identify(a_session())

    async def test_user_deleted_of_an_id_not_seen_yet_holds_against_a_later_token(self) -> None:
        registry = Registry(directory=FakeIdentityProvider())
        registry.directory.profiles[ANN] = a_profile()
        await registry.tell(user_deleted())

        with pytest.raises(AccountInactiveError):
            await registry.identify(a_session())

        assert registry.memory.users == {}
        assert registry.directory.asked_for == []

    @pytest.mark.parametrize("later", [NOON - DAY, NOON, NOON + DAY])
    async def test_user_deleted_of_an_id_not_seen_yet_holds_against_a_later_user_created(
        self, later: datetime
    ) -> None:
        registry = Registry()

        await registry.tell(user_deleted(), user_created(at=later), user_updated(at=later))

        assert not registry.row().is_active
        with pytest.raises(AccountInactiveError):
            await registry.identify(a_session())


class TestIdentify:
    async def test_reads_the_row_every_time(self) -> None:
        registry = Registry(a_user())

        before = await registry.identify(a_session())
        await registry.tell(subscribed())
        after = await registry.identify(a_session())

        assert before.subscription == Subscription(Tier.FREE)
        assert after.subscription == Subscription(Tier.PAID)

    async def test_opens_no_transaction_for_somebody_known(self) -> None:
        registry = Registry(a_user())

        await registry.identify(a_session())
        await registry.identify.overview(a_session())

        assert registry.transaction.commits == 0

    async def test_refuses_the_deactivated_either_way(self) -> None:
        registry = Registry(a_user(is_active=False))

        with pytest.raises(AccountInactiveError):
            await registry.identify(a_session())
        with pytest.raises(AccountInactiveError):
            await registry.identify.overview(a_session())

    async def test_overviews_somebody_seen_for_the_first_time(self) -> None:
        registry = Registry()

        overview = await registry.identify.overview(a_session())

        assert overview.user == registry.row()
        assert (overview.portfolio_count, overview.default_portfolio) == (0, None)

    async def test_passes_refusals_on(self) -> None:
        registry = Registry(a_user(clerk_user_id=None))

        with pytest.raises(EmailConflictError):
            await registry.identify(a_session())
        with pytest.raises(EmailConflictError):
            await registry.identify.overview(a_session())
