"""`sigmasight profiles` and `sigmasight benchmarks` over a real database."""

from tests.integration.cli.operator_cli import OperatorCli
from tests.integration.database_rows import Rows


def write(cli: OperatorCli, text: str) -> str:
    path = cli.folder / "reference"
    path.write_text(text)
    return str(path)


async def test_profiles_are_imported_from_a_csv_in_any_order_of_columns(
    cli: OperatorCli, rows: Rows
) -> None:
    text = '\ufeffSector,symbol,company_name\nEnergy,a,"A, Incorporated"\n\nx,,\nTechnology,B,\n'

    plain, as_json = await cli.run_both_formats("profiles", "import", write(cli, text))

    assert (plain.code, as_json.code) == (1, 1)
    assert {name: as_json.rows[name] for name in ("read", "stored", "bad")} == {
        "read": 3,
        "stored": 2,
        "bad": 1,
    }
    assert [line["number"] for line in as_json.rows["first_bad"]] == [4]
    found = await rows.all("SELECT symbol, company_name, sector FROM company_profiles ORDER BY 1")
    assert [tuple(row.values()) for row in found] == [
        ("A", "A, Incorporated", "Energy"),
        ("B", None, "Technology"),
    ]


async def test_profiles_are_imported_from_json(cli: OperatorCli, rows: Rows) -> None:
    text = '[{"symbol": "A", "market_cap": 1.5e12, "is_etf": false}, {"symbol": "B"}]'

    imported = await cli.run("profiles", "import", write(cli, text), "--strict")

    assert (imported.code, imported.text.split(" from")[0]) == (0, "2 profiles imported")
    assert await rows.count("FROM company_profiles WHERE market_cap = 1500000000000") == 1


async def test_a_file_that_is_neither_is_refused(cli: OperatorCli) -> None:
    for text, reason in (
        ("name,sector\nA,B\n", "its first line lacks symbol"),
        ("", "its first line lacks symbol"),
        ("[1, 2]", "is not a JSON array of objects"),
        ("[{]", "is not a JSON array of objects"),
    ):
        assert reason in await cli.run_refused("profiles", "import", write(cli, text))


async def test_weights_are_imported_whole_or_not_at_all(cli: OperatorCli, rows: Rows) -> None:
    header = "benchmark,as_of,sector,weight\n"
    good = f"{header}SP500,2026-01-14,Technology,0.4\nSP500,2026-01-14,Energy,0.6\n"

    imported = await cli.run("benchmarks", "import", write(cli, good))
    refused = await cli.run("benchmarks", "import", write(cli, f"{header}A,2026-01-14,X,0.5\n"))

    assert (imported.code, imported.text.split(" from")[0]) == (0, "2 weights imported")
    assert refused.code == 1
    assert "add up to 0.5, not to 1." in refused.text
    assert "Nothing was stored." in refused.error_output
    assert await rows.count("FROM benchmark_weights") == 1
