"""GET /auth/me, to the letter of the contract."""

from datetime import timedelta

import pytest

from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.domain.access.usage import MessageCounter
from tests.http.world import World
from tests.unit.examples import ANN, ANNS_ID, DAY, NOON, a_portfolio, a_user, terms


async def test_a_newcomer_is_told_who_they_are_and_what_they_may_have(world: World) -> None:
    world.with_users()

    answer = await world("GET", "/auth/me")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == {
        "id": str(world.memory.user_of(ANN).id),  # type: ignore[union-attr]
        "email": "user_ann@example.com",
        "full_name": None,
        "clerk_user_id": "user_ann",
        "is_active": True,
        "created_at": "2026-01-15T12:00:00Z",
        "tier": "free",
        "tier_expires_at": None,
        "invite_validated": False,
        "portfolio_id": None,
        "portfolio_count": 0,
        "limits": {
            "max_portfolios": 2,
            "max_ai_messages": 100,
            "ai_messages_used": 0,
            "ai_messages_remaining": 100,
            "ai_messages_reset_at": "2026-02-01T00:00:00Z",
        },
        "portfolio_limit": 2,
        "ai_messages_used": 0,
        "ai_messages_limit": 100,
        "ai_messages_reset_at": "2026-01-15T12:00:00Z",
    }


async def test_a_customer_is_told_of_their_tier_use_and_portfolios(world: World) -> None:
    used = MessageCounter(1200, NOON - DAY)
    world.with_users(a_user(subscription=Subscription(Tier.PAID, NOON + DAY), messages=used))
    inactive = a_portfolio(terms=terms(is_active=False), created_at=NOON - 3 * DAY)
    oldest, younger = a_portfolio(created_at=NOON - 2 * DAY), a_portfolio(created_at=NOON - DAY)
    deleted = a_portfolio(created_at=NOON - 4 * DAY, deleted_at=NOON)
    for portfolio in (younger, deleted, oldest, inactive):
        world.memory.portfolios[ANNS_ID, portfolio.id] = portfolio

    me = (await world("GET", "/auth/me")).json()

    assert me["portfolio_id"] == str(oldest.id)
    assert me["portfolio_count"] == 3
    assert (me["tier"], me["tier_expires_at"]) == ("paid", "2026-01-16T12:00:00Z")
    assert me["portfolio_limit"] == me["limits"]["max_portfolios"] == 10
    assert me["ai_messages_limit"] == me["limits"]["max_ai_messages"] == 1000
    assert me["ai_messages_used"] == me["limits"]["ai_messages_used"] == 1200
    assert me["limits"]["ai_messages_remaining"] == 0
    assert me["ai_messages_reset_at"] == "2026-01-14T12:00:00Z"


async def test_a_tier_that_has_lapsed_reads_as_free(world: World) -> None:
    world.with_users(a_user(subscription=Subscription(Tier.PAID, NOON)))

    me = (await world("GET", "/auth/me")).json()

    assert (me["tier"], me["tier_expires_at"], me["portfolio_limit"]) == ("free", None, 2)


async def test_a_counter_of_last_month_reads_as_0_used(world: World) -> None:
    world.with_users(a_user(messages=MessageCounter(100, NOON)))
    world.clock.set(NOON + timedelta(seconds=30) + 0 * DAY)
    this_month = (await world("GET", "/auth/me")).json()
    world.with_users(a_user(messages=MessageCounter(100, NOON - 30 * DAY)))
    next_month = (await world("GET", "/auth/me")).json()

    assert this_month["limits"]["ai_messages_remaining"] == 0
    assert next_month["ai_messages_used"] == next_month["limits"]["ai_messages_used"] == 0
    assert next_month["limits"]["ai_messages_remaining"] == 100


async def test_null_limits_mean_unlimited() -> None:
    unlimited = {"free": {"max_portfolios": None, "max_ai_messages": None}}
    world = World(tier_limits=unlimited).with_users(a_user(messages=MessageCounter(5, NOON)))

    me = (await world("GET", "/auth/me")).json()

    assert me["portfolio_limit"] is me["ai_messages_limit"] is None
    assert me["limits"] == {
        "max_portfolios": None,
        "max_ai_messages": None,
        "ai_messages_used": 5,
        "ai_messages_remaining": None,
        "ai_messages_reset_at": "2026-02-01T00:00:00Z",
    }


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_me_is_only_read(world: World, method: str) -> None:
    answer = await world(method, "/auth/me")

    assert answer.status_code == 405
    assert answer.json()["error"] == "method_not_allowed"
