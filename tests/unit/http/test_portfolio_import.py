"""Making portfolios of files, over HTTP."""

import io
from typing import Any, Final

import httpx
import pytest

from sigmasight.domain.portfolios.csv_import.csv_file import LARGEST
from sigmasight.entrypoints.http.portfolio_import import MAX_BODY
from tests.support.builders.csv_files import HEADER, a_stock, an_option, text_of
from tests.support.providers.application import InMemoryApplication
from tests.unit.domain.portfolios.csv_import.test_brokers import SCHWAB
from tests.unit.http.portfolio_client import refused
from tests.unit.http.problems import problem_of

WAY: Final = "/onboarding/create-portfolio"
FORM: Final[dict[str, str]] = {
    "portfolio_name": " Savings ",
    "account_name": "Broker 1",
    "account_type": "ira",
    "equity_balance": "1000.10",
}


async def send(
    api: InMemoryApplication, content: str | bytes, *, name: str = "positions.csv", **form: Any
) -> httpx.Response:
    payload = {field: value for field, value in {**FORM, **form}.items() if value is not None}
    body = content.encode() if isinstance(content, str) else content
    return await api("POST", WAY, data=payload, files={"csv_file": (name, body, "text/csv")})


async def stored(api: InMemoryApplication) -> tuple[int, int]:
    listed = (await api("GET", "/portfolios?include_inactive=true")).json()
    return listed["total_count"], len(api.store.positions)


async def test_the_template_is_a_file_to_download(api: InMemoryApplication) -> None:
    answer = await api("GET", "/onboarding/csv-template", by=None)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "sigmasight-positions.csv" in answer.headers["Content-Disposition"]
    assert answer.text.splitlines()[0] == HEADER
    assert all(line.startswith("#") for line in answer.text.splitlines()[1:])


async def test_a_file_becomes_a_portfolio_with_its_positions(api: InMemoryApplication) -> None:
    answer = await send(api, text_of(a_stock(), an_option()), description="For later")

    payload = answer.json()
    assert answer.status_code == 201
    assert payload == {
        "portfolio_id": payload["portfolio_id"],
        "portfolio_name": "Savings",
        "account_name": "Broker 1",
        "account_type": "ira",
        "equity_balance": "1000.10",
        "positions_imported": 2,
        "positions_failed": 0,
        "total_positions": 2,
        "message": "The portfolio was created with 2 positions.",
        "next_step": {
            "action": "calculate",
            "endpoint": f"/api/v1/portfolios/{payload['portfolio_id']}/calculate",
            "description": "Calculate the portfolio's figures.",
        },
        "layout": "template",
        "portfolios": [
            {
                "portfolio_id": payload["portfolio_id"],
                "account_name": "Broker 1",
                "positions_imported": 2,
            }
        ],
        "failed": [],
        "left_out": [],
    }
    portfolio = (await api("GET", f"/portfolios/{payload['portfolio_id']}")).json()
    assert (portfolio["description"], portfolio["position_count"]) == ("For later", 2)
    calculation = await api("POST", payload["next_step"]["endpoint"].removeprefix("/api/v1"))
    assert calculation.json()["status"] == "started"


async def test_a_brokers_file_reports_skipped_rows_with_reasons(api: InMemoryApplication) -> None:
    answer = await send(api, SCHWAB, as_of="2025-11-01")

    payload = answer.json()
    assert (answer.status_code, payload["positions_imported"]) == (201, 5)
    assert (payload["positions_failed"], payload["total_positions"]) == (2, 7)
    assert payload["message"] == (
        "The portfolio was created with 5 positions. 2 holdings could not be imported, 0.1% of the"
        " file's stated value."
    )
    assert payload["failed"][0] == {
        "row": 8,
        "symbol": "LOST",
        "code": "ERR_POS_004",
        "message": "The file states no quantity.",
    }
    sum_of_all = "It is a total or a note, not a position."
    assert payload["left_out"] == [{"row": 11, "symbol": "Account Total", "reason": sum_of_all}]
    listed = await api("GET", f"/positions?portfolio_id={payload['portfolio_id']}")
    assert {each["entry_date"] for each in listed.json()["positions"]} == {"2025-11-01"}


async def test_a_brokers_file_with_a_failure_is_refused_if_strict(api: InMemoryApplication) -> None:
    problem = problem_of(await send(api, SCHWAB, strict="true"), 400, "csv_invalid")

    assert [each["row"] for each in problem["error"]["details"]["errors"]] == [8, 9]
    assert await stored(api) == (0, 0)


async def test_an_unknown_cost_is_null(api: InMemoryApplication) -> None:
    payload = (await send(api, SCHWAB)).json()

    listed = await api("GET", f"/positions?portfolio_id={payload['portfolio_id']}")
    [gift] = [each for each in listed.json()["positions"] if each["symbol"] == "GIFT"]
    assert (gift["entry_price"], gift["cost_known"], gift["unrealized_pnl"]) == (None, False, None)
    assert (gift["last_price"], gift["market_value"]) == ("10.00", "10.00")


async def test_a_brokers_file_without_a_date_needs_one(api: InMemoryApplication) -> None:
    undated = SCHWAB.replace(", 2025/11/16", "")

    for blank in ({}, {"as_of": ""}, {"as_of": " "}):
        assert refused(await send(api, undated, **blank)) == [("as_of", "required")]
    assert refused(await send(api, undated, as_of="2026-01-16")) == [("as_of", "in_the_future")]
    assert await stored(api) == (0, 0)


async def test_all_errors_are_reported_and_nothing_is_stored(
    api: InMemoryApplication,
) -> None:
    answer = await send(api, text_of(a_stock(), "# note", a_stock(symbol="", quantity="0")))

    payload = problem_of(answer, 400, "csv_invalid")
    assert payload["total_errors"] == 2
    assert payload["error"] == {
        "code": "csv_invalid",
        "message": payload["detail"],
        "details": {"errors": payload["errors"], "total_errors": 2},
    }
    assert payload["errors"] == [
        {
            "row": 4,
            "symbol": None,
            "field": "Symbol",
            "code": "ERR_POS_001",
            "message": "Symbol: Required.",
        },
        {
            "row": 4,
            "symbol": None,
            "field": "Quantity",
            "code": "ERR_POS_006",
            "message": "Quantity: Must not be 0.",
        },
    ]
    assert await stored(api) == (0, 0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((field, None) for field in FORM),
        ("portfolio_name", "  "),
        ("account_name", "x" * 101),
        ("account_type", "savings"),
        ("equity_balance", "1,000.00"),
        ("equity_balance", "NaN"),
        ("equity_balance", "-1"),
        ("equity_balance", "1.005"),
        ("description", "x" * 1001),
        ("as_of", "11/16/2025"),
        ("account_name", ["One", "Two"]),
    ],
)
async def test_an_invalid_form_is_refused(api: InMemoryApplication, field: str, value: Any) -> None:
    answer = await send(api, text_of(a_stock()), **{field: value})

    assert (answer.status_code, answer.json()["error"]) == (400, "validation_failed")
    assert field in str(answer.json()["errors"])
    assert await stored(api) == (0, 0)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"json": {**FORM, "csv_file": "a"}},
        {"data": FORM},
        {"files": {"portfolio_name": (None, b"Savings")}},
        {"data": FORM, "files": {"csv_file": (None, b"Symbol")}},
        {"content": b"x", "headers": {"Content-Type": "multipart/form-data; boundary=b"}},
        {"content": b"--b", "headers": {"Content-Type": "multipart/form-data"}},
    ],
)
async def test_a_request_without_a_form_and_a_file_is_refused(
    api: InMemoryApplication, body: dict[str, Any]
) -> None:
    answer = await api("POST", WAY, **body)

    assert (answer.status_code, answer.json()["error"]) == (400, "validation_failed")


async def test_text_in_place_of_the_file_is_refused_with_a_reason(api: InMemoryApplication) -> None:
    answer = await api("POST", WAY, data=FORM, files={"csv_file": (None, b"Symbol")})

    assert answer.json()["detail"] == "csv_file: Must be a file."


async def test_a_file_over_the_limit_is_413_and_a_huge_one_is_not_read(
    api: InMemoryApplication,
) -> None:
    over = await send(api, b"#" * (LARGEST + 1))
    far_over = await send(api, b"#" * MAX_BODY)

    assert (over.status_code, over.json()["errors"][0]["code"]) == (400, "ERR_CSV_001")
    assert (far_over.status_code, far_over.json()["limit_bytes"]) == (413, MAX_BODY)


async def test_a_file_of_another_name_is_refused(api: InMemoryApplication) -> None:
    answer = await send(api, text_of(a_stock()), name="positions.xlsx")

    assert [error["code"] for error in answer.json()["errors"]] == ["ERR_CSV_002"]


async def test_the_limit_and_the_names_of_accounts_hold_for_imports(
    api: InMemoryApplication,
) -> None:
    first = await send(api, text_of(a_stock()))
    taken = await send(api, text_of(a_stock()))
    second = await send(api, text_of(a_stock()), account_name="Broker 2")
    beyond = await send(api, text_of(a_stock()), account_name="Broker 3")

    assert [first.status_code, second.status_code] == [201, 201]
    assert (taken.status_code, taken.json()["error"]) == (409, "account_name_taken")
    assert (beyond.status_code, beyond.json()["error"]) == (403, "portfolio_limit_reached")
    assert (beyond.json()["limit"], beyond.json()["current_count"]) == (2, 2)
    assert await stored(api) == (2, 2)


async def test_a_file_larger_than_the_memory_buffer_is_read_too(
    api: InMemoryApplication,
) -> None:
    rows = io.StringIO()
    rows.writelines(a_stock(symbol=f"S{number}" * 10) + "\n" for number in range(15_000))

    answer = await send(api, text_of(rows.getvalue()))

    assert answer.json()["positions_imported"] == 15_000
