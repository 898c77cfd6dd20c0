"""The floors: the same answer from the same rows, and nothing else."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg
import msgspec
from litestar import Litestar, Request, get, post
from litestar.datastructures import State

from sigmasight.adapters.postgres.callers import PORTFOLIOS
from sigmasight.adapters.postgres.engine import create_pool
from sigmasight.adapters.postgres.identity import USER_COLUMNS

CALLER: Final = os.environ["BENCH_CALLER"]
QUERY: Final = f"SELECT {USER_COLUMNS} {PORTFOLIOS} FROM users WHERE clerk_user_id = $1"  # noqa: S608
KEEP: Final = """
INSERT INTO webhook_inbox (svix_id, type, outcome, attempted_at, received_at, body)
VALUES ($1, $2, 'received', now(), now(), $3)
"""
FOLLOW: Final = """
UPDATE users SET tier = 'paid', tier_expires_at = NULL WHERE clerk_user_id = $1
"""


@get("/auth/me")
async def me(state: State) -> dict[str, Any]:
    pool: asyncpg.Pool = state.pool
    row = await pool.fetchrow(QUERY, CALLER)
    used = row["ai_messages_used"]
    return {
        "id": row["id"],
        "email": row["email"],
        "full_name": row["full_name"],
        "clerk_user_id": row["clerk_user_id"],
        "is_active": row["is_active"],
        "created_at": row["created_at"],
        "tier": row["tier"],
        "tier_expires_at": row["tier_expires_at"],
        "invite_validated": row["invite_validated"],
        "portfolio_id": row["default_portfolio"],
        "portfolio_count": row["portfolio_count"],
        "limits": {
            "max_portfolios": 2,
            "max_ai_messages": 100,
            "ai_messages_used": used,
            "ai_messages_remaining": 100 - used,
            "ai_messages_reset_at": row["ai_messages_reset_at"],
        },
        "portfolio_limit": 2,
        "ai_messages_used": used,
        "ai_messages_limit": 100,
        "ai_messages_reset_at": row["ai_messages_reset_at"],
    }


@post("/webhooks/clerk", status_code=200)
async def webhook(request: Request[Any, Any, Any], state: State) -> dict[str, str]:
    """Keep the delivery and change its user, in one transaction and on trust."""
    body = await request.body()
    event = msgspec.json.decode(body)
    kind, user = event["type"], event["data"]["payer"]["user_id"]
    pool: asyncpg.Pool = state.pool
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(KEEP, request.headers["svix-id"], kind, body)
        await connection.execute(FOLLOW, user)
    return {"status": "received", "type": kind}


@asynccontextmanager
async def pooled(app: Litestar) -> AsyncGenerator[None]:
    async with create_pool(os.environ["DATABASE_URL"]) as pool:
        app.state.pool = pool
        yield


app = Litestar([me, webhook], lifespan=[pooled], openapi_config=None, logging_config=None)
