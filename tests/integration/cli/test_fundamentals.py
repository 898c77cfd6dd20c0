"""`sigmasight fundamentals` over a real database."""

from tests.integration.cli.operator_cli import OperatorCli
from tests.integration.database_rows import Rows

PERIOD = '{"period_date": "2025-12-31", "fiscal_year": 2025, "revenue": 12345678901234567.89}'
GOOD = '[{"symbol": "acme", "income-statement": {"q": [%s], "a": [%s]}}]' % (PERIOD, PERIOD)  # noqa: UP031
KEPT = "SELECT symbol, statement, frequency, figures::text FROM fundamentals ORDER BY frequency"


def write(cli: OperatorCli, text: str) -> str:
    path = cli.folder / "fundamentals.json"
    path.write_text(text)
    return str(path)


async def test_a_file_is_imported_exactly_and_again(cli: OperatorCli, rows: Rows) -> None:
    plain, as_json = await cli.run_both_formats("fundamentals", "import", write(cli, GOOD))

    assert (plain.code, plain.text.split(" from")[0]) == (0, "2 reports imported")
    assert as_json.rows == {"stored": 2}
    assert [tuple(row.values()) for row in await rows.all(KEPT)] == [
        ("ACME", "income-statement", frequency, '{"revenue": "12345678901234567.89"}')
        for frequency in ("a", "q")
    ]


async def test_an_invalid_file_is_refused_with_the_location_and_stores_nothing(
    cli: OperatorCli, rows: Rows
) -> None:
    bad = f'{GOOD[:-1]}, {{"symbol": "B", "cash-flow": {{"q": [{{}}]}}}}]'

    refusal = await cli.run_refused("fundamentals", "import", write(cli, bad))
    broken = await cli.run_refused("fundamentals", "import", write(cli, "[{"))

    assert "[1].cash-flow.q[0].period_date: A date such as 2025-12-31 is expected." in refusal
    assert "is not JSON" in broken
    assert await rows.count("FROM fundamentals") == 0
