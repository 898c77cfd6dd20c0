"""The pages on security and incidents name only what exists, and leave out no requirement."""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import click
import pytest

from tests.unit.cli.commands import COMMANDS

ROOT: Final = Path(__file__).parents[3]
SOURCE: Final = ROOT / "src" / "sigmasight"
SECURITY: Final = ROOT / "docs" / "security.md"
PLAYBOOKS: Final = ROOT / "docs" / "playbooks.md"
FILE: Final = re.compile(r"`([\w./-]+/[\w./-]+\.(?:py|md|txt|toml))`")
TEST: Final = re.compile(r"`(test_\w+)`")
COMMAND: Final = re.compile(r"^sigmasight [^#\n]+|`(sigmasight [^`\n]+)`", re.MULTILINE)
SEEN: Final = re.compile(r"\b(Log|Problem|Metric): ([^;\n]+)")
NAME: Final = re.compile(r"[a-z]\w*(?:_\w+)+")
LAST_OF_SECTION: Final = {
    7: (3, 4, 2, 5, 3, 2),
    9: (3, 4),
}
"""How many requirements each section of these chapters of ASVS 5.0 has."""
PARTS: Final = ("**What you see**", "**Check**", "**Do**", "**Afterwards**")
IDS: Final = (
    *(f"API{number}" for number in range(1, 11)),
    *(
        f"V{chapter}.{section}.{number}"
        for chapter, counts in LAST_OF_SECTION.items()
        for section, count in enumerate(counts, 1)
        for number in range(1, count + 1)
    ),
)


@pytest.mark.parametrize("page", [SECURITY, PLAYBOOKS], ids=lambda page: page.stem)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    missing = [
        name
        for name in FILE.findall(page.read_text())
        if not any((root / name).is_file() for root in (ROOT, SOURCE))
    ]

    assert missing == []


@pytest.mark.parametrize("page", [SECURITY, PLAYBOOKS], ids=lambda page: page.stem)
def test_every_test_that_a_page_names_is_in_the_file_named_before_it(page: Path) -> None:
    assert list(_missing_tests(page.read_text())) == []


def _missing_tests(text: str) -> Iterator[str]:
    file = ""
    for match in re.finditer(rf"{FILE.pattern}|{TEST.pattern}", text):
        if name := match[1]:
            file = name if name.startswith("tests/") else ""
        elif not file or f"def {match[2]}(" not in (ROOT / file).read_text():
            yield match[2]


@pytest.mark.parametrize("requirement", IDS)
def test_every_requirement_has_a_row(requirement: str) -> None:
    rows = re.findall(rf"^\| {re.escape(requirement)} .*\|$", SECURITY.read_text(), re.MULTILINE)

    assert len(rows) == 1


@pytest.mark.parametrize("page", [SECURITY, PLAYBOOKS], ids=lambda page: page.stem)
def test_every_link_within_a_page_leads_to_a_heading(page: Path) -> None:
    text = page.read_text()
    anchors = {_anchor(title) for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}

    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= anchors


def test_every_playbook_is_in_the_table_of_symptoms_and_has_its_four_parts() -> None:
    text = PLAYBOOKS.read_text()
    head, *entries = re.split(r"^### ", text, flags=re.MULTILINE)

    for entry in entries:
        title, _, body = entry.partition("\n")
        assert f"](#{_anchor(title)})" in head
        assert [part for part in PARTS if part not in body] == [], title


def _anchor(title: str) -> str:
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", [SECURITY, PLAYBOOKS], ids=lambda page: page.stem)
def test_every_command_that_a_page_names_exists_with_its_options(page: Path) -> None:
    for found in COMMAND.finditer(page.read_text()):
        words = shlex.split(found[1] or found[0])[1:]
        name = words.pop(0)
        while isinstance(COMMANDS[name], click.Group):
            name = f"{name} {words.pop(0)}"
        command = COMMANDS[name]
        options = {name for each in command.params for name in each.opts}
        assert {word for word in words if word.startswith("--")} <= options, found[0]


@pytest.mark.parametrize("kind", ["Log", "Problem", "Metric"])
def test_every_log_line_code_and_metric_of_a_playbook_is_in_the_source(kind: str) -> None:
    named = {
        name
        for label, text in SEEN.findall(PLAYBOOKS.read_text())
        if label == kind
        for name in re.findall(r"`([^`]+)`", text)
        if kind == "Log" or NAME.fullmatch(name)
    }

    assert named
    assert [name for name in sorted(named) if not _is_written(name)] == []


def _is_written(name: str) -> bool:
    """Return whether the source has that text; what libraries write has a sign of its own."""
    is_library = re.search(r"=|/|Error|QueuePool|^(?:status|code|client|count|kind)$", name)
    return bool(is_library) or re.sub(r"_(?:total|count)$", "", name) in _source()


@cache
def _source() -> str:
    return "\n".join(path.read_text() for path in sorted(SOURCE.rglob("*.py")))
