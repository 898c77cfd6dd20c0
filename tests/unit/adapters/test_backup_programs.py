"""Postgres's programs: which are used, and what they are given."""

import pytest

from sigmasight.adapters.postgres.backup.errors import BackupError, explained
from sigmasight.adapters.postgres.backup.programs import address_of, find_programs

SECRET = "p@ss/w%rd"  # noqa: S105


@pytest.mark.parametrize(
    ("dsn", "bare"),
    [
        ("postgresql://ann:p%40ss%2Fw%25rd@db/app", "postgresql://ann@db/app"),
        ("postgres://ann:p%40ss%2Fw%25rd@one:1,two:2/app", "postgresql://ann@one:1,two:2/app"),
        ("postgresql://db/app?user=ann&password=p%40ss%2Fw%25rd", "postgresql://db/app?user=ann"),
        (
            "postgresql://ann:p%40ss%2Fw%25rd@/app?host=/run/postgresql",
            "postgresql://ann@/app?host=/run/postgresql",
        ),
    ],
)
def test_a_password_is_not_on_the_command_line(dsn: str, bare: str) -> None:
    address = address_of(dsn)

    assert (address.url, address.environment["PGPASSWORD"]) == (bare, SECRET)


def test_without_a_password_nothing_overrides_the_environments_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PGPASSWORD", "own")

    assert address_of("postgresql://ann@db/app").environment["PGPASSWORD"] == "own"


def test_an_address_of_a_socket_without_a_user_is_left_as_it_is() -> None:
    assert address_of("postgresql:///app?host=/run").url == "postgresql:///app?host=/run"


def test_a_server_later_than_every_program_is_named_with_the_package() -> None:
    with pytest.raises(BackupError, match=r"Postgres 99, .* Install the package postgresql-client"):
        find_programs(99)


@pytest.mark.parametrize("major", [16, 18])
def test_the_programs_of_a_version_come_from_the_embedded_postgres(
    monkeypatch: pytest.MonkeyPatch, major: int
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert find_programs(major).major == major


@pytest.mark.parametrize(
    ("output", "remedy"),
    [
        (
            "pg_dump: error: aborting because of server version mismatch",
            "install its postgresql-client package",
        ),
        ("pg_restore: error: unsupported version (1.16) in file header", "later programs"),
        ('psql:<stdin>:9: ERROR:  role "reader" does not exist', "--no-privileges"),
        ("psql:<stdin>:2: ERROR:  canceling statement due to lock timeout", "stop the servers"),
        ("pg_dump: error: could not write: No space left on device", "Free space"),
        ('psql: error: FATAL:  database "app" does not exist', "does not exist."),
    ],
)
def test_an_error_of_a_program_comes_with_its_remedy(output: str, remedy: str) -> None:
    error = str(explained(f"pg_dump: reading schemas\n{output}\n"))

    assert remedy in error
    assert "reading schemas" not in error
