"""Equity changes over HTTP, to the letter of the contract."""

from typing import Any
from uuid import UUID

import pytest

from tests.http.savings import NOBODYS, Savings, refused
from tests.unit.examples import ANNS_ID, BOB, DAY, NOON

Json = dict[str, Any]
BODY: Json = {"change_type": "CONTRIBUTION", "amount": "1000.50", "change_date": "2026-01-10"}


async def ask(savings: Savings, method: str, way: str = "", status: int = 200, **of: Any) -> Any:
    answer = await savings.world(method, f"/portfolios/{savings.id}/equity-changes{way}", **of)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def tell(savings: Savings, **changes: Any) -> Json:
    said: Json = await ask(savings, "POST", "", 201, json={**BODY, **changes})
    return said


async def test_telling_answers_201_with_the_change(savings: Savings) -> None:
    said = await tell(savings, notes="A bonus")

    assert said == {
        "id": str(UUID(said["id"])),
        "portfolio_id": savings.id,
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
    assert await ask(savings, "GET", f"/{said['id']}") == said
    assert (await savings.itself())["equity_balance"] is None


@pytest.mark.parametrize(
    "change",
    [
        *({"amount": 0}, {"amount": "-1"}, {"amount": "0.001"}, {"amount": "x"}, {"amount": None}),
        *({"change_date": "2026-01-16"}, {"change_date": "10/01/2026"}, {"change_type": "GIFT"}),
        *({"notes": "x" * 501}, {"notes": "\x00"}),
    ],
    ids=str,
)
async def test_a_wrong_field_is_400_and_named(savings: Savings, change: Json) -> None:
    said = await tell(savings)
    way = f"/portfolios/{savings.id}/equity-changes"

    told = await savings.world("POST", way, json={**BODY, **change})
    corrected = await savings.world("PUT", f"{way}/{said['id']}", json=change)

    assert [field for field, _ in refused(told)] == list(change)
    assert [field for field, _ in refused(corrected)] == list(change)
    assert (await ask(savings, "GET"))["items"] == [said]


async def test_changes_are_listed_in_pages_the_latest_first(savings: Savings) -> None:
    told = [await tell(savings, change_date=f"2026-01-0{day}") for day in range(1, 6)]
    await ask(savings, "DELETE", f"/{told[4]['id']}", 204)

    page = await ask(savings, "GET", "?page=2&page_size=3")
    some = await ask(savings, "GET", "?start_date=2026-01-02&end_date=2026-01-03")
    everything = await ask(savings, "GET", "?include_deleted=true")

    assert page == {
        "items": [told[0]],
        "page": 2,
        "page_size": 3,
        "total_items": 4,
        "total_pages": 2,
    }
    assert some["items"] == [told[2], told[1]]
    assert (everything["page"], everything["page_size"]) == (1, 25)
    deleted = everything["items"][0]
    assert (deleted["id"], deleted["is_deleted"]) == (told[4]["id"], True)
    assert deleted["deleted_at"] == "2026-01-15T12:00:00Z"


@pytest.mark.parametrize(
    "query",
    [
        *("page=0", "page_size=0", "page_size=101", "page=1000001", "start_date=x"),
        "end_date=2026-01-01&start_date=2026-01-02",
    ],
)
async def test_no_such_page_is_400(savings: Savings, query: str) -> None:
    answer = await savings.world("GET", f"/portfolios/{savings.id}/equity-changes?{query}")

    assert [field for field, _ in refused(answer)] == [query.split("=", maxsplit=1)[0]]


async def test_a_change_is_corrected_and_taken_back_while_there_is_time(savings: Savings) -> None:
    said = await tell(savings)
    way = f"/{said['id']}"

    corrected = await ask(savings, "PUT", way, json={"amount": 5, "notes": "Less"})
    savings.world.clock.set(NOON + 8 * DAY)
    late = await ask(savings, "PUT", way, 409, json={"amount": 6})
    savings.world.clock.set(NOON + 31 * DAY)
    too_late = await ask(savings, "DELETE", way, 409)
    savings.world.clock.set(NOON + 30 * DAY)
    gone = await ask(savings, "DELETE", way, 204)

    assert corrected == {**said, "amount": "5.00", "notes": "Less"}
    assert (late["error"], too_late["error"]) == ("edit_window_closed", "delete_window_closed")
    assert gone is None
    assert (await ask(savings, "GET", way, 404))["error"] == "equity_change_not_found"


async def test_the_summary_adds_up(savings: Savings) -> None:
    empty = await ask(savings, "GET", "/summary")
    await tell(savings, change_date="2025-12-31")
    last = await tell(savings, change_type="WITHDRAWAL", amount=0.5)

    summary = await ask(savings, "GET", "/summary")

    assert (empty["net_flow"], empty["last_change"]) == ("0.00", None)
    assert summary.pop("periods") == {
        name: {
            "contributions": "0.00" if name == "ytd" else "1000.50",
            "withdrawals": "0.50",
            "net_flow": "-0.50" if name == "ytd" else "1000.00",
        }
        for name in ("30d", "90d", "1y", "ytd", "all")
    }
    assert summary == {
        "portfolio_id": savings.id,
        "total_contributions": "1000.50",
        "total_withdrawals": "0.50",
        "net_flow": "1000.00",
        "last_change": last,
    }


async def test_the_export_is_a_csv_of_which_no_spreadsheet_runs_a_cell(savings: Savings) -> None:
    said = await tell(savings, notes='=HYPERLINK("x")')
    way = f"/portfolios/{savings.id}/equity-changes/export"

    answer = await savings.world("GET", f"{way}?format=csv")

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.text == (
        "change_date,change_type,amount,notes,id,created_at\r\n"
        f'2026-01-10,CONTRIBUTION,1000.50,"\'=HYPERLINK(""x"")",{said["id"]},2026-01-15T12:00:00Z'
        "\r\n"
    )
    assert (await savings.world("GET", f"{way}?start_date=2026-01-11")).text.count("\r\n") == 1
    assert refused(await savings.world("GET", f"{way}?format=xls")) == [("format", "invalid")]


async def test_what_is_anothers_answers_as_what_does_not_exist(savings: Savings) -> None:
    said = await tell(savings)
    body = {"name": "a", "account_name": "b"}
    bobs = (await savings.world("POST", "/portfolios", by=BOB, json=body)).json()["id"]
    before = savings.world.memory.copy()

    async def asked(portfolio: str, change: str) -> list[Json]:
        of = f"/portfolios/{portfolio}/equity-changes"
        ways = [f"{of}/{change}", f"/portfolios/{bobs}/equity-changes/{change}"]
        answers = [
            await savings.world(method, path, by=BOB, json=body)
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

    assert await asked(savings.id, said["id"]) == await asked(NOBODYS, NOBODYS)
    assert savings.world.memory == before
