"""What every command's answer is like, whatever it is asked."""

import pytest

from tests.integration.cli.operator_cli import Desk
from tests.integration.database_rows import Rows


async def test_in_a_pipe_there_is_the_answer_and_nothing_around_it(desk: Desk) -> None:
    replayed = await desk.run("webhooks", "replay-failed")

    assert (replayed.text, replayed.complaint) == ("Replayed: none.\n", "")
    assert (desk.folder / "stderr").read_text() == ""


async def test_in_a_pipe_no_line_is_folded(desk: Desk, rows: Rows) -> None:
    email = f"{'a' * 60}@{'b' * 60}.example"
    await rows.put(email=email, ai_messages_used=95)

    for command in (("users", "list"), ("usage", "report")):
        assert email in (await desk.run(*command)).text


@pytest.mark.parametrize("symbol", ["[/x]", "[red]x[/red]"])
async def test_what_was_typed_is_no_markup(desk: Desk, symbol: str) -> None:
    shown = await desk.run("prices", "show", symbol)

    assert shown.text == f"Prices of {symbol.upper()}: none.\n"


async def test_help_with_run_speaks_of_this_server(desk: Desk) -> None:
    helped = await desk.run("run", "--help")

    assert "Serve the API" in helped.text
    assert "--workers" in helped.text
    assert "autodiscovery" not in helped.text


async def test_a_port_there_cannot_be_is_refused_as_such(desk: Desk) -> None:
    assert "65536 is not in the range" in await desk.refused("dev", "--port", "65536")
