"""`sigmasight doctor`: a fault planted in each thing it examines, and found by its name."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from sigmasight.adapters.diagnosis.clock import ClocksAgree
from sigmasight.domain.diagnosis import Verdict
from tests.integration.cli.doctor_settings import CHECKS, by_check, fault_of, healthy
from tests.integration.cli.operator_cli import OperatorCli
from tests.integration.postgres.scratch_database import scratch_database
from tests.support.builders.instants import NOON
from tests.support.fakes.clerk import FakeClerk
from tests.support.fakes.kernel import FixedClock
from tests.support.servers.api_servers import Server, free_port
from tests.support.servers.model_server import model_server
from tests.support.servers.transaction_pooler import transaction_pooler

ROLE: Final = "doctor_reader"
PASSWORD: Final = "of-the-tests"  # noqa: S105


async def test_all_is_well(
    cli: OperatorCli, clerk: FakeClerk, two_servers: Sequence[Server]
) -> None:
    async with model_server() as model:
        settings = {**healthy(clerk), "OPENAI_BASE_URL": model.url}
        lines, rows = await cli.run_both_formats(
            "doctor", "--server", two_servers[0].url, **settings
        )

    assert {each["verdict"] for each in rows.rows} == {"ok"}, rows.rows
    assert (lines.code, rows.code) == (0, 0)
    assert [line.partition(":")[0] for line in lines.text.splitlines()] == [
        f"✓ {name}" for name in CHECKS
    ]


async def test_without_settings_it_says_what_to_set(cli: OperatorCli) -> None:
    result = await cli.run("doctor")

    marks = {line.split()[1].strip(":"): line.split()[0] for line in result.text.splitlines()}
    assert result.code == 1
    assert {name for name, mark in marks.items() if mark == "✗"} == {"settings"}
    assert {name for name, mark in marks.items() if mark == "-"} == {
        *("issuer", "keys", "backend_api", "plans", "token_template", "token"),
        *("webhook_secret", "model"),
    }
    assert "CLERK_DOMAIN is missing" in result.text
    assert result.text.count("Set it") >= 6


async def test_at_a_terminal_each_check_is_a_line(cli: OperatorCli) -> None:
    shown = await cli.run_at_terminal("doctor", columns=80)

    assert shown.code == 1
    assert shown.text.count("✗") == 1
    assert "settings: 3 settings are invalid or missing. → CLERK_DOMAIN" in shown.text


async def test_nothing_is_started_where_there_is_no_database(cli: OperatorCli) -> None:
    result = await cli.run("doctor", DATABASE_URL="")

    assert "- database: DATABASE_URL is not set" in result.text
    assert not (cli.folder / ".sigmasight").exists()


async def test_secrets_and_the_token_are_never_printed(cli: OperatorCli, clerk: FakeClerk) -> None:
    settings = healthy(clerk)
    for form in ((), ("--json",)):
        result = await cli.run("doctor", *form, **settings)
        printed = result.text + result.error_output
        for name in ("CLERK_SECRET_KEY", "CLERK_WEBHOOK_SECRET", "SIGMASIGHT_TOKEN"):
            assert settings[name] not in printed


class TestPlantedFaults:
    async def test_a_missing_setting(self, cli: OperatorCli, clerk: FakeClerk) -> None:
        fault = await fault_of(cli, {**healthy(clerk), "BETA_INVITE_CODE": ""})

        assert fault["check"] == "settings"
        assert "BETA_INVITE_CODE is missing" in fault["remedy"]

    async def test_an_invalid_setting_hides_nothing_else(
        self, cli: OperatorCli, clerk: FakeClerk
    ) -> None:
        settings = {**healthy(clerk), "CLERK_API_URL": "api.clerk.com", "BILLING_GRACE_DAYS": "-1"}
        found = by_check(await cli.run("doctor", "--json", **settings))

        assert "CLERK_API_URL must be" in found["settings"]["remedy"]
        assert "BILLING_GRACE_DAYS" in found["settings"]["remedy"]
        assert found["backend_api"]["verdict"] == "skipped"
        assert {found[name]["verdict"] for name in ("database", "keys", "token")} == {"ok"}

    async def test_a_dead_database(self, cli: OperatorCli, clerk: FakeClerk) -> None:
        dead = f"postgresql://postgres@127.0.0.1:{free_port()}/app"
        fault = await fault_of(cli, {**healthy(clerk), "DATABASE_URL": dead})

        assert fault["check"] == "database"
        assert "Nothing accepts connections" in fault["detail"]

    async def test_a_database_that_is_not_there(self, cli: OperatorCli, clerk: FakeClerk) -> None:
        url = urlsplit(cli.dsn)._replace(path="/no_such_database").geturl()
        fault = await fault_of(cli, {**healthy(clerk), "DATABASE_URL": url})

        assert fault["check"] == "database"
        assert "no such database" in fault["detail"]

    async def test_a_role_without_rights(self, cli: OperatorCli, clerk: FakeClerk) -> None:
        async with a_role(cli.dsn, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}") as url:
            fault = await fault_of(cli, {**healthy(clerk), "DATABASE_URL": url})

        assert fault["check"] == "rights"
        assert "INSERT on " in fault["detail"]
        assert f"TO {ROLE}" in fault["remedy"]

    async def test_the_remedy_for_missing_rights_is_one(
        self, cli: OperatorCli, clerk: FakeClerk
    ) -> None:
        grants = [
            statement.format(schema, "{}")
            for schema in ("public", "jobs")
            for statement in (
                "GRANT USAGE ON SCHEMA {} TO {}",
                "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {} TO {}",
                "GRANT USAGE ON ALL SEQUENCES IN SCHEMA {} TO {}",
            )
        ]
        async with a_role(cli.dsn, *grants) as url:
            found = by_check(
                await cli.run("doctor", "--json", **{**healthy(clerk), "DATABASE_URL": url})
            )

        assert found["rights"]["verdict"] == "ok"

    @pytest.mark.parametrize(
        ("revision", "detail"),
        [(None, "no schema"), ("s5t6u7v8w9x0", "behind"), ("ffffffffffff", "does not know")],
    )
    async def test_a_schema_of_another_version(
        self,
        cli: OperatorCli,
        clerk: FakeClerk,
        postgres: str,
        *,
        revision: str | None,
        detail: str,
    ) -> None:
        async with scratch_database(postgres) as database:
            if revision:
                await database.upgrade("s5t6u7v8w9x0")
                await database.fetch("UPDATE alembic_version SET version_num = $1", revision)
            fault = await fault_of(cli, {**healthy(clerk), "DATABASE_URL": database.dsn})

        assert fault["check"] == "migrations"
        assert detail in fault["detail"]

    async def test_a_transaction_pooler_with_prepared_statements_left_on(
        self, cli: OperatorCli, clerk: FakeClerk
    ) -> None:
        async with transaction_pooler(cli.dsn) as pooler:
            settings = {**healthy(clerk), "DATABASE_URL": pooler.dsn}
            fault = await fault_of(cli, {**settings, "DATABASE_PREPARED_STATEMENTS": "true"})
            settings["DATABASE_PREPARED_STATEMENTS"] = "false"
            found = by_check(await cli.run("doctor", "--json", **settings))

        assert fault["check"] == "pooler", fault
        assert "DATABASE_PREPARED_STATEMENTS=false" in fault["remedy"]
        assert found["pooler"]["verdict"] == "ok"


@asynccontextmanager
async def a_silent_host() -> AsyncIterator[int]:
    """Accept connections on a port, and never answer."""
    connections: list[asyncio.StreamWriter] = []
    listener = await asyncio.start_server(
        lambda _, writer: connections.append(writer), "127.0.0.1", 0
    )
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        for writer in connections:
            writer.close()
            await writer.wait_closed()


async def test_every_host_that_never_answers_is_named(cli: OperatorCli, clerk: FakeClerk) -> None:
    async with a_silent_host() as port:
        silent = f"http://127.0.0.1:{port}"
        settings = {
            **healthy(clerk),
            "DATABASE_URL": f"postgresql://postgres@127.0.0.1:{port}/app",
            "CLERK_ISSUER": silent,
            "CLERK_API_URL": f"{silent}/v1",
            "OPENAI_BASE_URL": f"{silent}/v1",
            "SIGMASIGHT_TOKEN": "",
        }
        result = await cli.run("doctor", "--server", silent, "--json", **settings)

    assert {each["check"] for each in result.rows if each["verdict"] == "failed"} == {
        *("database", "issuer", "keys", "backend_api", "webhook_secret", "model"),
    }


@asynccontextmanager
async def a_role(dsn: str, *grants: str) -> AsyncIterator[str]:
    """Create a role with these rights, and yield the address that it connects by."""
    owner = await asyncpg.connect(dsn)
    try:
        await owner.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'")
        for grant in grants:
            await owner.execute(grant.format(ROLE))
        url = urlsplit(dsn)
        host = url.netloc.rpartition("@")[2]
        yield url._replace(netloc=f"{ROLE}:{PASSWORD}@{host}").geturl()
    finally:
        await owner.execute(f"DROP OWNED BY {ROLE}; DROP ROLE {ROLE}")
        await owner.close()


async def test_a_clock_that_differs_from_the_databases(dsn: str) -> None:
    async with httpx.AsyncClient() as client:
        finding = await ClocksAgree(FixedClock(NOON), client, None, dsn).run()

    assert finding.verdict is Verdict.FAILED
    assert "seconds behind the database's" in finding.detail
