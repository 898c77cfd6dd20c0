"""Migrations up and down, on data; what they build is what the code expects."""

from typing import Any, Final

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from sigmasight.adapters.postgres import MIGRATIONS, metadata
from tests.integration.postgres.row_filler import ANN, BOB, fill
from tests.integration.postgres.scratch_database import ScratchDatabase

BASELINE: Final = "r4s5t6u7v8w9"
CLERK: Final = "s5t6u7v8w9x0"
REVISIONS: Final = [
    revision.revision for revision in ScriptDirectory(str(MIGRATIONS)).walk_revisions()
][::-1]
SCHEMA: Final = """
SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default
FROM information_schema.columns WHERE table_schema = 'public'
ORDER BY table_name, column_name
"""
INDEXES: Final = """
SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname
"""
INDEX: Final = (
    "CREATE UNIQUE INDEX ix_users_clerk_user_id ON public.users USING btree (clerk_user_id)"
)
USERS: Final = "SELECT id, email, hashed_password, full_name, created_at FROM users ORDER BY id"


async def schema(scratch: ScratchDatabase) -> list[list[dict[str, Any]]]:
    return [await scratch.fetch(SCHEMA), await scratch.fetch(INDEXES)]


@pytest.mark.parametrize("revision", REVISIONS)
async def test_each_step_goes_up_down_and_up_again_with_rows_in_every_table(
    scratch: ScratchDatabase, revision: str
) -> None:
    position = REVISIONS.index(revision)
    before = REVISIONS[position - 1] if position else "base"
    if position:
        await scratch.upgrade(before)
        await fill(scratch)
    below = await schema(scratch)
    await scratch.upgrade(revision)
    above = await schema(scratch)

    await scratch.downgrade(before)
    back = [[row for row in part if "alembic" not in str(row)] for part in await schema(scratch)]
    await scratch.upgrade(revision)

    assert back == [[row for row in part if "alembic" not in str(row)] for part in below]
    assert await schema(scratch) == above
    assert await scratch.revision() == revision


@pytest.mark.parametrize("revision", REVISIONS)
async def test_the_data_of_a_revision_survives_upgrading_to_head_and_back(
    scratch: ScratchDatabase, revision: str
) -> None:
    await scratch.upgrade(revision)
    await fill(scratch)
    users, portfolios = (
        await scratch.fetch("SELECT * FROM users ORDER BY id"),
        await scratch.fetch("SELECT * FROM portfolios ORDER BY id"),
    )

    await scratch.upgrade()
    await scratch.downgrade(revision)

    assert await scratch.fetch("SELECT * FROM users ORDER BY id") == users
    assert await scratch.fetch("SELECT * FROM portfolios ORDER BY id") == portfolios


async def test_downgrading_full_tables_preserves_the_users(
    scratch: ScratchDatabase,
) -> None:
    await scratch.upgrade()
    await fill(scratch)
    users = await scratch.fetch(USERS)

    await scratch.downgrade(BASELINE)

    assert [user["id"] for user in users] == [ANN, BOB]
    assert await scratch.fetch(USERS) == users
    assert len(await scratch.fetch("SELECT 1 FROM portfolios")) == 2


async def test_downgrading_to_base_leaves_nothing(scratch: ScratchDatabase) -> None:
    await scratch.upgrade()
    await fill(scratch)

    await scratch.downgrade("base")

    assert {row["table_name"] for row in await scratch.fetch(SCHEMA)} == {"alembic_version"}


async def test_plain_alembic_takes_one_revision_up_and_down(scratch: ScratchDatabase) -> None:
    up = await scratch.alembic("upgrade", CLERK)
    raised = await scratch.revision()
    await fill(scratch)
    down = await scratch.alembic("downgrade", "-1")

    assert (up.returncode, raised) == (0, CLERK), up.stderr
    assert (down.returncode, await scratch.revision()) == (0, BASELINE), down.stderr
    assert [user["id"] for user in await scratch.fetch(USERS)] == [ANN, BOB]


async def test_plain_alembic_can_write_the_whole_way_as_sql(scratch: ScratchDatabase) -> None:
    written = await scratch.alembic("upgrade", "head", "--sql")

    assert written.returncode == 0, written.stderr
    for table in metadata.tables:
        assert f"CREATE TABLE {table} " in written.stdout


async def test_the_clerk_revision_adds_exactly_its_columns_and_index(
    scratch: ScratchDatabase,
) -> None:
    await scratch.upgrade(BASELINE)
    columns, indexes = await schema(scratch)

    await scratch.upgrade(CLERK)

    new_columns, new_indexes = await schema(scratch)
    assert [tuple(row.values())[1:] for row in new_columns if row not in columns] == [
        ("ai_messages_reset_at", "timestamp with time zone", None, "NO", "now()"),
        ("ai_messages_used", "integer", None, "NO", "0"),
        ("clerk_user_id", "character varying", 255, "YES", None),
        ("invite_validated", "boolean", None, "NO", "false"),
        ("tier", "character varying", 20, "NO", "'free'::character varying"),
    ]
    assert [tuple(row.values()) for row in new_indexes if row not in indexes] == [
        (
            "ix_users_clerk_user_id",
            INDEX,
        )
    ]
    assert all(row in new_columns for row in columns)


async def test_the_baseline_has_users_as_they_were_before_clerk(scratch: ScratchDatabase) -> None:
    await scratch.upgrade(BASELINE)

    columns, _ = await schema(scratch)
    assert [tuple(row.values())[1:] for row in columns if row["table_name"] == "users"] == [
        ("created_at", "timestamp with time zone", None, "NO", "now()"),
        ("email", "character varying", 255, "NO", None),
        ("full_name", "character varying", 255, "YES", None),
        ("hashed_password", "character varying", 255, "YES", None),
        ("id", "uuid", None, "NO", None),
        ("is_active", "boolean", None, "NO", "true"),
        ("updated_at", "timestamp with time zone", None, "NO", "now()"),
    ]


async def test_a_user_from_before_clerk_gets_the_defaults(scratch: ScratchDatabase) -> None:
    await scratch.upgrade(BASELINE)
    await fill(scratch)

    await scratch.upgrade(CLERK)

    found = await scratch.fetch(
        "SELECT clerk_user_id, tier, invite_validated, ai_messages_used FROM users"
    )
    assert [tuple(user.values()) for user in found] == [(None, "free", False, 0)] * 2


async def test_addresses_that_differ_in_case_alone_refuse_the_upgrade_and_change_nothing(
    scratch: ScratchDatabase,
) -> None:
    await scratch.upgrade(CLERK)
    await scratch.fetch(
        "INSERT INTO users (id, email) VALUES ($1, 'Ann@example.com'), ($2, 'ann@example.com')",
        ANN,
        BOB,
    )
    before = [await schema(scratch), await scratch.fetch("SELECT * FROM users ORDER BY id")]

    refused = await scratch.alembic("upgrade", "head")

    after = [await schema(scratch), await scratch.fetch("SELECT * FROM users ORDER BY id")]
    assert refused.returncode != 0
    assert "Several users share an email address: ann@example.com." in refused.stderr
    assert (after, await scratch.revision()) == (before, CLERK)


async def test_users_who_left_and_returned_survive_a_downgrade_and_upgrade(
    scratch: ScratchDatabase,
) -> None:
    await scratch.upgrade()
    await scratch.fetch(
        """INSERT INTO users (id, email, is_active, deleted_at) VALUES
           (gen_random_uuid(), 'ann@example.com', false, now()),
           (gen_random_uuid(), 'Ann@example.com', true, NULL),
           (gen_random_uuid(), 'bob@example.com', false, now()),
           (gen_random_uuid(), 'bob@example.com', false, now())"""
    )
    users = await scratch.fetch(USERS)
    await scratch.downgrade(BASELINE)

    await scratch.upgrade()

    assert await scratch.fetch(USERS) == users
    holders = await scratch.fetch(
        "SELECT email, is_active FROM users WHERE deleted_at IS NULL ORDER BY email"
    )
    assert [tuple(holder.values()) for holder in holders] == [
        ("Ann@example.com", True),
        ("bob@example.com", False),
    ]


async def test_the_code_expects_exactly_what_the_migrations_build(engine: AsyncEngine) -> None:
    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        return list(compare_metadata(context, metadata))

    async with engine.connect() as connection:
        found = await connection.run_sync(differences)

    assert found == []
