"""Rows of the database, written and read without the application."""

import time
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg

from tests.support.builders.clerk_users import Person

KNOWN_ACCOUNT: Final = """
SELECT email, full_name, is_active, deleted_at, tier, tier_expires_at, invite_validated
FROM users WHERE clerk_user_id = $1
"""

ADD_FIX: Final = """
INSERT INTO fixes (
    id, task, requested_by, created_at, status, portfolios, stages_done, seen, snapshots_cleared,
    calculations_given_up, portfolios_seeded, calculations_started, calculations_skipped, tries
) VALUES ($1, 'fix-all', $2, now(), $3, 0, 0, 0, 0, 0, 0, 0, 0, 0)
"""


class Rows:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def add_user(self, person: Person, **columns: Any) -> UUID:
        """Insert a user with a valid invite and return their id."""
        return await self.put(
            clerk_user_id=person.id, email=person.email, invite_validated=True, **columns
        )

    async def add_user_from_before_clerk(self, email: str) -> UUID:
        return await self.put(email=email, hashed_password="$argon2id$", full_name="Known")  # noqa: S106

    async def put(self, **columns: Any) -> UUID:
        """Put a row into `users` and return its id."""
        row = {"id": uuid4(), **columns}
        places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
        await self._pool.execute(
            f"INSERT INTO users ({', '.join(row)}) VALUES ({places})",  # noqa: S608
            *row.values(),
        )
        return row["id"]  # type: ignore[no-any-return]

    async def add_api_key(self, key_id: str, user: UUID) -> None:
        await self._pool.execute(
            "INSERT INTO api_keys (user_id, id, name, scope, prefix, digest, created_at)"
            " VALUES ($1, $2, 'Notebook', 'read', 'ss_live_abcdef', $3, now())",
            user,
            key_id,
            UUID(key_id).bytes * 2,
        )

    async def put_webhook(self, svix_id: str, body: bytes, **columns: Any) -> None:
        """Insert a delivery into the inbox, by default a failed one."""
        now = datetime.fromtimestamp(time.time(), UTC)
        row = {
            "type": "unknown",
            "outcome": "failed",
            "error": "It was not understood.",
            "attempted_at": now,
            "received_at": now,
            **columns,
        }
        await self._pool.execute(
            f"INSERT INTO webhook_inbox (svix_id, body, {', '.join(row)})"  # noqa: S608
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            svix_id,
            body,
            *row.values(),
        )

    async def add_fix(self, job: str, requested_by: UUID, *, status: str = "pending") -> None:
        """Insert a job of maintenance that has done nothing yet."""
        await self._pool.execute(ADD_FIX, job, requested_by, status)

    async def webhook_outcomes(self) -> dict[str, int]:
        """Return how many stored deliveries have each outcome."""
        found = await self._pool.fetch("SELECT outcome, count(*) FROM webhook_inbox GROUP BY 1")
        return dict(found)

    async def revoke_access(self, user: UUID) -> None:
        """Make as if no invite code had let the user in."""
        await self._pool.execute("UPDATE users SET invite_validated = false WHERE id = $1", user)

    async def users(self) -> list[dict[str, Any]]:
        """Return all users, ordered by Clerk id."""
        return await self.all("SELECT * FROM users ORDER BY clerk_user_id, id")

    async def known_account(self, person: Person) -> dict[str, Any] | None:
        """Return the columns of that user that events determine; None without a row."""
        found = await self.all(KNOWN_ACCOUNT, person.id)
        return found[0] if found else None

    async def user(self, person: Person) -> dict[str, Any]:
        """Return the one row of that person."""
        [row] = await self.all("SELECT * FROM users WHERE clerk_user_id = $1", person.id)
        return row

    async def people(self) -> list[list[dict[str, Any]]]:
        """Return all users and what belongs to them."""
        return [await self.users(), await self.all("SELECT * FROM portfolios ORDER BY id")]

    async def everything(self) -> list[list[dict[str, Any]]]:
        """Return the same and what is known of Clerk accounts."""
        accounts = await self.all("SELECT * FROM clerk_accounts ORDER BY clerk_user_id")
        return [*await self.people(), accounts]

    async def count(self, query: str, *arguments: object) -> int:
        """Count what a query finds, written from its FROM on."""
        found = await self._pool.fetchval(f"SELECT count(*) {query}", *arguments)
        return int(found)

    async def is_empty(self, query: str) -> bool:
        """Whether a query, written from its FROM on, finds nothing."""
        return await self.count(query) == 0

    async def all(self, query: str, *arguments: object) -> list[dict[str, Any]]:
        return [dict(row) for row in await self._pool.fetch(query, *arguments)]
