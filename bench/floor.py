"""The floor of `GET /auth/me`: the same JSON from one raw query, and nothing else."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg
from litestar import Litestar, get
from litestar.datastructures import State

from sigmasight.adapters.postgres.callers import OVERVIEW
from sigmasight.adapters.postgres.engine import create_pool

CALLER: Final = os.environ["BENCH_CALLER"]


@get("/auth/me")
async def me(state: State) -> dict[str, Any]:
    pool: asyncpg.Pool = state.pool
    row = await pool.fetchrow(OVERVIEW, CALLER)
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


@asynccontextmanager
async def pooled(app: Litestar) -> AsyncGenerator[None]:
    async with create_pool(os.environ["DATABASE_URL"]) as pool:
        app.state.pool = pool
        yield


app = Litestar([me], lifespan=[pooled], openapi_config=None, logging_config=None)
