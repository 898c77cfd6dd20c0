"""Sector tags, restored from profiles."""

from typing import Any

from tests.support.builders.profiles import a_profile
from tests.unit.http.portfolio_client import NOBODYS, PortfolioClient
from tests.unit.http.problems import problem_of

PATH = "/data/positions/restore-sector-tags"


async def restore(portfolio_client: PortfolioClient, query: str = "", **of: Any) -> dict[str, Any]:
    answer = await portfolio_client.api("POST", f"{PATH}{query}", **of)
    assert answer.status_code == 200, answer.text
    payload: dict[str, Any] = answer.json()
    return payload


async def tags_of(portfolio_client: PortfolioClient, position: dict[str, Any]) -> list[str]:
    answer = await portfolio_client.api("GET", f"/positions/{position['id']}/tags")
    return [tag["name"] for tag in answer.json()]


async def test_positions_get_the_tag_of_their_sector_and_keep_their_own(
    portfolio_client: PortfolioClient,
) -> None:
    store = portfolio_client.api.store
    store.profiles |= {"ACME": a_profile(), "TWO": a_profile("TWO", sector="Energy")}
    acme, two = await portfolio_client.add(), await portfolio_client.add(symbol="TWO")
    other = await portfolio_client.add(symbol="OTHER")
    mine = (await portfolio_client.api("POST", "/tags", json={"name": "Mine"})).json()["id"]
    way = f"/positions/{acme['id']}/tags"
    await portfolio_client.api("POST", way, json={"tag_ids": [mine]})

    first = await restore(portfolio_client)
    store.profiles["ACME"] = a_profile(sector="energy")
    second = await restore(portfolio_client, json={"portfolio_id": portfolio_client.id})

    assert first == {
        "success": True,
        "portfolio_id": None,
        "portfolio_name": None,
        "positions_tagged": 2,
        "positions_skipped": 1,
        "tags_created": 2,
        "tags_applied": [
            {"tag_name": "Energy", "position_count": 1},
            {"tag_name": "Industrials", "position_count": 1},
        ],
    }
    assert (second["portfolio_id"], second["tags_created"]) == (portfolio_client.id, 0)
    assert second["tags_applied"] == [{"tag_name": "Energy", "position_count": 2}]
    assert await tags_of(portfolio_client, acme) == ["Mine", "Energy"]
    assert await tags_of(portfolio_client, two) == ["Energy"]
    assert await tags_of(portfolio_client, other) == []


async def test_a_tag_of_the_name_is_used_even_if_it_was_archived(
    portfolio_client: PortfolioClient,
) -> None:
    portfolio_client.api.store.profiles["ACME"] = a_profile()
    position = await portfolio_client.add()
    tag = (await portfolio_client.api("POST", "/tags", json={"name": "industrials"})).json()["id"]
    await portfolio_client.api("POST", f"/tags/{tag}/archive")

    done = await restore(portfolio_client, f"?portfolio_id={portfolio_client.id}")

    assert done["tags_applied"] == [{"tag_name": "industrials", "position_count": 1}]
    assert await tags_of(portfolio_client, position) == ["industrials"]


async def test_of_an_unknown_portfolio_is_404(portfolio_client: PortfolioClient) -> None:
    in_query = await portfolio_client.api("POST", f"{PATH}?portfolio_id={NOBODYS}")
    in_body = await portfolio_client.api("POST", PATH, json={"portfolio_id": NOBODYS})

    problem_of(in_query, 404, "portfolio_not_found")
    problem_of(in_body, 404, "portfolio_not_found")
