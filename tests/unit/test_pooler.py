"""The tests' pooler: which databases are behind it."""

from sqlalchemy import make_url

from tests.support.servers.pooler import Pooler

POOLER = Pooler(make_url("postgresql://postgres:@/postgres?host=/run/one"), 6432)


def test_every_database_of_its_postgres_is_behind_it_and_unprepared() -> None:
    assert POOLER.settings("postgresql://postgres:@/servers?host=/run/one") == {
        "DATABASE_URL": "postgresql://postgres@127.0.0.1:6432/servers",
        "DATABASE_PREPARED_STATEMENTS": "false",
    }


def test_another_postgres_is_not() -> None:
    other = "postgresql://postgres:@/servers?host=/run/other"

    assert POOLER.settings(other) == {"DATABASE_URL": other}
