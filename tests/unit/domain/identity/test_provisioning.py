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
from tests.support.providers.identity_services import IdentityServices


class TestFirstSight:
    async def test_of_a_token_makes_one_row_on_the_free_tier_not_validated(self) -> None:
        identity = IdentityServices()

        user = await identity.provision(a_session())

        assert identity.store.users == {user.id: user}
        assert (user.clerk_user_id, user.email) == (ANN, "ann@example.com")
        assert (user.is_active, user.invite_validated) == (True, False)
        assert user.subscription == Subscription(Tier.FREE)
        assert user.messages == MessageCounter(0, NOON)
        assert user.created_at == NOON

    async def test_of_a_user_created_makes_one_row_on_the_free_tier_not_validated(self) -> None:
        identity = IdentityServices()

        await identity.deliver(user_created())

        user = identity.row()
        assert (user.email, user.full_name) == ("ann@example.com", "Ann Example")
        assert (user.is_active, user.invite_validated) == (True, False)
        assert user.subscription == Subscription(Tier.FREE)

    async def test_by_token_and_by_user_created_make_the_same_row(self) -> None:
        token_first, event_first = IdentityServices(), IdentityServices()

        made = await token_first.provision(a_session())
        await token_first.deliver(user_created())
        await event_first.deliver(user_created())
        found = await event_first.provision(a_session())

        assert token_first.row().id == made.id
        assert event_first.row().id == found.id
        assert token_first.row().full_name == event_first.row().full_name == "Ann Example"

    async def test_again_finds_the_row(self) -> None:
        identity = IdentityServices()

        first = await identity.provision(a_session())
        again = await identity.provision(a_session(email="other@example.com"))

        assert again == first

    async def test_that_loses_a_race_makes_one_row(self) -> None:
        identity = IdentityServices(transaction=RacingTransaction)

        user = await identity.provision(a_session())

        assert identity.store.users == {user.id: user}

    async def test_after_a_subscription_event_has_its_tier(self) -> None:
        identity = IdentityServices()
        await identity.deliver(subscribed())

        user = await identity.provision(a_session())

        assert user.subscription == Subscription(Tier.PAID)


class TestEmail:
    async def test_of_a_new_row_is_the_claim_and_nobody_else_is_asked(self) -> None:
        identity = IdentityServices(directory=FakeIdentityProvider())

        user = await identity.provision(a_session(email="claim@example.com"))

        assert user.email == "claim@example.com"
        assert identity.directory.asked_for == []

    async def test_without_a_claim_is_asked_of_the_backend_api(self) -> None:
        identity = IdentityServices(directory=FakeIdentityProvider())
        identity.directory.profiles[ANN] = a_profile(email="reported@example.com")

        user = await identity.provision(a_session(email=None))

        assert (user.email, user.full_name) == ("reported@example.com", "Ann Example")

    async def test_that_is_unknown_is_refused(self) -> None:
        identity = IdentityServices()

        with pytest.raises(EmailClaimMissingError):
            await identity.provision(a_session(email=None))

        assert identity.store.users == {}

    async def test_that_the_backend_api_does_not_have_either_is_refused(self) -> None:
        identity = IdentityServices(directory=FakeIdentityProvider())
        identity.directory.profiles[ANN] = a_profile(email="")

        with pytest.raises(EmailClaimMissingError):
            await identity.provision(a_session(email=None))

    async def test_claim_is_used_where_clerk_has_no_address(self) -> None:
        identity = IdentityServices()
        await identity.deliver(user_created(email_addresses=[], primary_email_address_id=None))

        user = await identity.provision(a_session(email="claim@example.com"))

        assert user.email == "claim@example.com"

    async def test_is_not_known_while_the_backend_api_is_down(self) -> None:
        identity = IdentityServices(directory=FakeIdentityProvider())
        identity.directory.is_down = True

        with pytest.raises(IdentityProviderUnavailableError):
            await identity.provision(a_session(email=None))

        assert identity.store.users == {}

    async def test_of_an_account_unknown_to_the_backend_api_creates_no_row(self) -> None:
        identity = IdentityServices(directory=FakeIdentityProvider())

        with pytest.raises(AccountInactiveError):
            await identity.provision(a_session(email=None))

        assert identity.store.users == {}


class TestLeaving:
    async def test_user_deleted_deactivates_and_keeps_the_row(self) -> None:
        identity = IdentityServices(a_user(invite_validated=True))

        await identity.deliver(user_deleted(at=NOON + DAY))

        assert identity.row() == a_user(
            invite_validated=True, is_active=False, deleted_at=NOON + DAY
        )

    async def test_user_deleted_is_not_revived_by_a_token(self) -> None:
        identity = IdentityServices(a_user())
        await identity.deliver(user_deleted())

        with pytest.raises(AccountInactiveError):
            await identity.identify(a_session())

    async def test_user_deleted_of_an_id_not_seen_yet_holds_against_a_later_token(self) -> None:
        identity = IdentityServices(directory=FakeIdentityProvider())
        identity.directory.profiles[ANN] = a_profile()
        await identity.deliver(user_deleted())

        with pytest.raises(AccountInactiveError):
            await identity.identify(a_session())

        assert identity.store.users == {}
        assert identity.directory.asked_for == []

    @pytest.mark.parametrize("later", [NOON - DAY, NOON, NOON + DAY])
    async def test_user_deleted_of_an_id_not_seen_yet_holds_against_a_later_user_created(
        self, later: datetime
    ) -> None:
        identity = IdentityServices()

        await identity.deliver(user_deleted(), user_created(at=later), user_updated(at=later))

        assert not identity.row().is_active
        with pytest.raises(AccountInactiveError):
            await identity.identify(a_session())


class TestIdentify:
    async def test_reads_the_row_every_time(self) -> None:
        identity = IdentityServices(a_user())

        before = await identity.identify(a_session())
        await identity.deliver(subscribed())
        after = await identity.identify(a_session())

        assert before.subscription == Subscription(Tier.FREE)
        assert after.subscription == Subscription(Tier.PAID)

    async def test_opens_no_transaction_for_a_known_user(self) -> None:
        identity = IdentityServices(a_user())

        await identity.identify(a_session())
        await identity.identify.overview(a_session())

        assert identity.transaction.commits == 0

    async def test_refuses_the_deactivated_either_way(self) -> None:
        identity = IdentityServices(a_user(is_active=False))

        with pytest.raises(AccountInactiveError):
            await identity.identify(a_session())
        with pytest.raises(AccountInactiveError):
            await identity.identify.overview(a_session())

    async def test_returns_the_overview_of_a_new_user(self) -> None:
        identity = IdentityServices()

        overview = await identity.identify.overview(a_session())

        assert overview.user == identity.row()
        assert (overview.portfolio_count, overview.default_portfolio) == (0, None)

    async def test_passes_refusals_on(self) -> None:
        identity = IdentityServices(a_user(clerk_user_id=None))

        with pytest.raises(EmailConflictError):
            await identity.identify(a_session())
        with pytest.raises(EmailConflictError):
            await identity.identify.overview(a_session())
