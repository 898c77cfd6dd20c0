"""Requests that generate insights."""

from typing import Any

import httpx
import pytest

from sigmasight.domain.portfolios.portfolio import Portfolio
from tests.support.builders.portfolios import a_portfolio
from tests.support.builders.users import ANNS_ID
from tests.support.providers.application import InMemoryApplication

__all__ = ["portfolio"]


@pytest.fixture
def portfolio(api: InMemoryApplication) -> Portfolio:
    portfolio = a_portfolio()
    api.store.portfolios[ANNS_ID, portfolio.id] = portfolio
    return portfolio


async def generate(
    api: InMemoryApplication, portfolio: Portfolio, key: str | None = None, **about: Any
) -> httpx.Response:
    return await api(
        "POST",
        "/insights/generate",
        json={"portfolio_id": str(portfolio.id), "insight_type": "daily_summary", **about},
        headers={"Idempotency-Key": key} if key else None,
    )


async def generated(api: InMemoryApplication, portfolio: Portfolio, **about: Any) -> Any:
    answer = await generate(api, portfolio, **about)
    assert answer.status_code == 201
    return answer.json()
