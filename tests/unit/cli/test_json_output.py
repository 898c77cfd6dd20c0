"""What programs read."""

import json
from decimal import Decimal
from uuid import UUID

import pytest

from sigmasight.entrypoints.cli.output import Output, Row, Share
from sigmasight.entrypoints.cli.output.json_text import JsonLinesOutput, JsonOutput

ROW: Row = {"id": UUID(int=1), "share": Share(95), "close": Decimal("1.10"), "body": '{ "a": 1 }'}
JSON = (
    '{"id":"00000000-0000-0000-0000-000000000001","share":95,"close":"1.10",'
    r'"body":"{ \"a\": 1 }"}'
)


def test_a_listing_is_an_array_with_each_record_in_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    JsonOutput().table([ROW, ROW], title="Users", hidden={"share"})

    text = capsys.readouterr().out
    assert text == f"[\n{JSON},\n{JSON}\n]\n"
    assert len(json.loads(text)) == 2


def test_no_records_are_an_empty_array_or_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    JsonOutput().table([], title="Users")
    array = capsys.readouterr()
    JsonLinesOutput().table([], title="Users", empty="Nobody is here.")

    assert array == ("[]\n", "")
    assert capsys.readouterr() == ("", "")


def test_a_listing_is_json_lines_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    JsonLinesOutput().table([ROW, ROW], title="Users")

    assert capsys.readouterr().out == f"{JSON}\n{JSON}\n"


@pytest.mark.parametrize("output", [JsonOutput(), JsonLinesOutput()])
def test_a_record_is_one_line_with_its_lists_and_nothing_else(
    output: Output, capsys: pytest.CaptureFixture[str]
) -> None:
    output.preview([ROW], title="Differences")
    output.note("There are more.")
    output.record({"id": "a"}, title="User", grants=[{"count": 5}], items=[])
    output.result("Done.", {"stored": 2}, first_bad=[])

    assert capsys.readouterr() == (
        '{"id":"a","grants":[{"count":5}],"items":[]}\n{"stored":2,"first_bad":[]}\n',
        "",
    )
