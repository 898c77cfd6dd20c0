"""GET /auth/me, to the letter of the contract."""

from datetime import timedelta

import pytest

from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.domain.access.usage import MessageCounter
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.portfolios import a_portfolio, terms
from tests.support.builders.users import ANN, ANNS_ID, a_user
from tests.support.providers.application import InMemoryApplication


async def test_a_new_user_gets_their_profile_and_limits(
    api: InMemoryApplication,
) -> None:
    api.with_users()

    answer = await api("GET", "/auth/me")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == {
        "id": str(api.store.user_of(ANN).id),  # type: ignore[union-attr]
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
        "impersonator": None,
    }


async def test_a_paying_user_gets_their_tier_usage_and_portfolios(
    api: InMemoryApplication,
) -> None:
    used = MessageCounter(1200, NOON - DAY)
    api.with_users(a_user(subscription=Subscription(Tier.PAID, NOON + DAY), messages=used))
    inactive = a_portfolio(terms=terms(is_active=False), created_at=NOON - 3 * DAY)
    oldest, younger = a_portfolio(created_at=NOON - 2 * DAY), a_portfolio(created_at=NOON - DAY)
    deleted = a_portfolio(created_at=NOON - 4 * DAY, deleted_at=NOON)
    for portfolio in (younger, deleted, oldest, inactive):
        api.store.portfolios[ANNS_ID, portfolio.id] = portfolio

    me = (await api("GET", "/auth/me")).json()

    assert me["portfolio_id"] == str(oldest.id)
    assert me["portfolio_count"] == 3
    assert (me["tier"], me["tier_expires_at"]) == ("paid", "2026-01-16T12:00:00Z")
    assert me["portfolio_limit"] == me["limits"]["max_portfolios"] == 10
    assert me["ai_messages_limit"] == me["limits"]["max_ai_messages"] == 1000
    assert me["ai_messages_used"] == me["limits"]["ai_messages_used"] == 1200
    assert me["limits"]["ai_messages_remaining"] == 0
    assert me["ai_messages_reset_at"] == "2026-01-14T12:00:00Z"


async def test_a_tier_that_has_lapsed_reads_as_free(api: InMemoryApplication) -> None:
    api.with_users(a_user(subscription=Subscription(Tier.PAID, NOON)))

    me = (await api("GET", "/auth/me")).json()

    assert (me["tier"], me["tier_expires_at"], me["portfolio_limit"]) == ("free", None, 2)


async def test_a_counter_of_last_month_reads_as_0_used(api: InMemoryApplication) -> None:
    api.with_users(a_user(messages=MessageCounter(100, NOON)))
    api.clock.set(NOON + timedelta(seconds=30) + 0 * DAY)
    this_month = (await api("GET", "/auth/me")).json()
    api.with_users(a_user(messages=MessageCounter(100, NOON - 30 * DAY)))
    next_month = (await api("GET", "/auth/me")).json()

    assert this_month["limits"]["ai_messages_remaining"] == 0
    assert next_month["ai_messages_used"] == next_month["limits"]["ai_messages_used"] == 0
    assert next_month["limits"]["ai_messages_remaining"] == 100


async def test_null_limits_mean_unlimited() -> None:
    unlimited = {"free": {"max_portfolios": None, "max_ai_messages": None}}
    api = InMemoryApplication(tier_limits=unlimited).with_users(
        a_user(messages=MessageCounter(5, NOON))
    )

    me = (await api("GET", "/auth/me")).json()

    assert me["portfolio_limit"] is me["ai_messages_limit"] is None
    assert me["limits"] == {
        "max_portfolios": None,
        "max_ai_messages": None,
        "ai_messages_used": 5,
        "ai_messages_remaining": None,
        "ai_messages_reset_at": "2026-02-01T00:00:00Z",
    }


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_me_is_only_read(api: InMemoryApplication, method: str) -> None:
    answer = await api(method, "/auth/me")

    assert answer.status_code == 405
    assert answer.json()["error"] == "method_not_allowed"
