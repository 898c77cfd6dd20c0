"""Target prices over HTTP, to the letter of the contract."""

from typing import Any
from uuid import UUID

import pytest

from tests.support.builders.users import BOB
from tests.unit.http.portfolio_client import NOBODYS, PortfolioClient, refused

Json = dict[str, Any]
TARGET: Json = {"symbol": "ACME", "position_type": "LONG", "target_price_eoy": "15"}
FREE: Json = {"symbol": "FREE", "target_price_eoy": 3, "current_price": "2"}
HEADER = "symbol,position_type,target_price_eoy,target_price_next_year,downside_target_price,"


async def ask(
    portfolio_client: PortfolioClient, method: str, way: str, status: int = 200, **of: Any
) -> Any:
    answer = await portfolio_client.api(method, f"/target-prices{way}", **of)
    assert answer.status_code == status, answer.text
    return answer.json()


async def set_target(portfolio_client: PortfolioClient, **changes: Any) -> Json:
    payload: Json = await ask(
        portfolio_client, "POST", f"/{portfolio_client.id}", 201, json={**TARGET, **changes}
    )
    return payload


class TestSet:
    async def test_answers_201_with_the_target(self, portfolio_client: PortfolioClient) -> None:
        position = await portfolio_client.add()
        await portfolio_client.add(quantity="30")

        payload = await set_target(
            portfolio_client,
            position_id=position["id"],
            target_price_next_year=20,
            downside_target_price="10.00",
        )

        assert payload == {
            "id": str(UUID(payload["id"])),
            "portfolio_id": portfolio_client.id,
            "position_id": position["id"],
            "symbol": "ACME",
            "position_type": "LONG",
            "target_price_eoy": 15,
            "target_price_next_year": 20,
            "downside_target_price": 10,
            "current_price": 12.5,
            "expected_return_eoy": 20,
            "expected_return_next_year": 60,
            "downside_return": -20,
            "position_weight": 25,
            "contribution_to_portfolio_return": 5,
            "created_at": "2026-01-15T12:00:00Z",
            "updated_at": "2026-01-15T12:00:00Z",
        }
        assert await ask(portfolio_client, "GET", f"/{portfolio_client.id}") == [payload]
        assert await ask(portfolio_client, "GET", f"/target/{payload['id']}") == payload

    async def test_of_a_symbol_not_held_has_no_weight(
        self, portfolio_client: PortfolioClient
    ) -> None:
        payload = await ask(portfolio_client, "POST", f"/{portfolio_client.id}", 201, json=FREE)

        assert (payload["position_type"], payload["position_id"]) == (None, None)
        assert (payload["current_price"], payload["expected_return_eoy"]) == (2, 50)
        assert payload["position_weight"] is None

    async def test_twice_is_409(self, portfolio_client: PortfolioClient) -> None:
        await portfolio_client.add()
        await set_target(portfolio_client)

        payload = await ask(portfolio_client, "POST", f"/{portfolio_client.id}", 409, json=TARGET)

        assert payload["error"] == "target_price_taken"

    @pytest.mark.parametrize(
        "change",
        [
            *({"symbol": ""}, {"symbol": "A B"}, {"position_type": "BUY"}, {"position_id": "x"}),
            *({"target_price_eoy": "x"}, {"target_price_eoy": -1}, {"target_price_eoy": None}),
            *({"downside_target_price": "1e12"}, {"current_price": 0}),
        ],
        ids=str,
    )
    async def test_with_a_wrong_field_is_400_and_names_it(
        self, portfolio_client: PortfolioClient, change: Json
    ) -> None:
        await portfolio_client.add()

        answer = await portfolio_client.api(
            "POST", f"/target-prices/{portfolio_client.id}", json={**TARGET, **change}
        )

        assert list(change) == [field for field, _ in refused(answer)]
        assert portfolio_client.api.store.targets == {}


class TestMany:
    async def test_are_set_and_changed_together(self, portfolio_client: PortfolioClient) -> None:
        await portfolio_client.add()

        made = await ask(
            portfolio_client,
            "POST",
            f"/{portfolio_client.id}/bulk",
            201,
            json={"target_prices": [FREE, TARGET]},
        )
        updates = [
            {"id": made["target_prices"][0]["id"], "target_price_eoy": 4},
            {"symbol": "acme", "position_type": "LONG", "downside_target_price": 10},
        ]
        changed = await ask(
            portfolio_client,
            "PUT",
            f"/{portfolio_client.id}/bulk-update",
            json={"updates": updates},
        )

        assert (made["success"], made["count"], changed["updated"]) == (True, 2, 2)
        free, acme = changed["target_prices"]
        assert (free["symbol"], free["target_price_eoy"]) == ("FREE", 4)
        assert (acme["target_price_eoy"], acme["downside_target_price"]) == (15, 10)
        assert await ask(portfolio_client, "GET", f"/{portfolio_client.id}") == [acme, free]

    async def test_are_changed_past_those_that_do_not_exist(
        self, portfolio_client: PortfolioClient
    ) -> None:
        await portfolio_client.add()
        acme = await set_target(portfolio_client)
        updates = [
            {"symbol": "ELSE", "target_price_eoy": 1},
            {"symbol": "acme", "position_type": "SHORT", "target_price_eoy": 1},
            {"id": str(NOBODYS), "target_price_eoy": 1},
            {"symbol": "acme", "target_price_eoy": 16},
        ]

        way = f"/{portfolio_client.id}/bulk-update"
        changed = await ask(portfolio_client, "PUT", way, json={"updates": updates})

        assert changed["errors"] == [
            "There is no target price of ELSE.",
            "There is no target price of ACME (SHORT).",
            f"There is no target price with the id {NOBODYS}.",
        ]
        assert changed["updated"] == 1
        assert changed["target_prices"] == [
            await ask(portfolio_client, "GET", f"/target/{acme['id']}")
        ]

    async def test_report_every_error_and_store_none(
        self, portfolio_client: PortfolioClient
    ) -> None:
        way = f"/target-prices/{portfolio_client.id}"
        bad = [FREE, "text", {"symbol": "?", "target_price_eoy": "x", "current_price": 1}]
        unnamed = [{"target_price_eoy": 1}, {"symbol": "A", "target_price_eoy": "x"}]

        made = await portfolio_client.api("POST", f"{way}/bulk", json={"target_prices": bad})
        changed = await portfolio_client.api("PUT", f"{way}/bulk-update", json={"updates": unnamed})

        assert refused(made) == [
            ("target_prices[1]", "invalid"),
            ("target_prices[2].target_price_eoy", "invalid"),
            ("target_prices[2].symbol", "invalid_characters"),
        ]
        assert refused(changed) == [
            ("updates[0]", "required"),
            ("updates[1].target_price_eoy", "invalid"),
        ]
        assert portfolio_client.api.store.targets == {}

    @pytest.mark.parametrize("count", [0, 1001])
    async def test_are_1_to_1000(self, portfolio_client: PortfolioClient, count: int) -> None:
        way = f"/target-prices/{portfolio_client.id}"

        assert refused(
            await portfolio_client.api(
                "POST", f"{way}/bulk", json={"target_prices": [FREE] * count}
            )
        )
        assert refused(
            await portfolio_client.api(
                "PUT", f"{way}/bulk-update", json={"updates": [FREE] * count}
            )
        )


async def test_a_target_is_changed_in_part_and_deleted(portfolio_client: PortfolioClient) -> None:
    await portfolio_client.add()
    payload = await set_target(portfolio_client)
    way = f"/target/{payload['id']}"

    changed = await ask(
        portfolio_client,
        "PUT",
        way,
        json={"target_price_eoy": None, "target_price_next_year": "25"},
    )
    refusal = await ask(portfolio_client, "PUT", way, 400, json={"target_price_next_year": None})
    gone = await ask(portfolio_client, "DELETE", way)

    assert (changed["expected_return_eoy"], changed["expected_return_next_year"]) == (
        None,
        100,
    )
    assert refusal["error"] == "validation_failed"
    assert gone == {"deleted": True, "id": payload["id"], "symbol": "ACME"}
    assert (await ask(portfolio_client, "GET", way, 404))["error"] == "target_price_not_found"


async def test_the_summary_adds_up_the_holdings(portfolio_client: PortfolioClient) -> None:
    empty = await ask(portfolio_client, "GET", f"/{portfolio_client.id}/summary")
    await portfolio_client.add()
    await portfolio_client.add(symbol="REST", quantity=30)
    await set_target(portfolio_client, downside_target_price=10)

    assert (empty["target_count"], empty["weighted_expected_return_eoy"]) == (0, None)
    assert await ask(portfolio_client, "GET", f"/{portfolio_client.id}/summary") == {
        "portfolio_id": portfolio_client.id,
        "portfolio_name": (await portfolio_client.itself())["name"],
        "target_count": 1,
        "total_positions": 2,
        "positions_with_targets": 1,
        "coverage": "0.250000",
        "coverage_percentage": 50,
        "weighted_expected_return_eoy": 5,
        "weighted_expected_return_next_year": None,
        "weighted_downside_return": -5,
        "last_updated": "2026-01-15T12:00:00Z",
        "target_prices": await ask(portfolio_client, "GET", f"/{portfolio_client.id}"),
    }


class TestSheets:
    async def test_are_imported_as_they_were_exported(
        self, portfolio_client: PortfolioClient
    ) -> None:
        await portfolio_client.add()
        target = await set_target(portfolio_client)
        way = f"/target-prices/{portfolio_client.id}"

        exported = await portfolio_client.api("POST", f"{way}/export", json={"format": "csv"})
        as_json = await ask(
            portfolio_client, "POST", f"/{portfolio_client.id}/export", json={"format": "json"}
        )
        await ask(portfolio_client, "DELETE", f"/target/{target['id']}")
        body = {"csv_content": exported.text}
        first = await ask(portfolio_client, "POST", f"/{portfolio_client.id}/import-csv", json=body)
        again = await ask(
            portfolio_client, "POST", f"/{portfolio_client.id}/import-csv", 400, json=body
        )
        over = await ask(
            portfolio_client,
            "POST",
            f"/{portfolio_client.id}/import-csv",
            json={**body, "update_existing": True},
        )

        assert exported.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert exported.text == f"{HEADER}current_price\r\nACME,LONG,15.00,,,12.50\r\n"
        assert as_json == [target]
        assert first == {"created": 1, "updated": 0, "total": 1}
        assert over == {"created": 0, "updated": 1, "total": 1}
        assert (again["code"], again["total_errors"]) == ("csv_invalid", 1)
        [fault] = again["errors"]
        assert {name: fault[name] for name in ("row", "symbol", "field", "code")} == {
            "row": 2,
            "symbol": "ACME",
            "field": "symbol",
            "code": "taken",
        }

    @pytest.mark.parametrize("body", [{}, {"csv_content": 5}, {"csv_content": "x" * 500_001}])
    async def test_without_a_text_are_400(
        self, portfolio_client: PortfolioClient, body: Json
    ) -> None:
        way = f"/target-prices/{portfolio_client.id}"

        assert refused(await portfolio_client.api("POST", f"{way}/import-csv", json=body))
        assert refused(await portfolio_client.api("POST", f"{way}/export", json={"format": "xls"}))


async def test_another_users_data_is_reported_as_missing(
    portfolio_client: PortfolioClient,
) -> None:
    position = await portfolio_client.add()
    target = await set_target(portfolio_client)
    body = {"name": "a", "account_name": "b"}
    bobs = (await portfolio_client.api("POST", "/portfolios", by=BOB, json=body)).json()["id"]
    before = portfolio_client.api.store.copy()

    async def asked(portfolio: str, target: str, position: str) -> list[Json]:
        of, of_target = f"/target-prices/{portfolio}", f"/target-prices/target/{target}"
        theirs = {**TARGET, "position_id": position}
        update = {"updates": [{"id": target, "target_price_eoy": 1}]}
        answers = [
            await portfolio_client.api(method, path, by=BOB, json=body)
            for method, path, body in (
                ("POST", of, FREE),
                ("GET", of, None),
                ("GET", f"{of}/summary", None),
                ("POST", f"{of}/bulk", {"target_prices": [FREE]}),
                ("PUT", f"{of}/bulk-update", {"updates": [{"symbol": "ACME"}]}),
                ("POST", f"{of}/import-csv", {"csv_content": "symbol"}),
                ("POST", f"{of}/export", {}),
                ("GET", of_target, None),
                ("PUT", of_target, {"target_price_eoy": 1}),
                ("DELETE", of_target, None),
                ("POST", f"/target-prices/{bobs}", theirs),
                ("POST", f"/target-prices/{bobs}/bulk", {"target_prices": [theirs]}),
            )
        ]
        assert [answer.status_code for answer in answers] == [404] * len(answers)
        way = f"/target-prices/{bobs}/bulk-update"
        updated = (await portfolio_client.api("PUT", way, by=BOB, json=update)).json()
        assert updated == {
            "updated": 0,
            "errors": [f"There is no target price with the id {target}."],
            "target_prices": [],
        }
        return [{**answer.json(), "instance": ""} for answer in answers]

    assert await asked(portfolio_client.id, target["id"], position["id"]) == await asked(
        NOBODYS, NOBODYS, NOBODYS
    )
    assert portfolio_client.api.store == before
