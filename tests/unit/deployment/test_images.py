"""The images: linted, without root, and naming only what the program has."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
import rich_click as click

from tests.unit.deployment.references import (
    DEPLOY,
    PORT,
    ROOT,
    open_paths,
    parse_command,
    unknown_settings,
)

HADOLINT: Final = Path(sys.executable).with_name("hadolint")
PROGRAM: Final = ROOT / "Dockerfile"
DOCKERFILES: Final = [PROGRAM, DEPLOY / "pgbouncer" / "Dockerfile"]
NAMES: Final = ["program", "pgbouncer"]


def lint(text: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603
        [HADOLINT, "-"], input=text, capture_output=True, text=True, check=False
    )


def instructions(path: Path, name: str) -> list[str]:
    text = path.read_text().replace("\\\n", " ")
    return re.findall(rf"^\s*{name} +(.*)$", text, re.MULTILINE)


@pytest.mark.parametrize("path", DOCKERFILES, ids=NAMES)
def test_hadolint_finds_nothing(path: Path) -> None:
    linted = lint(path.read_text())

    assert (linted.returncode, linted.stdout) == (0, "")


@pytest.mark.parametrize(
    ("planted", "rule"),
    [("RUN sudo true", "DL3004"), ("FROM debian", "DL3006"), ("RUNN true", "missing whitespace")],
)
def test_hadolint_finds_a_planted_mistake(planted: str, rule: str) -> None:
    linted = lint(f"{PROGRAM.read_text()}\n{planted}\n")

    assert linted.returncode
    assert rule in linted.stdout + linted.stderr


@pytest.mark.parametrize("path", DOCKERFILES, ids=NAMES)
def test_the_last_stage_runs_as_a_numbered_user_with_a_health_check(path: Path) -> None:
    last = re.split(r"^FROM ", path.read_text(), flags=re.MULTILINE)[-1]
    user = re.findall(r"^USER (\d+):(\d+)$", last, re.MULTILINE)

    assert len(user) == 1
    assert all(int(each) > 1000 for each in user[0])
    assert "\nHEALTHCHECK " in last


@pytest.mark.parametrize("path", DOCKERFILES, ids=NAMES)
def test_the_bases_come_from_docker_hub_at_a_named_release(path: Path) -> None:
    bases = [each.split()[0] for each in instructions(path, "FROM")]

    assert [base for base in bases if not re.fullmatch(r"[a-z]+:[a-z0-9.-]+", base)] == []
    assert not any(base.endswith(":latest") for base in bases)


def test_the_program_is_started_with_a_command_it_has() -> None:
    [start], [command] = instructions(PROGRAM, "ENTRYPOINT"), instructions(PROGRAM, "CMD")[-1:]

    assert json.loads(start) == ["sigmasight"]
    assert parse_command(json.loads(command))["port"] == PORT
    assert instructions(PROGRAM, "EXPOSE") == [str(PORT)]


def test_a_command_that_the_program_lacks_would_be_noticed() -> None:
    for words in (["rum"], ["run", "--prot", "8000"], ["run", "--port", "eight"]):
        with pytest.raises(click.UsageError):
            parse_command(words)


def test_the_health_check_asks_for_a_path_that_answers() -> None:
    [check] = re.findall(r"http://127\.0\.0\.1:(\d+)(/[\w/]+)", PROGRAM.read_text())

    assert check[0] == str(PORT)
    assert check[1] in open_paths()


def test_the_variables_are_settings() -> None:
    names = re.findall(r"\b([A-Z_]+)=", " ".join(instructions(PROGRAM, "ENV")[1:]))

    assert names
    assert unknown_settings(names) == []
    assert unknown_settings(["DRAIN_SECOND"]) == ["DRAIN_SECOND"]


def test_everything_that_is_copied_is_sent_to_the_build() -> None:
    copied = " ".join(each for each in instructions(PROGRAM, "COPY") if "--from" not in each)
    sources = {Path(name).parts[0] for line in [copied] for name in line.split() if name[-1] != "/"}
    sent = set(re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))

    assert sources - {"."} <= sent
    assert all((ROOT / name).exists() for name in sent)
