"""`sigmasight routes`, `info` and `schema` where nothing is set."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sigmasight.entrypoints.cli.main import cli
from tests.unit.cli.commands import COMMANDS
from tests.unit.entrypoints.environment import Environment

DESCRIPTIONS = [path for path in COMMANDS if path in {"routes", "info"} or path[:7] == "schema "]
SURROUNDINGS = [{}, {"ENVIRONMENT": "production"}, {"LEGACY_AUTH_ENABLED": "true"}]


@pytest.fixture(autouse=True)
def empty_folder(environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in a folder without settings, and without any in the environment."""
    del environment
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, **settings: str) -> Result:
    return CliRunner().invoke(cli, arguments, env=settings)


@pytest.mark.parametrize("settings", SURROUNDINGS, ids=str)
@pytest.mark.parametrize("path", DESCRIPTIONS)
def test_they_need_no_setting_of_a_server(path: str, settings: dict[str, str]) -> None:
    result = run(*path.split(), **settings)

    assert (result.exit_code, result.exception) == (0, None)


def test_they_start_no_database(empty_folder: Path) -> None:
    for path in DESCRIPTIONS:
        run(*path.split())

    assert {each.name for each in empty_folder.iterdir()} == {"openapi_schema.json", "api-specs.ts"}


def test_routes_are_listed_with_their_methods_and_handlers() -> None:
    rows = [json.loads(line) for line in run("routes", "--json-lines").stdout.splitlines()]

    assert {
        "methods": "GET",
        "path": "/api/v1/auth/me",
        "handler": "auth.IdentityController.read_me",
    } in rows
    assert not any(row["path"].startswith("/schema") for row in rows)


def test_routes_may_be_left_out_or_include_the_description() -> None:
    everything = run("routes", "--schema").stdout
    excluded = run("routes", "--exclude", "/api", "--exclude", "/schema").stdout
    broken = run("routes", "--exclude", "(")

    assert "\t/schema\t" in everything
    assert "/health/live" in excluded
    assert "/api" not in excluded
    assert (broken.exit_code, "is not a pattern" in broken.stderr) == (2, True)


def test_info_names_the_versions() -> None:
    info = json.loads(run("info", "--json").stdout)

    assert {"sigmasight", "litestar", "python"} <= set(info)
    assert info["openapi"] == "/schema"
