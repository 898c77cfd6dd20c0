"""What every InviteAttempts promises, both the fake and the adapter."""

import pytest

from sigmasight.domain.access.invites import Invited
from tests.integration.contracts.conftest import Ports
from tests.support.builders.instants import DAY, MINUTE, NOON
from tests.support.builders.users import ANN, ANNS_ID, BOBS_ID, a_user, bob


@pytest.fixture
async def people(ports: Ports) -> Ports:
    """The ports with Ann and Bob stored, neither with a valid invite."""
    await ports.users.put(a_user())
    await ports.users.put(bob())
    await ports.commit()
    return ports


async def test_nobody_is_in_until_validated_and_then_stays(people: Ports) -> None:
    before = await people.attempts.lock(ANNS_ID)
    await people.attempts.mark_validated(ANNS_ID, "CODE", NOON)
    await people.attempts.mark_validated(ANNS_ID, "CODE", NOON)
    await people.commit()

    assert not before
    assert await people.attempts.lock(ANNS_ID)
    assert not await people.attempts.lock(BOBS_ID)
    ann = await people.users.with_account(ANN)
    assert ann == a_user(invite_validated=True)


async def test_failures_are_those_after_an_instant_oldest_first(people: Ports) -> None:
    for minute in (2, 0, 1, 1):
        await people.attempts.record_failure(
            ANNS_ID, NOON + minute * MINUTE, forget_before=NOON - DAY
        )
    await people.commit()

    assert await people.attempts.failures_since(ANNS_ID, NOON) == [
        NOON + MINUTE,
        NOON + MINUTE,
        NOON + 2 * MINUTE,
    ]
    assert await people.attempts.failures_since(ANNS_ID, NOON + 2 * MINUTE) == []
    assert len(await people.attempts.failures_since(ANNS_ID, NOON - DAY)) == 4


async def test_failures_are_each_users_own(people: Ports) -> None:
    await people.attempts.record_failure(ANNS_ID, NOON, forget_before=NOON - DAY)
    await people.commit()

    assert await people.attempts.failures_since(BOBS_ID, NOON - DAY) == []


async def test_a_users_failures_before_an_instant_are_deleted(
    people: Ports,
) -> None:
    for user in (ANNS_ID, BOBS_ID):
        for minute in (0, 1):
            await people.attempts.record_failure(
                user, NOON + minute * MINUTE, forget_before=NOON - DAY
            )

    await people.attempts.record_failure(ANNS_ID, NOON + 5 * MINUTE, forget_before=NOON + MINUTE)
    await people.commit()

    anns = await people.attempts.failures_since(ANNS_ID, NOON - DAY)
    assert anns == [NOON + MINUTE, NOON + 5 * MINUTE]
    assert len(await people.attempts.failures_since(BOBS_ID, NOON - DAY)) == 2


async def test_who_was_validated_is_listed_with_the_code_newest_first(people: Ports) -> None:
    await people.attempts.mark_validated(ANNS_ID, "Early-Bird", NOON)
    await people.attempts.mark_validated(BOBS_ID, None, NOON + DAY)
    await people.commit()
    anybody = await people.attempts.latest(None, 10)
    birds = await people.attempts.latest("early-bird", 10)

    assert anybody == [
        Invited(BOBS_ID, "bob@example.com", None, NOON + DAY),
        Invited(ANNS_ID, "ann@example.com", "Early-Bird", NOON),
    ]
    assert birds == anybody[1:]
    assert await people.attempts.latest(None, 1) == anybody[:1]


async def test_who_was_let_out_again_is_listed_no_more(people: Ports) -> None:
    await people.attempts.mark_validated(ANNS_ID, "CODE", NOON)
    await people.attempts.withdraw(ANNS_ID)
    await people.commit()

    assert not await people.attempts.lock(ANNS_ID)
    assert await people.attempts.latest(None, 10) == []
