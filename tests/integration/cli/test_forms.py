"""Every command that reads, in every form of output."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import pytest

from tests.integration.cli.operator_cli import OperatorCli
from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import a_person
from tests.unit.cli.commands import OWN

ANN: Final = a_person("ann")
JOB: Final = "11111111-2222-4333-8444-555555555555"
BODY: Final = b'{"data":{"id":"user_ann","note":"' + b"x" * 200 + b'"}}'
READS: Final[Mapping[str, tuple[str, ...]]] = {
    "audit list": (),
    "fixes list": (),
    "info": (),
    "invites list": (),
    "jobs list": (),
    "jobs show": (JOB,),
    "prices show": ("ACME",),
    "retention show": (),
    "routes": (),
    "usage report": (),
    "usage show": (ANN.email,),
    "users list": (),
    "users show": (ANN.email,),
    "webhooks list": (),
    "webhooks show": ("msg_1",),
}
"""Commands that read, each with arguments that find something."""
Records = list[dict[str, Any]]
COLOUR: Final = re.compile("\x1b\\[[0-9;]*m")
DECORATION: Final = re.compile("[\x1b─-╿▀-▟…]")


@pytest.fixture
async def stored(rows: Rows, cli: OperatorCli) -> None:
    """Store something that each of the commands finds."""
    ann = await rows.add_user(ANN, ai_messages_used=95)
    await rows.put_webhook("msg_1", BODY)
    await rows.add_fix(JOB, ann)
    prices = cli.folder / "prices.csv"
    prices.write_text("symbol,date,close\nACME,2026-01-14,12.50\nACME,2026-01-13,11\n")
    await cli.run("prices", "import", str(prices))


def test_every_command_that_reads_is_tried() -> None:
    words = {"list", "show", "report", "info", "routes"}

    assert set(READS) == {path for path in OWN if path.split()[-1] in words}


def whole(records: Records, screen: str) -> set[str]:
    """Return the texts of the records that stand whole in a line of a screen."""
    lines = COLOUR.sub("", screen).splitlines()
    texts = {str(value) for record in records for value in record.values()}
    return {text for text in texts if any(text in line for line in lines)}


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("path", READS)
async def test_each_form_has_what_was_found(cli: OperatorCli, path: str) -> None:
    words = (*path.split(), *READS[path])

    json_lines = await cli.run(*words, "--json-lines")
    document = (await cli.run(*words, "--json")).rows
    piped = await cli.run(*words)
    narrow = await cli.run_at_terminal(*words, columns=80)
    wide = await cli.run_at_terminal(*words, columns=400)

    records = [json.loads(line) for line in json_lines.text.splitlines()]
    listing = document if isinstance(document, list) else [document]
    assert {*map(frozenset, listing)} == {*map(frozenset, records)}
    header, *lines = piped.text.partition("\n\n")[0].splitlines()
    assert set(header.split("\t")) <= set(records[0])
    assert {line.count("\t") for line in lines} == {header.count("\t")}
    assert not DECORATION.search(piped.text)
    assert len(lines) >= len(records)
    assert whole(records, narrow.text) >= whole(records, wide.text) != set()
    assert all(COLOUR.search(each.text) and "…" not in each.text for each in (narrow, wide))
    assert (json_lines.error_output, piped.error_output) == ("", "")


@pytest.mark.usefixtures("stored")
async def test_json_is_indented_for_people_and_a_line_in_a_pipe(cli: OperatorCli) -> None:
    await cli.run("users", "list")

    shown = await cli.run_at_terminal("webhooks", "show", "msg_1", columns=80)
    piped = await cli.run("webhooks", "show", "msg_1")
    audit = await cli.run_at_terminal("audit", "list", columns=80)

    assert '\n    "id": "user_ann",\n' in COLOUR.sub("", shown.text)
    assert piped.text.count("\n") == 2
    assert '\n  "operation": "sigmasight users list' in COLOUR.sub("", audit.text)
