"""Equity changes over HTTP, to the letter of the contract."""

from typing import Any
from uuid import UUID

import pytest

from tests.support.builders.instants import DAY, NOON
from tests.support.builders.users import ANNS_ID, BOB
from tests.unit.http.portfolio_client import NOBODYS, PortfolioClient, refused

Json = dict[str, Any]
BODY: Json = {"change_type": "CONTRIBUTION", "amount": "1000.50", "change_date": "2026-01-10"}


async def ask(
    portfolio_client: PortfolioClient, method: str, way: str = "", status: int = 200, **of: Any
) -> Any:
    answer = await portfolio_client.api(
        method, f"/portfolios/{portfolio_client.id}/equity-changes{way}", **of
    )
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def record_change(portfolio_client: PortfolioClient, **changes: Any) -> Json:
    payload: Json = await ask(portfolio_client, "POST", "", 201, json={**BODY, **changes})
    return payload


async def test_recording_answers_201_with_the_change(portfolio_client: PortfolioClient) -> None:
    payload = await record_change(portfolio_client, notes="A bonus")

    assert payload == {
        "id": str(UUID(payload["id"])),
        "portfolio_id": portfolio_client.id,
        "change_type": "CONTRIBUTION",
        "amount": "1000.50",
        "change_date": "2026-01-10",
        "notes": "A bonus",
        "created_by_user_id": str(ANNS_ID),
        "created_at": "2026-01-15T12:00:00Z",
        "updated_at": "2026-01-15T12:00:00Z",
        "deleted_at": None,
        "editable_until": "2026-01-22T12:00:00Z",
        "deletable_until": "2026-02-14T12:00:00Z",
        "is_deleted": False,
    }
    assert await ask(portfolio_client, "GET", f"/{payload['id']}") == payload
    assert (await portfolio_client.itself())["equity_balance"] is None


@pytest.mark.parametrize(
    "change",
    [
        *({"amount": 0}, {"amount": "-1"}, {"amount": "0.001"}, {"amount": "x"}, {"amount": None}),
        *({"change_date": "2026-01-16"}, {"change_date": "10/01/2026"}, {"change_type": "GIFT"}),
        *({"notes": "x" * 501}, {"notes": "\x00"}),
    ],
    ids=str,
)
async def test_a_wrong_field_is_400_and_named(
    portfolio_client: PortfolioClient, change: Json
) -> None:
    payload = await record_change(portfolio_client)
    way = f"/portfolios/{portfolio_client.id}/equity-changes"

    reported = await portfolio_client.api("POST", way, json={**BODY, **change})
    corrected = await portfolio_client.api("PUT", f"{way}/{payload['id']}", json=change)

    assert [field for field, _ in refused(reported)] == list(change)
    assert [field for field, _ in refused(corrected)] == list(change)
    assert (await ask(portfolio_client, "GET"))["items"] == [payload]


async def test_changes_are_listed_in_pages_latest_first(
    portfolio_client: PortfolioClient,
) -> None:
    reported = [
        await record_change(portfolio_client, change_date=f"2026-01-0{day}") for day in range(1, 6)
    ]
    await ask(portfolio_client, "DELETE", f"/{reported[4]['id']}", 204)

    page = await ask(portfolio_client, "GET", "?page=2&page_size=3")
    some = await ask(portfolio_client, "GET", "?start_date=2026-01-02&end_date=2026-01-03")
    everything = await ask(portfolio_client, "GET", "?include_deleted=true")

    assert page == {
        "items": [reported[0]],
        "page": 2,
        "page_size": 3,
        "total_items": 4,
        "total_pages": 2,
    }
    assert some["items"] == [reported[2], reported[1]]
    assert (everything["page"], everything["page_size"]) == (1, 25)
    deleted = everything["items"][0]
    assert (deleted["id"], deleted["is_deleted"]) == (reported[4]["id"], True)
    assert deleted["deleted_at"] == "2026-01-15T12:00:00Z"


@pytest.mark.parametrize(
    "query",
    [
        *("page=0", "page_size=0", "page_size=101", "page=1000001", "start_date=x"),
        "end_date=2026-01-01&start_date=2026-01-02",
    ],
)
async def test_an_invalid_page_is_400(portfolio_client: PortfolioClient, query: str) -> None:
    answer = await portfolio_client.api(
        "GET", f"/portfolios/{portfolio_client.id}/equity-changes?{query}"
    )

    assert [field for field, _ in refused(answer)] == [query.split("=", maxsplit=1)[0]]


async def test_a_change_is_updated_and_deleted_within_its_window(
    portfolio_client: PortfolioClient,
) -> None:
    payload = await record_change(portfolio_client)
    way = f"/{payload['id']}"

    corrected = await ask(portfolio_client, "PUT", way, json={"amount": 5, "notes": "Less"})
    portfolio_client.api.clock.set(NOON + 8 * DAY)
    late = await ask(portfolio_client, "PUT", way, 409, json={"amount": 6})
    portfolio_client.api.clock.set(NOON + 31 * DAY)
    too_late = await ask(portfolio_client, "DELETE", way, 409)
    portfolio_client.api.clock.set(NOON + 30 * DAY)
    gone = await ask(portfolio_client, "DELETE", way, 204)

    assert corrected == {**payload, "amount": "5.00", "notes": "Less"}
    assert (late["error"], too_late["error"]) == ("edit_window_closed", "delete_window_closed")
    assert gone is None
    assert (await ask(portfolio_client, "GET", way, 404))["error"] == "equity_change_not_found"


async def test_the_summary_adds_up(portfolio_client: PortfolioClient) -> None:
    empty = await ask(portfolio_client, "GET", "/summary")
    await record_change(portfolio_client, change_date="2025-12-31")
    last = await record_change(portfolio_client, change_type="WITHDRAWAL", amount=0.5)

    summary = await ask(portfolio_client, "GET", "/summary")

    assert (empty["net_flow"], empty["last_change"]) == (0, None)
    assert summary.pop("periods") == {
        name: {
            "contributions": 0 if name == "ytd" else 1000.5,
            "withdrawals": 0.5,
            "net_flow": -0.5 if name == "ytd" else 1000,
        }
        for name in ("30d", "90d", "1y", "ytd", "all")
    }
    assert summary == {
        "portfolio_id": portfolio_client.id,
        "total_contributions": 1000.5,
        "total_withdrawals": 0.5,
        "net_flow": 1000,
        "last_change": last,
    }


async def test_the_export_is_a_csv_without_spreadsheet_formulas(
    portfolio_client: PortfolioClient,
) -> None:
    payload = await record_change(portfolio_client, notes='=HYPERLINK("x")')
    way = f"/portfolios/{portfolio_client.id}/equity-changes/export"

    answer = await portfolio_client.api("GET", f"{way}?format=csv")

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.text == (
        "change_date,change_type,amount,notes,id,created_at\r\n"
        f'2026-01-10,CONTRIBUTION,1000.50,"\'=HYPERLINK(""x"")",{payload["id"]},2026-01-15T12:00:00Z'
        "\r\n"
    )
    assert (await portfolio_client.api("GET", f"{way}?start_date=2026-01-11")).text.count(
        "\r\n"
    ) == 1
    assert refused(await portfolio_client.api("GET", f"{way}?format=xls")) == [
        ("format", "invalid")
    ]


async def test_another_users_data_is_reported_as_missing(
    portfolio_client: PortfolioClient,
) -> None:
    payload = await record_change(portfolio_client)
    body = {"name": "a", "account_name": "b"}
    bobs = (await portfolio_client.api("POST", "/portfolios", by=BOB, json=body)).json()["id"]
    before = portfolio_client.api.store.copy()

    async def asked(portfolio: str, change: str) -> list[Json]:
        of = f"/portfolios/{portfolio}/equity-changes"
        ways = [f"{of}/{change}", f"/portfolios/{bobs}/equity-changes/{change}"]
        answers = [
            await portfolio_client.api(method, path, by=BOB, json=body)
            for method, path, body in (
                ("GET", of, None),
                ("POST", of, BODY),
                ("GET", f"{of}/summary", None),
                ("GET", f"{of}/export", None),
                *(("GET", way, None) for way in ways),
                *(("PUT", way, {"amount": 1}) for way in ways),
                *(("DELETE", way, None) for way in ways),
            )
        ]
        assert [answer.status_code for answer in answers] == [404] * 10
        return [{**answer.json(), "instance": ""} for answer in answers]

    assert await asked(portfolio_client.id, payload["id"]) == await asked(NOBODYS, NOBODYS)
    assert portfolio_client.api.store == before
