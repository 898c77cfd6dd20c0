"""`sigmasight prices` over a real database."""

from tests.integration.cli.operator_cli import OperatorCli
from tests.integration.database_rows import Rows

GOOD = "symbol,date,close\nacme,2026-01-14,12.50\nACME,2026-01-13,11\n"


def write(cli: OperatorCli, text: str) -> str:
    path = cli.folder / "prices.csv"
    path.write_text(text)
    return str(path)


async def test_a_file_is_imported_and_shown(cli: OperatorCli) -> None:
    taken = await cli.run("prices", "import", write(cli, GOOD))
    plain, shown = await cli.run_both_formats("prices", "show", "acme")

    assert (taken.code, taken.text.split(" from")[0]) == (0, "2 prices imported")
    assert [(row["date"], row["close"]) for row in shown.rows] == [
        ("2026-01-14", "12.5"),
        ("2026-01-13", "11"),
    ]
    assert "12.5" in plain.text


async def test_bad_lines_are_named_by_their_numbers_and_skipped(
    cli: OperatorCli, rows: Rows
) -> None:
    bad = f'\ufeff{GOOD}\n"ACME,2026-01-12,1\n"B","2026-01-12","3.5"\nB,2026-01-12\n{"x" * 5000}\n'

    plain, as_json = await cli.run_both_formats("prices", "import", write(cli, bad))

    assert (plain.code, as_json.code) == (1, 1)
    assert {name: as_json.rows[name] for name in ("read", "stored", "bad")} == {
        "read": 6,
        "stored": 3,
        "bad": 3,
    }
    assert [line["number"] for line in as_json.rows["first_bad"]] == [5, 7, 8]
    assert "2 fields instead of 3" in plain.text
    assert await rows.count("FROM prices") == 3


async def test_a_strict_import_of_a_file_with_a_bad_line_stores_nothing(
    cli: OperatorCli, rows: Rows
) -> None:
    taken = await cli.run("prices", "import", write(cli, f"{GOOD}B,x,1\n"), "--strict")

    assert taken.code == 1
    assert "Nothing was stored." in taken.error_output
    assert await rows.count("FROM prices") == 0


async def test_a_file_of_another_format_is_refused(cli: OperatorCli, rows: Rows) -> None:
    refusal = await cli.run_refused("prices", "import", write(cli, "date,symbol,close\n"))

    assert "its first line is not symbol,date,close" in refusal
    assert await rows.count("FROM prices") == 0


async def test_reference_rates_of_the_central_bank_are_prices_of_pairs(
    cli: OperatorCli, rows: Rows
) -> None:
    text = "Date,USD,JPY,CYP,\n2026-01-14,1.0866,161.53,N/A,\n2026-01-13,1.08,160,N/A,\n"

    taken = await cli.run("prices", "import", write(cli, text))

    assert taken.code == 0
    assert await rows.count("FROM prices WHERE symbol = 'EURUSD'") == 2
    assert await rows.count("FROM prices") == 4


async def test_splits_are_imported_and_bad_ones_are_named(cli: OperatorCli, rows: Rows) -> None:
    text = "symbol,date,ratio\nACME,2026-01-14,4:1\nACME,2026-01-14,10:1\nB,2026-01-14,none\n"

    plain, as_json = await cli.run_both_formats("prices", "splits", "import", write(cli, text))
    strict = await cli.run("prices", "splits", "import", write(cli, text), "--strict")

    assert (plain.code, as_json.code, strict.code) == (1, 1, 1)
    assert {name: as_json.rows[name] for name in ("read", "stored", "bad")} == {
        "read": 3,
        "stored": 1,
        "bad": 1,
    }
    assert "shares after for shares before" in plain.text
    assert "Nothing was stored." in strict.error_output
    assert await rows.count("FROM splits WHERE ratio = 10") == 1


async def test_a_hundred_thousand_prices_are_imported(cli: OperatorCli, rows: Rows) -> None:
    lines = [
        f"S{number % 400},{2000 + number // 400 % 20}-01-01,{number}.25"
        for number in range(100_000)
    ]
    path = write(cli, "\n".join(["symbol,date,close", *lines]))

    taken = await cli.run("prices", "import", path)

    assert taken.code == 0
    assert await rows.count("FROM prices") == 8000
