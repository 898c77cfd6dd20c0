"""The text of keys, their expiry and scope, and when they were used."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigmasight.domain.identity.api_keys import (
    MARK,
    USE_INTERVAL,
    ApiKeyExpiredError,
    ApiKeyId,
    ApiKeyInvalidError,
    ApiKeyReadOnlyError,
    KeyScope,
    RecentKeyUses,
    new_key_text,
    read_key_text,
)
from sigmasight.domain.identity.links import UnlinkUser
from sigmasight.domain.kernel import UserId
from tests.support.builders.api_keys import a_key
from tests.support.builders.clerk_events import user_deleted, user_updated
from tests.support.builders.instants import NOON
from tests.support.builders.users import ANNS_ID, BOBS_ID, a_user, bob
from tests.support.providers.identity_services import IdentityServices

TEXT = new_key_text(ANNS_ID)
SECOND = timedelta(seconds=1)


@given(st.uuids())
def test_a_key_refers_to_its_user_and_no_two_are_the_same(user: UUID) -> None:
    one, other = new_key_text(UserId(user)), new_key_text(UserId(user))
    read = read_key_text(one)

    assert read.user_id == user
    assert one.startswith(read.prefix)
    assert read.prefix.startswith(MARK)
    assert len(read.digest) == 32
    assert one != other
    assert read.digest != read_key_text(other).digest


@given(st.integers(0, len(TEXT) - 1), st.characters())
def test_a_key_with_another_character_is_none(place: int, character: str) -> None:
    changed = TEXT[:place] + character + TEXT[place + 1 :]
    if changed == TEXT:
        return
    try:
        read = read_key_text(changed)
    except ApiKeyInvalidError:
        return
    assert read.digest != read_key_text(TEXT).digest  # the spare bits of the last character


@given(st.text(max_size=100))
def test_anything_else_is_none(text: str) -> None:
    for each in (text, MARK + text, TEXT + text[:1] if text else TEXT[:-1]):
        with pytest.raises(ApiKeyInvalidError):
            read_key_text(each)


def test_a_key_is_valid_until_it_expires() -> None:
    a_key(TEXT).require_valid(NOON)
    expiring = a_key(TEXT, expires_at=NOON)

    expiring.require_valid(NOON - SECOND)
    for late in (NOON, NOON + SECOND):
        with pytest.raises(ApiKeyExpiredError):
            expiring.require_valid(late)


def test_a_key_that_reads_does_not_write() -> None:
    for scope in KeyScope:
        a_key(TEXT, scope=scope).require(KeyScope.READ)
    a_key(TEXT, scope=KeyScope.WRITE).require(KeyScope.WRITE)

    with pytest.raises(ApiKeyReadOnlyError):
        a_key(TEXT).require(KeyScope.WRITE)


class TestRecentUses:
    def test_the_last_of_several_uses_is_taken_once(self) -> None:
        uses, key = RecentKeyUses(), a_key(TEXT)
        uses.record(key, NOON)
        uses.record(key, NOON + SECOND)

        assert uses.take() == {(key.user_id, key.id): NOON + SECOND}
        assert uses.take() == {}

    def test_uses_within_a_minute_of_a_stored_one_do_not_count(self) -> None:
        uses, key = RecentKeyUses(), a_key(TEXT, last_used_at=NOON)
        uses.record(key, NOON + USE_INTERVAL - SECOND)
        early = uses.take()
        uses.record(key, NOON + USE_INTERVAL)

        assert early == {}
        assert uses.take() == {(key.user_id, key.id): NOON + USE_INTERVAL}

    def test_restored_uses_do_not_replace_later_ones(self) -> None:
        uses, key = RecentKeyUses(), a_key(TEXT)
        other = a_key(TEXT, id=ApiKeyId(UUID(int=78)))
        uses.record(key, NOON)
        uses.record(other, NOON)
        failed = uses.take()
        uses.record(key, NOON + SECOND)
        uses.restore(failed)

        assert uses.take() == {
            (key.user_id, key.id): NOON + SECOND,
            (other.user_id, other.id): NOON,
        }


class TestWithTheAccount:
    @pytest.mark.parametrize("event", ["deleted", "unlinked"])
    async def test_keys_die(self, event: str) -> None:
        identity = IdentityServices(a_user(), bob())
        anns, bobs = a_key(TEXT), a_key(new_key_text(BOBS_ID), user_id=BOBS_ID)
        identity.store.api_keys = {(key.user_id, key.id): key for key in (anns, bobs)}

        if event == "deleted":
            await identity.deliver(user_deleted())
        else:
            sync_user = identity.provision.sync_user
            unlink = UnlinkUser(
                sync_user.users, sync_user.keys, sync_user.audit, identity.transaction
            )
            await unlink(ANNS_ID)

        assert list(identity.store.api_keys.values()) == [bobs]

    async def test_they_stay_while_somebody_is_banned(self) -> None:
        identity = IdentityServices(a_user())
        key = a_key(TEXT)
        identity.store.api_keys = {(key.user_id, key.id): key}

        await identity.deliver(user_updated(banned=True))

        assert list(identity.store.api_keys.values()) == [key]
