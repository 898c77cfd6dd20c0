"""GET /usage and GET /usage/history: what is used and what is left, in the contract's words."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from sigmasight.domain.access.tiers import Subscription, Tier
from sigmasight.domain.access.usage import MessageCounter
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.portfolios import a_portfolio
from tests.support.builders.users import a_user
from tests.support.providers.application import InMemoryApplication

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)


async def usage(api: InMemoryApplication) -> Any:
    answer = await api("GET", "/usage")
    assert answer.status_code == 200
    return answer.json()


def with_messages(api: InMemoryApplication, used: int, **changes: Any) -> InMemoryApplication:
    counter = MessageCounter(used, NOON - DAY, changes.pop("granted", 0))
    return api.with_users(a_user(messages=counter, **changes))


async def test_usage_has_tier_period_messages_and_portfolios(api: InMemoryApplication) -> None:
    with_messages(api, 7)
    portfolio = a_portfolio(id=uuid4())
    api.store.portfolios[portfolio.user_id, portfolio.id] = portfolio

    assert await usage(api) == {
        "tier": "free",
        "period_start": "2026-01-01T00:00:00Z",
        "period_end": "2026-02-01T00:00:00Z",
        "ai_messages": {"limit": 100, "used": 7, "remaining": 93},
        "portfolios": {"limit": 2, "used": 1, "remaining": 1},
    }


async def test_headers_have_what_is_left_and_the_reset(api: InMemoryApplication) -> None:
    with_messages(api, 7)

    answer = await api("GET", "/usage")

    assert answer.headers["RateLimit-Policy"] == '"ai-messages";q=100;w=2678400'
    left = int((datetime(2026, 2, 1, tzinfo=UTC) - NOON).total_seconds())
    assert answer.headers["RateLimit"] == f'"ai-messages";r=93;t={left}'


async def test_an_unlimited_tier_has_no_limits_and_no_headers() -> None:
    api = InMemoryApplication(
        tier_limits={Tier.FREE: {"max_portfolios": None, "max_ai_messages": None}}
    )
    with_messages(api, 7)

    answer = await api("GET", "/usage")

    assert answer.json()["ai_messages"] == {"limit": None, "used": 7, "remaining": None}
    assert answer.json()["portfolios"]["remaining"] is None
    assert "RateLimit" not in answer.headers


async def test_a_new_month_shows_none_used_before_anything_is_written(
    api: InMemoryApplication,
) -> None:
    with_messages(api, 100, granted=5)
    api.clock.set(datetime(2026, 2, 1, tzinfo=UTC))

    reported = await usage(api)

    assert reported["ai_messages"] == {"limit": 100, "used": 0, "remaining": 100}
    assert api.store.users[a_user().id].messages.used == 100


async def test_a_grant_adds_to_the_limit_everywhere(api: InMemoryApplication) -> None:
    with_messages(api, 100, granted=5)

    reported = await usage(api)
    me = (await api("GET", "/auth/me")).json()

    assert reported["ai_messages"] == {"limit": 105, "used": 100, "remaining": 5}
    assert me["limits"]["max_ai_messages"] == me["ai_messages_limit"] == 105
    assert me["limits"]["ai_messages_remaining"] == 5


async def test_a_downgrade_with_more_used_than_the_limit_leaves_none(
    api: InMemoryApplication,
) -> None:
    with_messages(api, 500, subscription=Subscription(Tier.PAID, NOON - DAY))

    assert (await usage(api))["ai_messages"] == {"limit": 100, "used": 500, "remaining": 0}


async def test_history_is_by_month_newest_first(api: InMemoryApplication) -> None:
    with_messages(api, 3, created_at=NOON - timedelta(days=400))

    answer = await api("GET", "/usage/history?months=3")

    assert answer.json() == {
        "periods": [
            {"period_start": "2026-01-01T00:00:00Z", "used": 3, "limit": 100},
            {"period_start": "2025-12-01T00:00:00Z", "used": 0, "limit": 100},
            {"period_start": "2025-11-01T00:00:00Z", "used": 0, "limit": 100},
        ]
    }


async def test_history_begins_when_the_user_did(api: InMemoryApplication) -> None:
    with_messages(api, 3, created_at=JANUARY - DAY)

    periods = (await api("GET", "/usage/history")).json()["periods"]

    assert [period["period_start"][:7] for period in periods] == ["2026-01", "2025-12"]


@pytest.mark.parametrize("months", ["0", "-1", "121", "x", ""])
async def test_an_invalid_number_of_months_is_refused(
    api: InMemoryApplication, months: str
) -> None:
    answer = await api("GET", f"/usage/history?months={months}")

    assert (answer.status_code, answer.json()["error"]) == (400, "validation_failed")
    assert answer.json()["errors"][0]["field"] == "months"
