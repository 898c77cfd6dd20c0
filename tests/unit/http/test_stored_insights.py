"""Listing, marking and rating insights over HTTP."""

from typing import Any
from uuid import uuid4

import pytest

from sigmasight.domain.portfolios.portfolio import Portfolio
from tests.support.builders.instants import DAY, MINUTE
from tests.support.builders.users import BOB, bob
from tests.support.providers.application import InMemoryApplication
from tests.unit.http.insight_requests import *  # noqa: F403  fixtures
from tests.unit.http.insight_requests import generated


async def test_insights_are_listed_newest_first_in_pages(
    api: InMemoryApplication, portfolio: Portfolio
) -> None:
    ids = []
    for _ in range(3):
        ids.append((await generated(api, portfolio))["id"])
        api.clock.advance(MINUTE)
    path = f"/insights/portfolio/{portfolio.id}"

    everything, first, rest = [
        (await api("GET", f"{path}{query}")).json()
        for query in ("", "?limit=2", "?limit=2&offset=2")
    ]

    assert [each["id"] for each in everything["insights"]] == ids[::-1]
    assert (everything["total"], everything["has_more"]) == (3, False)
    assert (len(first["insights"]), first["total"], first["has_more"]) == (2, 3, True)
    assert [each["id"] for each in rest["insights"]] == ids[:1]
    assert (rest["total"], rest["has_more"]) == (3, False)


async def test_insights_are_filtered_by_type_and_age(
    api: InMemoryApplication, portfolio: Portfolio
) -> None:
    old = await generated(api, portfolio)
    api.clock.advance(31 * DAY)
    new = await generated(api, portfolio, insight_type="hedge_quality")
    path = f"/insights/portfolio/{portfolio.id}"

    async def found(query: str) -> list[str]:
        return [each["id"] for each in (await api("GET", f"{path}{query}")).json()["insights"]]

    assert await found("") == [new["id"]]
    assert await found("?days_back=60") == [new["id"], old["id"]]
    assert await found("?days_back=60&insight_type=daily_summary") == [old["id"]]


@pytest.mark.parametrize(
    "query",
    ["insight_type=odd", "days_back=0", "days_back=x", "limit=0", "limit=101", "offset=-1"],
)
async def test_an_invalid_page_is_refused(
    api: InMemoryApplication, portfolio: Portfolio, query: str
) -> None:
    answer = await api("GET", f"/insights/portfolio/{portfolio.id}?{query}")

    assert (answer.status_code, answer.json()["error"]) == (400, "validation_failed")


async def test_marks_are_changed_one_by_one_and_the_insight_is_returned(
    api: InMemoryApplication, portfolio: Portfolio
) -> None:
    insight = await generated(api, portfolio)
    path = f"/insights/{insight['id']}"

    seen = await api("PATCH", path, json={"viewed": True})
    hidden = await api("PATCH", path, json={"dismissed": True, "viewed": None})
    unseen = await api("PATCH", path, json={"viewed": False})

    assert seen.status_code == 200
    assert seen.json() == {**insight, "viewed": True}
    assert hidden.json() == {**insight, "viewed": True, "dismissed": True}
    assert unseen.json() == {**insight, "dismissed": True}
    assert (await api("GET", path)).json() == unseen.json()


async def test_a_rating_is_stored_and_may_be_changed(
    api: InMemoryApplication, portfolio: Portfolio
) -> None:
    insight = await generated(api, portfolio)
    path = f"/insights/{insight['id']}"

    rated = await api("POST", f"{path}/feedback", json={"rating": 4, "feedback": "Good."})
    again = await api("POST", f"{path}/feedback", json={"rating": 1})

    assert rated.status_code == 200
    assert rated.json() == {**insight, "user_rating": 4, "user_feedback": "Good."}
    assert again.json() == {**insight, "user_rating": 1}
    assert (await api("GET", path)).json() == again.json()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {"viewed": "yes"}),
        ("PATCH", "", [1]),
        ("POST", "/feedback", {}),
        ("POST", "/feedback", {"rating": 0}),
        ("POST", "/feedback", {"rating": 6}),
        ("POST", "/feedback", {"rating": 2.5}),
        ("POST", "/feedback", {"rating": 3, "feedback": "x" * 2_001}),
        ("POST", "/feedback", {"rating": 3, "feedback": "a\x00b"}),
    ],
)
async def test_invalid_marks_and_ratings_are_refused(
    api: InMemoryApplication, portfolio: Portfolio, method: str, path: str, body: Any
) -> None:
    insight = await generated(api, portfolio)

    answer = await api(method, f"/insights/{insight['id']}{path}", json=body)

    assert (answer.status_code, answer.json()["error"]) == (400, "validation_failed")
    assert (await api("GET", f"/insights/{insight['id']}")).json() == insight


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"viewed": True}),
        ("POST", "/feedback", {"rating": 1}),
    ],
)
async def test_another_users_insight_is_not_found_nor_one_of_a_deleted_portfolio(
    api: InMemoryApplication, portfolio: Portfolio, method: str, path: str, body: Any
) -> None:
    api.store.users[bob().id] = bob(invite_validated=True)
    insight = await generated(api, portfolio)
    where = f"/insights/{insight['id']}{path}"

    others = await api(method, where, by=BOB, json=body)
    unknown = await api(method, f"/insights/{uuid4()}{path}", json=body)
    untouched = (await api("GET", f"/insights/{insight['id']}")).json()
    await api("DELETE", f"/portfolios/{portfolio.id}")
    gone = await api(method, where, json=body)

    assert {each.status_code for each in (others, unknown, gone)} == {404}
    assert {each.json()["error"] for each in (others, unknown, gone)} == {"insight_not_found"}
    assert untouched == insight
