"""Bringing a portfolio up to date with a newer file of the same account."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.providers.application import InMemoryApplication
from tests.unit.http.problems import problem_of

HEADING: Final = (
    "Account Number,Account Name,Symbol,Description,Quantity,Last Price,Current Value,"
    "Cost Basis Total"
)
FORM: Final = {
    "portfolio_name": "Savings",
    "account_name": "Broker",
    "account_type": "taxable",
    "equity_balance": "1000",
}


def a_file(
    *holdings: tuple[str, str, str, str], day: str = "Jan-10-2026", account: str = "Z1"
) -> str:
    """Return Fidelity's file of symbols with quantities, prices and total costs."""
    rows = [
        f"{account},Mine,{symbol},{symbol} CORP,{quantity},{price},,{cost}"
        for symbol, quantity, price, cost in holdings
    ]
    return "\n".join([HEADING, *rows, f'"Date downloaded {day} 4:10 p.m ET"'])


async def send(api: InMemoryApplication, path: str, content: str, **form: str) -> httpx.Response:
    files = {"csv_file": ("file.csv", content.encode(), "text/csv")}
    return await api("POST", path, data=form or None, files=files)


async def imported(api: InMemoryApplication, content: str) -> str:
    answer = await send(api, "/onboarding/create-portfolio", content, **FORM)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["portfolio_id"])


async def update(api: InMemoryApplication, portfolio: str, content: str, **form: str) -> Any:
    answer = await send(api, f"/portfolios/{portfolio}/import", content, **form)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def positions(api: InMemoryApplication, portfolio: str) -> list[Any]:
    path = f"/positions?portfolio_id={portfolio}&include_closed=true&limit=100"
    found: list[Any] = (await api("GET", path)).json()["positions"]
    return found


async def quantities(api: InMemoryApplication, portfolio: str) -> Mapping[str, Decimal]:
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for each in await positions(api, portfolio):
        if each["exit_date"] is None:
            found[each["symbol"]] += Decimal(each["quantity"])
    return found


async def test_what_is_new_opens_what_changed_is_adjusted_and_what_is_gone_closes(
    api: InMemoryApplication,
) -> None:
    first = a_file(
        ("KEEP", "10", "20", "150"),
        ("LESS", "10", "20", "150"),
        ("MORE", "10", "20", "150"),
        ("GONE", "4", "20", "60"),
    )
    portfolio = await imported(api, first)
    newer = a_file(
        ("KEEP", "10", "21", "150"),
        ("LESS", "6", "25", "90"),
        ("MORE", "15", "22", "260"),
        ("NEW", "-3", "30", "90"),
        day="Jan-14-2026",
    )

    found = await update(api, portfolio, newer)

    assert [each["symbol"] for each in found["opened"]] == ["NEW"]
    assert [(each["symbol"], each["before"], each["after"]) for each in found["adjusted"]] == [
        ("LESS", "10", "6"),
        ("MORE", "10", "15"),
    ]
    assert [each["symbol"] for each in found["closed"]] == ["GONE"]
    assert found["unchanged"] == 1
    assert found["message"] == "Of the holdings, 1 opened, 2 adjusted, 1 closed."
    by_symbol = {each["symbol"]: each for each in await positions(api, portfolio)}
    assert by_symbol["KEEP"]["last_price"] == "21.00"
    assert (by_symbol["LESS"]["realized_pnl"], by_symbol["LESS"]["realized_by_difference"]) == (
        "40.00",
        True,
    )
    assert by_symbol["GONE"]["exit_date"] == "2026-01-14"
    assert by_symbol["GONE"]["realized_pnl"] == "20.00"
    lots = [each for each in await positions(api, portfolio) if each["symbol"] == "MORE"]
    assert sorted((each["quantity"], each["entry_price"]) for each in lots) == [
        ("10", "15.00"),
        ("5", "22.00"),
    ]
    assert await quantities(api, portfolio) == {"KEEP": 10, "LESS": 6, "MORE": 15, "NEW": -3}


async def test_the_same_file_twice_changes_nothing(api: InMemoryApplication) -> None:
    file = a_file(("ACME", "10", "20", "150"), ("SPAXX**", "", "", ""), ("ZEN", "-3", "5", "20"))
    portfolio = await imported(api, file)
    before = await positions(api, portfolio)

    found = await update(api, portfolio, file)

    assert (found["opened"], found["adjusted"], found["closed"]) == ([], [], [])
    assert found["message"] == "The file changes nothing."
    assert await positions(api, portfolio) == before


async def test_a_dry_run_shows_the_difference_and_changes_nothing(api: InMemoryApplication) -> None:
    portfolio = await imported(api, a_file(("ACME", "10", "20", "150")))
    before = await positions(api, portfolio)

    found = await update(api, portfolio, a_file(("NEW", "1", "2", "3")), dry_run="true")

    assert found["dry_run"] is True
    assert found["message"] == "Of the holdings, 1 would be opened, 1 would be closed."
    assert await positions(api, portfolio) == before


async def test_tags_and_notes_stay(api: InMemoryApplication) -> None:
    portfolio = await imported(api, a_file(("ACME", "10", "20", "150")))
    [position] = await positions(api, portfolio)
    await api("PUT", f"/positions/{position['id']}", json={"notes": "Mine"})
    tag = (await api("POST", "/tags/", json={"name": "Growth"})).json()["id"]
    await api("POST", f"/positions/{position['id']}/tags", json={"tag_ids": [tag]})

    await update(api, portfolio, a_file(("ACME", "4", "25", "60"), day="Jan-14-2026"))

    [kept] = await positions(api, portfolio)
    assert (kept["id"], kept["notes"], kept["quantity"]) == (position["id"], "Mine", "4")
    tags = (await api("GET", f"/positions/{position['id']}/tags")).json()
    assert [each["name"] for each in tags] == ["Growth"]


async def test_accounts_that_the_file_does_not_have_stay_as_they_are(
    api: InMemoryApplication,
) -> None:
    both = a_file(("ACME", "10", "20", "150")) + "\n" + "Z2,Other,ZEN,ZEN CORP,5,4,,10"
    portfolio = await imported(api, both)

    found = await update(api, portfolio, a_file(("ACME", "12", "20", "180")))

    assert found["closed"] == []
    assert await quantities(api, portfolio) == {"ACME": 12, "ZEN": 5}


async def test_a_holding_whose_row_fails_is_not_closed(api: InMemoryApplication) -> None:
    portfolio = await imported(api, a_file(("ACME", "10", "20", "150"), ("ZEN", "5", "4", "10")))

    found = await update(
        api, portfolio, a_file(("ACME", "10", "20", "150"), ("ZEN", "--", "4", "10"))
    )

    assert (found["positions_failed"], found["closed"]) == (1, [])
    assert await quantities(api, portfolio) == {"ACME": 10, "ZEN": 5}


async def test_a_holding_that_turned_around_is_closed_and_opened(api: InMemoryApplication) -> None:
    portfolio = await imported(api, a_file(("ACME", "10", "20", "150")))

    await update(api, portfolio, a_file(("ACME", "-4", "25", "100"), day="Jan-14-2026"))

    assert await quantities(api, portfolio) == {"ACME": -4}
    [closed] = [each for each in await positions(api, portfolio) if each["exit_date"]]
    assert closed["realized_pnl"] == "100.00"


async def test_of_somebody_elses_portfolio_is_404(api: InMemoryApplication) -> None:
    path = "/portfolios/00000000-0000-4000-8000-000000000000/import"

    problem_of(await send(api, path, a_file(("ACME", "1", "2", "3"))), 404, "portfolio_not_found")


async def test_a_file_that_is_none_is_refused(api: InMemoryApplication) -> None:
    portfolio = await imported(api, a_file(("ACME", "10", "20", "150")))

    answer = await send(api, f"/portfolios/{portfolio}/import", "nothing,here\n1,2\n")

    problem_of(answer, 400, "csv_invalid")
    assert await quantities(api, portfolio) == {"ACME": 10}


HOLDINGS = st.dictionaries(
    st.sampled_from("ABCDE"), st.integers(-20, 20).filter(bool), min_size=1, max_size=5
)


@given(files=st.lists(HOLDINGS, min_size=2, max_size=4))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_after_any_files_the_portfolio_has_what_the_last_one_has(
    api: InMemoryApplication, files: list[dict[str, int]]
) -> None:
    contents = [
        a_file(
            *[(symbol, str(count), "20", str(15 * abs(count))) for symbol, count in each.items()]
        )
        for each in files
    ]
    portfolio = await imported(api, contents[0])
    for content in contents[1:]:
        await update(api, portfolio, content)
    again = await update(api, portfolio, contents[-1])

    assert await quantities(api, portfolio) == files[-1]
    assert again["message"] == "The file changes nothing."
    await api("DELETE", f"/portfolios/{portfolio}")
