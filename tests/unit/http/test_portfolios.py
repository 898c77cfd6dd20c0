"""Portfolios over HTTP, to the letter of the contract."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from sigmasight.domain.portfolios.portfolio import PortfolioId
from tests.support.builders.instants import DAY, NOON
from tests.support.builders.users import ANN, ANNS_ID, BOB
from tests.support.providers.application import InMemoryApplication
from tests.unit.http.problems import problem_of

BODY = {"name": "Savings", "account_name": "Broker 1"}
MEMBERS = {
    *("id", "user_id", "name", "account_name", "account_type", "description", "currency"),
    *("equity_balance", "is_active", "created_at", "updated_at", "deleted_at"),
    *("position_count", "net_asset_value", "total_value"),
}


async def created(api: InMemoryApplication, **changes: Any) -> dict[str, Any]:
    answer = await api("POST", "/portfolios", json={**BODY, **changes})
    assert answer.status_code == 201, answer.text
    payload: dict[str, Any] = answer.json()
    return payload


class TestCreate:
    async def test_answers_201_with_the_portfolio_and_its_defaults(
        self, paid_api: InMemoryApplication
    ) -> None:
        answer = await paid_api("POST", "/portfolios", json=BODY)

        payload = answer.json()
        assert answer.status_code == 201
        assert payload == {
            "id": str(UUID(payload["id"])),
            "user_id": str(ANNS_ID),
            "name": "Savings",
            "account_name": "Broker 1",
            "account_type": "taxable",
            "description": None,
            "currency": "USD",
            "equity_balance": None,
            "is_active": True,
            "created_at": "2026-01-15T12:00:00Z",
            "updated_at": "2026-01-15T12:00:00Z",
            "deleted_at": None,
            "position_count": 0,
            "net_asset_value": "0.00",
            "total_value": "0.00",
        }

    async def test_accepts_every_field(self, paid_api: InMemoryApplication) -> None:
        payload = await created(
            paid_api,
            account_type="roth_ira",
            description="For\nlater",
            currency="eur",
            equity_balance="125000",
            is_active=False,
            something_new=5,
        )

        assert (payload["account_type"], payload["description"]) == ("roth_ira", "For\nlater")
        assert (payload["currency"], payload["is_active"]) == ("EUR", False)
        assert payload["equity_balance"] == payload["net_asset_value"] == "125000.00"
        assert "something_new" not in payload

    @pytest.mark.parametrize(
        "account_type",
        ["taxable", "ira", "roth_ira", "401k", "403b", "529", "hsa", "trust", "other"],
    )
    async def test_knows_the_types_of_accounts(
        self, paid_api: InMemoryApplication, account_type: str
    ) -> None:
        assert (await created(paid_api, account_type=account_type))["account_type"] == account_type

    async def test_trims_names_and_takes_them_up_to_their_lengths(
        self, paid_api: InMemoryApplication
    ) -> None:
        payload = await created(paid_api, name="  " + "x" * 250 + "  ", account_name="é" * 100)

        assert payload["name"] == "x" * 250
        assert payload["account_name"] == "é" * 100

    @pytest.mark.parametrize("name", [" ", "   ", "\t", "a\nb", "a\x7fb"])
    async def test_refuses_names_that_are_blank_or_not_one_line(
        self, paid_api: InMemoryApplication, name: str
    ) -> None:
        answer = await paid_api("POST", "/portfolios", json={**BODY, "name": name})

        assert (answer.status_code, answer.json()["error"]) == (400, "validation_failed")

    async def test_refuses_names_that_differ_only_in_spaces_around_them(
        self, paid_api: InMemoryApplication
    ) -> None:
        await created(paid_api)

        answer = await paid_api("POST", "/portfolios", json={**BODY, "account_name": " Broker 1 "})

        assert (answer.status_code, answer.json()["error"]) == (409, "account_name_taken")


class TestList:
    async def test_returns_summaries_oldest_first(self, paid_api: InMemoryApplication) -> None:
        first = await created(paid_api, equity_balance="0.10")
        paid_api.clock.set(NOON + DAY)
        second = await created(paid_api, account_name="Broker 2", equity_balance="0.20")

        answer = await paid_api("GET", "/portfolios")

        assert answer.status_code == 200
        assert answer.json() == {
            "portfolios": [first, second],
            "total_count": 2,
            "active_count": 2,
            "net_asset_value": "0.30",
            "total_value": "0.30",
        }

    async def test_of_nothing_is_empty(self, paid_api: InMemoryApplication) -> None:
        assert (await paid_api("GET", "/portfolios")).json() == {
            "portfolios": [],
            "total_count": 0,
            "active_count": 0,
            "net_asset_value": "0.00",
            "total_value": "0.00",
        }

    async def test_shows_inactive_ones_only_when_asked(self, paid_api: InMemoryApplication) -> None:
        await created(paid_api, is_active=False)

        without = (await paid_api("GET", "/portfolios?include_inactive=false")).json()
        included = (await paid_api("GET", "/portfolios?include_inactive=true")).json()

        assert without["total_count"] == 0
        assert (included["total_count"], included["active_count"]) == (1, 0)


class TestOne:
    async def test_is_read_as_it_was_created(self, paid_api: InMemoryApplication) -> None:
        payload = await created(paid_api)

        answer = await paid_api("GET", f"/portfolios/{payload['id']}")

        assert (answer.status_code, answer.json()) == (200, payload)
        assert set(payload) == MEMBERS

    async def test_is_changed_only_in_the_named_fields(self, paid_api: InMemoryApplication) -> None:
        payload = await created(paid_api, equity_balance="5", description="Old")
        paid_api.clock.set(NOON + DAY)

        answer = await paid_api(
            "PUT", f"/portfolios/{payload['id']}", json={"name": " New ", "description": None}
        )

        assert answer.status_code == 200
        assert answer.json() == {
            **payload,
            "name": "New",
            "description": None,
            "updated_at": "2026-01-16T12:00:00Z",
        }

    async def test_may_lose_its_balance(self, paid_api: InMemoryApplication) -> None:
        payload = await created(paid_api, equity_balance="5")

        answer = await paid_api(
            "PUT", f"/portfolios/{payload['id']}", json={"equity_balance": None}
        )

        assert answer.json()["equity_balance"] is None

    @pytest.mark.parametrize("change", [{"name": None}, {"currency": "X"}, {"equity_balance": "x"}])
    async def test_is_not_changed_to_invalid_values(
        self, paid_api: InMemoryApplication, change: dict[str, Any]
    ) -> None:
        payload = await created(paid_api)

        answer = await paid_api("PUT", f"/portfolios/{payload['id']}", json=change)

        assert (answer.status_code, answer.json()["error"]) == (400, "validation_failed")
        assert (await paid_api("GET", f"/portfolios/{payload['id']}")).json() == payload

    async def test_of_another_currency_converts_what_it_holds(
        self, paid_api: InMemoryApplication
    ) -> None:
        payload = await created(paid_api, equity_balance="1000")
        body = {
            "symbol": "ACME",
            "quantity": 10,
            "avg_cost": 5,
            "position_type": "LONG",
            "investment_class": "PUBLIC",
        }
        await paid_api("POST", f"/positions?portfolio_id={payload['id']}", json=body)
        path, change = f"/portfolios/{payload['id']}", {"currency": "EUR"}

        without_rate = await paid_api("PUT", path, json=change)
        paid_api.store.prices["EURUSD", NOON.date()] = Decimal("1.25")
        converted = await paid_api("PUT", path, json=change)

        problem_of(without_rate, 409, "exchange_rate_missing")
        assert (converted.json()["currency"], converted.json()["equity_balance"]) == (
            "EUR",
            "800.00",
        )
        [held] = (await paid_api("GET", f"/positions?portfolio_id={payload['id']}")).json()[
            "positions"
        ]
        assert (held["currency"], held["exchange_rate"]) == ("USD", "0.80")

    async def test_that_holds_nothing_changes_its_currency_freely(
        self, paid_api: InMemoryApplication
    ) -> None:
        payload = await created(paid_api, equity_balance="1000")

        answer = await paid_api("PUT", f"/portfolios/{payload['id']}", json={"currency": "EUR"})

        assert (answer.json()["currency"], answer.json()["equity_balance"]) == ("EUR", "1000.00")

    async def test_is_deleted_softly_and_once(self, paid_api: InMemoryApplication) -> None:
        payload = await created(paid_api)

        answer = await paid_api("DELETE", f"/portfolios/{payload['id']}")

        assert answer.status_code == 200
        gone = answer.json()
        assert gone["message"]
        assert {**gone, "message": ""} == {
            "success": True,
            "message": "",
            "portfolio_id": payload["id"],
            "deleted_at": "2026-01-15T12:00:00Z",
        }
        assert (await paid_api("GET", f"/portfolios/{payload['id']}")).status_code == 404
        assert (await paid_api("DELETE", f"/portfolios/{payload['id']}")).status_code == 404
        assert (ANNS_ID, PortfolioId(UUID(payload["id"]))) in paid_api.store.portfolios

    async def test_of_another_user_answers_as_one_that_does_not_exist(
        self, paid_api: InMemoryApplication
    ) -> None:
        payload = await created(paid_api)

        def ignoring_ids(answer: httpx.Response) -> dict[str, Any]:
            return {**answer.json(), "instance": ""}

        for method in ("GET", "PUT", "DELETE"):
            anns = await paid_api(method, f"/portfolios/{payload['id']}", by=BOB, json={})
            nobodys = await paid_api(method, f"/portfolios/{UUID(int=9)}", by=BOB, json={})
            assert anns.status_code == nobodys.status_code == 404
            assert ignoring_ids(anns) == ignoring_ids(nobodys)
        assert (await paid_api("GET", "/portfolios", by=BOB)).json()["total_count"] == 0
        assert (await paid_api("GET", f"/portfolios/{payload['id']}", by=ANN)).json() == payload
