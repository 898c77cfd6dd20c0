"""The `sigmasight` command: its messages, and its database."""

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.integration.local.development import sigmasight
from tests.support.builders import signing

ROOT = Path(__file__).parents[3]


def test_a_server_without_its_settings_names_each_missing_one(
    tmp_path: Path,
) -> None:
    run = sigmasight("run", cwd=tmp_path)

    assert run.returncode == 2
    for setting in ("CLERK_DOMAIN", "CLERK_WEBHOOK_SECRET", "BETA_INVITE_CODE"):
        assert f"{setting} is missing" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_malformed_setting_is_named_and_its_value_is_not_shown(tmp_path: Path) -> None:
    run = sigmasight("run", cwd=tmp_path, DATABASE_URL="mysql://me:hunter2@db/x")

    assert run.returncode == 2
    assert "DATABASE_URL must start with postgresql://" in run.stderr
    assert "hunter2" not in run.stderr


def test_the_database_commands_bring_the_embedded_database_up_and_down(tmp_path: Path) -> None:
    up = sigmasight("database", "upgrade", cwd=tmp_path)
    way = ("database", "downgrade", "s5t6u7v8w9x0")
    unasked = sigmasight(*way, cwd=tmp_path)
    down = sigmasight(*way, "--no-prompt", cwd=tmp_path)
    now = sigmasight("database", "show-current-revision", cwd=tmp_path)

    assert (up.returncode, down.returncode) == (0, 0), up.stderr + down.stderr
    assert "s5t6u7v8w9x0" in now.stdout
    assert unasked.returncode == 2
    assert "--no-prompt" in unasked.stderr


def test_the_routes_are_listed_without_a_database(tmp_path: Path) -> None:
    routes = sigmasight(
        "routes",
        cwd=tmp_path,
        DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing",
        CLERK_ISSUER=signing.ISSUER,
        CLERK_WEBHOOK_SECRET=signing.SECRET,
        BETA_INVITE_CODE="X",
    )

    assert "/api/v1/auth/me" in routes.stdout, routes.stderr


def test_the_wheel_carries_the_migrations_and_the_command(tmp_path: Path) -> None:
    subprocess.run(  # noqa: S603
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )

    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = wheel.namelist()
    migrations = "sigmasight/adapters/postgres/migrations"
    assert f"{migrations}/env.py" in names
    assert f"{migrations}/versions/s5t6u7v8w9x0_add_clerk_auth_columns.py" in names
    console = "sigmasight/entrypoints/local/console"
    for file in ("templates/page.html", "static/htmx.min.js", "samples/schwab.csv"):
        assert f"{console}/{file}" in names
    assert any(name.endswith("entry_points.txt") for name in names)
