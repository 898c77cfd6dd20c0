"""The form of every command's output."""

import pytest

from tests.integration.cli.operator_cli import FRAME, OperatorCli
from tests.integration.database_rows import Rows


async def test_in_a_pipe_the_output_is_undecorated(cli: OperatorCli) -> None:
    replayed = await cli.run("webhooks", "replay-failed")

    assert (replayed.text, replayed.error_output) == ("", "Replayed: none.")


async def test_in_a_pipe_no_line_is_wrapped(cli: OperatorCli, rows: Rows) -> None:
    email = f"{'a' * 60}@{'b' * 60}.example"
    await rows.put(email=email, ai_messages_used=95)

    for command in (("users", "list"), ("usage", "report")):
        assert email in (await cli.run(*command)).text


async def test_in_a_pipe_help_has_no_frames(cli: OperatorCli) -> None:
    shown = [await cli.run(*words, "--help") for words in ((), ("users",), ("users", "list"))]

    assert not any(FRAME.search(each.text) for each in shown)


async def test_in_a_pipe_a_command_of_the_database_prints_its_findings_alone(
    cli: OperatorCli,
) -> None:
    heads = await cli.run("database", "heads")

    assert heads.text.count("\n") == 1
    assert heads.text.endswith(" (head)\n")
    assert heads.error_output == "Showing current heads"


@pytest.mark.parametrize("symbol", ["[/x]", "[red]x[/red]"])
async def test_user_input_is_not_interpreted_as_markup(cli: OperatorCli, symbol: str) -> None:
    shown = await cli.run("prices", "show", symbol)

    assert shown.error_output == f"Prices of {symbol.upper()}: none."


async def test_help_of_run_is_about_this_server(cli: OperatorCli) -> None:
    helped = await cli.run("run", "--help")

    assert "Serve the API" in helped.text
    assert "--workers" in helped.text
    assert "autodiscovery" not in helped.text


async def test_an_impossible_port_is_refused(cli: OperatorCli) -> None:
    assert "65536 is not in the range" in await cli.run_refused("dev", "--port", "65536")
