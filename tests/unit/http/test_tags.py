"""Tags over HTTP, to the letter of the contract: made, listed, put on positions."""

from typing import Any
from uuid import UUID

import pytest

from tests.support.builders.users import ANNS_ID, BOB
from tests.unit.http.portfolio_client import NOBODYS, PortfolioClient, refused

Json = dict[str, Any]


async def create(portfolio_client: PortfolioClient, name: str = "Growth", **about: Any) -> Json:
    answer = await portfolio_client.api("POST", "/tags/", json={"name": name, **about})
    assert answer.status_code == 201, answer.text
    payload: Json = answer.json()
    return payload


async def ask(portfolio_client: PortfolioClient, method: str, path: str, **of: Any) -> Any:
    answer = await portfolio_client.api(method, path, **of)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def put_on(portfolio_client: PortfolioClient, position: Json, *tags: Json, **of: Any) -> Json:
    body = {"tag_ids": [tag["id"] for tag in tags], **of}
    payload: Json = await ask(
        portfolio_client, "POST", f"/positions/{position['id']}/tags", json=body
    )
    return payload


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


class TestCreate:
    @pytest.mark.parametrize("slash", ["", "/"])
    async def test_answers_201_with_the_tag(
        self, portfolio_client: PortfolioClient, slash: str
    ) -> None:
        answer = await portfolio_client.api("POST", f"/tags{slash}", json={"name": " Growth "})

        payload = answer.json()
        assert answer.status_code == 201
        assert payload == {
            "id": str(UUID(payload["id"])),
            "user_id": str(ANNS_ID),
            "name": "Growth",
            "color": "#4A90E2",
            "description": None,
            "display_order": 0,
            "usage_count": 0,
            "position_count": 0,
            "is_archived": False,
            "archived_at": None,
            "created_at": "2026-01-15T12:00:00Z",
            "updated_at": "2026-01-15T12:00:00Z",
        }

    async def test_accepts_every_field(self, portfolio_client: PortfolioClient) -> None:
        about = {"color": "#aAbB09", "description": "Two\nlines", "display_order": 3}

        payload = await create(portfolio_client, "x" * 50, **about)

        assert {name: payload[name] for name in about} == about

    async def test_reads_a_number_without_a_fraction_as_an_integer(
        self, portfolio_client: PortfolioClient
    ) -> None:
        answer = await portfolio_client.api(
            "POST", "/tags", content=b'{"name": "Growth", "display_order": 5.0}'
        )

        assert (answer.status_code, answer.json()["display_order"]) == (201, 5)

    @pytest.mark.parametrize(
        "change",
        [
            *({"name": ""}, {"name": "  "}, {"name": "x" * 51}, {"name": "a\nb"}, {"name": None}),
            *({"color": "4A90E2"}, {"color": "#4A90E"}, {"color": "#4A90EG"}, {"color": None}),
            *({"name": "Growth\n"}, {"display_order": 1.5}),
            *({"color": "#4A90E2\n"}, {"description": "x" * 501}, {"description": "\x00"}),
            *({"display_order": -1}, {"display_order": 1_000_001}, {"display_order": "first"}),
        ],
        ids=str,
    )
    async def test_with_a_wrong_field_is_400_and_names_it(
        self, portfolio_client: PortfolioClient, change: Json
    ) -> None:
        answer = await portfolio_client.api("POST", "/tags", json={"name": "Growth", **change})

        assert [field for field, _ in refused(answer)] == list(change)
        assert portfolio_client.api.store.tags == {}

    async def test_of_a_duplicate_name_is_409(self, portfolio_client: PortfolioClient) -> None:
        await create(portfolio_client)
        other = await create(portfolio_client, "Value")

        again = await portfolio_client.api("POST", "/tags", json={"name": "GROWTH"})
        renamed = await portfolio_client.api(
            "PATCH", f"/tags/{other['id']}", json={"name": "growth"}
        )

        assert problem(again) == problem(renamed) == (409, "tag_name_taken")


class TestKeep:
    async def test_lists_active_ones_in_order_by_default(
        self, portfolio_client: PortfolioClient
    ) -> None:
        first, second, third = [await create(portfolio_client, name) for name in "cba"]
        moved = await ask(
            portfolio_client, "PATCH", f"/tags/{third['id']}", json={"display_order": 0}
        )
        gone = await ask(portfolio_client, "POST", f"/tags/{second['id']}/archive")

        counts = {"active_count": 2, "archived_count": 1}
        assert await ask(portfolio_client, "GET", "/tags/") == {
            "tags": sorted([first, moved], key=lambda tag: str(tag["id"])),
            "total": 2,
            **counts,
        }
        everything = await ask(portfolio_client, "GET", "/tags?include_archived=true")
        assert (everything["tags"][2], everything["total"]) == (gone, 3)
        assert counts.items() <= everything.items()

    async def test_changes_only_the_named_fields(self, portfolio_client: PortfolioClient) -> None:
        tag = await create(portfolio_client, description="Tall")
        way = f"/tags/{tag['id']}"

        changed = await ask(
            portfolio_client, "PATCH", way, json={"name": " GROWTH ", "color": "#000000"}
        )

        assert changed == {**tag, "name": "GROWTH", "color": "#000000"}
        assert await ask(portfolio_client, "GET", way) == changed
        assert await ask(portfolio_client, "PATCH", way, json={}) == changed
        cleared = await ask(portfolio_client, "PATCH", way, json={"description": None})
        assert cleared == {**changed, "description": None}

    async def test_archives_and_restores(self, portfolio_client: PortfolioClient) -> None:
        tag = await create(portfolio_client)

        archived = await ask(portfolio_client, "POST", f"/tags/{tag['id']}/archive")
        restored = await ask(portfolio_client, "POST", f"/tags/{tag['id']}/restore")

        archived_at = {"is_archived": True, "archived_at": "2026-01-15T12:00:00Z"}
        assert archived == {**tag, **archived_at}
        assert restored == tag

    async def test_creates_a_starter_set_once(self, portfolio_client: PortfolioClient) -> None:
        first = await ask(portfolio_client, "POST", "/tags/defaults")
        again = await ask(portfolio_client, "POST", "/tags/defaults")

        assert first["created_count"] == first["total"] == len(first["tags"]) > 0
        assert again == {**first, "created_count": 0, "message": "Tags created: 0."}
        assert (await ask(portfolio_client, "GET", "/tags"))["tags"] == first["tags"]


class TestOnPositions:
    async def test_are_added_to_or_replace_existing_ones(
        self, portfolio_client: PortfolioClient
    ) -> None:
        position = await portfolio_client.add()
        a, b = [await create(portfolio_client, name) for name in "ab"]
        way = f"/positions/{position['id']}/tags"
        await put_on(portfolio_client, position, a)

        added = await ask(portfolio_client, "POST", way, json={"tag_ids": [b["id"]]})
        both = await ask(portfolio_client, "GET", way)
        await ask(
            portfolio_client, "POST", way, json={"tag_ids": [b["id"]], "replace_existing": True}
        )

        assert added == {"message": "Tags assigned: 1.", "assigned_count": 1, "tag_ids": [b["id"]]}
        assert [tag["id"] for tag in both] == [
            tag["id"] for tag in (await ask(portfolio_client, "GET", "/tags"))["tags"]
        ]
        kept = {name: b[name] for name in ("id", "name", "color", "description")}
        assert await ask(portfolio_client, "GET", way) == [kept]

    async def test_are_replaced_by_patch_and_emptied_by_none(
        self, portfolio_client: PortfolioClient
    ) -> None:
        position = await portfolio_client.add()
        a, b = [await create(portfolio_client, name) for name in "ab"]
        way = f"/positions/{position['id']}/tags"
        await put_on(portfolio_client, position, a)

        await ask(portfolio_client, "PATCH", way, json={"tag_ids": [b["id"]]})
        replaced = await ask(portfolio_client, "GET", way)
        emptied = await ask(portfolio_client, "PATCH", way, json={"tag_ids": []})

        assert [tag["id"] for tag in replaced] == [b["id"]]
        assert emptied == {"message": "Tags assigned: 0.", "assigned_count": 0, "tag_ids": []}
        assert await ask(portfolio_client, "GET", way) == []

    async def test_are_removed_by_either_route(self, portfolio_client: PortfolioClient) -> None:
        position = await portfolio_client.add()
        tags = [await create(portfolio_client, name) for name in "abc"]
        a, b, c = [tag["id"] for tag in tags]
        way = f"/positions/{position['id']}/tags"
        await put_on(portfolio_client, position, *tags[:2])

        one = await ask(portfolio_client, "DELETE", f"{way}?tag_ids={a}&tag_ids={c}")
        other = await ask(portfolio_client, "POST", f"{way}/remove", json={"tag_ids": [b]})

        assert one == {"message": "Tags removed: 1.", "removed_count": 1, "tag_ids": [a]}
        assert other["tag_ids"] == [b]
        assert await ask(portfolio_client, "GET", way) == []

    async def test_are_counted_and_found_by_their_tag(
        self, portfolio_client: PortfolioClient
    ) -> None:
        first, second = await portfolio_client.add(), await portfolio_client.add(symbol="OTHER")
        tag = await create(portfolio_client)
        for position in (first, second):
            await put_on(portfolio_client, position, tag)
        way = f"/tags/{tag['id']}/positions"

        everything = await ask(portfolio_client, "GET", f"{way}?portfolio_id={portfolio_client.id}")
        page = await ask(portfolio_client, "GET", f"{way}?limit=1&offset=1")
        counted = await ask(portfolio_client, "GET", f"/tags/{tag['id']}")

        listed = (await portfolio_client.listed())["positions"]
        assert everything == {
            "tag_id": tag["id"],
            "tag_name": "Growth",
            "positions": listed,
            "total": 2,
            "limit": 100,
            "offset": 0,
        }
        assert (page["positions"], page["total"]) == (listed[1:], 2)
        assert (counted["position_count"], counted["usage_count"]) == (2, 2)

    async def test_are_inherited_by_more_of_the_same_symbol(
        self, portfolio_client: PortfolioClient
    ) -> None:
        position = await portfolio_client.add()
        tag = await create(portfolio_client)
        await put_on(portfolio_client, position, tag)
        query = f"/positions/check-duplicate?portfolio_id={portfolio_client.id}&symbol="

        assert (await ask(portfolio_client, "GET", f"{query}acme"))["tags_to_inherit"] == [
            tag["id"]
        ]
        assert (await ask(portfolio_client, "GET", f"{query}OTHER"))["tags_to_inherit"] == []

    async def test_that_are_archived_or_too_many_are_409(
        self, portfolio_client: PortfolioClient
    ) -> None:
        position = await portfolio_client.add()
        old = await create(portfolio_client, "Old")
        await ask(portfolio_client, "POST", f"/tags/{old['id']}/archive")
        tags = [(await create(portfolio_client, f"Tag {number}"))["id"] for number in range(51)]
        way = f"/positions/{position['id']}/tags"

        archived = await portfolio_client.api("POST", way, json={"tag_ids": [old["id"]]})
        many = await portfolio_client.api("POST", way, json={"tag_ids": tags})

        assert problem(archived) == (409, "tag_archived")
        assert problem(many) == (409, "position_tag_limit_reached")
        assert await ask(portfolio_client, "GET", way) == []

    @pytest.mark.parametrize("tags", [None, "x", ["x"], [NOBODYS] * 201])
    async def test_of_no_such_list_are_400(
        self, portfolio_client: PortfolioClient, tags: Any
    ) -> None:
        position = await portfolio_client.add()
        way = f"/positions/{position['id']}/tags"

        for each in (way, f"{way}/remove"):
            assert refused(await portfolio_client.api("POST", each, json={"tag_ids": tags}))
        for query in ("", "?tag_ids=", "?tag_ids=x"):
            assert refused(await portfolio_client.api("DELETE", f"{way}{query}"))


async def test_another_users_data_is_reported_as_missing(
    portfolio_client: PortfolioClient,
) -> None:
    position, tag = await portfolio_client.add(), await create(portfolio_client)
    await put_on(portfolio_client, position, tag)
    bobs = (await portfolio_client.api("POST", "/tags", by=BOB, json={"name": "Mine"})).json()["id"]
    before = portfolio_client.api.store.copy()

    async def asked(position: str, tag: str, portfolio: str) -> list[Json]:
        of_position, of_tag = f"/positions/{position}/tags", f"/tags/{tag}"
        own = {"tag_ids": [bobs]}
        answers = [
            await portfolio_client.api("GET", of_tag, by=BOB),
            await portfolio_client.api("PATCH", of_tag, by=BOB, json={"name": "Theirs"}),
            await portfolio_client.api("POST", f"{of_tag}/archive", by=BOB),
            await portfolio_client.api("POST", f"{of_tag}/restore", by=BOB),
            await portfolio_client.api("GET", f"{of_tag}/positions", by=BOB),
            await portfolio_client.api(
                "GET", f"/tags/{bobs}/positions?portfolio_id={portfolio}", by=BOB
            ),
            await portfolio_client.api("GET", of_position, by=BOB),
            await portfolio_client.api("POST", of_position, by=BOB, json=own),
            await portfolio_client.api("PATCH", of_position, by=BOB, json=own),
            await portfolio_client.api("DELETE", f"{of_position}?tag_ids={bobs}", by=BOB),
            await portfolio_client.api("POST", f"{of_position}/remove", by=BOB, json=own),
        ]
        assert [answer.status_code for answer in answers] == [404] * len(answers)
        return [{**answer.json(), "instance": ""} for answer in answers]

    assert await asked(position["id"], tag["id"], portfolio_client.id) == await asked(
        NOBODYS, NOBODYS, NOBODYS
    )
    assert portfolio_client.api.store == before


async def test_tags_of_another_cannot_be_put_on_ones_own_positions(
    portfolio_client: PortfolioClient,
) -> None:
    position = await portfolio_client.add()
    bobs = (await portfolio_client.api("POST", "/tags", by=BOB, json={"name": "Mine"})).json()["id"]
    own = (await create(portfolio_client))["id"]
    way, before = f"/positions/{position['id']}/tags", portfolio_client.api.store.copy()

    for tag in (bobs, NOBODYS):
        body = {"tag_ids": [own, tag], "replace_existing": True}
        answers = [
            await portfolio_client.api("POST", way, json=body),
            await portfolio_client.api("PATCH", way, json=body),
            await portfolio_client.api("POST", f"{way}/remove", json=body),
            await portfolio_client.api("DELETE", f"{way}?tag_ids={own}&tag_ids={tag}"),
        ]
        assert [problem(answer) for answer in answers] == [(404, "tag_not_found")] * 4

    assert portfolio_client.api.store == before
