"""Statements that lose a race in the database: tried again, and counted once."""

from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from typing import Any, Final

import asyncpg
import httpx
import pytest

from tests.integration.database_rows import Rows
from tests.support.builders.clerk_users import a_person
from tests.support.servers.api_client import Api, all_unavailable, at_once

ANN: Final = a_person("ann")
PEOPLE: Final = [a_person(f"p{number}") for number in range(30)]
TABLES: Final = ("users", "webhook_inbox", "portfolios", "conversations", "invite_failures")
LOSING: Final = """
CREATE SEQUENCE writes;
CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('writes') % 4 = 0 THEN
        RAISE EXCEPTION 'injected' USING ERRCODE = '{sqlstate}';
    END IF;
    RETURN NEW;
END $$
"""


@pytest.fixture(params=["40001", "40P01"])
async def losing(request: pytest.FixtureRequest, pool: asyncpg.Pool) -> AsyncIterator[asyncpg.Pool]:
    """A database in which every fourth write of a row loses a race."""
    await pool.execute(LOSING.format(sqlstate=request.param))
    for table in TABLES:
        await pool.execute(
            f"CREATE TRIGGER losing BEFORE INSERT OR UPDATE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION lose()"
        )
    yield pool
    await pool.execute("DROP FUNCTION lose CASCADE; DROP SEQUENCE writes")


async def test_lost_races_are_tried_again_and_nothing_counts_twice(
    api: Api, rows: Rows, losing: asyncpg.Pool
) -> None:
    await losing.execute("ALTER TABLE users DISABLE TRIGGER losing")
    await rows.add_user(ANN)
    await losing.execute("ALTER TABLE users ENABLE TRIGGER losing")
    token = ANN.token()
    requests: list[Coroutine[Any, Any, httpx.Response]] = [
        *(api.deliver(each.created(), f"msg_{each.id}") for each in PEOPLE),
        *(api.post("/chat/conversations", token, {}) for _ in range(30)),
        *(api.post("/onboarding/validate-invite", token, {"invite_code": "x"}) for _ in range(5)),
    ]

    answers = await at_once(requests)

    served = Counter(answer.request.url.path for answer in answers if answer.is_success)
    refused = [answer for answer in answers if not answer.is_success]
    assert all_unavailable(refused, "database_unavailable")
    assert await rows.count("FROM webhook_inbox") == served["/api/v1/webhooks/clerk"]
    assert len(await rows.users()) == served["/api/v1/webhooks/clerk"] + 1
    assert await rows.count("FROM conversations") == served["/api/v1/chat/conversations"]
    assert served["/api/v1/webhooks/clerk"] > len(PEOPLE) // 2
    assert served["/api/v1/chat/conversations"] > 0
