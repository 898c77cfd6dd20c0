"""Accounts that wait for one another's addresses."""

from typing import Final
from uuid import UUID

import pytest

from sigmasight.domain.identity.users import User
from sigmasight.domain.kernel import ClerkUserId, UserId
from tests.support.builders.clerk_events import user_updated
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.users import ANN, BOB, BOBS_ID, a_clerk_account, a_profile, a_user, bob
from tests.support.providers.identity_services import IdentityServices

CID: Final = ClerkUserId("user_cid")


def cid(**changes: object) -> User:
    about = {"id": UserId(UUID(int=3)), "clerk_user_id": CID, "email": "cid@example.com"}
    return a_user(**{**about, **changes})


def services(**wishes: str) -> IdentityServices:
    """Return Ann, Bob and Cid, and the addresses that their accounts have at Clerk."""
    identity = IdentityServices(a_user(), bob(), cid())
    for name, email in wishes.items():
        account = ClerkUserId(f"user_{name}")
        identity.store.accounts[account] = a_clerk_account(account, a_profile(email=email))
    return identity


def addresses(identity: IdentityServices) -> list[str]:
    return [identity.row(account).email for account in (ANN, BOB, CID)]


def moves(account: ClerkUserId, email: str) -> bytes:
    return user_updated(account, email=email, at=NOON + DAY)


async def test_two_exchange_their_addresses_in_any_case() -> None:
    identity = services(bob="Ann@Example.com")

    await identity.deliver(moves(ANN, "BOB@example.com"))

    assert addresses(identity) == ["BOB@example.com", "Ann@Example.com", "cid@example.com"]


async def test_three_in_a_ring_all_move_on_once_the_last_step_has_come() -> None:
    identity = services(bob="cid@example.com", ann="bob@example.com")

    await identity.deliver(moves(CID, "ann@example.com"))

    assert addresses(identity) == ["bob@example.com", "cid@example.com", "ann@example.com"]


async def test_no_two_users_have_one_address_at_any_moment_of_an_exchange() -> None:
    identity = services(bob="cid@example.com", ann="bob@example.com")
    users = identity.provision.sync_user.users
    put, seen = users.put, []

    async def watched(user: User) -> None:
        await put(user)
        seen.append([each.email for each in identity.store.users.values()])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(users, "put", watched)
        await identity.deliver(moves(CID, "ann@example.com"))

    assert all(len(set(emails)) == len(emails) for emails in seen)
    assert f"{UUID(int=3)}@moving.invalid" in seen[0]


@pytest.mark.parametrize(
    "wishes",
    [
        {},
        {"bob": "BOB@example.com"},
        {"bob": "free@example.com"},
        {"bob": "cid@example.com"},
        {"bob": "cid@example.com", "cid": "bob@example.com"},
    ],
    ids=["unknown", "their own", "a free one", "that of one who stays", "a ring without them"],
)
async def test_nobody_moves_where_there_is_no_ring(wishes: dict[str, str]) -> None:
    identity = services(**wishes)

    await identity.deliver(moves(ANN, "bob@example.com"))

    assert addresses(identity) == ["ann@example.com", "bob@example.com", "cid@example.com"]


async def test_nobody_moves_where_the_holder_has_no_account() -> None:
    identity = IdentityServices(a_user(), bob(clerk_user_id=None))

    await identity.deliver(moves(ANN, "bob@example.com"))

    assert identity.row().email == "ann@example.com"
    assert identity.store.users[BOBS_ID] == bob(clerk_user_id=None)
