"""What every Callers promises, both the fake and the adapter."""

import pytest

from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.domain.access.usage import MessageCounter
from sigmasight.domain.identity.sessions import SessionEndedError
from sigmasight.domain.identity.users import Overview, User
from sigmasight.domain.kernel import ClerkUserId
from tests.integration.contracts.conftest import Ports
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.portfolios import a_portfolio, terms
from tests.support.builders.users import ANN, ANNS_ID, BOB, BOBS_ID, a_user, bob


async def test_an_unknown_user_is_none(ports: Ports) -> None:
    await ports.users.put(a_user())
    await ports.commit()

    for stranger in (BOB, ClerkUserId(""), ClerkUserId("USER_ANN"), ClerkUserId("user_an%")):
        assert await ports.callers.find(stranger) is None
        assert await ports.callers.overview(stranger) is None


@pytest.mark.parametrize(
    "user",
    [
        a_user(),
        a_user(full_name=None, invite_validated=True, is_active=False, deleted_at=NOON),
        a_user(
            subscription=Subscription(Tier.PAID, NOON.replace(microsecond=123456)),
            messages=MessageCounter(7, NOON),
        ),
    ],
    ids=["newcomer", "deleted", "customer"],
)
async def test_a_stored_user_is_read_back_unchanged(ports: Ports, user: User) -> None:
    await ports.users.put(user)
    await ports.commit()

    assert await ports.callers.find(ANN) == user
    assert await ports.callers.overview(ANN) == Overview(user, 0, None)


async def test_changes_are_read_the_next_time(ports: Ports) -> None:
    await ports.users.put(a_user())
    await ports.commit()
    before = await ports.callers.find(ANN)
    await ports.users.put(a_user(is_active=False))
    await ports.commit()

    assert before == a_user()
    assert await ports.callers.find(ANN) == a_user(is_active=False)


@pytest.mark.parametrize("clerk_user_id", [ANN, None])
async def test_a_stored_user_is_found_by_id_too(
    ports: Ports, clerk_user_id: ClerkUserId | None
) -> None:
    ann = a_user(clerk_user_id=clerk_user_id, invite_validated=True)
    await ports.users.put(ann)
    await ports.users.put(bob())
    await ports.portfolios.put(owned := a_portfolio())
    await ports.commit()

    assert await ports.callers.find(ANNS_ID) == ann
    assert await ports.callers.overview(ANNS_ID) == Overview(ann, 1, owned.id)


async def test_an_unknown_id_is_none(ports: Ports) -> None:
    await ports.users.put(a_user(clerk_user_id=ClerkUserId(str(BOBS_ID))))
    await ports.commit()

    assert await ports.callers.find(BOBS_ID) is None
    assert await ports.callers.overview(BOBS_ID) is None
    assert await ports.callers.find(ClerkUserId(str(ANNS_ID))) is None


async def test_an_overview_counts_portfolios_and_names_the_oldest_active(ports: Ports) -> None:
    await ports.users.put(a_user())
    await ports.users.put(bob())
    owned = [
        a_portfolio(created_at=NOON - 4 * DAY, deleted_at=NOON),
        a_portfolio(created_at=NOON - 3 * DAY, terms=terms(account_name="1", is_active=False)),
        a_portfolio(created_at=NOON - DAY, terms=terms(account_name="2")),
        oldest := a_portfolio(created_at=NOON - 2 * DAY, terms=terms(account_name="3")),
        a_portfolio(user_id=BOBS_ID, created_at=NOON - 5 * DAY),
    ]
    for portfolio in owned:
        await ports.portfolios.put(portfolio)
    await ports.commit()

    assert await ports.callers.overview(ANN) == Overview(a_user(), 3, oldest.id)


async def test_an_overview_without_an_active_portfolio_names_none(ports: Ports) -> None:
    await ports.users.put(a_user())
    await ports.portfolios.put(a_portfolio(terms=terms(is_active=False)))
    await ports.commit()

    assert await ports.callers.overview(ANN) == Overview(a_user(), 1, None)


async def test_a_session_that_has_ended_is_refused_known_user_or_not(ports: Ports) -> None:
    await ports.users.put(a_user())
    await ports.ended_sessions.add("sess_1", until=NOON)
    await ports.commit()

    for who in (ANN, ANNS_ID, BOB):
        for ask in (ports.callers.find, ports.callers.overview):
            with pytest.raises(SessionEndedError):
                await ask(who, "sess_1")
    assert await ports.callers.find(ANN, "sess_2") == a_user()
    assert await ports.callers.find(ANN) == a_user()


async def test_ended_sessions_are_pruned_once_their_tokens_have_expired(ports: Ports) -> None:
    await ports.users.put(a_user())
    await ports.ended_sessions.add("sess_1", until=NOON)
    await ports.ended_sessions.add("sess_2", until=NOON + DAY)
    await ports.ended_sessions.add("sess_2", until=NOON)
    await ports.ended_sessions.prune(NOON + DAY)
    await ports.commit()

    assert await ports.callers.find(ANN, "sess_1") == a_user()
    with pytest.raises(SessionEndedError):
        await ports.callers.find(ANN, "sess_2")
