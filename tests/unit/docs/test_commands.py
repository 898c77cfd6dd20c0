"""What pages have a reader paste: nothing is left out by the tests that run it."""

import re
import shlex
from pathlib import Path

import pytest

from tests.support.pages import ELSEWHERE, OURS, PAGES, ROOT, requests_of, shell_blocks, shell_lines
from tests.unit.deployment.references import parse_command

SETTING = re.compile(r"(?:export )?[A-Z_]+=\S+")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_is_run_by_a_test_or_is_a_command_of_the_system(page: Path) -> None:
    requests = requests_of(page)
    left = [
        block
        for block in shell_blocks(page)
        if not any(
            ELSEWHERE.match(line) or OURS.match(line) or line in requests
            for line in map(str.strip, block.splitlines())
        )
        and not all(SETTING.match(line) for line in block.splitlines())
    ]

    assert left == []


def test_the_commands_that_do_not_end_exist_with_their_options() -> None:
    lines = [line for page in PAGES for line in filter(OURS.match, shell_lines(page))]
    commands = [OURS.sub("", re.split(r"\s+#", line)[0]) for line in lines]
    endless = [each for each in commands if each.split()[0] in {"run", "worker", "dev"}]

    assert len(endless) > 2
    for command in endless:
        parse_command(shlex.split(command))


def test_the_files_that_the_deployment_page_copies_exist() -> None:
    text = (ROOT / "docs" / "deployment.md").read_text()
    named = set(re.findall(r"\bdeploy/[\w./-]+[\w]", text))

    assert len(named) > 5
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
