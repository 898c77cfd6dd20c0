"""Operators' use cases on single users."""

from typing import Final
from uuid import UUID

import pytest

from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.domain.audit import AuditAction
from sigmasight.domain.identity.activation import ChangeActivity, UserDeletedError
from sigmasight.domain.identity.administration import (
    FindUsers,
    UserNotFoundError,
)
from sigmasight.domain.identity.links import LinkRefusedError, UnlinkUser
from sigmasight.domain.identity.sessions import IdentityProviderUnavailableError
from sigmasight.domain.identity.users import AccountInactiveError, EmailConflictError, User
from sigmasight.domain.kernel import ClerkUserId, UserId
from tests.support.builders.billing import an_item
from tests.support.builders.clerk_events import subscribed, user_created, user_deleted, user_updated
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.users import (
    ANN,
    ANNS_ID,
    BOB,
    BOBS_ID,
    a_profile,
    a_session,
    a_user,
    a_user_from_before_clerk,
    bob,
)
from tests.support.fakes.administration import InMemoryUserDirectory
from tests.support.fakes.billing import InMemorySubscriptions
from tests.support.fakes.identity_provider import FakeIdentityProvider
from tests.support.providers.identity_services import IdentityServices

NOBODYS_ID: Final = UserId(UUID(int=99))


def find_users(identity: IdentityServices) -> FindUsers:
    store = identity.store
    return FindUsers(
        InMemoryUserDirectory(store), InMemorySubscriptions(store), identity.transaction
    )


def change_activity(identity: IdentityServices) -> ChangeActivity:
    sync_user = identity.provision.sync_user
    return ChangeActivity(sync_user.users, sync_user.audit, identity.transaction)


def unlink(identity: IdentityServices) -> UnlinkUser:
    sync_user = identity.provision.sync_user
    return UnlinkUser(sync_user.users, sync_user.keys, sync_user.audit, identity.transaction)


class TestLookingUp:
    @pytest.mark.parametrize("reference", [str(ANNS_ID), ANN, "ANN@example.com"])
    async def test_finds_one_by_any_identifier(self, reference: str) -> None:
        assert await find_users(IdentityServices(a_user(), bob())).one(reference) == a_user()

    async def test_of_nobody_lists_the_identifiers(self) -> None:
        with pytest.raises(UserNotFoundError, match="no user cid: give a user id, an account id"):
            await find_users(IdentityServices(a_user())).one("cid")

    async def test_pages_through_all(self) -> None:
        people = find_users(IdentityServices(bob(), a_user()))

        assert await people.page(None, 1) == [a_user()]
        assert await people.page(ANNS_ID, 1) == [bob()]

    async def test_finds_those_without_an_account(self) -> None:
        people = find_users(IdentityServices(a_user_from_before_clerk(), bob()))

        assert await people.page(None, 10, unlinked=True) == [a_user_from_before_clerk()]

    async def test_shows_what_a_user_pays_for(self) -> None:
        identity = IdentityServices(a_user())
        identity.store.items[ANN, "item_1"] = an_item()

        assert await find_users(identity).items(a_user()) == [an_item()]
        assert await find_users(identity).items(a_user_from_before_clerk()) == []


class TestLinking:
    async def test_links_a_user_to_an_account_whatever_their_addresses(self) -> None:
        identity = IdentityServices(a_user_from_before_clerk(email="old@example.com"))
        await identity.deliver(user_created(email="ann@example.org"))
        identity.store.users = {ANNS_ID: a_user_from_before_clerk(email="old@example.com")}

        user = await identity.link(ANNS_ID, ANN)

        assert user == a_user(email="ann@example.org")
        assert identity.store.users == {ANNS_ID: user}

    async def test_applies_clerks_current_data(self) -> None:
        identity = IdentityServices(
            a_user_from_before_clerk(email="old@example.com"), directory=FakeIdentityProvider()
        )
        identity.directory.profiles[ANN] = a_profile(email="ann@example.org", email_verified=False)

        user = await identity.link(ANNS_ID, ANN)

        assert (user.email, user.full_name) == ("ann@example.org", "Ann Example")
        known = identity.store.accounts[ANN]
        assert known.address == identity.directory.profiles[ANN].address

    async def test_applies_the_earlier_subscription_of_the_account(self) -> None:
        identity = IdentityServices(a_user_from_before_clerk())
        await identity.deliver(subscribed())

        user = await identity.link(ANNS_ID, ANN)

        assert user.subscription == Subscription(Tier.PAID)
        assert identity.row() == user

    async def test_leaves_an_address_to_its_owner(self) -> None:
        identity = IdentityServices(
            a_user_from_before_clerk(), bob(), directory=FakeIdentityProvider()
        )
        identity.directory.profiles[ANN] = a_profile(email="bob@example.com")

        user = await identity.link(ANNS_ID, ANN)

        assert user.email == "ann@example.com"
        assert identity.row(BOB) == bob()

    async def test_again_is_fine(self) -> None:
        identity = IdentityServices(a_user_from_before_clerk())
        first = await identity.link(ANNS_ID, ANN)

        assert await identity.link(ANNS_ID, ANN) == first

    async def test_lets_a_password_user_sign_in_with_clerk(self) -> None:
        identity = IdentityServices(a_user_from_before_clerk())
        await identity.link(ANNS_ID, ANN)

        user = await identity.identify(a_session(email="new@example.com"))

        assert user.id == ANNS_ID

    async def test_leaves_a_deactivated_user_deactivated(self) -> None:
        identity = IdentityServices(a_user_from_before_clerk(is_active=False))

        assert not (await identity.link(ANNS_ID, ANN)).is_active


class TestLinkingIsRefused:
    @pytest.mark.parametrize(
        ("users", "why"),
        [
            ([a_user_from_before_clerk(), bob(clerk_user_id=ANN)], "belongs to user"),
            ([a_user(clerk_user_id=BOB)], "linked to user_bob already"),
            ([a_user_from_before_clerk(deleted_at=NOON)], "is deleted"),
            ([a_user(deleted_at=NOON)], "is deleted"),
        ],
        ids=["the account has another user", "linked elsewhere", "deleted", "linked, deleted"],
    )
    async def test_by_what_the_user_is(self, users: list[User], why: str) -> None:
        identity = IdentityServices(*users)
        before = identity.store.copy()

        with pytest.raises(LinkRefusedError, match=why):
            await identity.link(ANNS_ID, ANN)

        assert identity.store == before

    async def test_for_an_account_clerk_has_deleted(self) -> None:
        identity = IdentityServices(a_user_from_before_clerk())
        await identity.deliver(user_deleted())

        with pytest.raises(LinkRefusedError, match="is deleted"):
            await identity.link(ANNS_ID, ANN)

        assert identity.store.users == {ANNS_ID: a_user_from_before_clerk()}

    async def test_for_an_account_clerk_does_not_know(self) -> None:
        identity = IdentityServices(a_user_from_before_clerk(), directory=FakeIdentityProvider())

        with pytest.raises(LinkRefusedError, match="The identity provider has no account user_ann"):
            await identity.link(ANNS_ID, ANN)

        assert identity.store.users == {ANNS_ID: a_user_from_before_clerk()}

    async def test_while_clerk_does_not_answer(self) -> None:
        identity = IdentityServices(a_user_from_before_clerk(), directory=FakeIdentityProvider())
        identity.directory.is_down = True

        with pytest.raises(IdentityProviderUnavailableError):
            await identity.link(ANNS_ID, ANN)

    @pytest.mark.parametrize(
        "account", ["", "user_", "ann@example.com", "user_a b", "user_\0", "user_" + "x" * 251]
    )
    async def test_for_an_invalid_clerk_id_without_a_request(self, account: str) -> None:
        identity = IdentityServices(a_user_from_before_clerk(), directory=FakeIdentityProvider())

        with pytest.raises(LinkRefusedError, match="is not an account id"):
            await identity.link(ANNS_ID, ClerkUserId(account))

        assert identity.directory.asked_for == []

    async def test_for_nobody(self) -> None:
        identity = IdentityServices(a_user())

        with pytest.raises(UserNotFoundError):
            await identity.link(NOBODYS_ID, BOB)

        assert identity.store.accounts == {}


class TestDeactivating:
    async def test_deactivates_a_user_and_leaves_the_rest(self) -> None:
        identity = IdentityServices(a_user(), bob())

        user = await change_activity(identity)(ANNS_ID, is_active=False)

        assert user == a_user(is_active=False)
        assert identity.store.users == {ANNS_ID: user, BOBS_ID: bob()}
        with pytest.raises(AccountInactiveError):
            await identity.identify(a_session())

    async def test_is_not_undone_by_later_events(self) -> None:
        identity = IdentityServices(a_user())
        await change_activity(identity)(ANNS_ID, is_active=False)

        await identity.deliver(user_updated(at=NOON + DAY, first_name="Anna"), subscribed())

        assert identity.row().full_name == "Anna Example"
        assert not identity.row().is_active

    async def test_again_is_fine(self) -> None:
        identity = IdentityServices(a_user())
        first = await change_activity(identity)(ANNS_ID, is_active=False)

        assert await change_activity(identity)(ANNS_ID, is_active=False) == first

    async def test_of_nobody_is_refused(self) -> None:
        with pytest.raises(UserNotFoundError):
            await change_activity(IdentityServices(a_user()))(NOBODYS_ID, is_active=False)


class TestActivating:
    async def test_lets_a_deactivated_user_back_in(self) -> None:
        identity = IdentityServices(a_user(is_active=False))

        await change_activity(identity)(ANNS_ID, is_active=True)

        assert await identity.identify(a_session()) == a_user()

    async def test_cannot_bring_a_deleted_user_back(self) -> None:
        deleted = a_user(is_active=False, deleted_at=NOON)
        identity = IdentityServices(deleted)

        with pytest.raises(UserDeletedError):
            await change_activity(identity)(ANNS_ID, is_active=True)

        assert identity.row() == deleted

    async def test_is_recorded_once_and_only_where_it_changes_something(self) -> None:
        identity = IdentityServices(a_user())

        for is_active in (True, False, False, True):
            await change_activity(identity)(ANNS_ID, is_active=is_active)

        actions = [entry.action for entry in identity.store.audit.values()]
        assert actions == [AuditAction.USER_DEACTIVATED, AuditAction.USER_ACTIVATED]


class TestUnlinking:
    async def test_keeps_the_users_data_and_gives_the_account_a_user_of_its_own(self) -> None:
        paying = a_user(subscription=Subscription(Tier.PAID), invite_validated=True)
        identity = IdentityServices(paying)

        unlinked = await unlink(identity)(ANNS_ID)
        await identity.identify(a_session(email_verified=True))

        assert (unlinked.id, unlinked.clerk_user_id) == (ANNS_ID, None)
        assert unlinked.email.endswith("@unlinked.invalid")
        assert (unlinked.subscription, unlinked.invite_validated) == (Subscription(), True)
        assert identity.row().id != ANNS_ID
        assert identity.row().email == "ann@example.com"

    async def test_may_give_the_user_their_former_address_back(self) -> None:
        identity = IdentityServices(a_user(), bob())

        with pytest.raises(EmailConflictError):
            await unlink(identity)(ANNS_ID, email="Bob@example.com")
        unlinked = await unlink(identity)(ANNS_ID, email="old@example.com")

        assert unlinked.email == "old@example.com"

    @pytest.mark.parametrize("user", [a_user_from_before_clerk(), a_user(deleted_at=NOON)])
    async def test_needs_a_link(self, user: User) -> None:
        identity = IdentityServices(user)

        with pytest.raises(LinkRefusedError):
            await unlink(identity)(user.id)
