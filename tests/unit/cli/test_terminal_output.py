"""What people see at a terminal."""

import re
from collections.abc import Sequence
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from sigmasight.entrypoints.cli.output import Row, Share
from sigmasight.entrypoints.cli.output.terminal import TerminalOutput
from sigmasight.entrypoints.cli.output.values import block_of

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
FRAME = re.compile("[━┃│─┏┓└┘]")
ANN = {
    "id": UUID(int=1),
    "email": "ann@example.com",
    "account": f"user_{'a' * 27}",
    "state": "active",
}
BEN = {"id": UUID(int=2), "email": "ben@example.com", "account": None, "state": "failed"}
WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60)


class Terminal:
    """A terminal of some width, and what is printed there."""

    def __init__(self, width: int) -> None:
        self._screen = StringIO()
        self.output = TerminalOutput(
            Console(
                file=self._screen,
                width=width,
                force_terminal=True,
                color_system="standard",
                highlight=False,
                _environ={},
            )
        )

    @property
    def coloured(self) -> str:
        return self._screen.getvalue()

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in COLOUR.sub("", self.coloured).split("\n")]


def listed(rows: Sequence[Row], width: int, **options: Any) -> Terminal:
    terminal = Terminal(width)
    terminal.output.table(rows, title="Users", **options)
    return terminal


def test_a_listing_that_does_not_fit_has_one_record_below_the_other() -> None:
    terminal = listed([ANN, BEN], 80)

    assert terminal.lines == [
        "Users",
        "id: 00000000-0000-0000-0000-000000000001",
        "email: ann@example.com",
        f"account: user_{'a' * 27}",
        "state: active",
        "",
        "id: 00000000-0000-0000-0000-000000000002",
        "email: ben@example.com",
        "account: -",
        "state: failed",
        "",
    ]


def test_a_listing_that_fits_is_a_table_in_colour() -> None:
    terminal = listed([ANN, BEN], 200)

    assert FRAME.search(terminal.coloured)
    assert COLOUR.search(terminal.coloured)
    assert [cell.strip() for cell in terminal.lines[4].split("│")[1:-1]] == list(
        map(block_of, ANN.values())
    )


@given(
    st.lists(st.fixed_dictionaries({"id": WORDS, "error_text": WORDS}), min_size=1, max_size=4),
    st.integers(20, 200),
)
def test_at_any_width_each_cell_is_whole_in_a_line(rows: list[Row], width: int) -> None:
    lines = listed(rows, width).lines

    for row in rows:
        for value in row.values():
            assert any(block_of(value) in line for line in lines)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_hidden_columns_are_left_out(width: int) -> None:
    assert "ann@example.com" not in listed([ANN], width, hidden={"email"}).coloured


def test_an_empty_listing_is_reported_by_its_title() -> None:
    assert listed([], 80).lines == ["Users: none.", ""]
    assert listed([], 80, empty="Nobody is here.").lines == ["Nobody is here.", ""]


def test_a_record_has_its_json_indented_and_its_lists_below() -> None:
    terminal = Terminal(80)

    terminal.output.record(
        {"svix_id": "msg_1", "body": '{"b":1.10,"a":[true]}'},
        title="Webhook",
        past_attempts=[{"number": 1}],
    )

    assert terminal.lines[:10] == [
        "Webhook",
        "svix id: msg_1",
        "body:",
        "{",
        '  "b": 1.10,',
        '  "a": [',
        "    true",
        "  ]",
        "}",
        "",
    ]
    assert "Past attempts" in terminal.lines


@pytest.mark.parametrize("width", [30, 200])
def test_a_listing_has_its_json_indented(width: int) -> None:
    lines = listed([{"number": 7, "details": {"operation": "sigmasight users list"}}], width).lines

    assert any('  "operation": "sigmasight users list"' in line for line in lines)


def test_a_share_is_a_bar_where_there_is_room_and_else_a_number() -> None:
    row = {"email": "ann@example.com", "share": Share(95)}

    assert "━━━" in "".join(listed([row], 80).lines[4:])
    assert listed([row], 30).lines[2] == "share: 95 %"


def test_text_is_neither_markup_nor_a_command_to_the_terminal() -> None:
    terminal = listed([{"name": "[red]x[/red]\x1b[2J\x9b"}], 80)

    assert r"[red]x[/red]\u001b[2J\u009b" in terminal.coloured


def test_a_result_is_a_sentence_with_what_was_found() -> None:
    terminal = Terminal(80)

    terminal.output.result("2 prices imported.", {"stored": 2}, first_bad=[], others=[{"line": 4}])

    assert terminal.lines[:2] == ["2 prices imported.", "Others"]
