"""What a pipe gets."""

from datetime import UTC, datetime

import pytest

from sigmasight.entrypoints.cli.output import Row, Share
from sigmasight.entrypoints.cli.output.piped import PipedOutput

ROW: Row = {
    "id": "msg_1",
    "at": datetime(2026, 1, 15, 12, tzinfo=UTC),
    "paid": True,
    "error": None,
    "share": Share(95),
    "details": {"a": [1, 2]},
    "body": '{\n  "n": 1.10\n}',
    "text": "a\tb\nc\x1b[31m\u2028",
}
LINE = [
    "msg_1",
    "2026-01-15 12:00:00Z",
    "yes",
    "-",
    "95 %",
    '{"a":[1,2]}',
    '{"n":1.10}',
    r"a\tb\nc\u001b[31m\u2028",
]


def test_each_record_is_a_line_after_the_names_of_its_members(
    capsys: pytest.CaptureFixture[str],
) -> None:
    PipedOutput().table([ROW, ROW], title="Webhooks", hidden={"body"})

    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert lines == [list(ROW), LINE, LINE]


def test_no_line_is_wrapped_and_none_is_cut_off(capsys: pytest.CaptureFixture[str]) -> None:
    PipedOutput().table([{"text": "x" * 5000}], title="Texts")

    assert capsys.readouterr().out == f"text\n{'x' * 5000}\n"


def test_no_records_are_no_lines(capsys: pytest.CaptureFixture[str]) -> None:
    PipedOutput().table([], title="Webhooks")

    assert capsys.readouterr() == ("", "Webhooks: none.\n")


def test_a_record_is_a_line_and_its_lists_follow_after_an_empty_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    PipedOutput().record({"id": "a"}, title="User", grants=[{"count": 5}], items=[])

    assert capsys.readouterr() == ("id\na\n\ncount\n5\n", "")


def test_what_will_be_done_and_what_was_done_are_apart(capsys: pytest.CaptureFixture[str]) -> None:
    output = PipedOutput()

    output.preview([{"id": "a"}], title="Differences")
    output.table([{"id": "a"}], title="Repaired")

    assert capsys.readouterr().out == "id\na\n\nid\na\n"


def test_notes_are_apart_from_the_result(capsys: pytest.CaptureFixture[str]) -> None:
    output = PipedOutput()

    output.result("2 prices imported.", {"stored": 2}, first_bad=[{"number": 4}])
    output.note("Only the first is shown.\x1b")

    assert capsys.readouterr() == (
        "2 prices imported.\n\nnumber\n4\n",
        "Only the first is shown.\\u001b\n",
    )
