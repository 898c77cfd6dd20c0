"""Searching companies over HTTP."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders.profiles import a_profile
from tests.support.providers.application import InMemoryApplication
from tests.unit.http.portfolio_client import refused


async def search(api: InMemoryApplication, query: str = "") -> dict[str, Any]:
    answer = await api("GET", f"/equity-search{query}")
    assert answer.status_code == 200, answer.text
    payload: dict[str, Any] = answer.json()
    return payload


async def test_a_search_has_its_items_and_its_terms(api: InMemoryApplication) -> None:
    api.store.profiles["ACME"] = a_profile(pe_ratio=Decimal("12.5"))

    payload = await search(
        api, "?query=acm&sectors=Industrials,Energy&period=forward&sort_by=symbol"
    )

    [item] = payload.pop("items")
    assert (item["symbol"], item["market_cap"], item["pe_ratio"]) == ("ACME", 1.5e11, 12.5)
    assert (item["period_label"], item["revenue"]) == ("FY2026E", None)
    assert payload == {
        "total_count": 1,
        "filters_applied": {"query": "acm", "sectors": ["Industrials", "Energy"]},
        "period": "forward",
        "sort_by": "symbol",
        "sort_order": "desc",
        "metrics_date": "2026-01-14",
    }


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("query=", "query"),
        ("sort_by=industry", "sort_by"),
        ("sort_by=period_label", "sort_by"),
        ("sort_order=up", "sort_order"),
        ("period=month", "period"),
        ("limit=201", "limit"),
        ("min_market_cap=-1", "min_market_cap"),
        ("max_market_cap=nan", "max_market_cap"),
        ("min_pe_ratio=inf", "min_pe_ratio"),
    ],
)
async def test_invalid_terms_are_400(api: InMemoryApplication, query: str, field: str) -> None:
    answer = await api("GET", f"/equity-search?{query}")

    assert [each for each, _ in refused(answer)] == [field]


async def test_the_filters_are_listed(api: InMemoryApplication) -> None:
    api.store.profiles["ACME"] = a_profile()

    payload = (await api("GET", "/equity-search/filters")).json()

    assert (payload["sectors"], payload["industries"]) == (["Industrials"], ["Anvils"])
    assert [each["min_value"] for each in payload["market_cap_ranges"]] == [
        *(200e9, 10e9, 2e9, 0.3e9),
        None,
    ]
