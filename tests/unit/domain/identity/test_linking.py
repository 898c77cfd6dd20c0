"""Rows from before Clerk, addresses that are taken, and addresses that become free."""

import pytest

from sigmasight.domain.identity.users import AccountInactiveError, EmailConflictError
from tests.support.builders.clerk_events import an_address, user_created, user_deleted, user_updated
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.portfolios import a_portfolio
from tests.support.builders.users import (
    ANN,
    ANNS_ID,
    BOB,
    a_profile,
    a_session,
    a_user,
    a_user_from_before_clerk,
)
from tests.support.fakes.identity_provider import FakeIdentityProvider
from tests.support.providers.identity_services import IdentityServices


class TestARowFromBeforeClerk:
    async def test_is_linked_by_a_verified_claim(self) -> None:
        identity = IdentityServices(a_user_from_before_clerk(invite_validated=True))

        user = await identity.provision(a_session(email_verified=True))

        assert user == a_user_from_before_clerk(clerk_user_id=ANN, invite_validated=True)

    async def test_is_linked_by_a_verified_webhook(self) -> None:
        identity = IdentityServices(a_user_from_before_clerk())

        await identity.deliver(user_created(verified=True))

        assert identity.row().id == ANNS_ID

    async def test_is_linked_by_a_verified_address_of_the_backend_api(self) -> None:
        identity = IdentityServices(a_user_from_before_clerk(), directory=FakeIdentityProvider())
        identity.directory.profiles[ANN] = a_profile(email_verified=True)

        user = await identity.provision(a_session(email_verified=False))

        assert user.id == ANNS_ID

    async def test_is_linked_whatever_the_case_of_the_address(self) -> None:
        identity = IdentityServices(a_user_from_before_clerk(email="Ann@Example.COM"))

        user = await identity.provision(a_session(email_verified=True))

        assert user.id == ANNS_ID

    async def test_is_linked_once_a_later_event_is_verified(self) -> None:
        identity = IdentityServices(a_user_from_before_clerk())

        await identity.deliver(user_created(verified=False), user_updated(at=NOON + DAY))

        assert identity.row().id == ANNS_ID

    async def test_is_linked_by_a_verified_claim_after_an_unverified_event(self) -> None:
        identity = IdentityServices(a_user_from_before_clerk())
        await identity.deliver(user_created(verified=False))

        user = await identity.provision(a_session(email_verified=True))

        assert user.id == ANNS_ID

    async def test_is_not_linked_by_an_unverified_claim_and_nothing_is_overwritten(self) -> None:
        identity = IdentityServices(a_user_from_before_clerk())

        with pytest.raises(EmailConflictError):
            await identity.provision(a_session(email_verified=False))

        assert identity.store.users == {ANNS_ID: a_user_from_before_clerk()}

    @pytest.mark.parametrize("verified", [False, None])
    async def test_is_not_linked_by_an_unverified_webhook(self, verified: bool | None) -> None:  # noqa: FBT001
        identity = IdentityServices(a_user_from_before_clerk())

        await identity.deliver(user_created(verified=verified))

        assert identity.store.users == {ANNS_ID: a_user_from_before_clerk()}

    async def test_is_not_linked_by_an_unverified_address_of_the_backend_api(self) -> None:
        identity = IdentityServices(a_user_from_before_clerk(), directory=FakeIdentityProvider())
        identity.directory.profiles[ANN] = a_profile(email_verified=False)

        with pytest.raises(EmailConflictError):
            await identity.provision(a_session(email_verified=False))

        assert identity.store.users == {ANNS_ID: a_user_from_before_clerk()}

    async def test_is_not_linked_by_a_verified_address_that_is_not_the_primary_one(self) -> None:
        identity = IdentityServices(a_user_from_before_clerk())
        addresses = [
            an_address("ann@example.com", identity="idn_1"),
            an_address("ann@example.org", identity="idn_2"),
        ]

        await identity.deliver(
            user_created(email_addresses=addresses, primary_email_address_id="idn_2")
        )

        assert identity.row().id != ANNS_ID
        assert identity.row().email == "ann@example.org"
        assert identity.store.users[ANNS_ID] == a_user_from_before_clerk()

    async def test_that_was_deactivated_stays_so_when_linked(self) -> None:
        identity = IdentityServices(a_user_from_before_clerk(is_active=False))

        with pytest.raises(AccountInactiveError):
            await identity.identify(a_session(email_verified=True))

        assert identity.row() == a_user_from_before_clerk(clerk_user_id=ANN, is_active=False)

    async def test_keeps_its_name_where_clerk_has_none(self) -> None:
        identity = IdentityServices(a_user_from_before_clerk())

        await identity.deliver(user_created(first_name=None, last_name=None))

        assert identity.row().full_name == "Ann Before"


class TestAnAddressOfAnotherClerkUser:
    async def test_is_refused_even_when_verified_and_nothing_is_overwritten(self) -> None:
        identity = IdentityServices(a_user(), directory=FakeIdentityProvider())
        identity.directory.profiles[BOB] = a_profile()

        with pytest.raises(EmailConflictError):
            await identity.provision(a_session(clerk_user_id=BOB, email_verified=True))

        assert identity.store.users == {ANNS_ID: a_user()}

    async def test_is_refused_whatever_its_case(self) -> None:
        identity = IdentityServices(a_user())

        with pytest.raises(EmailConflictError):
            await identity.provision(a_session(clerk_user_id=BOB, email="ANN@example.com"))

    async def test_is_not_claimed_by_an_event_either(self) -> None:
        identity = IdentityServices(a_user())

        await identity.deliver(user_created(BOB))

        assert identity.store.users == {ANNS_ID: a_user()}

    async def test_is_not_claimed_by_changing_to_it(self) -> None:
        identity = IdentityServices(a_user())
        await identity.deliver(user_created(BOB, email="bob@example.com"))

        await identity.deliver(user_updated(BOB, email="ann@example.com", at=NOON + DAY))

        assert identity.row(BOB).email == "bob@example.com"
        assert identity.row(ANN) == a_user()

    async def test_does_not_prevent_signing_in_with_an_address_of_the_backend_api(self) -> None:
        identity = IdentityServices(a_user(), directory=FakeIdentityProvider())
        identity.directory.profiles[BOB] = a_profile(email="bob@example.com")

        user = await identity.provision(a_session(clerk_user_id=BOB))

        assert user.email == "bob@example.com"


class TestAFreedAddress:
    async def test_of_a_deleted_account_creates_a_new_row_without_the_old_data(
        self,
    ) -> None:
        identity = IdentityServices(a_user(invite_validated=True))
        anns = a_portfolio()
        identity.store.portfolios[ANNS_ID, anns.id] = anns
        await identity.deliver(user_deleted())

        user = await identity.provision(a_session(clerk_user_id=BOB, email_verified=True))
        overview = await identity.identify.overview(a_session(clerk_user_id=BOB))

        assert user.id != ANNS_ID
        assert not user.invite_validated
        assert overview.portfolio_count == 0
        assert identity.store.portfolios == {(ANNS_ID, anns.id): anns}

    async def test_of_a_deleted_account_goes_to_the_one_that_was_waiting_for_it(self) -> None:
        identity = IdentityServices(a_user())
        await identity.deliver(user_created(BOB, at=NOON))

        await identity.deliver(user_deleted(ANN, at=NOON + DAY))

        assert identity.row(BOB).email == "ann@example.com"
        assert identity.row(BOB).is_active

    async def test_of_an_account_that_changed_its_own_goes_to_the_one_that_was_waiting(
        self,
    ) -> None:
        identity = IdentityServices(a_user())
        await identity.deliver(user_created(BOB, email="bob@example.com"))
        await identity.deliver(user_updated(BOB, email="ann@example.com", at=NOON + DAY))

        await identity.deliver(user_updated(ANN, email="ann@example.org", at=NOON + DAY))

        assert identity.row(ANN).email == "ann@example.org"
        assert identity.row(BOB).email == "ann@example.com"

    async def test_that_two_wait_for_goes_to_the_first(self) -> None:
        identity = IdentityServices(a_user())
        cid = type(BOB)("user_cid")
        await identity.deliver(user_created(cid, at=NOON + DAY), user_created(BOB, at=NOON))

        await identity.deliver(user_deleted(ANN, at=NOON + 2 * DAY))

        assert identity.has_row(BOB)
        assert not identity.has_row(cid)
