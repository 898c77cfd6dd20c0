"""Previews of files of any layout, and their import with a mapping."""

import json
from typing import Any, Final

import httpx
import pytest

from tests.support.builders.csv_files import a_stock, text_of
from tests.support.providers.application import InMemoryApplication
from tests.unit.domain.portfolios.csv_import.test_brokers import SCHWAB
from tests.unit.http.portfolio_client import refused
from tests.unit.http.problems import problem_of

ODD_TABLE: Final = """\
My holdings at the credit union
Ticker;Security Name;Number of shares;Avg. price (EUR);Purchase date;Depot;Cur
ACME;Acme Corp;10,5;1.012,50;30.06.2025;Main;EUR
ZEN;Zenith UCITS ETF;-3;20,00;01.07.2025;Other;EUR
NONE;Nothing Known;many;20,00;02.07.2025;Other;EUR
Total;;;;;;EUR
"""
FORM: Final = {
    "portfolio_name": "Savings",
    "account_name": "Union",
    "account_type": "taxable",
    "equity_balance": "1000",
}


async def send(api: InMemoryApplication, path: str, content: str, **form: str) -> httpx.Response:
    files = {"csv_file": ("file.csv", content.encode(), "text/csv")}
    return await api("POST", f"/onboarding/{path}", data=form, files=files)


async def preview(api: InMemoryApplication, content: str, **form: str) -> Any:
    answer = await send(api, "import-preview", content, **form)
    assert answer.status_code == 200, answer.text
    assert api.store.portfolios == {}
    return answer.json()


async def positions_of(api: InMemoryApplication, answer: httpx.Response) -> list[Any]:
    assert answer.status_code == 201, answer.text
    path = f"/positions?portfolio_id={answer.json()['portfolio_id']}"
    found: list[Any] = (await api("GET", path)).json()["positions"]
    return found


async def test_a_preview_suggests_a_mapping_of_an_unknown_table(api: InMemoryApplication) -> None:
    found = await preview(api, ODD_TABLE)

    assert found["layout"] is None
    assert (found["delimiter"], found["decimal_separator"], found["header_row"]) == (";", ",", 2)
    assert found["headings"][0] == {"heading": "Ticker", "samples": ["ACME", "ZEN", "NONE"]}
    assert found["mapping"] == {
        "symbol": "Ticker",
        "description": "Security Name",
        "quantity": "Number of shares",
        "unit_cost": "Avg. price (EUR)",
        "currency": "Cur",
        "account": "Depot",
        "entry_date": "Purchase date",
    }
    assert all(0 < each["confidence"] <= 1 for each in found["suggestions"])
    rows = [(each["symbol"], each["quantity"], each["entry_price"]) for each in found["rows"]]
    assert rows == [("ACME", "10.5", "1012.50"), ("ZEN", "-3", "20.00")]
    assert [each["entry_date"] for each in found["rows"]] == ["2025-06-30", "2025-07-01"]
    assert found["problems"] == [
        {
            "row": 5,
            "symbol": "NONE",
            "field": "quantity",
            "code": "ERR_POS_004",
            "message": "The file states no quantity.",
        }
    ]
    assert (found["accounts"], found["currencies"]) == (["Main", "Other"], ["EUR"])
    assert [each["symbol"] for each in found["left_out"]] == ["Total"]


async def test_the_suggested_mapping_is_enough_to_import_with(api: InMemoryApplication) -> None:
    mapping = json.dumps((await preview(api, ODD_TABLE))["mapping"])

    answer = await send(api, "create-portfolio", ODD_TABLE, mapping=mapping, **FORM)

    held = await positions_of(api, answer)
    assert [(each["symbol"], each["account"]) for each in held] == [
        ("ACME", "Main"),
        ("ZEN", "Other"),
    ]
    assert {each["currency"] for each in held} == {"EUR"}
    assert answer.json()["positions_failed"] == 1


async def test_a_known_layout_needs_no_mapping(api: InMemoryApplication) -> None:
    schwab, template = await preview(api, SCHWAB), await preview(api, text_of(a_stock()))

    assert (schwab["layout"], schwab["mapping"]) == ("Charles Schwab", {})
    assert (schwab["total_rows"], len(schwab["problems"])) == (5, 2)
    assert (template["layout"], template["total_rows"]) == ("template", 1)


async def test_a_constant_stands_for_a_missing_column(api: InMemoryApplication) -> None:
    table = "What,How many\nACME,10\nZEN,5\n"
    mapping = {
        "symbol": "What",
        "quantity": "how MANY",
        "currency": "CHF",
        "kind": "etf",
        "account": "Safe",
    }

    answer = await send(
        api,
        "create-portfolio",
        table,
        mapping=json.dumps(mapping),
        as_of="2026-01-02",
        **FORM,
    )

    held = await positions_of(api, answer)
    assert [each["symbol"] for each in held] == ["ACME", "ZEN"]
    assert {(each["currency"], each["investment_subtype"], each["account"]) for each in held} == {
        ("CHF", "ETF", "Safe")
    }
    assert {(each["entry_date"], each["cost_known"]) for each in held} == {("2026-01-02", False)}


@pytest.mark.parametrize(
    ("date_format", "day"), [("DD/MM/YYYY", "2025-07-06"), ("MM/DD/YYYY", "2025-06-07")]
)
async def test_the_order_of_dates_is_the_one_that_is_stated(
    api: InMemoryApplication, date_format: str, day: str
) -> None:
    table = text_of(a_stock(entry_date="06/07/2025"))

    unclear = await send(api, "create-portfolio", table, **FORM)
    answer = await send(api, "create-portfolio", table, date_format=date_format, **FORM)

    assert problem_of(unclear, 400, "csv_invalid")["errors"][0]["code"] == "ERR_POS_013"
    assert [each["entry_date"] for each in await positions_of(api, answer)] == [day]


async def test_the_decimal_separator_is_the_one_that_is_stated(api: InMemoryApplication) -> None:
    table = "Symbol;Quantity;Entry Price Per Share;Entry Date\nACME;1.234;12.345;2025-06-30\n"

    as_points = await preview(api, table)
    as_commas = await preview(api, table, decimal_separator=",")

    assert [each["quantity"] for each in as_points["rows"]] == ["1.234"]
    assert [each["quantity"] for each in as_commas["rows"]] == ["1234"]


async def test_accounts_become_one_portfolio_each_or_are_merged(api: InMemoryApplication) -> None:
    mapping = json.dumps((await preview(api, ODD_TABLE))["mapping"])

    one = await send(
        api, "create-portfolio", ODD_TABLE, mapping=mapping, accounts='["Other"]', **FORM
    )
    held = await positions_of(api, one)
    await api("DELETE", f"/portfolios/{one.json()['portfolio_id']}")
    each = await send(
        api, "create-portfolio", ODD_TABLE, mapping=mapping, merge_accounts="false", **FORM
    )
    listed = (await api("GET", "/portfolios")).json()["portfolios"]

    assert [position["symbol"] for position in held] == ["ZEN"]
    assert one.json()["positions_failed"] == 1
    assert [part["account_name"] for part in each.json()["portfolios"]] == [
        "Union Main",
        "Union Other",
    ]
    assert [(part["name"], part["position_count"]) for part in listed] == [
        ("Savings", 1),
        ("Savings", 1),
    ]


async def test_more_accounts_than_the_tier_has_portfolios_are_refused_whole(
    api: InMemoryApplication,
) -> None:
    rows = "".join(f"ACME,1,A{number}\n" for number in range(3))
    mapping = '{"symbol": "Ticker", "quantity": "Units", "account": "Account"}'

    answer = await send(
        api,
        "create-portfolio",
        f"Ticker,Units,Account\n{rows}",
        mapping=mapping,
        merge_accounts="false",
        as_of="2026-01-02",
        **FORM,
    )

    problem_of(answer, 403, "portfolio_limit_reached")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"mapping": "{"}, ("mapping", "invalid")),
        ({"mapping": '{"colour": "Ticker"}'}, ("mapping", "invalid")),
        ({"date_format": "YY"}, ("date_format", "invalid")),
        ({"decimal_separator": ";"}, ("decimal_separator", "invalid")),
        ({"accounts": "Main"}, ("accounts", "invalid")),
        ({"as_of": "soon"}, ("as_of", "invalid")),
    ],
)
async def test_a_form_that_makes_no_sense_is_refused(
    api: InMemoryApplication, form: dict[str, str], error: tuple[str, str]
) -> None:
    for path, more in (("import-preview", {}), ("create-portfolio", FORM)):
        assert refused(await send(api, path, ODD_TABLE, **form, **more)) == [error]


@pytest.mark.parametrize(
    "mapping",
    [
        {"symbol": "Ticker"},
        {"quantity": "Number of shares"},
        {"symbol": "No such", "quantity": "Number of shares"},
    ],
)
async def test_a_mapping_that_does_not_fit_the_file_is_refused(
    api: InMemoryApplication, mapping: dict[str, str]
) -> None:
    answer = await send(api, "create-portfolio", ODD_TABLE, mapping=json.dumps(mapping), **FORM)

    assert problem_of(answer, 400, "csv_invalid")["errors"][0]["code"] == "ERR_CSV_004"


async def test_a_file_that_is_none_has_a_preview_with_the_problem(api: InMemoryApplication) -> None:
    found = await preview(api, "%PDF-1.7")

    assert [each["code"] for each in found["problems"]] == ["ERR_CSV_002"]
    assert (found["headings"], found["rows"], found["total_rows"]) == ([], [], 0)


async def test_a_row_that_is_not_csv_is_a_problem_of_a_mapped_table(
    api: InMemoryApplication,
) -> None:
    table = 'Ticker,Units\nACME,1\n"ZEN" x,2\nELSE,3\n'
    mapping = '{"symbol": "Ticker", "quantity": "Units"}'

    found = await preview(api, table, mapping=mapping, as_of="2026-01-02")

    assert [each["symbol"] for each in found["rows"]] == ["ACME", "ELSE"]
    assert [(each["row"], each["code"]) for each in found["problems"]] == [(3, "ERR_CSV_006")]
