"""Imports by a crowd over two server processes."""

from collections import Counter

from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import a_person
from tests.support.builders.csv_files import a_stock, text_of
from tests.support.servers.api_client import Answers, Api, at_once, statuses

ANN = a_person("ann")
CROWD = 20
POSITIONS = 30
KEPT = """
SELECT portfolio_id, count(*) AS positions, count(DISTINCT symbol) AS symbols FROM positions
GROUP BY portfolio_id
"""


def a_file(*, faulty: bool = False) -> bytes:
    rows = [a_stock(symbol=f"S{number}") for number in range(POSITIONS)]
    return text_of(*rows, *([a_stock(quantity="0")] if faulty else [])).encode()


async def import_at_once(api: Api, names: list[str]) -> Answers:
    """Import under each of these names, and a faulty file for every other one."""
    form = {"portfolio_name": "Savings", "account_type": "ira", "equity_balance": "1"}
    return await at_once(
        api.upload(
            "/onboarding/create-portfolio",
            ANN.token(),
            {**form, "account_name": name},
            csv_file=a_file(faulty=number % 2 == 1),
        )
        for number, name in enumerate(names)
    )


def refusals(answers: Answers) -> Counter[str]:
    return Counter(answer.json()["code"] for answer in answers if not answer.is_success)


async def test_of_twenty_concurrent_imports_two_are_stored_with_all_positions(
    api: Api, rows: Rows
) -> None:
    await rows.add_user(ANN)

    answers = await import_at_once(api, [f"Account {number}" for number in range(2 * CROWD)])

    assert statuses(answers)[201] == 2
    assert refusals(answers) == {"portfolio_limit_reached": CROWD - 2, "csv_invalid": CROWD}
    kept = await rows.all(KEPT)
    made = {answer.json()["portfolio_id"] for answer in answers if answer.is_success}
    assert {str(each["portfolio_id"]) for each in kept} == made
    assert {(each["positions"], each["symbols"]) for each in kept} == {(POSITIONS, POSITIONS)}
    assert await rows.count("FROM portfolios") == 2


async def test_of_concurrent_imports_for_one_account_exactly_one_is_stored(
    api: Api, rows: Rows
) -> None:
    await rows.add_user(ANN, tier="paid")

    answers = await import_at_once(api, ["Broker"] * 2 * CROWD)

    assert statuses(answers)[201] == 1
    assert refusals(answers) == {"account_name_taken": CROWD - 1, "csv_invalid": CROWD}
    assert await rows.count("FROM positions") == POSITIONS


async def test_of_concurrent_updates_with_one_file_exactly_one_changes_anything(
    api: Api, rows: Rows
) -> None:
    await rows.add_user(ANN)
    form = {"portfolio_name": "Savings", "account_type": "ira", "equity_balance": "1"}
    made = await api.upload(
        "/onboarding/create-portfolio",
        ANN.token(),
        {**form, "account_name": "Broker"},
        csv_file=text_of(*(a_stock(symbol=f"S{number}") for number in range(10))).encode(),
    )
    newer = text_of(*(a_stock(symbol=f"S{number}", quantity="15") for number in range(5, 20)))
    path = f"/portfolios/{made.json()['portfolio_id']}/import"

    answers = await at_once(
        api.upload(path, ANN.token(), {}, csv_file=newer.encode()) for _ in range(CROWD)
    )

    assert statuses(answers) == {200: CROWD}
    changes = Counter(answer.json()["message"] for answer in answers)
    assert changes["The file changes nothing."] == CROWD - 1
    held = (
        "SELECT symbol, sum(quantity) AS quantity FROM positions WHERE exit_date IS NULL GROUP BY 1"
    )
    kept = {each["symbol"]: each["quantity"] for each in await rows.all(held)}
    assert kept == {f"S{number}": 15 for number in range(5, 20)}
